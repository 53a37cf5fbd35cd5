"""A heat map of letters: half blocks in colour, or a ramp of ASCII characters where there is no colour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rich.color import Color
from rich.style import Style
from rich.text import Text

from floorplans.diagnostics import Diagnostic, InputError, Span, did_you_mean, listed
from thermal.kernels.arrays import Floats
from thermal.metrics import Hotspot
from thermal.report.words import celsius
from thermal.scene import Scene
from thermal.solution import Solution

GUTTER = 7
"""Columns left of the map, for the y scale."""

MOST_LINES = 34
"""Lines of a map at most, so that it fits a terminal with its legend."""

RAMP = ".:-=+*%#@"
"""From cold to hot, for terminals without colour."""

ANCHORS = (
    (31, 12, 72),
    (85, 15, 109),
    (136, 34, 106),
    (186, 54, 85),
    (227, 89, 51),
    (249, 140, 10),
    (249, 201, 50),
    (252, 255, 164),
)
"""Colours from cold to hot, equally spaced, none as dark as an empty terminal; luminance only rises."""


@dataclass(frozen=True, eq=False)
class TextMap:
    """Temperatures of a layer, two rows to a line of text.

    Attributes
    ----------
    layer
        Name of the layer.
    z
        Height of the cut, m.
    bounds
        x0, y0, x1, y1 of the map, m.
    raster
        ``[2 lines, columns]`` K, row 0 at the lowest y, nan outside material.
    hotspots
        Marked by their rank.
    """

    layer: str
    z: float
    bounds: tuple[float, float, float, float]
    raster: Floats
    hotspots: tuple[Hotspot, ...] = ()

    @classmethod
    def of(cls, solution: Solution, layer: str | None = None, *, width: int = 80) -> TextMap:
        """Cut a solution at mid-height of a layer; default the powered layer that is hottest.

        Parameters
        ----------
        width
            Columns of text that the map may take, its scale included.
        """
        name = layer if layer is not None else hottest_layer(solution)
        extent = solution.scene.layer(name)
        bounds: tuple[float, float, float, float] = extent.outline.bounds
        z = solution.hottest_height(name)
        shape = _shape(bounds, width - GUTTER - 1)
        raster = solution.plane(z, bounds, shape)
        if np.isnan(raster).all():
            raise InputError(
                Diagnostic(Span(f"--map {name}"), "there is no material at mid-height of this layer")
            )
        hotspots = tuple(h for h in solution.metrics.hotspots if h.layer == name)
        return cls(name, z, bounds, raster, hotspots)

    @property
    def coldest(self) -> float:
        """Lowest temperature of the map, K."""
        return float(np.nanmin(self.raster))

    @property
    def hottest(self) -> float:
        """Highest temperature of the map, K."""
        return float(np.nanmax(self.raster))

    def coloured(self) -> Text:
        """Two cells to a character: the upper half block in one colour on another."""
        marks = self._marks()
        lines = []
        for row in range(self.raster.shape[0] // 2 - 1, -1, -1):
            line = Text()
            for column in range(self.raster.shape[1]):
                low, high = self.raster[2 * row : 2 * row + 2, column]
                line.append(*self._cell(low, high, marks.get((row, column))))
            lines.append(line)
        return self._framed(lines, self._bar())

    def plain(self) -> Text:
        """One character of the ramp for two cells."""
        marks = self._marks()
        lines = []
        for row in range(self.raster.shape[0] // 2 - 1, -1, -1):
            mean = _mean(self.raster[2 * row], self.raster[2 * row + 1])
            letters = [
                marks.get((row, i), " " if np.isnan(t) else self._letter(float(t)))
                for i, t in enumerate(mean)
            ]
            lines.append(Text("".join(letters)))
        return self._framed(lines, Text(self._key()))

    def _framed(self, lines: Sequence[Text], key: Text) -> Text:
        x0, y0, x1, y1 = (1e3 * v for v in self.bounds)
        columns = self.raster.shape[1]
        framed = [Text(f"{self.layer} at z = {1e6 * self.z:.6g} µm; x to the right, y up, mm")]
        for i, line in enumerate(lines):
            scale = f"{y1:.5g}" if i == 0 else f"{y0:.5g}" if i == len(lines) - 1 else ""
            framed.append(Text(f"{scale:>{GUTTER - 1}} ").append_text(line))
        framed.append(Text(f"{'':{GUTTER}}{x0:<.5g}{f'{x1:.5g}':>{max(1, columns - len(f'{x0:.5g}'))}}"))
        framed.append(Text(" " * GUTTER).append_text(key))
        for spot in self.hotspots:
            where = f"({1e3 * spot.x:.2f}, {1e3 * spot.y:.2f})"
            found = f"{spot.rank}  {celsius(spot.t):.2f} °C at {where}  {spot.block or ''}"
            framed.append(Text(" " * GUTTER + found))
        return Text("\n").join(framed)

    def _marks(self) -> dict[tuple[int, int], str]:
        """Line (counted from the lowest) and column of every hotspot; the hotter one keeps a shared place."""
        x0, y0, x1, y1 = self.bounds
        rows, columns = self.raster.shape
        marks: dict[tuple[int, int], str] = {}
        for spot in self.hotspots[:9]:
            column = min(columns - 1, int((spot.x - x0) / (x1 - x0) * columns))
            row = min(rows - 1, int((spot.y - y0) / (y1 - y0) * rows)) // 2
            marks.setdefault((row, column), str(spot.rank))
        return marks

    def _cell(self, low: float, high: float, mark: str | None) -> tuple[str, Style]:
        if mark is not None:
            mean = float(_mean(np.array([low]), np.array([high]))[0])
            ground = None if np.isnan(mean) else self._colour(mean)
            return mark, Style(color=Color.from_rgb(*_against(ground)), bgcolor=ground, bold=True)
        if np.isnan(low):
            return (" ", Style()) if np.isnan(high) else ("▀", Style(color=self._colour(high)))
        if np.isnan(high):
            return "▄", Style(color=self._colour(low))
        return "▀", Style(color=self._colour(high), bgcolor=self._colour(low))

    def _share(self, t: float) -> float:
        span = self.hottest - self.coldest
        return (t - self.coldest) / span if span > 0.0 else 1.0

    def _colour(self, t: float) -> Color:
        return Color.from_rgb(*graded(self._share(t)))

    def _letter(self, t: float) -> str:
        return RAMP[min(len(RAMP) - 1, int(self._share(t) * len(RAMP)))]

    def _bar(self) -> Text:
        bar = Text(f"{celsius(self.coldest):.2f} ")
        for i in range(32):
            bar.append("█", Style(color=Color.from_rgb(*graded((i + 0.5) / 32))))
        return bar.append(f" {celsius(self.hottest):.2f} °C")

    def _key(self) -> str:
        low, step = celsius(self.coldest), (self.hottest - self.coldest) / len(RAMP)
        if step == 0.0:
            return f"{RAMP[-1]} {low:.2f} °C everywhere"
        digits = 0 if step >= 2.0 else 1 if step >= 0.2 else 2
        steps = [f"{c} {low + i * step:.{digits}f}" for i, c in enumerate(RAMP)]
        middle = (len(steps) + 1) // 2
        rows = "  ".join(steps[:middle]), "  ".join(steps[middle:])
        return f"from °C:  {rows[0]}\n{'':{GUTTER + 10}}{rows[1]}"


def check_layer(scene: Scene, layer: str | None) -> None:
    """Refuse a layer to draw that the design does not have.

    Raises
    ------
    InputError
        With the layers there are.
    """
    names = [x.name for x in scene.layers]
    if layer is not None and layer not in names:
        hint = f"no such layer{did_you_mean(layer, names)} (there are: {listed(names)})"
        raise InputError(Diagnostic(Span(f"--map {layer}"), hint))


def hottest_layer(solution: Solution) -> str:
    """Name of the powered layer that is hottest; of any layer where none is powered."""
    layers = [x for x in solution.metrics.layers if x.t_max == x.t_max]
    return max([x for x in layers if x.powered] or layers, key=lambda x: x.t_max).name


def graded(share: float) -> tuple[int, int, int]:
    """Red, green and blue for a place between cold (0) and hot (1)."""
    at = min(max(share, 0.0), 1.0) * (len(ANCHORS) - 1)
    i = min(int(at), len(ANCHORS) - 2)
    red, green, blue = (
        round(a + (b - a) * (at - i)) for a, b in zip(ANCHORS[i], ANCHORS[i + 1], strict=True)
    )
    return red, green, blue


def _shape(bounds: tuple[float, float, float, float], width: int) -> tuple[int, int]:
    """Rows and columns of square cells; a character is twice as high as wide and holds two of them."""
    x0, y0, x1, y1 = bounds
    ratio = (y1 - y0) / (x1 - x0)
    columns = max(8, min(width, round(2 * MOST_LINES / ratio)))
    return 2 * max(1, round(columns * ratio / 2.0)), columns


def _mean(low: Floats, high: Floats) -> Floats:
    """Mean of two rows; where one is void, the other."""
    return np.where(np.isnan(low), high, np.where(np.isnan(high), low, 0.5 * (low + high)))


def _against(ground: Color | None) -> tuple[int, int, int]:
    if ground is None or ground.triplet is None:
        return 255, 255, 255
    red, green, blue = ground.triplet
    bright = 0.3 * red + 0.59 * green + 0.11 * blue > 128
    return (0, 0, 0) if bright else (255, 255, 255)
