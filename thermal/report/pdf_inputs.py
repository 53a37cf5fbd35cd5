"""What went in: boundary conditions, assumptions, materials with their sources, files and versions."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterable, Iterator
from importlib import metadata

from reportlab.platypus import Flowable

from floorplans.material import Material
from floorplans.nodes import Node
from thermal.design import Design
from thermal.report.pdf_findings import Findings
from thermal.report.pdf_page import SMALL, WIDTH, text, under
from thermal.report.pdf_table import Column, Table
from thermal.report.words import ABSENT, celsius, fixed, significant, watts
from thermal.scene import Scene
from thermal.version import __version__
from thermal.viz.section import cooling

PACKAGES = ("numpy", "scipy", "numba", "shapely", "pydantic", "PyYAML", "matplotlib", "reportlab", "pillow")

ASSUMPTIONS = """\
Steady conduction in solids, with conductivities at the reference temperature of each material.
Heat released by a block is uniform over its outline and the full thickness of its layer.
Powers are as given, or as the workload has them. Leakage is fed back where a law is given.
Coolant and air are heat-transfer coefficients; radiation is in them or left out.
Outer faces that are not listed as cooled are adiabatic.
Layers touch without resistance unless a contact resistance is listed.
Wiring, bumps and vias are homogenised into anisotropic composites."""


def assumptions(findings: Findings) -> list[Flowable]:
    """Cooling, contacts, assumptions, materials."""
    found = under(
        f"Cooling and contacts{findings.of_scenario()}",
        _boundaries(findings.scene, findings.study.limiting.design),
    )
    found += under("Assumptions of the model", *(text(f"•  {words}") for words in ASSUMPTIONS.splitlines()))
    if findings.many or findings.solution.scenario:
        found += under("Scenarios: what each changes", _scenarios(findings))
    return [*found, *under("Materials", _materials(findings))]


def _boundaries(scene: Scene, design: Design) -> Table:
    rows = [
        ["top face", cooling(scene.top), _flux(scene.top.flux)],
        ["bottom face", cooling(scene.bottom), _flux(scene.bottom.flux)],
    ]
    owned = [("package", layer) for layer in design.package.layers]
    owned += [(name, layer) for name, die in design.dies.items() for layer in die.layers]
    for owner, layer in owned:
        where = f"{owner}: {layer.name}"
        if layer.exposed is not None:
            outside = layer.exposed.ambient
            ambient = fixed(celsius(design.package.ambient if outside is None else outside), 1)
            words = f"h = {layer.exposed.htc:g} W/(m²K) to {ambient} °C on its exposed faces"
            rows.append([where, words, ABSENT])
        if layer.contact_below:
            resistance = significant(1e6 * layer.contact_below, 3)
            rows.append([where, f"contact resistance {resistance} mm²K/W on its lower face", ABSENT])
    columns = [
        Column("where", 2.0, align="left"),
        Column("condition", 4.0, align="left"),
        Column("heat put in", 1.0, "W"),
    ]
    return Table(columns, rows, width=0.7 * WIDTH)


def _flux(flux: object) -> str:
    return ABSENT if flux is None else watts(float(flux.sum()))  # type: ignore[attr-defined]


def _scenarios(findings: Findings) -> Table:
    base = findings.study.cases[0].design
    rows = [
        [case.scenario, _flow(base.scenarios.get(case.scenario)), watts(case.evidence.power)]
        for case in findings.study.cases
    ]
    columns = [
        Column("scenario", 1.4, align="left"),
        Column("overrides", 8.0, align="left"),
        Column("power", 0.8, "W"),
    ]
    return Table(columns, rows)


def _flow(overrides: object) -> str:
    if not overrides:
        return "the design as it is"
    return json.dumps(overrides, ensure_ascii=False, default=str).replace('"', "")


def used_materials(findings: Findings) -> list[Material]:
    """Materials of all scenarios by name; where a scenario changes one, each of its versions."""
    found = {
        (area.material.name, area.material.k): area.material
        for case in findings.study.cases
        for slab in case.scene.slabs
        for area in slab.areas
        if area.material is not None
    }
    return [found[key] for key in sorted(found)]


def _materials(findings: Findings) -> Table:
    own = {name for case in findings.study.cases for name in case.design.materials}
    columns = [
        Column("material", 2.2, align="left"),
        Column("k in plane", 1.2, "W/(m K)"),
        Column("k along z", 1.0, "W/(m K)"),
        Column("density", 0.9, "kg/m³"),
        Column("specific heat", 1.2, "J/(kg K)"),
        Column("from", 0.9, align="left"),
        Column("confidence", 1.1, align="left"),
        Column("source", 7.0, align="left"),
    ]
    rows = [
        [
            material.name,
            _in_plane(material),
            significant(material.k[2], 4),
            significant(material.density, 4),
            significant(material.specific_heat, 4),
            "design" if material.name in own else "library",
            material.confidence or ABSENT,
            material.source + (f" [{material.composition}]" if material.composition else ""),
        ]
        for material in used_materials(findings)
    ]
    return Table(columns, rows)


def _in_plane(material: Material) -> str:
    kx, ky = (significant(k, 4) for k in material.k[:2])
    return kx if kx == ky else f"{kx} / {ky}"


def provenance(findings: Findings) -> list[Flowable]:
    """Digests of everything read, and versions of everything that computed."""
    case = findings.study.limiting
    design = case.design
    digests = [[name, digest] for name, digest in sorted(design.source.digests().items())]
    effective = [
        [
            f"design in effect, scenario {c.scenario}" if findings.many else "design in effect",
            effective_digest(c.design),
        ]
        for c in findings.study.cases
    ]
    found = under(
        "Inputs",
        Table([Column("file", 3.0, align="left"), Column("SHA-256", 4.0, align="left")], digests + effective),
        text(
            "“In effect” is the design as it was solved, floorplan files read in and overrides applied, as "
            "JSON with sorted keys.",
            SMALL,
        ),
    )
    changed = sorted(set(overrides(design.source.root)))
    if changed:
        found += under("Values that did not come from the file", *(text(line) for line in changed))
    versions = [["thermal-floorplan", __version__], ["Python", platform.python_version()]]
    versions += [[name, metadata.version(name)] for name in PACKAGES]
    columns = [Column("package", 2.0, align="left"), Column("version", 1.0, align="left")]
    found += under(
        "Versions",
        Table(columns, versions, width=0.4 * WIDTH),
        text(
            "This document holds no date, time or measure of the machine: the same input gives the same "
            "bytes. Times and memory are in the terminal and in the JSON report.",
            SMALL,
        ),
    )
    return found


def effective_digest(design: Design) -> str:
    """SHA-256 of the design as it was solved."""
    plain = json.dumps(design.source.data, sort_keys=True, ensure_ascii=True, default=str, allow_nan=True)
    return hashlib.sha256(plain.encode("ascii")).hexdigest()


def overrides(node: Node) -> Iterator[str]:
    """What the values in a tree were overridden with, where they were."""
    if node.span.file.startswith("--set "):
        yield node.span.file
        return
    children: Iterable[Node] = ()
    if isinstance(node.value, dict):
        children = node.value.values()
    elif isinstance(node.value, list):
        children = node.value
    for child in children:
        yield from overrides(child)
