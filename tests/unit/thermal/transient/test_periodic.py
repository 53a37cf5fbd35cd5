"""The state that repeats, against marching until it does."""

import numpy as np
import pytest

from power.trace import PowerTrace
from tests.unit.thermal.transient import small
from thermal.transient import NoRepetition, Tolerance, periodic, simulate

TIGHT = Tolerance(2e-3, 0.0)
STEP = 10 * TIGHT.absolute
"""K: errors of about fifteen steps of up to a tolerance each, which fade meanwhile."""
PERIOD = small.trace([0.0, 0.3, 1.0], (5.0, 1.0), (0.0, 2.0))
TIMES = np.array([0.1, 0.3, 0.6, 1.0])


@pytest.mark.parametrize("scene", [small.scene(), small.leaking()], ids=["linear", "leaking"])
def test_same_as_marching_many_periods(scene):
    mesh = small.mesh(scene)
    found = simulate(scene, PERIOD, mesh=mesh, periodic=True, tolerance=TIGHT, times=TIMES)
    # The slowest mode takes 1.9 s: 30 periods leave 1e-6 of the start.
    count = 30
    edges = np.concatenate([[0.0], *([k + 0.3, k + 1.0] for k in range(count))])
    long = PowerTrace(PERIOD.blocks, edges, np.tile(PERIOD.watts, (count, 1)))
    marched = simulate(scene, long, mesh=mesh, tolerance=TIGHT, times=count - 1 + TIMES, initial="steady")
    np.testing.assert_allclose(found.block_max, marched.block_max, atol=STEP)
    np.testing.assert_allclose(found.block_avg, marched.block_avg, atol=STEP)
    assert np.ptp(found.block_avg[:, 0]) > 20.0
    assert found.evidence.defect is not None
    assert found.evidence.defect <= TIGHT.absolute
    assert found.evidence.periods < 10


def test_the_trace_may_say_that_it_repeats():
    class Repeating(small.Ramp):
        periodic = True

    scene = small.scene()
    ramp, mesh = Repeating(0.5, 4.0), small.mesh(scene)
    said = simulate(scene, ramp, mesh=mesh)
    assert said.evidence.defect is not None
    np.testing.assert_array_equal(said.block_avg, simulate(scene, ramp, mesh=mesh, periodic=True).block_avg)
    once = simulate(scene, ramp, mesh=mesh, periodic=False)
    assert once.evidence.defect is None
    assert once.block_avg[0] == pytest.approx(scene.ambient)


def test_constant_power_repeats_at_its_steady_state():
    scene = small.scene()
    mesh = small.mesh(scene)
    found = simulate(scene, small.trace([0.0, 1.0], (3.0, 1.0)), mesh=mesh, periodic=True)
    steady = simulate(scene, small.trace([0.0, 1.0], (3.0, 1.0)), mesh=mesh, initial="steady")
    np.testing.assert_allclose(found.block_avg[-1], steady.block_avg[-1], atol=1e-4)
    assert found.evidence.periods == 2


def test_a_search_without_end_is_told(monkeypatch):
    monkeypatch.setattr(periodic, "PERIODS", 1)
    scene = small.scene()
    with pytest.raises(NoRepetition, match="1 periods"):
        simulate(scene, PERIOD, mesh=small.mesh(scene), periodic=True, tolerance=TIGHT)
