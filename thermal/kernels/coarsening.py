"""Kernels that merge columns in pairs along x or y, with the conductances of their halves.

``half`` is ``[patterns, columns, 4]``: conductance from the centre of a column to its -x, +x, -y and +y
face per metre of height, W/(m K). A pair along x is a chain of four resistors toward -x and +x, cut where its
conductor stands, and keeps the sums toward -y and +y.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange

from thermal.kernels.arrays import Bools, Int32s, Ints, Singles


@njit(cache=True)
def behind(
    along_x: bool,
    x_faces: int,
    start: Ints,
    other: Int32s,
    face: Int32s,
    ix: Ints,
    iy: Ints,
    ex: Ints,
    ey: Ints,
    out: Bools,
) -> None:
    """Columns that must merge along the axis first, before they fit their buddy across it."""
    for c in range(ix.size):
        out[c] = False
        exponent = ey[c] if along_x else ex[c]
        here = iy[c] if along_x else ix[c]
        upper = ((here >> exponent) & 1) == 1
        for j in range(start[c], start[c + 1]):
            if (face[j] < x_faces) == along_x:
                continue
            o = other[j]
            there = iy[o] if along_x else ix[o]
            longer = ex[o] > ex[c] if along_x else ey[o] > ey[c]
            if longer and (there < here) == upper:
                out[c] = True


@njit(cache=True)
def pair(
    along_x: bool,
    start: Ints,
    other: Int32s,
    ix: Ints,
    iy: Ints,
    ex: Ints,
    ey: Ints,
    accept: Bools,
    depth: int,
    roots: Ints,
    owner: Ints,
    low: Ints,
    high: Ints,
) -> int:
    """Pair columns with the buddy of their own shape along one axis.

    `roots` counts the base cells before each slot of the axis. Writes the coarse column of each column
    (`owner`) and the columns of each coarse one: `low`, and `high`, which equals `low` where a column stays
    single and is -1 - low where it grows alone because its buddy's slots hold no base cell. Returns the
    number of coarse columns.
    """
    n = ix.size
    owner[:] = -1
    m = 0
    for c in range(n):
        if owner[c] >= 0:
            continue
        owner[c] = m
        low[m] = c
        high[m] = c
        if accept[c]:
            exponent = ex[c] if along_x else ey[c]
            position = ix[c] if along_x else iy[c]
            buddy = position ^ (np.int64(1) << exponent)
            # A column across the whole axis has nothing left to grow into; its shape must stay that of its
            # neighbours along the other axis, or they never merge.
            if exponent >= depth and (np.int64(1) << (exponent - depth)) < roots.size - 1:
                slot = buddy >> depth
                beyond = min(roots.size - 1, slot + (np.int64(1) << (exponent - depth)))
                if slot >= beyond or roots[beyond] == roots[slot]:
                    high[m] = -1 - c
            for j in range(start[c], start[c + 1]):
                o = other[j]
                if owner[o] >= 0 or not accept[o] or ex[o] != ex[c] or ey[o] != ey[c]:
                    continue
                same = (ix[o] == buddy and iy[o] == iy[c]) if along_x else (iy[o] == buddy and ix[o] == ix[c])
                if same:
                    owner[o] = m
                    low[m] = c if buddy > position else o
                    high[m] = o if buddy > position else c
                    break
        m += 1
    return m


@njit(cache=True)
def _chain(
    a: float, b: float, c: float, d: float, low: float, high: float
) -> tuple[float, float, float, float]:
    """Two columns in a row (halves a, b and c, d) about a centre weighted by their conductances across.

    Returns the conductances from the centre to both ends, and the resistances from the centre to each column.
    """
    if low + high <= 0.0:
        return 0.0, 0.0, 0.0, 0.0
    share = high / (low + high)
    if b * c <= 0.0:
        # Nothing passes between the two: each keeps the side it is on, and follows what lies there.
        return a, d, 1.0 / a if a > 0.0 else 0.0, 1.0 / d if d > 0.0 else 0.0
    middle = 1.0 / b + 1.0 / c
    to_low, to_high = share * middle, middle - share * middle
    return (
        1.0 / (1.0 / a + to_low) if a > 0.0 else 0.0,
        1.0 / (to_high + 1.0 / d) if d > 0.0 else 0.0,
        to_low,
        to_high,
    )


@njit(cache=True, parallel=True)
def merge_halves(
    along_x: bool, low: Ints, high: Ints, fine: Singles, coarse: Singles, offset: Singles
) -> None:
    """Halves of merged columns (see the module), and resistances from their centres to their two columns."""
    a = 0 if along_x else 2
    b = 2 if along_x else 0
    for m in prange(low.size):
        lo = low[m]
        hi = high[m]
        for p in range(fine.shape[0]):
            offset[p, m] = 0.0
            if hi == lo or hi < 0:
                coarse[p, m] = fine[p, lo]
                continue
            across_low = fine[p, lo, b] + fine[p, lo, b + 1]
            across_high = fine[p, hi, b] + fine[p, hi, b + 1]
            coarse[p, m, a], coarse[p, m, a + 1], offset[p, m, 0], offset[p, m, 1] = _chain(
                fine[p, lo, a],
                fine[p, lo, a + 1],
                fine[p, hi, a],
                fine[p, hi, a + 1],
                across_low,
                across_high,
            )
            coarse[p, m, b] = fine[p, lo, b] + fine[p, hi, b]
            coarse[p, m, b + 1] = fine[p, lo, b + 1] + fine[p, hi, b + 1]


@njit(cache=True, parallel=True)
def series(
    first: Int32s,
    second: Int32s,
    x_faces: int,
    length: Singles,
    wx: Singles,
    wy: Singles,
    half: Singles,
    out: Singles,
) -> None:
    """Conductance of every face per metre of height: two halves in series, ``[faces, patterns]``."""
    for f in prange(first.size):
        a = first[f]
        b = second[f]
        is_x = f < x_faces
        sa = length[f] / (wy[a] if is_x else wx[a])
        sb = length[f] / (wy[b] if is_x else wx[b])
        side = 0 if is_x else 2
        for p in range(half.shape[0]):
            ha = half[p, a, side + 1] * sa
            hb = half[p, b, side] * sb
            out[f, p] = ha * hb / (ha + hb) if ha * hb > 0.0 else np.float32(0.0)


@njit(cache=True, parallel=True)
def interpolate(
    along_x: bool,
    x_faces: int,
    low: Ints,
    high: Ints,
    start: Ints,
    other: Int32s,
    face: Int32s,
    first: Int32s,
    weight: Singles,
    offset: Singles,
    bands: Ints,
    band_pattern: Ints,
    coarse: Singles,
    add: bool,
    fine: Singles,
) -> None:
    """Values of the two columns of each pair from their centre and the flux through the side they are on.

    T_low = T - R_low q, q the flux that leaves the pair on the low side: exact along a row without
    sources, whatever the jumps of conductivity in it.
    """
    nz = coarse.shape[1]
    for m in prange(low.size):
        lo = low[m]
        hi = high[m]
        e = coarse[m]
        if add:
            for z in range(nz):
                fine[lo, z] += e[z]
        else:
            fine[lo, :] = e
        if hi == lo or hi < 0:
            continue
        if add:
            for z in range(nz):
                fine[hi, z] += e[z]
        else:
            fine[hi, :] = e
        for j in range(start[m], start[m + 1]):
            f = face[j]
            if (f < x_faces) != along_x:
                continue
            side = 1 if first[f] == m else 0
            target = fine[hi] if side == 1 else fine[lo]
            o = coarse[other[j]]
            for q in range(bands.size - 1):
                p = band_pattern[q]
                w = weight[f, p] * offset[p, m, side]
                for z in range(bands[q], bands[q + 1]):
                    target[z] += w * (o[z] - e[z])


@njit(cache=True, parallel=True)
def restrict(
    along_x: bool,
    x_faces: int,
    low: Ints,
    high: Ints,
    start: Ints,
    other: Int32s,
    face: Int32s,
    first: Int32s,
    weight: Singles,
    offset: Singles,
    bands: Ints,
    band_pattern: Ints,
    fine: Singles,
    coarse: Singles,
) -> None:
    """The transpose of `interpolate`."""
    nz = coarse.shape[1]
    for m in prange(low.size):
        lo = low[m]
        hi = high[m]
        r = coarse[m]
        r[:] = fine[lo]
        paired = hi != lo and hi >= 0
        if paired:
            for z in range(nz):
                r[z] += fine[hi, z]
        for j in range(start[m], start[m + 1]):
            f = face[j]
            if (f < x_faces) != along_x:
                continue
            o = other[j]
            side = 1 if first[f] == m else 0
            if paired:
                own = fine[hi] if side == 1 else fine[lo]
                for q in range(bands.size - 1):
                    p = band_pattern[q]
                    w = weight[f, p] * offset[p, m, side]
                    for z in range(bands[q], bands[q + 1]):
                        r[z] -= w * own[z]
            if high[o] != low[o] and high[o] >= 0:
                facing = fine[low[o]] if side == 1 else fine[high[o]]
                for q in range(bands.size - 1):
                    p = band_pattern[q]
                    w = weight[f, p] * offset[p, o, 1 - side]
                    for z in range(bands[q], bands[q + 1]):
                        r[z] += w * facing[z]


@njit(cache=True, parallel=True)
def faces(
    weight: Singles,
    pattern: Ints,
    heights: Singles,
    groups: Ints,
    members: Ints,
    ratio: Singles,
    fine: Singles,
    out: Singles,
) -> None:
    """Conductance of every coarse face in every z-cell, ``[faces, nz]`` W/K.

    The larger of two estimates, each of which is far too small where the other is right: two halves in
    series (`weight`, right at a poor conductor between good ones), and the sum of the fine faces in it x
    (fine centre distance / coarse centre distance) (right where a column is a good conductor on one side
    only). Both are half the sum of the fine faces in a uniform plane.
    """
    for f in prange(out.shape[0]):
        s = np.zeros(heights.size, np.float32)
        for i in range(groups[f], groups[f + 1]):
            s[:] += ratio[members[i]] * fine[members[i]]
        for z in range(heights.size):
            out[f, z] = max(weight[f, pattern[z]] * heights[z], s[z])
