"""Sensitivities as figures: a tornado chart, and the influence matrix as a heat map."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.patches import Patch

from thermal.kernels.arrays import Floats
from thermal.report.words import shortened, significant
from thermal.sensitivity import Influence, Sensitivity
from thermal.viz.maps import Size
from thermal.viz.style import ACCENT, HAIRLINE, INK, MUTED, SCREEN_DPI, styled

ROWS, COLUMNS = 18, 36
"""Bars of a tornado chart, and columns of a matrix, unless told otherwise."""
SWING = 0.1
"""Relative change of every parameter in a tornado chart."""
LESS = "#a9c4de"
NUMBERED = 18
"""Columns up to which the cells of a matrix show their numbers."""
COLOURS = "viridis"


class Swing(NamedTuple):
    """A parameter, and the change of the mean in K per relative change of one."""

    name: str
    change: float


def swings(found: Sensitivity) -> list[Swing]:
    """All parameters of a sensitivity that can be told in percent, the strongest first."""
    every = [
        *(Swing(f"power of {h.name}", h.rise) for h in found.heating if h.rise),
        *(Swing(f"conductivity of {x.name}", x.conductivity) for x in found.layers),
        *(Swing(f"thickness of {x.name}", x.thickness) for x in found.layers),
        *(Swing(f"contact below {x.name}", x.change) for x in found.interfaces),
        *(Swing(f"{x.quantity} of {x.name}", x.change) for x in found.cooling),
    ]
    return sorted(every, key=lambda s: -abs(s.change))


@styled
def tornado(found: Sensitivity, rows: int = ROWS, size: Size = (460.0, 320.0)) -> Figure:
    """What a tenth more or less of each parameter does to the mean of a block.

    Parameters
    ----------
    rows
        Parameters drawn, the strongest first.
    size
        Width and height in points.
    """
    shown = swings(found)[:rows]
    width, height = size
    left, foot, head = 150.0, 30.0, 16.0
    figure = Figure(figsize=(width / 72.0, height / 72.0), dpi=SCREEN_DPI)
    axes = figure.add_axes(
        (left / width, foot / height, (width - left - 34.0) / width, (height - foot - head) / height)
    )
    axes.axvline(0.0, color=INK, linewidth=0.6, zorder=3)
    reach = max((abs(s.change) for s in shown), default=1.0) * SWING or 1.0
    for row, swing in enumerate(shown):
        y, value = len(shown) - 1 - row, SWING * swing.change
        axes.barh(y, value, height=0.66, color=ACCENT)
        axes.barh(y, -value, height=0.66, color=LESS)
        axes.text(
            np.copysign(abs(value) + 0.015 * reach, value),
            y,
            f"{value:+.2g}".replace("-", "−"),
            fontsize=6.0,
            color=INK,
            verticalalignment="center",
            horizontalalignment="left" if value >= 0.0 else "right",
        )
    axes.set_yticks(
        [len(shown) - 1 - i for i in range(len(shown))], [shortened(s.name, 40) for s in shown], fontsize=6.2
    )
    axes.tick_params(axis="y", length=0)
    axes.set_xlim(-1.22 * reach, 1.22 * reach)
    axes.set_ylim(-0.6, len(shown) - 0.4)
    axes.set_xlabel(f"change of the mean temperature of {shortened(found.block, 40)} in K")
    axes.grid(axis="x", color=HAIRLINE, linewidth=0.3)
    axes.set_axisbelow(True)
    entries = [Patch(color=ACCENT, label="10 % more"), Patch(color=LESS, label="10 % less")]
    axes.legend(
        handles=entries,
        frameon=False,
        fontsize=6.5,
        loc="lower right",
        bbox_to_anchor=(1.0, 1.0),
        ncols=2,
        borderaxespad=0.0,
    )
    return figure


def strongest(found: Influence, power: Floats | None = None, most: int = COLUMNS) -> list[int]:
    """Columns of a matrix with the largest entries, in the order of the scene.

    Parameters
    ----------
    power
        ``[sources]`` W that entries are weighted with; default 1 W each.
    """
    weight = np.ones(len(found.sources)) if power is None else np.abs(power)
    reach = (np.abs(found.matrix) * weight).max(axis=0, initial=0.0)
    return sorted(int(i) for i in np.argsort(-reach, kind="stable")[:most] if reach[i] > 0.0)


@styled
def influence_map(
    found: Influence, columns: list[int] | None = None, size: Size = (640.0, 360.0), title: str = ""
) -> Figure:
    """K of the mean of each observed block (rows) per W in others (columns), on a logarithmic scale.

    Parameters
    ----------
    columns
        Sources drawn; default the strongest.
    size
        Width and height in points.
    """
    chosen = strongest(found) if columns is None else columns
    values = np.maximum(found.matrix[:, chosen], np.finfo(float).tiny)
    width, height = size
    left, head, foot, bar = 104.0, 22.0 if title else 8.0, 88.0, 58.0
    figure = Figure(figsize=(width / 72.0, height / 72.0), dpi=SCREEN_DPI)
    room = (width - left - bar) / width, (height - head - foot) / height
    axes = figure.add_axes((left / width, foot / height, *room))
    high = float(values.max(initial=1.0))
    norm = LogNorm(max(float(values.min(initial=high)), 1e-4 * high) * 0.999, high)
    _cells(axes, values, norm)
    axes.set_yticks(range(len(found.names)), [shortened(n, 26) for n in found.names], fontsize=5.8)
    axes.set_xticks(
        range(len(chosen)),
        [shortened(found.sources[i], 22) for i in chosen],
        fontsize=5.8,
        rotation=55,
        horizontalalignment="right",
        rotation_mode="anchor",
    )
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    if title:
        axes.set_title(title, fontsize=8.0, loc="left", color=INK)
    _bar(figure.add_axes(((width - bar + 12.0) / width, foot / height, 9.0 / width, room[1])), norm)
    return figure


def _cells(axes: Axes, values: Floats, norm: LogNorm) -> None:
    rows, columns = values.shape
    image = AxesImage(
        axes,
        cmap=colormaps[COLOURS],
        norm=norm,
        interpolation="none",
        origin="upper",
        extent=(-0.5, columns - 0.5, rows - 0.5, -0.5),
    )
    image.set_data(values)
    axes.add_artist(image)
    axes.set_xlim(-0.5, columns - 0.5)
    axes.set_ylim(rows - 0.5, -0.5)
    for i in range(1, columns):
        axes.axvline(i - 0.5, color="white", linewidth=0.4)
    for i in range(1, rows):
        axes.axhline(i - 0.5, color="white", linewidth=0.4)
    if columns > NUMBERED:
        return
    for (i, j), value in np.ndenumerate(values):
        red, green, blue, _ = colormaps[COLOURS](float(norm(value)))
        ink = "black" if 0.299 * red + 0.587 * green + 0.114 * blue > 0.5 else "white"
        axes.text(j, i, significant(float(value), 2), fontsize=5.2, color=ink, ha="center", va="center")


def _bar(axes: Axes, norm: LogNorm) -> None:
    low, high = float(norm.vmin or 1.0), float(norm.vmax or 1.0)
    bottom, top = np.log10(low), np.log10(high)
    ramp = AxesImage(
        axes,
        cmap=colormaps[COLOURS],
        interpolation="none",
        origin="lower",
        extent=(0.0, 1.0, bottom, top),
    )
    ramp.set_data(np.linspace(0.0, 1.0, 256)[:, None])
    ramp.set_clim(0.0, 1.0)
    axes.add_artist(ramp)
    axes.set_xlim(0.0, 1.0)
    axes.set_ylim(bottom, top)
    axes.set_xticks([])
    axes.yaxis.tick_right()
    axes.yaxis.set_label_position("right")
    within = (1.0, 2.0, 5.0) if top - bottom < 2.5 else (1.0,)
    marks = [10.0**d * m for d in range(-12, 7) for m in within]
    shown = [m for m in marks if low <= m <= high]
    axes.set_yticks([np.log10(m) for m in shown], [significant(m, 2) for m in shown])
    axes.set_ylabel("K of the mean per W")
    for spine in axes.spines.values():
        spine.set_color(MUTED)
