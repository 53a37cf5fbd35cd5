"""The spread of block temperatures against their limits, and which inputs it comes from."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from thermal.limits import Verdict
from thermal.report.words import celsius, shortened
from thermal.uncertainty.result import Spread, Uncertainty
from thermal.viz.maps import Size
from thermal.viz.style import ACCENT, HAIRLINE, INK, MUTED, SCREEN_DPI, VERDICT_COLOURS, styled

ROWS = 16
"""Blocks that are drawn unless told otherwise."""
COLOURS = ("#1f4e79", "#d98032", "#5a9e6f", "#9b3a4a", "#8fb8de", "#e3c14f", "#7a68a6")
REST = "#b9c0c7"
RING: dict[str, Any] = {
    "linestyle": "",
    "marker": "o",
    "markersize": 4.2,
    "markerfacecolor": "white",
    "markeredgecolor": ACCENT,
    "markeredgewidth": 1.1,
}
LABELS, FOOT, HEAD = 118.0, 30.0, 24.0
"""Room for names, for the axis below, and for the legend, points."""


@styled
def intervals(found: Uncertainty, rows: int = ROWS, size: Size = (560.0, 320.0)) -> Figure:
    """P5 to P95 of the highest temperatures, least margin at the top, with limits.

    Parameters
    ----------
    rows
        Blocks and layers drawn.
    size
        Width and height in points.
    """
    shown = found.by_risk[:rows]
    figure, axes = _framed(size, [s.name for s in shown])
    red = VERDICT_COLOURS[Verdict.FAIL]
    for row, spread in enumerate(shown):
        y = len(shown) - 1 - row
        low, middle, high = (celsius(t) for t in (spread.p5, spread.p50, spread.p95))
        nominal = celsius(spread.nominal)
        axes.plot([nominal - spread.error, nominal + spread.error], [y, y], color=HAIRLINE, linewidth=7.0)
        axes.plot([low, high], [y, y], color=ACCENT, linewidth=2.2, solid_capstyle="butt")
        axes.plot(
            [middle], [y], "o", markersize=4.2, color="white", markeredgecolor=ACCENT, markeredgewidth=1.1
        )
        if spread.limit is not None:
            limit = celsius(spread.limit)
            axes.plot([limit, limit], [y - 0.36, y + 0.36], color=red, linewidth=1.6)
    axes.set_xlabel("highest temperature, °C")
    axes.grid(axis="x", color=HAIRLINE, linewidth=0.3)
    axes.margins(x=0.03)
    entries = [
        Line2D([], [], color=ACCENT, linewidth=2.2, label="P5 to P95"),
        Line2D(
            [],
            [],
            linestyle="",
            marker="o",
            markersize=4.2,
            color="white",
            markeredgecolor=ACCENT,
            label="P50",
        ),
        Line2D(
            [], [], color=red, linestyle="", marker="|", markersize=8.0, markeredgewidth=1.6, label="limit"
        ),
        Line2D([], [], color=HAIRLINE, linewidth=7.0, label="nominal ± numerical error"),
    ]
    _legend(figure, entries)
    return figure


@styled
def shares(found: Uncertainty, rows: int = ROWS, size: Size = (560.0, 320.0)) -> Figure:
    """First-order Sobol indices of the same blocks as stacked bars; what is left is interaction.

    Parameters
    ----------
    rows
        Blocks and layers drawn.
    size
        Width and height in points.
    """
    shown = found.by_risk[:rows]
    figure, axes = _framed(size, [s.name for s in shown])
    named = _largest(shown)
    y = np.arange(len(shown))[::-1]
    left = np.zeros(len(shown))
    entries = []
    for colour, i in zip(COLOURS, named, strict=False):
        width = np.array([s.first[i] for s in shown])
        axes.barh(y, width, left=left, height=0.66, color=colour, linewidth=0.0)
        left += width
        entries.append(Patch(color=colour, label=shortened(found.inputs[i].name, 26)))
    others = np.array([s.first.sum() for s in shown]) - left
    if len(found.inputs) > len(named):
        axes.barh(y, others, left=left, height=0.66, color=REST, linewidth=0.0)
        entries.append(Patch(color=REST, label="other inputs"))
    axes.set_xlim(0.0, 1.0)
    axes.set_xlabel("share of the variance explained by one input alone (first-order Sobol index)")
    _legend(figure, entries)
    return figure


def _largest(shown: tuple[Spread, ...]) -> list[int]:
    """Positions of the inputs that get a colour, those that explain most over the blocks shown first."""
    weight = np.sum([s.first for s in shown], axis=0)
    return [int(i) for i in np.argsort(-weight, kind="stable")[: len(COLOURS)]]


def _framed(size: Size, names: list[str]) -> tuple[Figure, Axes]:
    width, height = size
    figure = Figure(figsize=(width / 72.0, height / 72.0), dpi=SCREEN_DPI)
    box = (LABELS / width, FOOT / height, (width - LABELS - 12.0) / width, (height - FOOT - HEAD) / height)
    axes = figure.add_axes(box)
    axes.set_yticks(np.arange(len(names))[::-1], [shortened(name, 28) for name in names])
    axes.set_ylim(-0.7, len(names) - 0.3)
    axes.tick_params(axis="y", length=0.0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(MUTED)
    return figure, axes


def _legend(figure: Figure, entries: list[Line2D] | list[Patch]) -> None:
    figure.legend(
        handles=entries,
        loc="upper right",
        ncols=min(len(entries), 4),
        frameon=False,
        fontsize=6.5,
        labelcolor=INK,
        borderaxespad=0.2,
        handlelength=1.4,
        columnspacing=1.2,
    )
