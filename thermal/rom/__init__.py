"""Reduced models: few states that answer as the full transient problem does.

Equations: ``docs/theory/reduced-model.md``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from thermal.rom.building import build
    from thermal.rom.model import ReducedModel

_HOMES = {"ReducedModel": "thermal.rom.model", "build": "thermal.rom.building"}

__all__ = ["ReducedModel", "build"]


def __getattr__(name: str) -> object:
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'thermal.rom' has no attribute {name!r}")
