"""Columns of one multigrid level in the plane, and how they merge into the next.

Columns are rectangles of ``2**ex x 2**ey`` finest cells. They merge with their buddy along x and along y
where both directions conduct about alike, and along the stronger one alone where they do not: the
point smoother works along strong couplings only. Merging siblings of a quadtree in fours is the
isotropic case. See ``docs/decisions/0009-directional-coarsening.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from thermal.kernels import coarsening as kernels
from thermal.kernels.arrays import Bools, Floats, Int32s, Ints, Singles
from thermal.kernels.multigrid import adjacency
from thermal.mesh.columns import Mesh

# A direction that conducts less than this share of the other is left to the smoother.
WEAK = 0.5


@dataclass(frozen=True, eq=False)
class Plane:
    """Columns of a level.

    Attributes
    ----------
    ix, iy, ex, ey
        Lower-left corner in finest cells, and log2 of the extents.
    x0, y0, x1, y1
        Rectangles in m.
    first, second, x_faces
        Faces: columns on the low and the high side; the first `x_faces` lie across x.
    half
        ``[patterns, columns, 4]`` conductances from the centre to -x, +x, -y, +y per metre of height.
    depth, slots
        log2 of a base cell in finest cells, and how many base cells lie before each slot of x and of y.
    """

    ix: Ints
    iy: Ints
    ex: Ints
    ey: Ints
    x0: Floats
    y0: Floats
    x1: Floats
    y1: Floats
    first: Int32s
    second: Int32s
    x_faces: int
    half: Singles
    depth: int
    slots: tuple[Ints, Ints]

    @classmethod
    def of(cls, mesh: Mesh, k: Floats) -> Plane:
        """The finest level; `k` is ``[patterns, columns, 6]`` as in `thermal.cover.Conductivities`."""
        tree = mesh.tree
        pairs, x_faces = mesh.faces
        wx, wy = mesh.widths
        half = np.empty((k.shape[0], mesh.columns, 4), np.float32)
        half[..., :2] = k[..., :2] * (2.0 * wy / wx)[:, None]
        half[..., 2:] = k[..., 2:4] * (2.0 * wx / wy)[:, None]
        exponent = (tree.depth - tree.level).astype(np.int64)
        slot_x, slot_y = slots(tree.xfixed), slots(tree.yfixed)
        within = (1 << tree.depth) - 1
        return cls(
            (slot_x[tree.ix >> tree.depth] << tree.depth) + (tree.ix & within),
            (slot_y[tree.iy >> tree.depth] << tree.depth) + (tree.iy & within),
            exponent,
            exponent.copy(),
            *tree.bounds,
            np.ascontiguousarray(pairs[:, 0], np.int32),
            np.ascontiguousarray(pairs[:, 1], np.int32),
            x_faces,
            half,
            tree.depth,
            (_counts(slot_x), _counts(slot_y)),
        )

    def __len__(self) -> int:
        return self.ix.size

    @cached_property
    def adjacency(self) -> tuple[Ints, Int32s, Int32s]:
        """Every face from both of its columns: start per column, column across, face."""
        start = np.empty(len(self) + 1, np.int64)
        other = np.empty(2 * self.first.size, np.int32)
        face = np.empty(2 * self.first.size, np.int32)
        adjacency(self.first, self.second, len(self), start, other, face)
        return start, other, face

    def distances(self) -> Floats:
        """Centre distance across every face in m."""
        a, b, n = self.first, self.second, self.x_faces
        wx, wy = self.x1 - self.x0, self.y1 - self.y0
        return 0.5 * np.concatenate([wx[a[:n]] + wx[b[:n]], wy[a[n:]] + wy[b[n:]]])

    def lengths(self) -> Floats:
        """Length of the edge that every face stands on, m."""
        a, b, n = self.first, self.second, self.x_faces
        lo = np.concatenate(
            [np.maximum(self.y0[a[:n]], self.y0[b[:n]]), np.maximum(self.x0[a[n:]], self.x0[b[n:]])]
        )
        hi = np.concatenate(
            [np.minimum(self.y1[a[:n]], self.y1[b[:n]]), np.minimum(self.x1[a[n:]], self.x1[b[n:]])]
        )
        return np.asarray(hi - lo, float)

    @cached_property
    def single(self) -> tuple[Singles, Singles, Singles]:
        """Edge lengths of the faces, and extents of the columns in x and y, m in single precision."""
        lengths, wx, wy = self.lengths(), self.x1 - self.x0, self.y1 - self.y0
        return lengths.astype(np.float32), wx.astype(np.float32), wy.astype(np.float32)

    def accepts(self, weights: Singles) -> tuple[Bools, Bools]:
        """Columns that may merge along x, and along y; `weights` is the height of each pattern in m."""
        sums = np.einsum("p,pcs->cs", weights, self.half)
        x, y = sums[:, 0] + sums[:, 1], sums[:, 2] + sums[:, 3]
        return np.asarray(x >= WEAK * y, bool), np.asarray(y >= WEAK * x, bool)

    def paired(self, accept: Bools, *, along_x: bool) -> HalfStep:
        """Merge along one axis."""
        start, other, face = self.adjacency
        shape = self.ix, self.iy, self.ex, self.ey
        late = np.empty(len(self), bool)
        kernels.behind(along_x, self.x_faces, start, other, face, *shape, late)
        owner, low, high = (np.empty(len(self), np.int64) for _ in range(3))
        roots = self.slots[0 if along_x else 1]
        m = int(
            kernels.pair(along_x, start, other, *shape, accept | late, self.depth, roots, owner, low, high)
        )
        low, high = low[:m].copy(), high[:m].copy()
        grown = (high != low).astype(np.int64)
        last = np.where(high >= 0, high, low)
        half = np.empty((self.half.shape[0], m, 4), np.float32)
        offset = np.empty((self.half.shape[0], m, 2), np.float32)
        kernels.merge_halves(along_x, low, high, self.half, half, offset)
        first, second, x_faces = self._merged_faces(owner, m)
        coarse = Plane(
            self.ix[low],
            self.iy[low],
            self.ex[low] + (grown if along_x else 0),
            self.ey[low] + (0 if along_x else grown),
            self.x0[low],
            self.y0[low],
            self.x1[last],
            self.y1[last],
            first,
            second,
            x_faces,
            half,
            self.depth,
            self.slots,
        )
        return HalfStep(along_x, coarse, owner, low, high, offset)

    def _merged_faces(self, owner: Ints, m: int) -> tuple[Int32s, Int32s, int]:
        a, b = owner[self.first], owner[self.second]
        across_y = np.arange(a.size) >= self.x_faces
        code = np.unique(((across_y * m + a) * m + b)[a != b])
        pair = code % (m * m)
        x_faces = int(np.searchsorted(code, m * m))
        return (pair // m).astype(np.int32), (pair % m).astype(np.int32), x_faces


def slots(fixed: Bools) -> Ints:
    """Slot of every base cell along an axis, such that buddies meet across a fixed line last.

    The cells between two fixed lines fill a power of two of slots from an aligned start, so that the edges
    of dies and layers stay edges of columns until everything between them has merged.
    """
    ends = np.flatnonzero(fixed)
    out, following = [], 0
    for a, b in pairwise(ends.tolist()):
        size = 1 << int(b - a - 1).bit_length()
        begin = -(-following // size) * size
        out.append(begin + np.arange(b - a))
        following = begin + size
    return np.concatenate(out).astype(np.int64)


def _counts(slot: Ints) -> Ints:
    counts = np.zeros(int(slot[-1]) + 2, np.int64)
    counts[slot + 1] = 1
    return counts.cumsum()


@dataclass(frozen=True, eq=False)
class HalfStep:
    """Pairs along one axis, and how values pass between them and the columns they are made of.

    Attributes
    ----------
    plane
        The merged columns.
    owner
        Merged column of every column.
    low, high
        Columns of every merged one; `high` is not another column where it stayed single.
    offset
        ``[patterns, merged, 2]`` resistance from the centre to the two columns, m K/W.
    """

    along_x: bool
    plane: Plane
    owner: Ints
    low: Ints
    high: Ints
    offset: Singles

    @cached_property
    def weight(self) -> Singles:
        """``[faces, patterns]`` conductances between merged columns per metre of height."""
        plane = self.plane
        out = np.empty((plane.first.size, plane.half.shape[0]), np.float32)
        kernels.series(plane.first, plane.second, plane.x_faces, *plane.single, plane.half, out)
        return out

    def restrict(self, bands: Bands, fine: Singles, coarse: Singles) -> None:
        """Pass residuals up: the transpose of `interpolate`."""
        plane, (start, other, face), (cells, pattern) = self.plane, self.plane.adjacency, bands
        kernels.restrict(
            self.along_x,
            plane.x_faces,
            self.low,
            self.high,
            start,
            other,
            face,
            plane.first,
            self.weight,
            self.offset,
            cells,
            pattern,
            fine,
            coarse,
        )

    def interpolate(self, bands: Bands, coarse: Singles, fine: Singles, *, add: bool) -> None:
        """Pass values down, along the fluxes that they imply."""
        plane, (start, other, face), (cells, pattern) = self.plane, self.plane.adjacency, bands
        kernels.interpolate(
            self.along_x,
            plane.x_faces,
            self.low,
            self.high,
            start,
            other,
            face,
            plane.first,
            self.weight,
            self.offset,
            cells,
            pattern,
            coarse,
            add,
            fine,
        )


@dataclass(frozen=True, eq=False)
class Coarsening:
    """A step from `fine` to `coarse` through pairs along x, then along y.

    `members` in ranges `children` are the columns that merge into each coarse one.
    """

    fine: Plane
    along_x: HalfStep
    along_y: HalfStep
    children: Ints
    members: Ints
    owner: Ints

    @property
    def coarse(self) -> Plane:
        """The merged columns."""
        return self.along_y.plane

    @property
    def idle(self) -> bool:
        """Whether nothing merged and nothing grew: the next step would do the same."""
        before, after = self.fine, self.coarse
        return len(before) == len(after) and bool(np.all((before.ex == after.ex) & (before.ey == after.ey)))

    def lateral(self, values: Singles, pattern: Ints, heights: Floats) -> Singles:
        """Conductances of the coarse faces from those of the fine ones, ``[faces, nz]`` W/K."""
        fine, plane = self.fine, self.coarse
        m = len(plane)
        a, b = self.owner[fine.first], self.owner[fine.second]
        across_y = np.arange(a.size) >= fine.x_faces
        kept = np.flatnonzero(a != b)
        code = ((across_y * m + a) * m + b)[kept]
        order = np.argsort(code, kind="stable")
        _, begin, count = np.unique(code[order], return_index=True, return_counts=True)
        members = kept[order]
        ratio = np.ones(a.size, np.float32)
        ratio[members] = fine.distances()[members] / np.repeat(plane.distances(), count)
        groups = np.append(begin, order.size).astype(np.int64)
        out = np.empty((plane.first.size, pattern.size), np.float32)
        kernels.faces(
            self.along_y.weight, pattern, heights.astype(np.float32), groups, members, ratio, values, out
        )
        return out


def coarsened(plane: Plane, weights: Singles) -> Coarsening:
    """Merge along x, along y, or both, each column as its couplings ask."""
    along_x, along_y = plane.accepts(weights)
    first = plane.paired(along_x, along_x=True)
    # A column judges the second direction by the shape it started with.
    accept = np.zeros(len(first.plane), bool)
    accept[first.owner] = along_y
    second = first.plane.paired(accept, along_x=False)
    if len(second.plane) > 0.8 * len(plane):
        # Stuck on shapes that fit nowhere: merge whatever fits.
        first = plane.paired(np.ones(len(plane), bool), along_x=True)
        second = first.plane.paired(np.ones(len(first.plane), bool), along_x=False)
    owner = second.owner[first.owner]
    members = np.argsort(owner, kind="stable").astype(np.int64)
    children = np.searchsorted(owner[members], np.arange(len(second.plane) + 1)).astype(np.int64)
    return Coarsening(plane, first, second, children, members, owner)


Bands = tuple[Ints, Ints]
"""Ranges of z-cells of one pattern: their starts and one past the last, and the patterns."""


def bands_of(pattern: Ints) -> Bands:
    """The runs of equal patterns along z."""
    starts = np.flatnonzero(np.diff(pattern, prepend=-1))
    return np.append(starts, pattern.size).astype(np.int64), pattern[starts].astype(np.int64)
