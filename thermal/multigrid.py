"""Multigrid preconditioner: one symmetric V-cycle over columns merged in the plane.

Smoothing solves whole columns along z, so thin layers cost nothing; coarsening merges quadtree siblings,
and above the quadtree roots neighbouring base cells, down to one column, which the smoother solves
exactly. Equations and measurements: ``docs/theory/solver.md``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numba
import numpy as np

from thermal.coarsening import Coarsening, Plane, bands_of, coarsened
from thermal.kernels import multigrid as kernels
from thermal.kernels.arrays import Floats, Int32s, Ints, Singles
from thermal.mesh.columns import Mesh

# Columns smoothed one after the other before a neighbouring block of another colour follows: large
# enough to stay in cache, small enough to give two cores work on a thousand columns.
BLOCK_COLUMNS = 64
# Below this many cells a sweep costs less than waking a second thread.
PARALLEL_CELLS = 100_000
SWEEPS = 2


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
        start, other, face = plane.adjacency
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
        kernels.sweep(
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
        Gives the plane of columns and the heights of the z-cells.
    k, pattern
        Conductivities ``[patterns, columns, 6]`` and the pattern of each z-cell.
    lateral
        ``[faces, nz]`` conductances of the finest level in W/K.
    vertical
        ``[columns, nz]`` conductances to the cell above in W/K.
    loss
        ``[columns, 2]`` (bottom and top end) or ``[columns, nz]`` conductances to ambient in W/K.
    """

    def __init__(
        self, mesh: Mesh, k: Floats, pattern: Ints, lateral: Floats, vertical: Floats, loss: Floats
    ) -> None:
        plane = Plane.of(mesh, k)
        weights = np.bincount(pattern, mesh.heights, k.shape[0]).astype(np.float32)
        values = tuple(a.astype(np.float32) for a in (lateral, vertical, loss))
        self.levels = [Level.built(plane, *values)]
        self.transfers: list[Coarsening] = []
        while len(plane) > 1:
            down = coarsened(plane, weights)
            if down.idle:
                break
            values = (
                down.lateral(values[0], pattern, mesh.heights),
                *(self._summed(down, v) for v in values[1:]),
            )
            plane = down.coarse
            self.transfers.append(down)
            self.levels.append(Level.built(plane, *values))
        self._x = [np.empty_like(level.vertical) for level in self.levels]
        self._b = [np.empty_like(x) for x in self._x]
        self._r = [np.empty_like(x) for x in self._x[:-1]]
        self._middle = [np.empty((len(d.along_x.plane), pattern.size), np.float32) for d in self.transfers]
        self.bands = bands_of(pattern)

    @staticmethod
    def _summed(down: Coarsening, fine: Singles) -> Singles:
        coarse = np.empty((len(down.coarse), fine.shape[1]), np.float32)
        kernels.merge_columns(down.children, down.members, fine, coarse)
        return coarse

    @property
    def source(self) -> Singles:
        """Where the right-hand side of a V-cycle goes."""
        return self._b[0]

    def sizes(self) -> Iterator[int]:
        """Columns of every level, finest first."""
        return (level.start.size - 1 for level in self.levels)

    def apply(self) -> Singles:
        """One V-cycle on `source` from zero; returns the correction (overwritten by the next call)."""
        last, threads = len(self.levels) - 1, numba.get_num_threads()
        for i in range(last + 1):
            numba.set_num_threads(threads if self._b[i].size >= PARALLEL_CELLS else 1)
            self._x[i].fill(0.0)
            self._relax(i, forward=True)
            if i < last:
                self._restrict(i)
        for i in range(last - 1, -1, -1):
            numba.set_num_threads(threads if self._b[i].size >= PARALLEL_CELLS else 1)
            down, middle = self.transfers[i], self._middle[i]
            down.along_y.interpolate(self.bands, self._x[i + 1], middle, add=False)
            down.along_x.interpolate(self.bands, middle, self._x[i], add=True)
            self._relax(i, forward=False)
        numba.set_num_threads(threads)
        return self._x[0]

    def _relax(self, i: int, *, forward: bool) -> None:
        for _ in range(SWEEPS):
            self.levels[i].relax(self._b[i], self._x[i], forward=forward)

    def _restrict(self, i: int) -> None:
        down, level = self.transfers[i], self.levels[i]
        operator = level.start, level.other, level.face, level.lateral, level.vertical, level.loss
        kernels.residual(*operator, self._b[i], self._x[i], self._r[i])
        down.along_x.restrict(self.bands, self._r[i], self._middle[i])
        down.along_y.restrict(self.bands, self._middle[i], self._b[i + 1])
