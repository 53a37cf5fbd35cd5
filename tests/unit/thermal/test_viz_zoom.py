"""Close-ups show the mesh that was solved on."""

import numpy as np
import pytest

from tests.report.small import solved
from thermal.viz import zoom_map
from thermal.viz.zoom import around, grid_lines


def test_the_window_is_square_around_the_block():
    x0, y0, x1, y1 = around((1.0, 2.0, 3.0, 2.5))
    assert x1 - x0 == pytest.approx(y1 - y0)
    assert (0.5 * (x0 + x1), 0.5 * (y0 + y1)) == pytest.approx((2.0, 2.25))
    assert x1 - x0 == pytest.approx(8.0)


def test_grid_lines_cover_the_edges_of_all_columns_once():
    mesh = solved().mesh
    width, height = solved().scene.size
    path = grid_lines(mesh, (-1.0, -1.0, 1.0, 1.0))
    points = np.asarray(path.vertices).reshape(-1, 2, 2)
    length = np.abs(points[:, 1] - points[:, 0]).sum()
    # An edge between two columns is that of the smaller one; edges of the domain belong to one column.
    pairs, x_faces = mesh.faces
    wx, wy = mesh.widths
    shared = np.minimum(wy[pairs[:x_faces, 0]], wy[pairs[:x_faces, 1]]).sum()
    shared += np.minimum(wx[pairs[x_faces:, 0]], wx[pairs[x_faces:, 1]]).sum()
    # Left and lower edges of every column: all but the right and the upper edge of the domain.
    assert length == pytest.approx(shared + width + height, rel=1e-9)


def test_lines_in_line_are_joined():
    path = grid_lines(solved().mesh, (-1.0, -1.0, 1.0, 1.0))
    points = np.asarray(path.vertices).reshape(-1, 2, 2)
    assert len(points) < solved().mesh.columns
    left = [(a, b) for a, b in points if a[0] == b[0] == 0.0]
    assert len(left) == 1


def test_a_close_up_has_its_block_its_verdict_and_a_colour_bar_with_unit():
    figure = zoom_map(solved(), "soc0/pll$a$")
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert "soc0/pll$a$" in texts
    assert any("FAIL" in text and "above" in text for text in texts)
    assert sum(text.endswith("°C") and "±" not in text for text in texts) == 2
    assert any("µm" in text for text in texts)
