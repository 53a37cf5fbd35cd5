"""Kernels of sensitivities: the transpose of a block's mean, changes of conductances, superposed fields."""

from __future__ import annotations

import numpy as np
from numba import njit, prange

from thermal.kernels.arrays import Bools, Bytes, Floats, Int32s, Ints, Singles
from thermal.kernels.hanging import pull
from thermal.kernels.reconstruction import extreme, mean, offsets


@njit(cache=True)
def mean_weights(
    column: Ints,
    area: Floats,
    box: Floats,
    z0: int,
    z1: int,
    x0: Floats,
    y0: Floats,
    solid: Bools,
    slab: Ints,
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
    rate: Singles,
    lateral_drift: Singles,
    vertical_drift: Singles,
    end_drift: Floats,
    offset: Floats,
    coarse: Int32s,
    near: Int32s,
    weight: Floats,
    code: Bytes,
    out: Floats,
) -> float:
    """Add the derivative of the mean that `reconstruction.over_boxes` takes, by every cell temperature.

    `ends` are conductances ``[columns, 2]`` in W/K, `solid` is ``[slabs, columns]``. Where conductivities
    depend on temperature, `rate` and the drifts are those of the Jacobian, and `offset` ``[n, nz, 6]`` the
    face offsets in the columns touched; else they are empty. `bent`, `coarse`, `near`, `weight` and `code`
    are those of `thermal.hanging.Hanging`. Returns the volume in m3; nothing is added where it is zero.
    """
    total = 0.0
    for i in range(column.size):
        for q in range(z0, z1):
            if solid[slab[q], column[i]]:
                total += area[i] * heights[q] * k[pattern[q], column[i], 5]
    if total == 0.0:
        return 0.0
    nz = heights.size
    for i in range(column.size):
        c = column[i]
        ax = max(-0.5, (box[i, 0] - x0[c]) / wx[c] - 0.5)
        bx = min(0.5, (box[i, 2] - x0[c]) / wx[c] - 0.5)
        ay = max(-0.5, (box[i, 1] - y0[c]) / wy[c] - 0.5)
        by = min(0.5, (box[i, 3] - y0[c]) / wy[c] - 0.5)
        share = np.empty(6)
        share[0] = mean(1.0, 0.0, ax, bx)
        share[1] = mean(0.0, 1.0, ax, bx)
        share[2] = mean(1.0, 0.0, ay, by)
        share[3] = mean(0.0, 1.0, ay, by)
        share[4] = 1.0 / 3.0
        share[5] = 1.0 / 3.0
        for q in range(z0, z1):
            if not solid[slab[q], c]:
                continue
            p = pattern[q]
            w = area[i] * heights[q] * k[p, c, 5] / total
            out[c, q] += w
            per_watt = np.zeros(6)
            for side in range(6):
                kk = k[p, c, min(side, 4)]
                if factor.size > 0:
                    kk *= factor[axis[side // 2], c, q]
                if side < 2:
                    half = 0.5 * wx[c] / (wy[c] * heights[q])
                elif side < 4:
                    half = 0.5 * wy[c] / (wx[c] * heights[q])
                else:
                    half = 0.5 * heights[q] / (wx[c] * wy[c])
                per_watt[side] = -w * share[side] * half / kk if kk > 0.0 else 0.0
            curved = rate.size > 0
            if curved:
                # The half cells between centre and faces conduct otherwise when the cell warms.
                for side in range(6):
                    out[c, q] -= w * share[side] * offset[i, q - z0, side] * rate[axis[side // 2], c, q]
            for j in range(start[c], start[c + 1]):
                f = face[j]
                low = pairs[f, 0] == c
                other = pairs[f, 1] if low else pairs[f, 0]
                side = (1 if low else 0) + (0 if f < x_faces else 2)
                out[c, q] += per_watt[side] * lateral[f, q]
                out[other, q] -= per_watt[side] * lateral[f, q]
                if bent[f] != 0:
                    h = abs(bent[f]) - 1
                    turn = -1.0 if (bent[f] > 0) == low else 1.0
                    pull(
                        code[h, p],
                        coarse[h],
                        near[h],
                        weight[h],
                        q,
                        turn * per_watt[side] * lateral[f, q],
                        out,
                    )
                if curved:
                    sign = 1.0 if low else -1.0
                    out[c, q] += per_watt[side] * sign * lateral_drift[0 if low else 1, f, q]
                    out[other, q] += per_watt[side] * sign * lateral_drift[1 if low else 0, f, q]
            if q > 0:
                out[c, q] += per_watt[4] * vertical[c, q - 1]
                out[c, q - 1] -= per_watt[4] * vertical[c, q - 1]
                if curved:
                    out[c, q] -= per_watt[4] * vertical_drift[1, c, q - 1]
                    out[c, q - 1] -= per_watt[4] * vertical_drift[0, c, q - 1]
            else:
                out[c, q] += per_watt[4] * ends[c, 0]
                if curved:
                    out[c, q] += per_watt[4] * end_drift[c, 0]
            if q + 1 < nz:
                out[c, q] += per_watt[5] * vertical[c, q]
                out[c, q + 1] -= per_watt[5] * vertical[c, q]
                if curved:
                    out[c, q] += per_watt[5] * vertical_drift[0, c, q]
                    out[c, q + 1] += per_watt[5] * vertical_drift[1, c, q]
            else:
                out[c, q] += per_watt[5] * ends[c, 1]
                if curved:
                    out[c, q] += per_watt[5] * end_drift[c, 1]
    return total


@njit(cache=True, parallel=True)
def through_faces(
    pairs: Ints,
    plus: Floats,
    minus: Floats,
    low: int,
    a: Floats,
    b: Floats,
    bent: Int32s,
    bend_a: Floats,
    bend_b: Floats,
    partial: Floats,
) -> None:
    """Per face between columns, the sum over z of (plus - minus) (difference of a) (difference of b).

    Conductances are ``[faces, n]`` and belong to the z-cells from `low` on; bends are those of `a` and `b`.
    """
    for f in prange(pairs.shape[0]):
        i = pairs[f, 0]
        j = pairs[f, 1]
        total = 0.0
        for z in range(plus.shape[1]):
            change = plus[f, z] - minus[f, z]
            if change != 0.0:
                da = a[i, low + z] - a[j, low + z]
                db = b[i, low + z] - b[j, low + z]
                if bent[f] != 0:
                    h = abs(bent[f]) - 1
                    da -= bend_a[h, low + z] if bent[f] > 0 else -bend_a[h, low + z]
                    db -= bend_b[h, low + z] if bent[f] > 0 else -bend_b[h, low + z]
                total += change * da * db
        partial[f] = total


@njit(cache=True, parallel=True)
def through_planes(plus: Floats, minus: Floats, low: int, a: Floats, b: Floats, partial: Floats) -> None:
    """As `through_faces` for the faces above cells, ``[columns, n]``; the last row of cells has none."""
    for c in prange(plus.shape[0]):
        total = 0.0
        for z in range(plus.shape[1] - 1):
            change = plus[c, z] - minus[c, z]
            if change != 0.0:
                q = low + z
                total += change * (a[c, q] - a[c, q + 1]) * (b[c, q] - b[c, q + 1])
        partial[c] = total


@njit(cache=True, parallel=True)
def shapes(
    column: Ints,
    cell: Ints,
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
    """Temperature and the six face offsets of chosen cells, ``[cells, 7]``; nan in void."""
    for i in prange(column.size):
        c = column[i]
        q = cell[i]
        if np.isnan(t[c, q]):
            out[i] = np.nan
            continue
        out[i, 0] = t[c, q]
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
            out[i, 1:],
        )


@njit(cache=True, parallel=True)
def superposed(
    base: Floats, responses: Singles, watts: Floats, span: Floats, volume: Floats, start: Ints, out: Floats
) -> None:
    """Supremum, infimum and mean of base + sum of watts x responses over every block, ``[blocks, 3]``.

    Parameters
    ----------
    base, responses
        As `shapes` gives them, ``[cells, 7]`` and ``[n, cells, 7]``.
    span
        ``[cells, 4]`` range of each cell that its block takes, in x and in y, of [-1/2, 1/2].
    start
        ``[blocks + 1]`` ranges of cells.
    """
    for b in prange(start.size - 1):
        highest = -np.inf
        lowest = np.inf
        integral = 0.0
        total = 0.0
        s = np.empty(7)
        for i in range(start[b], start[b + 1]):
            if np.isnan(base[i, 0]):
                continue
            for d in range(7):
                s[d] = base[i, d]
            for n in range(watts.size):
                for d in range(7):
                    s[d] += watts[n] * responses[n, i, d]
            _, vx = extreme(s[1], s[2], span[i, 0], span[i, 1], 1.0)
            _, vy = extreme(s[3], s[4], span[i, 2], span[i, 3], 1.0)
            _, vz = extreme(s[5], s[6], -0.5, 0.5, 1.0)
            highest = max(highest, s[0] + vx + vy + vz)
            _, vx = extreme(s[1], s[2], span[i, 0], span[i, 1], -1.0)
            _, vy = extreme(s[3], s[4], span[i, 2], span[i, 3], -1.0)
            _, vz = extreme(s[5], s[6], -0.5, 0.5, -1.0)
            lowest = min(lowest, s[0] + vx + vy + vz)
            within = mean(s[1], s[2], span[i, 0], span[i, 1]) + mean(s[3], s[4], span[i, 2], span[i, 3])
            integral += volume[i] * (s[0] + within + (s[5] + s[6]) / 3.0)
            total += volume[i]
        out[b, 0] = highest if total > 0.0 else np.nan
        out[b, 1] = lowest if total > 0.0 else np.nan
        out[b, 2] = integral / total if total > 0.0 else np.nan
