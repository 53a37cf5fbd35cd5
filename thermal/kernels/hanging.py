"""Kernels of the fluxes where a column meets two of half its size.

The temperature opposite a half is that of the coarse column plus (upper half) or less (lower half) a bend
E = a_u (T_u - T_c) + a_d (T_c - T_d), from the columns above and below the coarse one in the direction along
the face. The operator is the sum over faces of g D D^T with these differences D, hence symmetric.
"""

from __future__ import annotations

from numba import njit, prange

from thermal.kernels.arrays import Bools, Bytes, Floats, Int32s, Ints, Singles

LOWER, UPPER, COARSE, ABOVE, BELOW = range(5)
"""What a column is to an interface."""
FROM_ABOVE, FROM_BELOW = 1, 2
"""Bits that say where the bend is taken from; none: the face has the plain flux."""


@njit(cache=True, inline="always")
def _slopes(code: int, weight: Floats) -> tuple[float, float]:
    """Weights a_u and a_d."""
    if code == FROM_ABOVE | FROM_BELOW:
        return weight[0], weight[0]
    if code == FROM_ABOVE:
        return weight[1], 0.0
    return 0.0, weight[2]


@njit(cache=True, inline="always")
def _mean(x: Floats | Singles, near: Int32s, side: int, z: int) -> float:
    one = x[near[2 * side], z]
    return one if near[2 * side + 1] < 0 else 0.5 * (one + x[near[2 * side + 1], z])


@njit(cache=True, inline="always")
def _bend(code: int, coarse: int, near: Int32s, weight: Floats, x: Floats | Singles, z: int) -> float:
    up, down = _slopes(code, weight)
    bend = 0.0
    if code & FROM_ABOVE:
        bend += up * (_mean(x, near, 0, z) - x[coarse, z])
    if code & FROM_BELOW:
        bend += down * (x[coarse, z] - _mean(x, near, 1, z))
    return bend


@njit(cache=True)
def pull(code: int, coarse: int, near: Int32s, weight: Floats, z: int, factor: float, out: Floats) -> None:
    """Add `factor` x the derivative of the bend by every temperature in layer `z`."""
    if code == 0:
        return
    up, down = _slopes(code, weight)
    out[coarse, z] += factor * (down - up)
    for side in range(2):
        slope = up if side == 0 else -down
        if slope == 0.0:
            continue
        if near[2 * side + 1] < 0:
            out[near[2 * side], z] += factor * slope
        else:
            out[near[2 * side], z] += 0.5 * factor * slope
            out[near[2 * side + 1], z] += 0.5 * factor * slope


@njit(cache=True, parallel=True)
def bends(
    coarse: Int32s, near: Int32s, weight: Floats, code: Bytes, pattern: Ints, x: Floats, out: Floats
) -> None:
    """Out = bend ``[interfaces, nz]`` of a field, 0 where the plain flux holds."""
    for h in prange(coarse.size):
        for z in range(pattern.size):
            how = code[h, pattern[z]]
            out[h, z] = _bend(how, coarse[h], near[h], weight[h], x, z) if how else 0.0


@njit(cache=True, parallel=True)
def through(
    coarse: Int32s,
    fine: Int32s,
    face: Int32s,
    first: Bools,
    near: Int32s,
    weight: Floats,
    code: Bytes,
    pattern: Ints,
    lateral: Floats,
    drift: Singles,
    x: Floats | Singles,
    bend: Floats,
    lever: Floats,
    energy: Floats,
) -> None:
    """What the interfaces add to a product with the operator, before it is spread over columns.

    `bend` and `lever` are ``[interfaces, nz]``: E, and what flows in through the upper half less what does
    through the lower one, W; `energy` ``[interfaces]`` is what they add to x . A x. `drift` is that of the
    Jacobian, or empty.
    """
    for h in prange(coarse.size):
        total = 0.0
        c = coarse[h]
        for z in range(pattern.size):
            how = code[h, pattern[z]]
            bend[h, z] = 0.0
            lever[h, z] = 0.0
            if how == 0:
                continue
            e = _bend(how, c, near[h], weight[h], x, z)
            bend[h, z] = e
            for half in range(2):
                f = face[h, half]
                t = x[fine[h, half], z]
                sign = 2.0 * half - 1.0
                plain = t - x[c, z]
                flow = lateral[f, z] * (plain - sign * e)
                total += flow * (plain - sign * e) - lateral[f, z] * plain * plain
                if drift.size > 0:
                    if first[h, half]:
                        flow += drift[0, f, z] * t + drift[1, f, z] * x[c, z]
                    else:
                        flow -= drift[0, f, z] * x[c, z] + drift[1, f, z] * t
                lever[h, z] += sign * flow
        energy[h] = total


@njit(cache=True, parallel=True)
def spread(
    column: Int32s,
    begin: Ints,
    member: Int32s,
    role: Bytes,
    face: Int32s,
    first: Bools,
    near: Int32s,
    weight: Floats,
    code: Bytes,
    pattern: Ints,
    lateral: Floats,
    drift: Singles,
    bend: Floats,
    lever: Floats,
    sign: float,
    out: Floats,
) -> None:
    """Out += sign x what the interfaces add, in all columns that they touch.

    `drift` is that of the Jacobian where its transpose is meant, else empty.
    """
    for i in prange(column.size):
        y = out[column[i]]
        for j in range(begin[i], begin[i + 1]):
            h = member[j]
            part = role[j]
            for z in range(pattern.size):
                how = code[h, pattern[z]]
                if how == 0:
                    continue
                up, down = _slopes(how, weight[h])
                more = 0.0
                if part == ABOVE:
                    more = -up * lever[h, z] * (1.0 if near[h, 1] < 0 else 0.5)
                elif part == BELOW:
                    more = down * lever[h, z] * (1.0 if near[h, 3] < 0 else 0.5)
                elif part == COARSE:
                    more = (up - down) * lever[h, z]
                    for half in range(2):
                        f = face[h, half]
                        g = lateral[f, z]
                        if drift.size > 0:
                            g += -drift[1, f, z] if first[h, half] else drift[0, f, z]
                        more += (2.0 * half - 1.0) * g * bend[h, z]
                else:
                    f = face[h, part]
                    g = lateral[f, z]
                    if drift.size > 0:
                        g += drift[0, f, z] if first[h, part] else -drift[1, f, z]
                    more = -(2.0 * part - 1.0) * g * bend[h, z]
                y[z] += sign * more
