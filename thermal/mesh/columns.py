"""The three-dimensional mesh: columns over quadtree leaves times z-cells."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from thermal.kernels.arrays import Floats, Ints
from thermal.mesh.quadtree import QuadTree


@dataclass(frozen=True, eq=False)
class Mesh:
    """Columns times z-cells.

    Attributes
    ----------
    tree
        Leaves in the plane, one column each.
    z
        ``[nz + 1]`` increasing z nodes in m; every plane of the stack is one of them.
    slab
        ``[nz]`` slab of the scene that each z-cell lies in.
    """

    tree: QuadTree
    z: Floats
    slab: Ints

    @property
    def columns(self) -> int:
        """Number of columns."""
        return len(self.tree)

    @property
    def nz(self) -> int:
        """Cells in a column."""
        return self.z.size - 1

    @property
    def cells(self) -> int:
        """Number of cells, void ones included."""
        return self.columns * self.nz

    @cached_property
    def faces(self) -> tuple[Ints, int]:
        """Pairs of columns that share an edge, x faces first, and the number of x faces."""
        return self.tree.faces()

    @cached_property
    def adjacency(self) -> tuple[Ints, Ints, Ints, int]:
        """Faces of every column in compressed rows: row starts, faces; and `faces` themselves."""
        pairs, x_faces = self.faces
        listed = pairs.ravel()
        order = np.argsort(listed, kind="stable")
        start = np.searchsorted(listed[order], np.arange(self.columns + 1)).astype(np.int64)
        return start, (order // 2).astype(np.int64), pairs, x_faces

    @cached_property
    def widths(self) -> tuple[Floats, Floats]:
        """Extent of every column in x and y, m."""
        x0, y0, x1, y1 = self.tree.bounds
        return x1 - x0, y1 - y0

    @property
    def areas(self) -> Floats:
        """Area of every column in m2."""
        wx, wy = self.widths
        return wx * wy

    @property
    def heights(self) -> Floats:
        """Height of every z-cell in m."""
        return np.diff(self.z)

    @property
    def centres(self) -> tuple[Floats, Floats, Floats]:
        """Centre coordinates: x and y per column, z per z-cell, m."""
        x0, y0, x1, y1 = self.tree.bounds
        return 0.5 * (x0 + x1), 0.5 * (y0 + y1), 0.5 * (self.z[1:] + self.z[:-1])
