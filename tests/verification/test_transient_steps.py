"""Warming of layered stacks after a step of power, against the inverted Laplace transform of their series.

From 10 us to 100 s the error is at most 0.5 % of the rise that the step ends in.
"""

import numpy as np

from power.trace import PowerTrace
from tests.verification.exact import ExactBlock, design_of
from thermal import Resolution
from thermal.transient import Tolerance, simulate
from thermal.verification import LayeredStack, RectSource, StackLayer, StepResponse

WHOLE = (0.0, 0.0, 0.01, 0.01)
DIE = LayeredStack(WHOLE[2:], (StackLayer(5e-4, 130.0, 130.0, 130.0),), 1e4, 0.0, 300.0, 300.0)
SILICON = 1.6e6


def test_periodic_square_wave():
    # Linear: the sum of the responses to all edges so far, which the slowest mode (80 ms) soon settles.
    period, on = 0.05, 0.02
    source = RectSource(0, WHOLE, 50.0)
    exact = StepResponse(DIE, [SILICON], [source], octaves=0)
    design = design_of(DIE, [ExactBlock("all", "other", source)], capacity=[SILICON])
    times = np.array([0.002, 0.01, 0.02, 0.03, 0.05])
    trace = PowerTrace(("layer0/all",), np.array([0.0, on, period]), np.array([[50.0], [0.0]]))
    found = simulate(
        design,
        trace,
        periodic=True,
        times=times,
        resolution=Resolution(base=2, other=2, scale=0.5),
        tolerance=Tolerance(2e-3, 0.0),
    )
    back = np.arange(40) * period
    rise = [
        np.sum(exact.mean(WHOLE, 0, t + back))
        - np.sum(exact.mean(WHOLE, 0, (t - on + back)[t - on + back > 0.0]))
        for t in times
    ]
    amplitude = np.ptp(rise)
    assert amplitude > 5.0
    np.testing.assert_allclose(found.block_avg[:, 0] - 300.0, rise, atol=0.002 * amplitude)
    assert found.evidence.defect is not None
    assert found.evidence.defect <= 2e-3
    assert found.evidence.periods <= 6
