"""From a scene and a resolution to a mesh, and to the finer meshes nested in it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

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
    z, slab = graded_heights(scene, resolution)
    return Mesh(tree, z, slab)


@dataclass(frozen=True, eq=False)
class Family:
    """Three nested meshes, from which errors are told.

    Attributes
    ----------
    coarse
        The mesh that all three are made of.
    """

    coarse: Mesh

    @classmethod
    def of(cls, scene: Scene, resolution: Resolution) -> Family:
        """The family whose fine cells are as small as the resolution wants them."""
        return cls(build_mesh(scene, resolution.coarsened()))

    @cached_property
    def fine(self) -> Mesh:
        """Every cell split in two along each axis."""
        return refined(self.coarse)

    @cached_property
    def mixed(self) -> Mesh:
        """The columns of the coarse mesh, the heights of the fine one."""
        return Mesh(self.coarse.tree, self.fine.z, self.fine.slab)


def nested_meshes(scene: Scene, resolution: Resolution) -> tuple[Mesh, Mesh]:
    """A mesh of twice the cell size, and the one that splits its every cell in eight."""
    family = Family.of(scene, resolution)
    return family.coarse, family.fine


def refined(mesh: Mesh) -> Mesh:
    """Every cell split in two along each axis."""
    return Mesh(mesh.tree.refined(), *split_heights(mesh, np.ones(mesh.nz, bool)))


def split_heights(mesh: Mesh, split: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The z nodes and slabs of a mesh after its marked z-cells are split in two."""
    middle = 0.5 * (mesh.z[1:] + mesh.z[:-1])
    return np.sort(np.concatenate([mesh.z, middle[split]])), np.repeat(mesh.slab, np.where(split, 2, 1))
