"""The steady temperatures of a scene on one mesh."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from thermal.clock import Clock
from thermal.field import Field
from thermal.kernels.arrays import Floats
from thermal.krylov import NoConvergence, remaining
from thermal.linearised import Linearised
from thermal.mesh.columns import Mesh
from thermal.nonlinear import NoSteadyState, Root, newton
from thermal.reached import check_reached
from thermal.runaway import recovered
from thermal.scene import Scene
from thermal.solution import MeshRun
from thermal.system import ConductionSystem, assemble


@dataclass(frozen=True, eq=False)
class Solved:
    """A system with its field and the record of its solve."""

    field: Field
    run: MeshRun


def equilibrium(
    scene: Scene,
    mesh: Mesh,
    tolerance: float,
    clock: Clock,
    prefix: str = "",
    start: Field | None = None,
) -> Solved:
    """Solve a scene on one mesh.

    Parameters
    ----------
    tolerance
        On the residual relative to the right-hand side.
    prefix
        Of the names of the stages.
    start
        First guess, on any mesh of the scene.
    """
    with clock.stage(prefix + "assemble"):
        system = assemble(scene, mesh)
        rhs = system.rhs
    name = prefix + "iterate"
    if system.nonlinear:
        return _root(system, tolerance, clock, name, start)
    with clock.stage(prefix + "hierarchy"):
        linear = Linearised(system)

    def tick(_iteration: int, residual: float) -> None:
        done = np.log(max(residual, tolerance)) / np.log(tolerance)
        clock.progress(name, float(np.clip(done, 0.0, 1.0)))

    with clock.stage(name):
        guess = None if start is None else carried(start, system)
        found = linear.solve(rhs, tolerance=tolerance, start=guess, progress=tick)
        left = remaining(linear.multigrid, rhs, found.residuals)
        before = float(found.x[0, 0])
        theta, balance = balanced(system, found.x)
        shift = float(theta[0, 0]) - before
    run = MeshRun(
        mesh.cells,
        mesh.columns,
        mesh.nz,
        found.iterations,
        found.residuals,
        balance,
        shift,
        solver_error=left,
    )
    return Solved(_field(system, theta), run)


def _root(system: ConductionSystem, tolerance: float, clock: Clock, name: str, start: Field | None) -> Solved:
    """Solve a system that depends on its temperatures."""

    def tick(_iteration: int, residual: float) -> None:
        done = np.log(max(residual, tolerance)) / np.log(tolerance)
        clock.progress(name, float(np.clip(done, 0.0, 1.0)))

    with clock.stage(name):
        guess = None if start is None else carried(start, system)
        found, gain = _found(system, guess, tolerance, tick)
    if found is None:
        found = recovered(system, tolerance, clock)
        gain = found.loop_gain()
    with clock.stage(name):
        check_reached(found.system, found.temperature)
        theta = found.theta
        before = float(theta[0, 0])
        theta, balance = balanced(found.system, theta)
        shift = float(theta[0, 0]) - before
    mesh = system.mesh
    run = MeshRun(
        mesh.cells,
        mesh.columns,
        mesh.nz,
        sum(found.inner),
        found.history,
        balance,
        shift,
        found.outer,
        found.inner,
        gain,
        found.solver_error,
    )
    return Solved(_field(found.system, theta), run)


def _found(
    system: ConductionSystem, guess: Floats | None, tolerance: float, tick: Callable[[int, float], None]
) -> tuple[Root | None, float | None]:
    """A stable steady state and its loop gain; None where none was found, or an unstable one."""
    try:
        found = newton(system, guess, tolerance=tolerance, progress=tick)
    except (NoSteadyState, NoConvergence):
        if system.feedback is None:
            raise
        return None, None
    if guess is not None or system.feedback is None:
        # Near a stable steady state of a coarser mesh.
        return found, None
    gain = found.loop_gain()
    return (found, gain) if 0.0 <= gain < 1.0 else (None, None)


def _field(system: ConductionSystem, theta: Floats) -> Field:
    """The field of temperatures less the reference, which are overwritten."""
    theta += system.reference
    theta[~system.solid[system.mesh.slab].T] = np.nan
    return Field(system, theta)


def carried(start: Field, system: ConductionSystem) -> Floats:
    """A field read at the cell centres of another system, less its reference; 0 where there is void."""
    if start.mesh is system.mesh:
        theta: Floats = start.temperature - system.reference
    else:
        theta = start.on(system.mesh)
        theta -= system.reference
    return np.nan_to_num(theta, copy=False)


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
