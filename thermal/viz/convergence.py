"""How the solver got there: residual after every iteration."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from thermal.solution import Evidence
from thermal.viz.maps import Size
from thermal.viz.scale import round_step
from thermal.viz.style import ACCENT, HAIRLINE, MUTED, SCREEN_DPI, styled

RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
STYLES: tuple[tuple[int, tuple[float, ...]] | str, ...] = (
    "solid",
    (0, (5, 2)),
    (0, (1, 1.5)),
    (0, (6, 2, 1, 2)),
)

FEW = 3
"""Scenarios up to which each has its own entry in the legend."""


@styled
def residual_history(runs: Mapping[str, Evidence], size: Size = (380.0, 220.0)) -> Figure:
    """Relative residual after every V-cycle, on the reported mesh and on the one behind the error bars."""
    width, height = size
    figure = Figure(figsize=(width / 72.0, height / 72.0), dpi=SCREEN_DPI)
    axes = figure.add_axes((46.0 / width, 30.0 / height, (width - 56.0) / width, (height - 40.0) / height))
    lowest, highest, longest = 1.0, 1.0, 1
    for i, (name, evidence) in enumerate(runs.items()):
        named = f"{name}: " if 1 < len(runs) <= FEW else ""
        style = STYLES[i % len(STYLES)]
        for run, colour, marker, mesh in (
            (evidence.fine, ACCENT, "o", "reported mesh"),
            (evidence.coarse, MUTED, "s", "mesh of twice the cell size"),
        ):
            residual = np.maximum(np.asarray(run.residuals, float), 1e-300)
            face = colour if mesh == "reported mesh" else "white"
            axes.plot(
                np.arange(residual.size),
                np.log10(residual),
                linestyle=style,
                marker=marker,
                markersize=3.0,
                markerfacecolor=face,
                color=colour,
                label=f"{named}{mesh}" if len(runs) <= FEW or i == 0 else None,
            )
            lowest, longest = min(lowest, float(residual.min())), max(longest, residual.size - 1)
            # A field carried over from a coarser mesh may start above one.
            highest = max(highest, float(residual.max()))
        axes.axhline(np.log10(evidence.tolerance), color=MUTED, linewidth=0.6, linestyle=(0, (2, 2)))
        lowest = min(lowest, evidence.tolerance)
    floor = int(np.floor(np.log10(lowest)))
    step = 1 if floor > -10 else 2
    exponents = np.arange(int(np.ceil(np.log10(highest))), floor - 1, -step)
    axes.set_yticks(exponents, ["10" + str(e).translate(RAISED) for e in exponents])
    axes.set_xticks(np.arange(0, longest + 1, max(1, round_step(longest, 10))))
    axes.set_xlim(0.0, longest + 0.5)
    axes.set_xlabel("iteration (one V-cycle each)")
    axes.set_ylabel("residual / right-hand side, 2-norm")
    axes.grid(color=HAIRLINE, linewidth=0.3)
    axes.legend(frameon=False, fontsize=6.5, loc="upper right")
    return figure
