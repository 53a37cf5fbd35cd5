"""The thermal report of a study as rich renderables, for a terminal of 80 columns or more."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from thermal.limits import Verdict
from thermal.memory import readable
from thermal.metrics import BlockMetrics, LayerMetrics
from thermal.report import tables
from thermal.report.document import DEFINITIONS, cooled
from thermal.report.power import running
from thermal.report.runaway import gain_words, margin_words
from thermal.report.terminal_words import STYLES, counted, length, power, relative, seconds, share
from thermal.report.words import difference, error_bar, newton_steps, resistance, temperature
from thermal.rounds import Refinement
from thermal.runaway import ThermalRunaway
from thermal.study import Case, Study, WorstCase

GREEK = {"theta_jc": "θJC", "theta_ja": "θJA", "psi_jt": "ΨJT"}


@dataclass(frozen=True)
class Extent:
    """How much is printed: everything, or the `blocks` that matter most."""

    everything: bool = False
    blocks: int = 12
    sensitive: int = 12
    hotspots: int = 8


def terminal_report(study: Study, extent: Extent | None = None) -> Group:
    """The report, from verdict to evidence."""
    return Group(*_parts(study, extent or Extent()))


def _parts(study: Study, extent: Extent) -> Iterator[RenderableType]:
    case, many = study.limiting, len(study.cases) > 1
    yield headline(study)
    for error in study.runaways:
        yield from _section(f"Thermal runaway in scenario {error.scenario}", _runaway(error))
    if many:
        yield from _section("Scenarios", tables.scenarios(study))
    heading = f"Package in scenario {case.scenario}" if many else "Package"
    yield from _section(heading, tables.pairs_of_words(_package(case)))
    yield from _section(*tables.blocks(study, extent.everything, extent.blocks))
    yield from _section(*tables.sensitive(study, extent.everything, extent.sensitive))
    if case.metrics.pairs:
        yield from _section("Matched pairs, difference of the means", tables.matched(case))
    yield from _section(*tables.layers(study, extent.everything))
    yield from _section(*tables.hotspots(case, extent.everything, extent.hotspots, named=many))
    if case.probes:
        yield from _section("Probes", tables.probes(study))
    heading = f"Numerical evidence, scenario {case.scenario}" if many else "Numerical evidence"
    yield from _section(heading, tables.pairs_of_words(_evidence(case)))


def runaway_report(study: Study) -> Group:
    """The report of a study in which no scenario has a steady state."""
    parts: list[RenderableType] = []
    for error in study.runaways:
        title = Text(f"{error.scene.name}  ", "bold").append("RUNAWAY", STYLES[Verdict.FAIL])
        parts += [Text()] if parts else []
        parts += [title.append("  no steady state"), *_section(f"Scenario {error.scenario}", _runaway(error))]
    return Group(*parts)


def _runaway(error: ThermalRunaway) -> RenderableType:
    return tables.pairs_of_words(margin_words(error.margin))


def _section(heading: str, content: RenderableType | None) -> Iterator[RenderableType]:
    if content is not None:
        yield Text()
        yield Text(heading, "bold")
        yield Padding(content, (0, 0, 0, 1), expand=False)


def headline(study: Study) -> Text:
    """The verdict, what decides it, and what to do about doubt."""
    case = study.limiting
    lines = [_verdict_line(study)]
    part = case.limiting
    if part is not None:
        where = f" in scenario {case.scenario}" if len(study.cases) > 1 else ""
        lines.append(Text(f"{_role(part)}: {_described(part)}{where}."))
    if study.verdict is Verdict.UNDECIDED and part is not None:
        lines.append(Text(advice(part)))
    return Text("\n").join(lines)


def _verdict_line(study: Study) -> Text:
    verdict, name = study.verdict, study.cases[0].design.name
    said = {
        Verdict.PASS: "within all limits",
        Verdict.FAIL: f"{_broken(study, Verdict.FAIL)} above the limit",
        Verdict.UNDECIDED: f"{_broken(study, Verdict.UNDECIDED)} within the error bar of the limit",
        Verdict.NONE: "no limits given",
    }[verdict]
    word = {Verdict.PASS: "PASS", Verdict.FAIL: "FAIL", Verdict.UNDECIDED: "UNDECIDED", Verdict.NONE: ""}
    if study.runaways:
        scenarios = counted(len(study.runaways), "scenario")
        return (
            Text(f"{name}  ", "bold")
            .append("RUNAWAY", STYLES[verdict])
            .append(f"  no steady state in {scenarios} of {len(study.runaways) + len(study.cases)}")
        )
    line = Text(f"{name}  ", "bold")
    if word[verdict]:
        line.append(word[verdict], STYLES[verdict]).append("  ")
    if len(study.cases) > 1:
        said += f", {len(study.cases)} scenarios"
    return line.append(said)


def _broken(study: Study, verdict: Verdict) -> str:
    worst: tuple[WorstCase[BlockMetrics] | WorstCase[LayerMetrics], ...]
    found = []
    for worst, noun in ((study.worst_blocks, "block"), (study.worst_layers, "layer")):
        number = sum(w.figures.verdict is verdict for w in worst)
        if number:
            found.append(counted(number, noun))
    return " and ".join(found)


def _role(part: BlockMetrics | LayerMetrics) -> str:
    return {
        Verdict.PASS: "Least margin",
        Verdict.FAIL: "Worst",
        Verdict.UNDECIDED: "Undecided",
        Verdict.NONE: "Hottest",
    }[part.verdict]


def _described(part: BlockMetrics | LayerMetrics) -> str:
    what = f"{part.name} ({part.kind.value})" if isinstance(part, BlockMetrics) else f"layer {part.name}"
    text = f"{what} {temperature(part.t_max)} ± {error_bar(part.error)} °C"
    if part.limit is None or part.margin is None:
        return text
    off = difference(abs(part.margin))
    side = f"{off} K to spare" if part.margin >= 0.0 else f"{off} K over"
    return f"{text}, limit {temperature(part.limit)} °C, {side}"


def advice(part: BlockMetrics | LayerMetrics) -> str:
    """What refinement would decide an undecided verdict.

    Error bars shrink at least in proportion to the cell size.
    """
    margin = abs(part.margin or 0.0)
    factor = math.ceil(2.0 * part.error / margin) / 2.0 if margin > 0.0 else math.inf
    if factor > 8.0:
        return (
            f"To decide, the error bar must fall below {difference(margin, 4)} K: "
            "no practical mesh does that; treat the limit as reached."
        )
    return (
        f"To decide, the error bar must fall below {difference(margin, 3)} K: "
        f"--finer {max(factor, 1.5):g} (cells smaller by that factor) does it or better."
    )


def _package(case: Case) -> list[tuple[str, str]]:
    metrics, evidence, scene = case.metrics, case.evidence, case.scene
    total = evidence.power
    heat = [("top", evidence.heat_top), ("bottom", evidence.heat_bottom), ("sides", evidence.heat_sides)]
    ways = [f"{side} {power(w)} ({share(w, total)})" for side, w in heat if abs(w) > 1e-6 * abs(total)]
    faces = [
        f"{n} {temperature(f.ambient)} °C"
        for n, f in (("top", scene.top), ("bottom", scene.bottom))
        if cooled(f)
    ]
    found = metrics.resistances
    feedback = [] if evidence.loop_gain is None else [("leakage", gain_words(evidence.loop_gain))]
    if case.margin is not None:
        feedback += margin_words(case.margin)
    runs = case.design.workload
    rows = [
        *([("workload", running(runs))] if runs is not None else []),
        ("power", power(total) + (f", {power(evidence.leakage)} of it leakage" if evidence.leakage else "")),
        ("heat leaves by", ", ".join(ways) or "nothing"),
        ("ambient", ", ".join(faces) or f"{temperature(scene.ambient)} °C"),
        ("junction", f"{temperature(found.t_junction)} °C, the hottest point of any powered block"),
        (
            "case, top",
            f"{temperature(found.t_case)} °C hottest of the case, {temperature(found.t_top)} °C top centre",
        ),
    ]
    for key, value in (
        ("theta_jc", found.theta_jc),
        ("theta_ja", found.theta_ja),
        ("psi_jt", found.psi_jt),
    ):
        rows.append(
            (
                GREEK[key],
                f"{resistance(value)} K/W: {DEFINITIONS[key]}" if value is not None else "not defined here",
            )
        )
    return rows + feedback


def _evidence(case: Case) -> list[tuple[str, str]]:
    evidence = case.evidence
    fine, coarse = evidence.fine, evidence.coarse
    other = f"{evidence.mixed.cells:,} and {coarse.cells:,} cells"
    stages = ", ".join(f"{name} {seconds(s)}" for name, s in evidence.stages.items() if s >= 0.005)
    closed = f", closed by a shift of {abs(fine.balance_shift):.0e} K"
    return [
        ("cells", f"{fine.cells:,} ({fine.columns:,} columns × {fine.layers} in z)"),
        ("cell size", f"{length(evidence.smallest)} to {length(evidence.largest)} in the plane"),
        ("iterations", f"{fine.iterations} to a relative residual of {fine.residuals[-1]:.1e}"),
        *([("Newton", newton_steps(fine))] if fine.outer else []),
        ("energy balance", f"{relative(fine.energy_balance_rel)} of the heat, in the final field{closed}"),
        ("error bars", f"from meshes of twice the cell size ({other}); numerical error only"),
        ("refinement", _refinement(evidence.refinement)),
        ("memory", f"{readable(evidence.peak_bytes)} at the peak of the process"),
        ("time", f"{seconds(evidence.wall_s)} s: {stages}"),
    ]


def _refinement(record: Refinement) -> str:
    last = record.rounds[-1]
    cells = " → ".join(f"{r.cells:,}" for r in record.rounds)
    missing = (
        f"; {counted(last.missing, 'block')} short, {last.block} {last.worst:.2g} times"
        if last.missing
        else ""
    )
    return f"{record.stop.value} ({cells} cells){missing}"
