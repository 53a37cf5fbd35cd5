"""Assembly: from a scene on a mesh to conductances, boundary terms and heat sources.

Cell-centred finite volumes with two-point fluxes: the conductance of a face is that of its two half
cells in series; convection acts through the half cell at the surface. The operator is a symmetric
M-matrix, so energy balances and no temperature lies below the coldest ambient without a sink there.
Equations: ``docs/theory/solver.md``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from floorplans.diagnostics import Diagnostic, InputError
from thermal.boundary import STATED, Boundary, face_flux, reference
from thermal.cover import Conductivities, Shares, raster_integral
from thermal.deposit import deposits
from thermal.feedback import Feedback
from thermal.hanging import Hanging
from thermal.kernels import assembly as kernels
from thermal.kernels.arrays import Bools, Floats, Ints
from thermal.mesh.columns import Mesh
from thermal.multigrid import Multigrid
from thermal.scene import Scene

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
        Same shape as `loss`: conductance x (ambient - reference), less what a flux on a cooled face gives
        straight to the ambient, W.
    ends, end_inflow
        ``[columns, 2]``: the same two for the bottom and top faces alone.
    solid
        ``[slabs, columns]`` whether there is material with a path to a cooled face.
    shares
        Area that each block of the scene shares with each column.
    deposited
        Fraction of each block's heat that goes to each column.
    contact, plane
        Contact resistances ``[planes, columns]`` in m2 K/W, and which of them lies above each z-cell.
    hanging
        Faces between columns of different size, through which flows more or less than the plain flux.
    factor
        ``[axes, columns, nz]`` conductivities of the cells over their stated values, at the temperatures that
        the conductances hold for; empty where they hold for the stated ones.
    feedback
        Blocks that leak; None if none does.
    leaked
        Watts that every block of the scene leaks, part of `source`.
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
    deposited: Shares
    contact: Floats
    plane: Ints
    hanging: Hanging
    factor: Floats = field(default_factory=lambda: STATED)
    feedback: Feedback | None = None
    leaked: Floats = field(default_factory=lambda: np.zeros(0))

    @property
    def nonlinear(self) -> bool:
        """Whether anything depends on temperature: a conductivity, or leakage."""
        return len(self.conductivities.curves) > 0 or self.feedback is not None

    @property
    def rhs(self) -> Floats:
        """Right-hand side in W, a new array."""
        b: Floats = self.source.copy()
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
        diagonal: Floats = np.asarray(np.bincount(i, g, n * nz) + np.bincount(j, g, n * nz), float)
        lost: Floats = np.zeros((n, nz))
        if self.loss.shape[1] == nz:
            lost += self.loss
        else:
            lost[:, 0] += self.loss[:, 0]
            lost[:, -1] += self.loss[:, 1]
        diagonal += lost.ravel()
        diagonal[diagonal == 0.0] = 1.0
        every = index.ravel()
        plain = coo_array(
            (
                np.concatenate([-g, -g, diagonal]),
                (np.concatenate([i, j, every]), np.concatenate([j, i, every])),
            ),
            shape=(n * nz, n * nz),
        ).tocsr()
        return plain + self.hanging.surplus(self.lateral, n) if len(self.hanging) else plain


def assemble(scene: Scene, mesh: Mesh) -> ConductionSystem:
    """Build the system of a scene on a mesh.

    Raises
    ------
    InputError
        Where a powered block or map has no path of material to any cooled face.
    """
    found = Conductivities.of(scene, mesh)
    shares = Shares.of([b.outline for b in scene.blocks], mesh)
    datum = reference(scene)
    boundary = Boundary.of(scene, mesh, found, datum)
    deposited = deposits(scene, mesh, shares, found)
    feedback = Feedback.of(scene, mesh, deposited)
    source, leaked = heat(scene, mesh, deposited, feedback, np.full((mesh.columns, mesh.nz), datum))
    solid = _connected(found, mesh, boundary.loss)
    _check_paths(scene, mesh, source, solid)
    contact, plane = _contacts(scene, mesh)
    lateral, vertical = _conductances(mesh, found, contact, plane)
    return ConductionSystem(
        scene=scene,
        mesh=mesh,
        conductivities=found,
        lateral=lateral,
        vertical=vertical,
        loss=boundary.loss,
        source=source,
        inflow=boundary.inflow,
        ends=boundary.ends,
        end_inflow=boundary.end_inflow,
        reference=datum,
        solid=solid,
        shares=shares,
        deposited=deposited,
        contact=contact,
        plane=plane,
        hanging=Hanging.of(mesh, found),
        feedback=feedback,
        leaked=leaked,
    )


def _conductances(mesh: Mesh, found: Conductivities, contact: Floats, plane: Ints) -> tuple[Floats, Floats]:
    """Lateral ``[faces, nz]`` and vertical ``[columns, nz]`` conductances, W/K."""
    pattern = found.pattern[mesh.slab]
    pairs, x_faces = mesh.faces
    wx, wy = mesh.widths
    lateral = np.empty((pairs.shape[0], mesh.nz))
    kernels.lateral(pairs, x_faces, wx, wy, mesh.heights, pattern, found.k, lateral)
    vertical = np.empty((mesh.columns, mesh.nz))
    kernels.vertical(mesh.areas, mesh.heights, pattern, found.k, contact, plane, vertical)
    return lateral, vertical


def heat(
    scene: Scene,
    mesh: Mesh,
    deposited: Shares,
    feedback: Feedback | None,
    temperature: Floats,
    means: Floats | None = None,
    out: Floats | None = None,
) -> tuple[Floats, Floats]:
    """Heat released in the cells, and what of it every block leaks.

    Parameters
    ----------
    deposited
        Fraction of each block's heat that goes to each column.
    temperature
        ``[columns, nz]`` K, at which blocks leak.
    means
        Mean temperatures in K of blocks whose leakage depends on it; default those of the cells.
    out
        Where the first result goes.

    Returns
    -------
    tuple
        ``[columns, nz]`` W, and ``[blocks]`` W.
    """
    source = np.empty((mesh.columns, mesh.nz)) if out is None else out
    source.fill(0.0)
    middle = 0.5 * (mesh.z[1:] + mesh.z[:-1])
    # Hundreds of blocks share a few ranges of z.
    shares = {span: _z_share(mesh, middle, *span) for span in {(b.z0, b.z1) for b in scene.blocks}}
    for i, block in enumerate(scene.blocks):
        if block.power == 0.0:
            continue
        column, fraction = deposited.row(i)
        where, share = shares[block.z0, block.z1]
        source[column, where] += block.power * fraction[:, None] * share
    for raster in scene.rasters:
        watts = raster_integral(raster.watts, (raster.x0, raster.y0, raster.x1, raster.y1), mesh.tree)
        where, share = _z_share(mesh, middle, raster.z0, raster.z1)
        source[:, where] += watts[:, None] * share
    for face, z in ((scene.bottom, 0), (scene.top, -1)):
        source[:, z] += face_flux(face, scene, mesh)
    leaked = np.zeros(len(scene.blocks))
    if feedback is not None:
        if means is None:
            means = np.array([feedback.mean(int(i), temperature) for i in feedback.of_mean])
        leaked[feedback.blocks] = feedback.heat(temperature, means, source)
    return source, leaked


def _z_share(mesh: Mesh, middle: Floats, z0: float, z1: float) -> tuple[slice, Floats]:
    inside = np.flatnonzero((middle > z0) & (middle < z1))
    where = slice(int(inside[0]), int(inside[-1]) + 1)
    return where, mesh.heights[where] / mesh.heights[where].sum()


def _contacts(scene: Scene, mesh: Mesh) -> tuple[Floats, Ints]:
    plane = np.full(mesh.nz, -1, np.int64)
    rows: list[Floats] = []
    for s, slab in enumerate(scene.slabs):
        if slab.contacts and s > 0:
            row: Floats = np.zeros(mesh.columns)
            for contact in slab.contacts:
                parts = list(getattr(contact.outline, "geoms", [contact.outline]))
                column, area = Shares.of(parts, mesh).flat
                np.add.at(row, column, contact.resistance * area / mesh.areas[column])
            plane[np.flatnonzero(mesh.slab == s)[0] - 1] = len(rows)
            rows.append(row)
    return np.array(rows).reshape(-1, mesh.columns), plane


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
    _, _, cz = mesh.centres
    lost = []
    for block in scene.blocks:
        where = (cz > block.z0) & (cz < block.z1)
        column, _ = Shares.of([block.outline], mesh).flat
        powered = block.power > 0.0 or block.leakage is not None
        if powered and bad[np.ix_(column, where)].any():
            lost.append(block.name)
    names = ", ".join(repr(n) for n in lost[:5]) or "a power map"
    more = f" and {len(lost) - 5} more" if len(lost) > 5 else ""
    raise InputError(
        [
            Diagnostic(
                scene.origin(lost[0]) if lost else None,
                f"{names}{more}: powered, but no path of material leads from it to a cooled face; "
                "fill the void around it, move it, or cool its layer (exposed: {htc_w_m2k: ...})",
            )
        ]
    )
