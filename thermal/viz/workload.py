"""Figures of a workload: roofline, energy by cause, power maps by phase, heat maps by variant."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure
from shapely import Polygon, box

from thermal.report.power import Run, heated
from thermal.report.words import fixed, shortened, significant
from thermal.scene import Scene
from thermal.viz.maps import Panel, Size, blocks_of, heat, multiples
from thermal.viz.power import power, shared_power_scale
from thermal.viz.scale import Scale, temperature_scale
from thermal.viz.style import HAIRLINE, INK, SCREEN_DPI, styled

COLOURS = "cividis"

GROUPS = (
    ("unit/matrix", "products"),
    ("unit/vector", "vector work"),
    ("memory/main", "main memory"),
    ("memory/cache", "cache"),
    ("path", "wires between"),
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
    axes.set_xlim(0.0, 1.12 * scale * longest)
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
