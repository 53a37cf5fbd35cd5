"""Figures of a workload: roofline, energy by cause, power maps by phase, heat maps by variant."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, NullFormatter
from shapely import Polygon, box

from power.activity import OperatorTime
from power.hardware.accelerator import Accelerator
from power.served import ServedPhase
from thermal.report.power import Run, heated
from thermal.report.words import fixed, shortened, significant
from thermal.scene import Scene
from thermal.viz.maps import Panel, Size, blocks_of, heat, multiples
from thermal.viz.power import power, shared_power_scale
from thermal.viz.scale import Scale, temperature_scale
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


GROUPS = (
    ("unit/matrix", "products"),
    ("unit/vector", "vector work"),
    ("memory/main", "main memory"),
    ("memory/cache", "cache"),
    ("link", "links"),
    ("clock", "busy floor"),
    ("leakage", "leakage"),
    ("standing", "standing power"),
    ("regulator", "conversion loss"),
)
"""Parts of the energy, in the order in which they are stacked."""


def energy_by_group(run: Run, phase: str = "mean") -> dict[str, float]:
    """Board energy in J per output of the whole run, by group."""
    hardware, served = run.deployment.hardware, run.deployment.served
    (found,) = [each for each in run.phases if each.name == phase] or run.phases[-1:]
    outputs = served.tokens / served.devices
    totals = dict.fromkeys((label for _, label in GROUPS), 0.0)
    labels = dict(GROUPS)
    for part, joules in found.joules.items():
        kind, _, name = part.partition("/")
        if kind == "unit":
            kind = f"unit/{hardware.units[name].kind}"
        elif kind == "memory":
            kind = f"memory/{hardware.memories[name].role}"
        totals[labels[kind]] += joules / outputs
    return totals


@styled
def energy_breakdown(runs: Sequence[Run], size: Size = (460.0, 240.0)) -> Figure:
    """Board energy per output as stacked bars: phases of one run, or several runs beside each other.

    Parameters
    ----------
    size
        Width and height in points.
    """
    rows = _bars(runs)
    unit = runs[0].deployment.served.unit
    width, height = size
    left, foot, head = 124.0, 28.0, 34.0
    figure = Figure(figsize=(width / 72.0, height / 72.0), dpi=SCREEN_DPI)
    axes = figure.add_axes(
        (left / width, foot / height, (width - left - 44.0) / width, (height - foot - head) / height)
    )
    longest = max(sum(parts.values()) for _, parts in rows)
    scale, named = (1.0, "J") if longest >= 0.1 else (1e3, "mJ")
    for row, (_, parts) in enumerate(rows):
        start, y = 0.0, len(rows) - 1 - row
        for i, (label, value) in enumerate(parts.items()):
            colour = colormaps[COLOURS](i / (len(GROUPS) - 1))
            axes.barh(
                y,
                scale * value,
                left=scale * start,
                height=0.68,
                color=[colour],
                edgecolor="white",
                linewidth=0.5,
                label=label if row == 0 else None,
            )
            if value > 0.045 * longest:
                ink = "white" if i < 0.55 * len(GROUPS) else "black"
                axes.text(
                    scale * (start + 0.5 * value),
                    y,
                    significant(scale * value, 2),
                    fontsize=5.4,
                    color=ink,
                    ha="center",
                    va="center",
                )
            start += value
        axes.text(
            scale * (start + 0.012 * longest),
            y,
            significant(scale * start, 3),
            fontsize=6.2,
            color=INK,
            va="center",
        )
    axes.set_yticks(
        [len(rows) - 1 - i for i in range(len(rows))], [shortened(label, 30) for label, _ in rows]
    )
    axes.tick_params(axis="y", length=0)
    axes.set_xlim(0.0, 1.08 * scale * longest)
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.set_xlabel(f"{named} of the board per {unit}")
    axes.grid(axis="x", color=HAIRLINE, linewidth=0.3)
    axes.set_axisbelow(True)
    axes.legend(
        frameon=False,
        fontsize=6.0,
        loc="lower left",
        bbox_to_anchor=(-0.28, 1.0),
        ncols=5,
        handlelength=1.2,
        columnspacing=1.0,
        borderaxespad=0.2,
    )
    return figure


def _bars(runs: Sequence[Run]) -> list[tuple[str, dict[str, float]]]:
    if len(runs) == 1:
        return [
            (phase.name if phase.name != "mean" else "all", energy_by_group(runs[0], phase.name))
            for phase in runs[0].phases
        ]
    return [(titled(run, runs), energy_by_group(run)) for run in runs]


def titled(run: Run, runs: Sequence[Run]) -> str:
    """What a run is called beside others: its variant, and its prompt where they differ."""
    label = run.label if run.label != "base" else run.deployment.name
    if len({each.prompt for each in runs}) == 1:
        return label
    length = f"{run.prompt // 1024}k" if run.prompt % 1024 == 0 else str(run.prompt)
    return f"{label}, {length} in"


FAR = 30.0
"""Area of a map over that of its first layer, at most: a display would leave nothing to see of a die."""


def plan_layers(scene: Scene) -> list[str]:
    """Layers to be seen together from above: the one of most watts, then those that it does not cover."""
    watts: dict[str, float] = {}
    for block in scene.blocks:
        watts[block.layer] = watts.get(block.layer, 0.0) + block.power
    chosen: list[str] = []
    taken: list[Polygon] = []
    for layer in sorted(watts, key=lambda name: -watts[name]):
        extent = box(*_window(scene, [layer]))
        apart = not any(extent.intersection(other).area > 0.0 for other in taken)
        near = not taken or box(*_window(scene, [*chosen, layer])).area <= FAR * taken[0].area
        if watts[layer] > 0.0 and apart and near:
            chosen.append(layer)
            taken.append(extent)
    return chosen


@styled
def phase_maps(run: Run, scene: Scene, size: Size = (640.0, 230.0)) -> Figure:
    """Power density in every phase, on one scale, from above; leakage at the operating point is in it.

    Parameters
    ----------
    scene
        The design in its place.
    size
        Width and height in points.
    """
    made = run.deployment
    names = [phase.name for phase in run.phases]
    scenes = [heated(scene, made.total("" if name == "mean" else name), made.covered) for name in names]
    layers = plan_layers(scenes[-1])
    scale = _shared(scenes, layers)
    window = _window(scene, layers)

    def painted(of: Scene, name: str) -> Panel:
        watts = sum(made.total("" if name == "mean" else name).values())
        title = "all phases" if name == "mean" else name
        return Panel(f"{title}: {fixed(watts, 1)} W", window, power(_flat(of, layers), PLAN, scale))

    panels = [painted(of, name) for of, name in zip(scenes, names, strict=True)]
    return multiples(panels, size, (1, len(panels)), scale)


PLAN = "plan"


def _flat(scene: Scene, layers: Sequence[str]) -> Scene:
    """The blocks of some layers as those of one; nothing else of the scene."""
    blocks = tuple(replace(block, layer=PLAN) for block in scene.blocks if block.layer in layers)
    return replace(scene, blocks=blocks, rasters=())


def _shared(scenes: Sequence[Scene], layers: Sequence[str]) -> Scale:
    """The scale of the scene that needs the longest one."""
    return max((shared_power_scale(of, layers) for of in scenes), key=lambda scale: scale.high)


def _window(scene: Scene, layers: Sequence[str]) -> tuple[float, float, float, float]:
    bounds = np.array([b.outline.bounds for layer in layers for b in blocks_of(scene, layer)])
    x0, y0 = bounds[:, :2].min(axis=0)
    x1, y1 = bounds[:, 2:].max(axis=0)
    return float(x0), float(y0), float(x1), float(y1)


@styled
def heat_maps(runs: Sequence[Run], size: Size = (640.0, 400.0)) -> Figure:
    """Temperatures under every run, on one scale: the layer that most of the watts are in.

    Parameters
    ----------
    size
        Width and height in points.
    """
    solved = [run for run in runs if run.solution is not None]
    if not solved:
        raise ValueError("no run was solved: temperatures are not known")
    solutions = [run.solution for run in solved if run.solution is not None]
    layer = plan_layers(solutions[0].dissipating)[0]
    scale = temperature_scale(solutions, [layer])
    window = _window(solutions[0].scene, [layer])
    panels = [
        Panel(
            f"{titled(run, runs)}: {significant(solution.evidence.power, 3)} W",
            window,
            heat(solution, layer, scale, hotspots=False),
        )
        for run, solution in zip(solved, solutions, strict=True)
    ]
    columns = min(len(panels), max(1, len({run.label for run in solved})))
    return multiples(panels, size, (math.ceil(len(panels) / columns), columns), scale)
