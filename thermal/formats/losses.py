"""A design as plain layers over one outline, which is what other programs know, and what that loses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from floorplans.material import Material
from thermal.cover import rectangles
from thermal.design import Design
from thermal.placement import place
from thermal.scene import Face, PlacedBlock, Scene, Slab

Rect = tuple[float, float, float, float]
"""x0, y0, x1, y1 in m."""


@dataclass(frozen=True)
class PlainBlock:
    """A block as disjoint rectangles (m), with its watts."""

    name: str
    rectangles: tuple[Rect, ...]
    power: float


@dataclass(frozen=True)
class PlainLayer:
    """A layer of one material; `outline` (m) is the box that its material fills."""

    name: str
    thickness: float
    material: Material
    outline: Rect
    blocks: tuple[PlainBlock, ...]


@dataclass(frozen=True)
class PlainStack:
    """Layers from the bottom to the top, the faces that cool them, and what of the design is not in it."""

    name: str
    size: tuple[float, float]
    layers: tuple[PlainLayer, ...]
    bottom: Face
    top: Face
    lost: tuple[str, ...]

    @classmethod
    def of(cls, design: Design) -> PlainStack:
        """A design as a plain stack; raises InputError where the design is wrong."""
        scene = place(design)
        lost: list[str] = []
        whole = shapely.box(0.0, 0.0, *scene.size)
        layers: list[PlainLayer] = []
        used: set[str] = set()
        for slab in scene.slabs:
            material, outline = _material(slab, whole, lost)
            if material is not None:
                blocks = tuple(_block(b, lost) for b in scene.blocks if _within(b, slab))
                name = _unused(word(_name(slab)), used)
                height = slab.z1 - slab.z0
                layers.append(PlainLayer(name, height, material, outline, _shared(blocks, scene, slab)))
        lost += _besides(design, scene)
        return cls(scene.name, scene.size, tuple(layers), scene.bottom, scene.top, tuple(dict.fromkeys(lost)))


def htc(face: Face, area: float) -> float:
    """Film coefficient of a face [W/(m2 K)]; the mean of a map."""
    if face.resistance is not None:
        return 1.0 / (face.resistance * area)
    return float(np.mean(face.htc))


def word(name: str) -> str:
    """A name with letters, digits and underscores only."""
    found = "".join(c if c.isascii() and (c.isalnum() or c == "_") else "_" for c in name)
    return found if found and not found[0].isdigit() else f"_{found}"


def _name(slab: Slab) -> str:
    return slab.name.split(" + ")[-1]


def _unused(name: str, used: set[str]) -> str:
    """The name, with a number where it is taken."""
    options = (name, *(f"{name}_{number}" for number in range(2, 3 + len(used))))
    found = next(option for option in options if option not in used)
    used.add(found)
    return found


def _within(block: PlacedBlock, slab: Slab) -> bool:
    return block.z0 < 0.5 * (slab.z0 + slab.z1) < block.z1


def _shared(blocks: tuple[PlainBlock, ...], scene: Scene, slab: Slab) -> tuple[PlainBlock, ...]:
    """Blocks with the part of their power that falls into one slab."""
    found = []
    for plain, placed in zip(blocks, [b for b in scene.blocks if _within(b, slab)], strict=True):
        share = (slab.z1 - slab.z0) / (placed.z1 - placed.z0)
        # A block as high as its slab keeps its watts to the last digit.
        whole = abs(share - 1.0) < 1e-9
        found.append(plain if whole else PlainBlock(plain.name, plain.rectangles, plain.power * share))
    return tuple(found)


def _material(slab: Slab, whole: shapely.Polygon, lost: list[str]) -> tuple[Material | None, Rect]:
    """The material that most of a slab is made of, and the box that it fills."""
    rest: shapely.Geometry = whole
    seen: dict[str, float] = {}
    made: dict[str, Material | None] = {}
    solid: list[shapely.Geometry] = []
    for area in reversed(slab.areas):
        visible = shapely.intersection(rest, area.outline)
        rest = shapely.difference(rest, area.outline)
        name = area.material.name if area.material is not None else "void"
        made[name] = area.material
        if visible.area > 0.0:
            seen[name] = seen.get(name, 0.0) + visible.area
            if area.material is not None:
                solid.append(visible)
    found = {name: area for name, area in seen.items() if made[name] is not None}
    if not found:
        lost.append(f"layer '{_name(slab)}' is void: left out")
        return None, (0.0, 0.0, 0.0, 0.0)
    most = max(found, key=lambda name: found[name])
    if len(found) > 1:
        others = ", ".join(sorted(name for name in found if name != most))
        lost.append(f"layer '{_name(slab)}': all of {most}; {others} left out")
    if made[most] is not None and getattr(made[most], "k_law", None) is not None:
        lost.append(f"material '{most}': conductivity as at its reference, whatever the temperature")
    x0, y0, x1, y1 = shapely.bounds(shapely.union_all(solid)).tolist()
    return made[most], (x0, y0, x1, y1)


def _block(block: PlacedBlock, lost: list[str]) -> PlainBlock:
    parts = rectangles(block.outline)
    if parts is None:
        lost.append(f"block '{block.name}': its slanted outline becomes its bounding box")
        parts = np.array([block.outline.bounds])
    boxes = tuple((float(a), float(b), float(c), float(d)) for a, b, c, d in parts)
    owner, _, own = block.name.rpartition("/")
    return PlainBlock(own if owner == block.layer else f"{owner}_{own}", boxes, block.power)


def _besides(design: Design, scene: Scene) -> list[str]:
    """Parts of a design that neither HotSpot nor 3D-ICE knows."""
    found = []
    if any(s.contacts for s in scene.slabs):
        found.append("contact resistances")
    if any(s.exposures for s in scene.slabs):
        found.append("cooling of exposed side faces")
    if scene.rasters:
        found.append("power maps of layers")
    if any(f.flux is not None for f in (scene.top, scene.bottom)):
        found.append("power maps of faces")
    if any(np.ndim(f.htc) for f in (scene.top, scene.bottom)):
        found.append("maps of film coefficients: their mean is written")
    named = {
        "leakage": design.leakage,
        "limits": design.limits or [b for b in scene.blocks if b.limit is not None],
        "scenarios": design.scenarios,
        "matched pairs": design.matched_pairs,
        "uncertain inputs": design.uncertainty,
    }
    return found + [name for name, value in named.items() if value]
