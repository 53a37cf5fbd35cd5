"""Kernels of temperature-dependent conduction: conductances at a temperature, and the Jacobian.

The flux through a face from its first cell a to its second b is F = g(T_a, T_b) (T_a - T_b). Its derivative
is g (dT_a - dT_b) + D_a dT_a + D_b dT_b with the drifts D = dg/dT (T_a - T_b). As g is made of the two half
conductances G in series, which go with the factors f of their cells, dg/dT_a = g^2 / G_a d(ln f)/dT.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange

from thermal.kernels.arrays import Floats, Int32s, Ints, Singles
from thermal.kernels.krylov import BLOCK

_FAST = {"nnan", "ninf", "nsz", "contract", "reassoc"}


@njit(cache=True, parallel=True)
def lateral(
    pairs: Ints,
    x_faces: int,
    wx: Floats,
    wy: Floats,
    heights: Floats,
    pattern: Ints,
    k: Floats,
    factor: Floats,
    axis: Ints,
    out: Floats,
) -> None:
    """Conductance in W/K of every face between columns, with `k` times `factor` ``[axes, columns, nz]``."""
    for f in prange(pairs.shape[0]):
        a = pairs[f, 0]
        b = pairs[f, 1]
        is_x = f < x_faces
        length = min(wy[a], wy[b]) if is_x else min(wx[a], wx[b])
        da = 0.5 * (wx[a] if is_x else wy[a])
        db = 0.5 * (wx[b] if is_x else wy[b])
        side = 0 if is_x else 2
        fa = factor[axis[0 if is_x else 1], a]
        fb = factor[axis[0 if is_x else 1], b]
        for z in range(heights.size):
            ka = k[pattern[z], a, side + 1]
            kb = k[pattern[z], b, side]
            if ka > 0.0 and kb > 0.0:
                out[f, z] = length * heights[z] / (da / (ka * fa[z]) + db / (kb * fb[z]))
            else:
                out[f, z] = 0.0


@njit(cache=True, parallel=True)
def vertical(
    areas: Floats,
    heights: Floats,
    pattern: Ints,
    k: Floats,
    contact: Floats,
    plane: Ints,
    factor: Floats,
    axis: Ints,
    out: Floats,
) -> None:
    """Conductance in W/K from every cell to the one above it; see `thermal.kernels.assembly.vertical`."""
    nz = heights.size
    for c in prange(areas.size):
        fz = factor[axis[2], c]
        for z in range(nz - 1):
            lo = k[pattern[z], c, 4]
            hi = k[pattern[z + 1], c, 4]
            out[c, z] = 0.0
            if lo > 0.0 and hi > 0.0:
                r = 0.5 * (heights[z] / (lo * fz[z]) + heights[z + 1] / (hi * fz[z + 1]))
                if plane[z] >= 0:
                    r += contact[plane[z], c]
                out[c, z] = areas[c] / r
        out[c, nz - 1] = 0.0


@njit(cache=True, parallel=True)
def lateral_drift(
    pairs: Ints,
    x_faces: int,
    wx: Floats,
    wy: Floats,
    heights: Floats,
    pattern: Ints,
    k: Floats,
    factor: Floats,
    rate: Singles,
    axis: Ints,
    t: Floats,
    g: Floats,
    bent: Int32s,
    bend: Floats,
    out: Singles,
) -> None:
    """Drifts ``[2, faces, nz]`` of lateral faces in W/K, by the first and by the second column.

    `bent` and `bend` are those of `thermal.hanging.Hanging` and of the field.
    """
    for f in prange(pairs.shape[0]):
        a = pairs[f, 0]
        b = pairs[f, 1]
        is_x = f < x_faces
        length = min(wy[a], wy[b]) if is_x else min(wx[a], wx[b])
        ra = 0.5 * (wx[a] if is_x else wy[a]) / length
        rb = 0.5 * (wx[b] if is_x else wy[b]) / length
        side = 0 if is_x else 2
        i = axis[0 if is_x else 1]
        for z in range(heights.size):
            out[0, f, z] = np.float32(0.0)
            out[1, f, z] = np.float32(0.0)
            if g[f, z] > 0.0:
                ka = k[pattern[z], a, side + 1] * factor[i, a, z]
                kb = k[pattern[z], b, side] * factor[i, b, z]
                drop = t[a, z] - t[b, z]
                if bent[f] != 0:
                    drop -= bend[bent[f] - 1, z] if bent[f] > 0 else -bend[-bent[f] - 1, z]
                common = g[f, z] * g[f, z] * drop / heights[z]
                out[0, f, z] = np.float32(common * ra / ka * rate[i, a, z])
                out[1, f, z] = np.float32(common * rb / kb * rate[i, b, z])


@njit(cache=True, parallel=True)
def vertical_drift(
    areas: Floats,
    heights: Floats,
    pattern: Ints,
    k: Floats,
    factor: Floats,
    rate: Singles,
    axis: Ints,
    t: Floats,
    g: Floats,
    out: Singles,
) -> None:
    """Drifts ``[2, columns, nz]`` of the face above each cell in W/K, by the lower and by the upper cell."""
    nz = heights.size
    i = axis[2]
    for c in prange(areas.size):
        for z in range(nz):
            out[0, c, z] = np.float32(0.0)
            out[1, c, z] = np.float32(0.0)
            if z + 1 < nz and g[c, z] > 0.0:
                lo = k[pattern[z], c, 4] * factor[i, c, z]
                hi = k[pattern[z + 1], c, 4] * factor[i, c, z + 1]
                common = 0.5 * g[c, z] * g[c, z] * (t[c, z] - t[c, z + 1]) / areas[c]
                out[0, c, z] = np.float32(common * heights[z] / lo * rate[i, c, z])
                out[1, c, z] = np.float32(common * heights[z + 1] / hi * rate[i, c, z + 1])


@njit(cache=True, parallel=True, fastmath=_FAST)
def apply(
    start: Ints,
    other: Int32s,
    face: Int32s,
    first: Int32s,
    lateral: Floats,
    vertical: Floats,
    loss: Floats,
    lateral_drift: Singles,
    vertical_drift: Singles,
    loss_drift: Floats,
    transposed: bool,
    x: Floats | Singles,
    out: Floats,
) -> None:
    """Out = J x, or J^T x; `loss` and `loss_drift` are ``[columns, nz]`` or have two columns (ends)."""
    n, nz = x.shape
    ends = loss.shape[1] != nz
    for q in prange(-(-n // BLOCK)):
        for c in range(q * BLOCK, min(n, (q + 1) * BLOCK)):
            xc = x[c]
            y = out[c]
            vc = vertical[c]
            lower = vertical_drift[0, c]
            upper = vertical_drift[1, c]
            if ends:
                for k in range(nz):
                    y[k] = 0.0
                y[0] = (loss[c, 0] + loss_drift[c, 0]) * xc[0]
                y[nz - 1] += (loss[c, 1] + loss_drift[c, 1]) * xc[nz - 1]
            else:
                for k in range(nz):
                    y[k] = (loss[c, k] + loss_drift[c, k]) * xc[k]
            for j in range(start[c], start[c + 1]):
                f = face[j]
                g = lateral[f]
                xo = x[other[j]]
                is_first = first[f] == c
                sign = 1.0 if is_first else -1.0
                own = lateral_drift[0 if is_first else 1, f]
                opposite = lateral_drift[1 if is_first else 0, f]
                if transposed:
                    for k in range(nz):
                        y[k] += (g[k] + sign * own[k]) * (xc[k] - xo[k])
                else:
                    for k in range(nz):
                        y[k] += g[k] * (xc[k] - xo[k]) + sign * (own[k] * xc[k] + opposite[k] * xo[k])
            if transposed:
                for k in range(nz - 1):
                    y[k] += (vc[k] + lower[k]) * (xc[k] - xc[k + 1])
                for k in range(1, nz):
                    y[k] += (vc[k - 1] - upper[k - 1]) * (xc[k] - xc[k - 1])
            else:
                for k in range(nz - 1):
                    y[k] += vc[k] * (xc[k] - xc[k + 1]) + lower[k] * xc[k] + upper[k] * xc[k + 1]
                for k in range(1, nz):
                    y[k] += vc[k - 1] * (xc[k] - xc[k - 1]) - lower[k - 1] * xc[k - 1] - upper[k - 1] * xc[k]


@njit(cache=True, parallel=True, fastmath=_FAST)
def dot(v: Singles, w: Floats, partial: Floats) -> None:
    """V . w in blocks of columns."""
    n, nz = w.shape
    for i in prange(partial.size):
        total = 0.0
        for c in range(i * BLOCK, min(n, (i + 1) * BLOCK)):
            for k in range(nz):
                total += v[c, k] * w[c, k]
        partial[i] = total


@njit(cache=True, parallel=True)
def copied(v: Singles, out: Singles) -> None:
    """Out = v."""
    n, nz = v.shape
    for c in prange(n):
        for k in range(nz):
            out[c, k] = v[c, k]


@njit(cache=True, parallel=True, fastmath=_FAST)
def balance(
    start: Ints,
    other: Int32s,
    face: Int32s,
    lateral: Floats,
    vertical: Floats,
    loss: Floats,
    inflow: Floats,
    source: Floats,
    t: Floats,
    out: Floats,
    partial: Floats,
) -> None:
    """Out = heat that each cell gains at temperatures `t` above the reference, W.

    `partial` is ``[blocks, 2]``: squares of it, and of what is released and flows in, in blocks of columns.
    """
    n, nz = t.shape
    ends = loss.shape[1] != nz
    for q in prange(partial.shape[0]):
        gained = 0.0
        given = 0.0
        b = np.empty(nz)
        for c in range(q * BLOCK, min(n, (q + 1) * BLOCK)):
            tc = t[c]
            y = out[c]
            vc = vertical[c]
            for k in range(nz):
                b[k] = source[c, k]
            if ends:
                b[0] += inflow[c, 0]
                b[nz - 1] += inflow[c, 1]
            else:
                for k in range(nz):
                    b[k] += inflow[c, k]
            for k in range(nz):
                given += b[k] * b[k]
                y[k] = b[k]
            if ends:
                y[0] -= loss[c, 0] * tc[0]
                y[nz - 1] -= loss[c, 1] * tc[nz - 1]
            else:
                for k in range(nz):
                    y[k] -= loss[c, k] * tc[k]
            for j in range(start[c], start[c + 1]):
                g = lateral[face[j]]
                to = t[other[j]]
                for k in range(nz):
                    y[k] += g[k] * (to[k] - tc[k])
            for k in range(nz - 1):
                y[k] += vc[k] * (tc[k + 1] - tc[k])
            for k in range(1, nz):
                y[k] += vc[k - 1] * (tc[k - 1] - tc[k])
            for k in range(nz):
                gained += y[k] * y[k]
        partial[q, 0] = gained
        partial[q, 1] = given


@njit(cache=True, parallel=True, fastmath=_FAST)
def square(w: Floats, partial: Floats) -> None:
    """W . w in blocks of columns."""
    n, nz = w.shape
    for i in prange(partial.size):
        total = 0.0
        for c in range(i * BLOCK, min(n, (i + 1) * BLOCK)):
            for k in range(nz):
                total += w[c, k] * w[c, k]
        partial[i] = total


@njit(cache=True, parallel=True, fastmath=_FAST)
def subtract(h: float, v: Singles, w: Floats, partial: Floats) -> None:
    """W -= h v, and w . w in blocks of columns."""
    n, nz = w.shape
    for i in prange(partial.size):
        total = 0.0
        for c in range(i * BLOCK, min(n, (i + 1) * BLOCK)):
            for k in range(nz):
                value = w[c, k] - h * v[c, k]
                w[c, k] = value
                total += value * value
        partial[i] = total


@njit(cache=True, parallel=True, fastmath=_FAST)
def combine(y: Floats, basis: Singles, x: Floats) -> None:
    """X = sum of y_j basis_j."""
    n, nz = x.shape
    for c in prange(n):
        for k in range(nz):
            x[c, k] = 0.0
        for j in range(y.size):
            for k in range(nz):
                x[c, k] += y[j] * basis[j, c, k]
