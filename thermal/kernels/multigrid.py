"""Kernels of the multigrid preconditioner: line smoothing along z, transfer between column levels.

Field arrays are ``[columns, nz]``, contiguous in z. A level's faces are listed twice, once from each
side, in ``start`` (per column), ``other`` (column across) and ``face`` (row of ``lateral``).
Single precision: this is a preconditioner; the residual outside it is in double precision.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange

from thermal.kernels.arrays import Int32s, Ints, Singles

_FAST = {"nnan", "ninf", "nsz", "contract", "reassoc"}


@njit(cache=True, fastmath=_FAST)
def _relax(
    c: int,
    start: Ints,
    other: Int32s,
    face: Int32s,
    lateral: Singles,
    vertical: Singles,
    pivot: Singles,
    b: Singles,
    x: Singles,
    w: Singles,
    a: Singles,
) -> None:
    """Solve column `c` exactly along z with its neighbours held; `pivot` holds reciprocals."""
    nz = w.size
    bc = b[c]
    xc = x[c]
    pc = pivot[c]
    vc = vertical[c]
    for k in range(nz):
        w[k] = bc[k]
    for j in range(start[c], start[c + 1]):
        g = lateral[face[j]]
        xo = x[other[j]]
        for k in range(nz):
            w[k] += g[k] * xo[k]
    for k in range(nz):
        w[k] *= pc[k]
        a[k] = pc[k] * vc[k]
    # The elimination factor of row k is pivot[k] * vertical[k - 1].
    for k in range(1, nz):
        w[k] += (pc[k] * vc[k - 1]) * w[k - 1]
    last = w[nz - 1]
    xc[nz - 1] = last
    for k in range(nz - 2, -1, -1):
        last = w[k] + a[k] * last
        xc[k] = last


@njit(cache=True, parallel=True, fastmath=_FAST)
def sweep(
    blocks: Ints,
    order: Ints,
    colours: Ints,
    forward: bool,
    start: Ints,
    other: Int32s,
    face: Int32s,
    lateral: Singles,
    vertical: Singles,
    pivot: Singles,
    b: Singles,
    x: Singles,
) -> None:
    """One Gauss-Seidel sweep over blocks of columns, the blocks of one colour side by side.

    The backward sweep is the exact transpose of the forward one, and both are the same to the bit on any
    number of threads.
    """
    nz = b.shape[1]
    nc = colours.size - 1
    for t in range(nc):
        q = t if forward else nc - 1 - t
        for i in prange(colours[q], colours[q + 1]):
            w = np.empty(nz, np.float32)
            a = np.empty(nz, np.float32)
            lo = blocks[order[i]]
            hi = blocks[order[i] + 1]
            for j in range(hi - lo):
                c = lo + j if forward else hi - 1 - j
                _relax(c, start, other, face, lateral, vertical, pivot, b, x, w, a)


@njit(cache=True, parallel=True, fastmath=_FAST)
def residual(
    start: Ints,
    other: Int32s,
    face: Int32s,
    lateral: Singles,
    vertical: Singles,
    loss: Singles,
    b: Singles,
    x: Singles,
    out: Singles,
) -> None:
    """Out = b - A x, with `loss` ``[columns, nz]``, or ``[columns, 2]`` where only the ends lose heat.

    Written in differences of `x`, so that strong couplings do not cost single precision its digits.
    """
    nz = b.shape[1]
    ends = loss.shape[1] != nz
    for c in prange(b.shape[0]):
        r = out[c]
        xc = x[c]
        lc = loss[c]
        vc = vertical[c]
        for k in range(nz):
            r[k] = b[c, k]
        if ends:
            r[0] -= lc[0] * xc[0]
            r[nz - 1] -= lc[1] * xc[nz - 1]
        else:
            for k in range(nz):
                r[k] -= lc[k] * xc[k]
        for j in range(start[c], start[c + 1]):
            g = lateral[face[j]]
            xo = x[other[j]]
            for k in range(nz):
                r[k] += g[k] * (xo[k] - xc[k])
        for k in range(nz - 1):
            r[k] += vc[k] * (xc[k + 1] - xc[k])
        for k in range(1, nz):
            r[k] += vc[k - 1] * (xc[k - 1] - xc[k])


@njit(cache=True, parallel=True)
def factor(
    start: Ints,
    face: Int32s,
    lateral: Singles,
    vertical: Singles,
    loss: Singles,
    pivot: Singles,
) -> None:
    """Reciprocal pivots of each column's tridiagonal matrix.

    With row sum s_k = lateral + loss and e_k = s_k + v_{k-1} e_{k-1} / (v_{k-1} + e_{k-1}) the pivot is
    v_k + e_k: no subtraction, so no cancellation where the vertical coupling is 1e6 times the lateral.
    A void cell has no coupling at all and gets the pivot 1.
    """
    nz = vertical.shape[1]
    for c in prange(pivot.shape[0]):
        s = np.zeros(nz, np.float64)
        if loss.shape[1] == nz:
            for k in range(nz):
                s[k] = loss[c, k]
        else:
            s[0] = loss[c, 0]
            s[nz - 1] += loss[c, 1]
        for j in range(start[c], start[c + 1]):
            f = face[j]
            for k in range(nz):
                s[k] += lateral[f, k]
        e = 0.0
        below = 0.0
        for k in range(nz):
            e = s[k] + (below * e / (below + e) if below + e > 0.0 else 0.0)
            below = np.float64(vertical[c, k])
            p = below + e
            pivot[c, k] = np.float32(1.0 / p) if p > 0.0 else np.float32(1.0)


@njit(cache=True, parallel=True)
def merge_columns(children: Ints, members: Ints, fine: Singles, coarse: Singles) -> None:
    """Sum a per-column quantity over children."""
    for p in prange(coarse.shape[0]):
        coarse[p, :] = np.float32(0.0)
        for i in range(children[p], children[p + 1]):
            for k in range(fine.shape[1]):
                coarse[p, k] += fine[members[i], k]


@njit(cache=True)
def colour(starts: Ints, block_of: Ints, start: Ints, other: Int32s, out: Ints) -> int:
    """Greedy colouring of blocks of columns so that neighbouring blocks differ; returns the colours used."""
    nb = starts.size - 1
    out[:] = -1
    used = np.full(nb + 1, -1, np.int64)
    highest = 0
    for q in range(nb):
        for c in range(starts[q], starts[q + 1]):
            for j in range(start[c], start[c + 1]):
                p = block_of[other[j]]
                if p != q and out[p] >= 0:
                    used[out[p]] = q
        c = 0
        while used[c] == q:
            c += 1
        out[q] = c
        highest = max(highest, c + 1)
    return highest


@njit(cache=True)
def adjacency(first: Int32s, second: Int32s, n: int, start: Ints, other: Int32s, face: Int32s) -> None:
    """List every face from both of its columns."""
    start[:] = 0
    for f in range(first.size):
        start[first[f] + 1] += 1
        start[second[f] + 1] += 1
    for c in range(n):
        start[c + 1] += start[c]
    fill = start[:-1].copy()
    for f in range(first.size):
        a = first[f]
        b = second[f]
        other[fill[a]] = b
        face[fill[a]] = f
        fill[a] += 1
        other[fill[b]] = a
        face[fill[b]] = f
        fill[b] += 1
