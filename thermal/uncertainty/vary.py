"""``--vary PATH=LAW:NUMBERS``: an entry of ``uncertainty:`` as it stands on a command line."""

from __future__ import annotations

from dataclasses import replace

from floorplans.diagnostics import Diagnostic, InputError, Span, did_you_mean
from floorplans.nodes import Node, wrapped
from floorplans.source import Source
from thermal.uncertainty.inputs import LAWS, TARGETS

EXAMPLES = "package.top.htc_w_m2k=uniform:85%,115% or package.layers.tim1.thickness_um=normal:8"

COUNTS = {"normal": (1,), "lognormal": (1,), "uniform": (2,), "triangular": (3,)}


def with_varied(source: Source, texts: tuple[str, ...]) -> Source:
    """The source with more uncertain inputs; one that names what an entry varies takes its place.

    Raises
    ------
    InputError
        With everything that cannot be read.
    """
    entries, problems = list[Node](), list[Diagnostic]()
    for text in texts:
        try:
            entries.append(wrapped(entry_of(text), Span(f"--vary {text}")))
        except InputError as error:
            problems += error.diagnostics
    if problems:
        raise InputError(problems)
    if not entries:
        return source
    there = source.root.child("uncertainty")
    kept = list(there.value) if there is not None and isinstance(there.value, list) else []
    taken = [_target(entry) for entry in entries]
    every = [entry for entry in kept if _target(entry) not in taken] + entries
    span = there.span if there is not None else entries[0].span
    return replace(source, root=source.root.with_child("uncertainty", Node(every, span)))


def _target(entry: Node) -> tuple[str, object]:
    for key in TARGETS:
        child = entry.child(key)
        if child is not None:
            return key, child.plain
    return "", id(entry)


def entry_of(text: str) -> dict[str, object]:
    """``power:soc0/*=normal:5%`` as an entry; a percent sign makes it a factor on the nominal value.

    Raises
    ------
    InputError
        It cannot be read.
    """
    where, equals, law = text.rpartition("=")
    name, colon, numbers = law.partition(":")
    if not equals or not where or not colon:
        raise _error(text, f"expected PATH=LAW:NUMBERS, for example {EXAMPLES}")
    if name not in LAWS:
        raise _error(
            text, f"no distribution '{name}'{did_you_mean(name, LAWS)} (there are: {', '.join(LAWS)})"
        )
    parts = [part.strip() for part in numbers.split(",")]
    if len(parts) not in COUNTS[name]:
        raise _error(text, f"{name} takes {COUNTS[name][0]} numbers (got {numbers!r})")
    percent = {part.endswith("%") for part in parts}
    if len(percent) > 1:
        raise _error(text, "give all numbers in percent, or none")
    try:
        values = [float(part.rstrip("% ")) / (100.0 if True in percent else 1.0) for part in parts]
    except ValueError:
        raise _error(text, f"{numbers!r} are no numbers") from None
    kind, mark, rest = where.partition(":")
    target = (kind, rest) if mark and kind in TARGETS[1:] else ("set", where)
    entry: dict[str, object] = {target[0]: target[1]}
    if True in percent and name != "lognormal":
        entry["relative"] = True
    entry[name] = {"sd": values[0]} if name in ("normal", "lognormal") else values
    return entry


def _error(text: str, message: str) -> InputError:
    return InputError(Diagnostic(Span(f"--vary {text}"), message))
