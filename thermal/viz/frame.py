"""A window of the package shown in a rectangle of a figure: rasters, outlines, names and marks in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.image import AxesImage
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import Affine2D, Transform, TransformedPath
from shapely import Polygon

from thermal.kernels.arrays import Floats
from thermal.scene import Shape
from thermal.viz.scale import Scale, round_below
from thermal.viz.style import INK, NOTHING

Bounds = tuple[float, float, float, float]

GLYPH = 0.62
"""Mean width of a character over its size."""

NARROW, WIDE = frozenset("fijlrtI.,:;'|!/()[]- "), frozenset("mwMW@%&")


@dataclass(frozen=True, eq=False)
class Frame:
    """A view on a window (m, package frame) of the plane.

    Attributes
    ----------
    axes
        Where it is drawn.
    window
        x0, y0, x1, y1 in m.
    box
        Left, bottom, width, height in the axes' own units; of the same aspect as the window.
    point_size
        Axes' units per point.
    """

    axes: Axes
    window: Bounds
    box: Bounds
    point_size: float = 1.0

    @classmethod
    def fitted(cls, axes: Axes, window: Bounds, room: Bounds) -> Frame:
        """The largest frame of the window's aspect in `room` (left, bottom, width, height), at its top."""
        left, bottom, width, height = room
        x0, y0, x1, y1 = window
        scale = min(width / (x1 - x0), height / (y1 - y0))
        w, h = scale * (x1 - x0), scale * (y1 - y0)
        return cls(axes, window, (left + 0.5 * (width - w), bottom + height - h, w, h))

    @property
    def magnification(self) -> float:
        """Units of the axes per metre."""
        return self.box[2] / (self.window[2] - self.window[0])

    @cached_property
    def transform(self) -> Transform:
        """From metres to the display."""
        x0, y0, _, _ = self.window
        left, bottom, _, _ = self.box
        move = Affine2D().translate(-x0, -y0).scale(self.magnification).translate(left, bottom)
        return move + self.axes.transData

    @cached_property
    def clip(self) -> TransformedPath:
        """The frame's edge; one for all that is drawn into it, as making one takes longer than drawing."""
        left, bottom, width, height = self.box
        corners = [
            (left, bottom),
            (left + width, bottom),
            (left + width, bottom + height),
            (left, bottom + height),
        ]
        return TransformedPath(Path([*corners, corners[0]], closed=True), self.axes.transData)

    def point(self, x: float, y: float) -> tuple[float, float]:
        """A place in m in the axes' units."""
        left, bottom, _, _ = self.box
        m = self.magnification
        return left + m * (x - self.window[0]), bottom + m * (y - self.window[1])

    def background(self, colour: str = NOTHING) -> None:
        """Fill the frame."""
        self._rectangle(self.box, face=colour)

    def border(self, colour: str = INK, width: float = 0.5) -> None:
        """Draw the frame's edge."""
        self._rectangle(self.box, edge=colour, width=width)

    def _rectangle(self, box: Bounds, *, face: str = "none", edge: str = "none", width: float = 0.0) -> None:
        left, bottom, w, h = box
        patch = Rectangle((left, bottom), w, h, facecolor=face, edgecolor=edge, linewidth=width)
        patch.set_transform(self.axes.transData)
        self._add(patch, clipped=False)

    def raster(self, values: Floats, bounds: Bounds, scale: Scale) -> None:
        """Draw a raster (row 0 at the lowest y) over `bounds`."""
        x0, y0, x1, y1 = bounds
        image = AxesImage(
            self.axes,
            cmap=scale.cmap,
            norm=scale.norm,
            interpolation="none",
            origin="lower",
            extent=(x0, x1, y0, y1),
        )
        image.set_data(np.ma.masked_invalid(values))
        image.set_transform(self.transform)
        self._add(image)

    def path(
        self,
        path: Path,
        *,
        edge: object = "none",
        width: float = 0.3,
        face: object = "none",
        dashed: bool = False,
    ) -> None:
        """Draw a path in m."""
        patch = PathPatch(
            path,
            facecolor=face,
            edgecolor=edge,
            linewidth=width,
            linestyle=(0, (3, 2)) if dashed else "solid",
            transform=self.transform,
            joinstyle="miter",
        )
        self._add(patch)

    def outlines(
        self, shapes: Sequence[Shape], *, edge: object = INK, width: float = 0.3, face: object = "none"
    ) -> None:
        """Draw the outlines of many shapes as one path; shapes outside the window are left out."""
        if not shapes:
            return
        x0, y0, x1, y1 = self.window
        a, b, c, d = shapely.bounds(np.asarray(shapes, object)).T
        inside = np.flatnonzero((a < x1) & (c > x0) & (b < y1) & (d > y0))
        if inside.size:
            self.path(path_of([shapes[int(i)] for i in inside]), edge=edge, width=width, face=face)

    def text(self, x: float, y: float, text: str, *, size: float, colour: str = INK, **how: object) -> None:
        """Write at a place in m."""
        px, py = self.point(x, y)
        how = {"horizontalalignment": "center", "verticalalignment": "center"} | how
        self._add(
            Text(px, py, text, fontsize=size, color=colour, transform=self.axes.transData, **how),  # type: ignore[arg-type]
            clipped=False,
        )

    def name(
        self,
        text: str,
        shape: Shape,
        *,
        colour: str = INK,
        least: float = 3.0,
        most: float = 7.0,
    ) -> bool:
        """Write a name into a shape, upright or turned, where it fits at a size of `least` points or more."""
        x0, y0, x1, y1 = shape.bounds
        wide, high = float(x1 - x0), float(y1 - y0)
        if shape.area < 0.95 * wide * high:
            # Of a shape that is no rectangle, the part that is left of its narrow side.
            wide, high = (wide, shape.area / wide) if wide > high else (shape.area / high, high)
        points = self.magnification / self.point_size
        length = max(length_of(text), GLYPH)
        level, turned = (
            min(0.94 * points * a / length, 0.7 * points * b, most) for a, b in ((wide, high), (high, wide))
        )
        size = max(level, turned)
        if size < least:
            return False
        place = shape.centroid if shape.contains(shape.centroid) else shape.representative_point()
        self.text(place.x, place.y, text, size=size, colour=colour, rotation=0 if level >= turned else 90)
        return True

    def mark(self, x: float, y: float, number: int) -> None:
        """A numbered disc at a place in m."""
        px, py = self.point(x, y)
        move = Affine2D().scale(3.7 * self.point_size).translate(px, py) + self.axes.transData
        disc = PathPatch(
            Path.unit_circle(), facecolor="white", edgecolor="black", linewidth=0.6, transform=move
        )
        self._add(disc, clipped=False)
        self.text(x, y, str(number), size=5.5, colour="black")

    def ruler(self) -> None:
        """A bar of a round length below the frame, with its length."""
        left, bottom, _, _ = self.box
        length = round_below(0.3 * (self.window[2] - self.window[0]))
        low, end = bottom - 6.5 * self.point_size, left + self.magnification * length
        self._rectangle((left, low, end - left, 1.4 * self.point_size), face=INK)
        words = f"{1e3 * length:g} mm" if length >= 1e-3 else f"{1e6 * length:g} µm"
        label = Text(end + 3.0 * self.point_size, low + 0.7 * self.point_size, words, fontsize=5.5, color=INK)
        label.set(verticalalignment="center", transform=self.axes.transData)
        self._add(label, clipped=False)

    def _add(self, artist: PathPatch | Rectangle | AxesImage | Text, *, clipped: bool = True) -> None:
        # The axes would otherwise make a clip path of their own for every artist.
        artist.set_clip_path(self.clip)
        artist.set_clip_on(clipped)
        # Painted in the order of the calls, not rasters first.
        artist.set_zorder(1.0)
        self.axes.add_artist(artist)


def length_of(text: str) -> float:
    """Length of a text over the size of its type, on the safe side of DejaVu Sans."""
    return sum(0.41 if c in NARROW else 1.0 if c in WIDE else 0.7 if c.isupper() else 0.64 for c in text)


def path_of(shapes: Sequence[Shape]) -> Path:
    """All rings of the shapes as one path in m."""
    parts: list[Polygon] = [p for s in shapes for p in getattr(s, "geoms", [s])]
    rings = [r for p in parts for r in (p.exterior, *p.interiors)]
    points, ring = shapely.get_coordinates(rings, return_index=True)
    codes = np.full(len(points), Path.LINETO, dtype=np.uint8)
    first = np.flatnonzero(np.r_[True, ring[1:] != ring[:-1]])
    codes[first] = Path.MOVETO
    codes[np.r_[first[1:], len(points)] - 1] = Path.CLOSEPOLY
    return Path(points, codes)


def spread(wanted: Floats, gap: float, low: float, high: float) -> Floats:
    """Positions as near as may be to the wanted ones, at least `gap` apart, in [low, high] where they fit."""
    order = np.argsort(wanted, kind="stable")
    offset = gap * np.arange(order.size)
    # Pool adjacent violators: least squares under the order of what is left after the gaps are taken out.
    pools: list[tuple[float, int]] = []
    for value in wanted[order] - offset:
        mean, count = float(value), 1
        while pools and pools[-1][0] >= mean:
            before, n = pools.pop()
            mean, count = (before * n + mean * count) / (n + count), n + count
        pools.append((mean, count))
    level = np.concatenate([np.full(n, mean) for mean, n in pools])
    placed = np.empty_like(level)
    placed[order] = np.clip(level, low, max(low, high - gap * (order.size - 1))) + offset
    return placed
