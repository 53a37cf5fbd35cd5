"""YAML text to a tree of plain values in which every value knows its place.

The tree is composed here, from parser events, rather than by PyYAML: its own composer recurses in C without
a limit (a file of a hundred thousand brackets ends the process), reads `1e-5` as text and `no` as a boolean,
keeps the last of two equal keys silently, and lets ten lines of aliases grow to gigabytes.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import yaml

from floorplans.diagnostics import Diagnostic, InputError, Problems, Span

MAX_NODES = 1_000_000
"""Values a file may hold after its aliases are expanded; a block takes about ten."""

MAX_DEPTH = 64
"""How deep mappings and lists may nest."""

Scalar = str | int | float | bool | None

# Shared by all values that are no mapping; a plain dict, for a proxy cannot be pickled.
_NO_KEYS: Mapping[str, Span] = {}
_TAG = "tag:yaml.org,2002:"
_PLAIN_TAGS = (None, "!", *(_TAG + name for name in ("str", "int", "float", "bool", "null", "map", "seq")))
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INT = re.compile(r"[-+]?[0-9]{1,300}|0x[0-9a-fA-F]{1,300}|0o[0-7]{1,300}")
_WORDS: Mapping[str, Scalar] = MappingProxyType(
    {"": None, "~": None, "null": None, "true": True, "false": False}
    | {".inf": math.inf, "+.inf": math.inf, "-.inf": -math.inf, ".nan": math.nan}
)


@dataclass(frozen=True, slots=True)
class Node:
    """One value of an input file.

    Parameters
    ----------
    value
        A scalar, a dict of nodes or a list of nodes.
    span
        Where it starts.
    keys
        Where each key of a mapping starts.
    size
        Number of values below it, itself included.
    """

    value: Scalar | dict[str, Node] | list[Node]
    span: Span
    keys: Mapping[str, Span] = field(default_factory=lambda: _NO_KEYS, repr=False)
    size: int = 1

    @property
    def plain(self) -> Any:
        """The value as dicts, lists and scalars, without positions."""
        if isinstance(self.value, dict):
            return {key: child.plain for key, child in self.value.items()}
        if isinstance(self.value, list):
            return [child.plain for child in self.value]
        return self.value

    def child(self, step: str | int) -> Node | None:
        """The value under a key or at a list position; None when there is none."""
        if isinstance(self.value, dict):
            return self.value.get(str(step))
        if (
            isinstance(self.value, list)
            and isinstance(step, int)
            and -len(self.value) <= step < len(self.value)
        ):
            return self.value[step]
        return None

    def with_child(self, step: str | int, child: Node) -> Node:
        """The same node with one child replaced or, in a mapping, added."""
        if isinstance(self.value, dict):
            value: dict[str, Node] | list[Node] = {**self.value, str(step): child}
            keys: Mapping[str, Span] = {**self.keys, str(step): self.keys.get(str(step), child.span)}
        elif isinstance(self.value, list) and isinstance(step, int):
            value, keys = [*self.value], self.keys
            value[step] = child
        else:
            raise TypeError(f"{self.span}: a single value has no '{step}'")
        return Node(value, self.span, keys, self.size)

    def without(self, *names: str) -> Node:
        """The same mapping without some keys."""
        if not isinstance(self.value, dict):
            return self
        value = {key: child for key, child in self.value.items() if key not in names}
        return Node(value, self.span, {key: self.keys[key] for key in value}, self.size)


def wrapped(value: Any, span: Span, depth: int = 0) -> Node:
    """Plain data as a node; all of it is at `span`.

    Raises
    ------
    InputError
        Nested too deep, or data that contain themselves.
    """
    if depth > MAX_DEPTH:
        raise InputError(Diagnostic(span, f"nested deeper than {MAX_DEPTH} levels"))
    if isinstance(value, Node):
        return value
    if isinstance(value, Mapping):
        children = {str(key): wrapped(item, span, depth + 1) for key, item in value.items()}
        return Node(children, span, dict.fromkeys(children, span))
    if hasattr(value, "tolist"):  # NumPy scalars and arrays
        value = value.tolist()
    if isinstance(value, list | tuple):
        return Node([wrapped(item, span, depth + 1) for item in value], span)
    return Node(os.fspath(value) if isinstance(value, os.PathLike) else value, span)


def composed(text: str, file: str, problems: Problems, max_nodes: int = MAX_NODES) -> Node:
    """Compose YAML text into nodes.

    Parameters
    ----------
    text
        YAML; one document.
    file
        Name for positions.
    problems
        Receives what does not prevent reading on, such as a duplicate key.
    max_nodes
        Budget of values, counted after aliases are expanded.

    Raises
    ------
    InputError
        Malformed YAML, an empty file, a language tag, too many values, too deep.
    """
    try:
        return _Composer(text, file, problems, max_nodes).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = Span(file, mark.line + 1, mark.column + 1) if mark is not None else Span(file)
        raise InputError(Diagnostic(where, _malformed(error, text))) from None
    except yaml.reader.ReaderError as error:
        before = text[: error.position] if isinstance(error.position, int) else ""
        where = Span(file, before.count("\n") + 1, len(before) - before.rfind("\n"))
        raise InputError(Diagnostic(where, f"not a text file: {error.reason}")) from None


def _malformed(error: yaml.MarkedYAMLError, text: str) -> str:
    problem, mark = error.problem or "malformed", error.problem_mark
    if (
        "nesting depth" in problem
    ):  # some builds of the parser stop at a depth of their own, while they look ahead
        return f"nested deeper than {MAX_DEPTH} levels"
    if "cannot start any token" in problem and mark is not None:
        lines = text.splitlines()
        line = lines[mark.line] if mark.line < len(lines) else ""
        if "\t" in line[: mark.column + 1]:
            return "malformed YAML: a tab cannot indent a line; use spaces"
    if "tab character" in problem:
        return f"malformed YAML: {problem}; use spaces"
    context = f" {error.context}" if error.context else ""
    return f"malformed YAML: {problem}{context}"


class _Composer:
    """One pass over the parser's events."""

    def __init__(self, text: str, file: str, problems: Problems, max_nodes: int) -> None:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        self._events: Iterator[Any] = yaml.parse(text, Loader=loader)
        self._file, self._problems, self._budget = file, problems, max_nodes
        self._anchors: dict[str, Node | None] = {}
        self._used = 0

    def document(self) -> Node:
        """The one document of the file."""
        root: Node | None = None
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                if root is not None:
                    raise self._error(event, "a second document starts here; a design is one document")
                root = self._node(next(self._events), 0)
        if root is None or root.value is None:
            raise InputError(Diagnostic(Span(self._file, 1, 1), "the file is empty"))
        return root

    def _span(self, event: Any) -> Span:
        return Span(self._file, event.start_mark.line + 1, event.start_mark.column + 1)

    def _error(self, event: Any, message: str) -> InputError:
        return InputError([*self._problems, Diagnostic(self._span(event), message)])

    def _node(self, event: Any, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise self._error(event, f"nested deeper than {MAX_DEPTH} levels")
        if isinstance(event, yaml.AliasEvent):
            node = self._aliased(event)
        else:
            self._check_tag(event)
            if event.anchor:
                self._anchors[event.anchor] = None
            if isinstance(event, yaml.ScalarEvent):
                node = Node(_scalar(event), self._span(event))
            elif isinstance(event, yaml.SequenceStartEvent):
                node = self._sequence(event, depth)
            else:
                node = self._mapping(event, depth)
            if event.anchor:
                self._anchors[event.anchor] = node
        self._spend(event, node.size if isinstance(event, yaml.AliasEvent) else 1)
        return node

    def _spend(self, event: Any, count: int) -> None:
        self._used += count
        if self._used > self._budget:
            raise self._error(
                event, f"more than {self._budget} values once aliases are expanded; this file is refused"
            )

    def _aliased(self, event: Any) -> Node:
        if event.anchor not in self._anchors:
            raise self._error(event, f"malformed YAML: alias '*{event.anchor}' has no anchor before it")
        node = self._anchors[event.anchor]
        if node is None:
            raise self._error(event, f"alias '*{event.anchor}' stands inside its own anchor")
        return node

    def _check_tag(self, event: Any) -> None:
        if event.tag not in _PLAIN_TAGS:
            raise self._error(event, f"the tag '{event.tag}' is not allowed: a design is plain data")

    def _sequence(self, start: Any, depth: int) -> Node:
        items: list[Node] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._node(event, depth + 1))
        return Node(items, self._span(start), size=1 + sum(item.size for item in items))

    def _mapping(self, start: Any, depth: int) -> Node:
        value: dict[str, Node] = {}
        keys: dict[str, Span] = {}
        merged: list[Node] = []
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._key(event)
            child = self._node(next(self._events), depth + 1)
            if key == "<<" and not event.style:
                merged.extend(self._merged(event, child))
            elif key in value:
                self._problems.add(self._span(event), f"duplicate key '{key}' (first at {keys[key]})")
            else:
                value[key], keys[key] = child, self._span(event)
        for source in merged:
            for key, child in source.value.items() if isinstance(source.value, dict) else ():
                if key not in value:
                    value[key], keys[key] = child, source.keys[key]
        return Node(value, self._span(start), keys, 1 + sum(child.size for child in value.values()))

    def _key(self, event: Any) -> str:
        if isinstance(event, yaml.ScalarEvent):
            return str(event.value)
        raise self._error(event, "malformed YAML: a key must be a plain word")

    def _merged(self, event: Any, child: Node) -> list[Node]:
        """The mappings behind a merge key; of several the first wins."""
        found = child.value if isinstance(child.value, list) else [child]
        if not all(isinstance(item.value, dict) for item in found):
            raise self._error(event, "malformed YAML: '<<' merges mappings only")
        return found


def _scalar(event: Any) -> Scalar:
    """The value of a scalar by the YAML 1.2 core schema, so that `1e-5` is a number and `no` a word."""
    text: str = event.value
    if event.style or event.tag in ("!", _TAG + "str"):
        return text
    return resolved(text)


def resolved(text: str) -> Scalar:
    """An unquoted YAML scalar as null, boolean, number or text."""
    if text.lower() in _WORDS and text in (text.lower(), text.upper(), text.title()):
        return _WORDS[text.lower()]
    if _INT.fullmatch(text):
        return int(text, 0) if text[:2] in ("0x", "0o") else int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    return text
