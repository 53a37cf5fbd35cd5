"""Quadtree: tiles the domain, is balanced, finds its leaves, pairs its faces, nests."""

import numpy as np
import pytest

from tests.unit.thermal.scenes import grid
from thermal.mesh.quadtree import NEAREST, QuadTree, snapped_lines


@pytest.fixture(scope="module")
def tree() -> QuadTree:
    """Uneven base cells, one small source off centre: four levels."""
    return grid([0.0, 1.0, 2.5, 4.0], [0.0, 2.0, 3.0], [(1.1, 0.7, 1.2, 0.8, 0.12)])


def test_the_source_gets_the_size_it_wants_and_what_is_far_stays_coarse(tree):
    x0, y0, x1, y1 = tree.bounds
    at_source = (x0 < 1.2) & (x1 > 1.1) & (y0 < 0.8) & (y1 > 0.7)
    assert max((x1 - x0)[at_source].max(), (y1 - y0)[at_source].max()) <= 0.12
    far = tree.locate(np.array([3.9]), np.array([2.9]))
    assert tree.level[far[0]] == 0
    assert len(tree) < 200


def test_sizes_grow_no_faster_than_allowed(tree):
    x0, y0, x1, y1 = tree.bounds
    dx = np.maximum(0.0, np.maximum(1.1 - x1, x0 - 1.2))
    dy = np.maximum(0.0, np.maximum(0.7 - y1, y0 - 0.8))
    assert np.all(np.maximum(x1 - x0, y1 - y0) <= 0.12 + np.hypot(dx, dy) + 1e-9)


def test_leaves_tile_the_domain(tree):
    x0, y0, x1, y1 = tree.bounds
    assert np.sum((x1 - x0) * (y1 - y0)) == pytest.approx(12.0, rel=1e-13)
    # With the total area right, one leaf per sample point means that none overlap.
    rng = np.random.default_rng(1)
    px, py = rng.uniform(0, 4, 500), rng.uniform(0, 3, 500)
    holds = (x0 < px[:, None]) & (px[:, None] < x1) & (y0 < py[:, None]) & (py[:, None] < y1)
    assert np.all(holds.sum(axis=1) == 1)


def test_locate_finds_the_leaf_that_holds_a_point(tree):
    x0, y0, x1, y1 = tree.bounds
    np.testing.assert_array_equal(tree.locate(0.5 * (x0 + x1), 0.5 * (y0 + y1)), np.arange(len(tree)))
    rng = np.random.default_rng(2)
    px, py = rng.uniform(0, 4, 300), rng.uniform(0, 3, 300)
    found = tree.locate(px, py)
    assert np.all((x0[found] <= px) & (px <= x1[found]) & (y0[found] <= py) & (py <= y1[found]))


def test_locate_takes_the_border_and_refuses_what_lies_beyond(tree):
    corner = tree.locate(np.array([0.0, 4.0]), np.array([0.0, 3.0]))
    assert corner[0] == 0
    assert tree.bounds[2][corner[1]] == 4.0
    assert tree.bounds[3][corner[1]] == 3.0
    outside = tree.locate(np.array([-1e-9, 4.1, 2.0, 2.0]), np.array([1.0, 1.0, -0.1, 3.0001]))
    np.testing.assert_array_equal(outside, -1)


def test_edge_neighbours_differ_by_one_level_at_most(tree):
    pairs, _ = tree.faces()
    assert np.abs(tree.level[pairs[:, 0]] - tree.level[pairs[:, 1]]).max() == 1


def test_balancing_repairs_a_jump():
    base = grid([0.0, 1.0, 2.0], [0.0, 1.0])
    steep = base
    for _ in range(4):
        x0, y0, x1, _ = steep.bounds
        steep = steep.split((x1 == 1.0) & (y0 == 0.0) & (x0 < 1.0))
    jump = steep.level.max() - steep.level[steep.locate(np.array([1.5]), np.array([0.5]))[0]]
    assert jump == 4
    pairs, _ = steep.balanced().faces()
    level = steep.balanced().level
    assert np.abs(level[pairs[:, 0]] - level[pairs[:, 1]]).max() == 1


def test_faces_join_touching_leaves_once_and_cover_every_inner_edge(tree):
    pairs, x_faces = tree.faces()
    x0, y0, x1, y1 = tree.bounds
    a, b = pairs[:x_faces].T
    np.testing.assert_array_equal(x1[a], x0[b])
    across_x = np.minimum(y1[a], y1[b]) - np.maximum(y0[a], y0[b])
    np.testing.assert_allclose(across_x, np.minimum((y1 - y0)[a], (y1 - y0)[b]), rtol=1e-12)
    c, d = pairs[x_faces:].T
    np.testing.assert_array_equal(y1[c], y0[d])
    across_y = np.minimum(x1[c], x1[d]) - np.maximum(x0[c], x0[d])
    np.testing.assert_allclose(across_y, np.minimum((x1 - x0)[c], (x1 - x0)[d]), rtol=1e-12)
    assert len({tuple(p) for p in pairs}) == len(pairs)
    # Every leaf's right edge inside the domain is covered by its faces, from both sides.
    right = np.bincount(a, across_x, len(tree))
    left = np.bincount(b, across_x, len(tree))
    np.testing.assert_allclose(right, np.where(x1 < 4.0, y1 - y0, 0.0), atol=1e-12)
    np.testing.assert_allclose(left, np.where(x0 > 0.0, y1 - y0, 0.0), atol=1e-12)
    np.testing.assert_allclose(
        np.bincount(c, across_y, len(tree)), np.where(y1 < 3.0, x1 - x0, 0.0), atol=1e-12
    )
    np.testing.assert_allclose(
        np.bincount(d, across_y, len(tree)), np.where(y0 > 0.0, x1 - x0, 0.0), atol=1e-12
    )


def test_refined_splits_every_leaf_into_four_quarters(tree):
    fine = tree.refined()
    assert len(fine) == 4 * len(tree)
    x0, y0, x1, y1 = fine.bounds
    parent = tree.locate(0.5 * (x0 + x1), 0.5 * (y0 + y1))
    np.testing.assert_array_equal(np.bincount(parent), 4)
    px0, py0, px1, py1 = tree.bounds
    np.testing.assert_allclose(x1 - x0, 0.5 * (px1 - px0)[parent], rtol=1e-12)
    np.testing.assert_allclose(y1 - y0, 0.5 * (py1 - py0)[parent], rtol=1e-12)


def test_leaves_follow_the_morton_curve(tree):
    assert np.all(np.diff(tree.keys) > 0)


def test_more_leaves_than_the_first_guess_of_room():
    fine = grid(np.linspace(0, 1, 2), np.linspace(0, 1, 2), [(0, 0, 1, 1, 1 / 300)])
    assert len(fine) == 512**2


class TestSnappedLines:
    def test_the_grid_without_edges_is_uniform_and_no_coarser_than_asked(self):
        x, fixed = snapped_lines(1.0, [], 0.3)
        np.testing.assert_allclose(x, [0.0, 0.25, 0.5, 0.75, 1.0])
        np.testing.assert_array_equal(fixed, [True, False, False, False, True])

    def test_edges_become_fixed_lines(self):
        x, fixed = snapped_lines(1.0, [(0, 0.31), (1, 0.6)], 0.2)
        assert {0.31, 0.6} <= set(x)
        np.testing.assert_array_equal(x[fixed], [0.0, 0.31, 0.6, 1.0])
        assert np.diff(x).max() <= 0.2 + 1e-12

    @pytest.mark.parametrize("order", [1, -1])
    def test_of_two_near_edges_the_lower_priority_number_wins(self, order):
        edges = [(2, 0.5), (0, 0.5 + 0.9 * NEAREST * 0.2)][::order]
        x, fixed = snapped_lines(1.0, edges, 0.2)
        np.testing.assert_array_equal(x[fixed], [0.0, edges[order == 1][1], 1.0])

    def test_of_two_near_edges_alike_the_lower_position_wins(self):
        x, fixed = snapped_lines(1.0, [(1, 0.505), (1, 0.5)], 0.2)
        np.testing.assert_array_equal(x[fixed], [0.0, 0.5, 1.0])

    def test_edges_farther_apart_than_the_limit_are_both_kept(self):
        near = 0.5 + 1.1 * NEAREST * 0.2
        x, fixed = snapped_lines(1.0, [(0, 0.5), (3, near)], 0.2)
        np.testing.assert_array_equal(x[fixed], [0.0, 0.5, near, 1.0])

    def test_the_border_wins_over_every_edge_and_edges_outside_are_nothing(self):
        x, fixed = snapped_lines(1.0, [(0, 0.001), (0, 0.999), (0, -0.5), (0, 1.5), (0, 1.0)], 0.25)
        np.testing.assert_array_equal(x[fixed], [0.0, 1.0])
        assert x.size == 5

    def test_many_edges_leave_no_cell_below_the_limit(self):
        rng = np.random.default_rng(3)
        edges = [
            (int(p), float(e)) for p, e in zip(rng.integers(0, 4, 200), rng.uniform(0, 1, 200), strict=True)
        ]
        x, _ = snapped_lines(1.0, edges, 0.1)
        assert np.diff(x).min() >= NEAREST * 0.1 * (1 - 1e-9)
        assert np.diff(x).max() <= 0.1 * (1 + 1e-9)
