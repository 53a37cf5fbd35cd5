"""Kernels that evaluate how conductivities change with temperature."""

from __future__ import annotations

import numpy as np
from numba import njit, prange

from thermal.kernels.arrays import Floats, Int32s, Ints, Singles
from thermal.kernels.cover import _cut_lines

CONSTANT = -1
"""Law of a column whose conductivity does not depend on temperature; below it, rows of mixtures."""


@njit(cache=True)
def cut_shares(
    columns: Ints,
    x0: Floats,
    y0: Floats,
    x1: Floats,
    y1: Floats,
    rects: Floats,
    owner: Int32s,
    curve: Int32s,
    kz: Floats,
    out: Floats,
) -> None:
    """Conductance along z of each curve's material in cells that rectangles cut; later rectangles win.

    Parameters
    ----------
    owner
        Entry of `curve` and `kz` of every rectangle, negative for void.
    out
        ``[columns, curves + 1]``; the last entry is that of constant materials.
    """
    last = out.shape[1] - 1
    for i in range(columns.size):
        c = columns[i]
        near = np.empty(rects.shape[0], np.int64)
        n = 0
        for r in range(rects.shape[0]):
            if rects[r, 0] < x1[c] and rects[r, 2] > x0[c] and rects[r, 1] < y1[c] and rects[r, 3] > y0[c]:
                near[n] = r
                n += 1
        picked = rects[near[:n]]
        xs = _cut_lines(x0[c], x1[c], np.concatenate((picked[:, 0], picked[:, 2])))
        ys = _cut_lines(y0[c], y1[c], np.concatenate((picked[:, 1], picked[:, 3])))
        out[i, :] = 0.0
        for a in range(xs.size - 1):
            for b in range(ys.size - 1):
                cx = 0.5 * (xs[a] + xs[a + 1])
                cy = 0.5 * (ys[b] + ys[b + 1])
                m = -1
                for j in range(n):
                    if picked[j, 0] <= cx <= picked[j, 2] and picked[j, 1] <= cy <= picked[j, 3]:
                        m = owner[near[j]]
                if m >= 0:
                    area = (xs[a + 1] - xs[a]) * (ys[b + 1] - ys[b])
                    out[i, curve[m] if curve[m] >= 0 else last] += kz[m] * area


@njit(cache=True, inline="always")
def _interval(breaks: Floats, low: int, high: int, i: int, t: float) -> int:
    """Interval of `t` among breaks[low..high], looked for from `i` on: neighbours are near in temperature."""
    while i > low and t < breaks[i]:
        i -= 1
    while i < high - 1 and t > breaks[i + 1]:
        i += 1
    return i


@njit(cache=True, parallel=True)
def factors(
    pattern: Ints,
    law: Int32s,
    mixture: Floats,
    start: Ints,
    breaks: Floats,
    coefficients: Floats,
    t: Floats,
    factor: Floats,
    rate: Singles,
) -> None:
    """Conductivity over its stated value, and its logarithmic derivative, in every cell.

    Parameters
    ----------
    law
        ``[patterns, columns]`` curve of a column; `CONSTANT`; or ``-2 - row`` of `mixture`.
    mixture
        ``[rows, curves]`` shares of each curve; what is missing to 1 is constant.
    start, breaks, coefficients
        Curve i has the breaks ``start[i] : start[i + 1]`` in K, and from each to the next the cubics
        ``coefficients[break, axis]`` in the position between them. Outside, the value at the end.
    t
        ``[columns, nz]`` K, nan in void.
    factor, rate
        ``[axes, columns, nz]``; `rate` in 1/K.
    """
    axes = factor.shape[0]
    nz = pattern.size
    curves = start.size - 1
    for c in prange(t.shape[0]):
        near = start[:-1].copy()
        value = np.empty(axes)
        slope = np.empty(axes)
        for z in range(nz):
            which = law[pattern[z], c]
            now = t[c, z]
            if which == CONSTANT or np.isnan(now):
                for a in range(axes):
                    factor[a, c, z] = 1.0
                    rate[a, c, z] = np.float32(0.0)
                continue
            first = which if which >= 0 else 0
            beyond = which + 1 if which >= 0 else curves
            rest = 1.0
            value[:] = 0.0
            slope[:] = 0.0
            for m in range(first, beyond):
                share = 1.0 if which >= 0 else mixture[-2 - which, m]
                if share == 0.0:
                    continue
                rest -= share
                i = _interval(breaks, start[m], start[m + 1] - 1, near[m], now)
                near[m] = i
                width = breaks[i + 1] - breaks[i]
                u = (now - breaks[i]) / width
                moves = 0.0 <= u <= 1.0
                u = min(max(u, 0.0), 1.0)
                for a in range(axes):
                    q = coefficients[i, a]
                    value[a] += share * (q[0] + u * (q[1] + u * (q[2] + u * q[3])))
                    if moves:
                        slope[a] += share * (q[1] + u * (2.0 * q[2] + 3.0 * u * q[3])) / width
            for a in range(axes):
                total = value[a] + max(rest, 0.0)
                factor[a, c, z] = total
                rate[a, c, z] = np.float32(slope[a] / total)


@njit(cache=True)
def reach(pattern: Ints, law: Int32s, mixture: Floats, t: Floats, out: Floats, where: Ints) -> None:
    """Lowest and highest temperature of the cells of every curve.

    `out` is ``[curves, 2]`` K, starting from (inf, -inf); `where` ``[curves, 2, 2]`` their column and z-cell.
    """
    for c in range(t.shape[0]):
        for z in range(pattern.size):
            which = law[pattern[z], c]
            now = t[c, z]
            if which == CONSTANT or np.isnan(now):
                continue
            first = which if which >= 0 else 0
            beyond = which + 1 if which >= 0 else out.shape[0]
            for m in range(first, beyond):
                if which < 0 and mixture[-2 - which, m] == 0.0:
                    continue
                if now < out[m, 0]:
                    out[m, 0] = now
                    where[m, 0, 0] = c
                    where[m, 0, 1] = z
                if now > out[m, 1]:
                    out[m, 1] = now
                    where[m, 1, 0] = c
                    where[m, 1, 1] = z
