"""Exploration in a notebook: maps that answer to the mouse and tables; no server, no network."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from thermal.notebook.hover import hover_map
    from thermal.notebook.tables import block_table, change_table

_HOMES = {
    "block_table": "thermal.notebook.tables",
    "change_table": "thermal.notebook.tables",
    "hover_map": "thermal.notebook.hover",
}

__all__ = ["block_table", "change_table", "hover_map"]


def __getattr__(name: str) -> object:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'thermal.notebook' has no attribute {name!r}")
