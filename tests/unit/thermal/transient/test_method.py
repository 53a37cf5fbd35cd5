"""TR-BDF2 on scalars and on the small system; steps and their control."""

import numpy as np
import pytest
from scipy.linalg import expm

from tests.unit.thermal.transient import small
from thermal.capacity import heat_capacity
from thermal.transient import Tolerance, method, simulate
from thermal.transient.excitation import Excitation
from thermal.transient.pace import Pace
from thermal.transient.stage import Effort, LinearStages
from thermal.transient.state import State
from thermal.transient.step import tried
from thermal.verification import fitted_order


def grown(z: float) -> tuple[float, float, float]:
    """Inner value, end and the method's end less that of third order, of y' = z y over a step of one."""
    slopes = [z]
    for weights in method.STAGES[1:]:
        base = 1.0 + sum(w * s for w, s in zip(weights, slopes, strict=True))
        slopes.append(z * base / (1.0 - method.D * z))
    inner, end = slopes[1] / z, slopes[2] / z
    return inner, end, sum(w * s for w, s in zip(method.DEFECT, slopes, strict=True))


def test_order_two_and_three_of_the_embedded():
    z = -np.array([0.2, 0.1, 0.05, 0.025])
    values = np.array([grown(v) for v in z])
    exact = np.exp(z)
    assert fitted_order(-z, np.abs(values[:, 1] - exact)) == pytest.approx(3.0, abs=0.1)
    assert fitted_order(-z, np.abs(values[:, 1] - values[:, 2] - exact)) == pytest.approx(4.0, abs=0.15)


def test_stable_for_the_fastest_modes():
    assert abs(grown(-1e9)[1]) < 1e-8
    assert all(abs(grown(z)[1]) < 1.0 for z in -np.logspace(-3, 6, 60))


def test_weights_integrate():
    # Second order: 1, t and the joules of a step.
    assert sum(method.WEIGHTS) == pytest.approx(1.0)
    assert np.dot(method.WEIGHTS, method.NODES) == pytest.approx(0.5)
    assert sum(method.DEFECT) == pytest.approx(0.0, abs=1e-15)


@pytest.mark.parametrize("share", [0.0, 0.3, method.GAMMA, 1.0])
def test_cubics_are_read_exactly_between(share):
    for power in range(4):
        values = [0.0**power, method.GAMMA**power, 1.0, float(power)]
        assert np.dot(method.between(share), values) == pytest.approx(share**power)


def test_order_in_time_of_the_small_system():
    # Against the matrix exponential of the same cells, from a smooth state and with constant power.
    scene = small.scene()
    mesh = small.mesh(scene)
    excitation = Excitation(scene, mesh, ("left", "right"))
    capacity = heat_capacity(scene, mesh)
    watts = np.array([3.0, 1.0])
    heat = excitation.heat(watts)
    matrix = excitation.system.to_csr().toarray()
    c = capacity.ravel()
    steady = np.linalg.solve(matrix, heat.ravel())
    begin, end = 0.05, 0.45

    def exact(time: float) -> np.ndarray:
        return steady - expm(-matrix / c[:, None] * time) @ steady

    lengths, errors = 0.4 / np.array([4, 8, 16, 32]), []
    for length in lengths:
        stages = LinearStages(excitation.system, capacity, Effort())
        theta = exact(begin).reshape(capacity.shape)
        slope = (heat - (matrix @ theta.ravel()).reshape(heat.shape)) / capacity
        state = State(begin, theta, slope, np.zeros_like(theta), watts, Pace(length, fresh=False), begin)
        allowed = np.full(capacity.shape, 1e-7)
        while state.time < end - 1e-9:
            trial = tried(stages, state, length, lambda _: (heat, 4.0), allowed)
            state = State(
                trial.end, trial.theta, trial.slope, state.off, watts, state.pace, begin, moved=trial.moved
            )
        errors.append(np.abs(state.theta.ravel() - exact(state.time)).max())
    assert fitted_order(lengths, errors) == pytest.approx(method.ORDER, abs=0.15)


@pytest.mark.parametrize("absolute", [0.3, 0.03, 0.003])
def test_errors_keep_to_the_tolerance(absolute):
    scene = small.scene()
    mesh = small.mesh(scene)
    system = Excitation(scene, mesh, ("left", "right")).system
    found = simulate(
        scene,
        small.trace([0.0, 0.2, 0.5], (3.0, 1.0), (0.0, 8.0)),
        mesh=mesh,
        tolerance=Tolerance(absolute, 0.0),
        times=[0.05, 0.2, 0.25, 0.5],
    )
    matrix = system.to_csr().toarray() / heat_capacity(scene, mesh).ravel()[:, None]
    excitation = Excitation(scene, mesh, ("left", "right"))
    first, second = (
        np.linalg.solve(system.to_csr().toarray(), excitation.heat(np.array(w)).ravel())
        for w in ((3.0, 1.0), (0.0, 8.0))
    )
    at_edge = first - expm(-matrix * 0.2) @ first
    end = second + expm(-matrix * 0.3) @ (at_edge - second)
    missed = np.abs(found.last.temperature.ravel() - scene.ambient - end).max()
    # Errors of a few steps add up before they fade; the estimate covers them.
    assert missed <= 3.0 * absolute
    assert missed <= 3.0 * found.evidence.error.max()


def test_tolerances_of_sensitive_blocks():
    scene = small.scene()
    excitation = Excitation(scene, small.mesh(scene), ())
    allowed = Tolerance(0.1, 0.0).of_cells(excitation.system)
    inside = excitation.heat(np.zeros(0))
    assert inside.shape == allowed.shape
    assert allowed.min() == pytest.approx(0.02)
    assert allowed.max() == pytest.approx(0.1)


@pytest.mark.parametrize(("absolute", "relative"), [(0.0, 0.0), (np.nan, 0.0), (0.1, -1.0), (0.1, np.inf)])
def test_wrong_tolerances(absolute, relative):
    with pytest.raises(ValueError, match="tolerance"):
        Tolerance(absolute, relative)


def test_steps_shrink_where_they_miss_and_grow_where_not():
    pace = Pace(1.0, fresh=False)
    assert pace.rejected(1.0, 8.0).step == pytest.approx(0.45)
    assert pace.rejected(1.0, 1.01).step == pytest.approx(0.7)
    assert pace.accepted(1.0, 1e-9).step == pytest.approx(5.0)
    assert pace.accepted(1.0, 0.729).step == 1.0
    # An error that grew goes on to grow.
    grew = Pace(1.0, error=0.1, taken=1.0, fresh=False)
    assert grew.accepted(1.0, 0.3).step < pace.accepted(1.0, 0.3).step


def test_no_sliver_before_an_edge():
    assert Pace(1.0).fitted(0.5) == 0.5
    assert Pace(1.0).fitted(1.5) == 0.75
    assert Pace(1.0).fitted(5.0) == 1.0


def test_steps_land_on_edges():
    edges = [0.0, 0.013, 0.0131, 0.3, 1.0]
    scene = small.scene()
    trace = small.trace(edges, (5.0, 0.0), (0.0, 5.0), (2.0, 2.0), (0.0, 0.0))
    found = simulate(scene, trace, mesh=small.mesh(scene))
    assert set(edges) <= set(found.times.tolist())
    assert found.evidence.tally.edges == 4
    assert found.evidence.tally.steps == found.times.size - 1


def test_an_edge_without_a_jump_costs_nothing():
    scene = small.scene()
    once = simulate(scene, small.trace([0.0, 1.0], (3.0, 1.0)), mesh=small.mesh(scene))
    parts = simulate(scene, small.trace([0.0, 0.9, 1.0], (3.0, 1.0), (3.0, 1.0)), mesh=small.mesh(scene))
    assert parts.evidence.tally.steps <= once.evidence.tally.steps + 2
