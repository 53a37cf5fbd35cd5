"""Sensitivities for a terminal of 80 columns or more."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from rich.color import Color
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.style import Style
from rich.table import Table
from rich.text import Text

from thermal.report.heatmap_text import graded
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
from thermal.report.tables import table
from thermal.report.terminal_words import bar, counted, length, power, share, signed
from thermal.report.words import ABSENT, difference, fixed, shortened, significant
from thermal.sensitivity import Effect, MoveEffect, Sensitivity

COMPASS = ("right", "up right", "up", "up left", "left", "down left", "down", "down right")
WIDE = 6
"""Letters of a number in the matrix, with the space before it."""


def sensitivity_report(found: Findings, top: int, width: int = 80) -> Group:
    """What was found, for a terminal of 80 columns or more.

    Parameters
    ----------
    top
        Rows of every table.
    width
        Columns that the matrix may take.
    """
    return Group(*_parts(found, top, width))


def _parts(found: Findings, top: int, width: int) -> Iterator[RenderableType]:
    in_scenario = f", scenario {found.scenario}" if found.scenario else ""
    yield Text(f"{found.scene.name}{in_scenario}: sensitivities by adjoint on {found.cells:,} cells", "bold")
    for sensitivity in found.of:
        yield from _about(sensitivity, top)
    if found.matrix is not None:
        yield from _section(
            "Influence matrix: K of a block's mean per W in another", _heat(found, top, width)
        )
        yield Text(f" {reciprocity(found.matrix)}", "dim")
    if any(not s.linear for s in found.of):
        yield Text()
        yield Text(TANGENT, "dim")


def _section(heading: str, content: RenderableType) -> Iterator[RenderableType]:
    yield Text()
    yield Text(heading, "bold")
    yield Padding(content, (0, 0, 0, 1), expand=False)


def _about(s: Sensitivity, top: int) -> Iterator[RenderableType]:
    yield Text()
    yield Text(headline(s), "bold")
    groups = grouped(s)
    if len(groups) < len(s.heating):
        yield from _section(f"What heats it, by chiplet and kind{_most(top, len(groups))}", _groups(s, top))
    yield from _section(f"What heats it{_most(top, len(s.heating))}", _heating(s, top))
    if s.layers:
        yield from _section(f"Layers{_most(top, len(s.layers))}", _layers(s, top))
    effects = [*s.cooling, *s.interfaces]
    if effects:
        yield from _section("Cooling and interfaces", _effects(effects, top))
    if s.moves:
        heading = f"Moving blocks, K per {STEP_UM:g} µm{_most(top, len(s.moves))}"
        yield from _section(heading, _moves(s.moves, top))


def _most(top: int, count: int) -> str:
    return f" ({top} of {count})" if count > top else ""


def _heating(s: Sensitivity, top: int) -> Table:
    made = table("block", "power", "K/W", "K", "share", "", left=("block", ""))
    longest = max((abs(h.rise) for h in s.heating), default=0.0)
    shown, hidden = s.heating[:top], s.heating[top:]
    for h in shown:
        kind = f"{h.kind} " if h.kind == "power map" else ""
        made.add_row(
            f"{kind}{h.name}",
            power(h.power),
            significant(h.per_watt, 4),
            difference(h.rise, 3),
            share(h.rise, s.rise),
            bar(h.rise, longest),
        )
    if hidden:
        rise = sum(h.rise for h in hidden)
        others = power(sum(h.power for h in hidden))
        made.add_row(f"{len(hidden)} others", others, "", difference(rise, 3), share(rise, s.rise), "")
    if s.linear:
        made.add_row("other ambients, fluxes", "", "", difference(s.rest, 3), share(s.rest, s.rise), "")
    return made


def _groups(s: Sensitivity, top: int) -> Table:
    made = table("chiplet or layer", "kind", "power", "K", "share", "", left=("chiplet or layer", "kind", ""))
    groups = grouped(s)
    longest = max((abs(g.rise) for g in groups), default=0.0)
    for g in groups[:top]:
        watts, part = power(g.power), share(g.rise, s.rise)
        made.add_row(g.name, g.kind, watts, difference(g.rise, 3), part, bar(g.rise, longest))
    return made


def _layers(s: Sensitivity, top: int) -> Table:
    made = table(
        "layer",
        "material",
        "thickness",
        "K per % of\nconductivity",
        "K per % of\nthickness",
        left=("layer", "material"),
    )
    for x in s.layers[:top]:
        made.add_row(
            x.name,
            shortened(x.material, 20),
            length(x.height),
            small(PERCENT * x.conductivity),
            small(PERCENT * x.thickness),
        )
    return made


def _effects(effects: Sequence[Effect], top: int) -> Table:
    made = table("layer", "quantity", "value", "K per %", left=("layer", "quantity"))
    for e in sorted(effects, key=lambda e: -abs(e.change))[:top]:
        made.add_row(e.name, e.quantity, stated(e), small(PERCENT * e.change))
    return made


def small(kelvin: float) -> str:
    """A signed difference in K to a tenth of a millikelvin."""
    return signed(kelvin, 4)


def _moves(moves: Sequence[MoveEffect], top: int) -> Table:
    made = table("block", "to the right", "up", "cools most", "by", left=("block", "cools most"))
    for m in moves[:top]:
        x, y, steepest = (1e-6 * STEP_UM * v for v in (m.x, m.y, m.steepest))
        made.add_row(m.name, small(x), small(y), cooler(m), small(-steepest))
    return made


def cooler(move: MoveEffect) -> str:
    """Of eight directions that in which the observed block cools most."""
    if move.steepest == 0.0:
        return ABSENT
    x, y = (0.0 if math.isnan(v) else v for v in (move.x, move.y))
    eighth = round(math.atan2(-y, -x) / (math.pi / 4.0)) % 8
    return f"to the {COMPASS[eighth]}" if eighth in (0, 4) else COMPASS[eighth]


def _heat(found: Findings, top: int, width: int) -> Group:
    """As many columns as fit, the strongest sources by what their watts do, each numbered."""
    matrix = found.matrix
    assert matrix is not None
    longest = min(max((len(n) for n in matrix.names), default=0), 24)
    room = max(1, (width - longest - 2) // WIDE)
    watts = {b.name: b.power for b in found.scene.blocks}
    reach = [
        (-max((row[i] * abs(watts[n]) for row in matrix.matrix), default=0.0), i)
        for i, n in enumerate(matrix.sources)
    ]
    chosen = [i for _, i in sorted(reach)[: min(room, top)]]
    head = Text(" " * longest, "dim")
    for number in range(1, len(chosen) + 1):
        head.append(f"{number:>{WIDE}}", "dim")
    shown = [float(v) for v in matrix.matrix[:, chosen].ravel() if v > 0.0]
    low, high = (math.log(v) for v in (min(shown, default=1.0), max(shown, default=1.0)))
    lines = [head]
    for name, row in zip(matrix.names, matrix.matrix, strict=True):
        line = Text(f"{shortened(name, longest):<{longest}}")
        for i in chosen:
            line.append(f"{entry(float(row[i])):>{WIDE}}", _shade(float(row[i]), low, high))
        lines.append(line)
    keys = [f"{number}\N{NO-BREAK SPACE}{matrix.sources[i]}" for number, i in enumerate(chosen, 1)]
    left = len(matrix.sources) - len(chosen)
    rest = [f"and {counted(left, 'block')} in --json"] if left else []
    legend = Text("  ".join([*keys, *rest]), "dim", overflow="fold")
    return Group(*lines, Text(), legend)


def entry(value: float) -> str:
    """A number of the matrix in five letters at most."""
    if not math.isfinite(value):
        return ABSENT
    if abs(value) < 1e-3:
        return "<.001"
    digits = 3 if abs(value) < 10.0 else 2 if abs(value) < 100.0 else 1 if abs(value) < 1000.0 else 0
    return fixed(value, digits)


def _shade(value: float, low: float, high: float) -> Style:
    if not value > 0.0 or not high > low:
        return Style()
    red, green, blue = graded((math.log(value) - low) / (high - low))
    ink = (0, 0, 0) if 0.3 * red + 0.59 * green + 0.11 * blue > 128 else (255, 255, 255)
    return Style(color=Color.from_rgb(*ink), bgcolor=Color.from_rgb(red, green, blue))
