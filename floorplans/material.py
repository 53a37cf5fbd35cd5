"""Materials: anisotropic conductivity, heat capacity, temperature law, citation; and the shipped library."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from floorplans.conductivity import Conductivity, ConductivityLaw, TemperatureRangeError, Values

LIBRARY_FILE = Path(__file__).with_name("materials.yaml")
"""The shipped library, in the same entry schema as `materials:` of a design file."""


class MaterialError(ValueError):
    """A material that cannot be, or is asked for outside the range over which it is known.

    Parameters
    ----------
    message
        What is wrong.
    path
        Keys below `materials:` that lead to the offending value; empty where it is no single one.
    """

    def __init__(self, message: str, path: tuple[str | int, ...] = ()) -> None:
        super().__init__(message)
        self.path = path


@dataclass(frozen=True, slots=True)
class Material:
    """A solid, or a composite that conducts like one.

    Parameters
    ----------
    name
        Name under which layers and regions refer to it.
    k
        Conductivity along x, y, z [W/(m K)] at the reference temperature, 300 K unless `k_law` says
        otherwise; z is the through-plane axis.
    density
        [kg/m3]
    specific_heat
        [J/(kg K)]
    source
        Where the values are from.
    category
        Group in which the library lists it.
    k_law
        How k changes with temperature; None where it is taken as constant.
    confidence
        ``high`` (handbook value of a defined substance), ``medium`` (depends on grade or supplier) or ``low``
        (an estimate); empty where the user gave none.
    composition
        What a composite is made of, with the inputs of its formula; empty for a plain material.
    """

    name: str
    k: tuple[float, float, float]
    density: float
    specific_heat: float
    source: str
    category: str = "other"
    k_law: ConductivityLaw | None = None
    confidence: str = ""
    composition: str = ""

    @property
    def volumetric_heat_capacity(self) -> float:
        """Heat capacity of a unit of volume [J/(m3 K)]."""
        return self.density * self.specific_heat

    @property
    def isotropic(self) -> bool:
        """Whether it conducts alike along all three axes."""
        return self.k[0] == self.k[1] == self.k[2]

    def conductivity(self, temperature: Values) -> Conductivity:
        """Conductivity along x, y, z [W/(m K)] at `temperature` [K], a number or an array.

        Raises
        ------
        MaterialError
            Outside the range over which the temperature law is known.
        """
        if self.k_law is None:
            same = 1.0 + 0.0 * temperature
            return self.k[0] * same, self.k[1] * same, self.k[2] * same
        try:
            return self.k_law.conductivity(self.k, temperature)
        except (TemperatureRangeError, MaterialError) as error:
            raise MaterialError(f"{self.name}: {error}") from None


@cache
def library() -> Mapping[str, Material]:
    """The shipped materials by name, read on first use."""
    import yaml

    from floorplans.material_entry import MaterialEntry, resolved

    # The C loader is ten times faster; a PyYAML built without it lacks the name.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    rows = yaml.load(LIBRARY_FILE.read_text(encoding="utf-8"), Loader=loader)
    entries = {name: MaterialEntry.model_validate(row) for name, row in rows.items()}
    materials, errors = resolved(entries, {})
    if errors:
        raise errors[0]
    return MappingProxyType(materials)
