"""The package: cross-section, top view, stack in numbers, floorplans."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from matplotlib.figure import Figure
from reportlab.platypus import Flowable, PageBreak

from thermal.report.pdf_findings import Findings
from thermal.report.pdf_maps import FULL, TITLED, Size, apart, shape, sheets
from thermal.report.pdf_page import SUBHEAD, WIDTH, Beside, Drawn, text, under
from thermal.report.pdf_table import Column, Table
from thermal.report.words import ABSENT, counted, micrometres, significant
from thermal.viz import floorplans, maps, section

ROWS = 34
"""Rows of a table that fit beside a figure."""


def package(findings: Findings) -> list[Flowable]:
    """Cross-section, top view, and the stack in numbers."""
    solution, design = findings.solution, findings.study.limiting.design
    placed = {c.name: f"{c.die}, {c.orient.value}" for c in design.package.chiplets}
    view = partial(floorplans.assembly, solution.scene, dies=placed)
    cut = Drawn(WIDTH, FULL, partial(section.cross_section, solution))
    rows = _stack_rows(findings)
    if len(rows) > ROWS:
        return [
            cut,
            PageBreak(),
            Drawn(WIDTH, FULL, view),
            PageBreak(),
            *under("Layers, top to bottom", _stack(rows)),
        ]
    left: list[Flowable] = [text("From above", SUBHEAD), Drawn(0.6 * WIDTH, TITLED, view)]
    right: list[Flowable] = [text("Layers, top to bottom", SUBHEAD), _stack(rows, 0.38 * WIDTH)]
    return [cut, PageBreak(), Beside([(0.6 * WIDTH, left), (0.38 * WIDTH, right)], 0.02 * WIDTH)]


def _stack_rows(findings: Findings) -> list[list[str]]:
    """Layers of the package and of every die, top to bottom."""
    design = findings.study.limiting.design
    rows: list[list[str]] = []
    for layer in reversed(design.package.layers):
        extent = findings.scene.layer(layer.name)
        name = section.made_of(findings.scene, extent)
        x0, y0, x1, y1 = extent.outline.bounds
        rows.append(
            ["package", layer.name, name, micrometres(extent.z1 - extent.z0), _sides(x1 - x0, y1 - y0)]
        )
    used = dict.fromkeys(c.die for c in design.package.chiplets)
    for die in used:
        for inner in reversed(design.dies[die].layers):
            w, h = inner.extent(design.dies[die].size)
            rows.append(
                [die, inner.name, inner.material or ABSENT, micrometres(inner.thickness or 0.0), _sides(w, h)]
            )
    return rows


def _stack(rows: list[list[str]], width: float | None = None) -> Table:
    columns = [
        Column("of", 1.3, align="left"),
        Column("layer", 1.8, align="left"),
        Column("material", 2.6, align="left"),
        Column("thickness", 1.1, "µm"),
        Column("size", 1.8, "mm"),
    ]
    return Table(columns, rows, width=width)


def _sides(width: float, height: float) -> str:
    return f"{significant(1e3 * width, 4)} × {significant(1e3 * height, 4)}"


def plans(findings: Findings) -> list[Flowable]:
    """One floorplan for all chiplets of a die."""
    scene = findings.scene
    groups: dict[str, list[str]] = {}
    for extent in scene.layers:
        if maps.blocks_of(scene, extent.name):
            groups.setdefault(findings.kind_of(extent.name), []).append(extent.name)
    titles = {same[0]: _shared(same) for same in groups.values()}
    large, small = apart(findings, list(titles))
    found: list[Flowable] = []
    for layer in large:
        found += [
            text(f"{titles[layer]}: {counted(len(maps.blocks_of(scene, layer)), 'block')}", SUBHEAD),
            Drawn(WIDTH, TITLED, partial(floorplans.floorplan, scene, layer)),
            PageBreak(),
        ]
    for some in sheets(small):
        make = partial(_plan_sheet, findings, {layer: titles[layer] for layer in some})
        found += [Drawn(WIDTH, FULL, make), PageBreak()]
    return found[:-1] or [text("No layer has blocks.")]


def _plan_sheet(findings: Findings, titles: dict[str, str], size: Size) -> Figure:
    return floorplans.floorplan_sheet(findings.scene, titles, size, shape(len(titles)))


def _shared(layers: Sequence[str]) -> str:
    if len(layers) == 1:
        return layers[0]
    return f"{layers[0]} (the same die: {', '.join(x.partition('/')[0] for x in layers[1:])})"
