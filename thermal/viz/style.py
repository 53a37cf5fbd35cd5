"""Colours, type and line weights that all figures share."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from floorplans.block import BlockKind
from thermal.limits import Verdict

INK = "#1a1d21"
MUTED = "#5f6b76"
HAIRLINE = "#c3cad1"
PAPER = "#ffffff"
TINT = "#f3f5f7"
ACCENT = "#1f4e79"
NOTHING = "#e9ecef"
"""Where there is no material."""

VERDICT_COLOURS = {
    Verdict.PASS: "#1b6e3a",
    Verdict.FAIL: "#a8182b",
    Verdict.UNDECIDED: "#9a4f00",
    Verdict.NONE: MUTED,
}

# Neighbours in a floorplan differ in lightness, so that the kinds stay apart in greyscale; the small
# sensitive kinds are the darkest.
KIND_COLOURS = {
    BlockKind.COMPUTE: "#9ecae1",
    BlockKind.VECTOR: "#c9e2f3",
    BlockKind.SRAM: "#d3ecc9",
    BlockKind.NOC: "#c8ccd0",
    BlockKind.D2D: "#fdc38d",
    BlockKind.PHY: "#f29e5c",
    BlockKind.HBM: "#d9d6ea",
    BlockKind.IO: "#f6dfb8",
    BlockKind.CPU: "#8fcf9f",
    BlockKind.OTHER: "#eceff1",
    BlockKind.ANALOG: "#b2182b",
    BlockKind.PMIC: "#5b3a96",
    BlockKind.SENSOR: "#00463f",
}

MATERIAL_COLOURS = {
    "semiconductor": "#b9cde0",
    "ceramic": "#e6dcc8",
    "metal": "#e2a878",
    "polymer": "#9ba59c",
    "interface": "#8d6aa9",
    "fluid": "#d7eef4",
    "on-chip wiring": "#e8c54f",
    "joint": "#d9c7a0",
    "through via": "#7f9fc0",
    "substrate": "#8fbf8f",
    "memory": "#c7bfe0",
    "phone": "#cfd4d8",
}
"""By category of the material library; others are `OTHER_MATERIAL`."""

OTHER_MATERIAL = "#d6cfc7"

POINTS_PER_MM = 72.0 / 25.4
SCREEN_DPI = 144.0

SETTINGS: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 7.0,
    "text.color": INK,
    "text.parse_math": False,  # a dollar sign in a block's name is a dollar sign
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.5,
    "axes.labelsize": 7.0,
    "axes.titlesize": 8.0,
    "axes.unicode_minus": True,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 6.5,
    "ytick.labelsize": 6.5,
    "xtick.major.width": 0.5,
    "ytick.major.width": 0.5,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "lines.linewidth": 1.0,
    "path.simplify": False,
    "figure.facecolor": PAPER,
    "figure.constrained_layout.use": False,
    "figure.autolayout": False,
    "svg.hashsalt": "thermal-floorplan",
    "pdf.fonttype": 42,
}

P = ParamSpec("P")
R = TypeVar("R")


def styled(draw: Callable[P, R]) -> Callable[P, R]:
    """Run a drawing function under `SETTINGS`, whatever the user's own settings are."""

    @wraps(draw)
    def inside(*args: P.args, **kwargs: P.kwargs) -> R:
        with mpl.rc_context(SETTINGS):
            return draw(*args, **kwargs)

    return inside


def sheet(size: tuple[float, float]) -> tuple[Figure, Axes]:
    """A figure of `size` points and axes over all of it, in points, without ticks."""
    width, height = size
    figure = Figure(figsize=(width / 72.0, height / 72.0), dpi=SCREEN_DPI)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_axis_off()
    axes.set_xlim(0.0, width)
    axes.set_ylim(0.0, height)
    return figure, axes
