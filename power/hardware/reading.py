"""Hardware files: YAML to an accelerator, with constants filled in, one file building upon another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from floorplans.diagnostics import Diagnostic, InputError, Problems, Span, did_you_mean, listed
from floorplans.nodes import Node
from floorplans.schema import validated
from floorplans.source import Source, read_source, source_of
from power.constants import Constants, shipped_constants
from power.delivery import bottom_up
from power.hardware.accelerator import Accelerator
from power.hardware.memory import HOST
from power.hardware.quantities import SCALE

PRESETS = Path(__file__).with_name("presets")
"""Where the shipped hardware is."""


def shipped_hardware() -> dict[str, Path]:
    """The accelerators that come with the distribution, by name."""
    return {path.stem: path for path in sorted(PRESETS.glob("*.yaml"))}


def load_hardware(
    hardware: str | Path | Mapping[str, object],
    overrides: Mapping[str, object] | None = None,
    constants: Constants | None = None,
) -> Accelerator:
    """Read a hardware file, a shipped one by its name, or plain data.

    Parameters
    ----------
    hardware
        Name, path or data in the schema of the files.
    overrides
        Values to replace, by dotted path: ``{"power_limit_w": 500}``.
    constants
        Those that names in the file stand for; the shipped ones when None.

    Raises
    ------
    InputError
        With everything that is wrong.
    """
    source = source_of(hardware) if isinstance(hardware, Mapping) else read_source(_path(hardware))
    source = _merged(source)
    if overrides:
        source = source.overridden(overrides)
    return _accelerator(source, constants or shipped_constants())


def _path(hardware: str | Path) -> Path:
    shipped = shipped_hardware()
    path = Path(hardware)
    if isinstance(hardware, str) and path.name == hardware and not path.suffix and not path.is_file():
        if hardware not in shipped:
            near = did_you_mean(hardware, shipped)
            known = listed(list(shipped), 30)
            message = f"no file and no shipped hardware of this name{near} (shipped: {known})"
            raise InputError(Diagnostic(Span(hardware), message))
        return shipped[hardware]
    return path


def _merged(source: Source, depth: int = 0) -> Source:
    """The source laid over the one that its key `like` names."""
    like = source.root.child("like")
    if like is None:
        return source
    shipped = shipped_hardware()
    if not isinstance(like.value, str) or like.value not in shipped or depth > len(shipped):
        near = did_you_mean(like.plain, shipped)
        raise InputError(Diagnostic(like.span, f"'like' must name shipped hardware{near}", "like"))
    base = _merged(read_source(shipped[like.value]), depth + 1)
    return replace(source, root=laid_over(base.root, source.root.without("like")))


def laid_over(base: Node, top: Node) -> Node:
    """`base` with what `top` has, mapping by mapping; null removes a key, `blocks` are replaced."""
    if not (isinstance(base.value, dict) and isinstance(top.value, dict)):
        return top
    value, keys = dict(base.value), dict(base.keys)
    for key, child in top.value.items():
        keys[key] = top.keys.get(key, child.span)
        if child.value is None:
            value.pop(key, None)
            keys.pop(key, None)
        elif key in value and key not in {"blocks", "mhz_volts"}:
            value[key] = laid_over(value[key], child)
        else:
            value[key] = child
    return Node(value, top.span, keys, base.size + top.size)


class _Filler:
    """Puts the values of constants where a file names them."""

    def __init__(self, constants: Constants, problems: Problems) -> None:
        self.constants, self.problems = constants, problems
        self.used: dict[str, None] = {}

    def filled(self, node: Node, scale: float | None = None) -> Node:
        """The node with every constant's name below a scaled key replaced by its value."""
        if isinstance(node.value, dict):
            value = {key: self.filled(child, SCALE.get(key, scale)) for key, child in node.value.items()}
            return Node(value, node.span, node.keys, node.size)
        if scale is None or not isinstance(node.value, str):
            return node
        if node.value not in self.constants:
            near = did_you_mean(node.value, self.constants)
            self.problems.add(node.span, f"must be a number or a constant; '{node.value}' is neither{near}")
            return Node(1.0, node.span)
        self.used[node.value] = None
        return Node(self.constants[node.value].value / scale, node.span)


def _accelerator(source: Source, constants: Constants) -> Accelerator:
    problems = Problems(source.diagnostics)
    filler = _Filler(constants, problems)
    root = filler.filled(source.root)
    found = validated(Accelerator, root, (), problems)
    if found is not None:
        _check_references(found, source, problems)
    problems.raise_if_any()
    assert found is not None
    found._constants = tuple(filler.used)  # noqa: SLF001  # set once, here, where it is known
    found._known = constants  # noqa: SLF001
    return found


def _check_references(found: Accelerator, source: Source, problems: Problems) -> None:
    def check(name: str, known: Mapping[str, object], path: tuple[str, ...], what: str) -> None:
        if name not in known:
            message = f"no {what} '{name}'{did_you_mean(name, known)} (known: {listed(list(known))})"
            problems.add(source.span(path), message, path)

    check(found.throttled, found.clocks, ("throttled",), "clock")
    parts = {"unit": "units", "memory": "memories", "link": "links", "path": "paths", "clock": "clocks"}
    for address, each in found.components.items():
        part, name = address.split("/", 1)
        path = (parts.get(part, part), name)
        clock = getattr(each, "clock", "")
        if clock:
            check(clock, found.clocks, (*path, "clock"), "clock")
        if each.rail:
            check(each.rail, found.regulators, (*path, "rail"), "regulator")
    for name, each_path in found.paths.items():
        known = {**found.memories, **found.links, HOST: None}
        check(each_path.carries, known, ("paths", name, "carries"), "memory or link")
    if not any(each.role == "main" for each in found.memories.values()):
        problems.add(source.span(("memories",)), "one memory needs role 'main'", ("memories",))
    try:
        bottom_up(found.regulators)
    except ValueError as error:
        problems.add(source.span(("regulators",)), str(error), ("regulators",))
