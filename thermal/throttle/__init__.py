"""The throttle loop: what a chip can sustain under its controllers.

Equations: ``docs/theory/throttle.md``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from thermal.throttle.controllers.written import Action, Seen, WrittenController
    from thermal.throttle.loop import run
    from thermal.throttle.result import ThrottleResult
    from thermal.throttle.shortcut import steady

_HOMES = {
    "Action": "thermal.throttle.controllers.written",
    "Seen": "thermal.throttle.controllers.written",
    "ThrottleResult": "thermal.throttle.result",
    "WrittenController": "thermal.throttle.controllers.written",
    "run": "thermal.throttle.loop",
    "steady": "thermal.throttle.shortcut",
}

__all__ = ["Action", "Seen", "ThrottleResult", "WrittenController", "run", "steady"]


def __getattr__(name: str) -> object:
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'thermal.throttle' has no attribute {name!r}")
