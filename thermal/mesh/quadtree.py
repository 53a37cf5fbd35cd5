"""The planar mesh: a 2:1-balanced quadtree over a base grid whose lines are snapped to given edges."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np

from thermal.kernels import quadtree as kernels
from thermal.kernels.arrays import Bools, Floats, Ints

DEPTH_LIMIT = 20
# Edges nearer than this share of a base cell are not both lines of the grid; the cell is cut.
NEAREST = 1 / 32


def snapped_lines(length: float, edges: list[tuple[int, float]], base: float) -> tuple[Floats, Bools]:
    """Base grid lines on ``[0, length]``, through the edges that matter most.

    Parameters
    ----------
    length
        Extent in m.
    edges
        ``(priority, position in m)``; a lower number wins where two are nearer than ``base / 32``.
    base
        Largest cell in m; the smallest is a thirty-second of it (see ``docs/decisions/0007-base-lines.md``).

    Returns
    -------
    tuple
        Increasing positions in m from 0 to `length`, and which of them lie on an edge.
    """
    kept = [0.0, length]
    for _, edge in sorted(set(edges)):
        if 0.0 < edge < length and min(abs(edge - k) for k in kept) >= NEAREST * base:
            kept.append(edge)
    kept.sort()
    lines, fixed = [np.array([0.0])], [True]
    for a, b in pairwise(kept):
        n = max(1, int(np.ceil((b - a) / base - 1e-9)))
        lines.append(np.linspace(a, b, n + 1)[1:])
        fixed += [False] * (n - 1) + [True]
    return np.concatenate(lines), np.array(fixed)


@dataclass(frozen=True, eq=False)
class QuadTree:
    """Leaves of a quadtree over a base grid, sorted along the Morton curve.

    Attributes
    ----------
    xlines, ylines
        Base grid lines in m.
    xfixed, yfixed
        Which of them lie on an edge of something.
    depth
        Level of the finest leaf; positions are integers in units of a base cell / 2**depth.
    ix, iy, level
        Lower-left corner and level of every leaf.
    """

    xlines: Floats
    ylines: Floats
    xfixed: Bools
    yfixed: Bools
    depth: int
    ix: Ints
    iy: Ints
    level: Ints

    @classmethod
    def grown(
        cls, x: tuple[Floats, Bools], y: tuple[Floats, Bools], sizes: Floats, growth: float
    ) -> QuadTree:
        """Leaves as small as `sizes` ask (see `thermal.kernels.quadtree.grow`), then 2:1 balanced."""
        (xlines, xfixed), (ylines, yfixed) = x, y
        finest = float(sizes[:, 4].min()) if sizes.size else np.inf
        coarsest = max(float(np.diff(xlines).max()), float(np.diff(ylines).max()))
        depth = 0
        while depth < DEPTH_LIMIT and coarsest / 2**depth > finest:
            depth += 1
        capacity = 1 << 16
        while True:
            out = np.empty((capacity, 3), np.int64)
            n = kernels.grow(xlines, ylines, np.ascontiguousarray(sizes, float), growth, depth, out)
            if n <= capacity:
                break
            capacity = n
        empty = np.empty(0, np.int64)
        bare = cls(xlines, ylines, xfixed, yfixed, depth, empty, empty, empty)
        return bare._with(out[:n, 0], out[:n, 1], out[:n, 2]).balanced()

    def _with(self, ix: Ints, iy: Ints, level: Ints) -> QuadTree:
        """Other leaves on the same base grid."""
        ix, iy = np.ascontiguousarray(ix), np.ascontiguousarray(iy)
        order = np.argsort(kernels.morton(ix, iy), kind="stable")
        return replace(self, ix=ix[order], iy=iy[order], level=np.ascontiguousarray(level[order]))

    def __len__(self) -> int:
        return self.ix.size

    @property
    def shape(self) -> tuple[int, int]:
        """Base cells in x and y."""
        return self.xlines.size - 1, self.ylines.size - 1

    @cached_property
    def keys(self) -> Ints:
        """Morton codes of the leaves, increasing."""
        return kernels.morton(self.ix, self.iy)

    def balanced(self) -> QuadTree:
        """Split leaves until none has an edge neighbour more than one level finer."""
        tree = self
        while True:
            nx, ny = tree.shape
            marked = kernels.unbalanced(tree.keys, tree.ix, tree.iy, tree.level, tree.depth, nx, ny)
            if not marked.any():
                return tree
            tree = tree.split(marked)

    def split(self, marked: np.ndarray) -> QuadTree:
        """Split the marked leaves into four."""
        if np.any(self.level[marked] >= self.depth):
            return self._deepened().split(marked)
        half = np.int64(1) << (self.depth - self.level[marked] - 1)
        ix, iy, level = [self.ix[~marked]], [self.iy[~marked]], [self.level[~marked]]
        for c in range(4):
            ix.append(self.ix[marked] + (c & 1) * half)
            iy.append(self.iy[marked] + (c >> 1) * half)
            level.append(self.level[marked] + 1)
        return self._with(np.concatenate(ix), np.concatenate(iy), np.concatenate(level))

    def _deepened(self) -> QuadTree:
        return replace(self, depth=self.depth + 1, ix=2 * self.ix, iy=2 * self.iy)

    def refined(self) -> QuadTree:
        """Every leaf split into four."""
        return self.split(np.ones(len(self), bool))

    def _coordinates(self, lines: Floats, index: Ints) -> Floats:
        # A position is interpolated inside its base cell; the last line has no cell to its right.
        cell = np.minimum(index >> self.depth, lines.size - 2)
        fraction = (index - (cell << self.depth)) / float(1 << self.depth)
        return np.asarray(lines[cell] + fraction * (lines[cell + 1] - lines[cell]), float)

    @cached_property
    def bounds(self) -> tuple[Floats, Floats, Floats, Floats]:
        """x0, y0, x1, y1 of every leaf in m."""
        span = np.int64(1) << (self.depth - self.level)
        return (
            self._coordinates(self.xlines, self.ix),
            self._coordinates(self.ylines, self.iy),
            self._coordinates(self.xlines, self.ix + span),
            self._coordinates(self.ylines, self.iy + span),
        )

    def locate(self, x: Floats, y: Floats) -> Ints:
        """Leaf that holds each point (m); -1 outside the domain."""
        x, y = np.asarray(x, float), np.asarray(y, float)
        inside = (
            (x >= self.xlines[0]) & (x <= self.xlines[-1]) & (y >= self.ylines[0]) & (y <= self.ylines[-1])
        )
        found = kernels.find_many(self.keys, self._index(self.xlines, x), self._index(self.ylines, y))
        return np.where(inside, found, -1)

    def _index(self, lines: Floats, position: Floats) -> Ints:
        cell = np.clip(np.searchsorted(lines, position, side="right") - 1, 0, lines.size - 2)
        fraction = (position - lines[cell]) / (lines[cell + 1] - lines[cell])
        sub = np.clip((fraction * (1 << self.depth)).astype(np.int64), 0, (1 << self.depth) - 1)
        return (cell.astype(np.int64) << self.depth) + sub

    def faces(self) -> tuple[Ints, int]:
        """Pairs of columns that share an edge, ``[faces, 2]``, and how many of them are x faces (first)."""
        out = np.empty((4 * len(self), 2), np.int64)
        nx, ny = self.shape
        mx, m = kernels.faces(self.keys, self.ix, self.iy, self.level, self.depth, nx, ny, out)
        return out[:m].copy(), mx
