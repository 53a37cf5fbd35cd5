"""Power, limits and matched pairs: numbers given to blocks, layers and kinds by name."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from fnmatch import translate
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from floorplans.addresses import Addresses
from floorplans.block import BlockKind
from floorplans.diagnostics import Problems, did_you_mean, quoted
from floorplans.nodes import Node
from floorplans.schema import Celsius, NonNegative, said, validated
from power.leakage import Leakage
from power.leakage_entry import LeakageEntry
from power.powermap import PowerMap

T = TypeVar("T")

SUGGESTIONS = 50
"""Unknown names for which the nearest known one is sought; among ten thousand blocks each takes a while."""

_HELD = {"leakage": "leakage laws"}

_WATTS: TypeAdapter[float] = TypeAdapter(NonNegative)
_CELSIUS: TypeAdapter[float] = TypeAdapter(Celsius)


class References:
    """Reads what refers to blocks and layers.

    Parameters
    ----------
    problems
        Receives every error.
    addresses
        What can be named.
    complete
        False if a floorplan file could not be read; then nothing is called unknown.
    """

    def __init__(self, problems: Problems, addresses: Addresses, *, complete: bool) -> None:
        self._problems, self._addresses, self._complete = problems, addresses, complete
        self._unknown_names = 0

    def power(self, node: Node | None) -> PowerMap | None:
        """Watts by block address.

        A name with ``*`` or ``?`` gives its watts to each block it matches. A block's own name wins over
        patterns, of patterns the later one.
        """

        def watts(name: str, child: Node) -> float | None:
            return self._number(_WATTS, child, ("power", name))

        return PowerMap(self._by_block(node, "power", watts))

    def leakage(self, node: Node | None) -> dict[str, Leakage]:
        """What each block leaks, by address; names as in `power`."""

        def law(name: str, child: Node) -> Leakage | None:
            entry = validated(LeakageEntry, child, ("leakage", name), self._problems)
            return None if entry is None else entry.leakage()

        return self._by_block(node, "leakage", law)

    def _by_block(self, node: Node | None, key: str, read: Callable[[str, Node], T | None]) -> dict[str, T]:
        """Values by block address. A block's own name wins over patterns, of patterns the later one."""
        named: dict[str, T] = {}
        matched: dict[str, T] = {}
        for name, child in self._entries(node, key):
            value = read(name, child)
            found = self._matches(name)
            if not found:
                self._check(name, node, self._addresses.blocks, "block", key)
                found = [name]
            if value is not None:
                (named if found == [name] else matched).update(dict.fromkeys(found, value))
        return matched | named

    def _matches(self, pattern: str) -> list[str]:
        """Blocks that `pattern` stands for, itself if it is one of them."""
        if pattern in self._addresses.blocks or not any(sign in pattern for sign in "*?"):
            return [pattern] if pattern in self._addresses.blocks else []
        match = re.compile(translate(pattern)).match
        return [address for address in self._addresses.blocks if match(address)]

    def limits(self, node: Node | None) -> dict[str, float]:
        """Highest temperature [K] by kind, layer or block address."""
        options = [*(kind.value for kind in BlockKind), *self._addresses.layers, *self._addresses.blocks]
        limits = {}
        for name, child in self._entries(node, "limits"):
            if name in list(BlockKind) and name in self._addresses.layers and node is not None:
                message = f"'{name}' is both a kind of block and a layer; give the layer another name"
                self._problems.add(node.keys.get(name, node.span), message, ("limits", name))
            self._check(name, node, options, "block kind, layer or block", "limits")
            value = self._number(_CELSIUS, child, ("limits", name))
            if value is not None:
                limits[name] = value
        return limits

    def pairs(self, node: Node | None) -> tuple[tuple[str, str], ...]:
        """Pairs of block addresses."""
        if node is None or node.value is None:
            return ()
        if not isinstance(node.value, list):
            message = f"must be a list of pairs of blocks (got {quoted(node.plain)})"
            self._problems.add(node.span, message, "matched_pairs")
            return ()
        pairs = []
        for position, child in enumerate(node.value):
            pair = child.plain
            path = ("matched_pairs", position)
            if (
                not isinstance(pair, list)
                or len(pair) != 2
                or not all(isinstance(name, str) for name in pair)
            ):
                message = f"must be two block addresses, [soc0/a, soc0/b] (got {quoted(pair)})"
                self._problems.add(child.span, message, path)
                continue
            if pair[0] == pair[1]:
                self._problems.add(child.span, f"pairs '{pair[0]}' with itself", path)
            for place, name in enumerate(pair):
                if message := self._unknown(name, self._addresses.blocks, "block"):
                    step = child.child(place) or child
                    self._problems.add(step.span, message, (*path, place))
            pairs.append((pair[0], pair[1]))
        return tuple(pairs)

    def _entries(self, node: Node | None, key: str) -> Iterable[tuple[str, Node]]:
        if node is None or node.value is None:
            return ()
        if not isinstance(node.value, dict):
            self._problems.add(
                node.span,
                f"must be a mapping of names to {_HELD.get(key, 'numbers')} (got {quoted(node.plain)})",
                key,
            )
            return ()
        return node.value.items()

    def _check(self, name: str, node: Node | None, options: Collection[str], noun: str, key: str) -> None:
        message = self._unknown(name, options, noun)
        if message and node is not None:
            self._problems.add(node.keys.get(name, node.span), message, (key, name))

    def _unknown(self, name: str, options: Collection[str], noun: str) -> str:
        if not self._complete or name in options or self._addresses.unsettled(name):
            return ""
        if noun == "block" and any(sign in name for sign in "*?"):
            return f"no block matches '{name}'"
        self._unknown_names += 1
        near = did_you_mean(name, options) if self._unknown_names <= SUGGESTIONS else ""
        return f"unknown {noun} '{name}'{near or '; blocks are addressed chiplet/block'}"

    def _number(self, adapter: TypeAdapter[float], node: Node, path: tuple[str, str]) -> float | None:
        try:
            return adapter.validate_python(node.plain)
        except ValidationError as error:
            found = error.errors(include_url=False)[0]
            self._problems.add(node.span, f"{said(found)} (got {quoted(node.plain)})", path)
            return None
