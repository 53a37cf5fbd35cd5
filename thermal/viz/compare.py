"""Two solutions of one layer side by side: before, after, and what changed."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from thermal.kernels.arrays import Floats
from thermal.solution import Solution
from thermal.viz.frame import Frame
from thermal.viz.maps import Size, blocks_of, celsius_of, heat, layer_window, pixels
from thermal.viz.scale import CHANGE, Scale, enclosing, temperature_scale
from thermal.viz.style import INK, MUTED, sheet, styled

WIDTH, TALLEST = 760.0, 520.0
"""Of a figure that is given no size, points."""

BAR = 66.0
"""Room for a colour bar at the right of a map, points."""


@styled
def before_after(before: Solution, after: Solution, layer: str, *, size: Size | None = None) -> Figure:
    """Maps of a layer in two solutions on one scale, and their difference in K with its own.

    Parameters
    ----------
    layer
        In both solutions, of the same outline.
    size
        Width and height in points; default as wide as a notebook and as high as the maps need.
    """
    if not before.scene.layer(layer).outline.equals_exact(after.scene.layer(layer).outline, 1e-9):
        raise ValueError(f"layer {layer!r} is not of the same outline in both designs")
    powered = before.scene.layer(layer).powered or after.scene.layer(layer).powered
    scale = temperature_scale([before, after], None if powered else [layer])
    window = layer_window(before.scene, layer)
    width = WIDTH if size is None else size[0]
    across = (width - 2.0 * BAR) / 3.0
    aspect = (window[3] - window[1]) / (window[2] - window[0])
    height = min(aspect * (across - 12.0) + 42.0, TALLEST) if size is None else size[1]
    figure, axes = sheet((width, height))
    lefts = (0.0, across, 2.0 * across + BAR)
    frames = [Frame.fitted(axes, window, (x + 6.0, 16.0, across - 12.0, height - 40.0)) for x in lefts]
    for frame, solution in zip(frames, (before, after), strict=False):
        heat(solution, layer, scale, names=True)(frame)
    change = _change(before, after, layer, frames[2])
    frames[2].raster(change, window, shift := change_scale(change))
    frames[2].outlines([b.outline for b in blocks_of(after.scene, layer)], edge=INK, width=0.3)
    for frame, title in zip(frames, ("before", "after", "change"), strict=True):
        frame.border(MUTED, 0.4)
        frame.ruler()
        axes.text(frame.box[0], frame.box[1] + frame.box[3] + 5.0, title, fontsize=8.0, color=INK)
    for frame, its in ((frames[1], scale), (frames[2], shift)):
        left, bottom, w, h = frame.box
        its.bar(figure.add_axes(((left + w + 8.0) / width, bottom / height, 9.0 / width, h / height)))
    return figure


def _change(before: Solution, after: Solution, layer: str, frame: Frame) -> Floats:
    first, second = (
        celsius_of(s.plane(s.hottest_height(layer), frame.window, pixels(frame))) for s in (before, after)
    )
    return np.asarray(second - first, float)


def change_scale(change: Floats) -> Scale:
    """A scale in K for differences; zero is marked by a tick."""
    known = change[np.isfinite(change)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 0.0)
    return enclosing(min(low, 0.0), max(high, 0.0), "change in K", CHANGE)
