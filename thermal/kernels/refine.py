"""Kernel that tells where the error of a goal arises."""

from __future__ import annotations

from numba import njit, prange

from thermal.kernels.arrays import Floats, Int32s, Ints


@njit(cache=True, parallel=True)
def indicators(
    start: Ints,
    face: Ints,
    pairs: Ints,
    lateral: Floats,
    vertical: Floats,
    primal: Floats,
    dual: Floats,
    bent: Int32s,
    primal_bend: Floats,
    dual_bend: Floats,
    plane: Floats,
    height: Floats,
) -> None:
    """Add up ``g (jump of primal) (jump of dual)`` over the faces.

    `primal` and `dual` are ``[columns, nz]`` changes of the fields from one mesh to the next; `plane` is
    ``[columns]`` and gets vertical faces, half to each of the two columns; `height` is ``[columns, nz]`` and
    gets half of what crosses the lower and the upper face of every cell.
    """
    nz = primal.shape[1]
    for c in prange(plane.size):
        total = 0.0
        for j in range(start[c], start[c + 1]):
            f = face[j]
            o = pairs[f, 1] if pairs[f, 0] == c else pairs[f, 0]
            for z in range(nz):
                g = lateral[f, z]
                if g > 0.0:
                    u = primal[c, z] - primal[o, z]
                    v = dual[c, z] - dual[o, z]
                    if bent[f] != 0:
                        h = abs(bent[f]) - 1
                        turn = 1.0 if (bent[f] > 0) == (pairs[f, 0] == c) else -1.0
                        u -= turn * primal_bend[h, z]
                        v -= turn * dual_bend[h, z]
                    total += g * u * v
        plane[c] = 0.5 * total
        for z in range(nz):
            height[c, z] = 0.0
        for z in range(nz - 1):
            g = vertical[c, z]
            if g > 0.0:
                half = 0.5 * g * (primal[c, z] - primal[c, z + 1]) * (dual[c, z] - dual[c, z + 1])
                height[c, z] += half
                height[c, z + 1] += half
