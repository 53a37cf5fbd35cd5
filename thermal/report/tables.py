"""The tables of the terminal report; each fits 80 columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from rich import box
from rich.table import Table

from floorplans.block import SENSITIVE_KINDS
from thermal.limits import Verdict
from thermal.report.terminal_words import power, signed, verdict_word, with_error
from thermal.report.words import difference, error_bar, temperature

if TYPE_CHECKING:
    from thermal.metrics import BlockMetrics, LayerMetrics
    from thermal.study import Case, Study, WorstCase

Justify = Literal["left", "right"]

FOLDING = ("block", "first", "second", "layer", "in block", "decided by", "scenario", "there")
"""Columns of names, which may take several lines where the terminal is narrow."""


def table(*columns: str, left: Sequence[str] = ()) -> Table:
    """An open table; columns are numbers, flush right, but for those in `left`; names of parts may fold."""
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0))
    for column in columns:
        justify: Justify = "left" if column in left else "right"
        made.add_column(column, justify=justify, no_wrap=column not in FOLDING, overflow="fold")
    return made


def pairs_of_words(rows: Sequence[tuple[str, str]]) -> Table:
    """Names on the left, what they are on the right."""
    made = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1))
    made.add_column(no_wrap=True, style="dim")
    made.add_column(overflow="fold")
    for row in rows:
        made.add_row(*row)
    return made


def scenarios(study: Study) -> Table:
    """A line a scenario."""
    made = table(
        "scenario",
        "power",
        "hottest °C",
        "decided by",
        "margin K",
        "verdict",
        left=("scenario", "decided by", "verdict"),
    )
    for case in study.cases:
        part = case.limiting
        made.add_row(
            case.scenario,
            power(case.evidence.power),
            temperature(case.metrics.t_max),
            part.name if part is not None else "",
            signed(part.margin if part is not None else None),
            verdict_word(case.metrics.verdict),
        )
    return made


def blocks(study: Study, everything: bool, most: int) -> tuple[str, Table | None]:
    """Blocks with the least margin first."""
    many = len(study.cases) > 1
    found = sorted(study.worst_blocks, key=_by_margin)
    broken = sum(w.figures.verdict in (Verdict.FAIL, Verdict.UNDECIDED) for w in found)
    shown = found if everything else found[: max(most, min(broken, 2 * most))]
    made = table(
        "block",
        *(("scenario",) if many else ("power",)),
        "t_max °C",
        "avg °C",
        "limit °C",
        "margin K",
        "verdict",
        left=("block", "scenario", "verdict"),
    )
    for w in shown:
        b = w.figures
        made.add_row(
            b.name,
            w.scenario if many else power(b.power),
            with_error(b.t_max, b.error),
            temperature(b.t_avg),
            temperature(b.limit),
            signed(b.margin),
            verdict_word(b.verdict),
        )
    heading = "Blocks, worst case over the scenarios" if many else "Blocks, least margin first"
    return f"{heading}{_hidden(len(shown), len(found))}", made if found else None


def sensitive(study: Study, everything: bool, most: int) -> tuple[str, Table | None]:
    """Analog, PMIC and sensor blocks: what matters for them is accuracy and the gradient across."""
    found = [w for w in study.worst_blocks if w.figures.kind in SENSITIVE_KINDS]
    found = sorted(found, key=_by_margin)
    missed = [w for w in found if _misses(w.figures)]
    kept = found[:most]
    kept += [w for w in missed if w not in kept]
    shown = found if everything else kept
    made = table(
        "block",
        "kind",
        "t_max °C",
        "margin\nK",
        "gradient\nK",
        "cells\nacross",
        "asked\n± K",
        left=("block", "kind"),
    )
    for w in shown:
        b = w.figures
        wanted = "" if b.accuracy is None else f"{b.accuracy:g}{' missed' if _misses(b) else ' met'}"
        made.add_row(
            b.name,
            b.kind.value,
            with_error(b.t_max, b.error),
            signed(b.margin),
            difference(b.gradient, 3),
            f"{b.cells_across:.3g}",
            wanted,
        )
    heading = f"Analog, PMIC and sensor blocks{_hidden(len(shown), len(found))}"
    return heading, made if found else None


def matched(case: Case) -> Table:
    """Differences of matched pairs."""
    made = table("first", "second", "first - second K", left=("first", "second"))
    for pair in case.metrics.pairs:
        made.add_row(pair.first, pair.second, f"{signed(pair.delta, 3)} ±{error_bar(pair.error):>5}")
    return made


def layers(study: Study, everything: bool) -> tuple[str, Table]:
    """Layers from the top of the stack down; those of chiplets only where they dissipate or have a limit."""
    found = study.worst_layers[::-1]
    shown = [w for w in found if everything or _matters(w.figures)]
    limited = any(w.figures.limit is not None for w in shown)
    columns = ("layer", "t_max °C", "avg °C", "t_min °C")
    extra = ("limit °C", "margin K", "verdict") if limited else ()
    made = table(*columns, *extra, left=("layer", "verdict"))
    for w in shown:
        x = w.figures
        row = [x.name, with_error(x.t_max, x.error), temperature(x.t_avg), temperature(x.t_min)]
        ends = (temperature(x.limit), signed(x.margin), verdict_word(x.verdict)) if limited else ()
        made.add_row(*row, *ends)
    return f"Layers, top down{_hidden(len(shown), len(found))}", made


def hotspots(case: Case, everything: bool, most: int, *, named: bool) -> tuple[str, Table | None]:
    """Local maxima of the powered layers, hottest first."""
    found = sorted(case.metrics.hotspots, key=lambda h: -h.t)
    shown = found if everything else found[:most]
    made = table("layer", "rank", "°C", "x mm", "y mm", "z µm", "in block", left=("layer", "in block"))
    for h in shown:
        where = f"{1e3 * h.x:.3f}", f"{1e3 * h.y:.3f}", f"{1e6 * h.z:.1f}"
        made.add_row(h.layer, str(h.rank), temperature(h.t), *where, h.block or "–")
    scenario = f" in scenario {case.scenario}" if named else ""
    return f"Hotspots{scenario}{_hidden(len(shown), len(found))}", made if found else None


def probes(study: Study) -> Table:
    """Points asked for, in every scenario."""
    many = len(study.cases) > 1
    first = ("scenario",) if many else ()
    made = table(*first, "x mm", "y mm", "z µm", "°C", "there", left=("scenario", "there"))
    for case in study.cases:
        for p in case.probes:
            there = p.block or p.layer or "outside the package"
            missing = p.t != p.t and p.layer is not None
            made.add_row(
                *((case.scenario,) if many else ()),
                f"{1e3 * p.x:g}",
                f"{1e3 * p.y:g}",
                f"{1e6 * p.z:g}",
                temperature(p.t, 3),
                f"no material in {p.layer}" if missing else there,
            )
    return made


def _hidden(shown: int, all_: int) -> str:
    if shown == all_:
        return f" ({all_})"
    return f" ({shown} of {all_}; --all-blocks shows the other {all_ - shown})"


def _by_margin(worst: WorstCase[BlockMetrics]) -> tuple[bool, float, float]:
    block = worst.figures
    margin = block.margin if block.margin is not None and block.margin == block.margin else None
    return margin is None, margin or 0.0, -block.t_max if block.t_max == block.t_max else 0.0


def _misses(block: BlockMetrics) -> bool:
    return block.accuracy is not None and not block.error <= block.accuracy


def _matters(layer: LayerMetrics) -> bool:
    return "/" not in layer.name or layer.powered or layer.limit is not None
