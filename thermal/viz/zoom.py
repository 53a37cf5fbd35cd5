"""Close-ups of single blocks: the field and the refined grid around them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.path import Path

from thermal.kernels.arrays import Floats
from thermal.mesh.columns import Mesh
from thermal.metrics import BlockMetrics
from thermal.report.words import VERDICT_WORDS, error_bar, fixed, shortened, temperature
from thermal.solution import Solution
from thermal.viz.frame import GLYPH, Bounds, Frame
from thermal.viz.maps import Size, blocks_of, celsius_of, pixels
from thermal.viz.scale import Scale, enclosing
from thermal.viz.style import HAIRLINE, INK, MUTED, VERDICT_COLOURS, sheet, styled

REACH = 1.5
"""Around a block, in its longer sides, to every side."""

GRID = (0.75, 0.86, 0.94, 0.45)
"""Grid lines: the field is to be seen through them where cells are smaller than a point."""

BAR = 7.0
"""Height of the colour bar below a close-up, points."""


@styled
def zoom_map(solution: Solution, block: str, size: Size = (260.0, 300.0)) -> Figure:
    """Field and grid around one block."""
    return zoom_sheet(solution, [block], size, (1, 1))


@styled
def zoom_sheet(solution: Solution, names: Sequence[str], size: Size, shape: tuple[int, int]) -> Figure:
    """Close-ups in rows and columns, each with its own colour bar below it."""
    figure, axes = sheet(size)
    (width, height), (rows, columns) = size, shape
    across, down = width / columns, height / rows
    for i, name in enumerate(names):
        row, column = divmod(i, columns)
        room = (column * across + 5.0, height - (row + 1) * down + 32.0, across - 10.0, down - 54.0)
        _close_up(solution, solution.metrics.block(name), axes, room)
    return figure


def _close_up(solution: Solution, block: BlockMetrics, axes: Axes, room: Bounds) -> None:
    scene = solution.scene
    placed = scene.block(block.name)
    window = around(placed.outline.bounds)
    frame = Frame.fitted(axes, window, room)
    z = 0.5 * (placed.z0 + placed.z1)
    values = celsius_of(solution.plane(z, window, pixels(frame, 120)))
    scale = _scale(values)
    frame.raster(values, window, scale)
    frame.path(grid_lines(solution.mesh, window), edge=GRID, width=0.12)
    others = [b.outline for b in blocks_of(scene, block.layer) if b.name != block.name]
    frame.outlines(others, edge="#ffffff", width=0.4)
    frame.outlines([placed.outline], edge="#5ee0ff", width=1.1)
    frame.border(MUTED, 0.4)
    _caption(block, frame, room)
    _bar(axes, scale, frame)
    frame.ruler()


def around(bounds: tuple[float, ...]) -> Bounds:
    """A square window around a block."""
    x0, y0, x1, y1 = bounds
    half = (0.5 + REACH) * max(x1 - x0, y1 - y0)
    x, y = 0.5 * (x0 + x1), 0.5 * (y0 + y1)
    return x - half, y - half, x + half, y + half


def _scale(values: Floats) -> Scale:
    known = values[np.isfinite(values)]
    if not known.size:
        return Scale(0.0, 1.0, "°C")
    return enclosing(float(known.min()), float(known.max()), "°C")


def _caption(block: BlockMetrics, frame: Frame, room: Bounds) -> None:
    left, top = frame.box[0], frame.box[1] + frame.box[3]
    name = shortened(block.name, max(8, int(room[2] / (GLYPH * 6.0))))
    frame.axes.text(left, top + 11.0, name, fontsize=6.0, color=INK, va="bottom", fontweight="bold")
    figures = f"{temperature(block.t_max)} ± {error_bar(block.error)} °C"
    if block.margin is not None:
        side = "below" if block.margin >= 0.0 else "above"
        figures += f" · {VERDICT_WORDS[block.verdict]}, {fixed(abs(block.margin), 1)} K {side}"
    colour = VERDICT_COLOURS[block.verdict]
    frame.axes.text(left, top + 3.0, figures, fontsize=5.0, color=colour, va="bottom")


def _bar(axes: Axes, scale: Scale, frame: Frame) -> None:
    left, bottom, width, _ = frame.box
    low = bottom - 11.0 - BAR
    ramp = Frame(axes, (0.0, 0.0, width, BAR), (left, low, width, BAR))
    ramp.raster(np.linspace(0.0, 1.0, 128)[None, :], ramp.window, Scale(0.0, 1.0, ""))
    ramp.border(HAIRLINE, 0.3)
    digits = 1 if scale.high - scale.low >= 1.0 else 2 if scale.high - scale.low >= 0.1 else 3
    for x, value, align in ((left, scale.low, "left"), (left + width, scale.high, "right")):
        axes.text(x, low - 2.5, f"{fixed(value, digits)} °C", fontsize=5.4, color=INK, ha=align, va="top")


def grid_lines(mesh: Mesh, window: Bounds) -> Path:
    """The edges of the columns inside a window as one path in m, edges in line joined."""
    x0, y0, x1, y1 = mesh.tree.bounds
    a, b, c, d = window
    near = np.flatnonzero((x1 > a) & (x0 < c) & (y1 > b) & (y0 < d))
    down = _joined(x0[near], y0[near], y1[near])
    level = _joined(y0[near], x0[near], x1[near])[:, :, ::-1]
    points = np.concatenate([down, level]).reshape(-1, 2)
    codes = np.tile(np.array([Path.MOVETO, Path.LINETO], np.uint8), len(points) // 2)
    return Path(points, codes)


def _joined(line: Floats, start: Floats, stop: Floats) -> Floats:
    """Pieces [n, 2 ends, (line, along)] of lines, those that touch end to end made one."""
    order = np.lexsort((start, line))
    line, start, stop = line[order], start[order], stop[order]
    if not line.size:
        return np.empty((0, 2, 2))
    # Leaves that share a line compute it from different cells: the same but for rounding.
    tiny = 1e-6 * float((stop - start).min())
    new = np.r_[True, (np.abs(np.diff(line)) > tiny) | (start[1:] > stop[:-1] + tiny)]
    first = np.flatnonzero(new)
    last = np.r_[first[1:], line.size] - 1
    return np.stack(
        [np.stack([line[first], start[first]], axis=1), np.stack([line[first], stop[last]], axis=1)], axis=1
    )
