"""Second compression: of the basis, the states that outputs show; and the modal form."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from thermal.kernels.arrays import Floats


@dataclass(frozen=True, eq=False)
class Modal:
    """Decoupled states: d xi/dt = -rates xi + inputs u.

    Attributes
    ----------
    rates
        ``[n]`` 1/s, rising.
    mix
        ``[basis, n]``: the field of state i is the sum of ``mix[:, i]`` times the basis.
    inputs
        ``[n, m]``
    lost
        Largest change of any output, K, at any shift, all inputs at the worse end of their ranges.
    """

    rates: Floats
    mix: Floats
    inputs: Floats
    lost: float


@dataclass(frozen=True, eq=False)
class _Worst:
    lost: float
    shift: float
    response: Floats
    row: int


def compressed(
    conductance: Floats,
    inputs: Floats,
    rows: Floats,
    seeds: Floats,
    shifts: Floats,
    tolerance: float,
    limit: int,
) -> Modal:
    """The states that change outputs by less than a tolerance, as few as a greedy choice finds.

    Of all outputs at all shifts, the one that is worst served says what joins the states: the response to the
    inputs that make it worst, and its own adjoint. With both, the error is the product of what is missing
    of each. The pencil is projected by congruence, so that it stays symmetric and positive.

    Parameters
    ----------
    conductance
        ``[n, n]`` of a basis that is orthonormal in C.
    inputs
        ``[n, m]`` at the end of their ranges.
    rows
        ``[outputs, n]``
    seeds
        ``[n, k]`` states that must be kept, such as that of the start.
    limit
        States.
    """
    full, modes = np.linalg.eigh(conductance)
    exact = [modes @ ((modes.T @ inputs) / (full + s)[:, None]) for s in shifts.tolist()]
    read = [rows @ x for x in exact]
    kept = np.linalg.qr(seeds / np.linalg.norm(seeds, axis=0))[0]
    limit = min(limit, conductance.shape[0])
    while True:
        found = _projected(conductance, inputs, kept)
        worst = _worst(found, rows, exact, read, shifts)
        if worst.lost <= tolerance or kept.shape[1] >= limit:
            return Modal(found.rates, found.mix, found.inputs, worst.lost)
        adjoint = modes @ ((modes.T @ rows[worst.row]) / (full + worst.shift))
        before = kept.shape[1]
        for x in (worst.response, adjoint):
            if kept.shape[1] < limit:
                kept = _joined(kept, x)
        if kept.shape[1] == before:
            return Modal(found.rates, found.mix, found.inputs, worst.lost)


def _joined(kept: Floats, x: Floats) -> Floats:
    size = float(np.linalg.norm(x))
    for _ in range(2):
        x = x - kept @ (kept.T @ x)
    rest = float(np.linalg.norm(x))
    return np.column_stack([kept, x / rest]) if rest > 1e-10 * size else kept


def _projected(conductance: Floats, inputs: Floats, kept: Floats) -> Modal:
    rates, modes = np.linalg.eigh(kept.T @ conductance @ kept)
    mix = kept @ modes
    return Modal(rates, mix, mix.T @ inputs, np.inf)


def _worst(found: Modal, rows: Floats, exact: list[Floats], read: list[Floats], shifts: Floats) -> _Worst:
    """The output and the shift that lose most."""
    shown = rows @ found.mix
    best = _Worst(-1.0, 0.0, rows[0], 0)
    for s, x, y in zip(shifts.tolist(), exact, read, strict=True):
        missing = y - shown @ (found.inputs / (found.rates + s)[:, None])
        lost = np.abs(missing).sum(axis=1)
        row = int(np.argmax(lost))
        if lost[row] > best.lost:
            best = _Worst(float(lost[row]), s, x @ np.sign(missing[row]), row)
    return best
