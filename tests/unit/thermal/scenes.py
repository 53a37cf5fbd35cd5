"""Scenes in a few lines, and meshes for them, for the tests of the solver's parts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from shapely import Polygon

from floorplans.block import BlockKind
from floorplans.geometry import rectangle
from floorplans.material import Material
from thermal.clock import Clock
from thermal.equilibrium import equilibrium
from thermal.field import Field
from thermal.kernels.arrays import Floats, Ints
from thermal.krylov import Operator, conjugate_gradients
from thermal.mesh.columns import Mesh
from thermal.mesh.quadtree import QuadTree
from thermal.scene import Area, Contact, Exposure, Face, LayerExtent, PlacedBlock, PlacedRaster, Scene, Slab
from thermal.system import ConductionSystem

MM = 1e-3
UM = 1e-6


def material(*k: float) -> Material:
    """A solid of one or three conductivities, W/(m K)."""
    kx, ky, kz = k if len(k) == 3 else (k[0],) * 3
    return Material(f"k{k}", (kx, ky, kz), 2000.0, 700.0, "test")


def area(k: float | Material | None, *bounds: float) -> Area:
    """A rectangle of material; None is void."""
    return Area(rectangle(*bounds), material(k) if isinstance(k, float | int) else k)


def slab(
    height: float, *areas: Area, contact: float = 0.0, exposed: tuple[float, float] | None = None
) -> Slab:
    """A slab that still has to be stacked; contact and exposure act on its first area."""
    contacts = (Contact(areas[0].outline, contact),) if contact else ()
    exposures = (Exposure(areas[0].outline, *exposed),) if exposed else ()
    return Slab("", 0.0, height, tuple(areas), contacts, exposures)


def scene(
    size: tuple[float, float],
    slabs: Sequence[Slab],
    *,
    blocks: Sequence[PlacedBlock] = (),
    rasters: Sequence[PlacedRaster] = (),
    top: Face | None = None,
    bottom: Face | None = None,
    edges: Iterable[tuple[int, float, float, float, float]] = (),
    pairs: Sequence[tuple[str, str]] = (),
) -> Scene:
    """Slabs stacked from z = 0 as ``layer0``, ``layer1``, ...; 1 kW/(m2 K) to 300 K on top by default."""
    z, stacked, layers = 0.0, [], []
    powered = {b.layer for b in blocks if b.power} | {r.layer for r in rasters}
    for i, s in enumerate(slabs):
        name, high = f"layer{i}", z + s.z1
        stacked.append(Slab(name, z, high, s.areas, s.contacts, s.exposures))
        layers.append(LayerExtent(name, z, high, rectangle(0.0, 0.0, *size), "", name in powered))
        z = high
    return Scene(
        name="test",
        size=size,
        ambient=300.0,
        slabs=tuple(stacked),
        blocks=tuple(blocks),
        layers=tuple(layers),
        top=top or Face(300.0, 1000.0),
        bottom=bottom or Face(300.0),
        rasters=tuple(rasters),
        edges=tuple(edges),
        pairs=tuple(pairs),
    )


def block(
    name: str,
    outline: Polygon | tuple[float, float, float, float],
    z: tuple[float, float],
    power: float = 0.0,
    *,
    kind: BlockKind = BlockKind.OTHER,
    layer: str = "layer0",
    limit: float | None = None,
) -> PlacedBlock:
    """A block over ``z[0]`` to ``z[1]``."""
    shape = outline if isinstance(outline, Polygon) else rectangle(*outline)
    return PlacedBlock(name, kind, layer, shape, *z, power=power, limit=limit)


def lines(values: Iterable[float]) -> tuple[Floats, np.ndarray]:
    """Base grid lines of which only the ends are fixed."""
    x = np.array(list(values), float)
    fixed = np.zeros(x.size, bool)
    fixed[[0, -1]] = True
    return x, fixed


def grid(
    x: Iterable[float], y: Iterable[float], sizes: Sequence[Sequence[float]] = (), growth: float = 1.0
) -> QuadTree:
    """A tree over base lines, refined at sources (x0, y0, x1, y1, size)."""
    return QuadTree.grown(lines(x), lines(y), np.array(sizes, float).reshape(-1, 5), growth)


def mesh_of(scene: Scene, tree: QuadTree, cells: int | Sequence[int] = 1) -> Mesh:
    """Extrude a tree through the slabs of a scene, with equal z-cells in each."""
    counts = [cells] * len(scene.slabs) if isinstance(cells, int) else list(cells)
    z: list[Floats] = [np.array([scene.slabs[0].z0])]
    for s, n in zip(scene.slabs, counts, strict=True):
        z.append(np.linspace(s.z0, s.z1, n + 1)[1:])
    index: Ints = np.repeat(np.arange(len(counts), dtype=np.int64), counts)
    return Mesh(tree, np.concatenate(z), index)


def uniform(scene: Scene, nx: int, ny: int, cells: int | Sequence[int] = 1) -> Mesh:
    """A grid of nx x ny equal columns."""
    tree = grid(np.linspace(0.0, scene.size[0], nx + 1), np.linspace(0.0, scene.size[1], ny + 1))
    return mesh_of(scene, tree, cells)


def temperatures(scene: Scene, mesh: Mesh, tolerance: float = 1e-12) -> Field:
    """The solved field of a scene on a mesh."""
    return equilibrium(scene, mesh, tolerance, Clock(lambda _stage, _done: None)).field


def solve_cg(system: ConductionSystem, tolerance: float = 1e-12) -> Floats:
    """Temperatures above the reference by the iteration alone, without closing the balance."""
    multigrid = system.multigrid()
    operator = Operator(multigrid, system.lateral, system.vertical, system.loss, system.hanging)
    return conjugate_gradients(operator, multigrid, system.rhs, tolerance=tolerance).x
