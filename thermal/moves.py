"""What moving a block does to a mean temperature: boundary integrals over its outline."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from shapely import Polygon

from thermal.field import Field
from thermal.kernels.arrays import Floats
from thermal.scene import PlacedBlock

# Gauss's two points integrate parabolas exactly: positions in [0, 1].
GAUSS = 0.5 + np.array([-0.5, 0.5]) / np.sqrt(3.0)


@dataclass(frozen=True, eq=False)
class Outline:
    """Points on the border of a block, through its height, with their weights.

    Attributes
    ----------
    x, y
        ``[points, 2]`` m: just inside the block and just outside it.
    z
        ``[heights]`` m, with `share` of the block's height each.
    normal
        ``[points, 2]`` outward, times the length in m that each point stands for.
    area
        Of the block in m2.
    """

    x: Floats
    y: Floats
    z: Floats
    share: Floats
    normal: Floats
    area: float

    @classmethod
    def of(cls, block: PlacedBlock, field: Field, columns: np.ndarray) -> Outline:
        """The outline of a block, cut where `columns` of the mesh end, which are those that it touches."""
        x0, y0, x1, y1 = (bound[columns] for bound in field.mesh.tree.bounds)
        lines = np.unique(np.concatenate([x0, x1])), np.unique(np.concatenate([y0, y1]))
        pieces = [_cut(a, b, lines) for a, b in _edges(block.outline)]
        start, end = (np.concatenate([p[i] for p in pieces]) for i in (0, 1))
        step = end - start
        points = (start[:, None] + GAUSS[:, None] * step[:, None]).reshape(-1, 2)
        normal = np.repeat(0.5 * np.stack([step[:, 1], -step[:, 0]], axis=1), 2, axis=0)
        # A field jumps by its discretisation error from cell to cell: both sides of the border count.
        aside = 1e-6 * float(min((x1 - x0).min(), (y1 - y0).min()))
        off = aside * normal / np.linalg.norm(normal, axis=1, keepdims=True)
        both = points[:, None, :] + np.stack([-off, off], axis=1)
        low, high = field.z_cells(block.z0, block.z1)
        height = field.mesh.heights[low:high]
        z = (field.mesh.z[low:high, None] + GAUSS * height[:, None]).ravel()
        share = np.repeat(0.5 * height / height.sum(), 2)
        return cls(both[..., 0], both[..., 1], z, share, normal, float(block.outline.area))

    def gradient(self, field: Field) -> Floats:
        """``[2]`` mean gradient in K/m of a field over the block, by Gauss's theorem.

        It is the derivative of the field's mean over the block by the block's position.
        """
        t = field.at(self.x[:, :, None], self.y[:, :, None], self.z)
        with np.errstate(invalid="ignore"):
            known = np.isfinite(t)
            sides = np.where(known, t, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
        return np.asarray((sides @ self.share) @ self.normal / self.area, float)


def _edges(outline: Polygon) -> list[tuple[Floats, Floats]]:
    """Ends of all edges, anticlockwise round the block (clockwise round holes)."""
    from shapely.geometry.polygon import orient

    turned = orient(outline)
    rings = [np.asarray(r.coords, float) for r in (turned.exterior, *turned.interiors)]
    return [(a, b) for ring in rings for a, b in pairwise(ring)]


def _cut(a: Floats, b: Floats, lines: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """Starts and ends of the pieces of an edge between lines of x and of y, ``[pieces, 2]``."""
    at = [np.array([0.0, 1.0])]
    for i in (0, 1):
        if abs(b[i] - a[i]) > 0.0:
            s = (lines[i] - a[i]) / (b[i] - a[i])
            at.append(s[(s > 1e-9) & (s < 1.0 - 1e-9)])
    s = np.unique(np.concatenate(at))
    # An edge that passes through a corner of cells meets a line of each kind there.
    s = s[np.concatenate([[True], np.diff(s) > 1e-9])]
    s[-1] = 1.0
    points = a + s[:, None] * (b - a)
    return points[:-1], points[1:]
