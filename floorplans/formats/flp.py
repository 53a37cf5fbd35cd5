"""HotSpot floorplans (`.flp`): a unit a line: name, width, height, left x and bottom y in metres."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from floorplans.diagnostics import Problems, Span, quoted
from floorplans.floorplan import Floorplan

MICROMETRES = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class FlpUnit:
    """One line of a HotSpot floorplan.

    Parameters
    ----------
    name
        Name of the unit.
    rect_um
        x0, y0, x1, y1 in micrometres.
    span
        The line.
    capacity
        Heat capacity of its own, J/(m3 K); None for that of its layer.
    resistivity
        Thermal resistivity of its own, m K/W; None for that of its layer.
    """

    name: str
    rect_um: tuple[float, float, float, float]
    span: Span
    capacity: float | None = None
    resistivity: float | None = None


def parse_flp(text: str, file: str, problems: Problems) -> tuple[FlpUnit, ...]:
    """Read the units of a HotSpot floorplan.

    Sums are formed in decimal, so that units that touch in the file touch exactly. Lines of three
    fields (connectivity) are passed over.

    Parameters
    ----------
    text
        The file's text.
    file
        Its name, for positions.
    problems
        Receives what is wrong, line by line.
    """
    units = []
    for number, line in enumerate(text.splitlines(), start=1):
        fields = line.split("#", 1)[0].split()
        if not fields or len(fields) == 3:
            continue
        span = Span(file, number, line.index(fields[0]) + 1)
        if len(fields) < 5:
            problems.add(
                span, f"a unit needs name, width, height, left x, bottom y (got {len(fields)} fields)"
            )
            continue
        numbers = [_number(field, span, problems) for field in fields[1:5]]
        width, height, left, bottom = (Decimal(0) if value is None else value for value in numbers)
        if None in numbers:
            continue
        if width <= 0 or height <= 0:
            problems.add(
                span, f"'{fields[0]}': width and height must be > 0 (got {fields[1]} and {fields[2]})"
            )
            continue
        corners = (left, bottom, left + width, bottom + height)
        x0, y0, x1, y1 = (float(value * MICROMETRES) for value in corners)
        own = [_own(field, span, problems) for field in fields[5:7]]
        capacity, resistivity = (*own, None, None)[:2]
        units.append(FlpUnit(fields[0], (x0, y0, x1, y1), span, capacity, resistivity))
    if not units and not problems:
        problems.add(Span(file, 1, 1), "the floorplan has no units")
    return tuple(units)


def _number(field: str, span: Span, problems: Problems) -> Decimal | None:
    try:
        value = Decimal(field)
    except InvalidOperation:
        problems.add(span, f"not a number: {quoted(field)}")
        return None
    if not value.is_finite():
        problems.add(span, f"must be a finite number (got {field})")
        return None
    return value


def _own(field: str, span: Span, problems: Problems) -> float | None:
    """A heat capacity or resistivity of a unit's own."""
    value = _number(field, span, problems)
    if value is not None and value <= 0:
        problems.add(span, f"heat capacity and resistivity of a unit must be > 0 (got {field})")
        return None
    return None if value is None else float(value)


def write_flp(floorplan: Floorplan) -> str:
    """A floorplan as HotSpot text.

    Raises
    ------
    ValueError
        A block is no rectangle; HotSpot knows nothing else.
    """
    lines = ["# name\twidth\theight\tleft-x\tbottom-y (metres)"]
    for block in floorplan.blocks:
        if block.rect is None:
            raise ValueError(f"block '{block.name}' is no rectangle; a .flp file holds rectangles only")
        x0, y0, x1, y1 = (Decimal(repr(value)) for value in block.rect)
        lines.append(f"{block.name}\t{x1 - x0}\t{y1 - y0}\t{x0}\t{y0}")
    return "\n".join(lines) + "\n"
