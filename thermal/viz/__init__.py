"""Figures of solutions: matplotlib figures without global state, alike in a notebook and in the PDF."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from thermal.viz.maps import heat_map, power_map

_HOMES = {"heat_map": "thermal.viz.maps", "power_map": "thermal.viz.maps"}

__all__ = ["heat_map", "power_map"]


def __getattr__(name: str) -> object:
    # matplotlib takes half a second to load.
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'thermal.viz' has no attribute {name!r}")
