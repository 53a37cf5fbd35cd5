"""Kernel that moves heat to a neighbour, so that its centroid stays where it is."""

from __future__ import annotations

import numpy as np
from numba import njit

from thermal.kernels.arrays import Bools, Floats, Ints


@njit(cache=True)
def moves(
    row: Ints,
    column: Ints,
    fraction: Floats,
    offset: Floats,
    free: Bools,
    kind: Ints,
    start: Ints,
    face: Ints,
    pairs: Ints,
    x_faces: int,
    wx: Floats,
    wy: Floats,
    out_row: Ints,
    out_column: Ints,
    out: Floats,
) -> int:
    """What every cut part gives to which column, written to the last three; returns how many there are.

    `offset` is ``[parts, 2]``: centroid of the part less centre of its column, m. `free` is
    ``[kinds, columns]``: columns between which heat may move, `kind` that of each row.
    """
    n = 0
    give = np.empty(2)
    for i in range(column.size):
        c = column[i]
        allowed = free[kind[row[i]]]
        if not allowed[c]:
            continue
        for axis in range(2):
            # Distance to a neighbour on that side: half of both widths.
            give[axis] = abs(offset[i, axis]) / (wx[c] if axis == 0 else wy[c])
        # Finer neighbours are nearer, and take up to 4/3 as much; no cell may give more than it has.
        limit = min(1.0, 0.75 / max(give[0] + give[1], 1e-300))
        for j in range(start[c], start[c + 1]):
            f = face[j]
            axis = 0 if f < x_faces else 1
            low = pairs[f, 0] == c
            if (offset[i, axis] > 0.0) != low or offset[i, axis] == 0.0:
                continue
            o = pairs[f, 1] if low else pairs[f, 0]
            if not allowed[o]:
                continue
            if axis == 0:
                share = min(wy[c], wy[o]) / wy[c]
                distance = 0.5 * (wx[c] + wx[o])
            else:
                share = min(wx[c], wx[o]) / wx[c]
                distance = 0.5 * (wy[c] + wy[o])
            amount = fraction[i] * share * limit * abs(offset[i, axis]) / distance
            out_row[n], out_column[n], out[n] = row[i], o, amount
            out_row[n + 1], out_column[n + 1], out[n + 1] = row[i], c, -amount
            n += 2
    return n
