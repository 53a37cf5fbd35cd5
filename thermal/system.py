"""Assembly: from a scene on a mesh to conductances, boundary terms and heat sources.

Cell-centred finite volumes with two-point fluxes: the conductance of a face is that of its two half
cells in series; convection acts through the half cell at the surface. The operator is a symmetric
M-matrix, so energy balances and no temperature lies below the coldest ambient without a sink there.
Equations: ``docs/theory/solver.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from floorplans.diagnostics import Diagnostic, InputError
from thermal.cover import Conductivities, Shares, raster_integral
from thermal.kernels import assembly as kernels
from thermal.kernels.arrays import Bools, Floats, Ints
from thermal.mesh.columns import Mesh
from thermal.multigrid import Multigrid
from thermal.scene import Face, Scene

if TYPE_CHECKING:
    from scipy.sparse import csr_array


@dataclass(frozen=True, eq=False)
class ConductionSystem:
    """``A theta = b`` for ``theta = T - reference``, on ``[columns, nz]`` cells.

    Attributes
    ----------
    lateral
        ``[faces, nz]`` conductance of vertical faces, W/K.
    vertical
        ``[columns, nz]`` conductance to the cell above (last row zero), W/K.
    loss
        ``[columns, 2]`` conductance to ambient at the bottom and the top of each column, or
        ``[columns, nz]`` where layers have exposed faces, W/K.
    source
        ``[columns, nz]`` heat released in the cells, W.
    inflow
        Same shape as `loss`: conductance x (ambient - reference), W.
    ends, end_inflow
        ``[columns, 2]``: the same two for the bottom and top faces alone.
    solid
        ``[slabs, columns]`` whether there is material with a path to a cooled face.
    shares
        Area that each block of the scene shares with each column.
    """

    scene: Scene
    mesh: Mesh
    conductivities: Conductivities
    lateral: Floats
    vertical: Floats
    loss: Floats
    source: Floats
    inflow: Floats
    ends: Floats
    end_inflow: Floats
    reference: float
    solid: Bools
    shares: Shares

    @property
    def rhs(self) -> Floats:
        """Right-hand side in W, a new array."""
        b = self.source.copy()
        if self.loss.shape[1] == b.shape[1]:
            b += self.inflow
        else:
            b[:, 0] += self.inflow[:, 0]
            b[:, -1] += self.inflow[:, 1]
        return b

    def outflow(self, theta: Floats) -> float:
        """Heat that leaves to all ambients in W, from the field itself."""
        ends = theta if self.loss.shape[1] == theta.shape[1] else theta[:, [0, -1]]
        return float(np.sum(self.loss * ends - self.inflow))

    def end_flow(self, theta: Floats) -> Floats:
        """Heat that leaves through the bottom and the top of each column, ``[columns, 2]`` W."""
        return self.ends * theta[:, [0, -1]] - self.end_inflow

    def multigrid(self) -> Multigrid:
        """The preconditioner of this system."""
        found = self.conductivities
        pattern = found.pattern[self.mesh.slab]
        return Multigrid(self.mesh, found.k, pattern, self.lateral, self.vertical, self.loss)

    def to_csr(self) -> csr_array:
        """The operator on all cells (column-major in z) as a sparse matrix; void rows hold a 1."""
        from scipy.sparse import coo_array

        n, nz = self.vertical.shape
        index = np.arange(n * nz, dtype=np.int32).reshape(n, nz)
        pairs, _ = self.mesh.faces
        rows = [index[pairs[:, 0]].ravel(), index[:, :-1].ravel()]
        cols = [index[pairs[:, 1]].ravel(), index[:, 1:].ravel()]
        g = np.concatenate([self.lateral.ravel(), self.vertical[:, :-1].ravel()])
        i, j = np.concatenate(rows), np.concatenate(cols)
        linked = g > 0.0
        i, j, g = i[linked], j[linked], g[linked]
        diagonal = np.bincount(i, g, n * nz) + np.bincount(j, g, n * nz)
        lost = np.zeros((n, nz))
        if self.loss.shape[1] == nz:
            lost += self.loss
        else:
            lost[:, 0] += self.loss[:, 0]
            lost[:, -1] += self.loss[:, 1]
        diagonal += lost.ravel()
        diagonal[diagonal == 0.0] = 1.0
        every = index.ravel()
        return coo_array(
            (
                np.concatenate([-g, -g, diagonal]),
                (np.concatenate([i, j, every]), np.concatenate([j, i, every])),
            ),
            shape=(n * nz, n * nz),
        ).tocsr()


def assemble(scene: Scene, mesh: Mesh) -> ConductionSystem:
    """Build the system of a scene on a mesh.

    Raises
    ------
    InputError
        Where a powered block or map has no path of material to any cooled face.
    """
    found = Conductivities.of(scene, mesh)
    shares = Shares.of([b.outline for b in scene.blocks], mesh)
    pattern = found.pattern[mesh.slab]
    reference = scene.top.ambient if _cools(scene.top) else scene.bottom.ambient
    k, nz = found.k, mesh.nz
    films = [
        _film(face, k[pattern[z]], mesh, mesh.heights[z])
        for face, z in ((scene.bottom, 0), (scene.top, nz - 1))
    ]
    ends = np.stack(films, axis=1)
    end_inflow = ends * (np.array([scene.bottom.ambient, scene.top.ambient]) - reference)
    loss, inflow = ends, end_inflow
    if any(s.exposures for s in scene.slabs):
        loss, inflow = _exposed(scene, mesh, k, pattern, ends, end_inflow, reference)
    source = _heat(scene, mesh, shares)
    solid = _connected(found, mesh, loss)
    _check_paths(scene, mesh, source, solid)
    pairs, x_faces = mesh.faces
    wx, wy = mesh.widths
    lateral = np.empty((pairs.shape[0], nz))
    kernels.lateral(pairs, x_faces, wx, wy, mesh.heights, pattern, k, lateral)
    vertical = np.empty((mesh.columns, nz))
    contact, plane = _contacts(scene, mesh)
    kernels.vertical(mesh.areas, mesh.heights, pattern, k, contact, plane, vertical)
    return ConductionSystem(
        scene=scene,
        mesh=mesh,
        conductivities=found,
        lateral=lateral,
        vertical=vertical,
        loss=loss,
        source=source,
        inflow=inflow,
        ends=ends,
        end_inflow=end_inflow,
        reference=reference,
        solid=solid,
        shares=shares,
    )


def _cools(face: Face) -> bool:
    return face.resistance is not None or bool(np.any(np.asarray(face.htc) > 0.0))


def _film(face: Face, k: Floats, mesh: Mesh, height: float) -> Floats:
    """Conductance of convection through the half cell at the surface, per column, W/K."""
    solid = mesh.areas * k[:, 5]
    if face.resistance is not None:
        hA = solid / (face.resistance * solid.sum())
    elif isinstance(face.htc, np.ndarray):
        wide, high = mesh.tree.xlines[-1], mesh.tree.ylines[-1]
        per_cell = face.htc * (wide * high / face.htc.size)
        hA = raster_integral(per_cell, (0.0, 0.0, float(wide), float(high)), mesh.tree) * k[:, 5]
    else:
        hA = solid * face.htc
    on = (hA > 0.0) & (k[:, 4] > 0.0)
    out = np.zeros(mesh.columns)
    out[on] = 1.0 / (1.0 / hA[on] + 0.5 * height / (mesh.areas[on] * k[on, 4]))
    return out


def _heat(scene: Scene, mesh: Mesh, shares: Shares) -> Floats:
    source = np.zeros((mesh.columns, mesh.nz))
    middle = 0.5 * (mesh.z[1:] + mesh.z[:-1])
    for i, block in enumerate(scene.blocks):
        if block.power == 0.0:
            continue
        column, area = shares.row(i)
        where, share = _z_share(mesh, middle, block.z0, block.z1)
        source[column, where] += block.power * (area / area.sum())[:, None] * share
    for raster in scene.rasters:
        watts = raster_integral(raster.watts, (raster.x0, raster.y0, raster.x1, raster.y1), mesh.tree)
        where, share = _z_share(mesh, middle, raster.z0, raster.z1)
        source[:, where] += watts[:, None] * share
    for face, z in ((scene.bottom, 0), (scene.top, -1)):
        if face.flux is not None:
            source[:, z] += raster_integral(face.flux, (0.0, 0.0, *scene.size), mesh.tree)
    return source


def _z_share(mesh: Mesh, middle: Floats, z0: float, z1: float) -> tuple[slice, Floats]:
    inside = np.flatnonzero((middle > z0) & (middle < z1))
    where = slice(int(inside[0]), int(inside[-1]) + 1)
    return where, mesh.heights[where] / mesh.heights[where].sum()


def _contacts(scene: Scene, mesh: Mesh) -> tuple[Floats, Ints]:
    plane = np.full(mesh.nz, -1, np.int64)
    rows = []
    for s, slab in enumerate(scene.slabs):
        if slab.contacts and s > 0:
            row = np.zeros(mesh.columns)
            for contact in slab.contacts:
                column, area = Shares.of(
                    list(getattr(contact.outline, "geoms", [contact.outline])), mesh
                ).flat
                np.add.at(row, column, contact.resistance * area / mesh.areas[column])
            plane[np.flatnonzero(mesh.slab == s)[0] - 1] = len(rows)
            rows.append(row)
    return np.array(rows).reshape(-1, mesh.columns), plane


def _exposed(
    scene: Scene, mesh: Mesh, k: Floats, pattern: Ints, ends: Floats, flow: Floats, reference: float
) -> tuple[Floats, Floats]:
    n, nz = mesh.columns, mesh.nz
    loss, inflow = np.zeros((n, nz)), np.zeros((n, nz))
    loss[:, 0] += ends[:, 0]
    loss[:, -1] += ends[:, 1]
    inflow[:, 0] += flow[:, 0]
    inflow[:, -1] += flow[:, 1]
    cx, cy, _ = mesh.centres
    htc, ambient = np.zeros((nz, n)), np.zeros((nz, n))
    for z in range(nz):
        for exposure in scene.slabs[mesh.slab[z]].exposures:
            inside = shapely.contains_xy(exposure.outline, cx, cy)
            htc[z, inside] = exposure.htc
            ambient[z, inside] = exposure.ambient - reference
    x0, y0, x1, y1 = mesh.tree.bounds
    width, depth = scene.size
    tiny = 1e-9 * max(scene.size)
    edge = np.stack(
        [
            (x0 < tiny).astype(float) + (x1 > width - tiny),
            (y0 < tiny).astype(float) + (y1 > depth - tiny),
        ],
        axis=1,
    )
    pairs, x_faces = mesh.faces
    wx, wy = mesh.widths
    kernels.expose(pairs, x_faces, wx, wy, edge, mesh.heights, pattern, k, htc, ambient, loss, inflow)
    return loss, inflow


def _connected(found: Conductivities, mesh: Mesh, loss: Floats) -> Bools:
    """Solid (slab, column) nodes with a path to a cooled face."""
    ns = found.pattern.size
    solid = found.k[found.pattern, :, 4] > 0.0
    cooled = np.zeros((ns, mesh.columns), bool)
    if loss.shape[1] == mesh.nz:
        for z in range(mesh.nz):
            cooled[mesh.slab[z]] |= loss[:, z] > 0.0
    else:
        cooled[0] |= loss[:, 0] > 0.0
        cooled[-1] |= loss[:, 1] > 0.0
    if not solid.all():
        pairs, x_faces = mesh.faces
        return np.asarray(kernels.reached(pairs, x_faces, found.k, found.pattern, cooled & solid), bool)
    return solid if cooled.any() else cooled


def _check_paths(scene: Scene, mesh: Mesh, source: Floats, solid: Bools) -> None:
    bad = (source > 0.0) & ~solid[mesh.slab].T
    # A block may overhang void by a sliver (a rounded edge); its share there is below rounding.
    if source[bad].sum() <= 1e-9 * source.sum():
        return
    cx, cy, cz = mesh.centres
    lost = []
    for block in scene.blocks:
        where = (cz > block.z0) & (cz < block.z1)
        column, _ = Shares.of([block.outline], mesh).flat
        if block.power > 0.0 and bad[np.ix_(column, where)].any():
            lost.append(block.name)
    names = ", ".join(repr(n) for n in lost[:5]) or "a power map"
    more = f" and {len(lost) - 5} more" if len(lost) > 5 else ""
    raise InputError(
        [
            Diagnostic(
                scene.origin(lost[0]) if lost else None,
                f"{names}{more}: powered, but no path of material leads from it to a cooled face; fill the void "
                "around it, move it, or cool its layer (exposed: {htc_w_m2k: ...})",
            )
        ]
    )
