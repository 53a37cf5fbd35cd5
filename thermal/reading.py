"""Building a design from its source: every part on its own, so that all errors are found at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from floorplans.addresses import Addresses
from floorplans.diagnostics import InputError, Problems, quoted
from floorplans.layout import Checked, Layout
from floorplans.material import Material, library
from floorplans.material_entry import MaterialEntry, resolved
from floorplans.nodes import Node
from floorplans.package import VOID
from floorplans.schema import M, validated
from floorplans.source import Source
from thermal.references import References
from thermal.throttle.reading import read_sensors, read_throttle
from thermal.uncertainty.inputs import read_inputs
from thermal.uncertainty.surroundings import Surroundings
from thermal.workload import deployed, heated, without_maps

EVERY = "all"
"""No scenario may have this name: on the command line it means each of them."""


class Reading:
    """Builds one design and collects what is wrong with it.

    Parameters
    ----------
    source
        What was read.
    checked
        Floorplans that need not be looked at again.
    """

    def __init__(self, source: Source, checked: Checked | None = None) -> None:
        self._source = source
        self._checked: Checked = {} if checked is None else checked
        self._problems = Problems(source.diagnostics)
        self._contents = dict(source.contents)

    def built(self, model: type[M]) -> M:
        """Build the design.

        Parameters
        ----------
        model
            `thermal.design.Design`.

        Raises
        ------
        InputError
            With everything that is wrong.
        """
        root, problems = self._source.root, self._problems
        materials = self._materials(root.child("materials"))
        layout = Layout(
            problems, self._names(root, materials), self._source.directory, self._contents, self._checked
        )
        package, dies = layout.read(root)
        refer = References(problems, Addresses(root), complete=not self._source.diagnostics)
        power, leakage = refer.power(root.child("power")), refer.leakage(root.child("leakage"))
        workload = None
        if package is not None and dies is not None:
            workload = deployed(self._source, package, dies, self._contents, problems)
        if workload is not None and package is not None and dies is not None:
            power, leakage = heated(workload, power or {}, leakage)
            package, dies = without_maps(workload, package, dies)
        sensors = read_sensors(root.child("sensors"), package, dies, problems)
        around = Surroundings(root, power or {}, leakage)
        built: dict[str, object] = {
            "package": package,
            "dies": dies,
            "materials": materials,
            "power": power,
            "leakage": leakage,
            "limits": refer.limits(root.child("limits")),
            "matched_pairs": refer.pairs(root.child("matched_pairs")),
            "scenarios": self._scenarios(root.child("scenarios")),
            "sensors": sensors,
            "throttle": read_throttle(root.child("throttle"), sensors, problems),
            "uncertainty": read_inputs(root.child("uncertainty"), around, problems),
        }
        built = {key: part for key, part in built.items() if root.child(key) is not None}
        if root.child("workload") is not None:
            built |= {"workload": workload, "power": power, "leakage": leakage}
        design = self._whole(model, root, built)
        problems.raise_if_any()
        assert design is not None
        return design

    def check_scenarios(self, model: type[M]) -> None:
        """Build the design of every scenario.

        Raises
        ------
        InputError
            With everything that is wrong with any of them.
        """
        scenarios = self._source.node(("scenarios",))
        for name in scenarios.value if scenarios is not None and isinstance(scenarios.value, dict) else ():
            try:
                Reading(changed(self._source, name), self._checked).built(model)
            except InputError as error:
                self._add(error, name)
        self._problems.raise_if_any()

    def _whole(self, model: type[M], root: Node, built: dict[str, object]) -> M | None:
        # A part that failed was reported already; an empty mapping in its place would be reported again.
        broken = [key for key in built if built[key] is None]
        checked = root.without(*broken) if broken else root
        found = Problems()
        source = replace(self._source, contents=self._contents)
        design = validated(model, checked, (), found, built, {"source": source})
        self._problems.extend(item for item in found if item.path not in broken)
        return design

    def _names(self, root: Node, materials: Mapping[str, Material]) -> set[str]:
        """Names of materials; one that is wrong is not also unknown."""
        own = root.child("materials")
        return {*library(), *materials, *(own.keys if own is not None else ())}

    def _materials(self, node: Node | None) -> dict[str, Material]:
        entries: dict[str, MaterialEntry] = {}
        for name, child in self._named(node, "materials").items():
            if name == VOID:
                message = f"'{VOID}' means that nothing is there; choose another name"
                self._problems.add(self._source.span(("materials", name), key=True), message, "materials")
            entry = validated(MaterialEntry, child, ("materials", name), self._problems)
            if entry is not None:
                entries[name] = entry
        materials, errors = resolved(entries)
        for error in errors:
            path = ("materials", *error.path)
            self._problems.add(self._source.span(path), str(error), path)
        return materials

    def _scenarios(self, node: Node | None) -> dict[str, dict[str, Any]]:
        scenarios: dict[str, dict[str, Any]] = {}
        for name, child in self._named(node, "scenarios").items():
            if name == EVERY:
                message = f"'{EVERY}' stands for every scenario; choose another name"
                self._problems.add(self._source.span(("scenarios", name), key=True), message, "scenarios")
            elif child.value is not None and not isinstance(child.value, dict):
                message = f"must be a mapping of what changes (got {quoted(child.plain)})"
                self._problems.add(child.span, message, ("scenarios", name))
            else:
                scenarios[name] = child.plain or {}
                self._check_paths(name)
        return scenarios

    def _check_paths(self, name: str) -> None:
        try:
            changed(self._source, name)
        except InputError as error:
            self._add(error, name)

    def _add(self, error: InputError, scenario: str) -> None:
        for found in error.diagnostics:
            self._problems.extend([replace(found, message=f"in scenario '{scenario}': {found.message}")])

    def _named(self, node: Node | None, key: str) -> dict[str, Node]:
        """The entries of a mapping by name; empty if it is missing or no mapping."""
        if node is None or node.value is None:
            return {}
        if not isinstance(node.value, dict):
            self._problems.add(node.span, f"must be a mapping by name (got {quoted(node.plain)})", key)
            return {}
        return node.value


def changed(source: Source, scenario: str) -> Source:
    """The source as a scenario changes it, without scenarios.

    Raises
    ------
    InputError
        A path of the scenario leads nowhere.
    """
    node = source.node(("scenarios", scenario))
    changes = node.value if node is not None and isinstance(node.value, dict) else {}
    return replace(source, root=source.root.without("scenarios")).overridden(dict(changes), merge=True)
