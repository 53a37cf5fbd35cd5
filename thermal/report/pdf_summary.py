"""The summary: scenarios, limits with their margins and verdicts, resistances of the package."""

from __future__ import annotations

from collections.abc import Sequence

from reportlab.platypus import Flowable

from thermal.limits import worst
from thermal.metrics import BlockMetrics, LayerMetrics, Resistances
from thermal.report.pdf_findings import Findings, by_margin, look_of
from thermal.report.pdf_page import SMALL, SUBHEAD, WIDTH, Beside, text, under
from thermal.report.pdf_table import Cells, Column, Look, Table
from thermal.report.words import (
    ABSENT,
    VERDICT_WORDS,
    counted,
    difference,
    error_bar,
    grouped,
    resistance,
    shortened,
    temperature,
    watts,
)
from thermal.study import Case, WorstCase

NEAREST = 10
"""Blocks of least margin that the summary names."""

DEFINITIONS = (
    (
        "θJC",
        "junction to case: (hottest junction − hottest point of the case) / heat leaving through the top",
    ),
    ("θJA", "junction to ambient: (hottest junction − ambient) / all heat"),
    ("ΨJT", "junction to top: (hottest junction − centre of the package's top face) / all heat"),
)

FIGURES = (
    Column("T max", 1.0, "°C"),
    Column("error ±", 0.9, "K"),
    Column("limit", 0.9, "°C"),
    Column("margin", 0.9, "K"),
    Column("verdict", 1.6, align="left"),
)


def summary(findings: Findings) -> list[Flowable]:
    """Contents of the section."""
    found: list[Flowable] = []
    if findings.many:
        found += under("Scenarios", _scenarios(findings))
    left: list[Flowable] = [text("Limits", SUBHEAD), _limits(findings, 0.62 * WIDTH)]
    right: list[Flowable] = [text("Thermal resistances", SUBHEAD), *_resistances(findings, 0.36 * WIDTH)]
    found.append(Beside([(0.62 * WIDTH, left), (0.36 * WIDTH, right)], gap=0.02 * WIDTH))
    if not findings.study.worst_blocks:
        return found
    return [
        *found,
        *under(
            f"Least margin: {counted(min(NEAREST, len(findings.study.worst_blocks)), 'block')}",
            _nearest(findings),
        ),
    ]


def figures_of(part: BlockMetrics | LayerMetrics) -> list[str]:
    """Cells of `FIGURES`."""
    return [
        temperature(part.t_max),
        error_bar(part.error),
        temperature(part.limit, 1),
        difference(part.margin),
        VERDICT_WORDS[part.verdict],
    ]


def scenario_column(findings: Findings) -> tuple[Column, ...]:
    """The column that names the scenario, where there are several."""
    return (Column("scenario", 1.6, align="left"),) if findings.many else ()


def _scenarios(findings: Findings) -> Table:
    columns = [
        Column("scenario", 2.0, align="left"),
        Column("power", 0.9, "W"),
        Column("hottest", 1.0, "°C"),
        Column("decided by", 3.2, align="left"),
        *FIGURES,
    ]
    cases = findings.study.cases
    rows = [_scenario(case) for case in cases]
    looks = {(i, 8): look_of(case.metrics.verdict) for i, case in enumerate(cases)}
    looks[cases.index(findings.study.limiting), 0] = Look(bold=True)
    return Table(columns, rows, looks)


def _scenario(case: Case) -> list[str]:
    part = case.limiting
    figures = figures_of(part) if part is not None else [ABSENT] * len(FIGURES)
    figures[-1] = VERDICT_WORDS[case.metrics.verdict]
    named = part.name if part is not None else ABSENT
    return [case.scenario, watts(case.evidence.power), temperature(case.metrics.t_max), named, *figures]


def _limits(findings: Findings, width: float) -> Flowable:
    """One row a kind of block that has a limit, and one a layer that has: its nearest to the limit."""
    study = findings.study
    groups: dict[str, list[WorstCase[BlockMetrics]]] = {}
    for block in study.worst_blocks:
        if block.figures.limit is not None:
            groups.setdefault(block.figures.kind.value, []).append(block)
    rows: list[list[str]] = []
    looks = {}
    for kind, blocks in groups.items():
        nearest = blocks[by_margin([b.figures for b in blocks])[0]]
        verdict = worst(b.figures.verdict for b in blocks)
        figures = figures_of(nearest.figures)
        figures[-1] = VERDICT_WORDS[verdict]
        rows.append([f"{kind} blocks", grouped(len(blocks)), nearest.figures.name, *figures])
        rows[-1] += [nearest.scenario] if findings.many else []
        looks[len(rows) - 1, 7] = look_of(verdict)
    for layer in study.worst_layers:
        if layer.figures.limit is not None:
            rows.append(["layer", ABSENT, layer.figures.name, *figures_of(layer.figures)])
            rows[-1] += [layer.scenario] if findings.many else []
            looks[len(rows) - 1, 7] = look_of(layer.figures.verdict)
    if not rows:
        return text("The design gives no limits, so there is no verdict.")
    columns = [
        Column("limit on", 2.0, align="left"),
        Column("how many", 1.1),
        Column("nearest to its limit", 3.0, align="left"),
        *FIGURES,
        *scenario_column(findings),
    ]
    return Table(columns, rows, looks, width)


def _resistances(findings: Findings, width: float) -> Sequence[Flowable]:
    cases = findings.study.cases
    columns = [
        Column("scenario", 1.6, align="left"),
        *(Column(symbol, 1.0, "K/W") for symbol, _ in DEFINITIONS),
        Column("junction", 1.1, "°C"),
        Column("case", 1.1, "°C"),
    ]
    rows = [[case.scenario, *_resistance(case.metrics.resistances)] for case in cases]
    defined = [text(f"{symbol}  {words}", SMALL) for symbol, words in DEFINITIONS]
    return [Table(columns, rows, width=width), *defined]


def _resistance(found: Resistances) -> list[str]:
    values = (found.theta_jc, found.theta_ja, found.psi_jt)
    return [*map(resistance, values), temperature(found.t_junction), temperature(found.t_case)]


def nearest_table(findings: Findings, most: int) -> Table:
    """The blocks of least margin in few columns, long names shortened."""
    blocks = findings.study.worst_blocks
    order = by_margin([b.figures for b in blocks])[:most]
    columns = [
        Column("least margin", 3.6, align="left"),
        Column("kind", 1.5, align="left"),
        *FIGURES,
        *scenario_column(findings),
    ]
    rows: Cells = [
        [
            shortened(blocks[i].figures.name, 40),
            blocks[i].figures.kind.value,
            *figures_of(blocks[i].figures),
            *([blocks[i].scenario] if findings.many else []),
        ]
        for i in order
    ]
    looks = {(row, 6): look_of(blocks[i].figures.verdict) for row, i in enumerate(order)}
    return Table(columns, rows, looks)


def _nearest(findings: Findings) -> Table:
    blocks = findings.study.worst_blocks
    order = by_margin([b.figures for b in blocks])[:NEAREST]
    columns = [
        Column("block", 4.0, align="left"),
        Column("kind", 1.2, align="left"),
        Column("layer", 2.0, align="left"),
        Column("power", 0.9, "W"),
        *FIGURES,
        *scenario_column(findings),
    ]
    rows: Cells = [
        [
            blocks[i].figures.name,
            blocks[i].figures.kind.value,
            blocks[i].figures.layer,
            watts(blocks[i].figures.power),
            *figures_of(blocks[i].figures),
            *([blocks[i].scenario] if findings.many else []),
        ]
        for i in order
    ]
    looks = {(row, 8): look_of(blocks[i].figures.verdict) for row, i in enumerate(order)}
    return Table(columns, rows, looks)
