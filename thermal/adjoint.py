"""Adjoints of block means: what every watt in every cell does to the mean temperature of a block.

The mean t of a block, as reported, is linear in the cell temperatures: dt = g . dT. A change of the heat b or
of the operator A changes the field by J dT = db - dA T, so that dt = lambda . (db - dA T) with
J^T lambda = g: one solve for all there is to vary. Equations: ``docs/theory/adjoint.md``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import NamedTuple

import numpy as np

from thermal.clock import Clock
from thermal.equilibrium import equilibrium
from thermal.evaluated import factors
from thermal.field import Field
from thermal.kernels import adjoint as kernels
from thermal.kernels.arrays import Floats, Ints, Singles
from thermal.linearised import Linearised
from thermal.mesh.build import build_mesh
from thermal.mesh.resolution import Resolution
from thermal.moves import Moves
from thermal.system import ConductionSystem

TOLERANCE = 1e-10
"""Of adjoints and responses, tighter than that of the field: they are superposed."""


class Response(Field):
    """A change of the field, read between cell centres: no ambient, no flux, no coldest temperature."""

    @cached_property
    def floor(self) -> float:
        """A change may be of any size."""
        return -np.inf

    def _end_flow(self) -> Floats:
        return np.nan_to_num(self.system.ends * self.temperature[:, [0, -1]])


def coarse_adjoint(field: Field, resolution: Resolution, tolerance: float = 1e-8) -> Adjoint:
    """Adjoints of the same scene in cells twice as large as a resolution wants: an eighth of the work.

    Parameters
    ----------
    field
        A solved field, from which the iteration starts.
    """
    scene = field.system.scene
    mesh = build_mesh(scene, resolution.coarsened())
    found = equilibrium(scene, mesh, tolerance, Clock(lambda _stage, _done: None), start=field)
    return Adjoint(found.field)


class Tangent(NamedTuple):
    """How conductances change with temperature: see `thermal.jacobian`; empty where they do not."""

    rate: Singles
    lateral: Singles
    vertical: Singles
    ends: Floats


CONSTANT = Tangent(
    np.empty((0, 0, 0), np.float32),
    np.empty((0, 0, 0), np.float32),
    np.empty((0, 0, 0), np.float32),
    np.empty((0, 2)),
)


class Adjoint:
    """Adjoints and unit responses of one field; the hierarchy is built once for all of them.

    Parameters
    ----------
    field
        The solved field at which everything is linearised.
    tolerance
        On residuals relative to their right-hand sides.
    """

    def __init__(self, field: Field, tolerance: float = TOLERANCE) -> None:
        self.field = field
        self.tolerance = tolerance

    @cached_property
    def linear(self) -> Linearised:
        """The Jacobian at the field."""
        found = Linearised.at(self.field)
        feedback = self.system.feedback
        if found.jacobian is not None and feedback is not None and feedback.of_mean.size:
            blocks = feedback.blocks[feedback.of_mean].tolist()
            means = np.array([s.t_avg for s in self.field.of_blocks(blocks)])
            tangent = tangent_of(self.field, found)
            found.jacobian.read_means(means, [mean_derivative(self.field, i, tangent) for i in blocks])
        return found

    @cached_property
    def tangent(self) -> Tangent:
        """What the conductances do when the field changes."""
        return tangent_of(self.field, self.linear)

    @cached_property
    def moves(self) -> Moves:
        """The blocks moved to each side."""
        return Moves(self.field)

    @property
    def system(self) -> ConductionSystem:
        """The system of the field."""
        return self.field.system

    def of_mean(self, block: int, progress: Callable[[int, float], None] | None = None) -> Floats:
        """``[columns, nz]`` K of the block's mean per W in each cell.

        Parameters
        ----------
        block
            Index in the scene.

        Raises
        ------
        ValueError
            There is no material with a temperature inside the block.
        """
        g = mean_derivative(self.field, block, self.tangent)
        return self.linear.solve(g, tolerance=self.tolerance, transposed=True, progress=progress).x

    def to_watt(self, block: int, progress: Callable[[int, float], None] | None = None) -> Floats:
        """``[columns, nz]`` K of each cell per W in a block."""
        heat = np.zeros_like(self.field.temperature)
        column, where, share = deposit(self.system, block)
        heat[column, where] = share
        return self.linear.solve(heat, tolerance=self.tolerance, progress=progress).x

    def response(self, change: Floats) -> Response:
        """A change of the field, or an adjoint, to be read at any point; nan in void."""
        solid = self.system.solid[self.field.mesh.slab].T
        return Response(self.system, np.where(solid, change, np.nan))

    def per_watt(self, adjoint: Floats) -> Floats:
        """``[blocks]`` K of the observed mean per W of every block of the scene."""
        found = np.empty(len(self.system.scene.blocks))
        for i in range(found.size):
            column, where, share = deposit(self.system, i)
            found[i] = np.sum(adjoint[column, where] * share)
        return found


def tangent_of(field: Field, linear: Linearised) -> Tangent:
    """What the conductances of a linearisation do when the field changes."""
    jacobian = linear.jacobian
    if jacobian is None or jacobian.drifts is None:
        return CONSTANT
    filled = np.nan_to_num(field.temperature, nan=field.system.reference)
    _, rate = factors(field.system, filled)
    lateral, vertical, loss = jacobian.drifts
    return Tangent(rate, lateral, vertical, np.ascontiguousarray(loss[:, [0, -1]]))


def deposit(system: ConductionSystem, block: int) -> tuple[Ints, slice, Floats]:
    """Columns and z-cells that a block's heat goes to, and the share of each cell, ``[columns, nz]``."""
    mesh, placed = system.mesh, system.scene.blocks[block]
    column, fraction = system.deposited.row(block)
    middle = 0.5 * (mesh.z[1:] + mesh.z[:-1])
    inside = np.flatnonzero((middle > placed.z0) & (middle < placed.z1))
    where = slice(int(inside[0]), int(inside[-1]) + 1)
    height = mesh.heights[where]
    return column, where, fraction[:, None] * (height / height.sum())


def mean_derivative(field: Field, block: int, tangent: Tangent) -> Floats:
    """``[columns, nz]`` derivative of a block's mean temperature by that of every cell.

    It is that of `thermal.metrics.BlockMetrics.t_avg`: cell values and the parabolas between the faces.

    Raises
    ------
    ValueError
        There is no material with a temperature inside the block.
    """
    system, mesh = field.system, field.mesh
    placed = system.scene.blocks[block]
    column, area = system.shares.row(block)
    box = np.tile(np.array(placed.outline.bounds, float), (column.size, 1))
    low, high = field.z_cells(placed.z0, placed.z1)
    offset = np.empty((0, 0, 6))
    if tangent.rate.size:
        shapes = np.empty((column.size * (high - low), 7))
        cell = np.tile(np.arange(low, high, dtype=np.int64), column.size)
        kernels.shapes(np.repeat(column, high - low), cell, *field.geometry, field.temperature, shapes)
        offset = np.nan_to_num(shapes[:, 1:].reshape(column.size, high - low, 6))
    x0, y0, _, _ = mesh.tree.bounds
    out = np.zeros_like(field.temperature)
    geometry = field.geometry._replace(ends=system.ends)
    solid, slab = system.solid, mesh.slab
    stencil = system.hanging.stencil[:-1]
    volume = kernels.mean_weights(
        column, area, box, low, high, x0, y0, solid, slab, *geometry[:-1], *tangent, offset, *stencil, out
    )
    if volume == 0.0:
        raise ValueError(f"block {placed.name!r} holds no material that has a temperature")
    return out
