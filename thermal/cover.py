"""Which material, and what share of every block, covers each column of a mesh."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from shapely import Polygon

from thermal.curves import Curves
from thermal.kernels import cover as kernels
from thermal.kernels import laws
from thermal.kernels.arrays import Floats, Int32s, Ints
from thermal.mesh.columns import Mesh
from thermal.mesh.quadtree import QuadTree
from thermal.scene import Area, Scene, Shape

# Sampling of a cell that an oblique edge cuts; shares of area stay exact, only the direction of the
# edge is seen through the samples.
OBLIQUE_SAMPLES = 16


def rectangles(shape: Shape) -> Floats | None:
    """Disjoint rectangles ``[n, 4]`` that make up a rectilinear shape; None if it has oblique edges."""
    boxes: list[tuple[float, float, float, float]] = []
    for polygon in getattr(shape, "geoms", [shape]):
        rings = [np.asarray(r.coords) for r in (polygon.exterior, *polygon.interiors)]
        steps = np.concatenate([np.diff(r, axis=0) for r in rings])
        if np.any(np.minimum(np.abs(steps[:, 0]), np.abs(steps[:, 1])) > 1e-12):
            return None
        levels = np.unique(np.concatenate([r[:, 1] for r in rings]))
        for y0, y1 in pairwise(levels):
            crossings = np.sort(_crossings(rings, 0.5 * (y0 + y1)))
            boxes += [(a, y0, b, y1) for a, b in zip(crossings[::2], crossings[1::2], strict=True)]
    return np.array(boxes, float).reshape(-1, 4)


def _crossings(rings: list[Floats], y: float) -> Floats:
    found = []
    for ring in rings:
        a, b = ring[:-1], ring[1:]
        hit = (np.minimum(a[:, 1], b[:, 1]) < y) & (np.maximum(a[:, 1], b[:, 1]) > y)
        found.append(a[hit, 0])
    return np.concatenate(found)


@dataclass(frozen=True, eq=False)
class Conductivities:
    """Conductivity of every column in every distinct slab.

    Attributes
    ----------
    pattern
        ``[slabs]`` row of `k` for each slab; slabs painted alike share one.
    k
        ``[patterns, columns, 6]``: W/(m K) toward -x, +x, -y, +y and along z, and the solid share; as the
        materials state it, at 300 K unless they say otherwise.
    curves
        How the materials change with temperature.
    law, mixture
        Which of the curves a column follows, as `thermal.kernels.laws.factors` takes them.
    """

    pattern: Ints
    k: Floats
    curves: Curves
    law: Int32s
    mixture: Floats

    @classmethod
    def of(cls, scene: Scene, mesh: Mesh) -> Conductivities:
        """Evaluate all slabs of a scene on the columns of a mesh."""
        rows: dict[tuple[object, ...], int] = {}
        pattern: list[int] = []
        values: list[Floats] = []
        followed: list[Int32s] = []
        curves = Curves.of(scene)
        mixture = np.empty((0, len(curves)))
        for slab in scene.slabs:
            key = tuple(
                (a.outline.wkb, a.material.k if a.material else None, curves.index(a.material))
                for a in slab.areas
            )
            if key not in rows:
                rows[key] = len(values)
                painted = _painted(slab.areas, mesh.tree)
                values.append(painted.k)
                if len(curves):
                    law, mixed = _followed(painted, slab.areas, mesh.tree, curves, mixture.shape[0])
                    followed.append(law)
                    mixture = np.concatenate([mixture, mixed])
            pattern.append(rows[key])
        law = np.stack(followed) if followed else np.empty((0, mesh.columns), np.int32)
        return cls(np.array(pattern, np.int64), np.stack(values), curves, law, mixture)


@dataclass(frozen=True, eq=False)
class _Painted:
    """One slab on the columns.

    Attributes
    ----------
    k
        ``[columns, 6]``
    which
        Area of every column, counted without void ones; `kernels.VOID` or `kernels.CUT`.
    rects, owner
        What was painted.
    oblique, visible
        Columns that oblique areas may cut, and the share of each area in them, ``[areas, columns]``.
    """

    k: Floats
    which: Int32s
    rects: Floats
    owner: Int32s
    oblique: Ints
    visible: Floats


def _followed(
    painted: _Painted, areas: Sequence[Area], tree: QuadTree, curves: Curves, row: int
) -> tuple[Int32s, Floats]:
    """Law of every column, and the mixtures it needs, counted from `row`."""
    solid = [a.material for a in areas if a.material]
    curve = np.array([curves.index(m) for m in solid], np.int32)
    kz = np.array([m.k[2] for m in solid], float)
    law = np.full(len(tree), laws.CONSTANT, np.int32)
    pure = painted.which >= 0
    law[pure] = curve[painted.which[pure]]
    cut = painted.which == kernels.CUT
    cut[painted.oblique] = False
    columns = np.flatnonzero(cut)
    shares = np.zeros((columns.size, len(curves) + 1))
    laws.cut_shares(columns, *tree.bounds, painted.rects, painted.owner, curve, kz, shares)
    slanted = np.zeros((painted.oblique.size, len(curves) + 1))
    for area, part in zip(areas, painted.visible, strict=True):
        if area.material:
            slanted[:, curves.index(area.material)] += part * area.material.k[2]
    shares = np.concatenate([shares, slanted])
    columns = np.concatenate([columns, painted.oblique])
    some = shares > 1e-12 * np.maximum(shares.sum(axis=1, keepdims=True), np.finfo(float).tiny)
    single = some.sum(axis=1) == 1
    only = np.argmax(some, axis=1)
    law[columns[single]] = np.where(only[single] == len(curves), laws.CONSTANT, only[single])
    mixed = np.flatnonzero(some.sum(axis=1) > 1)
    law[columns[mixed]] = -2 - row - np.arange(mixed.size)
    return law, shares[mixed, :-1] / shares[mixed].sum(axis=1, keepdims=True)


def _painted(areas: Sequence[Area], tree: QuadTree) -> _Painted:
    boxes: list[Floats] = []
    owners: list[int] = []
    table: list[tuple[float, float, float]] = []
    oblique = False
    for area in areas:
        parts = rectangles(area.outline)
        if parts is None:
            oblique = True
            parts = np.array([shapely.bounds(area.outline)])
        boxes.append(parts)
        owners += [len(table) if area.material else kernels.VOID] * len(parts)
        if area.material:
            table.append(area.material.k)
    rects = np.concatenate(boxes) if boxes else np.empty((0, 4))
    x0, y0, x1, y1 = tree.bounds
    which = np.empty(len(tree), np.int32)
    out = np.empty((len(tree), 6))
    owner = np.array(owners, np.int32)
    kernels.conductivity(x0, y0, x1, y1, rects, owner, np.array(table, float).reshape(-1, 3), which, out)
    columns, visible = np.empty(0, np.int64), np.empty((len(areas), 0))
    if oblique:
        columns, visible = _repaint_oblique(areas, tree, out)
    return _Painted(out, which, rects, owner, columns, visible)


def _repaint_oblique(areas: Sequence[Area], tree: QuadTree, out: Floats) -> tuple[Ints, Floats]:
    """Paint again the columns that the bounding boxes of oblique areas touch, from their true outlines.

    Returns these columns, and the share of each that belongs to each area.
    """
    x0, y0, x1, y1 = tree.bounds
    slanted = [a.outline for a in areas if rectangles(a.outline) is None]
    bounds = shapely.bounds(np.array(slanted, object))
    near = np.zeros(len(tree), bool)
    for bx0, by0, bx1, by1 in bounds:
        near |= (x0 < bx1) & (x1 > bx0) & (y0 < by1) & (y1 > by0)
    columns = np.flatnonzero(near)
    cells = shapely.box(x0[columns], y0[columns], x1[columns], y1[columns])
    n = OBLIQUE_SAMPLES
    f = (np.arange(n) + 0.5) / n
    px = x0[columns, None, None] + f[:, None] * (x1 - x0)[columns, None, None]
    py = y0[columns, None, None] + f[None, :] * (y1 - y0)[columns, None, None]
    px, py = np.broadcast_arrays(px, py)
    k = np.zeros((columns.size, n, n, 3))
    exact = np.zeros((columns.size, 2))
    rest = cells
    visible = np.empty((len(areas), columns.size))
    for i, area in reversed(list(enumerate(areas))):
        visible[i] = shapely.area(shapely.intersection(rest, area.outline)) / shapely.area(cells)
        rest = shapely.difference(rest, area.outline)
        if area.material:
            exact += visible[i][:, None] * np.array([area.material.k[2], 1.0])
    for area in areas:
        inside = shapely.contains_xy(area.outline, px, py)
        k[inside] = area.material.k if area.material else 0.0
    halves = np.empty((columns.size, 2))
    for axis, sampled in enumerate((k[..., 0], k[..., 1].swapaxes(1, 2))):
        kernels.sampled_halves(np.ascontiguousarray(sampled), halves)
        out[columns, 2 * axis : 2 * axis + 2] = halves
    out[columns, 4:] = np.where(exact > 1e-12, exact, 0.0)
    return columns, visible


@dataclass(frozen=True, eq=False)
class Shares:
    """Area that outlines share with columns, in compressed rows.

    Attributes
    ----------
    start
        ``[outlines + 1]`` ranges into the other two.
    column
        Column touched.
    area
        Shared area in m2; the sum of a row is the area of its outline.
    """

    start: Ints
    column: Ints
    area: Floats

    @classmethod
    def of(cls, outlines: Sequence[Polygon], mesh: Mesh) -> Shares:
        """Exact shares of polygons (m) on the columns of a mesh."""
        tree = mesh.tree
        bounds = np.array([o.bounds for o in outlines], float).reshape(-1, 4)
        rings = [_ring(o) for o in outlines]
        vertex = np.cumsum([0, *(len(r) for r in rings)]).astype(np.int64)
        corners = np.concatenate([*rings, np.empty((0, 2))])
        vx, vy = np.ascontiguousarray(corners[:, 0]), np.ascontiguousarray(corners[:, 1])
        start = np.zeros(len(outlines) + 1, np.int64)
        capacity = 1 << 16
        grid = tree.xlines, tree.ylines, tree.depth, tree.keys, *tree.bounds
        while True:
            column, area = np.empty(capacity, np.int64), np.empty(capacity)
            n = int(kernels.overlaps(bounds, vertex, vx, vy, *grid, start, column, area))
            if n <= capacity:
                return cls(start, column[:n].copy(), area[:n].copy())
            capacity = n

    @property
    def flat(self) -> tuple[Ints, Floats]:
        """Columns and areas of all outlines."""
        return self.column, self.area

    def row(self, i: int) -> tuple[Ints, Floats]:
        """Columns and areas of outline `i`."""
        part = slice(self.start[i], self.start[i + 1])
        return self.column[part], self.area[part]


def _ring(outline: Polygon) -> Floats:
    corners = np.asarray(outline.exterior.coords)[:-1]
    box = outline.bounds
    # A polygon that fills its bounding box is that box, whatever its vertices.
    if outline.area >= (box[2] - box[0]) * (box[3] - box[1]) * (1.0 - 1e-12):
        return np.empty((0, 2))
    return corners


def raster_integral(values: Floats, bounds: tuple[float, float, float, float], tree: QuadTree) -> Floats:
    """Integral of a raster over every column, exactly, where `values` are amounts per raster cell.

    The integral of a piecewise constant density is bilinear between the corners of its cells.
    """
    ny, nx = values.shape
    total = np.zeros((ny + 1, nx + 1))
    total[1:, 1:] = values.cumsum(axis=0).cumsum(axis=1)
    bx0, by0, bx1, by1 = bounds
    x0, y0, x1, y1 = tree.bounds
    u0, u1 = (np.clip((x - bx0) / (bx1 - bx0) * nx, 0, nx) for x in (x0, x1))
    v0, v1 = (np.clip((y - by0) / (by1 - by0) * ny, 0, ny) for y in (y0, y1))
    return (
        _bilinear(total, u1, v1)
        - _bilinear(total, u0, v1)
        - _bilinear(total, u1, v0)
        + _bilinear(total, u0, v0)
    )


def _bilinear(table: Floats, u: Floats, v: Floats) -> Floats:
    i = np.minimum(u.astype(np.int64), table.shape[1] - 2)
    j = np.minimum(v.astype(np.int64), table.shape[0] - 2)
    s, t = u - i, v - j
    low = table[j, i] * (1 - s) + table[j, i + 1] * s
    high = table[j + 1, i] * (1 - s) + table[j + 1, i + 1] * s
    return np.asarray(low * (1 - t) + high * t, float)
