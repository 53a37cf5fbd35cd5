"""What the numbers were measured on: cores, versions, and the memory bandwidth that bounds them all."""

import os
import platform
import time
from importlib import metadata
from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

PACKAGES = ("thermal-floorplan", "numpy", "scipy", "numba", "pyamg")
# Far beyond any cache, small enough for every machine that solves a million cells.
TRIAD_LENGTH = 16_000_000
TRIAD_REPEATS = 5


@njit(parallel=True)
def _triad(a: NDArray[np.float64], b: NDArray[np.float64], c: NDArray[np.float64], factor: float) -> None:
    for i in prange(a.size):
        a[i] = b[i] + factor * c[i]


def triad_bandwidth() -> float:
    """Best of a few STREAM triads over all cores, bytes/s; counts 24 bytes per element as STREAM does."""
    a, b, c = np.zeros(TRIAD_LENGTH), np.ones(TRIAD_LENGTH), np.ones(TRIAD_LENGTH)
    _triad(a, b, c, 2.0)
    best = np.inf
    for _ in range(TRIAD_REPEATS):
        begin = time.perf_counter()
        _triad(a, b, c, 3.0)
        best = min(best, time.perf_counter() - begin)
    return float(24 * TRIAD_LENGTH / best)


def describe() -> dict[str, Any]:
    """Return the machine and the versions, and how busy the machine was when asked."""
    return {
        "cores": os.cpu_count(),
        "processor": platform.processor() or platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
        "versions": {name: metadata.version(name) for name in PACKAGES},
        "triad_gb_s": round(triad_bandwidth() / 1e9, 1),
        "load_1min": round(os.getloadavg()[0], 2),
    }
