"""Roofline plot of a workload: operators against peaks and bandwidth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, NullFormatter

from power.activity import OperatorTime
from power.hardware.accelerator import Accelerator
from power.served import ServedPhase
from thermal.report.power import Run
from thermal.report.words import significant
from thermal.viz.maps import Size
from thermal.viz.style import HAIRLINE, INK, SCREEN_DPI, styled

MARKERS = ("o", "s", "^", "D")
LABELLED = 4
"""Operators of a phase that are named in a roofline plot: those that take most of the time."""
COLOURS = "cividis"


@dataclass(frozen=True)
class Point:
    """One operator on a roofline: FLOP per byte of main memory, FLOP/s, share of the phase's time."""

    name: str
    intensity: float
    rate: float
    share: float


def points(phase: ServedPhase, hardware: Accelerator) -> list[Point]:
    """The operators of a step that compute, with those of one name together; longest first."""
    groups: dict[str, list[OperatorTime]] = {}
    for each in phase.step.activity.timings:
        groups.setdefault(each.name, []).append(each)
    whole = phase.step.activity.seconds
    found = []
    for name, parts in groups.items():
        flops = math.fsum(part.flops * part.count for part in parts)
        moved = math.fsum(part.moved.get(hardware.main_name, 0.0) for part in parts)
        taken = math.fsum(part.total for part in parts)
        if flops > 0.0 and moved > 0.0 and taken > 0.0:
            found.append(Point(name, flops / moved, flops / taken, taken / whole))
    return sorted(found, key=lambda point: -point.share)


@styled
def roofline(run: Run, size: Size = (460.0, 320.0)) -> Figure:
    """Operators of every phase against the peaks of the hardware and the bandwidth of its main memory.

    Parameters
    ----------
    size
        Width and height in points.
    """
    made = run.deployment
    hardware, served = made.hardware, made.served
    phases = [served.named(name)[0] for name in served.names]
    drawn = [points(phase, hardware) for phase in phases]
    width, height = size
    figure = Figure(figsize=(width / 72.0, height / 72.0), dpi=SCREEN_DPI)
    axes = figure.add_axes((46.0 / width, 32.0 / height, (width - 58.0) / width, (height - 60.0) / height))
    axes.set_xscale("log")
    axes.set_yscale("log")
    every = [point for some in drawn for point in some]
    reach = [point.intensity for point in every] or [1.0]
    rates = [point.rate for point in every] or [1e12]
    roofs = _roofs(hardware, phases)
    ridge = max(roofs.values()) / hardware.main.bandwidth
    low, high = min(0.5 * min(reach), 0.1 * ridge), max(2.0 * max(reach), 10.0 * ridge)
    axes.set_xlim(low, high)
    axes.set_ylim(0.08e-12 * min(*rates, 1e-3 * max(roofs.values())), 2.5e-12 * max(roofs.values()))
    _draw_roofs(axes, hardware, roofs, (low, high))
    handles = []
    for i, (phase, some) in enumerate(zip(phases, drawn, strict=True)):
        colour = colormaps[COLOURS]((i + 0.3) / max(2, len(phases)))
        marker = MARKERS[i % len(MARKERS)]
        _draw_points(axes, some, marker, colour)
        handles.append(
            Line2D(
                [],
                [],
                marker=marker,
                color=colour,
                linestyle="none",
                markeredgecolor=INK,
                markeredgewidth=0.4,
                markersize=5,
                label=phase.name,
            )
        )
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _: significant(value, 1)))
        axis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("operations per byte of main memory, FLOP/B")
    axes.set_ylabel("TFLOP/s")
    axes.grid(which="major", color=HAIRLINE, linewidth=0.3)
    axes.set_axisbelow(True)
    axes.legend(
        handles=handles,
        frameon=False,
        fontsize=6.5,
        loc="lower left",
        bbox_to_anchor=(0.0, 1.0),
        ncols=4,
        title="area of a mark: share of the phase's time",
        title_fontsize=6.0,
        alignment="left",
    )
    return figure


def _roofs(hardware: Accelerator, phases: Sequence[ServedPhase]) -> dict[str, float]:
    """Peaks of the formats that the phases compute in."""
    used = dict.fromkeys(key for phase in phases for key in phase.step.activity.operations)
    return {f"{name} {form}": hardware.units[name].peaks[form] for name, form in used}


def _draw_roofs(
    axes: Axes, hardware: Accelerator, roofs: dict[str, float], reach: tuple[float, float]
) -> None:
    bandwidth, top = hardware.main.bandwidth, max(roofs.values())
    x = np.array([reach[0], top / bandwidth])
    axes.plot(x, 1e-12 * bandwidth * x, color=INK, linewidth=1.0)
    left, right = axes.get_xlim()
    floor = axes.get_ylim()[0]
    at = max(1.6 * left, 1.6e12 * floor / bandwidth)
    angle = _slope(axes)
    axes.text(
        at,
        1.25e-12 * bandwidth * at,
        f"{hardware.main_name}, {significant(bandwidth / 1e9, 3)} GB/s",
        fontsize=6.0,
        color=INK,
        rotation=angle,
        rotation_mode="anchor",
    )
    for name, peak in roofs.items():
        axes.plot([peak / bandwidth, right], [1e-12 * peak, 1e-12 * peak], color=INK, linewidth=1.0)
        words = f"{name}, {significant(peak / 1e12, 3)} TFLOP/s"
        axes.text(1.08 * peak / bandwidth, 1.12e-12 * peak, words, fontsize=6.0, color=INK)


def _slope(axes: Axes) -> float:
    """Angle on the page of a line of slope one on both logarithmic scales, degrees."""
    wide, high = axes.get_figure(root=True).get_size_inches()  # type: ignore[union-attr]
    bounds = axes.get_position()
    (x0, x1), (y0, y1) = axes.get_xlim(), axes.get_ylim()
    across = bounds.width * wide / math.log10(x1 / x0)
    up = bounds.height * high / math.log10(y1 / y0)
    return math.degrees(math.atan2(up, across))


def _draw_points(axes: Axes, some: Sequence[Point], marker: str, colour: tuple[float, ...]) -> None:
    for point in reversed(some):
        axes.scatter(
            [point.intensity],
            [1e-12 * point.rate],
            s=8.0 + 260.0 * point.share,
            marker=marker,
            color=[colour],
            edgecolors=INK,
            linewidths=0.4,
            alpha=0.9,
            zorder=3,
        )
    for names, point in _clusters([point for point in some if point.share >= 0.04][:LABELLED]):
        axes.annotate(
            "\n".join(names),
            (point.intensity, 1e-12 * point.rate),
            (0.0, -7.0 - 8.0 * math.sqrt(point.share)),
            textcoords="offset points",
            fontsize=5.4,
            color=INK,
            ha="center",
            va="top",
            zorder=4,
        )


NEAR = 0.45
"""Decades within which marks share a label."""


def _clusters(some: Sequence[Point]) -> list[tuple[list[str], Point]]:
    """Points with the names of those next to them."""
    found: list[tuple[list[str], Point]] = []
    for point in some:
        for names, other in found:
            apart = math.log10(point.intensity / other.intensity), math.log10(point.rate / other.rate)
            if max(map(abs, apart)) < NEAR:
                names.append(point.name)
                break
        else:
            found.append(([point.name], point))
    return found
