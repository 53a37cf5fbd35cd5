"""What differs between two designs, told as a designer would: moved, resized, thicker, warmer ambient."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import shapely
from shapely import Polygon

from floorplans.block import Block
from floorplans.package import Chiplet, Cooling, Die, Exposed, Layer
from power.leakage import Leakage
from thermal.design import Design
from thermal.report.words import fixed, significant, temperature

Part = TypeVar("Part")
Format = Callable[[Any], str]

SAME = 1e-12
"""Lengths in m that are nearer than this are equal."""


@dataclass(frozen=True)
class Change:
    """One difference.

    Attributes
    ----------
    topic
        ``package``, ``cooling``, ``layer``, ``die``, ``chiplet``, ``block``, ``material``, ``power``,
        ``limit`` or ``pair``.
    subject
        What is different, such as ``soc/device/pll0``.
    what
        How: ``added``, ``removed``, ``moved``, ``resized``, or the name of a value.
    before, after
        Values with their units; empty where there is none.
    """

    topic: str
    subject: str
    what: str
    before: str = ""
    after: str = ""

    def __str__(self) -> str:
        values = f"{self.before} → {self.after}".lstrip() if self.before or self.after else ""
        return f"{self.topic} {self.subject}: {' '.join(part for part in (self.what, values) if part)}"


def design_changes(before: Design, after: Design) -> tuple[Change, ...]:
    """All differences that a temperature or a verdict can depend on, from the package down to the limits."""
    return tuple(_changes(before, after))


def _changes(a: Design, b: Design) -> Iterator[Change]:
    yield from _values("package", a.name, a.package, b.package, PACKAGE_VALUES)
    for side in ("top", "bottom"):
        yield from _cooling(a, b, side)
    files = _Files(a, b)
    yield from _layers("", a.package.layers, b.package.layers, files)
    yield from _parts("chiplet", "", _chiplets(a), _chiplets(b), _chiplet)
    yield from _parts("die", "", a.dies, b.dies, lambda name, x, y: _die(name, x, y, files))
    yield from _materials(a, b)
    yield from _power(a.power, b.power)
    yield from _leakage(a.leakage, b.leakage)
    yield from _limits(a.limits, b.limits)
    for what, pairs in (
        ("removed", [p for p in a.matched_pairs if p not in b.matched_pairs]),
        ("added", [p for p in b.matched_pairs if p not in a.matched_pairs]),
    ):
        yield from (Change("pair", f"{first}, {second}", what) for first, second in pairs)


def _values(
    topic: str, subject: str, a: object, b: object, formats: Mapping[str, Format]
) -> Iterator[Change]:
    """Attributes of two like objects that differ; each is named as in `formats`, without its underscores."""
    for name, text in formats.items():
        x, y = getattr(a, name), getattr(b, name)
        if x != y:
            told = (UNSAID.get(name, "none") if value is None else text(value) for value in (x, y))
            yield Change(topic, subject, name.replace("_", " "), *told)


def _power(a: Mapping[str, float], b: Mapping[str, float]) -> Iterator[Change]:
    # A block that is not listed dissipates nothing.
    for name in dict.fromkeys([*a, *b]):
        x, y = a.get(name, 0.0), b.get(name, 0.0)
        if x != y:
            yield Change("power", name, "", _watts(x), _watts(y))


def _leakage(a: Mapping[str, Leakage], b: Mapping[str, Leakage]) -> Iterator[Change]:
    for name in dict.fromkeys([*a, *b]):
        if a.get(name) != b.get(name):
            told = ("none" if law is None else str(law) for law in (a.get(name), b.get(name)))
            yield Change("leakage", name, "", *told)


def _limits(a: Mapping[str, float], b: Mapping[str, float]) -> Iterator[Change]:
    for name in dict.fromkeys([*a, *b]):
        if a.get(name) != b.get(name):
            told = ("none" if value is None else _celsius(value) for value in (a.get(name), b.get(name)))
            yield Change("limit", name, "", *told)


def _parts(
    topic: str,
    prefix: str,
    a: Mapping[str, Part],
    b: Mapping[str, Part],
    differing: Callable[[str, Part, Part], Iterator[Change]],
) -> Iterator[Change]:
    """Named parts: those removed, those added, and what differs in those that are in both."""
    yield from (Change(topic, prefix + name, "removed") for name in a if name not in b)
    yield from (Change(topic, prefix + name, "added") for name in b if name not in a)
    for name in a:
        if name in b:
            yield from differing(prefix + name, a[name], b[name])


def _cooling(a: Design, b: Design, side: str) -> Iterator[Change]:
    x: Cooling | None = getattr(a.package, side)
    y: Cooling | None = getattr(b.package, side)
    if x is None or y is None:
        if x is not y:
            yield Change("cooling", side, "removed" if y is None else "added")
        return
    yield from _values("cooling", side, x, y, COOLING_VALUES)
    yield from _Files(a, b).changes("cooling", side, x, y, ("map_csv", "power_map"))


class _Files:
    """Content of the CSV files that two designs name: another path with the same content is no change."""

    def __init__(self, a: Design, b: Design) -> None:
        self._contents = a.source.contents, b.source.contents

    def changes(
        self, topic: str, subject: str, a: object, b: object, names: Sequence[str]
    ) -> Iterator[Change]:
        for name in names:
            x, y = (self._of(i, getattr(part, name)) for i, part in enumerate((a, b)))
            if x != y:
                yield Change(topic, subject, name.replace("_", " "), x, y)

    def _of(self, which: int, path: Path | None) -> str:
        if path is None:
            return "none"
        digest = self._contents[which].get(path.resolve(), "unread")
        return f"CSV of SHA-256 {digest[:12]}"


def _layers(prefix: str, a: Sequence[Layer], b: Sequence[Layer], files: _Files) -> Iterator[Change]:
    x, y = ({layer.name: layer for layer in layers} for layers in (a, b))
    yield from _parts("layer", prefix, x, y, lambda name, m, n: _layer(name, m, n, files))
    common = [name for name in x if name in y]
    order = [name for name in y if name in x]
    if common != order:
        yield Change("layer", f"{prefix}{', '.join(common)}", "reordered", "", ", ".join(order))


def _layer(subject: str, a: Layer, b: Layer, files: _Files) -> Iterator[Change]:
    yield from _values("layer", subject, a, b, LAYER_VALUES)
    yield from files.changes("layer", subject, a, b, ("power_map",))
    if a.regions != b.regions:
        yield Change("layer", subject, "regions", f"{len(a.regions)}", f"{len(b.regions)}, not the same")
    yield from _parts("block", f"{subject}/", _blocks(a), _blocks(b), _block)


def _blocks(layer: Layer) -> dict[str, Block]:
    return {block.name: block for block in layer.floorplan.blocks} if layer.floorplan else {}


def _block(subject: str, a: Block, b: Block) -> Iterator[Change]:
    yield from _outline(subject, a.outline, b.outline)
    yield from _values("block", subject, a, b, BLOCK_VALUES)


def _outline(subject: str, a: Polygon, b: Polygon) -> Iterator[Change]:
    (ax, ay, ax1, ay1), (bx, by, bx1, by1) = a.bounds, b.bounds
    here, there = f"at ({_um(ax)}, {_um(ay)}) µm", f"({_um(bx)}, {_um(by)}) µm"
    if max(abs(ax - bx), abs(ay - by)) > SAME:
        yield Change("block", subject, "moved", here, there)
    size, other = (ax1 - ax, ay1 - ay), (bx1 - bx, by1 - by)
    if max(abs(s - t) for s, t in zip(size, other, strict=True)) > SAME:
        yield Change("block", subject, "resized", _size_um(size), _size_um(other))
    elif not _congruent(a, b):
        yield Change("block", subject, "reshaped", f"{1e12 * a.area:.6g} µm²", f"{1e12 * b.area:.6g} µm²")


def _congruent(a: Polygon, b: Polygon) -> bool:
    """Whether two outlines are the same but for a shift."""
    (ax, ay), (bx, by) = a.bounds[:2], b.bounds[:2]
    back = shapely.transform(b, lambda points: points - (bx - ax, by - ay))
    return bool(shapely.symmetric_difference(a, back).area <= 1e-9 * a.area)


def _chiplets(design: Design) -> dict[str, Chiplet]:
    return {chiplet.name: chiplet for chiplet in design.package.chiplets}


def _chiplet(subject: str, a: Chiplet, b: Chiplet) -> Iterator[Change]:
    if a.at != b.at:
        yield Change("chiplet", subject, "moved", f"at {_place_mm(a.at)}", _place_mm(b.at))
    yield from _values("chiplet", subject, a, b, {"die": str, "orient": str})


def _die(subject: str, a: Die, b: Die, files: _Files) -> Iterator[Change]:
    yield from _values("die", subject, a, b, {"size": _size_mm})
    yield from _layers(f"{subject}/", a.layers, b.layers, files)


def _materials(a: Design, b: Design) -> Iterator[Change]:
    """Materials of one name with other values; another name is a change of the layer that names it."""
    for name in sorted({*a.materials, *b.materials}):
        try:
            x, y = a.material(name), b.material(name)
        except KeyError:
            continue
        yield from _values("material", name, x, y, MATERIAL_VALUES)


def _um(metres: float) -> str:
    return f"{1e6 * metres:.6g}"


def _size_um(size: tuple[float, float]) -> str:
    return f"{_um(size[0])} × {_um(size[1])} µm"


def _size_mm(size: tuple[float, float]) -> str:
    return f"{1e3 * size[0]:.6g} × {1e3 * size[1]:.6g} mm"


def _place_mm(at: tuple[float, float]) -> str:
    return f"({1e3 * at[0]:.6g}, {1e3 * at[1]:.6g}) mm"


def _celsius(kelvin: float) -> str:
    return f"{temperature(kelvin)} °C"


def _watts(power: float) -> str:
    return f"{significant(power, 6)} W"


def _exposed(face: Exposed) -> str:
    ambient = UNSAID["ambient"] if face.ambient is None else _celsius(face.ambient)
    return f"{_htc(face.htc)} to {ambient}"


def _htc(value: float) -> str:
    return f"{value:.6g} W/(m² K)"


UNSAID = {"ambient": "that of the package", "at": "centred", "size": "that of what it lies in"}
"""What it means to leave a value out."""

PACKAGE_VALUES: dict[str, Format] = {"size": _size_mm, "ambient": _celsius, "case_layer": str}
COOLING_VALUES: dict[str, Format] = {
    "htc": _htc,
    "resistance": lambda value: f"{value:.6g} K/W",
    "ambient": _celsius,
}
LAYER_VALUES: dict[str, Format] = {
    "thickness": lambda value: f"{_um(value)} µm",
    "material": str,
    "fill": str,
    "size": _size_mm,
    "at": _place_mm,
    "contact_below": lambda value: f"{value:.4g} m² K/W",
    "exposed": _exposed,
}
BLOCK_VALUES: dict[str, Format] = {
    "kind": str,
    "limit": _celsius,
    "accuracy": lambda value: f"{fixed(value, 3)} K",
}
MATERIAL_VALUES: dict[str, Format] = {
    "k": lambda k: f"{' / '.join(f'{value:.4g}' for value in dict.fromkeys(k))} W/(m K)",
    "k_law": str,
    "density": lambda value: f"{value:.5g} kg/m³",
    "specific_heat": lambda value: f"{value:.5g} J/(kg K)",
}
