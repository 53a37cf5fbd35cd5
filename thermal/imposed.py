"""Solving on the very grid of another program: its lines, one cell a layer, its way to spread power.

3D-ICE gives the watts of an element to cells by the area that it covers of them, reads the element's
temperatures from the centres of all cells that it touches, and puts the node of an outermost layer without a
sink on its outer face. All this is done here just so, to compare program with program; for temperatures with
error bars there is `thermal.solve`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from thermal.clock import Clock, Progress
from thermal.design import Design
from thermal.equilibrium import Solved, equilibrium
from thermal.kernels.arrays import Bools, Floats, Ints
from thermal.mesh.columns import Mesh
from thermal.mesh.tensor import columns_of, tensor_mesh
from thermal.placement import place
from thermal.scene import Contact, PlacedRaster, Scene, Slab

Rectangle = tuple[float, float, float, float]
"""x0, y0, x1, y1 in m."""

TOUCHING = 1e-6
"""Share of a cell below which it is not touched: lines and corners differ by rounding."""


@dataclass(frozen=True)
class Element:
    """A floorplan element: disjoint rectangles and its watts in each time slot."""

    name: str
    rectangles: tuple[Rectangle, ...]
    watts: tuple[float, ...]

    def at(self, slot: int) -> float:
        """Watts in a slot; none where the file gives none."""
        return self.watts[slot] if slot < len(self.watts) else 0.0


@dataclass(frozen=True)
class ImposedLayer:
    """A layer with a floorplan."""

    elements: tuple[Element, ...]


@dataclass(frozen=True)
class Request:
    """An output instruction: what of which layer goes to which file, and when.

    `layer` is the layer of the design, `element` what the case calls it; `at` is in m.
    """

    kind: str
    layer: str
    element: str
    file: str
    when: str
    block: str = ""
    quantity: str = ""
    at: tuple[float, float] | None = None


@dataclass(frozen=True)
class ImposedGrid:
    """The grid of a case.

    Attributes
    ----------
    x, y
        Lines in m.
    layers
        Layers with floorplans, by the name they have in the design.
    requests
        What the case wants written.
    step, slot
        Seconds of a step and of a time slot; None for a steady case.
    initial
        Temperature at the start, K.
    face_nodes
        Whether the node of an outermost layer without a sink lies on its outer face, as in 3D-ICE.
    weighted
        Whether cells count in an element's mean by the area that it covers, as in HotSpot.
    cells
        Through every layer of the package; empty for one.
    """

    x: tuple[float, ...]
    y: tuple[float, ...]
    layers: Mapping[str, ImposedLayer] = field(default_factory=dict)
    requests: tuple[Request, ...] = ()
    step: float | None = None
    slot: float | None = None
    initial: float = 300.0
    face_nodes: bool = True
    weighted: bool = False
    cells: tuple[int, ...] = ()

    @property
    def slots(self) -> int:
        """Time slots of the longest list of powers."""
        return max((len(e.watts) for layer in self.layers.values() for e in layer.elements), default=0)

    def covered(self, element: Element) -> list[Floats]:
        """``[ny, nx]`` m2 of every cell that each rectangle of an element covers."""
        x, y = np.array(self.x), np.array(self.y)
        return [np.outer(_overlap(y, y0, y1), _overlap(x, x0, x1)) for x0, y0, x1, y1 in element.rectangles]

    def touched(self, element: Element) -> list[Bools]:
        """``[ny, nx]`` cells that each rectangle of an element covers in part."""
        return [area > 0.0 for area in self.covered(element)]

    def watts(self, layer: ImposedLayer, slot: int = 0) -> Floats:
        """``[ny, nx]`` watts of every cell of a layer."""
        total = np.zeros((len(self.y) - 1, len(self.x) - 1))
        for element in layer.elements:
            if element.at(slot):
                area = np.sum(self.covered(element), axis=0)
                total += element.at(slot) * area / area.sum()
        return total


def _overlap(lines: Floats, low: float, high: float) -> Floats:
    """Length of every cell in an interval; nothing where they differ by rounding."""
    shared = np.minimum(lines[1:], high) - np.maximum(lines[:-1], low)
    return np.where(shared > TOUCHING * np.diff(lines), shared, 0.0)


@dataclass(frozen=True)
class CellStatistics:
    """Temperatures in K of the cells of an element, at their centres."""

    t_max: float
    t_avg: float
    t_min: float


@dataclass(frozen=True, eq=False)
class ImposedField:
    """Temperatures on the grid of a case.

    Attributes
    ----------
    temperature
        ``[columns, nz]`` K.
    """

    grid: ImposedGrid
    scene: Scene
    mesh: Mesh
    temperature: Floats

    @cached_property
    def _columns(self) -> Ints:
        return columns_of(self.mesh)

    def map(self, layer: str) -> Floats:
        """``[ny, nx]`` K of the cells of a layer, their mean where it has several, row 0 at the lowest y."""
        extent = self.scene.layer(layer)
        middle = 0.5 * (self.mesh.z[1:] + self.mesh.z[:-1])
        inside = np.flatnonzero((middle > extent.z0) & (middle < extent.z1))
        return np.asarray(self.temperature[self._columns][:, :, inside].mean(axis=2), float)

    def at(self, layer: str, x: float, y: float) -> float:
        """Temperature in K of the cell at a point (m)."""
        tree = self.mesh.tree
        i = np.clip(np.searchsorted(tree.xlines, x, side="right") - 1, 0, tree.xlines.size - 2)
        j = np.clip(np.searchsorted(tree.ylines, y, side="right") - 1, 0, tree.ylines.size - 2)
        return float(self.map(layer)[j, i])

    def statistics(self, layer: str, element: Element) -> CellStatistics:
        """Of the cells of an element; its mean is that of the means of its rectangles, as in 3D-ICE."""
        cells = self.map(layer)
        if self.grid.weighted:
            area = np.sum(self.grid.covered(element), axis=0)
            own = cells[area > 0.0]
            mean = float((own * area[area > 0.0]).sum() / area.sum())
            return CellStatistics(float(own.max()), mean, float(own.min()))
        parts = [cells[mask] for mask in self.grid.touched(element)]
        return CellStatistics(
            max(float(p.max()) for p in parts),
            float(np.mean([p.mean() for p in parts])),
            min(float(p.min()) for p in parts),
        )


@dataclass(frozen=True, eq=False)
class ImposedSolution:
    """A case solved on its own grid, with the record of the solve; `seconds` by stage."""

    field: ImposedField
    solved: Solved
    seconds: Mapping[str, float]

    @property
    def wall_s(self) -> float:
        """Wall seconds from the design to the field."""
        return sum(self.seconds.values())


def imposed_scene(design: Design, grid: ImposedGrid, slot: int = 0) -> Scene:
    """The design placed, with the heat of its floorplans cell by cell."""
    scene = place(design)
    powered = {b.layer for b in scene.blocks if b.power} | set(grid.layers if grid.face_nodes else ())
    # What leaks stays a block: its heat follows the temperature.
    powered -= {b.layer for b in scene.blocks if b.leakage is not None}
    rasters = [_raster(grid, name, scene, slot) for name in grid.layers if name in powered]
    done = {raster.layer for raster in rasters if raster is not None}
    slabs = _with_face_nodes(scene) if grid.face_nodes else scene.slabs
    return replace(
        scene,
        slabs=slabs,
        blocks=tuple(b for b in scene.blocks if b.layer not in done),
        rasters=tuple(raster for raster in rasters if raster is not None),
    )


def _raster(grid: ImposedGrid, name: str, scene: Scene, slot: int) -> PlacedRaster | None:
    """Watts of the cells that a layer's elements lie in; None where these cells are not all alike."""
    layer, extent = grid.layers[name], scene.layer(name)
    touched = np.any([mask for e in layer.elements for mask in grid.touched(e)], axis=0)
    rows, columns = (np.flatnonzero(touched.any(axis=axis)) for axis in (1, 0))
    x = np.array(grid.x)[columns[0] : columns[-1] + 2]
    y = np.array(grid.y)[rows[0] : rows[-1] + 2]
    if any(np.ptp(np.diff(lines)) > 1e-6 * np.diff(lines).max() for lines in (x, y)):
        return None
    watts = grid.watts(layer, slot)[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return PlacedRaster(
        name, watts, float(x[0]), float(y[0]), float(x[-1]), float(y[-1]), extent.z0, extent.z1
    )


def _with_face_nodes(scene: Scene) -> tuple[Slab, ...]:
    """The slabs with half a layer's resistance more to an outermost layer that no sink cools."""
    slabs = list(scene.slabs)
    for face, outer, above in ((scene.bottom, 0, 1), (scene.top, -1, -1)):
        outermost = slabs[outer]
        area = outermost.areas[-1]
        if len(slabs) > 1 and not face.cools and area.material is not None:
            half = 0.5 * (outermost.z1 - outermost.z0) / area.material.k[2]
            more = Contact(area.outline, half, area.layer)
            slabs[above] = replace(slabs[above], contacts=(*slabs[above].contacts, more))
    return tuple(slabs)


def solve_imposed(
    design: Design, grid: ImposedGrid, *, tolerance: float = 1e-8, progress: Progress | None = None
) -> ImposedSolution:
    """The steady temperatures of a case on its own grid.

    Parameters
    ----------
    tolerance
        On the residual relative to the right-hand side.

    Raises
    ------
    InputError
        The design is wrong.
    NoConvergence
        The iteration stopped above the tolerance.
    """
    report: Callable[[str, float], None] = progress or (lambda _stage, _done: None)
    clock = Clock(report)
    with clock.stage("place"):
        scene = imposed_scene(design, grid)
        mesh = tensor_mesh(scene, np.array(grid.x), np.array(grid.y), grid.cells or None)
    solved = equilibrium(scene, mesh, tolerance, clock)
    found = ImposedField(grid, scene, mesh, solved.field.temperature)
    return ImposedSolution(found, solved, dict(clock.stages))
