"""Where a mesh has to be finer for some blocks: goal-oriented indicators, and the marking of cells.

With u the temperatures and l the adjoint of a goal J, the change of J from a mesh to the one nested in it is
the energy product of the changes of u and l (Galerkin orthogonality). Its part in the faces between
neighbouring columns, and in those between neighbouring heights, tells which columns to split and which
heights. See ``docs/theory/error-bars.md``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from thermal.adjoint import Adjoint, deposit
from thermal.field import Field
from thermal.kernels import refine as kernels
from thermal.kernels.arrays import Bools, Floats
from thermal.mesh.build import split_heights
from thermal.mesh.columns import Mesh

# Of adjoints that only say where to refine.
ROUGH = 0.02
# A hot spot is judged by the heat around it, so far into its block: a share of the shorter side.
REACH = 0.25
TINY = float(np.finfo(float).tiny)


@dataclass(frozen=True, eq=False)
class Indicators:
    """Error of the goal that arises in every column and every z-cell of the coarse mesh.

    Attributes
    ----------
    plane
        ``[columns]``, from faces between columns.
    height
        ``[nz]``, from faces between heights.
    """

    plane: Floats
    height: Floats

    def scaled(self, plane: float, height: float) -> Indicators:
        """The same, but with these sums: parts of one direction cancel more than those of the other."""
        return Indicators(
            self.plane * (plane / max(float(self.plane.sum()), TINY)),
            self.height * (height / max(float(self.height.sum()), TINY)),
        )


def goal(field: Field, weights: Floats, spots: Floats | None = None) -> Floats:
    """``[columns, nz]`` the weighted sum of block temperatures by every cell, as weights of cell values.

    Parameters
    ----------
    weights
        ``[blocks]``; blocks of weight 0 are left out.
    spots
        ``[blocks, 2]``: x and y around which the temperature of a block is taken, m; its mean where NaN, and
        everywhere unless given.
    """
    total = np.zeros_like(field.temperature)
    for block in np.flatnonzero(weights):
        column, where, share = deposit(field.system, int(block))
        if spots is not None and not np.isnan(spots[block, 0]):
            share = share * _near(field, int(block), spots[block])[column, None]
            share /= share.sum()
        total[column, where] += weights[block] * share
    return np.where(np.isnan(field.temperature), 0.0, total)


def _near(field: Field, block: int, spot: Floats) -> Floats:
    """``[columns]`` a bell around a spot of a block; 1 in the column nearest to it."""
    x0, y0, x1, y1 = field.system.scene.blocks[block].outline.bounds
    x, y, _ = field.mesh.centres
    far = (x - spot[0]) ** 2 + (y - spot[1]) ** 2
    near: Floats = np.exp((far.min() - far) / (REACH * min(x1 - x0, y1 - y0)) ** 2)
    return near


def indicators(
    coarse: Field, mixed: Field, fine: Field, weights: Floats, spots: Floats | None = None
) -> Indicators:
    """Where the error of the weighted sum of block temperatures arises.

    Parameters
    ----------
    coarse, mixed, fine
        Solved on the meshes of a family.
    weights, spots
        As `goal` has them.
    """
    start: Field | None = None
    duals: list[Field] = []
    for field in (coarse, mixed, fine):
        adjoint = Adjoint(field, ROUGH)
        guess: Floats | None = None if start is None else np.nan_to_num(start.on(field.mesh))
        found = adjoint.linear.solve(
            goal(field, weights, spots), tolerance=ROUGH, transposed=True, start=guess
        ).x
        start = adjoint.response(found)
        duals.append(start)
    # Each change is between meshes that differ in one direction: read across the other one, a field has
    # steps at interfaces, which have nothing to do with the error there.
    by_height = _parts(coarse, mixed, duals[0], duals[1])[1]
    by_column = _parts(mixed, fine, duals[1], duals[2])[0]
    # Siblings follow one another along the Morton curve, halves of a z-cell along z.
    return Indicators(
        np.abs(by_column.reshape(-1, 4).sum(axis=1)), np.abs(by_height.sum(axis=0).reshape(-1, 2).sum(axis=1))
    )


def _parts(first: Field, second: Field, dual: Field, finer_dual: Field) -> tuple[Floats, Floats]:
    """Energy product of the changes from one mesh to the next, in the faces of each direction."""
    mesh, system = second.mesh, second.system
    primal = np.nan_to_num(second.temperature - first.on(mesh))
    change = np.nan_to_num(finer_dual.temperature - dual.on(mesh))
    start, face, pairs, _ = mesh.adjacency
    plane, height = np.empty(mesh.columns), np.empty((mesh.columns, mesh.nz))
    hanging = system.hanging
    bends = hanging.bent, hanging.bends(primal), hanging.bends(change)
    kernels.indicators(
        start, face, pairs, system.lateral, system.vertical, primal, change, *bends, plane, height
    )
    return plane, height


def marked(found: Indicators, mesh: Mesh, share: float, room: float) -> tuple[Bools, Bools]:
    """Columns and z-cells to split: those with the largest error per cell that they cost.

    Parameters
    ----------
    share
        Of the error, to be reached by splitting.
    room
        Cells that may be added.
    """
    gain = np.concatenate([found.plane, found.height])
    cost = np.concatenate([np.full(mesh.columns, 3.0 * mesh.nz), np.full(mesh.nz, float(mesh.columns))])
    order = np.argsort(-gain / cost, kind="stable")
    reached = np.cumsum(gain[order])
    enough = int(np.searchsorted(reached, share * reached[-1])) + 1
    fits = int(np.searchsorted(np.cumsum(cost[order]), room, side="right"))
    split = np.zeros(gain.size, bool)
    split[order[: min(enough, fits)]] = True
    return split[: mesh.columns], split[mesh.columns :]


def split(mesh: Mesh, columns: Bools, heights: Bools) -> Mesh:
    """A mesh with some columns split in four, and some z-cells in two."""
    tree = mesh.tree.split(columns).balanced() if columns.any() else mesh.tree
    return Mesh(tree, *split_heights(mesh, heights))


def weights_of(errors: Sequence[float], wanted: Sequence[float] | Floats) -> Floats:
    """Of blocks whose error is larger than wanted: 1 / wanted; of the others 0."""
    bar, ask = np.asarray(errors, float), np.asarray(wanted, float)
    return np.where(np.nan_to_num(bar) > ask, 1.0 / ask, 0.0)
