"""What holds for every steady conduction problem, on a package whose edges cut cells."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from thermal.clock import Clock, Progress
from thermal.design import Design
from thermal.equilibrium import Solved, equilibrium
from thermal.field import Field
from thermal.mesh.build import build_mesh
from thermal.mesh.columns import Mesh
from thermal.mesh.resolution import Resolution
from thermal.placement import place
from thermal.scene import Scene
from thermal.verify.check import Case, Check

TOLERANCE = 1e-11
BALANCE = 1e-10
"""Heat in less heat out, over heat through: what is left of the residual once the constant mode is closed."""
SAME = 1e-8
"""Relative: a residual of 1e-11 in a package whose resistances to ambient differ by 1e3."""

BLOCKS = [
    {"name": "cpu", "kind": "cpu", "rect_um": [310, 290, 2170, 2630]},
    {"name": "pll", "kind": "analog", "rect_um": [2433, 2717, 2733, 2957]},
]
DATA: dict[str, Any] = {
    "design": "cut-cells",
    "package": {
        "outline_mm": [9, 7],
        "ambient_c": 25,
        "top": {"htc_w_m2k": 2500},
        "bottom": {"htc_w_m2k": 20, "ambient_c": 40},
        "layers": [
            {"name": "substrate", "thickness_um": 600, "material": "organic", "exposed": {"htc_w_m2k": 8}},
            {
                "name": "dies",
                "outline_mm": [8, 6],
                "fill": "void",
                "chiplets": [
                    {"die": "soc", "name": "soc0", "at_mm": [1.137, 1.711]},
                    {"die": "memory", "name": "mem0", "at_mm": [5.293, 1.973]},
                ],
            },
            {"name": "tim", "thickness_um": 50, "material": "grease", "outline_mm": [8, 6]},
            {"name": "lid", "thickness_um": 800, "material": "copper", "contact_below_m2k_w": 2e-6},
        ],
    },
    "dies": {
        "soc": {
            "outline_mm": [3.17, 3.29],
            "layers": [
                {"name": "device", "thickness_um": 20, "material": "si", "floorplan": {"blocks": BLOCKS}},
                {
                    "name": "bulk",
                    "thickness_um": 380,
                    "material": "si",
                    "regions": [{"rect_um": [0, 2650, 3170, 2705], "material": "grease"}],
                },
            ],
        },
        "memory": {
            "outline_mm": [2.61, 3.07],
            "layers": [
                {
                    "name": "dram",
                    "thickness_um": 310,
                    "material": "si",
                    "floorplan": {
                        "blocks": [{"name": "array", "kind": "hbm", "rect_um": [0, 0, 2610, 3070]}]
                    },
                }
            ],
        },
    },
    "materials": {
        name: {"k_w_mk": k, "density_kg_m3": 2000, "specific_heat_j_kgk": 700, "source": "exact case"}
        for name, k in {"organic": [15, 15, 0.5], "si": 130, "grease": 4, "copper": 390}.items()
    },
    "power": {"soc0/cpu": 9.0, "soc0/pll": 0.05, "mem0/array": 1.5},
}
CPU, PLL, MEMORY = "soc0/cpu", "soc0/pll", "mem0/array"


def _with_power(scene: Scene, watts: dict[str, float]) -> Scene:
    return replace(scene, blocks=tuple(replace(b, power=watts.get(b.name, 0.0)) for b in scene.blocks))


def _mean(field: Field, name: str) -> float:
    """Mean over cells, weighted as the block's heat is, the functional that reciprocity is about."""
    system, mesh = field.system, field.mesh
    index = [b.name for b in system.scene.blocks].index(name)
    block = system.scene.blocks[index]
    column, fraction = system.deposited.row(index)
    low, high = field.z_cells(block.z0, block.z1)
    tall = mesh.heights[low:high]
    weighted = field.temperature[column, low:high] * fraction[:, None] * tall
    return float(weighted.sum() / tall.sum())


def _run(progress: Progress) -> tuple[Check, ...]:
    scene = place(Design.from_dict(DATA))
    mesh: Mesh = build_mesh(scene, Resolution(base=14, analog=4, other=4))
    powers = {b.name: b.power for b in scene.blocks}
    parts = {"all": powers, "none": {}, CPU: {CPU: 1.0}, MEMORY: {MEMORY: 1.0}, PLL: {PLL: 1.0}}
    found: dict[str, Solved] = {}
    for name, watts in parts.items():
        progress("solve", len(found) / len(parts))
        found[name] = equilibrium(_with_power(scene, watts), mesh, TOLERANCE, Clock(lambda *_: None))
    fields = {name: solved.field for name, solved in found.items()}
    full, cold = fields["all"].temperature, fields["none"].temperature
    together = cold + sum(watts * (fields[name].temperature - cold) for name, watts in powers.items())
    there = _mean(fields[CPU], MEMORY) - _mean(fields["none"], MEMORY)
    back = _mean(fields[MEMORY], CPU) - _mean(fields["none"], CPU)
    apart = float(np.nanmax(np.abs(together - full)) / np.nanmax(full - cold))
    return (
        Check("energy balance, relative", "", 0.0, found["all"].run.energy_balance_rel, BALANCE),
        Check("reciprocity, cpu-memory", "K/W", there, back, SAME * abs(there)),
        Check("superposition, relative", "", 0.0, apart, SAME),
    )


CASES = (Case("principles", "balance, symmetry and sums, where edges cut cells", _run),)
