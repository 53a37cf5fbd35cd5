"""The derivative of the heat balance of all cells with respect to their temperatures."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from thermal.boundary import Boundary
from thermal.kernels import nonlinear as kernels
from thermal.kernels.arrays import Floats, Ints, Singles
from thermal.krylov import Operator
from thermal.multigrid import Multigrid
from thermal.system import ConductionSystem

# Kelvin by which the derivative of boundary terms is taken: their relative change is then 1e-6 or so, of
# which half of the digits are right.
NUDGE = 1e-3


class Dyad(NamedTuple):
    """Leakage of a block by its mean: cells heated and their shares, W/K, cells read and their weights."""

    heated: Ints
    weight: Floats
    slope: float
    read: Ints
    reading: Floats


class Jacobian:
    """``J = d(A(T) theta - b(T))/dT`` at the temperatures of a system.

    Conduction gives a matrix that conserves heat but is not symmetric: a cell that warms conducts less.
    Leakage takes away from the diagonal, or for blocks that leak by their mean one dyad each.

    Parameters
    ----------
    system
        As evaluated at `temperature`.
    temperature
        ``[columns, nz]`` K, finite in void too.
    rate
        Logarithmic derivatives of the conductivities, 1/K.
    multigrid
        Whose finest level knows the neighbours of each column.
    into
        A Jacobian of the same cells that is done with; its arrays are overwritten.
    """

    def __init__(
        self,
        system: ConductionSystem,
        temperature: Floats,
        rate: Singles,
        multigrid: Multigrid,
        into: Jacobian | None = None,
    ) -> None:
        self.system = system
        self.plain = Operator(multigrid, system.lateral, system.vertical, system.loss, system.hanging)
        level = multigrid.levels[0]
        self._adjacency = level.start, level.other, level.face
        self.drifts: tuple[Singles, Singles, Floats] | None = None
        if rate.size:
            self._first = np.ascontiguousarray(system.mesh.faces[0][:, 0], np.int32)
            if into is not None and into.drifts is not None:
                lateral, vertical, _ = into.drifts
            else:
                lateral = np.empty((2, *system.lateral.shape), np.float32)
                vertical = np.empty((2, *system.vertical.shape), np.float32)
            _drift(system, temperature, rate, lateral, vertical)
            self.drifts = lateral, vertical, _loss_drift(system, temperature, rate)
        self._cells, self._slopes = np.empty(0, np.int64), np.empty(0)
        self._dyads: list[Dyad] = []
        if system.feedback is not None:
            self._cells, self._slopes = system.feedback.slope(temperature)
            of_mean = system.feedback.of_mean
            if of_mean.size:
                means = np.array([system.feedback.mean(int(i), temperature) for i in of_mean])
                # The mean is taken with the weights that the heat is spread with: its own transpose.
                spread = system.feedback.mean_slopes(means)
                self._dyads = [Dyad(cell, weight, slope, cell, weight) for cell, weight, slope in spread]

    def read_means(self, means: Floats, derivatives: Iterable[Floats]) -> None:
        """Let blocks leak by their means as reported, which know the field within cells.

        Newton's method does as well without; derivatives of its solution are exact only with it.

        Parameters
        ----------
        means
            Of the blocks that leak by their mean, K.
        derivatives
            ``[columns, nz]`` of each by the temperatures of all cells.
        """
        feedback = self.system.feedback
        assert feedback is not None
        self._dyads = []
        for (cell, weight, slope), derivative in zip(feedback.mean_slopes(means), derivatives, strict=True):
            flat = derivative.reshape(-1)
            read = np.flatnonzero(flat)
            self._dyads.append(Dyad(cell, weight, slope, read, flat[read]))

    def leakage_of(self, warming: Floats) -> Floats:
        """Heat that all blocks leak more where everything warms by `warming` K, W."""
        grown = np.zeros_like(warming)
        self._leak(warming.reshape(-1), grown.reshape(-1), transposed=False)
        return -grown

    def apply(self, x: Floats | Singles, out: Floats, *, transposed: bool = False) -> None:
        """Write ``J x``, or ``J^T x``, into `out`."""
        system = self.system
        if self.drifts is None:
            self.plain.apply(x, out)
        else:
            kernels.apply(
                *self._adjacency,
                self._first,
                system.lateral,
                system.vertical,
                system.loss,
                *self.drifts,
                transposed,
                x,
                out,
            )
            drift = self.drifts[0]
            system.hanging.add(system.lateral, x, out, drift=drift, transposed=transposed)
        self._leak(x.reshape(-1), out.reshape(-1), transposed=transposed)

    def _leak(self, x: Floats | Singles, out: Floats, *, transposed: bool) -> None:
        out[self._cells] -= self._slopes * x[self._cells]
        for d in self._dyads:
            heated, weight, read, reading = d.heated, d.weight, d.read, d.reading
            if transposed:
                heated, weight, read, reading = read, reading, heated, weight
            out[heated] -= weight * (d.slope * float(reading @ x[read]))


def _drift(
    system: ConductionSystem, temperature: Floats, rate: Singles, lateral: Singles, vertical: Singles
) -> None:
    mesh, found = system.mesh, system.conductivities
    pattern, axis = found.pattern[mesh.slab], found.curves.axis
    pairs, x_faces = mesh.faces
    wx, wy = mesh.widths
    here = mesh.heights, pattern, found.k, system.factor, rate, axis, temperature
    bends = system.hanging.bent, system.hanging.bends(temperature)
    kernels.lateral_drift(pairs, x_faces, wx, wy, *here, system.lateral, *bends, lateral)
    kernels.vertical_drift(mesh.areas, *here, system.vertical, vertical)


def _loss_drift(system: ConductionSystem, temperature: Floats, rate: Singles) -> Floats:
    """What the films take more per kelvin because the conductivity of their half cells changes, W/K."""
    setting = system.scene, system.mesh, system.conductivities, system.reference
    factor = system.factor
    if system.loss.shape[1] != temperature.shape[1]:
        factor, rate, temperature = factor[..., [0, -1]], rate[..., [0, -1]], temperature[:, [0, -1]]
    theta = temperature - system.reference
    warmer = np.empty_like(factor)
    for a in range(factor.shape[0]):
        # In double precision: single knows seven digits of 1.000004.
        np.multiply(rate[a], NUDGE, out=warmer[a], dtype=np.float64)
        warmer[a] += 1.0
        warmer[a] *= factor[a]
    there = Boundary.of(*setting, warmer)
    del warmer
    drift = there.outflow(theta)
    drift -= system.loss * theta - system.inflow
    drift /= NUDGE
    return drift
