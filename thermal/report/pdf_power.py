"""The pages on the workload: what runs, roofline, energy, power maps by phase, tornado, constants."""

from __future__ import annotations

from functools import partial

from reportlab.platypus import CondPageBreak, Flowable, PageBreak

from power.energy import Cause
from power.utilisation import PhaseSummary
from thermal.report.pdf_page import HEIGHT, SMALL, SUBHEAD, WIDTH, Beside, Drawn, Heading, Pages, text, under
from thermal.report.pdf_table import Column, Table
from thermal.report.power import PowerFindings, Run, headline, memory, used_constants
from thermal.report.power_text import BOUND, joules, prefixed, quantity, seconds, size, tokens
from thermal.report.words import ABSENT, celsius, fixed, percent, significant, watts
from thermal.viz.roofline import roofline
from thermal.viz.tornado import tornado
from thermal.viz.workload import energy_breakdown, heat_maps, phase_maps

LEAD = (
    "From the operators of the model to the watts of blocks: roofline times, event energies, busy floor, "
    "leakage, conversion loss. Leakage is that at the junction temperature of the operating point; the solve "
    "takes its own."
)
CONSTANTS_LEAD = (
    "Every number of the power model that is no fact of a data sheet, with its bounds and its source."
)

TALL, MAPS = 200.0, 215.0
"""Heights of charts, points."""
LISTED = 16


def workload(found: PowerFindings) -> list[Flowable]:
    """Contents of the section."""
    base = found.base
    half = 0.49 * WIDTH
    parts: list[Flowable] = [text(f"{headline(base.deployment)}.")]
    parts += [text(f"Note: {note}.", SMALL) for note in base.deployment.notes]
    parts += [
        Beside(
            [
                (half, [text("In short", SUBHEAD), _short(base, half)]),
                (
                    half,
                    [
                        text("Phases", SUBHEAD),
                        _phases(base, half),
                        text("Watts by cause", SUBHEAD),
                        _causes(base, half),
                    ],
                ),
            ],
            0.02 * WIDTH,
        ),
        Beside(
            [
                (half, [text("Roofline", SUBHEAD), Drawn(half, TALL, partial(roofline, base))]),
                (
                    half,
                    [
                        text("Energy of the board", SUBHEAD),
                        Drawn(half, TALL - 40.0, partial(energy_breakdown, [base])),
                    ],
                ),
            ],
            0.02 * WIDTH,
        ),
        *under("Work, share of the peak, energy", _units(base)),
    ]
    if base.deployment.placed:
        parts += [CondPageBreak(MAPS + 40.0), text("Power maps by phase, on one scale", SUBHEAD)]
        parts.append(Drawn(WIDTH, MAPS, partial(phase_maps, base, found.scene)))
        parts += [CondPageBreak(MAPS), _places(found)]
    parts += _tornado(found)
    if len(found.runs) > 1:
        parts += [PageBreak(), *_side_by_side(found)]
    return parts


def _short(run: Run, width: float) -> Table:
    made, served = run.deployment, run.deployment.served
    limit = made.entry.power_limit_w or made.hardware.power_limit
    rows = [
        ["hardware", made.hardware.description or made.hardware.name],
        [f"{served.unit}s per second", significant(served.tokens_per_second, 4)],
        [f"energy per {served.unit}", joules(served.joules_per_token)],
        ["first result after", seconds(served.ttft)],
    ]
    if served.itl:
        rows.append(["between tokens", seconds(served.itl)])
    allowed = "" if limit is None else f" of {watts(limit)} W allowed"
    rows.append(["board, mean", f"{watts(served.watts)} W{allowed}"])
    held = memory(made)
    if made.model is not None and held is not None:
        rows.append(["parameters", f"{made.model.parameters:,}"])
        state = held.sequence * served.batch
        kept = f", {size(state)} state" if state else ""
        rows.append(["memory", f"{size(held.weights)} weights{kept}, of {size(held.capacity)}"])
    heats = "the mean over all phases by time" if made.entry.phase == "mean" else made.entry.phase
    rows.append(["heats the design", heats])
    return Table(
        [Column("quantity", 1.3, align="left"), Column("value", 3.0, align="left")], rows, width=width
    )


def _phases(run: Run, width: float) -> Table:
    columns = [
        Column("phase", 1.2, align="left"),
        Column("time", 1.0),
        Column("share", 0.8, "%"),
        Column("board", 0.9, "W"),
        Column("package", 1.0, "W"),
        Column("clock", 0.8, "MHz"),
        Column("held by", 1.2, align="left"),
        Column("bound by", 1.2, align="left"),
    ]
    rows = [
        [
            phase.name,
            seconds(phase.seconds),
            percent(phase.share),
            watts(phase.board),
            watts(phase.package),
            f"{1e-6 * phase.hertz:.0f}",
            ABSENT if phase.reason == "none" else phase.reason,
            BOUND.get(phase.bound, phase.bound),
        ]
        for phase in run.phases
    ]
    return Table(columns, rows, width=width)


def _causes(run: Run, width: float) -> Table:
    columns = [Column("cause", 1.6, align="left"), *(Column(phase.name, 1.0, "W") for phase in run.phases)]
    rows = [[cause.value, *(fixed(phase.causes[cause], 2) for phase in run.phases)] for cause in Cause]
    rows.append(["off the package", *(fixed(phase.package - phase.board, 2) for phase in run.phases)])
    rows.append(["in the package", *(fixed(phase.package, 2) for phase in run.phases)])
    return Table(columns, rows, width=width)


def _units(run: Run) -> Table:
    phases = [phase for phase in run.phases if phase.name != "mean"][:3]
    columns = [Column("part", 1.6, align="left")]
    for phase in phases:
        columns += [Column(phase.name, 1.2, "work"), Column("", 0.8, "% of peak"), Column("", 0.8, "J")]
    rows = []
    for part in dict.fromkeys(part for phase in phases for part, spent in phase.joules.items() if spent):
        row = [part]
        for phase in phases:
            used = phase.utilisation.get(part)
            row += [
                _work(phase, part),
                "" if used is None else percent(used),
                prefixed(phase.joules[part]) if phase.joules.get(part) else "",
            ]
        rows.append(row)
    return Table(columns, rows)


def _work(phase: PhaseSummary, part: str) -> str:
    kind, _, name = part.partition("/")
    if kind == "unit":
        each = {form: count for (unit, form), count in phase.operations.items() if unit == name}
        return ", ".join(f"{prefixed(count)}FLOP {form}" for form, count in each.items())
    moved = {"memory": phase.moved, "link": phase.sent, "path": phase.carried}.get(kind, {}).get(name, 0.0)
    return size(moved) if moved else ""


def _places(found: PowerFindings) -> Flowable:
    """Which blocks take most, and what else the busy floor might do where that was asked."""
    most = text("Blocks of most watts", SUBHEAD)
    if not found.tornado.placements:
        return Beside([(WIDTH, [most, _blocks(found, WIDTH)])], 0.0)
    wide, narrow = 0.62 * WIDTH, 0.36 * WIDTH
    columns = [
        Column("busy floor is where", 1.6, align="left"),
        Column("densest block", 2.0, align="left"),
        Column("density", 1.0, "W/mm²"),
    ]
    rows = [
        [name, block, significant(1e-6 * density, 3)] for name, block, density in found.tornado.placements
    ]
    other = [text("Where the busy floor might be", SUBHEAD), Table(columns, rows, width=narrow)]
    return Beside([(wide, [most, _blocks(found, wide)]), (narrow, other)], 0.02 * WIDTH)


def _blocks(found: PowerFindings, width: float) -> Table:
    run = found.base
    names = [phase.name for phase in run.phases]
    maps = {name: run.deployment.total("" if name == "mean" else name) for name in names}
    area = {block.name: float(block.outline.area) for block in found.scene.blocks}
    last = maps[names[-1]]
    columns = [
        Column("block", 2.0, align="left"),
        *(Column(name, 1.0, "W") for name in names),
        Column("density", 1.0, "W/mm²"),
    ]
    rows = []
    for block in sorted(last, key=lambda name: -last[name])[: LISTED - 4]:
        each = [significant(maps[name].get(block, 0.0), 4) for name in names]
        rows.append([block, *each, significant(1e-6 * last[block] / area[block], 3) if block in area else ""])
    rows.append(["all blocks", *(significant(maps[name].total, 5) for name in names), ""])
    return Table(columns, rows, width=width)


def _side_by_side(found: PowerFindings) -> list[Flowable]:
    columns = [
        Column("variant", 3.0, align="left"),
        Column("prompt", 0.8, "tokens"),
        Column("outputs", 1.0, "per s"),
        Column("energy", 1.0, "J each"),
        Column("first", 1.0, "s"),
        Column("next", 1.0, "ms"),
        Column("board", 1.0, "W"),
        Column("hottest", 1.0, "°C"),
    ]
    rows = []
    for run in found.runs:
        served = run.deployment.served
        rows.append(
            [
                run.label if run.label != "base" else run.deployment.name,
                tokens(run.prompt) if served.unit == "token" else ABSENT,
                significant(served.tokens_per_second, 4),
                significant(served.joules_per_token, 3),
                significant(served.ttft, 3),
                significant(1e3 * served.itl, 3) if served.itl else ABSENT,
                watts(served.watts),
                ABSENT if run.hottest is None else fixed(celsius(run.hottest), 1),
            ]
        )
    bars = min(60.0 + 20.0 * len(found.runs), 0.6 * HEIGHT)
    parts = under("Side by side", Table(columns, rows))
    parts += under("Energy of the board", Drawn(0.8 * WIDTH, bars, partial(energy_breakdown, found.runs)))
    if any(run.solution is not None for run in found.runs):
        parts += [PageBreak(), text("Temperatures, on one scale", SUBHEAD)]
        parts.append(Drawn(WIDTH, HEIGHT - 80.0, partial(heat_maps, found.runs)))
    return parts


def _tornado(found: PowerFindings) -> list[Flowable]:
    if not found.tornado.swings:
        return []
    drawn = min(len(found.tornado.swings), LISTED)
    unit = found.base.deployment.served.unit
    return under(
        "What the uncertain constants do, each between its bounds",
        Drawn(WIDTH, 66.0 + 11.0 * drawn, partial(tornado, found.tornado, unit, drawn)),
    )


def constants(found: PowerFindings, pages: Pages) -> list[Flowable]:
    """The appendix on constants, as a section of its own."""
    return [
        PageBreak(),
        Heading(pages, "constants", "Constants of the power model", CONSTANTS_LEAD),
        constant_table(found),
    ]


def constant_table(found: PowerFindings) -> Table:
    """Every constant that hardware and host stand on."""
    columns = [
        Column("constant", 2.2, align="left"),
        Column("value", 1.1),
        Column("from", 1.1),
        Column("to", 1.1),
        Column("confidence", 1.1, align="left"),
        Column("source", 8.0, align="left"),
    ]
    rows = [
        [
            each.name,
            quantity(each.value, each.unit),
            quantity(each.low, each.unit),
            quantity(each.high, each.unit),
            each.confidence,
            each.source,
        ]
        for each in used_constants(found.base.deployment)
    ]
    return Table(columns, rows)
