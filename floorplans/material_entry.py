"""A material as it is written in a file: `materials:` of a design, and the shipped library."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, FiniteFloat, model_validator

from floorplans.conductivity import ZERO_CELSIUS, ConductivityLaw, PowerLaw, TableLaw
from floorplans.material import Material

Positive = Annotated[FiniteFloat, Field(gt=0)]


def _three(value: object) -> object:
    """One number stands for all three axes."""
    return [value] * 3 if isinstance(value, int | float) and not isinstance(value, bool) else value


Triple = Annotated[tuple[Positive, Positive, Positive], BeforeValidator(_three)]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class PowerLawEntry(_Entry):
    """`power: {exponent: 1.3, reference_c: 26.85, range_c: [-70, 400]}`."""

    exponent: FiniteFloat
    reference_c: Annotated[FiniteFloat, Field(gt=-ZERO_CELSIUS)] = 26.85
    range_c: tuple[FiniteFloat, FiniteFloat] | None = None


class LawEntry(_Entry):
    """`k_law:` exactly one of `power` and `table`; `reference_c` is where `k_w_mk` holds in a table."""

    power: PowerLawEntry | None = None
    table: tuple[tuple[FiniteFloat, Positive], ...] | None = None
    reference_c: FiniteFloat = 26.85

    @model_validator(mode="after")
    def _check(self) -> LawEntry:
        if (self.power is None) == (self.table is None):
            raise ValueError("give either 'power: {exponent, reference_c}' or 'table: [[T_c, k], ...]'")
        self.law()
        return self

    def law(self) -> ConductivityLaw:
        """The law in kelvin."""
        if self.power is not None:
            valid = (0.0, float("inf"))
            if self.power.range_c is not None:
                valid = (self.power.range_c[0] + ZERO_CELSIUS, self.power.range_c[1] + ZERO_CELSIUS)
            return PowerLaw(self.power.exponent, self.power.reference_c + ZERO_CELSIUS, valid)
        rows = self.table or ()
        return TableLaw(
            tuple(t + ZERO_CELSIUS for t, _ in rows),
            tuple(k for _, k in rows),
            self.reference_c + ZERO_CELSIUS,
        )


class MaterialEntry(_Entry):
    """One entry of `materials:`; conductivity at 300 K unless `k_law` gives another reference.

    A number for `k_w_mk` means isotropic; a list is kx, ky, kz with z through the plane.
    """

    k_w_mk: Triple
    density_kg_m3: Positive
    specific_heat_j_kgk: Positive
    source: str = "stated in the design"
    category: str = "own"
    confidence: Literal["high", "medium", "low"] | None = None
    k_law: LawEntry | None = None

    def material(self, name: str) -> Material:
        """The material this entry describes, under `name`."""
        return Material(
            name,
            self.k_w_mk,
            self.density_kg_m3,
            self.specific_heat_j_kgk,
            self.source,
            self.category,
            None if self.k_law is None else self.k_law.law(),
            self.confidence or "",
        )


def resolved(entries: Mapping[str, MaterialEntry]) -> dict[str, Material]:
    """The materials that `entries` describe, by name."""
    return {name: entry.material(name) for name, entry in entries.items()}
