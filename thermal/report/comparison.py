"""A comparison as a document and for the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from floorplans.block import SENSITIVE_KINDS
from thermal.changes import Change
from thermal.compare import Comparison, Difference
from thermal.limits import Verdict
from thermal.metrics import BlockMetrics, LayerMetrics
from thermal.report.document import Document, block_row, case_document, summary
from thermal.report.tables import table
from thermal.report.terminal_words import STYLES, counted, power, signed, with_error
from thermal.report.words import VERDICT_SENTENCES, VERDICT_WORDS, resistance, temperature
from thermal.study import Case
from thermal.version import __version__

SCHEMA = "thermal-floorplan/compare/1"

MOST_CHANGES = 20
MOST_BLOCKS = 15


def compare_document(found: Comparison) -> Document:
    """The document of a comparison; ``verdict`` is that of the second design."""
    a, b = found.before, found.after
    return {
        "schema": SCHEMA,
        "version": __version__,
        "verdict": b.metrics.verdict.value,
        "a": {**summary(a), "resistances": case_document(a)["resistances"]},
        "b": {**summary(b), "resistances": case_document(b)["resistances"]},
        "changes": [asdict(change) for change in found.changes],
        "blocks": [
            {
                "name": d.name,
                "a": None if d.before is None else block_row(d.before),
                "b": None if d.after is None else block_row(d.after),
                **_differences(d),
            }
            for d in found.blocks
        ],
        "layers": [{"name": d.name, **_differences(d)} for d in found.layers],
    }


def _differences(d: Difference[BlockMetrics] | Difference[LayerMetrics]) -> Document:
    return {
        "delta_t_max_k": d.t_max,
        "delta_t_avg_k": d.t_avg,
        "error_k": d.error,
        "significant": d.significant,
    }


def comparison_report(found: Comparison, everything: bool = False) -> Group:
    """The comparison for a terminal of 80 columns or more."""
    return Group(*_parts(found, everything))


def _parts(found: Comparison, everything: bool) -> Iterator[RenderableType]:
    a, b = found.before, found.after
    yield _headline(a, b)
    yield Text()
    yield from _changes(found.changes, everything)
    yield Text()
    yield Text("Package", "bold")
    yield Padding(_package(a, b), (0, 0, 0, 1), expand=False)
    shown = _shown(found, everything)
    if found.blocks:
        yield Text()
        left = len(found.blocks) - len(shown)
        rest = f" ({len(shown)} of {len(found.blocks)}; --all-blocks shows the other {left})" if left else ""
        yield Text(f"Blocks, largest change of t_max first{rest}", "bold")
        yield Padding(_blocks(shown), (0, 0, 0, 1), expand=False)
        yield Text(" ≈ within both error bars, which are numerical error only", "dim")


def _name(case: Case) -> str:
    return f"{case.design.name} {case.scenario}"


def _headline(a: Case, b: Case) -> Text:
    verdict = b.metrics.verdict
    line = Text(f"{_name(a)} (A) → {_name(b)} (B)\n", "bold")
    line.append("B: ").append(VERDICT_SENTENCES[verdict], STYLES[verdict])
    return line.append(f"; A: {VERDICT_SENTENCES[a.metrics.verdict].lower()}.")


def _changes(changes: tuple[Change, ...], everything: bool) -> Iterator[Text]:
    if not changes:
        yield Text("The designs do not differ in anything that temperatures depend on.", "bold")
        return
    shown = changes if everything else changes[:MOST_CHANGES]
    yield Text(f"Design: {counted(len(changes), 'change')}", "bold")
    yield from (Text(f" {change}") for change in shown)
    if len(shown) < len(changes):
        yield Text(f" … and {len(changes) - len(shown)} more (--all-blocks shows them)")


def _package(a: Case, b: Case) -> Table:
    made = table("", "A", "B", "B - A", left=("",))
    made.add_row(
        "power", power(a.evidence.power), power(b.evidence.power), _watts(b.evidence.power - a.evidence.power)
    )
    x, y = a.metrics.resistances, b.metrics.resistances
    rise = signed(y.t_junction - x.t_junction)
    made.add_row("hottest junction °C", temperature(x.t_junction), temperature(y.t_junction), rise)
    for name, key in (("θJC K/W", "theta_jc"), ("θJA K/W", "theta_ja"), ("ΨJT K/W", "psi_jt")):
        before, after = getattr(x, key), getattr(y, key)
        change = "" if before is None or after is None else f"{after - before:+.3g}"
        made.add_row(name, resistance(before), resistance(after), change)
    return made


def _watts(difference: float) -> str:
    return power(difference) if difference <= 0.0 else f"+{power(difference)}"


def _shown(found: Comparison, everything: bool) -> list[Difference[BlockMetrics]]:
    """The largest changes, every new verdict, and the sensitive blocks that changed for certain."""
    if everything:
        return list(found.blocks)
    first = {d.name for d in found.blocks[:MOST_BLOCKS]}
    return [d for d in found.blocks if d.name in first or d.new_verdict or _sensitive_change(d)]


def _sensitive_change(d: Difference[BlockMetrics]) -> bool:
    block = d.after or d.before
    return block is not None and block.kind in SENSITIVE_KINDS and d.significant


def _blocks(shown: list[Difference[BlockMetrics]]) -> Table:
    made = table("block", "A t_max °C", "B t_max °C", "ΔT K", "Δavg K", "verdict", left=("block", "verdict"))
    for d in shown:
        made.add_row(
            d.name,
            with_error(d.before.t_max, d.before.error) if d.before else "not in A",
            with_error(d.after.t_max, d.after.error) if d.after else "not in B",
            f"{'' if d.significant else '≈ '}{signed(d.t_max)}",
            signed(d.t_avg),
            _verdicts(d),
        )
    return made


def _verdicts(d: Difference[BlockMetrics]) -> Text:
    if d.after is None:
        return Text("")
    word = Text(VERDICT_WORDS[d.after.verdict], STYLES[d.after.verdict])
    if d.before is None or not d.new_verdict:
        return word
    return Text(f"{VERDICT_WORDS[d.before.verdict]} → ").append_text(word)


def violated(found: Comparison) -> bool:
    """Whether the second design does not hold its limits, or is not shown to."""
    return found.after.metrics.verdict in (Verdict.FAIL, Verdict.UNDECIDED)
