"""A workload for a terminal of 80 columns or more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from power.energy import Cause
from power.utilisation import PhaseSummary
from thermal.report.power import (
    BOARD,
    ENERGY,
    THROUGHPUT,
    PowerFindings,
    Run,
    Tornado,
    headline,
    memory,
)
from thermal.report.tables import pairs_of_words, table
from thermal.report.terminal_words import bar, power, share
from thermal.report.words import celsius, fixed, shortened, significant

BOUND = {"matrix": "products", "vector": "vector", "main": "memory", "waiting": "host", "": "–"}
"""What a phase is bound by, in words."""


def power_report(found: PowerFindings, top: int) -> Group:
    """Everything that was found; `top` rows of blocks and constants."""
    return Group(*_parts(found, top))


def _parts(found: PowerFindings, top: int) -> Iterator[RenderableType]:
    base = found.base
    yield Text(f"{found.scene.name}: {headline(base.deployment)}", "bold")
    yield pairs_of_words(_figures(base))
    if len(found.runs) > 1:
        yield from _section("Side by side", comparison(found.runs))
    for label, prompt, why in found.failures:
        yield Text(f"{label}, {tokens(prompt)} in: {why}", "yellow")
    yield from _section("Phases", _phases(base))
    yield from _section("Utilisation and energy", _units(base))
    yield from _section("Watts by cause", _causes(base))
    if base.deployment.placed:
        yield from _section(_blocks_heading(base, top), _blocks(found, top))
    if found.tornado.swings:
        yield from _section(
            f"What uncertain constants do{_most(top, found.tornado.swings)}", _tornado(found.tornado, top)
        )
    if found.tornado.placements:
        yield from _section("Where the busy floor might be", _placements(found.tornado))
    for note in base.deployment.notes:
        yield Text()
        yield Text(f"note: {note}", "yellow")


def _section(heading: str, content: RenderableType) -> Iterator[RenderableType]:
    yield Text()
    yield Text(heading, "bold")
    yield Padding(content, (0, 0, 0, 1), expand=False)


def _most(top: int, rows: Sequence[object]) -> str:
    return f" ({top} of {len(rows)})" if len(rows) > top else ""


def _figures(run: Run) -> list[tuple[str, str]]:
    made = run.deployment
    served, limit = made.served, made.entry.power_limit_w or made.hardware.power_limit
    unit = served.unit
    rows = [
        (f"{unit}s/s", f"{significant(served.tokens_per_second, 4)}, {joules(served.joules_per_token)} each")
    ]
    if unit == "token":
        rows.append(
            ("latency", f"{seconds(served.ttft)} to the first token, {seconds(served.itl)} between tokens")
        )
    else:
        rows.append(("latency", f"{seconds(served.ttft)} a batch"))
    allowed = f" of {power(limit)} allowed" if limit is not None else ""
    package = run.phases[-1].package
    rows.append(("board", f"{power(served.watts)}{allowed}, {power(package)} of it in the package"))
    held = memory(made)
    if held is not None and made.model is not None:
        state = held.sequence * served.batch
        with_state = f", {size(state)} state" if state else ""
        room = f"of {size(held.capacity)} that weights and state may take"
        rows.append(("memory", f"{size(held.weights)} weights{with_state}, {room}"))
        rows.append(("model", f"{_count(made.model.parameters)} parameters, {made.model.family}"))
    if run.hottest is not None:
        rows.append(("hottest block", f"{fixed(celsius(run.hottest), 1)} °C"))
    return rows


def comparison(runs: Sequence[Run]) -> Table:
    """A line for each variant and prompt, with its energy relative to the base of the same prompt."""
    several = len({run.prompt for run in runs}) > 1
    hot = any(run.hottest is not None for run in runs)
    made = table(
        "variant",
        *(("prompt",) if several else ()),
        "per s",
        "J\neach",
        "x\nbase",
        "first\ns",
        "next\nms",
        "board\nW",
        *(("hottest\n°C",) if hot else ()),
        left=("variant",),
    )
    base = {run.prompt: run for run in reversed(runs) if run.label == runs[0].label}
    for run in runs:
        served, of = run.deployment.served, base.get(run.prompt)
        ratio = "" if of is None else f"{served.joules_per_token / of.deployment.served.joules_per_token:.2f}"
        label = run.label if run.label != "base" else run.deployment.name
        made.add_row(
            shortened(label, 24),
            *((tokens(run.prompt),) if several else ()),
            significant(served.tokens_per_second, 4),
            significant(served.joules_per_token, 3),
            ratio,
            significant(served.ttft, 3),
            significant(1e3 * served.itl, 3) if served.itl else "–",
            fixed(served.watts, 0 if served.watts >= 100.0 else 2),
            *(("–" if run.hottest is None else fixed(celsius(run.hottest), 1),) if hot else ()),
        )
    return made


def _phases(run: Run) -> Table:
    made = table(
        "phase",
        "time",
        "share",
        "board",
        "package",
        "MHz",
        "held by",
        "bound by",
        left=("phase", "held by", "bound by"),
    )
    for phase in run.phases:
        held = "–" if phase.reason == "none" else phase.reason
        made.add_row(
            phase.name,
            seconds(phase.seconds),
            share(phase.share, 1.0),
            power(phase.board),
            power(phase.package),
            f"{1e-6 * phase.hertz:.0f}",
            held,
            BOUND.get(phase.bound, phase.bound),
        )
    return made


def _units(run: Run) -> Table:
    """Work, share of the peak and energy of every part, phase by phase."""
    phases = _told(run.phases)
    heads = [f"{phase.name}\n{what}" for phase in phases for what in ("work", "% peak", "J")]
    made = table("part", *heads, left=("part",))
    parts = dict.fromkeys(part for phase in phases for part, spent in phase.joules.items() if spent)
    for part in parts:
        cells = []
        for phase in phases:
            used = phase.utilisation.get(part)
            cells += [
                _work(phase, part),
                "" if used is None else fixed(100.0 * used, 1),
                prefixed(phase.joules[part]) if phase.joules.get(part) else "",
            ]
        made.add_row(part, *cells)
    return made


def _told(phases: Sequence[PhaseSummary]) -> Sequence[PhaseSummary]:
    """Two phases fit beside each other; the mean is in the other tables."""
    return [phase for phase in phases if phase.name != "mean"][:2]


def _work(phase: PhaseSummary, part: str) -> str:
    kind, _, name = part.partition("/")
    if kind == "unit":
        done = sum(count for (unit, _), count in phase.operations.items() if unit == name)
        return prefixed(done) if done else ""
    moved = {"memory": phase.moved, "link": phase.sent, "path": phase.carried}.get(kind, {}).get(name, 0.0)
    return size(moved) if moved else ""


def _causes(run: Run) -> Table:
    made = table("cause", *(phase.name for phase in run.phases), "", left=("cause", ""))
    last = run.phases[-1]
    longest = max(last.causes.values())
    for cause in Cause:
        watts = [fixed(phase.causes[cause], 2) for phase in run.phases]
        made.add_row(cause.value, *watts, bar(last.causes[cause], longest))
    off = [fixed(-(phase.board - phase.package), 2) for phase in run.phases]
    made.add_row("off the package", *off, "")
    made.add_row("in the package", *(fixed(phase.package, 2) for phase in run.phases), "")
    return made


def _blocks_heading(run: Run, top: int) -> str:
    watts = run.deployment.total()
    heats = run.deployment.entry.phase
    return f"Blocks, W with leakage ({min(top, len(watts))} of {len(watts)}; {heats} heats the design)"


def _blocks(found: PowerFindings, top: int) -> Table:
    run = found.base
    names = [phase.name for phase in run.phases]
    maps = {name: run.deployment.total("" if name == "mean" else name) for name in names}
    area = {block.name: float(block.outline.area) for block in found.scene.blocks}
    made = table("block", *names, "W/mm²", "", left=("block", ""))
    last = maps[names[-1]]
    order = sorted(last, key=lambda block: -last[block])
    for block in order[:top]:
        density = f"{1e-6 * last[block] / area[block]:.3g}" if block in area else ""
        watts = [significant(maps[name].get(block, 0.0), 3) for name in names]
        made.add_row(block, *watts, density, bar(last[block], last[order[0]]))
    if len(order) > top:
        rest = [significant(sum(maps[name].get(b, 0.0) for b in order[top:]), 4) for name in names]
        made.add_row(f"{len(order) - top} others", *rest, "", "")
    made.add_row("all", *(significant(maps[name].total, 5) for name in names), "", "")
    return made


def _tornado(found: Tornado, top: int) -> Table:
    made = table("constant", "from", "to", "per s, %", "J each, %", "board W, %", left=("constant",))
    for swing in found.swings[:top]:
        each = swing.constant
        cells = [_both(swing.relative(result)) for result in (THROUGHPUT, ENERGY, BOARD)]
        bounds = (quantity(bound, each.unit) for bound in (each.low, each.high))
        made.add_row(each.name, *bounds, *cells)
    return made


def _both(change: tuple[float, float]) -> str:
    low, high = (100.0 * part for part in change)
    return f"{low:+.1f} {high:+.1f}" if abs(low) >= 0.05 or abs(high) >= 0.05 else "–"


def _placements(found: Tornado) -> Table:
    made = table("floor is where", "densest block", "W/mm²", left=("floor is where", "densest block"))
    for name, block, density in found.placements:
        made.add_row("declared" if name == "declared" else f"{name} is", block, f"{1e-6 * density:.3g}")
    return made


def seconds(value: float) -> str:
    """A time in s, ms or µs."""
    if value >= 1.0:
        return f"{significant(value, 3)} s"
    return f"{significant(1e3 * value, 3)} ms" if value >= 1e-3 else f"{significant(1e6 * value, 3)} µs"


PREFIXES = (
    ("T", 1e12),
    ("G", 1e9),
    ("M", 1e6),
    ("k", 1e3),
    ("", 1.0),
    ("m", 1e-3),
    ("µ", 1e-6),
    ("n", 1e-9),
    ("p", 1e-12),
)


def prefixed(value: float) -> str:
    """Three digits and the prefix of a unit: ``238 T``, ``4.42 µ``; as it is from a tenth to a thousand."""
    if 0.1 <= value < 1000.0 or not value > 0.0:
        return significant(value, 3)
    letter, by = next(((p, b) for p, b in PREFIXES if value >= b), PREFIXES[-1])
    return f"{significant(value / by, 3)} {letter}".rstrip()


def quantity(value: float, unit: str) -> str:
    """A constant in its unit: ``4 µs``, ``0.9 pJ/FLOP``, ``0.88``."""
    if unit in {"1", "1/K", "1/V"}:
        return f"{value:.3g}" if unit == "1" else f"{value:.3g}{unit.removeprefix('1')}"
    made = prefixed(value)
    return f"{made}{unit}" if made[-1].isalpha() or made[-1] == "µ" else f"{made} {unit}"


def joules(value: float) -> str:
    """An energy in J, mJ, µJ and so on."""
    return f"{prefixed(value)} J" if 0.1 <= value < 1000.0 else f"{prefixed(value)}J"


def size(value: float) -> str:
    """Bytes in TB, GB, MB, kB or B."""
    return f"{prefixed(value)} B" if value < 1000.0 else f"{prefixed(value)}B"


def tokens(count: int) -> str:
    """A number of tokens: 2k, 256k."""
    return f"{count // 1024}k" if count % 1024 == 0 and count >= 1024 else str(count)


def _count(parameters: int) -> str:
    return f"{parameters / 1e9:.3g} billion" if parameters >= 1e9 else f"{parameters / 1e6:.3g} million"
