"""The Jacobian is the derivative of the heat balance, its transpose the transpose; GMRES solves with both.

The package has two laws and an anisotropic one, void, a contact, exposed sides, two ambients, 2:1 faces, and
leakage of both kinds.
"""

from dataclasses import replace

import numpy as np
import pytest

from floorplans.conductivity import PowerLaw, TableLaw
from floorplans.material import library
from power.leakage import Exponential, Leakage, LeakageModel
from tests.unit.thermal.scenes import MM, area, block, grid, material, mesh_of, scene, slab
from thermal.evaluated import evaluated
from thermal.kernels.arrays import Bools, Floats
from thermal.krylov import NoConvergence
from thermal.linearised import Linearised
from thermal.nonlinear import newton
from thermal.scene import Face
from thermal.system import ConductionSystem, assemble

SIDE = 6 * MM
WHOLE = (0.0, 0.0, SIDE, SIDE)
DIE = (1 * MM, 1 * MM, 4.3 * MM, 5 * MM)
SILICON = replace(material(148.0), k_law=PowerLaw(1.3))
METAL = replace(material(400.0), k_law=TableLaw((250.0, 700.0), (420.0, 300.0)))
STACKED = library()["hbm-stack"]


LEAK = 0.2


def package(leak: float = LEAK) -> ConductionSystem:
    """See the module; the three blocks leak `leak` watts each at 350 K."""
    laws = (
        Leakage(Exponential(leak, 350.0, 0.02)),
        Leakage(Exponential(leak, 350.0, 0.03), LeakageModel.BLOCK_MEAN),
    )
    slabs = [
        slab(0.8 * MM, area(METAL, *WHOLE), exposed=(60.0, 305.0)),
        slab(0.3 * MM, area(2.0, *WHOLE), area(SILICON, *DIE), area(None, 0.0, 5.2 * MM, 2 * MM, SIDE)),
        slab(0.3 * MM, area(STACKED, *DIE), contact=1e-6),
        slab(1.0 * MM, area(METAL, *WHOLE)),
    ]
    z = 0.8 * MM, 1.1 * MM
    hot = (1.2 * MM, 1.3 * MM, 1.5 * MM, 1.6 * MM)
    blocks = [
        replace(block("hot", hot, z, 1.0, layer="layer1"), leakage=laws[0]),
        replace(block("die", (2 * MM, 1 * MM, 4.3 * MM, 4 * MM), z, 8.0, layer="layer1"), leakage=laws[0]),
        replace(block("mean", (1 * MM, 4 * MM, 4 * MM, 5 * MM), z, 2.0, layer="layer1"), leakage=laws[1]),
    ]
    placed = scene((SIDE, SIDE), slabs, blocks=blocks, top=Face(300.0, 12000.0), bottom=Face(310.0, 30.0))
    lines = np.linspace(0.0, SIDE, 6)
    return assemble(placed, mesh_of(placed, grid(lines, lines, [(*hot, 0.3 * MM)], 0.5), (2, 3, 2, 2)))


def solid(system: ConductionSystem) -> Bools:
    return np.asarray(system.solid[system.mesh.slab].T, bool)


def warm(system: ConductionSystem) -> Floats:
    """The steady field of some watts more than the package has: nothing balances in it."""
    found = newton(assemble(package().scene, system.mesh), tolerance=1e-6)
    return np.asarray(found.system.reference + 1.5 * found.theta, float)


def lost(system: ConductionSystem, temperature: Floats) -> Floats:
    """Heat that leaves every cell less what is released, from conductances at its temperatures."""
    here, _ = evaluated(system, temperature)
    theta, out = temperature - here.reference, np.empty_like(temperature)
    Linearised(here).operator.apply(theta, out)
    return out - here.rhs


@pytest.fixture(scope="module")
def system() -> ConductionSystem:
    return package()


@pytest.fixture(scope="module")
def linear(system: ConductionSystem) -> Linearised:
    t = warm(system)
    here, rate = evaluated(system, t)
    return Linearised(here, t, rate)


def direction(system: ConductionSystem, seed: int) -> Floats:
    return np.random.default_rng(seed).normal(size=system.vertical.shape) * solid(system)


def product(linear: Linearised, x: Floats, *, transposed: bool = False) -> Floats:
    assert linear.jacobian is not None
    out = np.empty_like(x)
    linear.jacobian.apply(x, out, transposed=transposed)
    return out


def test_it_is_the_derivative_of_the_heat_balance(system, linear):
    t, x = warm(system), direction(system, 1)
    step = 1e-3
    numerical = (lost(system, t + step * x) - lost(system, t - step * x)) / (2.0 * step)
    found = product(linear, x)
    scale = np.abs(numerical).max()
    error = np.abs(found - numerical)
    assert error.max() <= 1e-3 * scale
    # Leakage by the mean reads the reconstructed field, whose dependence on conductivity is left out.
    feedback = system.feedback
    assert feedback is not None
    error.reshape(-1)[feedback.row(2)[0]] = 0.0
    assert error.max() <= 1e-9 * scale
    plain = np.empty_like(x)
    linear.operator.apply(x, plain)
    assert np.abs(plain - numerical).max() > 1e-4 * scale


def test_the_transpose_is_the_transpose(system, linear):
    x, y = direction(system, 2), direction(system, 3)
    one, other = np.vdot(y, product(linear, x)), np.vdot(product(linear, y, transposed=True), x)
    assert one == pytest.approx(other, rel=1e-6)
    assert abs(one - np.vdot(x, product(linear, y))) > 1e-4 * abs(one)


@pytest.mark.parametrize("transposed", [False, True])
def test_gmres_solves_with_it(system, linear, transposed):
    b = direction(system, 4)
    x = linear.solve(b.copy(), tolerance=1e-10, transposed=transposed)
    left = b - product(linear, x.x, transposed=transposed)
    assert np.linalg.norm(left) <= 1.001e-10 * np.linalg.norm(b)
    assert x.residuals[-1] == pytest.approx(np.linalg.norm(left) / np.linalg.norm(b), rel=1e-3)
    assert x.lowest > 0.0
    assert x.iterations <= 30
    again = linear.solve(b.copy(), tolerance=1e-10, transposed=transposed, start=x.x)
    assert again.iterations == 0


def test_gmres_solves_beyond_the_fold_and_says_that_it_is_there():
    system = package(leak=100.0 * LEAK)
    t = warm(system)
    here, rate = evaluated(system, t)
    linear = Linearised(here, t, rate)
    b = direction(system, 6)
    try:
        found = linear.solve(b.copy(), tolerance=1e-6)
    except NoConvergence:
        pytest.fail("an indefinite Jacobian stopped GMRES")
    assert np.linalg.norm(b - product(linear, found.x)) <= 1.01e-6 * np.linalg.norm(b)
    assert found.lowest < 0.0


def test_without_laws_and_leakage_there_is_no_jacobian_but_the_operator():
    placed = scene((SIDE, SIDE), [slab(MM, area(148.0, *WHOLE))], blocks=[block("b", WHOLE, (0.0, MM), 1.0)])
    tree = grid(np.linspace(0.0, SIDE, 4), np.linspace(0.0, SIDE, 4))
    system = assemble(placed, mesh_of(placed, tree, 2))
    assert not system.nonlinear
    assert not placed.nonlinear
    assert Linearised(system, np.full(system.vertical.shape, 350.0)).jacobian is None


def test_a_scene_can_be_made_linear():
    scene_ = package().scene
    assert scene_.nonlinear
    assert scene_.simplified(constant_k=True).nonlinear
    assert not scene_.simplified(constant_k=True, leakage=False).nonlinear


def test_leakage_is_released_where_its_block_is(system):
    t = np.where(solid(system), 350.0, 300.0)
    here, _ = evaluated(system, t)
    cold, _ = evaluated(replace(system, feedback=None), t)
    assert here.leaked == pytest.approx([LEAK] * 3, rel=1e-6)
    assert (here.source - cold.source).sum() == pytest.approx(3.0 * LEAK, rel=1e-6)
