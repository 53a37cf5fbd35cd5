"""Kernels that read temperatures between cell centres.

In a cell, T = T_c + p_x + p_y + p_z, each p a parabola through the two face temperatures that the
two-point fluxes imply, with the curvature that their difference implies. With offsets a and b of the face
temperatures from T_c and s in [-1/2, 1/2]: p(s) = (a + b)/2 + (b - a) s + (a + b)(s^2 - 1/4). In one
dimension this is the exact solution in a uniformly heated cell.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange

from thermal.kernels.arrays import Floats, Int32s, Ints


@njit(cache=True)
def offsets(
    c: int,
    z: int,
    start: Ints,
    face: Ints,
    pairs: Ints,
    x_faces: int,
    wx: Floats,
    wy: Floats,
    heights: Floats,
    pattern: Ints,
    k: Floats,
    factor: Floats,
    axis: Ints,
    lateral: Floats,
    vertical: Floats,
    ends: Floats,
    bent: Int32s,
    bend: Floats,
    t: Floats,
    out: Floats,
) -> None:
    """Face temperatures less the cell's, K: -x, +x, -y, +y, -z, +z.

    Conductivities are `k` times `factor` ``[axes, columns, nz]``, or `k` where that is empty. `ends` is
    ``[columns, 2]``: heat leaving through the bottom and the top face of the column, W. `bent` and `bend` are
    those of `thermal.hanging.Hanging` and of the field.
    """
    tc = t[c, z]
    flow = np.zeros(6)
    for j in range(start[c], start[c + 1]):
        f = face[j]
        low = pairs[f, 0] == c
        other = pairs[f, 1] if low else pairs[f, 0]
        side = (1 if low else 0) + (0 if f < x_faces else 2)
        g = lateral[f, z]
        if g > 0.0:
            flow[side] += g * (tc - t[other, z])
            if bent[f] != 0:
                more = bend[abs(bent[f]) - 1, z]
                flow[side] -= g * more if (bent[f] > 0) == low else -g * more
    flow[4] = vertical[c, z - 1] * (tc - t[c, z - 1]) if z > 0 and vertical[c, z - 1] > 0.0 else 0.0
    flow[5] = vertical[c, z] * (tc - t[c, z + 1]) if z + 1 < t.shape[1] and vertical[c, z] > 0.0 else 0.0
    if z == 0:
        flow[4] = ends[c, 0]
    if z == t.shape[1] - 1:
        flow[5] = ends[c, 1]
    p = pattern[z]
    dz = heights[z]
    for side in range(4):
        kk = k[p, c, side] * (factor[axis[side // 2], c, z] if factor.size > 0 else 1.0)
        length = wx[c] if side < 2 else wy[c]
        width = wy[c] if side < 2 else wx[c]
        out[side] = -flow[side] * 0.5 * length / (kk * width * dz) if kk > 0.0 else 0.0
    for side in range(4, 6):
        kk = k[p, c, 4] * (factor[axis[2], c, z] if factor.size > 0 else 1.0)
        out[side] = -flow[side] * 0.5 * dz / (kk * wx[c] * wy[c]) if kk > 0.0 else 0.0


@njit(cache=True)
def value(a: float, b: float, s: float) -> float:
    """The parabola at s in [-1/2, 1/2]."""
    return 0.5 * (a + b) + (b - a) * s + (a + b) * (s * s - 0.25)


@njit(cache=True)
def mean(a: float, b: float, s0: float, s1: float) -> float:
    """Mean of the parabola on [s0, s1]."""
    return 0.5 * (a + b) + (b - a) * 0.5 * (s0 + s1) + (a + b) * ((s0 * s0 + s0 * s1 + s1 * s1) / 3.0 - 0.25)


@njit(cache=True)
def extreme(a: float, b: float, s0: float, s1: float, sign: float) -> tuple[float, float]:
    """Where the parabola has its maximum (sign 1) or minimum (sign -1) on [s0, s1], and its value."""
    s = s0
    best = value(a, b, s0)
    v = value(a, b, s1)
    if sign * v > sign * best:
        s = s1
        best = v
    if a + b != 0.0:
        top = -0.5 * (b - a) / (a + b)
        if s0 < top < s1:
            v = value(a, b, top)
            if sign * v > sign * best:
                s = top
                best = v
    return s, best


@njit(cache=True, parallel=True)
def at_points(
    column: Ints,
    cell: Ints,
    sx: Floats,
    sy: Floats,
    sz: Floats,
    start: Ints,
    face: Ints,
    pairs: Ints,
    x_faces: int,
    wx: Floats,
    wy: Floats,
    heights: Floats,
    pattern: Ints,
    k: Floats,
    factor: Floats,
    axis: Ints,
    lateral: Floats,
    vertical: Floats,
    ends: Floats,
    bent: Int32s,
    bend: Floats,
    t: Floats,
    out: Floats,
) -> None:
    """Temperatures at points by cell and position in it (each s in [-1/2, 1/2]); column -1 is outside."""
    for i in prange(column.size):
        c = column[i]
        if c < 0 or np.isnan(t[c, cell[i]]):
            out[i] = np.nan
            continue
        o = np.empty(6)
        offsets(
            c,
            cell[i],
            start,
            face,
            pairs,
            x_faces,
            wx,
            wy,
            heights,
            pattern,
            k,
            factor,
            axis,
            lateral,
            vertical,
            ends,
            bent,
            bend,
            t,
            o,
        )
        out[i] = (
            t[c, cell[i]] + value(o[0], o[1], sx[i]) + value(o[2], o[3], sy[i]) + value(o[4], o[5], sz[i])
        )


@njit(cache=True, parallel=True)
def at_cells(
    column: Ints,
    cell: Ints,
    sx: Floats,
    sy: Floats,
    sz: Floats,
    start: Ints,
    face: Ints,
    pairs: Ints,
    x_faces: int,
    wx: Floats,
    wy: Floats,
    heights: Floats,
    pattern: Ints,
    k: Floats,
    factor: Floats,
    axis: Ints,
    lateral: Floats,
    vertical: Floats,
    ends: Floats,
    bent: Int32s,
    bend: Floats,
    t: Floats,
    out: Floats,
) -> None:
    """Temperatures ``[points in the plane, heights]`` over the product of places in columns and in z-cells.

    `column`, `sx` and `sy` belong to places in the plane, `cell` and `sz` to heights; see `at_points`.
    """
    for i in prange(column.size):
        c = column[i]
        o = np.empty(6)
        known = -1
        for j in range(cell.size):
            q = cell[j]
            if np.isnan(t[c, q]):
                out[i, j] = np.nan
                continue
            if q != known:
                offsets(
                    c,
                    q,
                    start,
                    face,
                    pairs,
                    x_faces,
                    wx,
                    wy,
                    heights,
                    pattern,
                    k,
                    factor,
                    axis,
                    lateral,
                    vertical,
                    ends,
                    bent,
                    bend,
                    t,
                    o,
                )
                known = q
            out[i, j] = (
                t[c, q] + value(o[0], o[1], sx[i]) + value(o[2], o[3], sy[i]) + value(o[4], o[5], sz[j])
            )


@njit(cache=True, parallel=True)
def over_boxes(
    column: Ints,
    area: Floats,
    box: Floats,
    z0: int,
    z1: int,
    x0: Floats,
    y0: Floats,
    z: Floats,
    start: Ints,
    face: Ints,
    pairs: Ints,
    x_faces: int,
    wx: Floats,
    wy: Floats,
    heights: Floats,
    pattern: Ints,
    k: Floats,
    factor: Floats,
    axis: Ints,
    lateral: Floats,
    vertical: Floats,
    ends: Floats,
    bent: Int32s,
    bend: Floats,
    t: Floats,
    out: Floats,
) -> None:
    """Extremes and mean of the field per column over its row of `box` and the z-cells ``z0:z1``.

    `out` is ``[columns touched, 7]``: max, its x, y, z, min, integral of T (m3 K) and volume (m3) of
    the solid part; a column without material there gets a volume of 0.
    """
    for i in prange(column.size):
        c = column[i]
        o = np.empty(6)
        ax = max(-0.5, (box[i, 0] - x0[c]) / wx[c] - 0.5)
        bx = min(0.5, (box[i, 2] - x0[c]) / wx[c] - 0.5)
        ay = max(-0.5, (box[i, 1] - y0[c]) / wy[c] - 0.5)
        by = min(0.5, (box[i, 3] - y0[c]) / wy[c] - 0.5)
        out[i, 0] = -np.inf
        out[i, 4] = np.inf
        out[i, 5] = 0.0
        out[i, 6] = 0.0
        for q in range(z0, z1):
            if np.isnan(t[c, q]):
                continue
            offsets(
                c,
                q,
                start,
                face,
                pairs,
                x_faces,
                wx,
                wy,
                heights,
                pattern,
                k,
                factor,
                axis,
                lateral,
                vertical,
                ends,
                bent,
                bend,
                t,
                o,
            )
            px, vx = extreme(o[0], o[1], ax, bx, 1.0)
            py, vy = extreme(o[2], o[3], ay, by, 1.0)
            pz, vz = extreme(o[4], o[5], -0.5, 0.5, 1.0)
            v = t[c, q] + vx + vy + vz
            if v > out[i, 0]:
                out[i, 0] = v
                out[i, 1] = x0[c] + (px + 0.5) * wx[c]
                out[i, 2] = y0[c] + (py + 0.5) * wy[c]
                out[i, 3] = z[q] + (pz + 0.5) * heights[q]
            _, vx = extreme(o[0], o[1], ax, bx, -1.0)
            _, vy = extreme(o[2], o[3], ay, by, -1.0)
            _, vz = extreme(o[4], o[5], -0.5, 0.5, -1.0)
            out[i, 4] = min(out[i, 4], t[c, q] + vx + vy + vz)
            m = t[c, q] + mean(o[0], o[1], ax, bx) + mean(o[2], o[3], ay, by) + (o[4] + o[5]) / 3.0
            volume = area[i] * heights[q] * k[pattern[q], c, 5]
            out[i, 5] += m * volume
            out[i, 6] += volume
