"""Thermal analysis of SoC and chiplet floorplans.

::

    import thermal

    solution = thermal.solve("accel-2p5d")
    print(solution.metrics.worst)
    solution.report("accel-2p5d.pdf")
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from thermal.siblings import check_siblings
from thermal.version import __version__

if TYPE_CHECKING:
    from floorplans.diagnostics import InputError
    from thermal.design import Design, load, shipped_designs
    from thermal.memory import MemoryLimit
    from thermal.mesh.resolution import Resolution
    from thermal.runaway import RunawayMargin, ThermalRunaway, runaway_margin
    from thermal.solution import Solution
    from thermal.steady import solve
    from thermal.transient.simulation import simulate
    from thermal.transient.solution import TransientSolution

check_siblings()

_HOMES = {
    "Design": "thermal.design",
    "InputError": "floorplans.diagnostics",
    "MemoryLimit": "thermal.memory",
    "Resolution": "thermal.mesh.resolution",
    "RunawayMargin": "thermal.runaway",
    "Solution": "thermal.solution",
    "ThermalRunaway": "thermal.runaway",
    "TransientSolution": "thermal.transient.solution",
    "load": "thermal.design",
    "runaway_margin": "thermal.runaway",
    "shipped_designs": "thermal.design",
    "simulate": "thermal.transient.simulation",
    "solve": "thermal.steady",
}

__all__ = [
    "Design",
    "InputError",
    "MemoryLimit",
    "Resolution",
    "RunawayMargin",
    "Solution",
    "ThermalRunaway",
    "TransientSolution",
    "__version__",
    "load",
    "runaway_margin",
    "shipped_designs",
    "simulate",
    "solve",
]


def __getattr__(name: str) -> object:
    # Heavy imports wait until a name is used, so that `thermal --help` answers at once.
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'thermal' has no attribute {name!r}")
