"""The tables of all blocks, and of the sensitive ones."""

from __future__ import annotations

from reportlab.platypus import Flowable

from floorplans.block import SENSITIVE_KINDS
from thermal.limits import Verdict
from thermal.metrics import BlockMetrics
from thermal.report.pdf_findings import Findings, by_margin, look_of
from thermal.report.pdf_page import SMALL, text, under
from thermal.report.pdf_summary import FIGURES, figures_of, scenario_column
from thermal.report.pdf_table import Column, Look, Table
from thermal.report.words import ABSENT, difference, error_bar, fixed, significant, temperature, watts
from thermal.study import WorstCase
from thermal.viz.style import VERDICT_COLOURS

Worst = WorstCase[BlockMetrics]


def block_table(findings: Findings) -> list[Flowable]:
    """Every block, least margin first; over several scenarios, each in its worst."""
    blocks = _ordered(findings, sensitive=False)
    leaks = any(block.figures.leakage for block in blocks)
    columns = [
        Column("block", 3.8, align="left"),
        Column("kind", 1.1, align="left"),
        Column("layer", 2.0, align="left"),
        Column("power", 0.9, "W"),
        *([Column("leakage", 0.9, "W of it")] if leaks else []),
        Column("T avg", 0.9, "°C"),
        Column("T min", 0.9, "°C"),
        *FIGURES,
        *scenario_column(findings),
    ]
    rows = [
        [
            block.figures.name,
            block.figures.kind.value,
            block.figures.layer,
            watts(block.figures.power),
            *([watts(block.figures.leakage)] if leaks else []),
            temperature(block.figures.t_avg),
            temperature(block.figures.t_min),
            *figures_of(block.figures),
            *([block.scenario] if findings.many else []),
        ]
        for block in blocks
    ]
    looks = {(i, 10 + leaks): look_of(block.figures.verdict) for i, block in enumerate(blocks)}
    return [Table(columns, rows, looks)] if rows else [text("The design has no blocks.")]


def _ordered(findings: Findings, *, sensitive: bool) -> list[Worst]:
    found = findings.study.worst_blocks
    blocks = [b for b in found if not sensitive or b.figures.kind in SENSITIVE_KINDS]
    return [blocks[i] for i in by_margin([b.figures for b in blocks])]


def sensitive_table(findings: Findings) -> list[Flowable]:
    """Analog, PMIC and sensor blocks, and matched pairs."""
    blocks = _ordered(findings, sensitive=True)
    if not blocks:
        return [text("The design has no analog, PMIC or sensor blocks.")]
    columns = [
        Column("block", 3.6, align="left"),
        Column("kind", 1.0, align="left"),
        Column("layer", 1.8, align="left"),
        Column("power", 0.9, "W"),
        Column("gradient", 1.0, "K across"),
        Column("cells", 0.8, "across"),
        Column("wanted ±", 0.9, "K"),
        *FIGURES,
        *scenario_column(findings),
    ]
    rows = [
        [
            block.figures.name,
            block.figures.kind.value,
            block.figures.layer,
            watts(block.figures.power),
            difference(block.figures.gradient, 3),
            fixed(block.figures.cells_across, 1),
            _wanted(block.figures.accuracy),
            *figures_of(block.figures),
            *([block.scenario] if findings.many else []),
        ]
        for block in blocks
    ]
    looks = {(i, 11): look_of(block.figures.verdict) for i, block in enumerate(blocks)}
    for i, block in enumerate(blocks):
        if missed(block.figures):
            looks[i, 8] = Look(VERDICT_COLOURS[Verdict.UNDECIDED], bold=True)
    short = sum(missed(b.figures) for b in blocks)
    asked = f"{short} of {len(blocks)} blocks have a longer error bar (bold) than their accuracy_k asks for."
    found: list[Flowable] = [text(asked, SMALL)] if short else []
    return [*found, Table(columns, rows, looks), *_pairs(findings)]


def _wanted(accuracy: float | None) -> str:
    return ABSENT if accuracy is None else significant(accuracy, 2)


def missed(block: BlockMetrics) -> bool:
    """Whether the error bar is longer than the accuracy asked for."""
    return block.accuracy is not None and block.error > block.accuracy


def _pairs(findings: Findings) -> list[Flowable]:
    named = [(case.scenario, pair) for case in findings.study.cases for pair in case.metrics.pairs]
    if not named:
        return []
    # Of every pair the scenario in which it differs most.
    worst: dict[tuple[str, str], tuple[str, float, float]] = {}
    for scenario, pair in named:
        known = worst.get((pair.first, pair.second))
        if known is None or abs(pair.delta) > abs(known[1]):
            worst[pair.first, pair.second] = (scenario, pair.delta, pair.error)
    columns = [
        Column("first block", 3.0, align="left"),
        Column("second block", 3.0, align="left"),
        Column("difference", 1.2, "K"),
        Column("error ±", 1.0, "K"),
        Column("reads as", 2.4, align="left"),
        *scenario_column(findings),
    ]
    rows = [
        [
            a,
            b,
            difference(delta, 3),
            error_bar(error),
            _reading(delta, error),
            *([scenario] if findings.many else []),
        ]
        for (a, b), (scenario, delta, error) in worst.items()
    ]
    title = "Matched pairs: difference of the mean temperatures, first less second"
    return under(title, Table(columns, rows))


def _reading(delta: float, error: float) -> str:
    if abs(delta) != abs(delta):
        return ABSENT
    if abs(delta) <= error:
        return "not told apart from zero"
    return "first is warmer" if delta > 0.0 else "second is warmer"
