"""The temperature field on its mesh, read between cell centres."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from shapely import Polygon

from thermal.boundary import face_flux
from thermal.cover import Shares
from thermal.kernels import reconstruction as kernels
from thermal.kernels.arrays import Floats, Int32s, Ints
from thermal.mesh.columns import Mesh
from thermal.scene import Shape
from thermal.system import ConductionSystem


@dataclass(frozen=True)
class BoxStatistics:
    """Extremes and mean of the field over an outline and a range of z; K and m."""

    t_max: float
    t_min: float
    t_avg: float
    at: tuple[float, float, float]
    volume: float


class Geometry(NamedTuple):
    """What the reconstruction kernels take, in their order."""

    start: Ints
    face: Ints
    pairs: Ints
    x_faces: int
    wx: Floats
    wy: Floats
    heights: Floats
    pattern: Ints
    k: Floats
    factor: Floats
    axis: Ints
    lateral: Floats
    vertical: Floats
    ends: Floats
    bent: Int32s
    bend: Floats


@dataclass(frozen=True, eq=False)
class Field:
    """Temperatures of a system's cells and what reading between them needs.

    Attributes
    ----------
    temperature
        ``[columns, nz]`` K, nan in void.
    """

    system: ConductionSystem
    temperature: Floats

    @property
    def mesh(self) -> Mesh:
        """The mesh of the field."""
        return self.system.mesh

    @cached_property
    def geometry(self) -> Geometry:
        """What the kernels that read between cell centres take."""
        mesh, system = self.mesh, self.system
        found = system.conductivities
        return Geometry(
            *mesh.adjacency,
            *mesh.widths,
            mesh.heights,
            found.pattern[mesh.slab],
            found.k,
            system.factor,
            found.curves.axis,
            system.lateral,
            system.vertical,
            self._end_flow(),
            system.hanging.bent,
            system.hanging.bends(self.temperature),
        )

    @cached_property
    def floor(self) -> float:
        """The coldest ambient, K: without heat sinks inside no temperature lies below it.

        The sum of three parabolas can, at the corner of a cell where all three fall steeply.
        """
        scene = self.system.scene
        if np.any(self.system.source < 0.0):
            return -np.inf
        ambients = [f.ambient for f in (scene.bottom, scene.top) if f.cools]
        ambients += [e.ambient for s in scene.slabs for e in s.exposures if e.htc > 0.0]
        return min(ambients, default=-np.inf)

    def _end_flow(self) -> Floats:
        scene = self.system.scene
        flow = self.system.end_flow(self.temperature - self.system.reference)
        for side, face in enumerate((scene.bottom, scene.top)):
            flow[:, side] -= face_flux(face, scene, self.mesh)
        return np.nan_to_num(flow)

    def at(self, x: ArrayLike, y: ArrayLike, z: ArrayLike) -> Floats:
        """Temperatures in K at points in m; nan outside material."""
        x, y, z = np.broadcast_arrays(*(np.asarray(v, float) for v in (x, y, z)))
        shape = x.shape
        px, py, pz = (np.ascontiguousarray(v).ravel() for v in (x, y, z))
        mesh = self.mesh
        column = mesh.tree.locate(px, py)
        inside = (pz >= mesh.z[0]) & (pz <= mesh.z[-1])
        column = np.where(inside, column, -1)
        cell = np.clip(np.searchsorted(mesh.z, pz, side="right") - 1, 0, mesh.nz - 1)
        x0, y0, _, _ = mesh.tree.bounds
        wx, wy = mesh.widths
        sx = np.clip((px - x0[column]) / wx[column] - 0.5, -0.5, 0.5)
        sy = np.clip((py - y0[column]) / wy[column] - 0.5, -0.5, 0.5)
        sz = np.clip((pz - mesh.z[cell]) / mesh.heights[cell] - 0.5, -0.5, 0.5)
        out = np.empty(px.size)
        kernels.at_points(column, cell, sx, sy, sz, *self.geometry, self.temperature, out)
        return np.maximum(out, self.floor).reshape(shape)

    def on(self, mesh: Mesh) -> Floats:
        """Temperatures in K at the cell centres of another mesh of the scene; nan in void."""
        x, y, z = mesh.centres
        own = self.mesh
        column = own.tree.locate(x, y)
        cell = np.clip(np.searchsorted(own.z, z, side="right") - 1, 0, own.nz - 1)
        x0, y0, _, _ = own.tree.bounds
        wx, wy = own.widths
        sx, sy = (x - x0[column]) / wx[column] - 0.5, (y - y0[column]) / wy[column] - 0.5
        sz = (z - own.z[cell]) / own.heights[cell] - 0.5
        out = np.empty((mesh.columns, mesh.nz))
        kernels.at_cells(column, cell, sx, sy, sz, *self.geometry, self.temperature, out)
        return np.maximum(out, self.floor, out=out)

    def plane(self, z: float, bounds: tuple[float, float, float, float], shape: tuple[int, int]) -> Floats:
        """Temperatures in K on a regular raster ``[ny, nx]`` at height `z`, row 0 at the lowest y."""
        x, y = _pixels(bounds, shape)
        return self.at(x, y, np.full(shape, z))

    def section(
        self,
        axis: Literal["x", "y"],
        position: float,
        bounds: tuple[float, float, float, float],
        shape: tuple[int, int],
    ) -> Floats:
        """Raster ``[nz, n]`` of K on the vertical cut ``axis = position``; bounds are (s0, z0, s1, z1)."""
        s, z = _pixels(bounds, shape)
        fixed = np.full(shape, position)
        return self.at(fixed, s, z) if axis == "x" else self.at(s, fixed, z)

    def z_cells(self, z0: float, z1: float) -> tuple[int, int]:
        """Range of z-cells whose centres lie in [z0, z1]."""
        middle = 0.5 * (self.mesh.z[1:] + self.mesh.z[:-1])
        inside = np.flatnonzero((middle > z0) & (middle < z1))
        return int(inside[0]), int(inside[-1]) + 1

    def over(self, column: Ints, area: Floats, boxes: Floats, z0: float, z1: float) -> Floats:
        """Per touched column: max, its x, y, z, min, integral of T and volume; see `kernels.over_boxes`.

        `boxes` is ``[columns touched, 4]`` or one box for all: x0, y0, x1, y1 in m.
        """
        out = np.empty((column.size, 7))
        lo, hi = self.z_cells(z0, z1)
        x0, y0, _, _ = self.mesh.tree.bounds
        box = np.ascontiguousarray(np.broadcast_to(boxes, (column.size, 4)), float)
        kernels.over_boxes(
            column, area, box, lo, hi, x0, y0, self.mesh.z, *self.geometry, self.temperature, out
        )
        touched = out[:, 6] > 0.0
        out[touched, 4] = np.maximum(out[touched, 4], self.floor)
        return out

    def statistics(self, outline: Shape, z0: float, z1: float) -> BoxStatistics:
        """Supremum, infimum and volume mean of the reconstructed field over a closed outline and z-range."""
        parts: list[Polygon] = list(getattr(outline, "geoms", [outline]))
        return summarised(self._rows(Shares.of(parts, self.mesh), np.arange(len(parts)), parts, z0, z1))

    def of_blocks(self, only: list[int] | None = None) -> list[BoxStatistics]:
        """`statistics` of every block of the scene, or of some, all blocks of a height at once."""
        blocks, shares = self.system.scene.blocks, self.system.shares
        wanted = list(range(len(blocks))) if only is None else only
        heights: dict[tuple[float, float], list[int]] = {}
        for i in wanted:
            heights.setdefault((blocks[i].z0, blocks[i].z1), []).append(i)
        found: dict[int, BoxStatistics] = {}
        outlines = [b.outline for b in blocks]
        for (z0, z1), members in heights.items():
            rows = self._rows(shares, np.array(members), outlines, z0, z1)
            counts = shares.start[np.array(members) + 1] - shares.start[members]
            for i, part in zip(members, np.split(rows, np.cumsum(counts)[:-1]), strict=True):
                found[i] = summarised(part)
        return [found[i] for i in wanted]

    def _rows(self, shares: Shares, members: Ints, outlines: list[Polygon], z0: float, z1: float) -> Floats:
        """`over` for some outlines of `shares`, one after the other."""
        picked = [shares.row(int(i)) for i in members]
        column = np.concatenate([c for c, _ in picked])
        area = np.concatenate([a for _, a in picked])
        bounds = np.array([outlines[int(i)].bounds for i in members], float)
        return self.over(column, area, np.repeat(bounds, [c.size for c, _ in picked], axis=0), z0, z1)


def summarised(rows: Floats) -> BoxStatistics:
    """Extremes and mean over rows of `Field.over`; nan where no row has material."""
    volume = float(rows[:, 6].sum())
    if volume <= 0.0:
        nan = float("nan")
        return BoxStatistics(nan, nan, nan, (nan, nan, nan), 0.0)
    hottest = rows[int(np.argmax(rows[:, 0]))]
    return BoxStatistics(
        t_max=float(hottest[0]),
        t_min=float(rows[:, 4].min()),
        t_avg=float(rows[:, 5].sum()) / volume,
        at=(float(hottest[1]), float(hottest[2]), float(hottest[3])),
        volume=volume,
    )


def _pixels(bounds: tuple[float, float, float, float], shape: tuple[int, int]) -> tuple[Floats, Floats]:
    x0, y0, x1, y1 = bounds
    ny, nx = shape
    x = x0 + (np.arange(nx) + 0.5) * (x1 - x0) / nx
    y = y0 + (np.arange(ny) + 0.5) * (y1 - y0) / ny
    gx, gy = np.meshgrid(x, y)
    return gx, gy
