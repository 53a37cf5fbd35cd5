"""How a block's heat is spread over columns, so that neither its amount nor its centre is changed.

A column that an outline cuts stands for a part of it whose centroid is off the column's centre. Left there,
its heat would act from the wrong place: an error of first order that changes from mesh to mesh with the place
of the cut. A share of it therefore goes to the neighbour on the side of the centroid, such that the centroid
of the two is that of the part.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from shapely import Polygon

from thermal.cover import Conductivities, Shares
from thermal.kernels import deposit as kernels
from thermal.kernels.arrays import Bools, Floats, Ints
from thermal.mesh.columns import Mesh
from thermal.scene import Scene

# A part nearer to the whole column than this is the whole column.
WHOLE = 1e-9


def deposits(scene: Scene, mesh: Mesh, shares: Shares, found: Conductivities) -> Shares:
    """Fractions of every block's heat by column; those of a block sum to one."""
    blocks = len(scene.blocks)
    if not blocks:
        return shares
    rows = np.repeat(np.arange(blocks), np.diff(shares.start))
    total = np.add.reduceat(shares.area, shares.start[:-1])
    fraction = shares.area / total[rows]
    cut = np.flatnonzero(shares.area < mesh.areas[shares.column] * (1.0 - WHOLE))
    outlines = [b.outline for b in scene.blocks]
    offset = _offsets(outlines, rows[cut], shares.column[cut], mesh)
    free, kind = _free(scene, mesh, found)
    start, face, pairs, x_faces = mesh.adjacency
    # A column has at most two neighbours on each of two sides, and every move has two ends.
    to_row, to_column = np.empty((2, 8 * cut.size), np.int64)
    amount = np.empty(8 * cut.size)
    n = kernels.moves(
        rows[cut],
        shares.column[cut],
        fraction[cut],
        offset,
        free,
        kind,
        start,
        face,
        pairs,
        x_faces,
        *mesh.widths,
        to_row,
        to_column,
        amount,
    )
    return _merged(
        np.concatenate([rows, to_row[:n]]),
        np.concatenate([shares.column, to_column[:n]]),
        np.concatenate([fraction, amount[:n]]),
        blocks,
        mesh.columns,
    )


def _merged(row: Ints, column: Ints, amount: Floats, rows: int, columns: int) -> Shares:
    """Entries of the same row and column added up."""
    key, where = np.unique(row * columns + column, return_inverse=True)
    total: Floats = np.bincount(where, amount, key.size).astype(float)
    start = np.searchsorted(key, np.arange(rows + 1) * columns).astype(np.int64)
    return Shares(start, (key % columns).astype(np.int64), total)


def _offsets(outlines: Sequence[Polygon], row: Ints, column: Ints, mesh: Mesh) -> Floats:
    """``[parts, 2]`` m: centroid of what an outline covers of a column, less the column's centre."""
    x0, y0, x1, y1 = (side[column] for side in mesh.tree.bounds)
    bounds = np.array([o.bounds for o in outlines])
    bx0, by0, bx1, by1 = bounds[row].T
    x = np.maximum(x0, bx0) + np.minimum(x1, bx1) - x0 - x1
    y = np.maximum(y0, by0) + np.minimum(y1, by1) - y0 - y1
    offset = 0.5 * np.stack([x, y], axis=1)
    boxes = (bounds[:, 2] - bounds[:, 0]) * (bounds[:, 3] - bounds[:, 1])
    oblique = np.array([o.area for o in outlines]) < boxes * (1.0 - WHOLE)
    some = np.flatnonzero(oblique[row])
    if some.size:
        cells = shapely.box(x0[some], y0[some], x1[some], y1[some])
        parts = shapely.intersection(cells, np.array(outlines, object)[row[some]])
        centroid = shapely.get_coordinates(shapely.centroid(parts))
        offset[some, 0] = centroid[:, 0] - 0.5 * (x0 + x1)[some]
        offset[some, 1] = centroid[:, 1] - 0.5 * (y0 + y1)[some]
    return offset


def _free(scene: Scene, mesh: Mesh, found: Conductivities) -> tuple[Bools, Ints]:
    """Columns of one material at the height of each block, between which its heat may move.

    The temperature of a column of several materials is not that of its centre, but of its conductor.

    Returns
    -------
    tuple
        ``[heights, columns]``, and ``[blocks]`` the height of each block.
    """
    heights: dict[tuple[float, float], int] = {}
    kind = [heights.setdefault((b.z0, b.z1), len(heights)) for b in scene.blocks]
    k = found.k
    plain = (k[:, :, 0] == k[:, :, 1]) & (k[:, :, 2] == k[:, :, 3]) & (k[:, :, 5] > 1.0 - WHOLE)
    free = np.empty((len(heights), mesh.columns), bool)
    for (z0, z1), i in heights.items():
        inside = [s for s, slab in enumerate(scene.slabs) if z0 < 0.5 * (slab.z0 + slab.z1) < z1]
        free[i] = plain[found.pattern[inside]].all(axis=0)
    return free, np.array(kind, np.int64)
