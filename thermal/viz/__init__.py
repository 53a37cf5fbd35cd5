"""Figures of solutions: matplotlib figures without global state, alike in a notebook and in the PDF."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from thermal.viz.compare import before_after
    from thermal.viz.convergence import residual_history
    from thermal.viz.floorplans import assembly, floorplan
    from thermal.viz.maps import heat_map
    from thermal.viz.power import power_map
    from thermal.viz.roofline import roofline
    from thermal.viz.section import cross_section
    from thermal.viz.sensitivity import influence_map, tornado
    from thermal.viz.uncertainty import intervals, shares
    from thermal.viz.workload import energy_breakdown, phase_maps
    from thermal.viz.zoom import zoom_map

_HOMES = {
    "assembly": "thermal.viz.floorplans",
    "before_after": "thermal.viz.compare",
    "cross_section": "thermal.viz.section",
    "energy_breakdown": "thermal.viz.workload",
    "floorplan": "thermal.viz.floorplans",
    "heat_map": "thermal.viz.maps",
    "influence_map": "thermal.viz.sensitivity",
    "intervals": "thermal.viz.uncertainty",
    "phase_maps": "thermal.viz.workload",
    "power_map": "thermal.viz.power",
    "residual_history": "thermal.viz.convergence",
    "roofline": "thermal.viz.roofline",
    "shares": "thermal.viz.uncertainty",
    "tornado": "thermal.viz.sensitivity",
    "zoom_map": "thermal.viz.zoom",
}

__all__ = [
    "assembly",
    "before_after",
    "cross_section",
    "energy_breakdown",
    "floorplan",
    "heat_map",
    "influence_map",
    "intervals",
    "phase_maps",
    "power_map",
    "residual_history",
    "roofline",
    "shares",
    "tornado",
    "zoom_map",
]


def __getattr__(name: str) -> object:
    # matplotlib takes half a second to load.
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'thermal.viz' has no attribute {name!r}")
