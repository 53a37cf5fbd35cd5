"""Kernels of reduced models: exact steps of decoupled states, with leakage in the loop."""

from __future__ import annotations

import numpy as np
from numba import njit

from thermal.kernels.arrays import Floats, Ints


@njit(cache=True, fastmath={"contract", "reassoc", "nsz"})
def _dot(a: Floats, b: Floats) -> float:
    total = 0.0
    for i in range(a.size):
        total += a[i] * b[i]
    return total


@njit(cache=True)
def leaked(warming: float, row: Floats, low: float, step: float) -> float:
    """Watts at a warming, from logarithms of watts at equal steps; its last rates go on outside."""
    x = (warming - low) / step
    i = min(max(int(np.floor(x)), 0), row.size - 2)
    return np.exp(min(row[i] + (x - i) * (row[i + 1] - row[i]), 50.0))


@njit(cache=True)
def _leak(
    state: Floats, readings: Floats, table: Floats, low: float, step: float, now: Floats, watts: Floats
) -> None:
    for g in range(watts.size):
        watts[g] = leaked(_dot(readings[g], state), table[g], low, step) - now[g]


@njit(cache=True, fastmath={"contract", "reassoc", "nsz"})
def advance(
    state: Floats,
    decay: Floats,
    held: Floats,
    ramp: Floats,
    inputs: Floats,
    begin: Floats,
    end: Floats,
    spread: Floats,
    readings: Floats,
    table: Floats,
    low: float,
    step: float,
    frozen: Floats,
    passes: int,
    work: Floats,
) -> None:
    """One step in place, exact for inputs that are linear in it; leakage is linear in it, found by passes.

    Parameters
    ----------
    state
        ``[n]``
    decay, held, ramp
        ``[n]``: e^(-z), h phi1(z) and h phi2(z) with z = lambda h.
    inputs
        ``[m, n]``, what a unit of each input does to each state in 1/s.
    begin, end
        ``[m]`` deviations of the inputs at the two ends of the step.
    spread, readings
        ``[leaking, n]``: the same for leakage, and the warming that it answers to.
    table, low, step
        Logarithms of watts ``[leaking, rows]`` at warmings from `low` on, K.
    frozen
        ``[leaking]`` W at the reference.
    passes
        Corrections of the leakage at the end of the step.
    work
        ``[3, n + leaking]`` scratch.
    """
    n = state.size
    k = frozen.size
    base = work[0, :n]
    trial = work[1, :n]
    first = work[0, n:]
    last = work[1, n:]
    rise = work[2, :n]
    for i in range(n):
        base[i] = 0.0
        rise[i] = 0.0
    for j in range(inputs.shape[0]):
        b = begin[j]
        d = end[j] - b
        row = inputs[j]
        if b != 0.0:
            for i in range(n):
                base[i] += b * row[i]
        if d != 0.0:
            for i in range(n):
                rise[i] += d * row[i]
    _leak(state, readings, table, low, step, frozen, first)
    for g in range(k):
        for i in range(n):
            base[i] += first[g] * spread[g, i]
    for i in range(n):
        base[i] = decay[i] * state[i] + held[i] * base[i] + ramp[i] * rise[i]
        trial[i] = base[i]
    if k > 0:
        for _ in range(passes):
            _leak(trial, readings, table, low, step, frozen, last)
            for i in range(n):
                rise[i] = 0.0
            for g in range(k):
                change = last[g] - first[g]
                for i in range(n):
                    rise[i] += change * spread[g, i]
            for i in range(n):
                trial[i] = base[i] + ramp[i] * rise[i]
    for i in range(n):
        state[i] = trial[i]


@njit(cache=True, fastmath={"contract", "reassoc", "nsz"})
def read(state: Floats, rows: Floats, offset: Floats, start: Ints, out: Floats) -> None:
    """Every output: the largest of its rows ``offset + rows . state``, K."""
    for o in range(start.size - 1):
        best = -np.inf
        for r in range(start[o], start[o + 1]):
            best = max(best, offset[r] + _dot(rows[r], state))
        out[o] = best


@njit(cache=True)
def march(
    state: Floats,
    decay: Floats,
    held: Floats,
    ramp: Floats,
    inputs: Floats,
    nodes: Floats,
    linear: bool,
    spread: Floats,
    readings: Floats,
    table: Floats,
    low: float,
    step: float,
    frozen: Floats,
    passes: int,
    rows: Floats,
    offset: Floats,
    start: Ints,
    which: Ints,
    out: Floats,
) -> None:
    """Advance through intervals and read outputs after each.

    Parameters
    ----------
    decay, held, ramp
        ``[lengths, n]``, see `advance`; `which` ``[intervals]`` says whose length each interval has.
    nodes
        ``[intervals + 1, m]`` deviations of inputs; held from each node on, or `linear` between them.
    rows, offset, start
        See `read`.
    out
        ``[intervals, outputs]``.
    """
    work = np.empty((3, state.size + frozen.size))
    for t in range(which.size):
        w = which[t]
        advance(
            state,
            decay[w],
            held[w],
            ramp[w],
            inputs,
            nodes[t],
            nodes[t + 1] if linear else nodes[t],
            spread,
            readings,
            table,
            low,
            step,
            frozen,
            passes,
            work,
        )
        read(state, rows, offset, start, out[t])
