"""The package cut open: layers by material, heights not to scale, and the temperature along z beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from shapely import LineString, Point

from floorplans.material import Material
from floorplans.package import VOID
from thermal.kernels.arrays import Floats
from thermal.report.words import celsius, fixed, micrometres, watts
from thermal.scene import Face, LayerExtent, Scene, Slab
from thermal.solution import Solution
from thermal.viz.frame import GLYPH, spread
from thermal.viz.maps import Size
from thermal.viz.scale import enclosing
from thermal.viz.style import (
    ACCENT,
    HAIRLINE,
    INK,
    MATERIAL_COLOURS,
    MUTED,
    OTHER_MATERIAL,
    PAPER,
    sheet,
    styled,
)

LEFT, RIGHT, PROFILE = 132.0, 150.0, 150.0
"""Widths in points: labels at the left and right of the cut, and the temperature profile."""

EDGE = "#5a646d"

ADIABATIC = "adiabatic"
"""How a face is cooled that is not."""

LEAST = 5.0
"""Least drawn height of a slab in points."""


@dataclass(frozen=True, eq=False)
class Heights:
    """From z in m to points: thin slabs are drawn thicker than they are."""

    z: Floats
    y: Floats

    @classmethod
    def of(cls, scene: Scene, bottom: float, top: float) -> Heights:
        """Heights that grow with the cube root of the thickness, at least `LEAST` where there is room."""
        weight = np.cbrt(np.diff(scene.planes))
        room = top - bottom
        tall = weight * room / weight.sum()
        least = min(LEAST, 0.8 * room / tall.size)
        tall = np.maximum(tall, least)
        excess = tall - least
        tall = least + excess * (room - least * tall.size) / max(float(excess.sum()), 1e-30)
        return cls(scene.planes, np.concatenate([[bottom], bottom + np.cumsum(tall)]))

    def __call__(self, z: float) -> float:
        """Height in points of a z in m."""
        return float(np.interp(z, self.z, self.y))


@styled
def cross_section(solution: Solution, size: Size = (760.0, 440.0)) -> Figure:
    """A vertical cut along x through the hottest place, and the temperature along z there."""
    figure, axes = sheet(size)
    width, height = size
    scene = solution.scene
    spot = hottest_place(solution)
    heights = Heights.of(scene, 34.0, height - 34.0)
    left, right = LEFT, width - RIGHT - PROFILE
    across = (right - left) / scene.size[0]
    _paint(axes, scene, spot[1], left, across, heights)
    _labels(axes, scene, spot, heights, left, across)
    _faces(axes, solution, (left, right), heights)
    x = left + across * spot[0]
    axes.plot([x, x], [heights.y[0], heights.y[-1]], color=INK, linewidth=0.7, linestyle=(0, (3, 2)))
    _profile(figure, solution, spot, heights, size)
    return figure


def hottest_place(solution: Solution) -> tuple[float, float, float]:
    """Where the hottest powered block is hottest; the middle of the package where nothing is powered."""
    powered = [b for b in solution.metrics.blocks if b.power > 0.0]
    if powered:
        return max(powered, key=lambda b: b.t_max).at
    spots = solution.metrics.hotspots
    if spots:
        hot = max(spots, key=lambda h: h.t)
        return hot.x, hot.y, hot.z
    w, h = solution.scene.size
    return 0.5 * w, 0.5 * h, 0.5 * float(solution.scene.planes[-1])


def spans(slab: Slab, y: float) -> list[tuple[float, float, Material | None]]:
    """Materials along the cut at `y`: (x0, x1, material), in the order in which they are painted."""
    x0, _, x1, _ = shapely.union_all([area.outline for area in slab.areas]).bounds
    cut = LineString([(x0 - 1.0, y), (x1 + 1.0, y)])
    found: list[tuple[float, float, Material | None]] = []
    for area in slab.areas:
        crossing = area.outline.intersection(cut)
        found += [
            (float(piece.bounds[0]), float(piece.bounds[2]), area.material)
            for piece in getattr(crossing, "geoms", [crossing])
            if piece.length > 0.0
        ]
    return found


def _paint(axes: Axes, scene: Scene, y: float, left: float, across: float, heights: Heights) -> None:
    """Fill every slab by material, then draw the edges of the layers: slabs are cut where no edge is."""
    for slab in scene.slabs:
        for x0, x1, material in spans(slab, y):
            colour = PAPER if material is None else colour_of(material)
            _box(axes, (left + across * x0, left + across * x1), (slab.z0, slab.z1), heights, face=colour)
    for extent in scene.layers:
        x0, low, x1, high = extent.outline.bounds
        if low <= y <= high and extent.material != VOID:
            _box(axes, (left + across * x0, left + across * x1), (extent.z0, extent.z1), heights, edge=EDGE)


def _box(
    axes: Axes,
    x: tuple[float, float],
    z: tuple[float, float],
    heights: Heights,
    *,
    face: str = "none",
    edge: str = "none",
) -> None:
    low, high = heights(z[0]), heights(z[1])
    width = 0.3 if edge != "none" else 0.0
    axes.add_patch(
        Rectangle((x[0], low), x[1] - x[0], high - low, facecolor=face, edgecolor=edge, linewidth=width)
    )


def colour_of(material: Material) -> str:
    """The colour of a material's category."""
    return MATERIAL_COLOURS.get(material.category, OTHER_MATERIAL)


def _labels(
    axes: Axes, scene: Scene, spot: tuple[float, float, float], heights: Heights, left: float, across: float
) -> None:
    """Layers of the package at the right, those of the chiplet at the hottest place at the left."""
    there = Point(spot[0], spot[1])
    package = [e for e in scene.layers if "/" not in e.name]
    inner = [e for e in scene.layers if "/" in e.name and e.outline.covers(there)]
    for layers, edge, side in ((package, left + across * scene.size[0], 1.0), (inner, left, -1.0)):
        if layers:
            ends = [left + across * float(e.outline.bounds[2 if side > 0.0 else 0]) for e in layers]
            _column(axes, scene, layers, heights, (edge, side), ends)
    _names(axes, scene, spot[1], heights, left, across)


def made_of(scene: Scene, extent: LayerExtent) -> str:
    """What a layer consists of, in words; of a void one what its regions are of."""
    if extent.chiplets:
        return "chiplets" if extent.material == VOID else f"chiplets in {extent.material}"
    if extent.material != VOID:
        return extent.material
    middle = 0.5 * (extent.z0 + extent.z1)
    here = [a.material for slab in scene.slabs if slab.z0 < middle < slab.z1 for a in slab.areas]
    return ", ".join(dict.fromkeys(m.name for m in here if m is not None)) or VOID


def _column(
    axes: Axes,
    scene: Scene,
    layers: Sequence[LayerExtent],
    heights: Heights,
    where: tuple[float, float],
    ends: Sequence[float],
) -> None:
    """Name, material and thickness of layers beside the cut, spread so that they do not overlap."""
    edge, side = where
    low, high = float(heights.y[0]), float(heights.y[-1])
    wanted = np.array([0.5 * (heights(e.z0) + heights(e.z1)) for e in layers])
    gap = min(16.0, (high - low) / len(layers))
    placed = spread(wanted, gap, low, high)
    near, x = edge + 8.0 * side, edge + 20.0 * side
    align = "left" if side > 0.0 else "right"
    for extent, at, y, end in zip(layers, wanted, placed, ends, strict=True):
        axes.plot([end, near, x - 2.0 * side], [at, at, y], color=MUTED, linewidth=0.35)
        note = f"{made_of(scene, extent)}, {micrometres(extent.z1 - extent.z0)} µm"
        if gap < 15.0:
            axes.text(x, y, f"{extent.name}: {note}", fontsize=5.2, color=INK, ha=align, va="center")
            continue
        axes.text(x, y + 3.5, extent.name, fontsize=6.5, color=INK, ha=align, va="center")
        axes.text(x, y - 3.5, note, fontsize=5.5, color=MUTED, ha=align, va="center")


def _names(axes: Axes, scene: Scene, y: float, heights: Heights, left: float, across: float) -> None:
    """Names of the chiplets in the cut, in the thickest of their layers."""
    thickest: dict[str, LayerExtent] = {}
    for extent in scene.layers:
        chiplet, slash, _ = extent.name.partition("/")
        if slash and extent.outline.bounds[1] < y < extent.outline.bounds[3]:
            known = thickest.get(chiplet)
            if known is None or extent.z1 - extent.z0 > known.z1 - known.z0:
                thickest[chiplet] = extent
    for chiplet, extent in thickest.items():
        x0, _, x1, _ = extent.outline.bounds
        tall = heights(extent.z1) - heights(extent.z0)
        size = min(8.0, 0.6 * tall, 0.45 * across * float(x1 - x0) / (GLYPH * len(chiplet)))
        if size >= 3.0:
            # At the left, out of the way of the line through the hottest place.
            x, middle = left + across * float(x0) + 3.0, heights(extent.z1) - 0.5 * tall
            axes.text(x, middle, chiplet, fontsize=size, color=INK, va="center")


def _faces(axes: Axes, solution: Solution, sides: tuple[float, float], heights: Heights) -> None:
    scene, evidence = solution.scene, solution.evidence
    middle = 0.5 * (sides[0] + sides[1])
    for face, heat, y, va in (
        (scene.top, evidence.heat_top, heights.y[-1] + 8.0, "bottom"),
        (scene.bottom, evidence.heat_bottom, heights.y[0] - 8.0, "top"),
    ):
        words = cooling(face)
        if words != ADIABATIC:
            words += f" · {watts(abs(heat))} W {'leave' if heat >= 0.0 else 'enter'} here"
        if face.flux is not None:
            words += f" · {watts(float(face.flux.sum()))} W put in by a map"
        axes.text(middle, y, words, fontsize=6.5, color=ACCENT, ha="center", va=va)


def cooling(face: Face) -> str:
    """How a face is cooled, in words."""
    ambient = f"{fixed(celsius(face.ambient), 1)} °C"
    if face.resistance is not None:
        return f"{face.resistance:g} K/W to {ambient}"
    htc = np.asarray(face.htc)
    if htc.ndim == 2:
        return f"h = {htc.min():g} to {htc.max():g} W/(m²K) by a map, to {ambient}"
    if float(htc) > 0.0:
        return f"h = {float(htc):g} W/(m²K) to {ambient}"
    return ADIABATIC


def _profile(
    figure: Figure, solution: Solution, spot: tuple[float, float, float], heights: Heights, size: Size
) -> None:
    """Temperature along z through the hottest place, in the heights of the cut."""
    width, height = size
    z = np.concatenate(
        [np.linspace(a, b, 24)[1:-1] for a, b in zip(heights.z[:-1], heights.z[1:], strict=True)]
    )
    t = np.asarray(celsius(solution.at(np.full_like(z, spot[0]), np.full_like(z, spot[1]), z)))  # type: ignore[arg-type]
    left = width - PROFILE + 10.0
    bottom, top = heights.y[0], heights.y[-1]
    axes = figure.add_axes((left / width, bottom / height, (PROFILE - 18.0) / width, (top - bottom) / height))
    axes.set_ylim(bottom, top)
    axes.set_yticks(heights.y, [""] * heights.y.size)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", color=HAIRLINE, linewidth=0.3)
    axes.plot(t, np.interp(z, heights.z, heights.y), color=ACCENT, linewidth=1.2)
    known = t[np.isfinite(t)]
    if known.size:
        scale = enclosing(float(known.min()), float(known.max()), "")
        axes.set_xlim(scale.low, scale.high)
        axes.set_xticks(scale.ticks[:: -(-len(scale.ticks) // 4)])
    axes.set_xlabel("temperature in °C")
    axes.set_title(f"along z at x = {1e3 * spot[0]:.2f}, y = {1e3 * spot[1]:.2f} mm", fontsize=6.5, color=INK)
