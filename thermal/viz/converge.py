"""Error against cells: uniform and adaptive refinement in one chart with logarithmic axes."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from thermal.converge import Convergence, Level
from thermal.report.words import shortened, significant
from thermal.viz.maps import Size
from thermal.viz.style import ACCENT, HAIRLINE, INK, MUTED, SCREEN_DPI, styled

PANEL = (400.0, 230.0)
LEFT, RIGHT, BELOW, ABOVE = 52.0, 14.0, 34.0, 18.0
LEAST = 1e-6
"""K; error bars below are drawn here."""


@styled
def error_against_cells(found: Convergence, panel: Size = PANEL) -> Figure:
    """Error bars over cells, a panel for each block observed.

    Parameters
    ----------
    panel
        Width and height of each in points.
    """
    width, height = panel
    count = len(found.observed)
    figure = Figure(figsize=(width / 72.0, count * height / 72.0), dpi=SCREEN_DPI)
    for i in range(count):
        bottom = (count - 1 - i) * height + BELOW
        box = (
            LEFT / width,
            bottom / (count * height),
            (width - LEFT - RIGHT) / width,
            (height - BELOW - ABOVE) / (count * height),
        )
        axes = figure.add_axes(box)
        _families(axes, found, i)
        _frame(axes, found, i)
    return figure


def _families(axes: Axes, found: Convergence, i: int) -> None:
    ask = found.asked(i)
    order = found.order(i)
    label = "uniform refinement" + ("" if order is None else f", fitted order {order:.2f}")
    axes.plot(
        *_points(found.uniform, i), "s--", color=MUTED, markerfacecolor="white", markersize=4.5, label=label
    )
    needed = found.by_uniform(i)
    if needed is not None and needed.extrapolated:
        last = found.uniform[-1]
        axes.plot(
            [last.cells, needed.cells],
            [max(last.blocks[i].error, LEAST), ask],
            ":",
            color=MUTED,
            marker="s",
            markevery=[1],
            markersize=4.5,
            markerfacecolor=HAIRLINE,
            label="extrapolated by the fitted order",
        )
    axes.plot(*_points(found.adaptive, i), "o-", color=ACCENT, markersize=4.5, label="adaptive refinement")
    if found.given_up:
        axes.plot(
            *_points((found.adaptive[-1], *found.given_up), i),
            "o:",
            color=ACCENT,
            markerfacecolor="white",
            markersize=4.5,
            markevery=slice(1, None),
            label="given up",
        )
    if found.grid is not None:
        axes.plot(
            *_points((found.grid,), i),
            "^",
            color=INK,
            markerfacecolor="white",
            markersize=5.5,
            label="columns of one size",
        )
    axes.axhline(
        ask, color=INK, linewidth=0.8, linestyle=(0, (6, 2, 1, 2)), label=f"{significant(ask)} K asked"
    )


def _points(levels: tuple[Level, ...], i: int) -> tuple[list[int], list[float]]:
    return [x.cells for x in levels], [max(x.blocks[i].error, LEAST) for x in levels]


def _frame(axes: Axes, found: Convergence, i: int) -> None:
    axes.set_xscale("log")
    axes.set_yscale("log")
    for axis, ticks in ((axes.xaxis, _counts), (axes.yaxis, _kelvins)):
        axis.set_major_formatter(FuncFormatter(ticks))
        axis.set_minor_formatter(NullFormatter())
    for axis, (low, high) in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
        # Within two decades powers of ten alone leave an axis almost without numbers.
        subs = (1.0, 2.0, 5.0) if high / low < 100.0 else (1.0,)
        axis.set_major_locator(LogLocator(subs=subs, numticks=20))
    axes.set_xlabel("cells")
    axes.set_ylabel("error bar, K")
    axes.set_title(shortened(f"{found.scene.name}: {found.scene.blocks[found.observed[i]].name}", 70))
    axes.grid(color=HAIRLINE, linewidth=0.3)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.legend(frameon=False, fontsize=6.5, loc="best")


def _counts(value: float, _position: object = None) -> str:
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if value >= size:
            return f"{value / size:g}{unit}"
    return f"{value:g}"


def _kelvins(value: float, _position: object = None) -> str:
    return f"{value:g}"
