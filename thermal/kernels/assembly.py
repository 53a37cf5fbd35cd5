"""Kernels that turn conductivities of columns and slabs into conductances of faces."""

from __future__ import annotations

import numpy as np
from numba import njit, prange

from thermal.kernels.arrays import Bools, Floats, Ints


@njit(cache=True, parallel=True)
def lateral(
    pairs: Ints, x_faces: int, wx: Floats, wy: Floats, heights: Floats, pattern: Ints, k: Floats, out: Floats
) -> None:
    """Conductance in W/K of every face between columns: two half cells in series.

    `k` is ``[patterns, columns, 6]`` as `thermal.kernels.cover.conductivity` gives it, `pattern` the
    pattern of each z-cell.
    """
    for f in prange(pairs.shape[0]):
        a = pairs[f, 0]
        b = pairs[f, 1]
        is_x = f < x_faces
        length = min(wy[a], wy[b]) if is_x else min(wx[a], wx[b])
        da = 0.5 * (wx[a] if is_x else wy[a])
        db = 0.5 * (wx[b] if is_x else wy[b])
        side = 0 if is_x else 2
        p = -1
        g = 0.0
        for z in range(heights.size):
            if pattern[z] != p:
                p = pattern[z]
                ka = k[p, a, side + 1]
                kb = k[p, b, side]
                g = length / (da / ka + db / kb) if ka > 0.0 and kb > 0.0 else 0.0
            out[f, z] = g * heights[z]


@njit(cache=True, parallel=True)
def vertical(
    areas: Floats, heights: Floats, pattern: Ints, k: Floats, contact: Floats, plane: Ints, out: Floats
) -> None:
    """Conductance in W/K from every cell to the one above it.

    `contact` is ``[planes, columns]`` m2 K/W; `plane` gives its row for the face above each z-cell, -1
    where there is none.
    """
    nz = heights.size
    for c in prange(areas.size):
        for z in range(nz - 1):
            lo = k[pattern[z], c, 4]
            hi = k[pattern[z + 1], c, 4]
            out[c, z] = 0.0
            if lo > 0.0 and hi > 0.0:
                r = 0.5 * (heights[z] / lo + heights[z + 1] / hi)
                if plane[z] >= 0:
                    r += contact[plane[z], c]
                out[c, z] = areas[c] / r
        out[c, nz - 1] = 0.0


@njit(cache=True)
def reached(pairs: Ints, x_faces: int, k: Floats, slab: Ints, cooled: Bools) -> Bools:
    """Which (slab, column) nodes have a path of solid to a cooled node; `cooled` holds the seeds."""
    ns = slab.size
    n = k.shape[1]
    start = np.zeros(n + 1, np.int64)
    for f in range(pairs.shape[0]):
        start[pairs[f, 0] + 1] += 1
        start[pairs[f, 1] + 1] += 1
    for c in range(n):
        start[c + 1] += start[c]
    fill = start[:-1].copy()
    face = np.empty(2 * pairs.shape[0], np.int64)
    for f in range(pairs.shape[0]):
        for side in range(2):
            c = pairs[f, side]
            face[fill[c]] = f
            fill[c] += 1
    seen = cooled.copy()
    stack = np.empty(ns * n, np.int64)
    top = 0
    for s in range(ns):
        for c in range(n):
            if seen[s, c]:
                stack[top] = s * n + c
                top += 1
    while top > 0:
        top -= 1
        s = stack[top] // n
        c = stack[top] % n
        for d in (-1, 1):
            t = s + d
            if 0 <= t < ns and not seen[t, c] and k[slab[t], c, 4] > 0.0:
                seen[t, c] = True
                stack[top] = t * n + c
                top += 1
        for i in range(start[c], start[c + 1]):
            f = face[i]
            side = 0 if f < x_faces else 2
            a = pairs[f, 0]
            b = pairs[f, 1]
            o = b if a == c else a
            if not seen[s, o] and k[slab[s], a, side + 1] > 0.0 and k[slab[s], b, side] > 0.0:
                seen[s, o] = True
                stack[top] = s * n + o
                top += 1
    return seen


@njit(cache=True)
def expose(
    pairs: Ints,
    x_faces: int,
    wx: Floats,
    wy: Floats,
    edge: Floats,
    heights: Floats,
    pattern: Ints,
    k: Floats,
    factor: Floats,
    axis: Ints,
    htc: Floats,
    ambient: Floats,
    loss: Floats,
    inflow: Floats,
) -> None:
    """Add convection on exposed faces: solid cells beside, below or above void, and the domain's sides.

    Conductivities are `k` times `factor` ``[axes, columns, nz]``, or `k` where that is empty. `htc` and
    `ambient` are ``[nz, columns]`` (zero where not cooled), `edge` is ``[columns, 4]``: 1 where a column's
    -x, +x, -y or +y side lies on the border of the domain. `loss` gains W/K, `inflow` W/K times ambient K.
    """
    nz = heights.size
    n = wx.size
    for f in range(pairs.shape[0]):
        is_x = f < x_faces
        side = 0 if is_x else 2
        for z in range(nz):
            p = pattern[z]
            for which in range(2):
                c = pairs[f, which]
                o = pairs[f, 1 - which]
                if htc[z, c] == 0.0 or k[p, c, 5] == 0.0:
                    continue
                own = k[p, c, side + 1 - which] * _factor(factor, axis[side // 2], c, z)
                if k[p, o, 5] == 0.0 or own == 0.0:
                    length = min(wy[c], wy[o]) if is_x else min(wx[c], wx[o])
                    half = 0.5 * (wx[c] if is_x else wy[c])
                    _film(length * heights[z], half, own, htc[z, c], ambient[z, c], c, z, loss, inflow)
    for c in range(n):
        for z in range(nz):
            p = pattern[z]
            solid = k[p, c, 5]
            if htc[z, c] == 0.0 or solid == 0.0:
                continue
            for side in range(4):
                length = wy[c] if side < 2 else wx[c]
                half = 0.5 * (wx[c] if side < 2 else wy[c])
                border = edge[c, side] * length * heights[z]
                own = k[p, c, side] * _factor(factor, axis[side // 2], c, z)
                _film(border, half, own, htc[z, c], ambient[z, c], c, z, loss, inflow)
            for d in (-1, 1):
                if 0 <= z + d < nz:
                    bare = solid - k[pattern[z + d], c, 5]
                    if bare > 0.0:
                        area = bare * wx[c] * wy[c]
                        own = k[p, c, 4] * _factor(factor, axis[2], c, z) / solid
                        _film(area, 0.5 * heights[z], own, htc[z, c], ambient[z, c], c, z, loss, inflow)


@njit(cache=True)
def _factor(factor: Floats, axis: int, c: int, z: int) -> float:
    return factor[axis, c, z] if factor.size > 0 else 1.0


@njit(cache=True)
def _film(
    area: float,
    half: float,
    own: float,
    htc: float,
    ambient: float,
    c: int,
    z: int,
    loss: Floats,
    inflow: Floats,
) -> None:
    if area > 0.0:
        resistance = 1.0 / htc + (half / own if own > 0.0 else 0.0)
        g = area / resistance
        loss[c, z] += g
        inflow[c, z] += g * ambient
