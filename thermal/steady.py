"""Steady solve: scene to nested meshes to systems to a solution with its error bars and evidence."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from thermal import memory
from thermal.adaptive import MAX_CELLS, Triple, refined, told, wanted
from thermal.clock import Clock, Progress
from thermal.design import Design, load
from thermal.kernels.arrays import Floats
from thermal.mesh.build import Family
from thermal.mesh.resolution import Resolution
from thermal.placement import place
from thermal.rounds import Refinement, Stop
from thermal.scene import Scene
from thermal.solution import Evidence, Solution
from thermal.system import ConductionSystem


def solve(
    design: Design | Scene | str | Path,
    *,
    resolution: Resolution | None = None,
    tolerance: float = 1e-8,
    max_memory: int | None = None,
    progress: Progress | None = None,
    scenario: str | None = None,
    constant_k: bool = False,
    leakage: bool = True,
    refine: bool = False,
    max_cells: int | None = None,
) -> Solution:
    """Solve for the steady temperature field.

    Parameters
    ----------
    design
        A design, a file, the name of a shipped design, or a placed scene.
    resolution
        Cells wanted, at the start if the mesh is refined; default `Resolution()`.
    tolerance
        On the unpreconditioned residual relative to the right-hand side.
    max_memory
        Bytes; default 80 % of what is free.
    scenario
        Name of one of the design's scenarios.
    constant_k
        Whether conductivities stay at their stated values, whatever the temperature.
    leakage
        Whether blocks leak, where the design says so.
    refine
        Whether to refine until every block is as accurate as asked.
    max_cells
        Cells at which refinement ends; default 12 million.

    Raises
    ------
    InputError
        The design is wrong, or a powered block has no path to a cooled face.
    MemoryLimit
        The solve would not fit.
    NoConvergence
        The iteration stopped above the tolerance.
    """
    clock = Clock(progress or (lambda _stage, _done: None))
    with clock.stage("read and place"):
        if isinstance(design, str | Path):
            design = load(design)
        if scenario is not None and isinstance(design, Design):
            design = design.scenario(scenario)
        scene = place(design) if isinstance(design, Design) else design
        scene = scene.simplified(constant_k=constant_k, leakage=leakage)
    with clock.stage("mesh"):
        family = Family.of(scene, resolution or Resolution())
        predicted = memory.predicted_for(scene, family.fine)
        memory.check(predicted, max_memory)
    found = Triple.solved(scene, family, tolerance, clock)
    record = Refinement((told(scene, found, wanted(scene.blocks)),), Stop.OFF)
    if refine:
        budget = max_cells or MAX_CELLS
        found, record = refined(
            scene, found, tolerance=tolerance, clock=clock, max_cells=budget, max_memory=max_memory
        )
    return Solution(
        scene=scene,
        field=found.fine.field,
        evidence=_evidence(found, record, tolerance, clock),
        block_errors=found.blocks,
        layer_errors=found.layers,
        design=design if isinstance(design, Design) else None,
        scenario=scenario,
    )


def _evidence(found: Triple, record: Refinement, tolerance: float, clock: Clock) -> Evidence:
    last = found.fine
    system = last.field.system
    theta = np.nan_to_num(last.field.temperature - system.reference)
    bottom, top, sides = _heat_by_face(system, theta)
    wx, wy = system.mesh.widths
    return Evidence(
        fine=last.run,
        mixed=found.mixed.run,
        coarse=found.coarse.run,
        refinement=record,
        unknowns=int(np.count_nonzero(~np.isnan(last.field.temperature))),
        tolerance=tolerance,
        reference=system.reference,
        power=float(system.source.sum()),
        leakage=float(system.leaked.sum()),
        heat_top=top,
        heat_bottom=bottom,
        heat_sides=sides,
        smallest=float(min(wx.min(), wy.min())),
        largest=float(max(wx.max(), wy.max())),
        predicted_bytes=memory.predicted_for(system.scene, system.mesh),
        peak_bytes=memory.peak_bytes(),
        stages=dict(clock.stages),
    )


def _heat_by_face(system: ConductionSystem, theta: Floats) -> tuple[float, float, float]:
    bottom, top = system.end_flow(theta).sum(axis=0)
    return float(bottom), float(top), system.outflow(theta) - float(bottom + top)
