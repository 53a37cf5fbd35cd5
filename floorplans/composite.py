"""Composites as a file states them: a formula of `effective`, its inputs, the names of its constituents."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from floorplans import effective
from floorplans.conductivity import Conductivity, Values
from floorplans.material import Material
from floorplans.schema import Finite, Model, Positive

Share = Annotated[Finite, Field(ge=0, le=1)]
Count = Annotated[int, Field(strict=True, ge=1)]
Path = tuple[str | int, ...]
Lookup = Callable[[str], Conductivity]


class Composite(Model):
    """A `composite:` entry. What each needs: the names it uses, their shares, and the formula."""

    @abstractmethod
    def names(self) -> Iterator[tuple[Path, str]]:
        """Constituents and where each is named."""

    @abstractmethod
    def shares(self) -> list[tuple[str, float]]:
        """Constituents and their shares of the volume, adding up to 1."""

    @abstractmethod
    def conductivity(self, k: Lookup) -> Conductivity:
        """Conductivity of the composite [W/(m K)], given that of a constituent by name."""

    @abstractmethod
    def __str__(self) -> str: ...


class Spheres(Composite):
    """`{formula: spheres, inclusion, matrix, fraction}`: filler in a resin (`effective.spheres`)."""

    formula: Literal["spheres"]
    inclusion: str
    matrix: str
    fraction: Share

    def names(self) -> Iterator[tuple[Path, str]]:
        """Constituents and where each is named."""
        yield ("inclusion",), self.inclusion
        yield ("matrix",), self.matrix

    def shares(self) -> list[tuple[str, float]]:
        """Constituents and their shares of the volume."""
        return [(self.inclusion, self.fraction), (self.matrix, 1.0 - self.fraction)]

    def conductivity(self, k: Lookup) -> Conductivity:
        """Maxwell-Eucken, the same along all axes."""
        value = effective.spheres(_isotropic(k, self.matrix), _isotropic(k, self.inclusion), self.fraction)
        return value, value, value

    def __str__(self) -> str:
        return f"spheres: {_percent(self.fraction)} {self.inclusion} in {self.matrix}"


class Liner(Model):
    """Coat around each cylinder, outside its diameter."""

    material: str
    thickness_um: Positive


class Cylinders(Composite):
    """`{formula: cylinders, inclusion, matrix, diameter_um, pitch_um, arrangement, liner}`, upright columns.

    `fraction` stands in for diameter and pitch where only the area share is known.
    """

    formula: Literal["cylinders"]
    inclusion: str
    matrix: str
    diameter_um: Positive | None = None
    pitch_um: Positive | None = None
    fraction: Share | None = None
    arrangement: effective.Arrangement = "square"
    liner: Liner | None = None

    @model_validator(mode="after")
    def _check(self) -> Cylinders:
        if self.fraction is None and (self.diameter_um is None or self.pitch_um is None):
            raise ValueError("cylinders need 'diameter_um' and 'pitch_um', or 'fraction'")
        if self.fraction is not None and (self.diameter_um is not None or self.pitch_um is not None):
            raise ValueError("cylinders take 'diameter_um' and 'pitch_um' or 'fraction', not both")
        if self.fraction is not None and self.liner is not None:
            raise ValueError("a liner needs 'diameter_um' and 'pitch_um' instead of 'fraction'")
        largest = effective.MAX_SHARE[self.arrangement]
        if self._outer() > largest:
            raise ValueError(
                f"cylinders take {_percent(self._outer())} of the area, and the formula for the "
                f"{self.arrangement} arrangement holds up to {_percent(largest)}"
            )
        return self

    def _outer(self) -> float:
        """Area share of the columns with their liner."""
        if self.diameter_um is None or self.pitch_um is None:
            return self.fraction or 0.0
        liner = 0.0 if self.liner is None else 2.0 * self.liner.thickness_um
        return effective.array_share(self.diameter_um + liner, self.pitch_um, self.arrangement)

    def _core(self) -> float:
        """Share of the inclusion in the section of a column with its liner."""
        if self.liner is None or self.diameter_um is None:
            return 1.0
        return (self.diameter_um / (self.diameter_um + 2.0 * self.liner.thickness_um)) ** 2

    def names(self) -> Iterator[tuple[Path, str]]:
        """Constituents and where each is named."""
        yield ("inclusion",), self.inclusion
        yield ("matrix",), self.matrix
        if self.liner is not None:
            yield ("liner", "material"), self.liner.material

    def shares(self) -> list[tuple[str, float]]:
        """Constituents and their shares of the volume."""
        outer, core = self._outer(), self._core()
        parts = [(self.inclusion, outer * core), (self.matrix, 1.0 - outer)]
        return parts if self.liner is None else [*parts, (self.liner.material, outer * (1.0 - core))]

    def conductivity(self, k: Lookup) -> Conductivity:
        """Rayleigh or assemblage across, rule of mixtures along; a column with liner acts as one cylinder."""
        across, along = _round(k, self.inclusion)
        if self.liner is not None:
            coat = _isotropic(k, self.liner.material)
            across = effective.coated_cylinder(across, coat, self._core())[0]
            along = effective.coated_cylinder(along, coat, self._core())[1]
        plane, up = _round(k, self.matrix)
        outer = self._outer()
        x = effective.cylinders_across(plane, across, outer, self.arrangement)
        return x, x, effective.parallel((outer, 1.0 - outer), (along, up))

    def __str__(self) -> str:
        if self.diameter_um is None or self.pitch_um is None:
            size = _percent(self.fraction or 0.0)
        else:
            size = f"d {self.diameter_um:g} um at {self.pitch_um:g} um pitch"
        liner = "" if self.liner is None else f", liner {self.liner.thickness_um:g} um {self.liner.material}"
        return f"cylinders ({self.arrangement}): {self.inclusion} {size}{liner} in {self.matrix}"


class LaminateLayer(Model):
    """One layer of a laminate, `count` times."""

    material: str
    thickness_um: Positive
    count: Count = 1


class Laminate(Composite):
    """`{formula: laminate, layers: [{material, thickness_um, count}]}`, in any order."""

    formula: Literal["laminate"]
    layers: Annotated[tuple[LaminateLayer, ...], Field(min_length=1)]

    def names(self) -> Iterator[tuple[Path, str]]:
        """Constituents and where each is named."""
        for index, layer in enumerate(self.layers):
            yield ("layers", index, "material"), layer.material

    def shares(self) -> list[tuple[str, float]]:
        """Constituents and their shares of the volume."""
        total = math.fsum(layer.thickness_um * layer.count for layer in self.layers)
        return [(layer.material, layer.thickness_um * layer.count / total) for layer in self.layers]

    def conductivity(self, k: Lookup) -> Conductivity:
        """Side by side in the plane, one after the other upright."""
        thicknesses = [layer.thickness_um * layer.count for layer in self.layers]
        return effective.laminate(thicknesses, [k(layer.material) for layer in self.layers])

    def __str__(self) -> str:
        parts = (
            f"{layer.count} x {layer.thickness_um:g} um {layer.material}"
            if layer.count > 1
            else f"{layer.thickness_um:g} um {layer.material}"
            for layer in self.layers
        )
        return "laminate: " + " + ".join(parts)


class Level(Model):
    """One level of an interconnect stack, `count` times; its own metal or dielectric replaces the stack's."""

    kind: Literal["wires", "sheet", "vias"]
    thickness_um: Positive
    metal_fraction: Share
    count: Count = 1
    direction: effective.Direction = "both"
    metal: str | None = None
    dielectric: str | None = None


class Interconnect(Composite):
    """`{formula: interconnect, metal, dielectric, levels: […]}`: a BEOL, a substrate, a board.

    Each level by `effective.wires`, `sheet` or `vias`; the levels as a laminate. That supposes flat isotherms
    between levels: the through-plane value is an upper estimate for the stated share of landed vias.
    """

    formula: Literal["interconnect"]
    metal: str
    dielectric: str
    levels: Annotated[tuple[Level, ...], Field(min_length=1)]

    def names(self) -> Iterator[tuple[Path, str]]:
        """Constituents and where each is named."""
        yield ("metal",), self.metal
        yield ("dielectric",), self.dielectric
        for index, level in enumerate(self.levels):
            if level.metal is not None:
                yield ("levels", index, "metal"), level.metal
            if level.dielectric is not None:
                yield ("levels", index, "dielectric"), level.dielectric

    def shares(self) -> list[tuple[str, float]]:
        """Constituents and their shares of the volume."""
        total = math.fsum(level.thickness_um * level.count for level in self.levels)
        parts = []
        for level in self.levels:
            share = level.thickness_um * level.count / total
            parts.append((level.metal or self.metal, share * level.metal_fraction))
            parts.append((level.dielectric or self.dielectric, share * (1.0 - level.metal_fraction)))
        return parts

    def conductivity(self, k: Lookup) -> Conductivity:
        """The laminate of its levels."""
        thicknesses = [level.thickness_um * level.count for level in self.levels]
        return effective.laminate(thicknesses, [self._level(level, k) for level in self.levels])

    def _level(self, level: Level, k: Lookup) -> Conductivity:
        metal = _isotropic(k, level.metal or self.metal)
        plane, up = _round(k, level.dielectric or self.dielectric)
        share = level.metal_fraction
        if level.kind == "wires":
            x, y, _ = effective.wires(metal, plane, share, level.direction)
        else:
            x, y, _ = (effective.sheet if level.kind == "sheet" else effective.vias)(metal, plane, share)
        return x, y, effective.parallel((share, 1.0 - share), (metal, up))

    def __str__(self) -> str:
        parts = (
            f"{level.count} x {level.thickness_um:g} um {level.kind} {_percent(level.metal_fraction)}"
            + (f" {level.metal}" if level.metal else "")
            + (f" in {level.dielectric}" if level.dielectric else "")
            for level in self.levels
        )
        return f"interconnect: {self.metal} in {self.dielectric}, " + " + ".join(parts)


FORMULAS: dict[str, type[Composite]] = {
    "spheres": Spheres,
    "cylinders": Cylinders,
    "laminate": Laminate,
    "interconnect": Interconnect,
}


def _chosen(value: Any) -> Any:
    """The model of the formula named; chosen by hand to keep the model's name out of the path of an error."""
    formula = value.get("formula") if isinstance(value, dict) else None
    if not isinstance(formula, str) or formula not in FORMULAS:
        given = "none" if formula is None else f"'{formula}'"
        raise ValueError(f"needs 'formula', one of {', '.join(FORMULAS)} (got {given}), and its inputs")
    return FORMULAS[formula].model_validate(value)


AnyComposite = Annotated[Composite, BeforeValidator(_chosen)]
"""Field type of `composite:`."""


@dataclass(frozen=True, slots=True)
class CompositeLaw:
    """The formula again at each temperature, with what its constituents conduct there."""

    composite: Composite
    parts: tuple[Material, ...]

    @property
    def valid(self) -> tuple[float, float]:
        """Temperatures [K] at which all constituents are known."""
        ranges = [part.k_law.valid for part in self.parts if part.k_law is not None]
        low = max((bounds[0] for bounds in ranges), default=0.0)
        return low, min((bounds[1] for bounds in ranges), default=math.inf)

    def conductivity(self, k: tuple[float, float, float], temperature: Values) -> Conductivity:  # noqa: ARG002
        """Conductivity [W/(m K)] along x, y, z at `temperature` [K]."""
        by_name = {part.name: part for part in self.parts}
        return self.composite.conductivity(lambda name: by_name[name].conductivity(temperature))

    def __str__(self) -> str:
        return "from its constituents"


def _isotropic(k: Lookup, name: str) -> Values:
    """Conductivity of a constituent that the formula needs isotropic."""
    x, y, z = k(name)
    if _differ(x, y) or _differ(x, z):
        raise ValueError(
            f"the formula needs an isotropic constituent and '{name}' conducts unlike along its axes"
        )
    return x


def _round(k: Lookup, name: str) -> tuple[Values, Values]:
    """Conductivity in the plane and upright of a constituent that the formula needs alike along x and y."""
    x, y, z = k(name)
    if _differ(x, y):
        raise ValueError(f"the formula needs constituents alike along x and y, which '{name}' is not")
    return x, z


def _differ(one: Values, other: Values) -> bool:
    if isinstance(one, float | int) and isinstance(other, float | int):
        return one != other
    return False


def _percent(share: float) -> str:
    return f"{100.0 * share:.3g} %"
