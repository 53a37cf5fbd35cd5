"""From a scene and a resolution to a mesh, and to the finer mesh nested in it."""

from __future__ import annotations

import numpy as np

from thermal.mesh.columns import Mesh
from thermal.mesh.quadtree import QuadTree, snapped_lines
from thermal.mesh.resolution import Resolution, graded_heights
from thermal.scene import Scene


def build_mesh(scene: Scene, resolution: Resolution) -> Mesh:
    """The mesh whose cells are at most as large as the resolution wants them."""
    base = resolution.base_size(scene)
    x_edges = [(p, x) for p, x0, _, x1, _ in scene.edges for x in (x0, x1)]
    y_edges = [(p, y) for p, _, y0, _, y1 in scene.edges for y in (y0, y1)]
    tree = QuadTree.grown(
        snapped_lines(scene.size[0], x_edges, base),
        snapped_lines(scene.size[1], y_edges, base),
        resolution.sizes(scene.blocks),
        resolution.scale * resolution.growth,
    )
    z, slab, _ = graded_heights(scene, resolution)
    return Mesh(tree, z, slab)


def nested_meshes(scene: Scene, resolution: Resolution) -> tuple[Mesh, Mesh]:
    """A mesh of twice the cell size, and the one that splits its every cell in eight.

    A slab whose single cell is already half as high as wanted stays a single cell.
    """
    coarse = build_mesh(scene, resolution.coarsened())
    _, _, single = graded_heights(scene, resolution.coarsened())
    return coarse, refined(coarse, keep=single)


def refined(mesh: Mesh, keep: np.ndarray | None = None) -> Mesh:
    """Every cell split in two along each axis, but for the z-cells of the slabs in `keep`."""
    split = np.ones(mesh.nz, bool) if keep is None else ~np.isin(mesh.slab, keep)
    middle = 0.5 * (mesh.z[1:] + mesh.z[:-1])
    z = np.sort(np.concatenate([mesh.z, middle[split]]))
    return Mesh(mesh.tree.refined(), z, np.repeat(mesh.slab, np.where(split, 2, 1)))
