"""The design placed in one frame: z-planes, and per slab the areas of material and the powered blocks.

A package layer that holds chiplets is cut at every z-plane of every chiplet in it, so that each slab is
homogeneous in z. No numerics here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from shapely import MultiPolygon, Polygon

from floorplans.block import BlockKind
from floorplans.material import Material

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from floorplans.diagnostics import Span
    from power.leakage import Leakage

Shape = Polygon | MultiPolygon
CHIPLET_EDGE, LAYER_EDGE, DIE_LAYER_EDGE, REGION_EDGE = range(4)
"""What an edge belongs to; where two are too near for the base grid, the lower number wins."""


@dataclass(frozen=True, eq=False)
class Area:
    """A region of one material in the plane, part of `layer`; `material` None is void."""

    outline: Shape
    material: Material | None
    layer: str = ""


@dataclass(frozen=True, eq=False)
class Contact:
    """A contact resistance in m2 K/W on the face below a slab, which is the lowest of `layer`."""

    outline: Shape
    resistance: float
    layer: str = ""


@dataclass(frozen=True, eq=False)
class Exposure:
    """Cooling of the exposed faces of the material inside `outline`: h in W/(m2 K), ambient in K."""

    outline: Shape
    htc: float
    ambient: float
    layer: str = ""


@dataclass(frozen=True, eq=False)
class Slab:
    """One slice of the package, homogeneous in z; areas are painted in order, the later wins."""

    name: str
    z0: float
    z1: float
    areas: tuple[Area, ...]
    contacts: tuple[Contact, ...] = ()
    exposures: tuple[Exposure, ...] = ()


@dataclass(frozen=True, eq=False)
class PlacedBlock:
    """A block in the package frame. Its power in W is uniform over outline x [z0, z1] (m).

    `leakage` comes on top of `power`.
    """

    name: str
    kind: BlockKind
    layer: str
    outline: Polygon
    z0: float
    z1: float
    power: float = 0.0
    limit: float | None = None
    accuracy: float | None = None
    leakage: Leakage | None = None

    @property
    def powered(self) -> bool:
        """Whether it releases heat."""
        return self.power != 0.0 or self.leakage is not None


@dataclass(frozen=True, eq=False)
class PlacedRaster:
    """Watts per cell of a regular grid over a rectangle, row 0 at the lowest y; uniform over [z0, z1]."""

    layer: str
    watts: NDArray[np.float64]
    x0: float
    y0: float
    x1: float
    y1: float
    z0: float
    z1: float


@dataclass(frozen=True, eq=False)
class LayerExtent:
    """Where a layer of the design lies, for reports."""

    name: str
    z0: float
    z1: float
    outline: Shape
    material: str
    powered: bool = False
    limit: float | None = None
    chiplets: bool = False


@dataclass(frozen=True, eq=False)
class Face:
    """Cooling of the bottom or the top face.

    `htc` in W/(m2 K) is a number or a grid over the package outline (row 0 at the lowest y); with
    `resistance` (K/W) the coefficient is 1 / (resistance x material area). `flux` adds watts per cell of
    a grid over the package outline.
    """

    ambient: float
    htc: float | NDArray[np.float64] = 0.0
    resistance: float | None = None
    flux: NDArray[np.float64] | None = None

    @property
    def cools(self) -> bool:
        """Whether heat can leave here."""
        return self.resistance is not None or bool(np.any(np.asarray(self.htc) > 0.0))


@dataclass(frozen=True, eq=False)
class Scene:
    """The placed design; see the module."""

    name: str
    size: tuple[float, float]
    ambient: float
    slabs: tuple[Slab, ...]
    blocks: tuple[PlacedBlock, ...]
    layers: tuple[LayerExtent, ...]
    top: Face
    bottom: Face
    rasters: tuple[PlacedRaster, ...] = ()
    edges: tuple[tuple[int, float, float, float, float], ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    case_z: float | None = None
    locate: Callable[[str], Span] | None = field(default=None, repr=False)

    @cached_property
    def planes(self) -> NDArray[np.float64]:
        """Increasing z of all slab faces, m."""
        return np.array([self.slabs[0].z0, *(s.z1 for s in self.slabs)])

    @cached_property
    def power(self) -> float:
        """All watts but leakage: blocks, rasters and face fluxes."""
        faces = sum(float(f.flux.sum()) for f in (self.top, self.bottom) if f.flux is not None)
        return sum(b.power for b in self.blocks) + sum(float(r.watts.sum()) for r in self.rasters) + faces

    @property
    def nonlinear(self) -> bool:
        """Whether a conductivity or a power depends on temperature."""
        laws = (a.material.k_law for s in self.slabs for a in s.areas if a.material is not None)
        return any(law is not None for law in laws) or any(b.leakage is not None for b in self.blocks)

    def with_constant_k(self) -> Scene:
        """The scene with every conductivity at its stated value, whatever the temperature."""

        def constant(area: Area) -> Area:
            made_of = area.material
            return area if made_of is None else replace(area, material=replace(made_of, k_law=None))

        slabs = (replace(s, areas=tuple(constant(a) for a in s.areas)) for s in self.slabs)
        return replace(self, slabs=tuple(slabs))

    def without_leakage(self) -> Scene:
        """The scene with what its blocks dissipate without leakage."""
        return replace(self, blocks=tuple(replace(b, leakage=None) for b in self.blocks))

    def simplified(self, *, constant_k: bool = False, leakage: bool = True) -> Scene:
        """The scene with constant conductivities, or without leakage, as asked for."""
        scene = self.with_constant_k() if constant_k else self
        return scene if leakage else scene.without_leakage()

    def block(self, name: str) -> PlacedBlock:
        """The block at an address such as ``soc0/pll0``; KeyError lists near misses."""
        for block in self.blocks:
            if block.name == name:
                return block
        from floorplans.diagnostics import did_you_mean

        raise KeyError(f"no block {name!r}{did_you_mean(name, [b.name for b in self.blocks])}")

    def origin(self, block: str) -> Span | None:
        """Where the design file gives the block, for messages."""
        return self.locate(block) if self.locate is not None else None

    def layer(self, name: str) -> LayerExtent:
        """The layer called `name`, such as ``soc0/device`` or ``tim1``."""
        for layer in self.layers:
            if layer.name == name:
                return layer
        from floorplans.diagnostics import did_you_mean

        raise KeyError(f"no layer {name!r}{did_you_mean(name, [x.name for x in self.layers])}")
