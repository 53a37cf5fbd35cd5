"""Temperatures over time: implicit steps with error control through a power trace."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from thermal.transient.periodic import NoRepetition
    from thermal.transient.run import TooShort
    from thermal.transient.simulation import simulate
    from thermal.transient.solution import Snapshot, TransientEvidence, TransientSolution
    from thermal.transient.tolerance import Tolerance

_HOMES = {
    "NoRepetition": "thermal.transient.periodic",
    "Snapshot": "thermal.transient.solution",
    "Tolerance": "thermal.transient.tolerance",
    "TooShort": "thermal.transient.run",
    "TransientEvidence": "thermal.transient.solution",
    "TransientSolution": "thermal.transient.solution",
    "simulate": "thermal.transient.simulation",
}

__all__ = [
    "NoRepetition",
    "Snapshot",
    "Tolerance",
    "TooShort",
    "TransientEvidence",
    "TransientSolution",
    "simulate",
]


def __getattr__(name: str) -> object:
    # Heavy imports wait until a name is used.
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'thermal.transient' has no attribute {name!r}")
