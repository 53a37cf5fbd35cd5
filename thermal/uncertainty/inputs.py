"""Uncertain inputs of a design: the entries of ``uncertainty:``, checked against what they name."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fnmatch import translate
from typing import Annotated, Literal

from pydantic import Field, model_validator

from floorplans.block import BlockKind
from floorplans.diagnostics import Path, Problems, did_you_mean, quoted
from floorplans.nodes import Node
from floorplans.overrides import looked_up
from floorplans.schema import Finite, Model, Positive, validated
from thermal.uncertainty.distribution import Distribution, Law
from thermal.uncertainty.surroundings import Surroundings

Target = Literal["set", "power", "leakage", "material"]

TARGETS: tuple[Target, ...] = ("set", "power", "leakage", "material")
LAWS: tuple[Law, ...] = ("normal", "lognormal", "uniform", "triangular")

LEAST = 0.01
"""Where a quantity that must stay positive is cut: at this part of its nominal value."""

LOST = 0.01
"""Probability of values that cannot be up to which a law is cut without being asked."""


@dataclass(frozen=True)
class Quantity:
    """What a key holds: its unit, its lower bound, and whether the bound itself is out."""

    noun: str
    unit: str
    least: float = 0.0
    positive: bool = True


FACTOR = Quantity("a factor", "")
QUANTITIES: Mapping[str, Quantity] = {
    "thickness_um": Quantity("a thickness", "µm"),
    "htc_w_m2k": Quantity("a heat-transfer coefficient", "W/(m² K)"),
    "resistance_k_w": Quantity("a thermal resistance", "K/W"),
    "contact_below_m2k_w": Quantity("a contact resistance", "m² K/W", positive=False),
    "ambient_c": Quantity("a temperature", "°C", -273.15, positive=False),
    "k_w_mk": Quantity("a conductivity", "W/(m K)"),
}
"""Keys of a design file whose value may be uncertain; those below ``power`` besides."""
LEAKAGE: Mapping[str, Quantity] = {
    "power_w": Quantity("a leakage", "W", positive=False),
    "beta_per_k": Quantity("a growth of leakage", "1/K", positive=False),
    "voltage_v": Quantity("a voltage", "V"),
}
"""The same of a block's leakage."""
WATTS = Quantity("a power", "W", positive=False)


class Normal(Model):
    """Standard deviation and, if it is not the nominal value, mean."""

    sd: Positive
    mean: Finite | None = None


class Lognormal(Model):
    """Standard deviation of the natural logarithm and, if it is not the nominal value, median."""

    sd: Positive
    median: Positive | None = None


class UncertainEntry(Model):
    """An entry of ``uncertainty:`` as it is written."""

    name: Annotated[str, Field(strict=True, min_length=1, max_length=80)] | None = None
    path: Annotated[str, Field(strict=True, min_length=1)] | None = Field(None, alias="set")
    power: Annotated[str, Field(strict=True, min_length=1)] | None = None
    leakage: Annotated[str, Field(strict=True, min_length=1)] | None = None
    material: Annotated[str, Field(strict=True, min_length=1)] | None = None
    relative: bool | None = None
    normal: Normal | None = None
    lognormal: Lognormal | None = None
    uniform: tuple[Finite, Finite] | None = None
    triangular: tuple[Finite, Finite, Finite] | None = None
    least: Finite | None = Field(None, alias="min")
    most: Finite | None = Field(None, alias="max")

    @model_validator(mode="after")
    def _check(self) -> UncertainEntry:
        _one_of("what is uncertain", TARGETS, self._wheres)
        _one_of("a distribution", LAWS, [self.normal, self.lognormal, self.uniform, self.triangular])
        if self.uniform and not self.uniform[0] < self.uniform[1]:
            raise ValueError(f"uniform: the ends must rise (got {list(self.uniform)})")
        if self.triangular:
            a, mode, b = self.triangular
            if not (a <= mode <= b and a < b):
                raise ValueError(f"triangular: lower end, mode, upper end must rise (got {[a, mode, b]})")
        if self.least is not None and self.most is not None and not self.least < self.most:
            raise ValueError(f"min must be less than max (got {self.least:g} and {self.most:g})")
        if self.path is None and self.relative is False:
            raise ValueError("power, leakage and material are varied by a factor: leave 'relative' out")
        return self

    @property
    def _wheres(self) -> tuple[str | None, ...]:
        return self.path, self.power, self.leakage, self.material

    @property
    def target(self) -> Target:
        """What kind of thing is varied."""
        return next(t for t, where in zip(TARGETS, self._wheres, strict=True) if where is not None)

    @property
    def where(self) -> str:
        """The path, pattern or name."""
        return next(where for where in self._wheres if where is not None)

    @property
    def is_factor(self) -> bool:
        """Whether the law is that of a factor on the nominal value."""
        return self.target != "set" or bool(self.relative)


def _one_of(noun: str, names: Collection[str], values: Collection[object]) -> None:
    given = [name for name, value in zip(names, values, strict=True) if value is not None]
    if not given:
        raise ValueError(f"needs {noun}: one of {', '.join(names)}")
    if len(given) > 1:
        raise ValueError(f"needs {noun}, one only: give one of {' and '.join(given)}")


@dataclass(frozen=True)
class Input:
    """An uncertain input, ready to be varied.

    Attributes
    ----------
    name
        For reports.
    target, where
        ``set`` and a dotted path, ``power`` or ``leakage`` and a block pattern or kind, ``material`` and its
        name.
    base
        Nominal value in the file's unit; 1 for all but ``set``.
    relative
        Whether the distribution is that of a factor on `base`.
    unit
        Of `base`; empty for a factor.
    distribution
        In the file's unit, or of the factor.
    blocks
        Blocks whose power or leakage is varied.
    """

    name: str
    target: Target
    where: str
    base: float
    relative: bool
    unit: str
    distribution: Distribution
    blocks: tuple[str, ...] = ()

    @property
    def nominal(self) -> float:
        """Where the distribution's variable stands in the design as it is."""
        return 1.0 if self.relative else self.base

    def value(self, x: float) -> float:
        """What the file would hold (or the factor, for powers and materials) at `x`."""
        return self.base * x if self.relative else x


def read_inputs(node: Node | None, around: Surroundings, problems: Problems) -> tuple[Input, ...]:
    """Check the section; what is wrong with it goes to `problems`."""
    if node is None:
        return ()
    if not isinstance(node.value, list):
        message = f"must be a list of inputs with their distributions (got {quoted(node.plain)})"
        problems.add(node.span, message, "uncertainty")
        return ()
    if not node.value:
        problems.add(node.span, "is empty: list an input, or leave the key out", "uncertainty")
    found: dict[str, Input] = {}
    for position, child in enumerate(node.value):
        path: Path = ("uncertainty", position)
        entry = validated(UncertainEntry, child, path, problems)
        read = _Reader(child, path, around, problems).read(entry) if entry is not None else None
        if read is None:
            continue
        if read.name in found:
            problems.add(child.span, f"a second input is called '{read.name}'", path)
        found[read.name] = read
    return tuple(found.values())


class _Reader:
    """One entry against the design it belongs to."""

    def __init__(self, node: Node, path: Path, around: Surroundings, problems: Problems) -> None:
        self._node, self._path, self._around, self._problems = node, path, around, problems

    def read(self, entry: UncertainEntry) -> Input | None:
        quantity, base = FACTOR, 1.0
        blocks: tuple[str, ...] = ()
        if entry.target == "set":
            found = self._value(entry)
            if found is None:
                return None
            quantity, base = found
        elif entry.target != "material":
            matched = self._blocks(entry.target, entry.where)
            if not matched:
                return None
            # In an idle scenario some dissipate nothing: a factor then changes nothing, which is no mistake.
            given = self._around.power if entry.target == "power" else self._around.leakage
            blocks = tuple(name for name in matched if name in given)
        elif entry.where not in self._around.materials and not self._around.known(entry.where):
            near = did_you_mean(entry.where, self._around.materials)
            self._add("material", f"unknown material '{entry.where}'{near}")
            return None
        law = self._law(entry, quantity, base)
        if law is None:
            return None
        unit = "" if entry.target != "set" else quantity.unit
        name = entry.name or entry.where
        return Input(name, entry.target, entry.where, base, entry.is_factor, unit, law, blocks)

    def _add(self, key: str, message: str) -> None:
        child = self._node.child(key)
        self._problems.add(child.span if child else self._node.span, message, (*self._path, key))

    def _value(self, entry: UncertainEntry) -> tuple[Quantity, float] | None:
        try:
            node = looked_up(self._around.root, entry.where)
        except LookupError as error:
            self._add("set", str(error.args[0]))
            return None
        quantity = quantity_at(entry.where)
        if quantity is None:
            allowed = ", ".join(QUANTITIES)
            self._add(
                "set", f"'{entry.where}' cannot be uncertain here; what can: {allowed}, and watts below power"
            )
            return None
        value = node.value
        if isinstance(value, bool) or not isinstance(value, int | float):
            hint = "; vary the material as a whole (material: NAME)" if isinstance(value, list) else ""
            self._add("set", f"'{entry.where}' is no single number (it is {quoted(node.plain)}){hint}")
            return None
        if entry.relative and quantity.unit == "°C":
            self._add("relative", "a temperature in °C has no meaningful factor: give its distribution in °C")
            return None
        return quantity, float(value)

    def _blocks(self, key: Target, pattern: str) -> list[str]:
        kinds = self._around.kinds
        if pattern in [kind.value for kind in BlockKind]:
            matched = [name for name in kinds if kinds[name] == pattern]
        else:
            match = re.compile(translate(pattern)).match
            matched = [name for name in kinds if match(name)]
        if not matched:
            near = did_you_mean(pattern, [*kinds, *(kind.value for kind in BlockKind)])
            self._add(key, f"no block, and no kind of block, matches '{pattern}'{near}")
        return matched

    def _law(self, entry: UncertainEntry, quantity: Quantity, base: float) -> Distribution | None:
        nominal = 1.0 if entry.is_factor else base
        law, parameters = _parameters(entry, nominal)
        if law == "lognormal" and not parameters[0] > 0.0:
            self._add(law, f"needs a positive nominal value or median (got {parameters[0]:g})")
            return None
        floor = 0.0 if entry.is_factor else quantity.least
        if quantity.positive and nominal > 0.0:
            floor = LEAST * nominal
        low = floor if entry.least is None else entry.least
        uncut = Distribution(law, parameters)
        problem = self._unphysical(entry, quantity, uncut, low)
        if problem:
            self._add(law, problem)
            return None
        cut = Distribution(law, parameters, low, math.inf if entry.most is None else entry.most)
        if not cut.kept[1] - cut.kept[0] > 1e-6:
            self._add(law, "nothing of it lies between min and max")
            return None
        return cut

    def _unphysical(self, entry: UncertainEntry, quantity: Quantity, law: Distribution, low: float) -> str:
        least = 0.0 if entry.is_factor else quantity.least
        unit = f" {quantity.unit}" if quantity.unit and not entry.is_factor else ""
        sign = ">" if quantity.positive else ">="
        must = f"but {FACTOR.noun if entry.is_factor else quantity.noun} must be {sign} {least:g}{unit}"
        if entry.least is not None:
            wrong = entry.least <= least if quantity.positive else entry.least < least
            return f"min is {entry.least:g}{unit}, {must}" if wrong else ""
        if law.law in ("uniform", "triangular"):
            end = law.parameters[0]
            wrong = end <= least if quantity.positive else end < least
            return f"reaches {end:g}{unit}, {must}" if wrong else ""
        lost = law.below(low)
        if lost <= LOST:
            return ""
        advice = "use lognormal, a smaller sd, or min"
        return f"{100.0 * lost:.2g} % of it lies below {low:g}{unit}, {must}; {advice}"


def quantity_at(path: str) -> Quantity | None:
    """What the value at a dotted path is; None if it may not be varied."""
    steps = path.split(".")
    if steps[0] == "power" and len(steps) > 1:
        return WATTS
    if steps[0] == "leakage":
        return LEAKAGE.get(steps[-1])
    for key in steps[-1:] + (steps[-2:-1] if steps[-1].isdecimal() else []):
        if key in QUANTITIES:
            return QUANTITIES[key]
    return None


def _parameters(entry: UncertainEntry, nominal: float) -> tuple[Law, tuple[float, ...]]:
    if entry.normal is not None:
        mean = nominal if entry.normal.mean is None else entry.normal.mean
        return "normal", (mean, entry.normal.sd)
    if entry.lognormal is not None:
        median = nominal if entry.lognormal.median is None else entry.lognormal.median
        return "lognormal", (median, entry.lognormal.sd)
    if entry.uniform is not None:
        return "uniform", entry.uniform
    assert entry.triangular is not None
    return "triangular", entry.triangular


def described(item: Input) -> str:
    """The distribution in words: ``normal, sd 8 µm``, ``uniform 85 … 115 %``."""
    law, p = item.distribution.law, item.distribution.parameters
    size, unit = (100.0, " %") if item.relative else (1.0, f" {item.unit}" if item.unit else "")
    shown = [f"{size * v:.4g}" for v in p]
    elsewhere = "" if p[0] == item.nominal else f" about {shown[0]}{unit}"
    if law == "normal":
        return f"normal{elsewhere}, sd {shown[1]}{' K' if item.unit == '°C' else unit}"
    if law == "lognormal":
        return f"lognormal{elsewhere}, sd of ln {p[1]:.3g}"
    return f"{law} {' … '.join(shown)}{unit}"
