"""Conjugate gradients: against a direct solve, their history, their refusals."""

import numpy as np
import pytest
from scipy.sparse.linalg import spsolve

from tests.unit.thermal.test_multigrid import package
from thermal.krylov import NoConvergence, Operator, conjugate_gradients
from thermal.multigrid import Multigrid
from thermal.system import ConductionSystem


@pytest.fixture(scope="module")
def system() -> ConductionSystem:
    return package(5, 0.2e-3)


@pytest.fixture(scope="module")
def parts(system) -> tuple[Operator, Multigrid]:
    multigrid = system.multigrid()
    return Operator(multigrid, system.lateral, system.vertical, system.loss, system.hanging), multigrid


def test_the_solution_is_that_of_a_direct_solver(system, parts):
    exact = spsolve(system.to_csr().tocsc(), system.rhs.ravel()).reshape(system.source.shape)
    found = conjugate_gradients(parts[0], parts[1], system.rhs, tolerance=1e-12)
    np.testing.assert_allclose(found.x, exact, atol=1e-8 * exact.max())


@pytest.mark.parametrize("tolerance", [1e-3, 1e-8, 1e-11])
def test_the_last_residual_is_the_true_one_and_below_the_tolerance(system, parts, tolerance):
    found = conjugate_gradients(parts[0], parts[1], system.rhs, tolerance=tolerance)
    b = system.rhs.ravel()
    true = np.linalg.norm(b - system.to_csr() @ found.x.ravel()) / np.linalg.norm(b)
    assert found.residuals[-1] <= tolerance
    assert found.residuals[-1] == pytest.approx(true, rel=1e-2, abs=1e-13)
    assert found.residuals[0] == 1.0
    assert found.iterations == len(found.residuals) - 1
    assert all(r > tolerance for r in found.residuals[:-1])


def test_the_iteration_does_not_see_the_scale_of_the_power(system, parts):
    plain = conjugate_gradients(parts[0], parts[1], system.rhs)
    tiny = conjugate_gradients(parts[0], parts[1], system.rhs * 2.0**-40)
    np.testing.assert_array_equal(tiny.x * 2.0**40, plain.x)
    assert tiny.residuals == plain.residuals


def test_a_good_start_saves_iterations(system, parts):
    plain = conjugate_gradients(parts[0], parts[1], system.rhs)
    restarted = conjugate_gradients(parts[0], parts[1], system.rhs, start=plain.x * (1 + 1e-4))
    assert restarted.residuals[0] == pytest.approx(1e-4, rel=0.1)
    assert restarted.iterations < plain.iterations
    np.testing.assert_allclose(restarted.x, plain.x, rtol=1e-5, atol=1e-7 * plain.x.max())


def test_a_start_is_not_written_to(system, parts):
    start = np.ones_like(system.source)
    conjugate_gradients(parts[0], parts[1], system.rhs, start=start)
    np.testing.assert_array_equal(start, 1.0)


def test_nothing_in_gives_nothing_out_at_once(system, parts):
    for start in (None, np.ones_like(system.source)):
        found = conjugate_gradients(parts[0], parts[1], np.zeros_like(system.source), start=start)
        assert found.iterations == 0
        np.testing.assert_array_equal(found.x, 0.0)


def test_too_few_iterations_are_said_with_their_history(system, parts):
    with pytest.raises(NoConvergence, match=r"after 3 iterations, asked for 1e-08") as caught:
        conjugate_gradients(parts[0], parts[1], system.rhs, limit=3)
    assert len(caught.value.residuals) == 4
    assert f"residual {caught.value.residuals[-1]:.2e}" in str(caught.value)


def test_progress_is_told_after_every_iteration(system, parts):
    told: list[tuple[int, float]] = []
    found = conjugate_gradients(parts[0], parts[1], system.rhs, progress=lambda i, r: told.append((i, r)))
    assert told == list(enumerate(found.residuals))[1:]
