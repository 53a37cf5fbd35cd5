"""Any base grid and any sources: leaves tile, are balanced, found, paired, and nest."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.thermal.scenes import grid
from thermal.mesh.quadtree import NEAREST, QuadTree, snapped_lines

widths = st.lists(st.floats(0.3, 1.0), min_size=1, max_size=4)
fraction = st.floats(0.0, 1.0)
sources = st.lists(st.tuples(fraction, fraction, st.floats(0.001, 0.3), st.floats(0.03, 0.5)), max_size=3)


@st.composite
def trees(draw: st.DrawFn) -> QuadTree:
    x = np.concatenate([[0.0], np.cumsum(draw(widths))])
    y = np.concatenate([[0.0], np.cumsum(draw(widths))])
    boxes = [
        (fx * x[-1], fy * y[-1], fx * x[-1] + side, fy * y[-1] + side, size)
        for fx, fy, side, size in draw(sources)
    ]
    return grid(x, y, boxes, draw(st.floats(0.3, 1.5)))


@given(trees())
def test_leaves_tile_the_domain_and_are_found(tree):
    x0, y0, x1, y1 = tree.bounds
    total = tree.xlines[-1] * tree.ylines[-1]
    assert (
        np.sum((x1 - x0) * (y1 - y0)) == np.float64(total)
        or abs(np.sum((x1 - x0) * (y1 - y0)) / total - 1) < 1e-12
    )
    np.testing.assert_array_equal(tree.locate(0.5 * (x0 + x1), 0.5 * (y0 + y1)), np.arange(len(tree)))


@given(trees())
def test_neighbours_are_balanced_and_faces_cover_the_inner_edges(tree):
    pairs, x_faces = tree.faces()
    x0, y0, x1, y1 = tree.bounds
    if len(pairs):
        assert np.abs(tree.level[pairs[:, 0]] - tree.level[pairs[:, 1]]).max() <= 1
    a, b = pairs[:x_faces].T
    shared = np.minimum(y1[a], y1[b]) - np.maximum(y0[a], y0[b])
    assert np.all(shared > 0.0)
    inner = x1 < tree.xlines[-1]
    np.testing.assert_allclose(np.bincount(a, shared, len(tree)), np.where(inner, y1 - y0, 0.0), atol=1e-12)
    c, d = pairs[x_faces:].T
    shared = np.minimum(x1[c], x1[d]) - np.maximum(x0[c], x0[d])
    assert np.all(shared > 0.0)
    inner = y0 > 0.0
    np.testing.assert_allclose(np.bincount(d, shared, len(tree)), np.where(inner, x1 - x0, 0.0), atol=1e-12)


@settings(max_examples=20)
@given(trees())
def test_refinement_nests(tree):
    fine = tree.refined()
    x0, y0, x1, y1 = fine.bounds
    parent = tree.locate(0.5 * (x0 + x1), 0.5 * (y0 + y1))
    np.testing.assert_array_equal(np.bincount(parent, minlength=len(tree)), 4)
    pairs, _ = fine.faces()
    assert np.abs(fine.level[pairs[:, 0]] - fine.level[pairs[:, 1]]).max() <= 1


@given(
    st.lists(st.tuples(st.integers(0, 3), st.floats(-0.2, 1.2)), max_size=30),
    st.floats(0.02, 0.7),
)
def test_snapped_lines_keep_their_rule(edges, base):
    lines, fixed = snapped_lines(1.0, edges, base)
    gaps = np.diff(lines)
    assert lines[0] == 0.0
    assert lines[-1] == 1.0
    assert gaps.max() <= base * (1 + 1e-9)
    assert gaps.min() >= min(NEAREST * base, 1.0) * (1 - 1e-9)
    on_edge = lines[fixed][1:-1]
    assert set(on_edge) <= {e for _, e in edges}
    # Whatever was left out has something that matters at least as much too near to it.
    priority: dict[float, int] = {}
    for p, e in edges:
        priority[e] = min(p, priority.get(e, p))
    for e, p in priority.items():
        if 0.0 < e < 1.0 and e not in on_edge:
            near = [k for k in lines[fixed] if abs(k - e) < NEAREST * base]
            assert any(k in (0.0, 1.0) or priority[k] <= p for k in near)
