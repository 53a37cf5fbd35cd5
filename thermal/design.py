"""A design: what the user wrote, checked as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, PrivateAttr, SkipValidation

from floorplans.diagnostics import Diagnostic, InputError, Span, did_you_mean, listed
from floorplans.material import Material, library
from floorplans.package import Die, Package
from floorplans.schema import Model, Name
from floorplans.source import Source, read_source, source_of
from power.deployment import Deployment
from power.leakage import Leakage
from power.powermap import PowerMap
from thermal.reading import Reading, changed
from thermal.throttle.entry import SensorEntry, Throttle
from thermal.uncertainty.inputs import Input
from thermal.workload import absolute

CSV_KEYS = ("map_csv", "power_map_csv")


class Design(Model):
    """Package, dies, materials, power and limits of one design file.

    Attributes
    ----------
    name
        As in the file.
    description
        Free text for reports.
    package
        Layers and cooling.
    dies
        By name.
    materials
        Those the design defines itself; `material` finds these and the shipped ones.
    power
        Watts by block address, leakage left out; those of the workload where its hardware names the block.
    leakage
        What blocks leak besides, by address.
    workload
        The model that runs, served on its hardware; None for watts that are as given.
    limits
        Highest temperature [K] by block kind, layer or block address.
    sensors
        Temperature sensors by name.
    throttle
        Who asks for work, and which controllers slow it.
    scenarios
        Named overrides.
    matched_pairs
        Pairs of block addresses whose temperature difference is reported.
    uncertainty
        Inputs that are not known for certain, with their distributions.
    source
        What it was read from.
    """

    name: Name = Field(alias="design")
    description: str = ""
    package: Package
    dies: dict[str, Die] = Field(default_factory=dict)
    materials: SkipValidation[dict[str, Material]] = Field(default_factory=dict)
    power: PowerMap = PowerMap()
    leakage: SkipValidation[dict[str, Leakage]] = Field(default_factory=dict)
    workload: Deployment | None = None
    limits: dict[str, float] = Field(default_factory=dict)
    sensors: SkipValidation[dict[str, SensorEntry]] = Field(default_factory=dict)
    throttle: Throttle | None = None
    scenarios: dict[str, dict[str, Any]] = Field(default_factory=dict)
    matched_pairs: tuple[tuple[str, str], ...] = ()
    uncertainty: SkipValidation[tuple[Input, ...]] = ()
    _source: Source = PrivateAttr()

    def __eq__(self, other: object) -> bool:
        # The same design read from another file is equal: its source does not count.
        return isinstance(other, Design) and all(
            getattr(self, field) == getattr(other, field) for field in type(self).model_fields
        )

    def __hash__(self) -> int:
        return hash((self.name, self.package))

    def model_post_init(self, context: Any, /) -> None:
        """Keep what the design was read from."""
        self._source = (context or {}).get("source") or source_of({})

    @property
    def source(self) -> Source:
        """What it was read from."""
        return self._source

    @classmethod
    def from_source(cls, source: Source) -> Design:
        """Build a design and check it, its scenarios included.

        Raises
        ------
        InputError
            With everything that is wrong.
        """
        reading = Reading(source)
        design = reading.built(cls)
        reading.check_scenarios(cls)
        return design

    @classmethod
    def from_dict(cls, data: Mapping[str, object]) -> Design:
        """Build a design from plain data, keys as in a design file; raises InputError."""
        return cls.from_source(source_of(data))

    def to_dict(self) -> dict[str, Any]:
        """Plain data from which `from_dict` makes the same design.

        Floorplans of other files are in it; CSV files and those of a workload are named by their absolute
        paths.
        """
        plain = dict(_located(self._source.data, self._source.directory))
        if files := absolute(self._source.root.child("workload"), self._source.directory):
            plain["workload"] = plain["workload"] | files
        return plain

    def overridden(self, assignments: Mapping[str, object]) -> Design:
        """The design with some values replaced, such as ``{"package.ambient_c": 45}``.

        Raises
        ------
        InputError
            A path leads nowhere, or the result is wrong.
        """
        return Design.from_source(self._source.overridden(assignments))

    def scenario(self, name: str) -> Design:
        """The design as a scenario changes it; it has no scenarios of its own.

        Raises
        ------
        InputError
            There is no such scenario.
        """
        if name not in self.scenarios:
            known = list(self.scenarios)
            there = f"there are: {listed(known)}" if known else "this design has none"
            message = f"no scenario '{name}'{did_you_mean(name, known)} ({there})"
            raise InputError(Diagnostic(self._source.span(("scenarios",)), message))
        return Design.from_source(changed(self._source, name))

    def material(self, name: str) -> Material:
        """The material called `name`: the design's own, else the shipped one; KeyError if there is none."""
        own = self.materials.get(name)
        return own if own is not None else library()[name]


def _located(data: Any, directory: Path) -> Any:
    """The data with names of CSV files made absolute."""
    if isinstance(data, list):
        return [_located(item, directory) for item in data]
    if not isinstance(data, dict):
        return data
    return {
        key: str(directory / item) if key in CSV_KEYS and isinstance(item, str) else _located(item, directory)
        for key, item in data.items()
    }


def shipped_designs() -> dict[str, Path]:
    """The designs that come with the distribution, by name."""
    from importlib import resources

    folder = Path(str(resources.files("floorplans"))) / "examples"
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def _read(path: Path) -> Source:
    """A design file, or a case of HotSpot or 3D-ICE as one."""
    from thermal.formats.case import SUFFIXES, read_case

    return read_case(path).source if path.suffix in SUFFIXES else read_source(path)


def load(design: str | Path, overrides: Mapping[str, object] | None = None) -> Design:
    """Read a design file, or a shipped design by its name.

    Parameters
    ----------
    design
        Path of a file, a design or a case of HotSpot (`.config`) or 3D-ICE (`.stk`); or the name of a
        shipped design.
    overrides
        Values to replace, by dotted path.

    Raises
    ------
    InputError
        With everything that is wrong.
    """
    return Design.from_source(source_named(design, overrides))


def source_named(design: str | Path, overrides: Mapping[str, object] | None = None) -> Source:
    """What `load` reads, before anything is made of it."""
    shipped = shipped_designs()
    path = Path(design)
    if isinstance(design, str) and path.name == design and not path.suffix and not path.is_file():
        if design not in shipped:
            near = did_you_mean(design, shipped)
            message = f"no file and no shipped design of this name{near} (shipped: {listed(list(shipped))})"
            raise InputError(Diagnostic(Span(design), message))
        path = shipped[design]
    source = _read(path)
    return source.overridden(overrides) if overrides else source
