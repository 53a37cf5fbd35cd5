"""A system at a temperature field: conductances, boundary terms and leakage as they are there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from thermal.boundary import STATED, Boundary
from thermal.field import Field
from thermal.kernels import laws
from thermal.kernels import nonlinear as kernels
from thermal.kernels.arrays import Floats, Singles
from thermal.scene import Scene
from thermal.system import ConductionSystem, heat

CONSTANT: Singles = np.empty((0, 0, 0), np.float32)
"""Stands for conductivities that do not change."""


def evaluated(
    system: ConductionSystem,
    temperature: Floats,
    *,
    scene: Scene | None = None,
    overwrite: bool = False,
    rate: Singles = CONSTANT,
) -> tuple[ConductionSystem, Singles]:
    """The same cells at other temperatures.

    Parameters
    ----------
    temperature
        ``[columns, nz]`` K, finite in void too.
    scene
        The same scene with other powers, films or ambients.
    overwrite, rate
        Whether the arrays of `system` may be, and the second result of the call that made it.

    Returns
    -------
    tuple
        The system, and ``[axes, columns, nz]`` the logarithmic derivatives of the conductivities in 1/K
        (empty where they are constant).
    """
    scene = scene or system.scene
    mesh, found = system.mesh, system.conductivities
    factor, lateral, vertical = STATED, system.lateral, system.vertical
    if len(found.curves):
        factor, rate = factors(system, temperature, rate if overwrite else CONSTANT)
        lateral = lateral if overwrite else np.empty_like(lateral)
        vertical = vertical if overwrite else np.empty_like(vertical)
        _conductances(system, factor, lateral, vertical)
    boundary = Boundary.of(scene, mesh, found, system.reference, factor)
    system = replace(
        system,
        scene=scene,
        factor=factor,
        lateral=lateral,
        vertical=vertical,
        loss=boundary.loss,
        inflow=boundary.inflow,
        ends=boundary.ends,
        end_inflow=boundary.end_inflow,
    )
    feedback, means = system.feedback, None
    if feedback is not None and feedback.of_mean.size:
        averaged = feedback.blocks[feedback.of_mean]
        shown = np.where(system.solid[mesh.slab].T, temperature, np.nan)
        means = np.array([s.t_avg for s in Field(system, shown).of_blocks(averaged.tolist())])
    into = system.source if overwrite else None
    source, leaked = heat(scene, mesh, system.deposited, feedback, temperature, means, into)
    return replace(system, source=source, leaked=leaked), rate


def factors(
    system: ConductionSystem, temperature: Floats, rate: Singles = CONSTANT
) -> tuple[Floats, Singles]:
    """Conductivities over their stated values, and their logarithmic derivatives in 1/K.

    Written into the factors of `system` and into `rate`, if that is given.
    """
    found, mesh = system.conductivities, system.mesh
    curves = found.curves
    factor = system.factor
    if rate.size == 0:
        factor = np.empty((curves.axes, mesh.columns, mesh.nz))
        rate = np.empty(factor.shape, np.float32)
    laws.factors(
        found.pattern[mesh.slab],
        found.law,
        found.mixture,
        curves.start,
        curves.breaks,
        curves.coefficients,
        temperature,
        factor,
        rate,
    )
    return factor, rate


def _conductances(system: ConductionSystem, factor: Floats, lateral: Floats, vertical: Floats) -> None:
    mesh, found = system.mesh, system.conductivities
    pattern, axis = found.pattern[mesh.slab], found.curves.axis
    pairs, x_faces = mesh.faces
    kernels.lateral(pairs, x_faces, *mesh.widths, mesh.heights, pattern, found.k, factor, axis, lateral)
    contact = system.contact, system.plane
    kernels.vertical(mesh.areas, mesh.heights, pattern, found.k, *contact, factor, axis, vertical)
