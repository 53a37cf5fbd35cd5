"""Heat capacities of cells."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from floorplans.material import Material
from thermal.cover import Conductivities
from thermal.kernels.arrays import Floats
from thermal.mesh.columns import Mesh
from thermal.scene import Area, Scene


class NoCapacity(ValueError):
    """A solid without heat capacity: it has no time scale."""


def heat_capacity(scene: Scene, mesh: Mesh) -> Floats:
    """``[columns, nz]`` heat capacity of every cell in J/K, with cut cells weighted by area; 0 in void.

    Raises
    ------
    NoCapacity
        Naming the material whose density or specific heat is not above zero, and a layer made of it.
    """

    def stored(area: Area) -> Area:
        made_of = area.material
        if made_of is None:
            return area
        return replace(area, material=_painted_with_capacity(made_of, area.layer))

    slabs = tuple(replace(s, areas=tuple(stored(a) for a in s.areas)) for s in scene.slabs)
    # What is painted as a conductivity along z is averaged by area: so are capacities.
    found = Conductivities.of(replace(scene, slabs=slabs), mesh)
    per_volume = found.k[found.pattern[mesh.slab], :, 4].T
    return np.ascontiguousarray(per_volume * mesh.areas[:, None] * mesh.heights)


def _painted_with_capacity(material: Material, layer: str) -> Material:
    per_volume = material.volumetric_heat_capacity
    if not per_volume > 0.0:
        where = f" of layer {layer!r}" if layer else ""
        raise NoCapacity(
            f"material {material.name!r}{where} stores no heat (density {material.density:g} kg/m3, specific "
            f"heat {material.specific_heat:g} J/(kg K)); a model in time needs both above zero"
        )
    return replace(material, k=(per_volume,) * 3, k_law=None)
