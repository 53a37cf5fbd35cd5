"""A material as it is written in a file: `materials:` of a design, and the shipped library."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, TypeAdapter, model_validator

from floorplans import effective
from floorplans.composite import AnyComposite, Composite, CompositeLaw, Path
from floorplans.conductivity import ROOM_TEMPERATURE, ZERO_CELSIUS, ConductivityLaw, PowerLaw, TableLaw
from floorplans.diagnostics import did_you_mean
from floorplans.material import Material, MaterialError, library
from floorplans.schema import Finite, Model, Positive

Celsius = Annotated[Finite, Field(gt=-ZERO_CELSIUS)]
REFERENCE_C = ROOM_TEMPERATURE - ZERO_CELSIUS

# A table and a stated k may differ by the rounding of either.
_AGREEMENT = 0.02


_NUMBER = TypeAdapter[float](Positive)


def _three(value: object) -> object:
    """One number stands for all three axes, and is complained of once."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return (_NUMBER.validate_python(value),) * 3
    if not isinstance(value, list | tuple) or len(value) != 3:
        raise ValueError("give one number, or three for x, y and z (z through the plane)")
    return value


Triple = Annotated[tuple[Positive, Positive, Positive], BeforeValidator(_three)]


class PowerLawEntry(Model):
    """`power: {exponent, reference_c, range_c}`: k(T) = k_w_mk (T / reference)^-exponent, T in kelvin."""

    exponent: Finite
    reference_c: Celsius = REFERENCE_C
    range_c: tuple[Celsius, Celsius] | None = None


class LawEntry(Model):
    """`k_law:` either `power` or `table: [[T_c, k], …]`; `reference_c` is where `k_w_mk` holds."""

    power: PowerLawEntry | None = None
    table: tuple[tuple[Celsius, Positive], ...] | None = None
    reference_c: Celsius | None = None

    @model_validator(mode="after")
    def _check(self) -> LawEntry:
        if (self.power is None) == (self.table is None):
            raise ValueError("give either 'power: {exponent, reference_c}' or 'table: [[T_c, k], ...]'")
        if self.power is not None and self.reference_c is not None:
            raise ValueError("reference_c of a power law goes inside 'power'")
        self.law()
        return self

    def law(self) -> ConductivityLaw:
        """The law in kelvin."""
        if self.power is not None:
            power, valid = self.power, (0.0, float("inf"))
            if power.range_c is not None:
                valid = (power.range_c[0] + ZERO_CELSIUS, power.range_c[1] + ZERO_CELSIUS)
            return PowerLaw(power.exponent, power.reference_c + ZERO_CELSIUS, valid)
        rows = self.table or ()
        reference = REFERENCE_C if self.reference_c is None else self.reference_c
        return TableLaw(
            tuple(t + ZERO_CELSIUS for t, _ in rows), tuple(k for _, k in rows), reference + ZERO_CELSIUS
        )


class MaterialEntry(Model):
    """One entry of `materials:`: stated values, or `composite:` with a formula and its inputs.

    `k_w_mk` is a number where the material is isotropic, otherwise kx, ky, kz with z through the plane; it
    holds at 300 K unless `k_law` names another reference, and may be left out beside a table.
    """

    k_w_mk: Triple | None = None
    density_kg_m3: Positive | None = None
    specific_heat_j_kgk: Positive | None = None
    k_law: LawEntry | None = None
    composite: AnyComposite | None = None
    source: str = "stated in the design"
    category: str = "own"
    confidence: Literal["high", "medium", "low"] | None = None

    @model_validator(mode="after")
    def _check(self) -> MaterialEntry:
        if self.composite is not None:
            self._check_composite()
        else:
            self._check_stated()
        return self

    def _check_composite(self) -> None:
        given = [
            key
            for key in ("k_w_mk", "density_kg_m3", "specific_heat_j_kgk", "k_law")
            if getattr(self, key) is not None
        ]
        if given:
            raise ValueError(
                f"a composite gets its values from its constituents: leave out {', '.join(given)}"
            )

    def _check_stated(self) -> None:
        missing = [key for key in ("density_kg_m3", "specific_heat_j_kgk") if getattr(self, key) is None]
        law = None if self.k_law is None else self.k_law.law()
        if self.k_w_mk is None and not isinstance(law, TableLaw):
            missing.insert(0, "k_w_mk")
        if missing:
            raise ValueError(f"a material needs {', '.join(missing)}, or 'composite: {{formula: ...}}'")
        if isinstance(law, TableLaw) and self.k_w_mk is not None and len(set(self.k_w_mk)) == 1:
            stated, table = self.k_w_mk[0], law.at_reference
            if abs(stated - table) > _AGREEMENT * table:
                raise ValueError(
                    f"k_w_mk is {stated:g} but the table gives {table:.6g} at "
                    f"{law.reference - ZERO_CELSIUS:g} degC: make them agree, or leave k_w_mk out"
                )

    def material(self, name: str, find: Callable[[str], Material] | None = None) -> Material:
        """The material this entry describes.

        Parameters
        ----------
        name
            Its name.
        find
            Gives a constituent of a composite by name; the shipped library where left out.

        Raises
        ------
        MaterialError
            A constituent is unknown, or the formula does not take it.
        """
        if self.composite is not None:
            return self._blend(name, self.composite, find or _shipped)
        law = None if self.k_law is None else self.k_law.law()
        k = self.k_w_mk
        if k is None:
            k = (law.at_reference,) * 3 if isinstance(law, TableLaw) else None
        if k is None or self.density_kg_m3 is None or self.specific_heat_j_kgk is None:
            raise MaterialError("needs k_w_mk, density_kg_m3 and specific_heat_j_kgk", (name,))
        return self._named(name, k, self.density_kg_m3, self.specific_heat_j_kgk, law)

    def _blend(self, name: str, composite: Composite, find: Callable[[str], Material]) -> Material:
        parts = {constituent: find(constituent) for _, constituent in composite.names()}
        names, shares = zip(*composite.shares(), strict=True)
        density = [parts[part].density for part in names]
        heat = [parts[part].specific_heat for part in names]
        try:
            x, y, z = composite.conductivity(lambda part: parts[part].conductivity(ROOM_TEMPERATURE))
        except ValueError as error:
            raise MaterialError(str(error), (name, "composite")) from None
        law = CompositeLaw(composite, tuple(parts.values())) if any(p.k_law for p in parts.values()) else None
        return self._named(
            name,
            (float(x), float(y), float(z)),
            effective.mixture_density(shares, density),
            effective.mixture_specific_heat(shares, density, heat),
            law,
            str(composite),
        )

    def _named(
        self,
        name: str,
        k: tuple[float, float, float],
        density: float,
        heat: float,
        law: ConductivityLaw | None,
        composition: str = "",
    ) -> Material:
        return Material(
            name, k, density, heat, self.source, self.category, law, self.confidence or "", composition
        )


def resolved(
    entries: Mapping[str, MaterialEntry], known: Mapping[str, Material] | None = None
) -> tuple[dict[str, Material], list[MaterialError]]:
    """The materials that `entries` describe, by name, and what is wrong with the others.

    Constituents of composites are looked up among `entries` first, then in `known` (the shipped library where
    left out). A composite of a wrong constituent is left out without an error of its own. The `path` of an
    error leads from the material's name to the offending key.
    """
    work = _Resolution(entries, library() if known is None else known)
    made = {name: work.find(name, ()) for name in entries}
    return {name: material for name, material in made.items() if material is not None}, work.errors


@dataclass(slots=True)
class _Resolution:
    """Entries turned into materials, constituents first."""

    entries: Mapping[str, MaterialEntry]
    known: Mapping[str, Material]
    errors: list[MaterialError] = field(default_factory=list)
    done: dict[str, Material | None] = field(default_factory=dict)

    def find(self, name: str, chain: tuple[str, ...]) -> Material | None:
        """The material of a known name; `chain` are the composites it is a constituent of."""
        if name not in self.entries:
            return self.known[name]
        if name not in self.done:
            self.done[name] = self._made(name, (*chain, name))
        return self.done[name]

    def _made(self, name: str, chain: tuple[str, ...]) -> Material | None:
        composite = self.entries[name].composite
        parts: dict[str, Material] = {}
        complete = True
        for path, part in composite.names() if composite is not None else ():
            found = self._constituent(part, chain, (name, "composite", *path))
            if found is None:
                complete = False
            else:
                parts[part] = found
        if not complete:
            return None
        try:
            return self.entries[name].material(name, parts.__getitem__)
        except MaterialError as error:
            self.errors.append(error)
            return None

    def _constituent(self, part: str, chain: tuple[str, ...], where: Path) -> Material | None:
        if part in chain:
            cycle = " -> ".join((*chain[chain.index(part) :], part))
            self.errors.append(MaterialError(f"'{part}' is made of itself: {cycle}", where))
            return None
        if part not in self.entries and part not in self.known:
            near = did_you_mean(part, (*self.entries, *self.known))
            self.errors.append(MaterialError(f"unknown material '{part}'{near}", where))
            return None
        return self.find(part, chain)


def _shipped(name: str) -> Material:
    """A material of the library."""
    materials = library()
    if name not in materials:
        raise MaterialError(f"unknown material '{name}'{did_you_mean(name, materials)}")
    return materials[name]
