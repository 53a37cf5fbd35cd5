"""TR-BDF2: the trapezoidal rule to an inner time, then BDF2; L-stable, second order, with an embedded third.

Bank et al. 1985; as a Runge-Kutta method with its embedded formula and the filter of its error estimate,
Hosea and Shampine 1996 (Applied Numerical Mathematics 20). Both implicit stages solve with the same shift
1 / (D h), and the last stage is the result. Equations: ``docs/theory/transient.md``.
"""

from __future__ import annotations

import math

import numpy as np

from thermal.kernels.arrays import Floats

GAMMA = 2.0 - math.sqrt(2.0)
"""Inner time as a share of the step."""
D = GAMMA / 2.0
W = math.sqrt(2.0) / 4.0

NODES = (0.0, GAMMA, 1.0)
"""Times of the stages as shares of the step."""
STAGES = ((), (D,), (W, W))
"""Weights of the stages before; that of the stage itself is D."""
WEIGHTS = (W, W, D)
DEFECT = ((4.0 * W - 1.0) / 3.0, -1.0 / 3.0, 2.0 * D / 3.0)
"""Weights of the method less those of the embedded one of third order."""
ORDER = 2


def between(share: float) -> Floats:
    """Weights of start, inner stage, end and ``step x slope at the end`` at a share of the step.

    The cubic through three values and the slope at the end: the slope at the start of a step after a jump of
    power is that of cells much faster than the step, and would overshoot.
    """
    g = GAMMA
    conditions = np.array([[1.0, x, x * x, x**3] for x in (0.0, g, 1.0)] + [[0.0, 1.0, 2.0, 3.0]])
    powers = np.array([1.0, share, share**2, share**3])
    return np.asarray(np.linalg.solve(conditions.T, powers), float)
