"""Colour scales: one for all maps that are compared, with round ends, a label and a unit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, Normalize
from matplotlib.image import AxesImage
from matplotlib.patches import Polygon

from thermal.kernels.arrays import Floats
from thermal.report.words import celsius, fixed, significant
from thermal.solution import Solution
from thermal.viz.style import MUTED, NOTHING

HEAT = "inferno"
POWER = "viridis"
CHANGE = "cividis"

CLIPPED_SHARE = 0.05
"""Largest share of the heat that may be released at more than the end of a power scale."""


@dataclass(frozen=True)
class Scale:
    """Values to colours, from dark to light.

    Attributes
    ----------
    low, high
        Ends, in the unit of the label.
    label
        What is shown, with its unit.
    beyond
        Largest value where some lie above `high`, else None.
    """

    low: float
    high: float
    label: str
    colours: str = HEAT
    beyond: float | None = None

    @cached_property
    def norm(self) -> Normalize:
        """From `low` and `high` to 0 and 1."""
        return Normalize(self.low, self.high, clip=True)

    @cached_property
    def cmap(self) -> Colormap:
        """The colour map; what is not a number is drawn in the colour of nothing."""
        return colormaps[self.colours].with_extremes(bad=NOTHING)

    @property
    def ticks(self) -> list[float]:
        """Round values from end to end."""
        step = round_step(self.high - self.low, 7)
        first = np.ceil(self.low / step - 1e-9)
        last = np.floor(self.high / step + 1e-9)
        return [float(step * i) for i in np.arange(first, last + 1)]

    def colour(self, value: float) -> tuple[float, float, float, float]:
        """Red, green, blue, alpha of a value."""
        red, green, blue, alpha = self.cmap(float(self.norm(value)))
        return red, green, blue, alpha

    def ink(self, value: float) -> str:
        """Black or white, whichever reads better on the colour of a value."""
        red, green, blue, _ = self.colour(value)
        return "black" if 0.299 * red + 0.587 * green + 0.114 * blue > 0.5 else "white"

    def bar(self, axes: Axes) -> None:
        """Draw the colour bar into axes made for it, labels at the right."""
        ramp = AxesImage(
            axes,
            cmap=self.cmap,
            norm=self.norm,
            interpolation="none",
            origin="lower",
            extent=(0.0, 1.0, self.low, self.high),
        )
        ramp.set_data(np.linspace(self.low, self.high, 256)[:, None])
        axes.add_artist(ramp)
        axes.set_xlim(0.0, 1.0)
        axes.set_ylim(self.low, self.high)
        axes.set_xticks([])
        axes.yaxis.tick_right()
        axes.yaxis.set_label_position("right")
        step = round_step(self.high - self.low, 7)
        digits = max(0, -int(np.floor(np.log10(step) + 1e-9)))
        axes.set_yticks(self.ticks, [fixed(tick, digits) for tick in self.ticks])
        label = self.label
        if self.beyond is not None:
            tip = Polygon(
                [(0.0, 1.0), (0.5, 1.05), (1.0, 1.0)], facecolor=self.colour(self.high), edgecolor=MUTED
            )
            tip.set(linewidth=0.4, transform=axes.transAxes, clip_on=False)
            axes.add_patch(tip)
            label += f" (highest: {significant(self.beyond, 2)})"
        axes.set_ylabel(label)


def round_step(span: float, most: int) -> float:
    """The smallest of 1, 2, 5, 10 … that divides a span into at most `most` steps."""
    if not span > 0.0:
        return 1.0
    decade = 10.0 ** np.floor(np.log10(span / most))
    return float(next(decade * m for m in (1.0, 2.0, 5.0, 10.0, 20.0) if span / (decade * m) <= most))


def round_below(value: float) -> float:
    """The largest of 1, 2, 5, 10 … (times a power of ten) that is not above a positive value."""
    decade = 10.0 ** np.floor(np.log10(value))
    return float(max(decade * m for m in (1.0, 2.0, 5.0) if decade * m <= value * (1.0 + 1e-9)))


def enclosing(low: float, high: float, label: str, colours: str = HEAT) -> Scale:
    """A scale over a range, its ends rounded outward to a fifth of a tick."""
    if not high > low:
        low, high = low - 0.5, low + 0.5
    step = round_step(high - low, 7) / 5.0
    return Scale(
        float(np.floor(low / step + 1e-9) * step), float(np.ceil(high / step - 1e-9) * step), label, colours
    )


def temperature_scale(solutions: Iterable[Solution], layers: Iterable[str] | None = None) -> Scale:
    """One scale in degC for the named layers of all solutions; for all powered ones where none is named."""
    wanted = None if layers is None else set(layers)
    found = [
        layer
        for solution in solutions
        for layer in solution.metrics.layers
        if (layer.powered if wanted is None else layer.name in wanted)
    ]
    if not found:
        raise ValueError("no layer to draw: none is powered and none was named")
    low, high = min(x.t_min for x in found), max(x.t_max for x in found)
    return enclosing(celsius(low), celsius(high), "temperature in °C")


def power_scale(densities: Sequence[tuple[float, float]] | Floats) -> Scale:
    """A scale in W/mm² over pairs of (density, area); the densest 5 % of the heat may lie beyond it.

    A PLL of 40 um may be ten times as dense as all the rest; a scale up to it would show nothing else.
    """
    rows = np.asarray(densities, float).reshape(-1, 2)
    rows = rows[np.argsort(rows[:, 0], kind="stable")]
    if not rows.size or rows[-1, 0] <= 0.0:
        return Scale(0.0, 1.0, "power density in W/mm²", POWER)
    watts = np.cumsum(rows[:, 0] * rows[:, 1])
    top = rows[int(np.flatnonzero(watts >= (1.0 - CLIPPED_SHARE) * watts[-1])[0]), 0]
    high, highest = enclosing(0.0, float(top), "").high, float(rows[-1, 0])
    beyond = highest if highest > high * (1.0 + 1e-9) else None
    return Scale(0.0, high, "power density in W/mm²", POWER, beyond)
