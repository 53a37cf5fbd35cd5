"""Materials and layer files of HotSpot 7: values one below the other, comments after ``#``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from floorplans.diagnostics import Diagnostic, InputError, Span, did_you_mean, listed, quoted
from floorplans.formats.tokens import finite


@dataclass(frozen=True, slots=True)
class HotspotMaterial:
    """W/(m K) and J/(m3 K); `fluid` where it is a coolant."""

    name: str
    k: Decimal
    capacity: Decimal
    fluid: bool
    span: Span


@dataclass(frozen=True, slots=True)
class HotspotLayer:
    """A layer of a layer file, the lowest has number 0.

    Parameters
    ----------
    lateral, powered
        Whether heat flows sideways, and whether the power trace has its units.
    k, capacity, thickness
        W/(m K), J/(m3 K), m.
    floorplan
        Name of its floorplan's file, and where it is named.
    """

    number: int
    lateral: bool
    powered: bool
    k: Decimal
    capacity: Decimal
    thickness: Decimal
    floorplan: str
    floorplan_span: Span
    span: Span


class _Lines:
    """Lines that say something, one after the other."""

    def __init__(self, text: str, file: str) -> None:
        self._rest = list(_said(text, file))
        lines = max(1, text.count("\n") + 1)
        self.end = Span(file, lines, 1)

    def __bool__(self) -> bool:
        return bool(self._rest)

    def reversed(self) -> None:
        self._rest.reverse()

    def next(self, what: str) -> tuple[str, Span]:
        if not self._rest:
            raise InputError(Diagnostic(self.end, f"expected {what} (got the end of the file)"))
        return self._rest.pop()

    def number(self, what: str, *, zero: bool = False) -> tuple[Decimal, Span]:
        text, span = self.next(what)
        value = finite(text)
        if value is None:
            raise InputError(Diagnostic(span, f"expected {what}, a number (got {quoted(text)})"))
        if value < 0 or (value == 0 and not zero):
            must = "at least 0" if zero else "> 0"
            raise InputError(Diagnostic(span, f"{what} must be {must} (got {text})"))
        return value, span

    def yes(self, what: str) -> bool:
        text, span = self.next(what)
        if text.upper() not in ("Y", "N"):
            raise InputError(Diagnostic(span, f"{what}: expected Y or N (got {quoted(text)})"))
        return text.upper() == "Y"


def _said(text: str, file: str) -> Iterator[tuple[str, Span]]:
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split("#", 1)[0].split()
        if len(words) > 1:
            message = f"one value a line (got {quoted(line.strip())})"
            raise InputError(Diagnostic(Span(file, number, 1), message))
        if words:
            yield words[0], Span(file, number, line.index(words[0]) + 1)


def parse_hotspot_materials(text: str, file: str) -> dict[str, HotspotMaterial]:
    """Read a materials file; raises InputError at the first line that is wrong."""
    lines = _Lines(text, file)
    lines.reversed()
    found: dict[str, HotspotMaterial] = {}
    while lines:
        name, span = lines.next("the name of a material")
        if name in found:
            raise InputError(Diagnostic(span, f"second material '{name}' (first at {found[name].span})"))
        kind, where = lines.next("solid or fluid")
        if kind not in ("solid", "fluid"):
            raise InputError(Diagnostic(where, f"expected solid or fluid (got {quoted(kind)})"))
        k, _ = lines.number("a thermal conductivity")
        capacity, _ = lines.number("a volumetric heat capacity")
        if kind == "fluid":
            lines.number("a dynamic viscosity")
        found[name] = HotspotMaterial(name, k, capacity, kind == "fluid", span)
    return found


def parse_hotspot_layers(
    text: str, file: str, materials: Mapping[str, HotspotMaterial]
) -> tuple[HotspotLayer, ...]:
    """Read a layer file; raises InputError at the first line that is wrong.

    A layer is its number, Y or N for lateral heat flow, Y or N for power, then either the name of a material
    or its heat capacity and resistivity, its thickness, and the file of its floorplan.
    """
    lines = _Lines(text, file)
    lines.reversed()
    found: list[HotspotLayer] = []
    while lines:
        found.append(_layer(lines, materials))
    if not found:
        raise InputError(Diagnostic(Span(file, 1, 1), "the layer file has no layers"))
    for number, layer in enumerate(sorted(found, key=lambda layer: layer.number)):
        if layer.number != number:
            message = f"layers must be numbered 0, 1, 2 ... each once (got {layer.number} for {number})"
            raise InputError(Diagnostic(layer.span, message))
    return tuple(sorted(found, key=lambda layer: layer.number))


def _layer(lines: _Lines, materials: Mapping[str, HotspotMaterial]) -> HotspotLayer:
    number, span = lines.number("the number of a layer", zero=True)
    if number != number.to_integral_value():
        raise InputError(Diagnostic(span, f"the number of a layer must be whole (got {number})"))
    lateral = lines.yes("lateral heat flow")
    powered = lines.yes("power dissipation")
    text, where = lines.next("a heat capacity, or the name of a material")
    if finite(text) is None:
        material = _named(text, where, materials)
        k, capacity = material.k, material.capacity
    else:
        capacity = _positive(text, where, "a heat capacity")
        resistivity, _ = lines.number("a resistivity")
        k = 1 / resistivity
    thickness, _ = lines.number("a thickness")
    floorplan, named = lines.next("the file of a floorplan")
    if floorplan.lower().endswith(".csv"):
        message = f"'{floorplan}': a layer of microchannels; liquid cooling is not supported yet"
        raise InputError(Diagnostic(named, message))
    return HotspotLayer(int(number), lateral, powered, k, capacity, thickness, floorplan, named, span)


def _positive(text: str, span: Span, what: str) -> Decimal:
    value = finite(text)
    if value is None or value <= 0:
        raise InputError(Diagnostic(span, f"{what} must be > 0 (got {text})"))
    return value


def _named(name: str, span: Span, materials: Mapping[str, HotspotMaterial]) -> HotspotMaterial:
    if name not in materials:
        known = list(materials)
        near = did_you_mean(name, known)
        there = f" (there are: {listed(known)})" if known else "; name a file: --hotspot materials_file=FILE"
        raise InputError(Diagnostic(span, f"unknown material '{name}'{near or there}"))
    if materials[name].fluid:
        raise InputError(Diagnostic(span, f"'{name}' is a fluid; a layer is solid"))
    return materials[name]
