"""Kernel that tells where the error of a goal arises."""

from __future__ import annotations

from numba import njit, prange

from thermal.kernels.arrays import Floats, Ints


@njit(cache=True, parallel=True)
def indicators(
    start: Ints,
    face: Ints,
    pairs: Ints,
    lateral: Floats,
    vertical: Floats,
    primal: Floats,
    dual: Floats,
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
                    total += g * (primal[c, z] - primal[o, z]) * (dual[c, z] - dual[o, z])
        plane[c] = 0.5 * total
        for z in range(nz):
            height[c, z] = 0.0
        for z in range(nz - 1):
            g = vertical[c, z]
            if g > 0.0:
                half = 0.5 * g * (primal[c, z] - primal[c, z + 1]) * (dual[c, z] - dual[c, z + 1])
                height[c, z] += half
                height[c, z + 1] += half
