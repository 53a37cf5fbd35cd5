"""Heat maps and power-density maps of layers: one large map with axes, or many small ones on a sheet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from matplotlib.figure import Figure

from floorplans.block import SENSITIVE_KINDS
from thermal.report.words import celsius, shortened
from thermal.scene import PlacedBlock, Scene
from thermal.solution import Solution
from thermal.viz.frame import GLYPH, Bounds, Frame
from thermal.viz.scale import Scale, temperature_scale
from thermal.viz.style import INK, MUTED, SCREEN_DPI, sheet, styled

Size = tuple[float, float]

SCREEN_SIZE: Size = (500.0, 400.0)
PIXELS_PER_POINT = 1.25
"""Of rasters: 90 to the inch, twice that of what they show."""

BAR_ROOM = 62.0
"""Width of a colour bar with its labels in points."""

FAINT = (1.0, 1.0, 1.0, 0.5)
"""Outlines of ordinary blocks on a heat map."""

MANY = 1000
"""Blocks of a layer above which outlines are hairlines, or they would hide the map."""

Paint = Callable[[Frame], None]


@dataclass(frozen=True)
class Panel:
    """One small map: a title, a window in m, and what is painted into it."""

    title: str
    window: Bounds
    paint: Paint = field(repr=False)


def layer_window(scene: Scene, layer: str) -> Bounds:
    """Bounds of a layer in m."""
    x0, y0, x1, y1 = scene.layer(layer).outline.bounds
    return float(x0), float(y0), float(x1), float(y1)


def blocks_of(scene: Scene, layer: str) -> list[PlacedBlock]:
    """The blocks of a layer, in the order of the design."""
    return [b for b in scene.blocks if b.layer == layer]


def short_name(block: str) -> str:
    """A block's name without its chiplet: ``pll0`` of ``soc0/pll0``."""
    return block.partition("/")[2] or block


@styled
def heat_map(
    solution: Solution,
    layer: str,
    *,
    scale: Scale | None = None,
    size: Size = SCREEN_SIZE,
    names: bool = True,
    hotspots: bool = True,
    title: str | None = None,
) -> Figure:
    """Temperatures of a layer at half its height, with the outlines of its blocks.

    Parameters
    ----------
    layer
        Name such as ``soc0/device``; KeyError lists near misses.
    scale
        Colours; default over all powered layers, so that maps of one solution compare.
    size
        Width and height in points.
    names
        Whether to write the names of blocks where they fit.
    hotspots
        Whether to number the hottest places.
    """
    scale = scale or temperature_scale([solution], None if solution.scene.layer(layer).powered else [layer])
    window = layer_window(solution.scene, layer)
    heading = title if title is not None else f"{solution.scene.name}: temperature of {layer}"
    figure, frame = framed(window, size, heading, scale)
    heat(solution, layer, scale, names=names, hotspots=hotspots)(frame)
    return figure


def framed(window: Bounds, size: Size, title: str, scale: Scale) -> tuple[Figure, Frame]:
    """A figure with one map in axes of mm and a colour bar beside it."""
    width, height = size
    top = 20.0 if title else 6.0
    room = (36.0, 30.0, width - 36.0 - 74.0, height - 30.0 - top)
    x0, y0, x1, y1 = window
    magnify = min(room[2] / (x1 - x0), room[3] / (y1 - y0))
    w, h = magnify * (x1 - x0), magnify * (y1 - y0)
    left, bottom = room[0] + 0.5 * (room[2] - w), room[1] + room[3] - h
    figure = Figure(figsize=(width / 72.0, height / 72.0), dpi=SCREEN_DPI)
    axes = figure.add_axes((left / width, bottom / height, w / width, h / height))
    axes.set_xlim(1e3 * x0, 1e3 * x1)
    axes.set_ylim(1e3 * y0, 1e3 * y1)
    axes.set_xlabel("x in mm")
    axes.set_ylabel("y in mm")
    if title:
        axes.set_title(title, loc="left", fontsize=8.0, color=INK, parse_math=False)
    tall = min(h, 260.0)
    scale.bar(
        figure.add_axes(((left + w + 12.0) / width, (bottom + h - tall) / height, 9.0 / width, tall / height))
    )
    box = (1e3 * x0, 1e3 * y0, 1e3 * (x1 - x0), 1e3 * (y1 - y0))
    return figure, Frame(axes, window, box, 1e3 * (x1 - x0) / w)


def multiples(
    panels: Sequence[Panel],
    size: Size,
    shape: tuple[int, int],
    scale: Scale | None = None,
    margin: float = BAR_ROOM,
) -> Figure:
    """Small maps in rows and columns on one sheet, with the shared colour bar in the margin at the right."""
    figure, axes = sheet(size)
    (width, height), (rows, columns) = size, shape
    wide = width - margin
    across, down = wide / columns, height / rows
    for i, panel in enumerate(panels):
        row, column = divmod(i, columns)
        left, bottom = column * across, height - (row + 1) * down
        frame = Frame.fitted(axes, panel.window, (left + 5.0, bottom + 14.0, across - 10.0, down - 30.0))
        panel.paint(frame)
        frame.border(MUTED, 0.4)
        frame.ruler()
        top = frame.box[1] + frame.box[3] + 3.5
        axes.text(
            frame.box[0], top, _fitting(panel.title, across - 10.0), fontsize=6.5, color=INK, va="bottom"
        )
    if scale:
        tall = min(height - 24.0, 260.0)
        scale.bar(
            figure.add_axes(
                ((wide + 10.0) / width, (height - 16.0 - tall) / height, 9.0 / width, tall / height)
            )
        )
    return figure


def _fitting(title: str, width: float, size: float = 6.5) -> str:
    return shortened(title, max(8, int(width / (GLYPH * size))))


def heat(
    solution: Solution, layer: str, scale: Scale, *, names: bool = False, hotspots: bool = True
) -> Paint:
    """Paint a layer's temperatures, block outlines and numbered hotspots."""

    def paint(frame: Frame) -> None:
        window, scene = frame.window, solution.scene
        values = solution.plane(solution.hottest_height(layer), window, pixels(frame))
        frame.raster(celsius_of(values), window, scale)
        blocks = blocks_of(scene, layer)
        plain = [b.outline for b in blocks if b.kind not in SENSITIVE_KINDS]
        frame.outlines(plain, edge=FAINT, width=0.25 if len(blocks) <= MANY else 0.08)
        frame.outlines([b.outline for b in blocks if b.kind in SENSITIVE_KINDS], edge="#5ee0ff", width=0.45)
        if names:
            _names(solution, blocks, frame, scale)
        if hotspots:
            for spot in reversed([h for h in solution.metrics.hotspots if h.layer == layer]):
                frame.mark(spot.x, spot.y, spot.rank)

    return paint


def _names(solution: Solution, blocks: Sequence[PlacedBlock], frame: Frame, scale: Scale) -> None:
    for block in blocks:
        mean = celsius(solution.metrics.block(block.name).t_avg)
        frame.name(short_name(block.name), block.outline, colour=scale.ink(mean), least=3.2)


def pixels(frame: Frame, most: int = 640) -> tuple[int, int]:
    """Rows and columns of a raster that suits a frame."""
    points = frame.magnification / frame.point_size
    x0, y0, x1, y1 = frame.window
    wide, high = ((points * side * PIXELS_PER_POINT) for side in (x1 - x0, y1 - y0))
    shrink = min(1.0, most / max(wide, high))
    return max(8, round(high * shrink)), max(8, round(wide * shrink))


def celsius_of(kelvin: np.ndarray) -> np.ndarray:
    """Degrees Celsius of an array in K."""
    return np.asarray(celsius(kelvin))  # type: ignore[arg-type]
