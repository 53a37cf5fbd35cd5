"""Multigrid preconditioner: one symmetric V-cycle over columns merged in the plane.

Smoothing solves whole columns along z, so thin layers cost nothing; coarsening merges quadtree siblings,
and above the quadtree roots neighbouring base cells, down to one column, which the smoother solves
exactly. Equations and measurements: ``docs/theory/solver.md``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from thermal.kernels import multigrid as kernels
from thermal.kernels.arrays import Floats, Int32s, Ints, Singles

if TYPE_CHECKING:
    from thermal.mesh.columns import Mesh

# Columns smoothed one after the other before a neighbouring block of another colour follows: large
# enough to stay in cache, small enough to give two cores work on a thousand columns.
BLOCK_COLUMNS = 64
# Below this many cells a sweep costs less than waking a second thread.
PARALLEL_CELLS = 30_000
COARSE_SWEEPS = 2


@dataclass(frozen=True, eq=False)
class Plane:
    """Columns of one level in the plane: rectangles in m, Morton keys, faces."""

    x0: Floats
    y0: Floats
    x1: Floats
    y1: Floats
    keys: Ints
    exponent: Ints
    first: Int32s
    second: Int32s
    x_faces: int

    @classmethod
    def of(cls, mesh: Mesh) -> Plane:
        """The finest level."""
        tree = mesh.tree
        pairs, x_faces = mesh.faces
        x0, y0, x1, y1 = tree.bounds
        first, second = (np.ascontiguousarray(pairs[:, i], np.int32) for i in (0, 1))
        return cls(x0, y0, x1, y1, tree.keys, tree.depth - tree.level, first, second, x_faces)

    def __len__(self) -> int:
        return self.keys.size

    def distances(self) -> Floats:
        """Centre distance across every face in m."""
        n = self.x_faces
        wx, wy = self.x1 - self.x0, self.y1 - self.y0
        return 0.5 * np.concatenate(
            [
                wx[self.first[:n]] + wx[self.second[:n]],
                wy[self.first[n:]] + wy[self.second[n:]],
            ]
        )


@dataclass(frozen=True, eq=False)
class Coarsening:
    """How a plane merges into the next: ranges of children, and groups of fine faces per coarse face."""

    plane: Plane
    children: Ints
    groups: Ints
    members: Ints
    ratio: Singles


def coarsened(plane: Plane) -> Coarsening:
    """Merge every set of siblings that are all columns of this plane."""
    children = np.empty(len(plane) + 1, np.int64)
    m = int(kernels.parents(plane.keys, plane.exponent, children))
    children = children[: m + 1].copy()
    head = children[:-1]
    merged = np.diff(children) > 1
    # A lone column without siblings inside the domain still climbs a level, or it would never meet its cousins.
    alone = ~merged & _without_siblings(plane, head)
    exponent = plane.exponent[head] + (merged | alone)
    keys = plane.keys[head] & ~((np.int64(1) << (2 * exponent)) - 1)
    owner = np.repeat(np.arange(m), np.diff(children))
    lower = [np.minimum.reduceat(v, head) for v in (plane.x0, plane.y0)]
    upper = [np.maximum.reduceat(v, head) for v in (plane.x1, plane.y1)]
    first, second = owner[plane.first], owner[plane.second]
    kept = np.flatnonzero(first != second)
    is_x = kept < plane.x_faces
    code = (np.where(is_x, 0, 1) * m + first[kept]) * m + second[kept]
    order = np.argsort(code, kind="stable")
    unique, begin = np.unique(code[order], return_index=True)
    pair = unique % (m * m)
    coarse = Plane(
        *lower,
        *upper,
        keys,
        exponent,
        (pair // m).astype(np.int32),
        (pair % m).astype(np.int32),
        int(np.count_nonzero(unique < m * m)),
    )
    groups = np.append(begin, order.size).astype(np.int64)
    ratio = np.ones(plane.first.size, np.float32)
    members = kept[order]
    coarse_of = np.repeat(np.arange(unique.size), np.diff(groups))
    ratio[members] = plane.distances()[members] / coarse.distances()[coarse_of]
    return Coarsening(coarse, children, groups, members, ratio)


def _without_siblings(plane: Plane, head: Ints) -> np.ndarray:
    exponent = plane.exponent[head]
    mask = ~((np.int64(1) << (2 * (exponent + 1))) - 1)
    parent = plane.keys[head] & mask
    before = np.where(head > 0, plane.keys[head - 1], np.int64(-1))
    after_index = head + 1
    beyond = np.iinfo(np.int64).max
    after = np.where(after_index < len(plane), plane.keys[np.minimum(after_index, len(plane) - 1)], beyond)
    return (before < parent) & (after >= parent + (np.int64(1) << (2 * (exponent + 1))))


@dataclass(frozen=True, eq=False)
class Level:
    """One level of the hierarchy: the operator in single precision and the order of smoothing."""

    start: Ints
    other: Int32s
    face: Int32s
    lateral: Singles
    vertical: Singles
    loss: Singles
    pivot: Singles
    blocks: Ints
    order: Ints
    colours: Ints

    @classmethod
    def built(cls, plane: Plane, lateral: Singles, vertical: Singles, loss: Singles) -> Level:
        """Factor the columns and colour the blocks."""
        n = len(plane)
        start = np.empty(n + 1, np.int64)
        other = np.empty(2 * plane.first.size, np.int32)
        face = np.empty(2 * plane.first.size, np.int32)
        kernels.adjacency(plane.first, plane.second, n, start, other, face)
        blocks = np.append(np.arange(0, n, BLOCK_COLUMNS), n).astype(np.int64)
        block_of = np.arange(n, dtype=np.int64) // BLOCK_COLUMNS
        shade = np.empty(blocks.size - 1, np.int64)
        count = int(kernels.colour(blocks, block_of, start, other, shade))
        order = np.argsort(shade, kind="stable").astype(np.int64)
        colours = np.searchsorted(shade[order], np.arange(count + 1)).astype(np.int64)
        pivot = np.empty_like(vertical)
        kernels.factor(start, face, lateral, vertical, loss, pivot)
        return cls(start, other, face, lateral, vertical, loss, pivot, blocks, order, colours)

    def relax(self, b: Singles, x: Singles, *, forward: bool) -> None:
        """One sweep on ``A x = b`` in place."""
        sweep = kernels.sweep_parallel if b.size >= PARALLEL_CELLS else kernels.sweep_serial
        sweep(
            self.blocks,
            self.order,
            self.colours,
            forward,
            self.start,
            self.other,
            self.face,
            self.lateral,
            self.vertical,
            self.pivot,
            b,
            x,
        )

    @property
    def nbytes(self) -> int:
        """Bytes held by the level's arrays."""
        arrays = (self.lateral, self.vertical, self.loss, self.pivot, self.other, self.face, self.start)
        return sum(a.nbytes for a in arrays)


class Multigrid:
    """Hierarchy of levels and their work vectors; `apply` is one V-cycle, a fixed symmetric operator.

    Parameters
    ----------
    mesh
        Gives the plane of columns.
    lateral
        ``[faces, nz]`` conductances in W/K.
    vertical
        ``[columns, nz]`` conductances to the cell above in W/K.
    loss
        ``[columns, 2]`` (bottom and top end) or ``[columns, nz]`` conductances to ambient in W/K.
    """

    def __init__(self, mesh: Mesh, lateral: Floats, vertical: Floats, loss: Floats) -> None:
        plane = Plane.of(mesh)
        nz = vertical.shape[1]
        values = lateral.astype(np.float32), vertical.astype(np.float32), loss.astype(np.float32)
        self.levels = [Level.built(plane, *values)]
        self.children: list[Ints] = []
        while len(plane) > 1:
            down = coarsened(plane)
            values = self._merged(down, *values)
            plane = down.plane
            self.children.append(down.children)
            self.levels.append(Level.built(plane, *values))
        self._x = [np.empty((lv.start.size - 1, nz), np.float32) for lv in self.levels]
        self._b = [np.empty_like(x) for x in self._x]

    @staticmethod
    def _merged(
        down: Coarsening, lateral: Singles, vertical: Singles, loss: Singles
    ) -> tuple[Singles, Singles, Singles]:
        n, nz = len(down.plane), vertical.shape[1]
        faces = np.empty((down.plane.first.size, nz), np.float32)
        kernels.merge_faces(down.groups, down.members, down.ratio, lateral, faces)
        up, ends = np.empty((n, nz), np.float32), np.empty((n, loss.shape[1]), np.float32)
        kernels.merge_columns(down.children, vertical, up)
        kernels.merge_columns(down.children, loss, ends)
        return faces, up, ends

    @property
    def source(self) -> Singles:
        """Where the right-hand side of a V-cycle goes."""
        return self._b[0]

    def sizes(self) -> Iterator[int]:
        """Columns of every level, finest first."""
        return (level.start.size - 1 for level in self.levels)

    def apply(self) -> Singles:
        """One V-cycle on `source` from zero; returns the correction (overwritten by the next call)."""
        last = len(self.levels) - 1
        for i, level in enumerate(self.levels):
            b, x = self._b[i], self._x[i]
            x.fill(0.0)
            sweeps = 1 if i in (0, last) else COARSE_SWEEPS
            for _ in range(sweeps):
                level.relax(b, x, forward=True)
            if i < last:
                kernels.restrict_residual(
                    self.children[i],
                    level.start,
                    level.other,
                    level.face,
                    level.lateral,
                    level.vertical,
                    level.loss,
                    b,
                    x,
                    self._b[i + 1],
                )
        for i in range(last - 1, -1, -1):
            level, b, x = self.levels[i], self._b[i], self._x[i]
            kernels.prolong(self.children[i], self._x[i + 1], x)
            for _ in range(1 if i == 0 else COARSE_SWEEPS):
                level.relax(b, x, forward=False)
        return self._x[0]
