"""The sections of figures: the package, floorplans, power, heat maps, close-ups."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from matplotlib.figure import Figure
from reportlab.platypus import Flowable, PageBreak

from thermal.metrics import Hotspot
from thermal.report.pdf_findings import Findings, by_margin
from thermal.report.pdf_page import HEIGHT, SMALL, SUBHEAD, WIDTH, Beside, Drawn, text, under
from thermal.report.pdf_table import Cells, Column, Table
from thermal.report.words import (
    error_bar,
    millimetres,
    temperature,
)
from thermal.viz import maps, zoom
from thermal.viz import power as power_maps
from thermal.viz.scale import Scale, temperature_scale
from thermal.viz.style import styled

FULL = HEIGHT - 56.0
"""Height of a figure that has a page below a heading with two lines of explanation."""

TITLED = FULL - 26.0
"""The same below a subheading."""

ROWS = 34
"""Rows of a table that fit beside a figure."""

HOTTEST = 20
"""Blocks of a layer that are listed beside its map."""

CROWDED = 24
"""A layer of more blocks than this gets a page of its own."""

LARGE_MAPS = 4
"""Most layers with a page of their own."""

PER_SHEET = 12
ZOOMS_PER_SHEET = 21
ZOOM_SHEETS = 3

Size = tuple[float, float]


def apart(findings: Findings, layers: Sequence[str]) -> tuple[list[str], list[str]]:
    """Layers that get a page each, and those that share one.

    Of every crowded layer of a die the hottest one gets a page; its others stand side by side, where they
    compare.
    """
    scene, hottest = findings.scene, {x.name: x.t_max for x in findings.solution.metrics.layers}
    best: dict[str, str] = {}
    for layer in layers:
        if len(maps.blocks_of(scene, layer)) > CROWDED:
            kind = findings.kind_of(layer)
            if kind not in best or hottest[layer] > hottest[best[kind]]:
                best[kind] = layer
    large = list(layers) if len(layers) == 1 else list(best.values())[:LARGE_MAPS]
    names = list(dict.fromkeys(maps.short_name(x) for x in layers))
    small = [x for x in layers if x not in large]
    return large, sorted(small, key=lambda x: names.index(maps.short_name(x)))


def sheets(layers: Sequence[str]) -> Iterator[Sequence[str]]:
    """Layers by the sheet on which they share a page."""
    for i in range(0, len(layers), PER_SHEET):
        yield layers[i : i + PER_SHEET]


def shape(n: int) -> tuple[int, int]:
    """Rows and columns for `n` panels on a landscape page."""
    shapes = ((1, 1), (1, 2), (1, 3), (2, 3), (2, 4), (3, 4), (3, 5))
    return next(((r, c) for r, c in shapes if r * c >= n), (3, 7))


def power(findings: Findings) -> list[Flowable]:
    """Power density of every powered layer on one scale."""
    scene, layers = findings.scene, findings.powered
    if not layers:
        return [text("No layer releases heat.")]
    scale = power_maps.shared_power_scale(scene, layers)
    large, small = apart(findings, layers)
    found: list[Flowable] = []
    for layer in large:
        make = partial(_power_map, findings, layer, scale)
        found += [text(layer, SUBHEAD), Drawn(WIDTH, TITLED, make), PageBreak()]
    for some in sheets(small):
        found += [Drawn(WIDTH, FULL, partial(_power_sheet, findings, some, scale)), PageBreak()]
    return found[:-1]


def _power_map(findings: Findings, layer: str, scale: Scale, size: Size) -> Figure:
    return power_maps.power_map(findings.solution, layer, scale=scale, size=size, title="")


@styled
def _power_sheet(findings: Findings, layers: Sequence[str], scale: Scale, size: Size) -> Figure:
    panels = [
        maps.Panel(x, maps.layer_window(findings.scene, x), power_maps.power(findings.scene, x, scale))
        for x in layers
    ]
    return maps.multiples(panels, size, shape(len(panels)), scale)


def heat(findings: Findings) -> list[Flowable]:
    """Temperatures of every powered layer on one scale, and the list of numbered places."""
    layers = findings.powered
    if not layers:
        return [text("No layer releases heat.")]
    scale = temperature_scale([findings.solution])
    large, small = apart(findings, layers)
    found: list[Flowable] = []
    for layer in large:
        make = partial(_heat_map, findings, layer, scale)
        left: list[Flowable] = [text(layer, SUBHEAD), Drawn(0.7 * WIDTH, TITLED, make)]
        right: list[Flowable] = [text("Hottest places", SUBHEAD), _spots(findings, [layer], 0.28 * WIDTH)]
        if maps.blocks_of(findings.scene, layer):
            right += [text("Hottest blocks", SUBHEAD), _hottest(findings, layer, 0.28 * WIDTH)]
        found += [Beside([(0.7 * WIDTH, left), (0.28 * WIDTH, right)], 0.02 * WIDTH), PageBreak()]
    for some in sheets(small):
        found += [Drawn(WIDTH, FULL, partial(_heat_sheet, findings, some, scale)), PageBreak()]
        found += [*under(_above(some), _spots(findings, some)), PageBreak()]
    return found[:-1]


def _heat_map(findings: Findings, layer: str, scale: Scale, size: Size) -> Figure:
    return maps.heat_map(findings.solution, layer, scale=scale, size=size, names=False, title="")


@styled
def _heat_sheet(findings: Findings, layers: Sequence[str], scale: Scale, size: Size) -> Figure:
    panels = [
        maps.Panel(x, maps.layer_window(findings.scene, x), maps.heat(findings.solution, x, scale))
        for x in layers
    ]
    return maps.multiples(panels, size, shape(len(panels)), scale)


def _spots(findings: Findings, layers: Sequence[str], width: float | None = None) -> Table:
    spots = [h for layer in layers for h in findings.solution.metrics.hotspots if h.layer == layer]
    narrow = len(layers) == 1
    columns = [
        *(() if narrow else (Column("layer", 2.0, align="left"),)),
        Column("no.", 0.5),
        Column("T", 0.9, "°C"),
        Column("in block", 2.6, align="left"),
        Column("x", 0.8, "mm"),
        Column("y", 0.8, "mm"),
    ]
    rows: Cells = [[*(() if narrow else (h.layer,)), *_spot(h)] for h in spots]
    return Table(columns, rows, width=width)


def _above(layers: Sequence[str]) -> str:
    return (
        f"Hottest places of {layers[0]}"
        if len(layers) == 1
        else f"Hottest places of {layers[0]} to {layers[-1]}"
    )


def _hottest(findings: Findings, layer: str, width: float) -> Table:
    blocks = [b for b in findings.solution.metrics.blocks if b.layer == layer]
    blocks.sort(key=lambda b: -b.t_max)
    columns = [
        Column("block", 2.6, align="left"),
        Column("T max", 1.0, "°C"),
        Column("error ±", 1.0, "K"),
        Column("T min", 1.0, "°C"),
    ]
    rows = [
        [b.name, temperature(b.t_max), error_bar(b.error), temperature(b.t_min)] for b in blocks[:HOTTEST]
    ]
    return Table(columns, rows, width=width)


def _spot(spot: Hotspot) -> list[str]:
    return [
        str(spot.rank),
        temperature(spot.t),
        spot.block or "between blocks",
        millimetres(spot.x),
        millimetres(spot.y),
    ]


def close_ups(findings: Findings) -> list[Flowable]:
    """The sensitive blocks of least margin, with the grid."""
    blocks = findings.solution.metrics.sensitive
    if not blocks:
        return [text("The design has no analog, PMIC or sensor blocks.")]
    order = by_margin(blocks)
    shown = [blocks[i].name for i in order[: ZOOMS_PER_SHEET * ZOOM_SHEETS]]
    found: list[Flowable] = []
    left_out = len(blocks) - len(shown)
    if left_out:
        rest = f"the other {left_out} are in the table of analog, PMIC and sensor blocks"
        found.append(text(f"The {len(shown)} blocks of least margin out of {len(blocks)}; {rest}.", SMALL))
    for i in range(0, len(shown), ZOOMS_PER_SHEET):
        some = shown[i : i + ZOOMS_PER_SHEET]
        found += [Drawn(WIDTH, FULL - 14.0, partial(_zooms, findings, some)), PageBreak()]
    return found[:-1]


def _zooms(findings: Findings, names: Sequence[str], size: Size) -> Figure:
    return zoom.zoom_sheet(findings.solution, names, size, shape(len(names)))
