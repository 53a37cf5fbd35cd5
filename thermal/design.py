"""A design: what the user wrote, checked as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import Field, PrivateAttr, SkipValidation

from floorplans.addresses import Addresses
from floorplans.diagnostics import Diagnostic, InputError, Problems, Span, did_you_mean, listed
from floorplans.layout import Layout
from floorplans.material import Material, library
from floorplans.material_entry import MaterialEntry, resolved
from floorplans.nodes import Node
from floorplans.package import Die, Package
from floorplans.schema import Model, Name, validated
from floorplans.source import Source, read_source, source_of
from power.powermap import PowerMap
from thermal.references import References

LATER = ("leakage", "workload", "throttle", "sensors")
"""Keys that the format reserves and this version does not understand."""


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
        Watts by block address.
    limits
        Highest temperature [K] by block kind, layer or block address.
    scenarios
        Named overrides.
    matched_pairs
        Pairs of block addresses whose temperature difference is reported.
    source
        What it was read from.
    """

    name: Name = Field(alias="design")
    description: str = ""
    package: Package
    dies: dict[str, Die] = {}
    materials: SkipValidation[dict[str, Material]] = {}
    power: PowerMap = PowerMap()
    limits: dict[str, float] = {}
    scenarios: dict[str, dict[str, Any]] = {}
    matched_pairs: tuple[tuple[str, str], ...] = ()
    _source: Source = PrivateAttr()

    def __eq__(self, other: object) -> bool:
        # The same design read from another file is equal: its source does not count.
        return isinstance(other, Design) and all(
            getattr(self, field) == getattr(other, field) for field in type(self).model_fields
        )

    def __hash__(self) -> int:
        return hash((self.name, self.package))

    @property
    def source(self) -> Source:
        """What it was read from."""
        return self._source

    @classmethod
    def from_source(cls, source: Source) -> Design:
        """Build a design and check it; raises InputError with everything that is wrong."""
        return _Reading(source).design()

    @classmethod
    def from_dict(cls, data: Mapping[str, object]) -> Design:
        """Build a design from plain data, keys as in a design file; raises InputError."""
        return cls.from_source(source_of(data))

    def to_dict(self) -> dict[str, Any]:
        """Plain data from which `from_dict` makes the same design."""
        return dict(self._source.data)

    def overridden(self, assignments: Mapping[str, object]) -> Design:
        """The design with some values replaced, such as ``{"package.ambient_c": 45}``; raises InputError."""
        return Design.from_source(self._source.overridden(assignments))

    def scenario(self, name: str) -> Design:
        """The design as a scenario changes it.

        Raises
        ------
        InputError
            There is no such scenario, or its overrides do not fit.
        """
        node = self._source.node(("scenarios", name))
        if node is None:
            known = list(self.scenarios)
            there = f"there are: {listed(known)}" if known else "this design has none"
            message = f"no scenario '{name}'{did_you_mean(name, known)} ({there})"
            raise InputError(Diagnostic(self._source.span(("scenarios",)), message))
        changes = node.value if isinstance(node.value, dict) else {}
        return Design.from_source(self._source.overridden(dict(changes), merge=True))

    def material(self, name: str) -> Material:
        """The material called `name`: the design's own, else the shipped one; KeyError if there is none."""
        own = self.materials.get(name)
        return own if own is not None else library()[name]


class _Reading:
    """Builds one design."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._problems = Problems(source.diagnostics)
        self._contents = dict(source.contents)

    def design(self) -> Design:
        """Build it, or raise everything that is wrong."""
        root, problems = self._source.root, self._problems
        if isinstance(root.value, dict):
            for key in LATER:
                if key in root.value:
                    problems.add(
                        root.keys[key], "is reserved for a later version; this one does not support it", key
                    )
            root = root.without(*LATER)
        materials = self._materials(root.child("materials"))
        names = {*library(), *materials}
        layout = Layout(problems, names, self._source.directory, self._contents)
        package, dies = layout.read(root)
        refer = References(problems, Addresses(root), complete=not self._source.diagnostics)
        built = {
            "package": package,
            "dies": dies,
            "materials": materials,
            "power": refer.power(root.child("power")),
            "limits": refer.limits(root.child("limits")),
            "matched_pairs": refer.pairs(root.child("matched_pairs")),
        }
        built = {key: part for key, part in built.items() if root.child(key) is not None}
        design = self._whole(root, built)
        problems.raise_if_any()
        assert design is not None
        design._source = replace(self._source, contents=self._contents)
        return design

    def _whole(self, root: Node, built: dict[str, object]) -> Design | None:
        # A part that failed was reported already; an empty mapping in its place would be reported again.
        broken = [key for key in built if built[key] is None]
        checked = root.without(*broken) if broken else root
        found = Problems()
        design = validated(Design, checked, (), found, built)
        self._problems.extend(item for item in found if item.path not in broken)
        return design

    def _materials(self, node: Node | None) -> dict[str, Material]:
        if node is None or not isinstance(node.value, dict):
            return {}
        entries = {
            name: validated(MaterialEntry, child, ("materials", name), self._problems)
            for name, child in node.value.items()
        }
        materials, errors = resolved({name: entry for name, entry in entries.items() if entry is not None})
        for error in errors:
            path = ("materials", *error.path)
            self._problems.add(self._source.span(path), str(error), path)
        return materials


def shipped_designs() -> dict[str, Path]:
    """The designs that come with the distribution, by name."""
    from importlib import resources

    folder = Path(str(resources.files("floorplans"))) / "examples"
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def load(design: str | Path, overrides: Mapping[str, object] | None = None) -> Design:
    """Read a design file, or a shipped design by its name.

    Parameters
    ----------
    design
        Path of a file, or the name of a shipped design.
    overrides
        Values to replace, by dotted path.

    Raises
    ------
    InputError
        With everything that is wrong.
    """
    shipped = shipped_designs()
    path = Path(design)
    if isinstance(design, str) and not path.exists() and path.name == design and not path.suffix:
        if design not in shipped:
            near = did_you_mean(design, shipped)
            message = f"no file and no shipped design of this name{near} (shipped: {listed(list(shipped))})"
            raise InputError(Diagnostic(Span(design), message))
        path = shipped[design]
    source = read_source(path)
    return Design.from_source(source.overridden(overrides) if overrides else source)
