"""Kernels of the plant in the throttle loop: a step of the reduced model whose leakage knows the voltage."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from thermal.kernels.arrays import Floats, Ints


class Plant(NamedTuple):
    """A reduced model at one length of tick.

    Attributes
    ----------
    decay, held, ramp
        ``[n]``: e^(-z), h phi1(z) and h phi2(z), z = rate x tick.
    inputs, u0
        ``[m, n]`` and ``[m]``: what a watt of each group does to each state in 1/s, and the reference, W.
    spread, readings, frozen
        ``[k, n]`` twice, ``[k]``: leakage of groups, see `thermal.kernels.rom.advance`.
    table, low, step
        Logarithms of watts ``[k, rows]`` at warmings from `low` on, K.
    """

    decay: Floats
    held: Floats
    ramp: Floats
    inputs: Floats
    u0: Floats
    spread: Floats
    readings: Floats
    frozen: Floats
    table: Floats
    low: float
    step: float


class Rows(NamedTuple):
    """Outputs: each is the largest of ``offset + rows . state`` over its range, K."""

    rows: Floats
    offset: Floats
    start: Ints


@njit(cache=True, fastmath={"contract", "reassoc", "nsz"})
def dot(a: Floats, b: Floats) -> float:
    """Inner product."""
    total = 0.0
    for i in range(a.size):
        total += a[i] * b[i]
    return total


@njit(cache=True, fastmath={"contract", "reassoc", "nsz"})
def leak(plant: Plant, state: Floats, factor: Floats, watts: Floats) -> None:
    """Watts that groups leak at a state and at voltages whose effect is `factor`."""
    for g in range(watts.size):
        x = (dot(plant.readings[g], state) - plant.low) / plant.step
        row = plant.table[g]
        i = min(max(int(np.floor(x)), 0), row.size - 2)
        watts[g] = factor[g] * np.exp(min(row[i] + (x - i) * (row[i + 1] - row[i]), 50.0))


@njit(cache=True)
def _same(a: Floats, b: Floats) -> bool:
    for i in range(a.size):  # noqa: SIM110 - kernels have no generators
        if a[i] != b[i]:
            return False
    return True


@njit(cache=True, fastmath={"contract", "reassoc", "nsz"})
def _sum(values: Floats, reference: Floats, rows: Floats, out: Floats) -> None:
    """Rows, weighted with how far values are from the reference."""
    out[:] = 0.0
    for j in range(values.size):
        w = values[j] - reference[j]
        row = rows[j]
        for i in range(out.size):
            out[i] += w * row[i]


class Drive(NamedTuple):
    """What drives the states, kept from tick to tick.

    Attributes
    ----------
    watts, driven
        ``[m]`` of the last tick (NaN before the first), and ``[n]`` what they do.
    leaked, factor, led
        ``[k]`` at the end of the last tick, ``[k]`` the factor then, and ``[n]`` what they do.
    last, rise
        ``[k]``, ``[n]`` scratch.
    """

    watts: Floats
    driven: Floats
    leaked: Floats
    factor: Floats
    led: Floats
    last: Floats
    rise: Floats


@njit(cache=True, fastmath={"contract", "reassoc", "nsz"})
def advance(plant: Plant, state: Floats, watts: Floats, factor: Floats, drive: Drive) -> None:
    """One tick in place, exact for held watts; leakage is linear in the tick, its end found at a prediction.

    Parameters
    ----------
    watts
        ``[groups]`` W without leakage; other inputs stay at the reference.
    factor
        ``[k]`` leakage over that at the reference's voltage.
    """
    if not _same(watts, drive.watts):
        drive.watts[:] = watts
        _sum(watts, plant.u0, plant.inputs, drive.driven)
    if not _same(factor, drive.factor):
        drive.factor[:] = factor
        leak(plant, state, factor, drive.leaked)
        _sum(drive.leaked, plant.frozen, plant.spread, drive.led)
    for i in range(state.size):
        state[i] = plant.decay[i] * state[i] + plant.held[i] * (drive.driven[i] + drive.led[i])
        drive.rise[i] = 0.0
    leak(plant, state, factor, drive.last)
    for g in range(drive.last.size):
        change = drive.last[g] - drive.leaked[g]
        drive.leaked[g] = drive.last[g]
        row = plant.spread[g]
        for i in range(state.size):
            drive.rise[i] += change * row[i]
    for i in range(state.size):
        state[i] += plant.ramp[i] * drive.rise[i]
        drive.led[i] += drive.rise[i]


@njit(cache=True)
def read(rows: Rows, state: Floats, out: Floats) -> None:
    """Every output, K."""
    for o in range(out.size):
        best = -np.inf
        for r in range(rows.start[o], rows.start[o + 1]):
            best = max(best, rows.offset[r] + dot(rows.rows[r], state))
        out[o] = best


@njit(cache=True)
def _mixed(key: np.uint64) -> np.uint64:
    """Splitmix64: Steele, Lea, Flood, *Fast splittable pseudorandom number generators*, OOPSLA 2014."""
    z = key
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@njit(cache=True)
def uniform(seed: int, place: int, count: int) -> float:
    """In (0, 1): the number `count` of a sensor, the same whatever else is drawn."""
    step = np.uint64(0x9E3779B97F4A7C15)
    key = _mixed(np.uint64(seed) + step * np.uint64(place + 1))
    found = _mixed(key + step * np.uint64(count + 1))
    return (np.float64(found >> np.uint64(11)) + 0.5) / 9007199254740992.0


@njit(cache=True)
def normal(seed: int, place: int, count: int) -> float:
    """Standard normal, by Box and Muller."""
    a = uniform(seed, 2 * place, count)
    b = uniform(seed, 2 * place + 1, count)
    return np.sqrt(-2.0 * np.log(a)) * np.cos(2.0 * np.pi * b)
