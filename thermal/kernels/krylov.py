"""Double-precision kernels of conjugate gradients; sums are made in fixed blocks.

Block sums make every reduction independent of the number of threads, so that results are the same
to the bit on one core and on many.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange

from thermal.kernels.arrays import Floats, Int32s, Ints, Singles

BLOCK = 64
_FAST = {"nnan", "ninf", "nsz", "contract", "reassoc"}


@njit(cache=True, parallel=True, fastmath=_FAST)
def apply(
    start: Ints,
    other: Int32s,
    face: Int32s,
    lateral: Floats,
    vertical: Floats,
    loss: Floats,
    x: Floats | Singles,
    out: Floats,
    partial: Floats,
) -> None:
    """out = A x and, in blocks of columns, x . A x; `loss` is ``[columns, nz]`` or has two columns (ends)."""
    n, nz = x.shape
    ends = loss.shape[1] != nz
    for q in prange(partial.size):
        total = 0.0
        for c in range(q * BLOCK, min(n, (q + 1) * BLOCK)):
            xc = x[c]
            y = out[c]
            vc = vertical[c]
            if ends:
                for k in range(nz):
                    y[k] = 0.0
                y[0] = loss[c, 0] * xc[0]
                y[nz - 1] += loss[c, 1] * xc[nz - 1]
            else:
                for k in range(nz):
                    y[k] = loss[c, k] * xc[k]
            for j in range(start[c], start[c + 1]):
                g = lateral[face[j]]
                xo = x[other[j]]
                for k in range(nz):
                    y[k] += g[k] * (xc[k] - xo[k])
            for k in range(nz - 1):
                y[k] += vc[k] * (xc[k] - xc[k + 1])
            for k in range(1, nz):
                y[k] += vc[k - 1] * (xc[k] - xc[k - 1])
            for k in range(nz):
                total += xc[k] * y[k]
        partial[q] = total


@njit(cache=True, parallel=True, fastmath=_FAST)
def step(alpha: float, p: Floats, q: Floats, x: Floats, r: Floats, partial: Floats) -> None:
    """x += alpha p, r -= alpha q and r . r in blocks of columns."""
    n, nz = x.shape
    for i in prange(partial.size):
        total = 0.0
        for c in range(i * BLOCK, min(n, (i + 1) * BLOCK)):
            for k in range(nz):
                x[c, k] += alpha * p[c, k]
                v = r[c, k] - alpha * q[c, k]
                r[c, k] = v
                total += v * v
        partial[i] = total


@njit(cache=True, parallel=True, fastmath=_FAST)
def scaled_single(r: Floats, scale: float, out: Singles) -> None:
    """Out = scale r in single precision."""
    n, nz = r.shape
    for c in prange(n):
        for k in range(nz):
            out[c, k] = np.float32(scale * r[c, k])


@njit(cache=True, parallel=True, fastmath=_FAST)
def dot_mixed(r: Floats, z: Singles, partial: Floats) -> None:
    """R . z in blocks of columns."""
    n, nz = r.shape
    for i in prange(partial.size):
        total = 0.0
        for c in range(i * BLOCK, min(n, (i + 1) * BLOCK)):
            for k in range(nz):
                total += r[c, k] * z[c, k]
        partial[i] = total


@njit(cache=True, parallel=True, fastmath=_FAST)
def direction(z: Singles, scale: float, beta: float, p: Floats) -> None:
    """P = scale z + beta p."""
    n, nz = p.shape
    for c in prange(n):
        for k in range(nz):
            p[c, k] = scale * z[c, k] + beta * p[c, k]
