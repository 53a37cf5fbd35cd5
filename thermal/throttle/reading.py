"""The sections `throttle:` and `sensors:` of a design, mistakes with their places."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from itertools import pairwise

from floorplans.diagnostics import Problems, Span, did_you_mean, listed, quoted
from floorplans.nodes import Node
from floorplans.package import Die, Layer, Package
from floorplans.schema import ZERO_CELSIUS, validated
from thermal.throttle.controllers import KINDS
from thermal.throttle.controllers.base import Controller
from thermal.throttle.entry import SensorEntry, Throttle, ThrottleEntry


def read_sensors(
    node: Node | None, package: Package | None, dies: Mapping[str, Die] | None, problems: Problems
) -> dict[str, SensorEntry]:
    """Sensors by name, each in a block or on the layer of blocks of a chiplet.

    Parameters
    ----------
    package, dies
        The floorplans; None where they are wrong themselves.
    """
    if node is None or node.value is None:
        return {}
    if not isinstance(node.value, dict):
        problems.add(node.span, f"must be a mapping by name (got {quoted(node.plain)})", "sensors")
        return {}
    found = {}
    for name, child in node.value.items():
        entry = validated(SensorEntry, child, ("sensors", name), problems)
        if entry is None:
            continue
        found[name] = entry
        if package is not None and dies is not None:
            _check_place(entry, child, ("sensors", name), package, dies, problems)
    return found


def floors(package: Package, dies: Mapping[str, Die]) -> dict[str, list[Layer]]:
    """Layers with blocks, by chiplet or package layer."""
    found: dict[str, list[Layer]] = {}
    for layer in package.layers:
        if layer.floorplan is not None:
            found.setdefault(layer.name, []).append(layer)
        for chiplet in layer.chiplets:
            inner = [each for each in dies[chiplet.die].layers if each.floorplan is not None]
            if inner:
                found[chiplet.name] = inner
    return found


def _check_place(
    entry: SensorEntry,
    node: Node,
    path: tuple[str, ...],
    package: Package,
    dies: Mapping[str, Die],
    problems: Problems,
) -> None:
    known = floors(package, dies)
    if entry.block is not None:
        blocks = [f"{o}/{b}" for o, layers in known.items() for x in layers for b in _blocks(x)]
        if entry.block not in blocks:
            near = did_you_mean(entry.block, blocks)
            problems.add(_span(node, "block"), f"there is no block '{entry.block}'{near}", (*path, "block"))
        return
    assert entry.chiplet is not None
    assert entry.at is not None
    if entry.chiplet not in known:
        near = did_you_mean(entry.chiplet, known)
        message = f"no chiplet or layer '{entry.chiplet}' with blocks{near} (there are {listed(list(known))})"
        problems.add(_span(node, "chiplet"), message, (*path, "chiplet"))
        return
    size = outline_of(entry.chiplet, package, dies)
    x, y = entry.at
    if not (0.0 <= x <= size[0] and 0.0 <= y <= size[1]):
        message = (
            f"the sensor is outside of '{entry.chiplet}', which is {1e6 * size[0]:g} x {1e6 * size[1]:g} um "
            f"(got {1e6 * x:g}, {1e6 * y:g})"
        )
        problems.add(_span(node, "at_um"), message, (*path, "at_um"))


def _blocks(layer: Layer) -> list[str]:
    return [block.name for block in layer.floorplan.blocks] if layer.floorplan is not None else []


def outline_of(owner: str, package: Package, dies: Mapping[str, Die]) -> tuple[float, float]:
    """Width and height [m] of a chiplet before it is turned, or of a package layer."""
    for layer in package.layers:
        if layer.name == owner:
            return layer.extent(package.size)
        for chiplet in layer.chiplets:
            if chiplet.name == owner:
                return dies[chiplet.die].size
    raise KeyError(owner)


def _span(node: Node, key: str) -> Span:
    child = node.child(key)
    return child.span if child is not None else node.span


def read_throttle(
    node: Node | None, sensors: Mapping[str, SensorEntry], problems: Problems
) -> Throttle | None:
    """The section `throttle:`; None where there is none, or something is wrong.

    Parameters
    ----------
    sensors
        Those that controllers may name.
    """
    if node is None or node.value is None:
        return None
    before = len(problems)
    listed_node = node.child("controllers")
    entry = validated(ThrottleEntry, node.without("controllers"), ("throttle",), problems)
    controllers = _controllers(listed_node, sensors, problems)
    return Throttle(entry, controllers) if entry is not None and len(problems) == before else None


def _controllers(
    node: Node | None, sensors: Mapping[str, SensorEntry], problems: Problems
) -> tuple[Controller, ...]:
    if node is None or node.value is None:
        return ()
    if not isinstance(node.value, list):
        message = f"must be a list of controllers (got {quoted(node.plain)})"
        problems.add(node.span, message, "throttle.controllers")
        return ()
    found = []
    for i, child in enumerate(node.value):
        path = ("throttle", "controllers", i)
        kind = child.child("kind")
        model = KINDS.get(str(kind.plain)) if kind is not None else None
        if model is None:
            near = did_you_mean(kind.plain, KINDS) if kind is not None else ""
            got = f"unknown kind '{kind.plain}'{near}; " if kind is not None else ""
            span = kind.span if kind is not None else child.span
            problems.add(span, f"{got}give 'kind': {', '.join(KINDS)}", (*path, "kind"))
            continue
        made = validated(model, child, path, problems)
        if made is not None:
            found.append(made)
            _check_trips(made, child, path, problems)
            _check_sensors(made, child, path, sensors, problems)
    return tuple(found)


def _check_trips(made: Controller, node: Node, path: tuple[str | int, ...], problems: Problems) -> None:
    """Trips that contradict each other."""
    for (low, below), (high, above) in pairwise(made.trips.items()):
        if not above > below:
            span = node.child(high.split(".")[0])
            problems.add(
                (span or node).span,
                f"must be above {low} (got {above - ZERO_CELSIUS:g} after {below - ZERO_CELSIUS:g} degC)",
                (*path, high),
            )


def _check_sensors(
    made: Controller,
    node: Node,
    path: tuple[str | int, ...],
    sensors: Mapping[str, SensorEntry],
    problems: Problems,
) -> None:
    for key in ("sensors", "memory_sensors"):
        child = node.child(key)
        for pattern in getattr(made, key, ()) if child is not None else ():
            if not any(fnmatchcase(name, pattern) for name in sensors):
                near = did_you_mean(pattern, sensors)
                there = f"there are {listed(list(sensors))}" if sensors else "the design has no 'sensors:'"
                assert child is not None
                problems.add(child.span, f"no sensor '{pattern}'{near} ({there})", (*path, key))
