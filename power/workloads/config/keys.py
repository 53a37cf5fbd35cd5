"""The keys of a model's configuration: typed, checked, and all that is wrong with them told at once."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from floorplans.diagnostics import Diagnostic, InputError, Problems, Span, did_you_mean, listed, quoted
from floorplans.nodes import Node, composed, wrapped
from floorplans.source import read_text

MOST = 10**9
"""Largest size that is believed."""

MOST_LAYERS = 10_000
"""Largest number of layers that is believed."""


class Keys:
    """One mapping of a configuration.

    Every reader notes what is wrong and returns a stand-in, so that a whole architecture can be read before
    `check` raises.

    Parameters
    ----------
    node
        The mapping.
    problems
        Receives what is wrong; shared by nested mappings.
    path
        Dotted path of the mapping, for messages.
    """

    def __init__(self, node: Node, problems: Problems, path: str = "") -> None:
        self.node, self.problems, self._path = node, problems, path
        self._missing: list[str] = []
        self._inner: list[Keys] = []

    def __contains__(self, name: str) -> bool:
        return self._plain(name) is not None

    def changed(self, name: str, value: Any) -> Keys:
        """The same mapping with one key replaced or added; mappings are merged."""
        old = self.node.child(name)
        if isinstance(value, dict) and old is not None and isinstance(old.value, dict):
            value = old.plain | value
        return Keys(
            self.node.with_child(name, wrapped(value, Span(f"{name}={quoted(value)}"))), self.problems
        )

    def _plain(self, name: str) -> Any:
        child = self.node.child(name)
        return None if child is None else child.plain

    def _first(self, names: tuple[str, ...]) -> str | None:
        return next((name for name in names if name in self), None)

    def span(self, name: str = "") -> Span:
        """Where a key's value is, or where the mapping starts."""
        child = self.node.child(name) if name else None
        return self.node.span if child is None else child.span

    def _at(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path else name

    def wrong(self, name: str, message: str) -> None:
        """Note that the value of a key cannot be used."""
        self.problems.add(self.span(name), message, self._at(name))

    def whole(self, *names: str, default: int | None = None, least: int = 1, most: int = MOST) -> int:
        """An integer from `least` to `most` under the first of `names` that is there.

        Without a default a missing key is an error.
        """
        name = self._first(names)
        if name is None:
            if default is None:
                self._missing.append(names[0])
            return least if default is None else default
        value = self._plain(name)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self.wrong(name, f"must be a whole number from {least} to {most} (got {quoted(value)})")
            return least
        return value

    def layers(self, *names: str) -> int:
        """A number of layers."""
        return self.whole(*names, most=MOST_LAYERS)

    def kinds(self, name: str, count: int, default: list[str]) -> list[str]:
        """A word for each of `count` layers; a longer list is cut, as for a model with fewer layers."""
        given = self.items(name)
        if given is None:
            return default
        if len(given) < count:
            self.wrong(name, f"must name each of {count} layers (got {len(given)})")
        return [str(each) for each in given[:count]]

    def maybe(self, *names: str) -> int | None:
        """A positive integer, or None where the key is missing or null."""
        return None if self._first(names) is None else self.whole(*names)

    def real(self, *names: str, default: float, most: float = math.inf) -> float:
        """A positive number, at most `most`."""
        name = self._first(names)
        if name is None:
            return default
        value = self._plain(name)
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not 0 < value < math.inf
            or value > most
        ):
            limit = "" if most == math.inf else f" and <= {most:g}"
            self.wrong(name, f"must be a number > 0{limit} (got {quoted(value)})")
            return default
        return float(value)

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A boolean."""
        value = self._plain(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            self.wrong(name, f"must be true or false (got {quoted(value)})")
            return default
        return value

    def text(self, *names: str, default: str | None = None) -> str:
        """A word."""
        name = self._first(names)
        if name is None:
            if default is None:
                self._missing.append(names[0])
            return default or ""
        value = self._plain(name)
        if not isinstance(value, str):
            self.wrong(name, f"must be text (got {quoted(value)})")
            return default or ""
        return value

    def one_of(self, name: str, allowed: tuple[str, ...], *, default: str | None = None) -> str:
        """A word from a list."""
        value = self.text(name, default=default)
        if value and value not in allowed:
            self.wrong(
                name, f"must be one of {listed(allowed)} (got '{value}'){did_you_mean(value, allowed)}"
            )
            return allowed[0]
        return value or allowed[0]

    def items(self, name: str) -> list[Any] | None:
        """A list; None where the key is missing or null."""
        value = self._plain(name)
        if value is not None and not isinstance(value, list):
            self.wrong(name, f"must be a list (got {quoted(value)})")
            return None
        return value

    def wholes(
        self, name: str, *, default: tuple[int, ...] | None = None, least: int = 1, most: int = MOST
    ) -> tuple[int, ...]:
        """A list of integers from `least` to `most`."""
        values = self.items(name)
        if values is None:
            if default is None and name not in self:
                self._missing.append(name)
            return default or (least,)
        for value in values:
            if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
                self.wrong(name, f"must hold whole numbers from {least} to {most} (got {quoted(value)})")
                return default or (least,)
        return tuple(values) if values else default or (least,)

    def inside(self, name: str) -> Keys:
        """A nested mapping."""
        child = self.node.child(name)
        if child is None or not isinstance(child.value, dict):
            self._missing.append(name)
            child = wrapped({}, self.node.span)
        inner = Keys(child, self.problems, self._at(name))
        self._inner.append(inner)
        return inner

    def divides(self, part: int, of: int, name: str, what: str) -> None:
        """Note an error unless `part` divides `of`."""
        self.needs(of % part == 0, name, f"must divide {what} ({of}) (got {part})")

    def at_most(self, value: int, most: int, name: str, what: str) -> None:
        """Note an error if `value` is larger than `most`."""
        self.needs(value <= most, name, f"must be at most {what} ({most}) (got {value})")

    def needs(self, holds: bool, name: str, message: str) -> None:
        """Note an error unless something holds; where keys are missing, what they contradict is not known."""
        if not holds and not self._missing:
            self.wrong(name, message)

    def absent(self) -> list[str]:
        """Dotted names of all missing keys."""
        found = [self._at(name) for name in self._missing]
        for inner in self._inner:
            found += inner.absent()
        return found

    def check(self) -> None:
        """Raise everything noted so far.

        Raises
        ------
        InputError
            Missing keys, all in one message, and values that cannot be used.
        """
        missing = list(dict.fromkeys(self.absent()))
        if missing:
            keys = "key" if len(missing) == 1 else "keys"
            self.problems.add(self.node.span, f"missing {keys}: {', '.join(missing)}")
        self.problems.raise_if_any()


def keys_of(source: str | Path | dict[str, Any]) -> Keys:
    """The keys of a JSON file, or of plain data.

    Raises
    ------
    InputError
        The file cannot be read, is not JSON, or holds no mapping.
    """
    problems = Problems()
    if isinstance(source, dict):
        return Keys(wrapped(source, Span("<config>")), problems)
    path = Path(source)
    file = str(source)
    if path.is_dir():
        path = path / "config.json"
        file = str(path)
    text = read_text(path, Span(file), {})
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        where = Span(file, error.lineno, error.colno)
        raise InputError(Diagnostic(where, f"malformed JSON: {error.msg}")) from None
    # JSON is YAML, and the project's YAML reader knows places.
    node = composed(text.replace("\t", " "), file, problems)
    if not isinstance(node.value, dict):
        raise InputError(Diagnostic(node.span, "a model's configuration must be a mapping"))
    return Keys(node, problems)
