"""What a design holds and what looks forgotten in it, without solving it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import shapely

from floorplans.block import SENSITIVE_KINDS, BlockKind
from floorplans.diagnostics import Diagnostic, Path, listed
from thermal import memory
from thermal.design import Design
from thermal.mesh.build import nested_meshes
from thermal.mesh.resolution import Resolution
from thermal.placement import place
from thermal.scene import Scene
from thermal.system import assemble

if TYPE_CHECKING:
    from floorplans.package import Layer

LEAST_COVERAGE = 0.9
"""Share of a floorplan's layer that blocks cover; below it the bare rest is worth a warning."""


@dataclass(frozen=True)
class FloorplanAudit:
    """The blocks of one placed layer: how many, their watts, and the share of the layer they cover."""

    layer: str
    blocks: int
    power: float
    coverage: float


@dataclass(frozen=True)
class Audit:
    """What `audit` finds.

    Attributes
    ----------
    blocks
        Number of blocks by kind.
    power
        All watts: blocks, maps and faces.
    floorplans
        A row a layer with blocks, in the order of the scene.
    scenarios
        Watts by scenario.
    cells, columns, bytes
        Of the solve that `thermal.solve` would do, predicted.
    warnings
        What is allowed but looks forgotten.
    """

    design: Design
    scene: Scene
    blocks: Counter[BlockKind]
    power: float
    floorplans: tuple[FloorplanAudit, ...]
    scenarios: dict[str, float]
    cells: int
    columns: int
    bytes: int
    warnings: tuple[Diagnostic, ...]


def audit(design: Design, resolution: Resolution | None = None) -> Audit:
    """Place and mesh a design, and look for what is missing.

    Raises
    ------
    InputError
        Where a powered block has no path to a cooled face.
    """
    scene = place(design)
    coarse, fine = nested_meshes(scene, resolution or Resolution())
    needed = memory.predicted_for(scene, fine)
    if needed <= 0.8 * memory.available_bytes():
        # The system knows whether heat can get out; a coarser mesh has the same voids.
        assemble(scene, coarse)
    rows = tuple(_floorplans(scene))
    return Audit(
        design=design,
        scene=scene,
        blocks=Counter(b.kind for b in scene.blocks),
        power=scene.power,
        floorplans=rows,
        scenarios={name: place(design.scenario(name)).power for name in design.scenarios},
        cells=fine.cells,
        columns=fine.columns,
        bytes=needed,
        warnings=tuple(_warnings(design, scene, rows)),
    )


def _floorplans(scene: Scene) -> Iterator[FloorplanAudit]:
    for layer in scene.layers:
        blocks = [b for b in scene.blocks if b.layer == layer.name]
        watts = sum(b.power for b in blocks)
        watts += sum(float(r.watts.sum()) for r in scene.rasters if r.layer == layer.name)
        if blocks or watts:
            covered = float(shapely.area([b.outline for b in blocks]).sum()) / float(layer.outline.area)
            yield FloorplanAudit(layer.name, len(blocks), watts, covered)


def _warnings(design: Design, scene: Scene, rows: tuple[FloorplanAudit, ...]) -> Iterator[Diagnostic]:
    for path, message in (
        *_about_power(design, scene),
        *_about_workload(design),
        *_about_limits(design, scene),
        *_about_coverage(design, rows),
        *_about_unused(design),
    ):
        yield Diagnostic(design.source.span(path), message, severity="warning")


def _about_power(design: Design, scene: Scene) -> Iterator[tuple[Path, str]]:
    if scene.power == 0.0:
        yield ("power",), "nothing dissipates: no block, map or face has power"
    mapped = {r.layer for r in scene.rasters}
    silent = [
        b.name for b in scene.blocks if b.name not in design.power and not b.powered and b.layer not in mapped
    ]
    if silent:
        yield ("power",), f"{_these(silent, 'block')} without power: {listed(silent)}"


def _about_workload(design: Design) -> Iterator[tuple[Path, str]]:
    """Watts that are written for blocks whose watts are the workload's."""
    if design.workload is None:
        return
    mine = set(design.workload.covered)
    name = design.workload.hardware.name
    for path in (("power",), *(("scenarios", scenario, "power") for scenario in design.scenarios)):
        node = design.source.node(path)
        written = node.value if node is not None and isinstance(node.value, dict) else {}
        found = [key for key in written if any(fnmatchcase(block, key) for block in mine)]
        if found:
            entries = f"{len(found)} {'entry' if len(found) == 1 else 'entries'}"
            message = f"{entries} without effect on blocks that {name} names, whose watts are the workload's"
            yield path, f"{message}: {listed(found, 6)}"


def _about_limits(design: Design, scene: Scene) -> Iterator[tuple[Path, str]]:
    if not design.limits and all(b.limit is None for b in scene.blocks):
        yield (), "no limits: there is nothing to violate"
        return
    missing = {kind.value for kind in BlockKind} - {b.kind.value for b in scene.blocks}
    for name in design.limits:
        if name in missing:
            yield ("limits", name), f"no block is of kind '{name}': this limit applies to nothing"
    unlimited = [b.name for b in scene.blocks if b.kind in SENSITIVE_KINDS and b.limit is None]
    if unlimited:
        yield ("limits",), f"{_these(unlimited, 'sensitive block')} without limit: {listed(unlimited)}"


def _about_coverage(design: Design, rows: tuple[FloorplanAudit, ...]) -> Iterator[tuple[Path, str]]:
    told = set()
    for row in rows:
        place = _place_of(design, row.layer)
        # Chiplets of one die share its floorplan.
        if row.blocks and row.coverage < LEAST_COVERAGE and place not in told:
            told.add(place)
            share = f"blocks cover {100.0 * row.coverage:.3g} % of layer '{row.layer}'"
            yield place, f"{share}; the rest of it dissipates nothing"


def _about_unused(design: Design) -> Iterator[tuple[Path, str]]:
    placed = {chiplet.die for chiplet in design.package.chiplets}
    yield from ((("dies", name), f"die '{name}' is not placed") for name in design.dies if name not in placed)
    used = set(_materials(design))
    for name in design.materials:
        if name not in used:
            yield ("materials", name), f"material '{name}' is used by no layer"


def _these(names: list[str], noun: str) -> str:
    return f"{len(names)} {noun}{'' if len(names) == 1 else 's'}"


def _layers(design: Design) -> Iterator[Layer]:
    yield from design.package.layers
    for die in design.dies.values():
        yield from die.layers


def _materials(design: Design) -> Iterator[str]:
    for layer in _layers(design):
        yield from (name for name in (layer.material, layer.fill) if name is not None)
        yield from (region.material for region in layer.regions)
    for material in design.materials.values():
        # A composite uses the materials it is made of.
        parts = getattr(material.k_law, "parts", ())
        yield from (part.name for part in parts)


def _place_of(design: Design, layer: str) -> Path:
    owner, _, name = layer.rpartition("/")
    if not owner:
        return ("package", "layers", [x.name for x in design.package.layers].index(layer), "floorplan")
    die = next(chiplet.die for chiplet in design.package.chiplets if chiplet.name == owner)
    return ("dies", die, "layers", [x.name for x in design.dies[die].layers].index(name), "floorplan")
