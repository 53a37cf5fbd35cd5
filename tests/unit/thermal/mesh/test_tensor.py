"""Meshes of given lines."""

import numpy as np

from tests.unit.thermal.formats.cases import threedice
from thermal.design import load
from thermal.mesh.tensor import columns_of, tensor_mesh
from thermal.placement import place


def test_columns_lie_between_the_lines_and_are_found_in_rows(tmp_path):
    scene = place(load(threedice(tmp_path)))
    x, y = np.array([0.0, 1e-3, 1.3e-3, 4e-3]), np.array([0.0, 2.9e-3, 3e-3])
    mesh = tensor_mesh(scene, x, y, [2, 1, 3, 1])
    assert (mesh.columns, mesh.nz) == (6, 7)
    assert mesh.slab.tolist() == [0, 0, 1, 2, 2, 2, 3]
    found = columns_of(mesh)
    x0, y0, x1, y1 = mesh.tree.bounds
    for row in range(2):
        for column in range(3):
            cell = found[row, column]
            assert (x0[cell], x1[cell], y0[cell], y1[cell]) == (x[column], x[column + 1], y[row], y[row + 1])
    assert np.isclose(mesh.areas.sum(), np.prod(scene.size), rtol=1e-14)
