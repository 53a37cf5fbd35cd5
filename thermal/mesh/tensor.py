"""Meshes of given lines: a base grid that nothing bisects."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from thermal.kernels.arrays import Bools, Floats, Ints
from thermal.mesh.columns import Mesh
from thermal.mesh.quadtree import QuadTree
from thermal.scene import Scene


def tensor_mesh(scene: Scene, x: Floats, y: Floats, cells: Sequence[int] | None = None) -> Mesh:
    """The mesh whose columns lie between given lines.

    Parameters
    ----------
    x, y
        Increasing lines in m, from 0 to the size of the package.
    cells
        z-cells of equal height in each slab; default one in each.
    """
    counts = [1] * len(scene.slabs) if cells is None else list(cells)
    planes = scene.planes.tolist()
    nodes = [np.array(planes[:1])]
    nodes += [np.linspace(a, b, n + 1)[1:] for (a, b), n in zip(pairwise(planes), counts, strict=True)]
    slab = np.repeat(np.arange(len(counts), dtype=np.int64), counts)
    x_edges = [v for _, x0, _, x1, _ in scene.edges for v in (x0, x1)]
    y_edges = [v for _, _, y0, _, y1 in scene.edges for v in (y0, y1)]
    tree = QuadTree.grown((x, _fixed(x, x_edges)), (y, _fixed(y, y_edges)), np.empty((0, 5)), 1.0)
    return Mesh(tree, np.concatenate(nodes), slab)


def _fixed(lines: Floats, edges: Sequence[float]) -> Bools:
    """Lines that lie on an edge of something, the ends among them."""
    near = np.abs(lines[:, None] - np.array([lines[0], lines[-1], *edges])[None, :]).min(axis=1)
    return np.asarray(near < 1e-9 * (lines[-1] - lines[0]), bool)


def columns_of(mesh: Mesh) -> Ints:
    """``[ny, nx]`` column of every cell of a tensor mesh, row 0 at the lowest y."""
    tree = mesh.tree
    x, y = (0.5 * (line[1:] + line[:-1]) for line in (tree.xlines, tree.ylines))
    gx, gy = np.meshgrid(x, y)
    return np.asarray(tree.locate(gx.ravel(), gy.ravel()).reshape(gx.shape), np.int64)
