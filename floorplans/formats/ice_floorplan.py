"""Floorplans of 3D-ICE: elements of rectangles in micrometres, each with its watts slot by slot."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from floorplans.diagnostics import Diagnostic, InputError, Problems, Span
from floorplans.formats.tokens import Tokens, scanned

Corners = tuple[Decimal, Decimal, Decimal, Decimal]
"""x0, y0, x1, y1 in micrometres."""


@dataclass(frozen=True, slots=True)
class IceElement:
    """One element of a floorplan.

    Parameters
    ----------
    name
        Unique in its floorplan.
    rectangles
        Its parts.
    watts
        Power in each time slot; empty where the file gives none.
    cells
        Cells along x and y in non-uniform mode; None for one.
    span
        Where it begins.
    """

    name: str
    rectangles: tuple[Corners, ...]
    watts: tuple[Decimal, ...]
    cells: tuple[int, int] | None
    span: Span

    @property
    def area(self) -> Decimal:
        """um2."""
        return sum(((x1 - x0) * (y1 - y0) for x0, y0, x1, y1 in self.rectangles), Decimal(0))


def parse_ice_floorplan(text: str, file: str, size: tuple[Decimal, Decimal]) -> tuple[IceElement, ...]:
    """Read the elements of a floorplan on a chip of `size` (um).

    Raises
    ------
    InputError
        At the line that is wrong; of overlaps and of elements beyond the chip, all of them.
    """
    tokens = scanned(text, file)
    elements: list[IceElement] = []
    while tokens.now.kind != "end":
        elements.append(_element(tokens))
    if not elements:
        raise InputError(Diagnostic(Span(file, 1, 1), "the floorplan has no elements"))
    problems = Problems()
    _check_names(elements, problems)
    _check_places(elements, size, problems)
    problems.raise_if_any()
    return tuple(elements)


def _element(tokens: Tokens) -> IceElement:
    start = tokens.name("the name of a floorplan element")
    tokens.sign(":")
    rectangles = _rectangles(tokens)
    cells: tuple[int, int] | None = None
    if tokens.is_next("discretization"):
        tokens.take()
        along = tokens.whole("cells along x")
        tokens.sign(",")
        cells = along, tokens.whole("cells along y")
        tokens.sign(";")
    watts: list[Decimal] = []
    if tokens.is_next("power values"):
        tokens.words("power values")
        watts.append(_watts(tokens))
        while tokens.now.text == ",":
            tokens.take()
            watts.append(_watts(tokens))
        tokens.sign(";")
    return IceElement(start.text, rectangles, tuple(watts), cells, start.span)


def _watts(tokens: Tokens) -> Decimal:
    return tokens.number("a power value", lambda v: v >= 0, ">= 0")


def _rectangles(tokens: Tokens) -> tuple[Corners, ...]:
    if tokens.is_next("position"):
        tokens.take()
        x, y = _pair(tokens, "position")
        tokens.words("dimension")
        width, height = _sides(tokens, ",")
        tokens.sign(";")
        return ((x, y, x + width, y + height),)
    found = []
    while tokens.is_next("rectangle"):
        tokens.take()
        tokens.sign("(")
        x = tokens.number("x")
        tokens.sign(",")
        y = tokens.number("y")
        tokens.sign(",")
        width, height = _sides(tokens, ",")
        tokens.sign(")", ";")
        found.append((x, y, x + width, y + height))
    if not found:
        raise tokens.refuse("'position' or 'rectangle'")
    return tuple(found)


def _pair(tokens: Tokens, what: str) -> tuple[Decimal, Decimal]:
    x = tokens.number(f"x of the {what}")
    tokens.sign(",")
    y = tokens.number(f"y of the {what}")
    tokens.sign(";")
    return x, y


def _sides(tokens: Tokens, between: str) -> tuple[Decimal, Decimal]:
    width = tokens.positive("the length along x")
    tokens.sign(between)
    return width, tokens.positive("the width along y")


def _check_names(elements: list[IceElement], problems: Problems) -> None:
    first: dict[str, Span] = {}
    for element in elements:
        if element.name in first:
            problems.add(element.span, f"second element '{element.name}' (first at {first[element.name]})")
        first.setdefault(element.name, element.span)


def _check_places(elements: list[IceElement], size: tuple[Decimal, Decimal], problems: Problems) -> None:
    for element in elements:
        for x0, y0, x1, y1 in element.rectangles:
            if x0 < 0 or y0 < 0 or x1 > size[0] or y1 > size[1]:
                where = f"({x0}, {y0}) to ({x1}, {y1}) um"
                message = f"'{element.name}' reaches beyond the chip of {size[0]} x {size[1]} um: {where}"
                problems.add(element.span, message)
