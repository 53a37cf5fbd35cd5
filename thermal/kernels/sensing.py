"""Kernel of sensors: lag, offset, noise, steps of the converter, readings that do not arrive."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from thermal.kernels.arrays import Floats, Ints
from thermal.kernels.plant import normal, uniform


class Bank(NamedTuple):
    """Sensors, ``[s]`` each.

    Attributes
    ----------
    follow
        1 - e^(-tick / lag).
    offset, gain
        What is told is offset + gain (T - 273.15 K) + 273.15 K.
    noise, quantum
        Standard deviation and step of the converter, K; 0 for none.
    dropout
        Probability that a sample does not arrive; the last one stays.
    every
        Ticks from sample to sample.
    seed
        Of the noise.
    """

    follow: Floats
    offset: Floats
    gain: Floats
    noise: Floats
    quantum: Floats
    dropout: Floats
    every: Ints
    seed: int


@njit(cache=True)
def sample(bank: Bank, tick: int, true: Floats, lagged: Floats, shown: Floats) -> None:
    """Follow the true temperatures through a tick; those whose turn it is show a new reading.

    Parameters
    ----------
    true
        ``[s]`` K at the end of the tick.
    lagged, shown
        ``[s]`` K, changed in place: behind the lag, and what controllers see.
    """
    for i in range(true.size):
        lagged[i] += bank.follow[i] * (true[i] - lagged[i])
        if tick % bank.every[i] != 0:
            continue
        count = tick // bank.every[i]
        if bank.dropout[i] > 0.0 and uniform(bank.seed + 1, i, count) < bank.dropout[i]:
            continue
        told = 273.15 + bank.offset[i] + bank.gain[i] * (lagged[i] - 273.15)
        if bank.noise[i] > 0.0:
            told += bank.noise[i] * normal(bank.seed, i, count)
        if bank.quantum[i] > 0.0:
            told = 273.15 + bank.quantum[i] * np.floor((told - 273.15) / bank.quantum[i] + 0.5)
        shown[i] = told
