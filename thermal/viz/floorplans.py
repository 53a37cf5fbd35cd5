"""What is where: the package from above, and the floorplan of every powered layer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from floorplans.block import SENSITIVE_KINDS, BlockKind
from thermal.report.words import shortened
from thermal.scene import LayerExtent, Scene
from thermal.viz.frame import GLYPH, Bounds, Frame, spread
from thermal.viz.maps import MANY, SCREEN_SIZE, Paint, Panel, Size, blocks_of, layer_window, short_name
from thermal.viz.style import ACCENT, INK, KIND_COLOURS, MUTED, PAPER, TINT, sheet, styled

LEGEND = 78.0
"""Width of the legend in points."""

NAMES = 120.0
"""Width of the column of layer names in points."""


@styled
def assembly(scene: Scene, size: Size = SCREEN_SIZE, dies: dict[str, str] | None = None) -> Figure:
    """The package from above: the outlines of its layers and its chiplets.

    Parameters
    ----------
    dies
        What to write below a chiplet's name.
    """
    figure, axes = sheet(size)
    width, height = size
    window = (0.0, 0.0, *scene.size)
    frame = Frame.fitted(axes, window, (4.0, 14.0, width - NAMES - 8.0, height - 20.0))
    frame.background(PAPER)
    package = [e for e in scene.layers if "/" not in e.name]
    outlines = _distinct(package)
    for extent, _ in outlines:
        frame.outlines([extent.outline], edge=MUTED, width=0.5, face=TINT)
    for extent in package:
        blocks = blocks_of(scene, extent.name)
        if len(blocks) <= MANY:
            frame.outlines([b.outline for b in blocks], edge=MUTED, width=0.3)
    for extent in package:
        blocks = blocks_of(scene, extent.name)
        if len(blocks) <= MANY:
            frame.outlines([b.outline for b in blocks], edge=MUTED, width=0.3)
    for name, extent in chiplet_outlines(scene).items():
        frame.outlines([extent.outline], edge=ACCENT, width=0.8, face="#dce8f4")
        _chiplet_label(frame, extent, name, (dies or {}).get(name, ""))
    frame.border(INK, 0.7)
    frame.ruler()
    _outline_names(frame, outlines, width)
    return figure


def _outline_names(frame: Frame, outlines: Sequence[tuple[LayerExtent, list[str]]], width: float) -> None:
    """Names of layers in a column at the right, each with a line to the upper right corner of its outline."""
    left, bottom, wide, high = frame.box
    corners = [frame.point(*e.outline.bounds[2:]) for e, _ in outlines]
    column = left + wide + 14.0
    gap = min(18.0, high / len(outlines))
    placed = spread(np.array([y - 4.0 for _, y in corners]), gap, bottom, bottom + high)
    for (_, names), (x, y), at in zip(outlines, corners, placed, strict=True):
        frame.axes.plot([x, column - 6.0, column - 2.0], [y - 4.0, at, at], color=MUTED, linewidth=0.4)
        label = shortened(", ".join(names), int((width - column) / (GLYPH * 5.8)))
        frame.axes.text(column, at, label, fontsize=5.8, color=INK, va="center")


def chiplet_outlines(scene: Scene) -> dict[str, LayerExtent]:
    """The largest layer of every chiplet, by the chiplet's name."""
    found: dict[str, LayerExtent] = {}
    for extent in scene.layers:
        chiplet, slash, _ = extent.name.partition("/")
        if slash and (
            chiplet not in found or extent.outline.area > found[chiplet].outline.area * (1.0 + 1e-9)
        ):
            found[chiplet] = extent
    return found


def _distinct(package: Sequence[LayerExtent]) -> list[tuple[LayerExtent, list[str]]]:
    """Layers by outline, the largest first; those that share one are named together."""
    groups: dict[Bounds, tuple[LayerExtent, list[str]]] = {}
    for extent in package:
        x0, y0, x1, y1 = (round(float(v), 9) for v in extent.outline.bounds)
        groups.setdefault((x0, y0, x1, y1), (extent, []))[1].append(extent.name)
    return sorted(groups.values(), key=lambda g: -g[0].outline.area)


def _chiplet_label(frame: Frame, extent: LayerExtent, name: str, note: str) -> None:
    x0, y0, x1, y1 = extent.outline.bounds
    wide, high = frame.magnification * (x1 - x0), frame.magnification * (y1 - y0)
    size = min(9.0, 0.9 * wide / (0.62 * max(len(name), 1)), 0.6 * high)
    if size < 3.0:
        return
    x, y = 0.5 * (x0 + x1), 0.5 * (y0 + y1)
    frame.text(x, y, name, size=size, colour=ACCENT, fontweight="bold")
    small = min(6.0, 0.9 * wide / (0.62 * max(len(note), 1)))
    if note and small >= 3.0 and high > 2.5 * size + small:
        frame.text(x, y - (0.5 * size + 0.8 * small) / frame.magnification, note, size=small, colour=MUTED)


@styled
def floorplan(scene: Scene, layer: str, size: Size = SCREEN_SIZE) -> Figure:
    """The blocks of a layer by kind, named where a name fits."""
    figure, axes = sheet(size)
    width, height = size
    window = layer_window(scene, layer)
    frame = Frame.fitted(axes, window, (4.0, 12.0, width - LEGEND - 12.0, height - 14.0))
    plan(scene, layer)(frame)
    frame.border(INK, 0.7)
    frame.ruler()
    legend(axes, kinds_of(scene, [layer]), (width - LEGEND, height - 6.0))
    return figure


@styled
def floorplan_sheet(scene: Scene, titles: dict[str, str], size: Size, shape: tuple[int, int]) -> Figure:
    """Several floorplans, by layer and with a title each, and one legend."""
    from thermal.viz.maps import multiples

    panels = [Panel(title, layer_window(scene, layer), plan(scene, layer)) for layer, title in titles.items()]
    width, height = size
    figure = multiples(panels, size, shape, margin=LEGEND)
    legend(figure.axes[0], kinds_of(scene, titles), (width - LEGEND + 10.0, height - 16.0))
    return figure


def plan(scene: Scene, layer: str) -> Paint:
    """Paint a layer's blocks in the colours of their kinds."""

    def paint(frame: Frame) -> None:
        frame.background(PAPER)
        blocks = blocks_of(scene, layer)
        thin = 1.0 if len(blocks) <= MANY else 0.3
        for kind in BlockKind:
            same = [b.outline for b in blocks if b.kind is kind]
            sensitive = kind in SENSITIVE_KINDS
            edge = KIND_COLOURS[kind] if sensitive else "#6b7680"
            frame.outlines(
                same, edge=edge, width=thin * (0.5 if sensitive else 0.25), face=KIND_COLOURS[kind]
            )
        for block in blocks:
            dark = block.kind in SENSITIVE_KINDS
            frame.name(
                short_name(block.name), block.outline, colour="white" if dark else INK, least=2.2, most=7.0
            )

    return paint


def kinds_of(scene: Scene, layers: Iterable[str]) -> list[BlockKind]:
    """The kinds of block that occur in some layers, in the order of `BlockKind`."""
    named = set(layers)
    there = {b.kind for b in scene.blocks if b.layer in named}
    return [kind for kind in BlockKind if kind in there]


def legend(axes: Axes, kinds: Sequence[BlockKind], corner: tuple[float, float]) -> None:
    """Swatches of the kinds below a corner (points)."""
    x, y = corner
    axes.text(x, y, "block kinds", fontsize=6.5, color=MUTED, va="top")
    for i, kind in enumerate(kinds):
        low = y - 22.0 - 12.0 * i
        axes.add_patch(
            Rectangle((x, low), 11.0, 7.5, facecolor=KIND_COLOURS[kind], edgecolor="#6b7680", linewidth=0.3)
        )
        axes.text(x + 15.0, low + 3.6, kind.value, fontsize=6.5, color=INK, va="center")
