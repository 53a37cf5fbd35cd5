"""Steady states of a leaking design against its power, up to the point where they end."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from floorplans.schema import ZERO_CELSIUS
from thermal.limits import Verdict
from thermal.runaway import RunawayMargin
from thermal.viz.maps import Size
from thermal.viz.style import ACCENT, HAIRLINE, MUTED, SCREEN_DPI, VERDICT_COLOURS, styled


@styled
def branch(margin: RunawayMargin, size: Size = (380.0, 240.0)) -> Figure:
    """Temperature of a block over the power besides leakage: stable up to the fold, then dashed."""
    width, height = size
    figure = Figure(figsize=(width / 72.0, height / 72.0), dpi=SCREEN_DPI)
    axes = figure.add_axes((50.0 / width, 34.0 / height, (width - 64.0) / width, (height - 46.0) / height))
    t, power = np.array(margin.curve, float).T
    t = t - ZERO_CELSIUS
    top = int(np.argmax(power))
    axes.plot(power[: top + 1], t[: top + 1], color=ACCENT)
    if top + 1 < t.size:
        axes.plot(power[top:], t[top:], color=MUTED, linestyle=(0, (4, 2)))
    axes.plot(
        power[top], t[top], color=VERDICT_COLOURS[Verdict.FAIL], marker="o", markersize=5.0, linestyle=""
    )
    axes.annotate(
        f"no steady state beyond {power[top]:.4g} W",
        (power[top], t[top]),
        xytext=(-6.0, 8.0),
        textcoords="offset points",
        ha="right",
        fontsize=7.0,
    )
    axes.axvline(margin.dynamic, color=VERDICT_COLOURS[Verdict.FAIL], linewidth=0.8, linestyle=(0, (2, 2)))
    axes.annotate(
        f"this design, {margin.dynamic:.4g} W",
        (margin.dynamic, 0.03),
        xycoords=("data", "axes fraction"),
        xytext=(-3.0, 0.0),
        textcoords="offset points",
        ha="right",
        fontsize=7.0,
    )
    ends = min(margin.dynamic, float(power.min())), max(margin.dynamic, float(power.max()))
    room = 0.35 * (ends[1] - ends[0])
    axes.set_xlim(ends[0] - room, ends[1] + 0.2 * room)
    axes.margins(y=0.12)
    axes.set_xlabel("power besides leakage, W")
    axes.set_ylabel(f"fastest place of {margin.critical}, °C")
    axes.grid(color=HAIRLINE, linewidth=0.3)
    return figure
