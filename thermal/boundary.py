"""Cooled faces: films at the bottom and the top, exposed faces of layers, and the ambients behind them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from thermal.cover import Conductivities, Shares, raster_integral
from thermal.kernels import assembly as kernels
from thermal.kernels.arrays import Floats
from thermal.mesh.columns import Mesh
from thermal.scene import Exposure, Face, Scene

STATED: Floats = np.empty((0, 0, 0))
"""Stands for a factor of 1 on all conductivities."""


@dataclass(frozen=True, eq=False)
class Boundary:
    """Conductances to the ambients, and what flows in through them at the reference temperature.

    Attributes
    ----------
    ends, end_inflow
        ``[columns, 2]`` bottom and top face: W/K, and W.
    loss, inflow
        The same with the exposed faces of layers, ``[columns, nz]``; the two above where there are none.
    """

    ends: Floats
    end_inflow: Floats
    loss: Floats
    inflow: Floats

    @classmethod
    def of(
        cls,
        scene: Scene,
        mesh: Mesh,
        found: Conductivities,
        reference: float,
        factor: Floats = STATED,
    ) -> Boundary:
        """Boundary of a scene on a mesh.

        Parameters
        ----------
        reference
            Temperature in K that the field is measured from.
        factor
            ``[axes, columns, nz]`` conductivities over their stated values; empty where they are those.
            Without exposed faces the first and the last cells will do.
        """
        pattern = found.pattern[mesh.slab]
        sides = [
            _side(
                face,
                face_flux(face, scene, mesh),
                _scaled(found.k[pattern[z]], factor, int(found.curves.axis[2]), z),
                mesh,
                mesh.heights[z],
                reference,
            )
            for face, z in ((scene.bottom, 0), (scene.top, -1))
        ]
        ends = np.stack([film for film, _ in sides], axis=1)
        end_inflow = np.stack([flow for _, flow in sides], axis=1)
        if not any(s.exposures for s in scene.slabs):
            return cls(ends, end_inflow, ends, end_inflow)
        loss, inflow = np.zeros((2, mesh.columns, mesh.nz))
        loss[:, 0] += ends[:, 0]
        loss[:, -1] += ends[:, 1]
        inflow[:, 0] += end_inflow[:, 0]
        inflow[:, -1] += end_inflow[:, 1]
        _expose(scene, mesh, found, factor, reference, loss, inflow)
        return cls(ends, end_inflow, loss, inflow)

    def outflow(self, theta: Floats) -> Floats:
        """Heat that leaves each cell at the boundary in W, shaped as `loss`."""
        here = theta if self.loss.shape[1] == theta.shape[1] else theta[:, [0, -1]]
        return np.asarray(self.loss * here - self.inflow, float)


def reference(scene: Scene) -> float:
    """Temperature that the field is measured from, K: ambient of the top, or of the bottom."""
    return scene.top.ambient if scene.top.cools else scene.bottom.ambient


def face_flux(face: Face, scene: Scene, mesh: Mesh) -> Floats:
    """Watts that the flux map of a face puts on every column."""
    if face.flux is None:
        return np.zeros(mesh.columns)
    return raster_integral(face.flux, (0.0, 0.0, *scene.size), mesh.tree)


def _scaled(k: Floats, factor: Floats, axis: int, z: int) -> Floats:
    """``[columns, 6]`` conductivities with that along z at its temperature."""
    if factor.size == 0:
        return k
    k = k.copy()
    k[:, 4] *= factor[axis, :, z]
    return k


def _side(
    face: Face, flux: Floats, k: Floats, mesh: Mesh, height: float, reference: float
) -> tuple[Floats, Floats]:
    """Conductance in W/K of every column through the half cell at the surface, and its inflow in W.

    A flux is released on the surface, between the film and the half cell: its share
    film / (film + half cell) goes straight to the ambient.
    """
    film = _convection(face, k, mesh)
    out, inflow = np.zeros(mesh.columns), np.zeros(mesh.columns)
    on = (film > 0.0) & (k[:, 4] > 0.0)
    half = mesh.areas[on] * k[on, 4] / (0.5 * height)
    out[on] = 1.0 / (1.0 / film[on] + 1.0 / half)
    inflow[on] = out[on] * (face.ambient - reference) - flux[on] * out[on] / half
    return out, inflow


def _convection(face: Face, k: Floats, mesh: Mesh) -> Floats:
    """HTC times area of material, per column, W/K."""
    solid = mesh.areas * k[:, 5]
    if face.resistance is not None:
        return solid / (face.resistance * max(float(solid.sum()), np.finfo(float).tiny))
    if isinstance(face.htc, np.ndarray):
        wide, high = float(mesh.tree.xlines[-1]), float(mesh.tree.ylines[-1])
        per_cell = face.htc * (wide * high / face.htc.size)
        return raster_integral(per_cell, (0.0, 0.0, wide, high), mesh.tree) * k[:, 5]
    return solid * face.htc


def _expose(
    scene: Scene,
    mesh: Mesh,
    found: Conductivities,
    factor: Floats,
    reference: float,
    loss: Floats,
    inflow: Floats,
) -> None:
    """Add the exposed faces of layers to `loss` and `inflow`."""
    htc, ambient = np.zeros((2, mesh.nz, mesh.columns))
    for s, slab in enumerate(scene.slabs):
        if slab.exposures:
            cells = mesh.slab == s
            htc[cells], ambient[cells] = _exposures(slab.exposures, mesh, reference)
    x0, y0, x1, y1 = mesh.tree.bounds
    width, depth = scene.size
    tiny = 1e-9 * max(scene.size)
    border = np.stack([x0 < tiny, x1 > width - tiny, y0 < tiny, y1 > depth - tiny], axis=1)
    pairs, x_faces = mesh.faces
    kernels.expose(
        pairs,
        x_faces,
        *mesh.widths,
        border.astype(float),
        mesh.heights,
        found.pattern[mesh.slab],
        found.k,
        factor,
        found.curves.axis,
        htc,
        ambient,
        loss,
        inflow,
    )


def _exposures(exposures: tuple[Exposure, ...], mesh: Mesh, reference: float) -> tuple[Floats, Floats]:
    """HTC and ambient of every column: of the exposure that holds its centre, else of one that cuts it."""
    htc, ambient = np.zeros((2, mesh.columns))
    cx, cy, _ = mesh.centres
    for cut in (True, False):
        for exposure in exposures:
            inside = np.asarray(shapely.contains_xy(exposure.outline, cx, cy), bool)
            if cut:
                parts = list(getattr(exposure.outline, "geoms", [exposure.outline]))
                inside[Shares.of(parts, mesh).column] = True
            htc[inside] = exposure.htc
            ambient[inside] = exposure.ambient - reference
    return htc, ambient
