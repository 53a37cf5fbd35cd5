"""How a block's mean answers to a parameter: the adjoint against the change of the heat balance."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from thermal.boundary import Boundary, face_flux
from thermal.field import Field
from thermal.kernels import adjoint as kernels
from thermal.kernels import reconstruction
from thermal.kernels.arrays import Floats
from thermal.variation import Variant

STEP = 1e-4
"""Relative, to either side: the error is of its square, and rounding takes four digits."""


class Observed:
    """The mean of one block, with its adjoint.

    Parameters
    ----------
    field
        The solved field.
    block
        Index in the scene.
    adjoint
        ``[columns, nz]`` K of the mean per W.
    """

    def __init__(self, field: Field, block: int, adjoint: Floats) -> None:
        self.field, self.block, self.adjoint = field, block, adjoint
        self.theta = np.nan_to_num(field.temperature - field.system.reference)
        placed = field.system.scene.blocks[block]
        self.name = placed.name
        self.cells = field.z_cells(placed.z0, placed.z1)
        hanging = field.system.hanging
        self._bent = hanging.bent
        self._bends = hanging.bends(adjoint), hanging.bends(self.theta)

    def by(self, varied: Callable[[float], Variant], at: float = 1.0, step: float = STEP) -> float:
        """Derivative of the mean, K per unit of a parameter of which `varied` makes systems.

        dt/dp = lambda . (db/dp - dA/dp theta) + dg/dp . theta, the changes of operator, heat and functional
        by central differences at the temperatures there are.
        """
        plus, minus = varied(at + step), varied(at - step)
        change = self._through_cells(plus, minus) + self._read(plus) - self._read(minus)
        if plus.boundary is not None and minus.boundary is not None:
            change += self._through_boundary(plus.boundary) - self._through_boundary(minus.boundary)
        return float(change) / (2.0 * step)

    def _through_cells(self, plus: Variant, minus: Variant) -> float:
        """Minus lambda . (change of A) theta over faces between cells."""
        low, high = plus.window(1)
        if plus.cells[0] == plus.cells[1]:
            return 0.0
        mesh, total = self.field.mesh, 0.0
        if plus.sideways:
            across = np.empty(mesh.faces[0].shape[0])
            changed = plus.lateral(low, high), minus.lateral(low, high)
            kernels.through_faces(
                mesh.faces[0], *changed, low, self.adjoint, self.theta, self._bent, *self._bends, across
            )
            total += float(across.sum())
        if plus.upwards:
            upward = np.empty(mesh.columns)
            changed = plus.vertical(low, high), minus.vertical(low, high)
            kernels.through_planes(*changed, low, self.adjoint, self.theta, upward)
            total += float(upward.sum())
        return -total

    def _through_boundary(self, boundary: Boundary) -> float:
        """What the films bring in at the temperatures there are, weighted with the adjoint."""
        ends = boundary.loss.shape[1] != self.adjoint.shape[1]
        adjoint = self.adjoint[:, [0, -1]] if ends else self.adjoint
        return -float(np.sum(adjoint * boundary.outflow(self.theta)))

    def _read(self, variant: Variant) -> float:
        """The mean that the changed conductances imply, in K; 0 where nothing near the block changes."""
        field, mesh = self.field, self.field.mesh
        low, high = variant.window(1, self.cells)
        touched = variant.cells[0] < high and variant.cells[1] > low and variant.cells[0] < variant.cells[1]
        at_end = variant.boundary is not None and (self.cells[0] == 0 or self.cells[1] == mesh.nz)
        if not (touched or at_end):
            return 0.0
        placed = field.system.scene.blocks[self.block]
        column, area = field.system.shares.row(self.block)
        box = np.tile(np.array(placed.outline.bounds, float), (column.size, 1))
        x0, y0, _, _ = mesh.tree.bounds
        geometry = field.geometry._replace(
            heights=mesh.heights[low:high],
            pattern=variant.found.pattern[mesh.slab[low:high]],
            k=variant.found.k,
            factor=variant.factor(low, high),
            lateral=variant.lateral(low, high),
            vertical=variant.vertical(low, high),
            ends=self._end_flow(variant),
            bend=np.ascontiguousarray(field.geometry.bend[:, low:high]),
        )
        out = np.empty((column.size, 7))
        z0, z1 = self.cells[0] - low, self.cells[1] - low
        t = np.ascontiguousarray(field.temperature[:, low:high])
        reconstruction.over_boxes(
            column, area, box, z0, z1, x0, y0, mesh.z[low : high + 1], *geometry, t, out
        )
        return float(out[:, 5].sum() / out[:, 6].sum())

    def _end_flow(self, variant: Variant) -> Floats:
        boundary, field = variant.boundary, self.field
        if boundary is None:
            return field.geometry.ends
        flow = boundary.ends * self.theta[:, [0, -1]] - boundary.end_inflow
        scene = field.system.scene
        for side, face in enumerate((scene.bottom, scene.top)):
            flow[:, side] -= face_flux(face, scene, field.mesh)
        return np.asarray(flow, float)
