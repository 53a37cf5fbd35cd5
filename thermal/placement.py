"""From a design to a scene: every part in the package frame, every layer cut at the z-planes it needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from shapely import Polygon

from floorplans.block import Block
from floorplans.geometry import Bounds, Orientation, Size, placed, rectangle
from floorplans.material import Material
from floorplans.package import VOID, Cooling, Layer
from floorplans.raster import read_raster
from thermal.design import Design
from thermal.scene import (
    CHIPLET_EDGE,
    DIE_LAYER_EDGE,
    LAYER_EDGE,
    REGION_EDGE,
    Area,
    Contact,
    Exposure,
    Face,
    LayerExtent,
    PlacedBlock,
    PlacedRaster,
    Scene,
    Slab,
)

# Planes nearer than this are one: sums of thicknesses differ by rounding only.
SAME_PLANE = 1e-11


@dataclass(frozen=True, eq=False)
class _Part:
    """A layer of the package or of a placed die, in the package frame."""

    name: str
    layer: Layer
    owner: str
    path: tuple[str | int, ...]
    z0: float
    z1: float
    size: Size
    orient: Orientation
    at: tuple[float, float]
    priority: int

    def move(self, outline: Polygon) -> Polygon:
        return placed(outline, self.size, self.orient, self.at)

    @property
    def outline(self) -> Polygon:
        return self.move(rectangle(0.0, 0.0, *self.size))


def place(design: Design) -> Scene:
    """Place a design in the frame of its package."""
    parts = list(_parts(design))
    planes = _planes(parts)
    slabs = tuple(_slab(design, parts, z0, z1) for z0, z1 in pairwise(planes))
    package = design.package
    blocks, origins = _blocks(design, parts)
    case = next((p for p in parts if p.name == package.case_layer), None)
    return Scene(
        name=design.name,
        size=package.size,
        ambient=package.ambient,
        slabs=slabs,
        blocks=blocks,
        layers=_layers(design, parts),
        top=_face(package.top, package.outside(package.top)),
        bottom=_face(package.bottom, package.outside(package.bottom)),
        rasters=tuple(_raster(p, p.layer.power_map) for p in parts if p.layer.power_map is not None),
        edges=tuple(_edges(parts)),
        pairs=design.matched_pairs,
        case_z=case.z1 if case else None,
        locate=lambda name: design.source.span(origins[name]),
    )


def _parts(design: Design) -> Iterator[_Part]:
    """Layers bottom to top; a layer of chiplets comes before the layers of its chiplets."""
    package, z = design.package, 0.0
    for i, layer in enumerate(package.layers):
        height = layer.thickness or max(design.dies[c.die].thickness for c in layer.chiplets)
        x0, y0, x1, y1 = layer.bounds(package.size)
        here: tuple[str | int, ...] = ("package", "layers", i)
        yield _Part(
            layer.name,
            layer,
            layer.name,
            here,
            z,
            z + height,
            (x1 - x0, y1 - y0),
            Orientation.R0,
            (x0, y0),
            LAYER_EDGE,
        )
        for chiplet in layer.chiplets:
            die, low = design.dies[chiplet.die], z
            for j, inner in enumerate(die.layers):
                high = low + (inner.thickness or 0.0)
                bounds = placed(
                    rectangle(*inner.bounds(die.size)), die.size, chiplet.orient, chiplet.at
                ).bounds
                yield _Part(
                    f"{chiplet.name}/{inner.name}",
                    inner,
                    chiplet.name,
                    ("dies", chiplet.die, "layers", j),
                    low,
                    high,
                    inner.extent(die.size),
                    chiplet.orient,
                    (float(bounds[0]), float(bounds[1])),
                    CHIPLET_EDGE if inner.size is None else DIE_LAYER_EDGE,
                )
                low = high
        z += height


def _planes(parts: list[_Part]) -> list[float]:
    planes: list[float] = []
    for z in sorted({p.z0 for p in parts} | {p.z1 for p in parts}):
        if not planes or z - planes[-1] > SAME_PLANE:
            planes.append(z)
    return planes


def _slab(design: Design, parts: list[_Part], z0: float, z1: float) -> Slab:
    middle = 0.5 * (z0 + z1)
    here = [p for p in parts if p.z0 < middle < p.z1]
    areas, contacts, exposures = [], [], []
    for part in here:
        layer = part.layer
        areas.append(Area(part.outline, _material(design, layer.material or layer.fill or VOID), part.name))
        areas += [Area(part.move(r.outline), _material(design, r.material), part.name) for r in layer.regions]
        if layer.contact_below and abs(part.z0 - z0) <= SAME_PLANE:
            contacts.append(Contact(part.outline, layer.contact_below, part.name))
        if layer.exposed is not None:
            outside = design.package.outside(layer.exposed)
            exposures.append(Exposure(part.outline, layer.exposed.htc, outside, part.name))
    name = " + ".join(p.name for p in here)
    return Slab(name, z0, z1, tuple(areas), tuple(contacts), tuple(exposures))


def _material(design: Design, name: str) -> Material | None:
    return None if name == VOID else design.material(name)


def _blocks(
    design: Design, parts: list[_Part]
) -> tuple[tuple[PlacedBlock, ...], dict[str, tuple[str | int, ...]]]:
    blocks, origins = [], {}
    for part in parts:
        if part.layer.floorplan is None:
            continue
        for i, block in enumerate(part.layer.floorplan.blocks):
            name = f"{part.owner}/{block.name}"
            origins[name] = (*part.path, "floorplan", "blocks", i)
            blocks.append(
                PlacedBlock(
                    name=name,
                    kind=block.kind,
                    layer=part.name,
                    outline=part.move(block.outline),
                    z0=part.z0,
                    z1=part.z1,
                    power=design.power.get(name, 0.0),
                    limit=_limit(design, name, block),
                    accuracy=block.accuracy,
                    leakage=design.leakage.get(name),
                )
            )
    return tuple(blocks), origins


def _limit(design: Design, name: str, block: Block) -> float | None:
    if block.limit is not None:
        return block.limit
    return design.limits.get(name, design.limits.get(block.kind.value))


def _layers(design: Design, parts: list[_Part]) -> tuple[LayerExtent, ...]:
    extents = []
    for p in parts:
        blocks = p.layer.floorplan.blocks if p.layer.floorplan else ()
        powered = p.layer.power_map is not None or any(
            design.power.get(f"{p.owner}/{b.name}", 0.0) != 0.0 or f"{p.owner}/{b.name}" in design.leakage
            for b in blocks
        )
        extents.append(
            LayerExtent(
                name=p.name,
                z0=p.z0,
                z1=p.z1,
                outline=p.outline,
                material=p.layer.material or p.layer.fill or VOID,
                powered=powered,
                limit=design.limits.get(p.name),
                chiplets=bool(p.layer.chiplets),
            )
        )
    return tuple(extents)


def _face(cooling: Cooling | None, ambient: float) -> Face:
    if cooling is None:
        return Face(ambient)
    htc = read_raster(cooling.map_csv).values if cooling.map_csv else cooling.htc or 0.0
    flux = read_raster(cooling.power_map).values if cooling.power_map else None
    return Face(ambient, htc, cooling.resistance, flux)


def _raster(part: _Part, path: Path | None) -> PlacedRaster:
    assert path is not None
    x0, y0, x1, y1 = part.outline.bounds
    watts = np.asarray(read_raster(path).oriented(part.orient).values, float)
    return PlacedRaster(part.name, watts, x0, y0, x1, y1, part.z0, part.z1)


def _edges(parts: list[_Part]) -> Iterator[tuple[int, float, float, float, float]]:
    """Outlines that the base grid follows where it can: dies before layers before regions."""
    for part in parts:
        bounds: Bounds = part.outline.bounds
        yield (part.priority, *bounds)
        for region in part.layer.regions:
            yield (REGION_EDGE, *part.move(region.outline).bounds)
