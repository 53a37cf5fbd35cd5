"""A workload in a design: which watts and leakage laws it puts in the place of those written beside it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from floorplans.diagnostics import Problems
from floorplans.nodes import Node
from floorplans.package import Die, Layer, Package
from floorplans.source import Source
from power.deployment import Deployment
from power.hardware.placement import block_areas
from power.leakage import Leakage
from power.powermap import PowerMap
from power.workload_reading import Site, check_placed, read_workload

if TYPE_CHECKING:
    from thermal.design import Design


def deployed(
    source: Source,
    package: Package,
    dies: Mapping[str, Die],
    contents: dict[Path, str],
    problems: Problems,
) -> Deployment | None:
    """Serve the `workload:` of a design; None where it has none, or where something is wrong.

    Parameters
    ----------
    source
        The design.
    package, dies
        Its floorplans.
    contents
        Receives the SHA-256 of every file read.
    problems
        Receives what is wrong.
    """
    node = source.root.child("workload")
    if node is None or node.value is None:
        return None
    found = read_workload(node, site_of(source, package, dies, contents), problems)
    return found if found is not None and check_placed(found, node, problems) else None


def site_of(
    source: Source,
    package: Package,
    dies: Mapping[str, Die],
    contents: dict[Path, str] | None = None,
) -> Site:
    """A design as the place of a workload."""
    name = source.root.child("design")
    areas = block_areas(package, dies)
    return Site(
        str(name.plain) if name is not None else "",
        source.directory,
        areas,
        {} if contents is None else contents,
    )


def heated(
    found: Deployment, power: Mapping[str, float], leakage: Mapping[str, Leakage]
) -> tuple[PowerMap, dict[str, Leakage]]:
    """Watts and leakage laws of a design with a workload.

    What the hardware names is the workload's alone; other blocks keep what `power:` and `leakage:` say. With
    `leakage: design` those laws stay everywhere, and the hardware's are left out.
    """
    mine = set(found.covered)
    watts = {block: value for block, value in power.items() if block not in mine} | dict(found.power())
    if found.entry.leakage == "design":
        return PowerMap(watts), dict(leakage)
    kept = {block: law for block, law in leakage.items() if block not in mine}
    return PowerMap(watts), kept | found.leakage()


def without_maps(
    found: Deployment, package: Package, dies: Mapping[str, Die]
) -> tuple[Package, dict[str, Die]]:
    """The geometry without the power maps of layers whose blocks the hardware names: it has their watts."""
    mine = set(found.covered)
    chiplets = {chiplet.name: chiplet.die for layer in package.layers for chiplet in layer.chiplets}

    def bare(layer: Layer, owners: list[str]) -> Layer:
        named = (
            layer.power_map is not None
            and layer.floorplan is not None
            and any(f"{owner}/{block.name}" in mine for owner in owners for block in layer.floorplan.blocks)
        )
        return layer.model_copy(update={"power_map": None}) if named else layer

    layers = tuple(bare(layer, [layer.name]) for layer in package.layers)
    built = {}
    for name, die in dies.items():
        owners = [chiplet for chiplet, of in chiplets.items() if of == name]
        built[name] = die.model_copy(update={"layers": tuple(bare(x, owners) for x in die.layers)})
    return package.model_copy(update={"layers": layers}), built


def with_deployment(design: Design, found: Deployment) -> Design:
    """A design under the watts and the leakage of a workload, whatever it had before."""
    power, leakage = heated(found, design.power, design.leakage)
    package, dies = without_maps(found, design.package, design.dies)
    changes = {"power": power, "leakage": leakage, "workload": found, "package": package, "dies": dies}
    return design.model_copy(update=changes)


def absolute(section: Node | None, directory: Path) -> dict[str, str]:
    """Names of files in a section `workload:` with their absolute paths, by key."""
    found = {}
    for key in ("model", "hardware", "activity"):
        child = section.child(key) if section is not None else None
        if child is not None and isinstance(child.value, str) and (directory / child.value).exists():
            found[key] = str(directory / child.value)
    return found
