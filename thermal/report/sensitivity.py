"""What was asked about the sensitivities of a design, and the answer as a document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from floorplans.block import SENSITIVE_KINDS
from floorplans.diagnostics import Diagnostic, InputError, Span, did_you_mean
from thermal.adjoint import coarse_adjoint
from thermal.mesh.resolution import Resolution
from thermal.report.document import Document
from thermal.report.terminal_words import counted, relative
from thermal.report.words import celsius, difference, significant, temperature
from thermal.report.words import grouped as grouped_digits
from thermal.scene import Scene
from thermal.sensitivity import Effect, Influence, Report, Sensitivity, influence, sensitivity, silent
from thermal.solution import Solution
from thermal.version import __version__

SCHEMA = "thermal-floorplan/sensitivity/1"

PERCENT = 0.01
STEP_UM = 100.0
TANGENT = (
    "Conductivities or leakage depend on temperature: K/W and K are tangents at this solution, and shares do "
    "not add up."
)
UNITS = {"htc": "W/(m²K)", "exposed htc": "W/(m²K)", "resistance": "K/W", "contact below": "m²K/W"}


class Group(NamedTuple):
    """Blocks of one kind in one chiplet or layer: their watts, and K of the observed mean."""

    name: str
    kind: str
    power: float
    rise: float


@dataclass(frozen=True, eq=False)
class Findings:
    """What was asked about one solved design.

    Attributes
    ----------
    scenario
        None where the design has none, or was solved as it is.
    cells
        Of the mesh that everything belongs to.
    aside
        What else there is to say of that mesh.
    """

    scene: Scene
    scenario: str | None
    cells: int
    of: tuple[Sensitivity, ...]
    matrix: Influence | None = None
    aside: str = ""


def on_larger_cells(solution: Solution, resolution: Resolution, report: Report = silent) -> Findings:
    """The block that decides and the influence matrix, for a page of the design review.

    Parameters
    ----------
    resolution
        That of the solution; adjoints are solved in cells of twice the size.
    """
    report("coarser mesh for sensitivities", 0.0)
    adjoint = coarse_adjoint(solution.field, resolution, solution.evidence.tolerance)
    of = (sensitivity(adjoint, default_block(solution), report),)
    matrix = influence(adjoint, report=report)
    cells = adjoint.field.mesh.cells
    aside = f", twice as large as those of the reported solve ({grouped_digits(solution.mesh.cells)})"
    return Findings(solution.scene, solution.scenario, cells, of, matrix, aside)


def sensitivity_document(found: Findings) -> Document:
    """The document; temperatures in degC, derivatives in K per W, per percent and per 100 um."""
    return {
        "schema": SCHEMA,
        "version": __version__,
        "design": found.scene.name,
        "scenario": found.scenario,
        "cells": found.cells,
        "of": [_block(s) for s in found.of],
        "matrix": None if found.matrix is None else _matrix(found.matrix),
    }


def _block(s: Sensitivity) -> Document:
    return {
        "block": s.block,
        "t_avg_c": celsius(s.t_avg),
        "reference_c": celsius(s.reference),
        "rise_k": s.rise,
        "rest_k": s.rest,
        "linear": s.linear,
        "heating": [
            {"name": h.name, "kind": h.kind, "power_w": h.power, "k_per_w": h.per_watt, "k": h.rise}
            for h in s.heating
        ],
        "layers": [
            {
                "name": x.name,
                "material": x.material,
                "thickness_um": 1e6 * x.height,
                "conductivity_k_per_percent": PERCENT * x.conductivity,
                "thickness_k_per_percent": PERCENT * x.thickness,
            }
            for x in s.layers
        ],
        "interfaces": [_effect(e) for e in s.interfaces],
        "cooling": [_effect(e) for e in s.cooling],
        "ambients": [
            {"name": e.name, "ambient_c": celsius(e.value or 0.0), "k_per_k": e.change} for e in s.ambients
        ],
        "moves": [
            {
                "name": m.name,
                "x_k_per_100um": 1e-6 * STEP_UM * m.x,
                "y_k_per_100um": 1e-6 * STEP_UM * m.y,
            }
            for m in s.moves
        ],
    }


def _effect(effect: Effect) -> Document:
    return {
        "name": effect.name,
        "quantity": effect.quantity,
        "value": effect.value,
        "unit": UNITS[effect.quantity],
        "k_per_percent": PERCENT * effect.change,
    }


def _matrix(found: Influence) -> Document:
    return {
        "of": list(found.names),
        "sources": list(found.sources),
        "k_per_w": found.matrix.tolist(),
        "linear": found.linear,
        "reciprocity_defect": found.reciprocity_defect,
    }


def grouped(s: Sensitivity) -> list[Group]:
    """What heats a block, summed over the blocks of each kind in each chiplet or layer; most first."""
    found: dict[tuple[str, str], Group] = {}
    for h in s.heating:
        key = (h.name.partition("/")[0], h.kind)
        known = found.get(key, Group(*key, 0.0, 0.0))
        found[key] = Group(*key, known.power + h.power, known.rise + h.rise)
    return sorted((g for g in found.values() if g.power), key=lambda g: -abs(g.rise))


def headline(s: Sensitivity) -> str:
    """The block, how warm it is, and above what."""
    return (
        f"{s.block}: mean {temperature(s.t_avg)} °C, {difference(s.rise)} K above the ambient of "
        f"{temperature(s.reference)} °C"
    )


def reciprocity(found: Influence) -> str:
    """How well the matrix holds the symmetry of heat conduction."""
    defect = relative(found.reciprocity_defect)
    pairs = len(found.names) * (len(found.names) - 1) // 2
    if not pairs:
        return "One block alone: nothing to compare with its reverse."
    allowed = "" if found.linear else "; k(T) and leakage allow that"
    return f"Reciprocity: a on b and b on a differ by {defect} at most ({counted(pairs, 'pair')}){allowed}."


def stated(effect: Effect) -> str:
    """The value of an effect with its unit."""
    if effect.value is None:
        return "a map"
    value = effect.value
    number = f"{value:.3g}" if value < 1e-3 else significant(value, 4)
    return f"{number} {UNITS[effect.quantity]}"


def check_blocks(scene: Scene, observed: Sequence[str]) -> None:
    """Refuse blocks that a design does not have.

    Raises
    ------
    InputError
        With near misses, for all of them at once.
    """
    names = [b.name for b in scene.blocks]
    if not names:
        raise InputError(Diagnostic(None, f"{scene.name} has no blocks: there is nothing to be sensitive"))
    unknown = [
        Diagnostic(Span(f"--of {name}"), f"no such block{did_you_mean(name, names)}")
        for name in observed
        if name not in names
    ]
    if unknown:
        raise InputError(unknown)


def default_block(solution: Solution) -> str:
    """The analog, PMIC or sensor block of least margin; without one, the block of least margin."""
    known = [b for b in solution.metrics.blocks if b.t_max == b.t_max]
    some = [b for b in known if b.kind in SENSITIVE_KINDS] or known
    if not some:
        raise InputError(Diagnostic(None, "no block lies in material: there is nothing to be sensitive"))
    return min(some, key=lambda b: (b.margin is None, b.margin if b.margin is not None else -b.t_max)).name
