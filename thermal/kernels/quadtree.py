"""Kernels on linear quadtrees: leaves sorted along the Morton curve of their lower-left corner.

A leaf is ``(ix, iy, level)``: integer corner in units of the finest possible cell, and level below
the base grid (0 = a base cell). ``depth`` is the level of the finest possible cell.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from thermal.kernels.arrays import Bools, Floats, Ints

_M16 = np.int64(0x0000FFFF0000FFFF)
_M8 = np.int64(0x00FF00FF00FF00FF)
_M4 = np.int64(0x0F0F0F0F0F0F0F0F)
_M2 = np.int64(0x3333333333333333)
_M1 = np.int64(0x5555555555555555)


@njit(cache=True, inline="always")
def _spread(v: int) -> int:
    v = (v | (v << 16)) & _M16
    v = (v | (v << 8)) & _M8
    v = (v | (v << 4)) & _M4
    v = (v | (v << 2)) & _M2
    return (v | (v << 1)) & _M1


@njit(cache=True)
def morton(ix: Ints, iy: Ints) -> Ints:
    """Interleave two 31-bit integers; x is the low bit."""
    out = np.empty(ix.size, np.int64)
    for i in range(ix.size):
        out[i] = _spread(ix[i]) | (_spread(iy[i]) << 1)
    return out


@njit(cache=True)
def find(keys: Ints, ix: int, iy: int) -> int:
    """Index of the leaf that holds the finest cell ``(ix, iy)``."""
    code = _spread(ix) | (_spread(iy) << 1)
    lo = 0
    hi = keys.size
    while lo < hi:
        mid = (lo + hi) >> 1
        if keys[mid] <= code:
            lo = mid + 1
        else:
            hi = mid
    return lo - 1


@njit(cache=True)
def find_many(keys: Ints, ix: Ints, iy: Ints) -> Ints:
    """`find` for arrays of points."""
    out = np.empty(ix.size, np.int64)
    for i in range(ix.size):
        out[i] = find(keys, ix[i], iy[i])
    return out


@njit(cache=True)
def _splits(x0: float, y0: float, x1: float, y1: float, size: Floats, growth: float) -> bool:
    """Whether the rectangle is larger than the size wanted at its distance from a source."""
    dx = max(0.0, max(size[0] - x1, x0 - size[2]))
    dy = max(0.0, max(size[1] - y1, y0 - size[3]))
    wanted = size[4] + growth * np.sqrt(dx * dx + dy * dy)
    return max(x1 - x0, y1 - y0) > wanted * (1.0 + 1e-9)


@njit(cache=True)
def grow(xlines: Floats, ylines: Floats, sizes: Floats, growth: float, depth: int, out: Ints) -> int:
    """Split base cells until every leaf is as small as every source wants it at its distance.

    A source that does not split a parent cannot split its children, so each level hands down only the
    sources that split it; the cost is that of the leaves times the few sources near them.

    Parameters
    ----------
    xlines, ylines
        Base grid lines in m.
    sizes
        ``[sources, 5]``: x0, y0, x1, y1 and the size wanted inside, in m.
    growth
        Size allowed per metre of distance.
    out
        ``[capacity, 3]`` leaves as (ix, iy, level); written up to its capacity.

    Returns
    -------
    int
        Number of leaves wanted, also where it exceeds the capacity.
    """
    nx = xlines.size - 1
    ny = ylines.size - 1
    capacity = out.shape[0]
    ns = sizes.shape[0]
    listed = np.empty((depth + 2, ns), np.int64)
    counts = np.zeros(depth + 2, np.int64)
    for s in range(ns):
        listed[0, s] = s
    counts[0] = ns
    child = np.zeros(depth + 2, np.int64)
    cx = np.zeros(depth + 2, np.int64)
    cy = np.zeros(depth + 2, np.int64)
    n = 0
    for ry in range(ny):
        for rx in range(nx):
            hx = (xlines[rx + 1] - xlines[rx]) / (1 << depth)
            hy = (ylines[ry + 1] - ylines[ry]) / (1 << depth)
            cx[0] = 0
            cy[0] = 0
            level = 0
            enter = True
            while level >= 0:
                if enter:
                    span = 1 << (depth - level)
                    x0 = xlines[rx] + cx[level] * hx
                    y0 = ylines[ry] + cy[level] * hy
                    kept = 0
                    if level < depth:
                        for j in range(counts[level]):
                            s = listed[level, j]
                            if _splits(x0, y0, x0 + span * hx, y0 + span * hy, sizes[s], growth):
                                listed[level + 1, kept] = s
                                kept += 1
                    if kept == 0:
                        if n < capacity:
                            out[n, 0] = (rx << depth) + cx[level]
                            out[n, 1] = (ry << depth) + cy[level]
                            out[n, 2] = level
                        n += 1
                        level -= 1
                        enter = False
                        continue
                    counts[level + 1] = kept
                    child[level] = 0
                if child[level] == 4:
                    level -= 1
                    enter = False
                    continue
                half = 1 << (depth - level - 1)
                c = child[level]
                child[level] += 1
                cx[level + 1] = cx[level] + (c & 1) * half
                cy[level + 1] = cy[level] + (c >> 1) * half
                level += 1
                enter = True
    return n


@njit(cache=True)
def unbalanced(keys: Ints, ix: Ints, iy: Ints, level: Ints, depth: int, nx: int, ny: int) -> Bools:
    """Leaves with a neighbour across an edge more than one level finer."""
    n = keys.size
    marked = np.zeros(n, np.bool_)
    for i in range(n):
        # Seen from the fine side: its neighbour across each edge may be at most one level coarser.
        span = 1 << (depth - level[i])
        for side in range(4):
            px = ix[i]
            py = iy[i]
            if side == 0:
                px += span
            elif side == 1:
                px -= 1
            elif side == 2:
                py += span
            else:
                py -= 1
            if px < 0 or py < 0 or px >= (nx << depth) or py >= (ny << depth):
                continue
            j = find(keys, px, py)
            if level[j] < level[i] - 1:
                marked[j] = True
    return marked


@njit(cache=True)
def faces(
    keys: Ints, ix: Ints, iy: Ints, level: Ints, depth: int, nx: int, ny: int, out: Ints
) -> tuple[int, int]:
    """Faces between leaves as (low column, high column); x faces first, then y faces.

    Returns
    -------
    tuple
        Number of x faces and number of all faces; ``out`` has room for ``4 * leaves``.
    """
    n = keys.size
    m = 0
    for i in range(n):
        span = 1 << (depth - level[i])
        px = ix[i] + span
        if px >= (nx << depth):
            continue
        a = find(keys, px, iy[i])
        b = find(keys, px, iy[i] + span - 1)
        out[m, 0] = i
        out[m, 1] = a
        m += 1
        if b != a:
            out[m, 0] = i
            out[m, 1] = b
            m += 1
    mx = m
    for i in range(n):
        span = 1 << (depth - level[i])
        py = iy[i] + span
        if py >= (ny << depth):
            continue
        a = find(keys, ix[i], py)
        b = find(keys, ix[i] + span - 1, py)
        out[m, 0] = i
        out[m, 1] = a
        m += 1
        if b != a:
            out[m, 0] = i
            out[m, 1] = b
            m += 1
    return mx, m
