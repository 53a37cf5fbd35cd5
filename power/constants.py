"""Constants of the power model: each with unit, bounds, confidence and source; any can be overridden."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from floorplans.diagnostics import Diagnostic, InputError, Problems, did_you_mean, listed
from floorplans.schema import Finite, Model, validated
from floorplans.source import read_source

CONSTANTS_FILE = Path(__file__).with_name("constants.yaml")
"""The shipped constants."""

Confidence = Literal["measured", "high", "medium", "low", "derived", "user"]


@dataclass(frozen=True, slots=True)
class Constant:
    """One number that the model is built on.

    Parameters
    ----------
    name
        Name under which hardware files refer to it.
    value
        In `unit`.
    unit
        SI, ``1`` for a ratio.
    low, high
        Bounds of what is plausible; equal to `value` where none are known.
    confidence
        ``measured``, ``high``, ``medium``, ``low``, ``derived`` (fitted to measurements), or ``user``.
    source
        Where it is from.
    """

    name: str
    value: float
    unit: str
    low: float
    high: float
    confidence: Confidence
    source: str

    @property
    def uncertain(self) -> bool:
        """Whether it has bounds."""
        return self.low < self.high


class _Entry(Model):
    value: Finite
    unit: Annotated[str, Field(min_length=1)]
    low: Finite | None = None
    high: Finite | None = None
    confidence: Confidence
    source: Annotated[str, Field(min_length=1)]


class Constants(Mapping[str, Constant]):
    """Constants by name; immutable.

    Parameters
    ----------
    constants
        By name.
    """

    __slots__ = ("_constants",)

    def __init__(self, constants: Mapping[str, Constant]) -> None:
        self._constants = dict(constants)

    def __getitem__(self, name: str) -> Constant:
        return self._constants[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._constants)

    def __len__(self) -> int:
        return len(self._constants)

    def __hash__(self) -> int:
        return hash(tuple(self._constants.values()))

    def __repr__(self) -> str:
        return f"Constants({len(self)})"

    def value(self, name: str) -> float:
        """The number called `name`.

        Raises
        ------
        InputError
            There is none; the message names the nearest.
        """
        if name not in self._constants:
            near = did_you_mean(name, self) or f" (known: {listed(list(self))})"
            raise InputError(Diagnostic(None, f"unknown constant '{name}'{near}"))
        return self._constants[name].value

    def with_(self, values: Mapping[str, float], source: str = "given by the user") -> Constants:
        """The same constants with some values replaced; bounds that exclude the new value widen to it.

        Raises
        ------
        InputError
            Names that are no constants, all at once.
        """
        unknown = [name for name in values if name not in self]
        if unknown:
            raise InputError(
                Diagnostic(None, f"unknown constant '{name}'{did_you_mean(name, self)}") for name in unknown
            )
        changed = {
            name: replace(
                self[name],
                value=float(value),
                low=min(self[name].low, float(value)),
                high=max(self[name].high, float(value)),
                confidence="user",
                source=source,
            )
            for name, value in values.items()
        }
        return Constants({**self._constants, **changed})


@cache
def shipped_constants() -> Constants:
    """The constants that come with the distribution."""
    return read_constants(CONSTANTS_FILE)


def read_constants(path: str | Path) -> Constants:
    """Read a file of constants in the schema of the shipped one.

    Raises
    ------
    InputError
        With everything that is wrong.
    """
    source = read_source(path)
    problems = Problems(source.diagnostics)
    found: dict[str, Constant] = {}
    nodes = source.root.value if isinstance(source.root.value, dict) else {}
    for name, node in nodes.items():
        entry = validated(_Entry, node, (name,), problems)
        if entry is None:
            continue
        low = entry.value if entry.low is None else entry.low
        high = entry.value if entry.high is None else entry.high
        if not low <= entry.value <= high:
            problems.add(node.span, f"value must lie between low and high (got {entry.value:g})", (name,))
        found[name] = Constant(name, entry.value, entry.unit, low, high, entry.confidence, entry.source)
    problems.raise_if_any()
    return Constants(found)
