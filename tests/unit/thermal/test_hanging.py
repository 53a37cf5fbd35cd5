"""Fluxes between columns of two sizes: consistent, symmetric, conserving; plain where materials differ."""

import numpy as np
import pytest

from tests.unit.thermal.scenes import MM, area, grid, mesh_of, scene, slab
from thermal.hanging import Hanging
from thermal.kernels.hanging import FROM_ABOVE, FROM_BELOW
from thermal.scene import Area
from thermal.system import ConductionSystem, assemble

SIDE = 8 * MM
BOTH = FROM_ABOVE | FROM_BELOW


CENTRE = ((3 * MM, 3 * MM, 5 * MM, 5 * MM, 0.25 * MM),)


def system(*areas: Area, refine=CENTRE, lines: int = 8, width: float = SIDE) -> ConductionSystem:
    slabs = [
        slab(0.5 * MM, *(areas or (area(100.0, 0, 0, width, SIDE),))),
        slab(0.5 * MM, area(50.0, 0, 0, width, SIDE)),
    ]
    placed = scene((width, SIDE), slabs)
    tree = grid(np.linspace(0.0, width, lines + 1), np.linspace(0.0, SIDE, lines + 1), refine, growth=0.5)
    return assemble(placed, mesh_of(placed, tree, 2))


@pytest.fixture(scope="module")
def plain() -> ConductionSystem:
    return system()


def whole(found: ConductionSystem, x: np.ndarray) -> np.ndarray:
    return np.asarray((found.to_csr() @ x.ravel()).reshape(x.shape))


def inner(found: ConductionSystem) -> np.ndarray:
    """Columns not at the rim."""
    x0, y0, x1, y1 = found.mesh.tree.bounds
    width, depth = found.mesh.tree.xlines[-1], found.mesh.tree.ylines[-1]
    return np.asarray((x0 > 0) & (y0 > 0) & (x1 < width) & (y1 < depth))


def test_interfaces_are_those_of_columns_of_two_sizes(plain):
    mesh, hanging = plain.mesh, plain.hanging
    pairs, _ = mesh.faces
    assert 2 * len(hanging) == np.count_nonzero(np.ptp(mesh.tree.level[pairs], axis=1)) > 0
    np.testing.assert_array_equal(
        np.sort(hanging.face.ravel()), np.flatnonzero(np.ptp(mesh.tree.level[pairs], axis=1))
    )
    x, y, _ = mesh.centres
    middle = np.stack([x, y])[:, hanging.fine].mean(axis=2)
    own = np.stack([x, y])[:, hanging.coarse]
    # The two halves lie on both sides of the coarse centre.
    assert np.all(np.isclose(middle, own, atol=1e-12).sum(axis=0) == 1)


@pytest.mark.parametrize(("a", "b"), [(1.0, 0.0), (0.0, 1.0), (2.0, -3.0)])
def test_a_linear_field_needs_no_heat(plain, a, b):
    """The plain flux gets this wrong wherever sizes meet."""
    x, y, _ = plain.mesh.centres
    field = np.repeat((a * x + b * y)[:, None], plain.mesh.nz, axis=1) / MM
    out = whole(plain, field)
    out[:, -1] -= plain.loss[:, -1] * field[:, -1]
    scale = np.abs(plain.lateral).max()
    clean = out[inner(plain)]
    assert np.abs(clean).max() <= 1e-12 * scale
    bare = out - (plain.hanging.surplus(plain.lateral, plain.mesh.columns) @ field.ravel()).reshape(
        field.shape
    )
    assert np.abs(bare[inner(plain)]).max() > 1e-3 * scale


def test_heat_is_conserved_and_the_operator_symmetric(plain):
    matrix = plain.to_csr()
    assert abs(matrix - matrix.T).max() <= 1e-15 * matrix.max()
    sums = np.asarray(matrix.sum(axis=0)).reshape(plain.vertical.shape)
    sums[:, [0, -1]] -= plain.loss
    assert np.abs(sums).max() <= 1e-12 * matrix.max()


def test_the_kernel_is_the_matrix_and_tells_its_energy(plain):
    x = np.random.default_rng(3).normal(size=plain.vertical.shape)
    out = np.zeros_like(x)
    energy = plain.hanging.add(plain.lateral, x, out)
    expected = plain.hanging.surplus(plain.lateral, plain.mesh.columns) @ x.ravel()
    np.testing.assert_allclose(out.ravel(), expected, atol=1e-13 * np.abs(expected).max())
    assert energy == pytest.approx(float(x.ravel() @ expected), rel=1e-12)
    back = out.copy()
    plain.hanging.add(plain.lateral, x, back, sign=-1.0)
    np.testing.assert_allclose(back, 0.0, atol=1e-13 * np.abs(expected).max())


def test_drifts_are_carried_and_their_transpose_is_the_transpose(plain):
    random = np.random.default_rng(4)
    drift = random.normal(size=(2, *plain.lateral.shape)).astype(np.float32)
    x, y = random.normal(size=(2, *plain.vertical.shape))
    there, back = np.zeros_like(x), np.zeros_like(x)
    plain.hanging.add(plain.lateral, x, there, drift=drift)
    plain.hanging.add(plain.lateral, y, back, drift=drift, transposed=True)
    assert np.vdot(y, there) == pytest.approx(np.vdot(x, back), rel=1e-10)


def test_bends_are_those_of_the_gradient_along_the_face(plain):
    x, y, _ = plain.mesh.centres
    hanging = plain.hanging
    field = np.repeat((3.0 * x - 2.0 * y)[:, None], plain.mesh.nz, axis=1)
    coarse, fine = hanging.coarse, hanging.fine[:, 1]
    along_y = np.isclose(x[hanging.fine[:, 0]], x[hanging.fine[:, 1]])
    expected = np.where(along_y, -2.0 * (y[fine] - y[coarse]), 3.0 * (x[fine] - x[coarse]))
    np.testing.assert_allclose(hanging.bends(field), expected[:, None].repeat(4, axis=1), atol=1e-15)


def test_neighbours_of_another_material_are_not_asked():
    edge = 4 * MM
    found = system(area(100.0, 0, 0, SIDE, edge), area(1.0, 0, edge, SIDE, SIDE))
    _, y, _ = found.mesh.centres
    hanging: Hanging = found.hanging
    low = hanging.code[:, hanging.pattern[0]]
    for h in range(len(hanging)):
        above, below = hanging.near[h, :2], hanging.near[h, 2:]
        for side, bit in ((above, FROM_ABOVE), (below, FROM_BELOW)):
            used = side[side >= 0]
            across = (y[used] > edge) != (y[hanging.coarse[h]] > edge)
            assert not (low[h] & bit and across.any())
    assert set(low) > {BOTH}
    # Where the materials do not differ, both sides are taken.
    assert set(hanging.code[:, hanging.pattern[-1]]) <= {FROM_ABOVE, FROM_BELOW, BOTH}


def test_slender_columns_keep_the_plain_flux():
    wide = system(width=64 * MM, refine=((24 * MM, 3 * MM, 40 * MM, 5 * MM, 2 * MM),))
    assert len(wide.hanging) > 0
    x, _, _ = wide.mesh.centres
    along_y = np.isclose(x[wide.hanging.fine[:, 0]], x[wide.hanging.fine[:, 1]])
    # Columns are eight times as long in x: across y-faces the neighbours along x hardly matter to them.
    assert np.all(wide.hanging.code[~along_y] == 0)
    assert np.all(wide.hanging.code[along_y].max(axis=1) > 0)
