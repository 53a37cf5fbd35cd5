"""Tornado of a workload: how far each uncertain constant moves throughput, energy and board power."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from power.tornado import Swing
from thermal.report.power import BOARD, ENERGY, THROUGHPUT, Tornado
from thermal.report.power_text import quantity
from thermal.report.words import shortened
from thermal.viz.maps import Size
from thermal.viz.style import ACCENT, HAIRLINE, INK, SCREEN_DPI, styled

ROWS = 14
"""Constants that are drawn."""
LESS = "#a9c4de"
TITLES = {BOARD: "board power", ENERGY: "energy per {}", THROUGHPUT: "{}s per second"}


@styled
def tornado(found: Tornado, unit: str = "token", rows: int = ROWS, size: Size = (640.0, 230.0)) -> Figure:
    """Change in percent of three results, with each constant at its low and at its high bound.

    Parameters
    ----------
    found
        The swings, the widest in watts first.
    unit
        What an output is called.
    rows
        Constants drawn.
    size
        Width and height in points.
    """
    shown = found.swings[:rows]
    width, height = size
    left, foot, head, gap = 0.30 * width, 28.0, 26.0, 14.0
    room = (width - left - 12.0 - gap * (len(TITLES) - 1)) / len(TITLES)
    figure = Figure(figsize=(width / 72.0, height / 72.0), dpi=SCREEN_DPI)
    for column, (result, title) in enumerate(TITLES.items()):
        start = left + column * (room + gap)
        place = (start / width, foot / height, room / width, (height - foot - head) / height)
        axes = figure.add_axes(place)
        _panel(axes, shown, result)
        axes.set_xlabel(f"{title.format(unit)}, change in %")
        named = [_label(swing) for swing in shown] if column == 0 else []
        axes.set_yticks([len(shown) - 1 - i for i in range(len(named))], named, fontsize=5.8)
    entries = [Patch(color=LESS, label="at the low bound"), Patch(color=ACCENT, label="at the high bound")]
    figure.legend(handles=entries, frameon=False, fontsize=6.5, loc="upper right", ncols=2, borderaxespad=0.2)
    return figure


def _label(swing: Swing) -> str:
    each = swing.constant
    span = f"{quantity(each.low, each.unit)} to {quantity(each.high, each.unit)}"
    return f"{shortened(each.name, 26)}  {span}"


def _panel(axes: Axes, shown: tuple[Swing, ...], result: str) -> None:
    changes = [tuple(100.0 * part for part in swing.relative(result)) for swing in shown]
    reach = max((abs(part) for change in changes for part in change), default=0.0) or 1.0
    for row, change in enumerate(changes):
        y = len(changes) - 1 - row
        # The longer bar goes first, so that two ends on one side are both seen.
        for value, colour in sorted(zip(change, (LESS, ACCENT), strict=True), key=lambda bar: -abs(bar[0])):
            axes.barh(y, value, height=0.66, color=colour)
        for side in (-1.0, 1.0):
            far = max((part for part in change if part * side > 0.0), key=abs, default=0.0)
            if abs(far) >= 0.05:
                _number(axes, far, y, reach)
    axes.axvline(0.0, color=INK, linewidth=0.9, zorder=4)
    axes.tick_params(axis="y", length=0)
    axes.set_yticks([])
    axes.set_xlim(-1.35 * reach, 1.35 * reach)
    axes.set_ylim(-0.6, len(changes) - 0.4)
    axes.grid(axis="x", color=HAIRLINE, linewidth=0.3)
    axes.set_axisbelow(True)


def _number(axes: Axes, value: float, y: int, reach: float) -> None:
    axes.text(
        float(np.copysign(abs(value) + 0.03 * reach, value)),
        y,
        f"{value:+.1f}".replace("-", "−"),
        fontsize=5.4,
        color=INK,
        verticalalignment="center",
        horizontalalignment="left" if value >= 0.0 else "right",
    )
