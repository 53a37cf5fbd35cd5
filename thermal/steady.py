"""Steady solve: scene to nested meshes to systems to a solution with its error bars and evidence."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from thermal import memory
from thermal.design import Design, load
from thermal.field import Field
from thermal.kernels.arrays import Floats
from thermal.krylov import Operator, conjugate_gradients
from thermal.mesh.build import nested_meshes
from thermal.mesh.columns import Mesh
from thermal.mesh.resolution import Resolution
from thermal.placement import place
from thermal.scene import Scene
from thermal.solution import Evidence, MeshRun, Solution
from thermal.system import ConductionSystem, assemble

Progress = Callable[[str, float], None]
"""Called with the stage and how far it is, from 0 to 1."""


@dataclass(frozen=True, eq=False)
class Solved:
    """A system with its field and the record of its solve."""

    field: Field
    run: MeshRun


def solve(
    design: Design | Scene | str | Path,
    *,
    resolution: Resolution | None = None,
    tolerance: float = 1e-8,
    max_memory: int | None = None,
    progress: Progress | None = None,
    scenario: str | None = None,
) -> Solution:
    """Solve for the steady temperature field.

    Parameters
    ----------
    design
        A design, a file, the name of a shipped design, or a placed scene.
    resolution
        Cells wanted; default `Resolution()`.
    tolerance
        On the unpreconditioned residual relative to the right-hand side.
    max_memory
        Bytes; default 80 % of what is free.
    scenario
        Name of one of the design's scenarios.

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
    with clock.stage("mesh"):
        coarse, fine = nested_meshes(scene, resolution or Resolution())
        predicted = memory.predicted_for(scene, fine)
        memory.check(predicted, max_memory)
    first = solved(scene, coarse, tolerance, clock, "coarse ")
    coarse_blocks = first.field.of_blocks()
    coarse_layers = [first.field.statistics(x.outline, x.z0, x.z1) for x in scene.layers]
    last = solved(scene, fine, tolerance, clock, "")
    evidence = _evidence(last, first.run, tolerance, predicted, clock)
    return Solution(
        scene=scene,
        field=last.field,
        evidence=evidence,
        coarse_blocks=tuple(coarse_blocks),
        coarse_layers=tuple(coarse_layers),
        design=design if isinstance(design, Design) else None,
        scenario=scenario,
    )


class Clock:
    """Wall seconds per stage, and the caller's progress."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.stages: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a stage under its name."""
        self.progress(name, 0.0)
        begin = time.perf_counter()
        yield
        self.stages[name] = self.stages.get(name, 0.0) + time.perf_counter() - begin
        self.progress(name, 1.0)


def solved(scene: Scene, mesh: Mesh, tolerance: float, clock: Clock, prefix: str = "") -> Solved:
    """Assemble and solve one mesh."""
    with clock.stage(prefix + "assemble"):
        system = assemble(scene, mesh)
        rhs = system.rhs
    with clock.stage(prefix + "hierarchy"):
        multigrid = system.multigrid()
        operator = Operator(multigrid, system.lateral, system.vertical, system.loss)
    name = prefix + "iterate"

    def tick(_iteration: int, residual: float) -> None:
        done = np.log(max(residual, tolerance)) / np.log(tolerance)
        clock.progress(name, float(np.clip(done, 0.0, 1.0)))

    with clock.stage(name):
        found = conjugate_gradients(operator, multigrid, rhs, tolerance=tolerance, progress=tick)
        before = float(found.x[0, 0])
        theta, balance = balanced(system, found.x)
        shift = float(theta[0, 0]) - before
    temperature = theta
    temperature += system.reference
    temperature[~system.solid[mesh.slab].T] = np.nan
    run = MeshRun(mesh.cells, mesh.columns, mesh.nz, found.iterations, found.residuals, balance, shift)
    return Solved(Field(system, temperature), run)


def balanced(system: ConductionSystem, theta: Floats) -> tuple[Floats, float]:
    """Close the energy balance in the constant mode; returns the field and what remains, relative.

    The correction is the Galerkin solution in the space of constants: heat lacking / total loss
    conductance. It is of the size of the solver tolerance.
    """
    heat = float(system.source.sum())
    through = max(heat, float(np.abs(system.inflow).sum()))
    if through == 0.0:
        return theta, 0.0
    for _ in range(2):
        # The second pass takes up the rounding of the first.
        theta += (heat - system.outflow(theta)) / float(system.loss.sum())
    return theta, abs(system.outflow(theta) - heat) / through


def _evidence(last: Solved, coarse: MeshRun, tolerance: float, predicted: int, clock: Clock) -> Evidence:
    system = last.field.system
    theta = np.nan_to_num(last.field.temperature - system.reference)
    bottom, top, sides = _heat_by_face(system, theta)
    wx, wy = system.mesh.widths
    return Evidence(
        fine=last.run,
        coarse=coarse,
        unknowns=int(np.count_nonzero(~np.isnan(last.field.temperature))),
        tolerance=tolerance,
        reference=system.reference,
        power=float(system.source.sum()),
        heat_top=top,
        heat_bottom=bottom,
        heat_sides=sides,
        smallest=float(min(wx.min(), wy.min())),
        largest=float(max(wx.max(), wy.max())),
        predicted_bytes=predicted,
        peak_bytes=memory.peak_bytes(),
        stages=dict(clock.stages),
    )


def _heat_by_face(system: ConductionSystem, theta: Floats) -> tuple[float, float, float]:
    bottom, top = system.end_flow(theta).sum(axis=0)
    return float(bottom), float(top), system.outflow(theta) - float(bottom + top)
