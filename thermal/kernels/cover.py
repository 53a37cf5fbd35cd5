"""Kernels that say what covers a cell: materials of cut cells, and exact shares of blocks."""

from __future__ import annotations

import numpy as np
from numba import njit, prange

from thermal.kernels.arrays import Floats, Int32s, Ints
from thermal.kernels.quadtree import find

VOID = -1
CUT = -2


@njit(cache=True)
def split_strip(k: Floats, widths: Floats) -> tuple[float, float]:
    """Conductivities of the two halves of one strip of a cut cell.

    The cell's temperature stands where its conductor is, at the centroid of k: a sliver of die in a cell
    of mold stays part of the die. The two halves in series are the strip's harmonic mean; void in
    the strip is passed over, but a half whose face is void conducts nothing.
    """
    n = k.size
    length = 0.0
    weight = 0.0
    moment = 0.0
    x = 0.0
    for i in range(n):
        length += widths[i]
        weight += k[i] * widths[i]
        moment += k[i] * widths[i] * (x + 0.5 * widths[i])
        x += widths[i]
    if weight == 0.0:
        return 0.0, 0.0
    centre = moment / weight
    low = 0.0
    high = 0.0
    x = 0.0
    for i in range(n):
        if k[i] > 0.0:
            below = min(max(centre - x, 0.0), widths[i])
            low += below / k[i]
            high += (widths[i] - below) / k[i]
        x += widths[i]
    a = 0.5 * length / low if k[0] > 0.0 else 0.0
    b = 0.5 * length / high if k[n - 1] > 0.0 else 0.0
    return a, b


@njit(cache=True)
def _halves(k: Floats, widths: Floats, heights: Floats) -> tuple[float, float]:
    """Conductivities toward the two faces: strips in parallel."""
    low = 0.0
    high = 0.0
    total = heights.sum()
    for j in range(heights.size):
        a, b = split_strip(k[:, j], widths)
        low += a * heights[j] / total
        high += b * heights[j] / total
    return low, high


@njit(cache=True)
def _cut_lines(a: float, b: float, edges: Floats) -> Floats:
    """Sorted distinct lines on [a, b]: its ends and the edges inside."""
    lines = np.empty(edges.size + 2)
    lines[0] = a
    lines[1] = b
    n = 2
    tiny = 1e-9 * (b - a)
    for e in edges:
        if a + tiny < e < b - tiny:
            lines[n] = e
            n += 1
    lines = np.sort(lines[:n])
    m = 1
    for i in range(1, n):
        if lines[i] - lines[m - 1] > tiny:
            lines[m] = lines[i]
            m += 1
    return lines[:m]


@njit(cache=True)
def _cut_cell(
    x0: float,
    y0: float,
    x1: float,
    y1: float,
    rects: Floats,
    material: Int32s,
    base: int,
    k: Floats,
    out: Floats,
) -> None:
    """Mean conductivities and solid share of a cell that rectangles cut; later rectangles win."""
    xs = _cut_lines(x0, x1, np.concatenate((rects[:, 0], rects[:, 2])))
    ys = _cut_lines(y0, y1, np.concatenate((rects[:, 1], rects[:, 3])))
    nx = xs.size - 1
    ny = ys.size - 1
    kx = np.zeros((nx, ny))
    ky = np.zeros((ny, nx))
    wx = xs[1:] - xs[:-1]
    wy = ys[1:] - ys[:-1]
    kz = 0.0
    solid = 0.0
    for i in range(nx):
        for j in range(ny):
            cx = 0.5 * (xs[i] + xs[i + 1])
            cy = 0.5 * (ys[j] + ys[j + 1])
            m = base
            for r in range(rects.shape[0]):
                if rects[r, 0] <= cx <= rects[r, 2] and rects[r, 1] <= cy <= rects[r, 3]:
                    m = material[r]
            if m >= 0:
                kx[i, j] = k[m, 0]
                ky[j, i] = k[m, 1]
                kz += k[m, 2] * wx[i] * wy[j]
                solid += wx[i] * wy[j]
    area = (x1 - x0) * (y1 - y0)
    out[0], out[1] = _halves(kx, wx, wy)
    out[2], out[3] = _halves(ky, wy, wx)
    out[4] = kz / area
    out[5] = solid / area


@njit(cache=True)
def sampled_halves(k: Floats, out: Floats) -> None:
    """`_halves` of cells sampled on ``[cells, n, n]`` points, along the first axis; out ``[cells, 2]``."""
    n = k.shape[1]
    even = np.full(n, 1.0 / n)
    for c in range(k.shape[0]):
        out[c, 0], out[c, 1] = _halves(k[c], even, even)


@njit(cache=True, parallel=True)
def conductivity(
    x0: Floats,
    y0: Floats,
    x1: Floats,
    y1: Floats,
    rects: Floats,
    material: Int32s,
    k: Floats,
    which: Int32s,
    out: Floats,
) -> None:
    """Conductivity of every column in one paint pattern.

    Parameters
    ----------
    rects, material
        Painted rectangles in m, in order, and their material (`VOID` for void).
    k
        ``[materials, 3]`` W/(m K).
    which
        Receives the material of a column, `VOID` or `CUT`.
    out
        ``[columns, 6]`` receives k toward -x, +x, -y, +y, along z, and the solid share.
    """
    for c in prange(x0.size):
        base = np.int32(VOID)
        first = 0
        tx = 1e-9 * (x1[c] - x0[c])
        ty = 1e-9 * (y1[c] - y0[c])
        for r in range(rects.shape[0] - 1, -1, -1):
            if (
                rects[r, 0] <= x0[c] + tx
                and rects[r, 2] >= x1[c] - tx
                and rects[r, 1] <= y0[c] + ty
                and rects[r, 3] >= y1[c] - ty
            ):
                base = material[r]
                first = r + 1
                break
        cutting = 0
        for r in range(first, rects.shape[0]):
            if (
                rects[r, 0] < x1[c] - tx
                and rects[r, 2] > x0[c] + tx
                and rects[r, 1] < y1[c] - ty
                and rects[r, 3] > y0[c] + ty
            ):
                cutting += 1
        if cutting == 0:
            which[c] = base
            for d in range(6):
                out[c, d] = 0.0
            if base >= 0:
                out[c, 0] = k[base, 0]
                out[c, 1] = k[base, 0]
                out[c, 2] = k[base, 1]
                out[c, 3] = k[base, 1]
                out[c, 4] = k[base, 2]
                out[c, 5] = 1.0
            continue
        picked = np.empty((cutting, 4))
        chosen = np.empty(cutting, np.int32)
        n = 0
        for r in range(first, rects.shape[0]):
            if (
                rects[r, 0] < x1[c] - tx
                and rects[r, 2] > x0[c] + tx
                and rects[r, 1] < y1[c] - ty
                and rects[r, 3] > y0[c] + ty
            ):
                picked[n] = rects[r]
                chosen[n] = material[r]
                n += 1
        _cut_cell(x0[c], y0[c], x1[c], y1[c], picked, chosen, int(base), k, out[c])
        which[c] = CUT if out[c, 5] > 0.0 else VOID


@njit(cache=True)
def clipped_area(vx: Floats, vy: Floats, x0: float, y0: float, x1: float, y1: float) -> float:
    """Area of a simple polygon inside a rectangle (Sutherland-Hodgman clipping, shoelace formula)."""
    px = np.empty(4 * vx.size + 16)
    py = np.empty(4 * vx.size + 16)
    qx = np.empty(4 * vx.size + 16)
    qy = np.empty(4 * vx.size + 16)
    n = vx.size
    px[:n] = vx
    py[:n] = vy
    for side in range(4):
        m = 0
        for i in range(n):
            ax = px[i]
            ay = py[i]
            bx = px[(i + 1) % n]
            by = py[(i + 1) % n]
            if side == 0:
                da = ax - x0
                db = bx - x0
            elif side == 1:
                da = x1 - ax
                db = x1 - bx
            elif side == 2:
                da = ay - y0
                db = by - y0
            else:
                da = y1 - ay
                db = y1 - by
            if da >= 0.0:
                qx[m] = ax
                qy[m] = ay
                m += 1
            if (da > 0.0 and db < 0.0) or (da < 0.0 and db > 0.0):
                t = da / (da - db)
                qx[m] = ax + t * (bx - ax)
                qy[m] = ay + t * (by - ay)
                m += 1
        if m == 0:
            return 0.0
        n = m
        px[:n] = qx[:n]
        py[:n] = qy[:n]
    area = 0.0
    for i in range(n):
        j = (i + 1) % n
        area += (px[i] - x0) * (py[j] - y0) - (px[j] - x0) * (py[i] - y0)
    return abs(0.5 * area)


@njit(cache=True)
def overlaps(
    bounds: Floats,
    vertex: Ints,
    vx: Floats,
    vy: Floats,
    xlines: Floats,
    ylines: Floats,
    depth: int,
    keys: Ints,
    x0: Floats,
    y0: Floats,
    x1: Floats,
    y1: Floats,
    start: Ints,
    column: Ints,
    area: Floats,
) -> int:
    """Area that each outline shares with each column it touches, outline by outline.

    An outline with an empty vertex range is the rectangle of its bounds. Writes up to the capacity of
    `column`; returns the number wanted.
    """
    n = 0
    for b in range(bounds.shape[0]):
        start[b] = n
        bx0, by0, bx1, by1 = bounds[b, 0], bounds[b, 1], bounds[b, 2], bounds[b, 3]
        rx0 = max(0, np.searchsorted(xlines, bx0, side="right") - 1)
        ry0 = max(0, np.searchsorted(ylines, by0, side="right") - 1)
        rx1 = min(xlines.size - 1, np.searchsorted(xlines, bx1, side="left"))
        ry1 = min(ylines.size - 1, np.searchsorted(ylines, by1, side="left"))
        for ry in range(ry0, ry1):
            for rx in range(rx0, rx1):
                c = find(keys, rx << depth, ry << depth)
                beyond = keys[c] + (np.int64(1) << (2 * depth))
                while c < keys.size and keys[c] < beyond:
                    w = min(bx1, x1[c]) - max(bx0, x0[c])
                    h = min(by1, y1[c]) - max(by0, y0[c])
                    if w > 0.0 and h > 0.0:
                        shared = w * h
                        if vertex[b + 1] > vertex[b]:
                            shared = clipped_area(
                                vx[vertex[b] : vertex[b + 1]],
                                vy[vertex[b] : vertex[b + 1]],
                                x0[c],
                                y0[c],
                                x1[c],
                                y1[c],
                            )
                        if shared > 0.0:
                            if n < column.size:
                                column[n] = c
                                area[n] = shared
                            n += 1
                    c += 1
    start[bounds.shape[0]] = n
    return n
