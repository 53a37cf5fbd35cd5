"""The pages on sensitivities: what heats a block, what would cool it, and the influence matrix."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
from matplotlib.figure import Figure
from reportlab.platypus import Flowable, PageBreak

from thermal.report.pdf_page import SMALL, SUBHEAD, WIDTH, Beside, Drawn, text, under
from thermal.report.pdf_table import Column, Table
from thermal.report.sensitivity import (
    PERCENT,
    STEP_UM,
    TANGENT,
    Findings,
    grouped,
    headline,
    reciprocity,
    stated,
)
from thermal.report.sensitivity_text import cooler, small
from thermal.report.words import difference, micrometres, percent, significant, watts
from thermal.report.words import grouped as grouped_digits
from thermal.sensitivity import Influence, MoveEffect, Sensitivity
from thermal.viz.maps import Size
from thermal.viz.sensitivity import COLUMNS, influence_map, strongest, tornado

LEAD = "What a watt, a percent or a move does to a block's mean temperature: derivatives at the solution."

LISTED = 28
"""Rows of a table."""
GROUPS, SOURCES, BARS = 8, 16, 22
TALL = 400.0
"""Of the chart of a block, points."""
ROW, MATRIX = 14.0, 96.0
"""Height of a row of the matrix, and of what is around it, points."""
TALLEST = 420.0


def sensitivity(found: Findings) -> list[Flowable]:
    """Contents of the section."""
    mesh = f"Adjoint solves on {grouped_digits(found.cells)} cells{found.aside}."
    tangent = f" {TANGENT}" if any(not s.linear for s in found.of) else ""
    parts: list[Flowable] = [text(f"{mesh}{tangent}", SMALL)]
    for i, one in enumerate(found.of):
        parts += [PageBreak()] if i else []
        parts += _block(one)
    if found.matrix is not None and len(found.matrix.names) > 0:
        parts += [PageBreak()] if found.of else []
        parts += _matrix(found, found.matrix)
    return parts


def _block(s: Sensitivity) -> list[Flowable]:
    chart = Drawn(0.55 * WIDTH, TALL, partial(_tornado, s))
    sources = [
        text("What heats it, by chiplet and kind", SUBHEAD),
        _groups(s, 0.43 * WIDTH),
        text("What heats it, block by block", SUBHEAD),
        _heating(s, 0.43 * WIDTH),
    ]
    parts = [text("Layers, cooling and interfaces", SUBHEAD), _parameters(s, 0.54 * WIDTH)]
    moves = f"Moving blocks: change of the mean per {STEP_UM:g} µm"
    places = [text(moves, SUBHEAD), _moves(s.moves, 0.42 * WIDTH)]
    gap = 0.02 * WIDTH
    return [
        text(headline(s), SUBHEAD),
        Beside(
            [(0.55 * WIDTH, [text("A tenth more or less", SUBHEAD), chart]), (0.43 * WIDTH, sources)], gap
        ),
        PageBreak(),
        text(s.block, SUBHEAD),
        Beside([(0.54 * WIDTH, parts), (0.42 * WIDTH, places)], 2.0 * gap),
    ]


def _tornado(s: Sensitivity, size: Size) -> Figure:
    return tornado(s, BARS, size)


def _heating(s: Sensitivity, width: float) -> Table:
    columns = [
        Column("block", 2.6, align="left"),
        Column("power", 1.0, "W"),
        Column("effect", 1.0, "K/W"),
        Column("effect", 1.0, "K"),
        Column("share", 0.8, "%"),
    ]
    rows = [
        [h.name, watts(h.power), significant(h.per_watt, 4), difference(h.rise, 3), _share(h.rise, s)]
        for h in s.heating[:SOURCES]
    ]
    hidden = s.heating[SOURCES:]
    if hidden:
        rise = sum(h.rise for h in hidden)
        total = watts(sum(h.power for h in hidden))
        rows.append([f"{len(hidden)} others", total, "", difference(rise, 3), _share(rise, s)])
    if s.linear:
        rows.append(["other ambients, fluxes", "", "", difference(s.rest, 3), _share(s.rest, s)])
    return Table(columns, rows, width=width)


def _groups(s: Sensitivity, width: float) -> Table:
    columns = [
        Column("chiplet or layer", 1.8, align="left"),
        Column("kind", 1.2, align="left"),
        Column("power", 1.0, "W"),
        Column("effect", 1.0, "K"),
        Column("share", 0.8, "%"),
    ]
    rows = [
        [g.name, g.kind, watts(g.power), difference(g.rise, 3), _share(g.rise, s)]
        for g in grouped(s)[:GROUPS]
    ]
    return Table(columns, rows, width=width)


def _share(rise: float, s: Sensitivity) -> str:
    return percent(rise / s.rise) if s.rise else ""


def _parameters(s: Sensitivity, width: float) -> Table:
    columns = [
        Column("part", 2.4, align="left"),
        Column("quantity", 1.6, align="left"),
        Column("value", 2.8, align="left"),
        Column("effect", 1.2, "K per percent more"),
    ]
    found = [
        *((x.name, "conductivity", x.material, x.conductivity) for x in s.layers),
        *((x.name, "thickness", f"{micrometres(x.height)} µm", x.thickness) for x in s.layers),
        *((e.name, e.quantity, stated(e), e.change) for e in (*s.cooling, *s.interfaces)),
    ]
    found.sort(key=lambda row: -abs(row[3]))
    return Table(columns, [[*row[:3], small(PERCENT * row[3])] for row in found[:LISTED]], width=width)


def _moves(moves: Sequence[MoveEffect], width: float) -> Table:
    columns = [
        Column("block moved", 2.4, align="left"),
        Column("to the right", 1.2, "K"),
        Column("up", 1.2, "K"),
        Column("cools most", 1.4, align="left"),
        Column("by", 1.2, "K"),
    ]
    rows = []
    for m in moves[:LISTED]:
        x, y, steepest = (1e-6 * STEP_UM * v for v in (m.x, m.y, m.steepest))
        rows.append([m.name, small(x), small(y), cooler(m), small(-steepest)])
    return Table(columns, rows, width=width)


def _matrix(found: Findings, matrix: Influence) -> Iterator[Flowable]:
    power = {b.name: b.power for b in found.scene.blocks}
    columns = strongest(matrix, np.array([power[n] for n in matrix.sources]), COLUMNS)
    columns = columns or strongest(matrix, None, COLUMNS)
    height = min(MATRIX + ROW * len(matrix.names) + 20.0, TALLEST)
    title = "Influence matrix: K of a block's mean (rows) per W in another (columns)"
    some = f"The {len(columns)} sources that heat most, of {len(matrix.sources)}. "
    yield from under(
        title,
        text(f"{some if len(columns) < len(matrix.sources) else ''}{reciprocity(matrix)}", SMALL),
        Drawn(WIDTH, height, partial(_map, matrix, columns)),
    )


def _map(matrix: Influence, columns: list[int], size: Size) -> Figure:
    return influence_map(matrix, columns, size)
