"""What a reduced model tells: means of blocks, and the temperatures of places where they may be hottest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from thermal.adjoint import Response
from thermal.field import BoxStatistics, Field
from thermal.kernels.arrays import Floats, Ints
from thermal.system import ConductionSystem

# Places kept per block: more gain less than the loss that is reported.
PLACES = 12
# Moves a place off a face, m; cells are a thousand times larger.
HAIR = 1e-10


@dataclass(frozen=True, eq=False)
class Places:
    """Places where blocks may be hottest.

    Attributes
    ----------
    start
        ``[blocks + 1]`` ranges into the other.
    at
        ``[places, 3]`` m.
    lost
        ``[blocks]`` largest maximum of a block less that over its places, in the fields they were chosen
        from, K.
    """

    start: Ints
    at: Floats
    lost: Floats


def response(system: ConductionSystem, change: Floats) -> Response:
    """A change of the field, read between cell centres."""
    solid = system.solid[system.mesh.slab].T
    return Response(system, np.where(solid, change.reshape(solid.shape), np.nan))


def read_at(field: Field, at: Floats) -> Floats:
    """Temperatures at places ``[n, 3]``, of the cells that lie inwards of any face they are on."""
    return field.at(at[:, 0], at[:, 1], at[:, 2])


def chosen_places(fields: list[Field], found: list[list[BoxStatistics]]) -> Places:
    """Few places per block such that the largest temperature over them is nearly its maximum in all fields.

    Parameters
    ----------
    found
        Statistics of all blocks in each field.
    """
    blocks = fields[0].system.scene.blocks
    count = len(blocks)
    candidates = np.array([_in_their_cells(f, s) for f, s in zip(fields, found, strict=True)])
    flat = candidates.reshape(-1, 3)
    values = np.array([read_at(f, flat).reshape(len(fields), count) for f in fields])
    peaks = np.array([[s.t_max for s in f] for f in found])
    start, at, lost = [0], [], np.zeros(count)
    for i in range(count):
        v = np.nan_to_num(values[:, :, i], nan=-np.inf)
        kept: list[int] = []
        highest = np.full(len(fields), -np.inf)
        while len(kept) < PLACES:
            gain = np.max(peaks[:, i, None] - np.maximum(highest[:, None], v), axis=0)
            best = int(np.argmin(gain))
            if best in kept:
                break
            kept.append(best)
            highest = np.maximum(highest, v[:, best])
            if gain[best] < 1e-4:
                break
        lost[i] = float(np.max(peaks[:, i] - highest))
        at += [candidates[c, i] for c in kept]
        start.append(len(at))
    return Places(np.array(start, np.int64), np.array(at).reshape(-1, 3), lost)


def _in_their_cells(field: Field, found: list[BoxStatistics]) -> Floats:
    """``[blocks, 3]`` places of maxima, moved by a hair into the cell whose face they are on.

    Where cells of two sizes meet, the two sides of a face need not read alike.
    """
    at, peak = np.array([s.at for s in found]), np.array([s.t_max for s in found])
    sides = np.array(np.meshgrid(*[[-HAIR, 0.0, HAIR]] * 3)).reshape(3, -1).T
    # Beside a block another cell is read, which may be hotter.
    blocks = field.system.scene.blocks
    low = np.array([(*b.outline.bounds[:2], b.z0) for b in blocks]) + HAIR
    high = np.array([(*b.outline.bounds[2:], b.z1) for b in blocks]) - HAIR
    moved = np.clip(at + sides[:, None, :], low, high)
    values = read_at(field, moved.reshape(-1, 3)).reshape(sides.shape[0], -1)
    nearest = np.argmin(np.nan_to_num(np.abs(values - peak), nan=np.inf), axis=0)
    return np.asarray(moved[nearest, np.arange(peak.size)], float)
