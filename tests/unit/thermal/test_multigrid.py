"""The V-cycle: symmetric, positive definite, the same to the bit on any number of threads, and a good one."""

from itertools import pairwise

import numba
import numpy as np
import pytest
from shapely import Polygon

from tests.unit.thermal.scenes import MM, area, block, grid, material, mesh_of, scene, slab
from thermal import multigrid as module
from thermal.kernels.arrays import Floats, Singles
from thermal.krylov import Operator, conjugate_gradients
from thermal.multigrid import Multigrid
from thermal.scene import Area, Face
from thermal.system import ConductionSystem, assemble

SIDE = 8 * MM
WHOLE = (0.0, 0.0, SIDE, SIDE)
ORGANIC = material(15.0, 10.0, 0.4)


def package(base: int = 7, fine: float = 0.1 * MM) -> ConductionSystem:
    """Copper over grease over a die in mold over organic substrate, with a void, on uneven base cells."""
    die = area(130.0, 2 * MM, 2 * MM, 5.3 * MM, 6 * MM)
    tilted = Area(
        Polygon([(5.5 * MM, 1 * MM), (7.5 * MM, 1.2 * MM), (6 * MM, 4 * MM)]), material(1.0, 40.0, 5.0)
    )
    slabs = [
        slab(1.0 * MM, area(ORGANIC, *WHOLE)),
        slab(0.5 * MM, area(0.8, *WHOLE), die, tilted, area(None, 0.0, 6.5 * MM, 3 * MM, SIDE)),
        slab(0.05 * MM, area(4.0, *WHOLE), contact=1e-6),
        slab(2.0 * MM, area(390.0, *WHOLE)),
    ]
    hot = (3 * MM, 3 * MM, 3.2 * MM, 3.2 * MM)
    blocks = [
        block("hot", hot, (1.0 * MM, 1.5 * MM), 1.0, layer="layer1"),
        block("die", (2 * MM, 2 * MM, 5.3 * MM, 6 * MM), (1.0 * MM, 1.5 * MM), 10.0, layer="layer1"),
    ]
    placed = scene((SIDE, SIDE), slabs, blocks=blocks, top=Face(300.0, 5000.0), bottom=Face(310.0, 10.0))
    x = np.linspace(0.0, 1.0, base + 1) ** 1.3 * SIDE
    y = np.linspace(0.0, SIDE, base + 3)
    return assemble(placed, mesh_of(placed, grid(x, y, [(*hot, fine)], 0.5), (2, 4, 1, 3)))


@pytest.fixture(scope="module")
def system() -> ConductionSystem:
    return package()


@pytest.fixture(scope="module")
def cycle(system: ConductionSystem) -> Multigrid:
    return system.multigrid()


def vectors(system: ConductionSystem, count: int) -> list[Floats]:
    rng = np.random.default_rng(11)
    solid = system.solid[system.mesh.slab].T
    return [rng.normal(size=solid.shape) * solid for _ in range(count)]


def applied(cycle: Multigrid, b: Floats) -> Singles:
    cycle.source[:] = b.astype(np.float32)
    return cycle.apply().copy()


def test_the_scene_has_what_makes_it_hard(system, cycle):
    assert not system.solid.all()
    assert np.ptp(system.mesh.tree.level) >= 3
    assert len(cycle.levels) >= 4


def test_it_is_symmetric_to_single_precision(system, cycle):
    for x, y in zip(vectors(system, 4), vectors(system, 8)[4:], strict=True):
        mx, my = applied(cycle, x).astype(float), applied(cycle, y).astype(float)
        scale = np.sqrt(float(np.vdot(mx, x)) * float(np.vdot(my, y)))
        assert abs(float(np.vdot(mx, y)) - float(np.vdot(x, my))) < 2e-5 * scale


def test_it_is_positive_definite(system, cycle):
    for x in vectors(system, 8):
        assert float(np.vdot(applied(cycle, x), x)) > 0.0
    rough = vectors(system, 1)[0]
    rough[::2] *= -1.0
    assert float(np.vdot(applied(cycle, rough), rough)) > 0.0
    constant = system.solid[system.mesh.slab].T.astype(float)
    assert float(np.vdot(applied(cycle, constant), constant)) > 0.0


def test_it_is_linear(system, cycle):
    x, y = vectors(system, 2)
    both = applied(cycle, x + 3.0 * y)
    parts = applied(cycle, x) + 3.0 * applied(cycle, y)
    np.testing.assert_allclose(both, parts, atol=3e-5 * float(np.abs(parts).max()))


def test_applying_it_twice_gives_the_same_bits(system, cycle):
    x, y = vectors(system, 2)
    first = applied(cycle, x)
    applied(cycle, y)
    np.testing.assert_array_equal(applied(cycle, x), first)


def test_two_threads_give_the_bits_of_one(system, monkeypatch):
    monkeypatch.setattr(module, "PARALLEL_CELLS", 0)
    cycle, before = system.multigrid(), numba.get_num_threads()
    (x,) = vectors(system, 1)
    try:
        numba.set_num_threads(1)
        one = applied(cycle, x)
        numba.set_num_threads(min(2, before))
        np.testing.assert_array_equal(applied(cycle, x), one)
    finally:
        numba.set_num_threads(before)


def test_parallel_levels_give_the_bits_of_serial_ones(system, monkeypatch):
    (x,) = vectors(system, 1)
    found = []
    for threshold in (0, 10**9):
        monkeypatch.setattr(module, "PARALLEL_CELLS", threshold)
        found.append(applied(system.multigrid(), x))
    np.testing.assert_array_equal(found[0], found[1])


def test_the_callers_number_of_threads_is_left_alone(system, cycle):
    before = numba.get_num_threads()
    try:
        numba.set_num_threads(1)
        applied(cycle, vectors(system, 1)[0])
        assert numba.get_num_threads() == 1
    finally:
        numba.set_num_threads(before)


def test_void_stays_at_zero(system, cycle):
    void = ~system.solid[system.mesh.slab].T
    assert np.all(applied(cycle, vectors(system, 1)[0])[void] == 0.0)


def test_one_sweep_forward_and_back_are_transposes(system, cycle):
    """<S_f b, c> = <b, S_b c> for sweeps from zero."""
    b, c = (v.astype(np.float32) for v in vectors(system, 2))
    level = cycle.levels[0]
    forward, backward = np.zeros_like(b), np.zeros_like(c)
    level.relax(b, forward, forward=True)
    level.relax(c, backward, forward=False)
    left, right = (float(np.vdot(p.astype(float), q)) for p, q in ((forward, c), (backward, b)))
    scale = float(np.linalg.norm(forward) * np.linalg.norm(c))
    assert abs(left - right) < 1e-5 * scale


def test_a_sweep_solves_a_single_column_exactly():
    placed = scene((MM, MM), [slab(MM, area(10.0, 0, 0, MM, MM)), slab(0.01 * MM, area(0.1, 0, 0, MM, MM))])
    system = assemble(placed, mesh_of(placed, grid([0, MM], [0, MM]), (4, 3)))
    b = np.arange(1.0, 8.0).reshape(1, 7)
    found = applied(system.multigrid(), b)
    exact = np.linalg.solve(system.to_csr().toarray(), b.ravel())
    np.testing.assert_allclose(found.ravel(), exact, rtol=2e-5)


def test_coarse_operators_keep_what_is_lost_to_ambient_and_what_flows_along_z(system, cycle):
    for level in cycle.levels:
        assert float(level.loss.sum()) == pytest.approx(float(system.loss.sum()), rel=1e-5)
        np.testing.assert_allclose(level.vertical.sum(axis=0), system.vertical.sum(axis=0), rtol=1e-5)
        assert np.all(level.lateral >= 0.0)


def test_levels_shrink_to_one_column(cycle):
    sizes = list(cycle.sizes())
    assert sizes[-1] == 1
    assert all(b < a for a, b in pairwise(sizes))
    # In two directions by two, or along one by two: never slower than the worst of both on the whole.
    assert len(sizes) <= 2 * np.ceil(np.log2(sizes[0])) + 2


@pytest.mark.parametrize(("base", "fine"), [(5, 0.2 * MM), (16, 0.05 * MM)])
def test_iterations_do_not_grow_with_the_mesh(base, fine):
    system = package(base, fine)
    cycle = system.multigrid()
    operator = Operator(cycle, system.lateral, system.vertical, system.loss, system.hanging)
    found = conjugate_gradients(operator, cycle, system.rhs, tolerance=1e-8)
    assert found.iterations <= 14
