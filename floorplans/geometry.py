"""Outlines in the plane: rectangles, the eight orientations, placement."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Polygon

TOUCH = 1e-9
"""Lengths [m] below this do not count as overlap or as overhang: a manufacturing grid is coarser."""

# Outlines compared at once; it bounds the memory where everything lies on everything.
_AT_ONCE = 256

Size = tuple[float, float]
"""Width and height [m]."""

Point = tuple[float, float]
"""x and y [m]."""

Bounds = tuple[float, float, float, float]
"""x0, y0, x1, y1 [m]."""


class Orientation(StrEnum):
    """How a die is turned, named as in LEF/DEF and OpenAccess.

    ``R`` turns counter-clockwise; ``MX`` mirrors about the x axis (y becomes -y), ``MY`` about the y axis;
    ``MX_R90`` mirrors, then turns.
    """

    R0 = "R0"
    R90 = "R90"
    R180 = "R180"
    R270 = "R270"
    MX = "MX"
    MY = "MY"
    MX_R90 = "MX_R90"
    MY_R90 = "MY_R90"

    @property
    def matrix(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Rows of the linear map (x, y) → (x', y')."""
        return _MATRICES[self]

    @property
    def swaps_sides(self) -> bool:
        """Whether width and height change places."""
        return self.matrix[0][0] == 0

    def then(self, other: Orientation) -> Orientation:
        """What turning this way and then by `other` amounts to."""
        (a, b), (c, d) = other.matrix
        (p, q), (r, s) = self.matrix
        product = ((a * p + b * r, a * q + b * s), (c * p + d * r, c * q + d * s))
        return next(orient for orient, matrix in _MATRICES.items() if matrix == product)

    @property
    def inverse(self) -> Orientation:
        """The orientation that undoes this one."""
        return next(orient for orient in Orientation if self.then(orient) is Orientation.R0)


_MATRICES: dict[Orientation, tuple[tuple[int, int], tuple[int, int]]] = {
    Orientation.R0: ((1, 0), (0, 1)),
    Orientation.R90: ((0, -1), (1, 0)),
    Orientation.R180: ((-1, 0), (0, -1)),
    Orientation.R270: ((0, 1), (-1, 0)),
    Orientation.MX: ((1, 0), (0, -1)),
    Orientation.MY: ((-1, 0), (0, 1)),
    Orientation.MX_R90: ((0, 1), (1, 0)),
    Orientation.MY_R90: ((0, -1), (-1, 0)),
}


def rectangle(x0: float, y0: float, x1: float, y1: float) -> Polygon:
    """Rectangle between two corners [m], counter-clockwise from its lower left."""
    return Polygon(((x0, y0), (x1, y0), (x1, y1), (x0, y1)))


def oriented_size(size: Size, orient: Orientation) -> Size:
    """Width and height [m] of the box of `size` after turning."""
    return (size[1], size[0]) if orient.swaps_sides else size


def oriented(polygon: Polygon, size: Size, orient: Orientation) -> Polygon:
    """Turn a polygon together with the box it lies in.

    Parameters
    ----------
    polygon
        Outline [m] in the frame of a box whose lower-left corner is the origin.
    size
        Width and height of that box [m].
    orient
        How to turn the box.

    Returns
    -------
    Polygon
        The outline in the frame of the turned box, whose lower-left corner is again the origin.
    """
    return placed(polygon, size, orient, (0.0, 0.0))


def placed(polygon: Polygon, size: Size, orient: Orientation, at: Point) -> Polygon:
    """Turn a polygon with its box as `oriented` does, then put the box's lower-left corner at `at` [m]."""
    (a, b), (c, d) = orient.matrix
    # What turns to a negative side is measured from the far edge: an edge on the box stays on it exactly.
    far_x = size[0] if a < 0 else size[1] if b < 0 else 0.0
    far_y = size[0] if c < 0 else size[1] if d < 0 else 0.0

    def move(points: NDArray[np.float64]) -> NDArray[np.float64]:
        x, y = points[:, 0], points[:, 1]
        return np.column_stack((at[0] + (far_x + a * x + b * y), at[1] + (far_y + c * x + d * y)))

    return shapely.orient_polygons(shapely.transform(polygon, move))


def centred(size: Size, within: Size) -> Point:
    """Lower-left corner [m] of a box centred in another."""
    return (within[0] - size[0]) / 2, (within[1] - size[1]) / 2


def overhang(inner: Bounds, outer: Bounds) -> float:
    """How far [m] one box sticks out of another; 0 when it is inside."""
    worst = max(outer[0] - inner[0], outer[1] - inner[1], inner[2] - outer[2], inner[3] - outer[3])
    return worst if worst > TOUCH else 0.0


def overlaps(outlines: list[Polygon], most: int = 100) -> list[tuple[int, int, float]]:
    """Pairs of outlines that cover common ground.

    Parameters
    ----------
    outlines
        Any number [m]; a spatial index keeps ten thousand cheap.
    most
        Stop after so many pairs.

    Returns
    -------
    list of (int, int, float)
        Positions of the two, the lower first, and the common area [m2]; overlaps thinner than `TOUCH` do not
        count.
    """
    if len(outlines) < 2:
        return []
    shapes = np.asarray(outlines, dtype=object)
    bounds = shapely.bounds(shapes)
    tree = shapely.STRtree(outlines)
    found: list[tuple[int, int, float]] = []
    for start in range(0, len(outlines), _AT_ONCE):
        first, second = tree.query(shapes[start : start + _AT_ONCE])
        first = first + start
        # Neighbours that only touch are the common case; their boxes tell without cutting polygons.
        low = np.maximum(bounds[first, :2], bounds[second, :2])
        high = np.minimum(bounds[first, 2:], bounds[second, 2:])
        keep = (first < second) & ((high - low) > TOUCH).all(axis=1)
        found.extend(_cut(shapes, first[keep], second[keep], most - len(found)))
        if len(found) >= most:
            break
    return sorted(found)


def _cut(
    shapes: NDArray[np.object_], first: NDArray[np.intp], second: NDArray[np.intp], most: int
) -> list[tuple[int, int, float]]:
    """The pairs, `most` of them, that have common ground, and its area [m2]."""
    found: list[tuple[int, int, float]] = []
    for start in range(0, len(first), _AT_ONCE):
        i, j = first[start : start + _AT_ONCE], second[start : start + _AT_ONCE]
        cut = shapely.intersection(shapes[i], shapes[j])
        area = shapely.area(cut)
        thick = np.flatnonzero(area > TOUCH * shapely.length(cut) / 2)
        found.extend((int(i[k]), int(j[k]), float(area[k])) for k in thick)
        if len(found) >= most:
            break
    return found[:most]
