"""Run the throttle loop of a design."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from thermal.clock import Clock, Progress
from thermal.design import Design, load
from thermal.mesh.resolution import Resolution
from thermal.rom.model import ReducedModel
from thermal.scene import Scene
from thermal.throttle.certify import compared, end_scene
from thermal.throttle.controllers.base import Controller
from thermal.throttle.controllers.written import WrittenController
from thermal.throttle.prepared import Prepared, prepared
from thermal.throttle.result import Certification, ThrottleResult
from thermal.throttle.simulation import Simulation
from thermal.throttle.site import Site, reduced_model, site
from thermal.throttle.summary import summarised

COARSER = 3.0
"""Size of the cells over the usual one."""
TOLERANCE, ROUNDS = 0.2, 3


@dataclass(frozen=True)
class Run:
    """A run with what it was made of, for those who want to go on from it."""

    prepared: Prepared
    simulation: Simulation
    result: ThrottleResult


def run(
    design: Design | str | Path,
    *,
    seconds: float | None = None,
    controllers: Sequence[Controller | WrittenController] | None = None,
    model: ReducedModel | None = None,
    resolution: Resolution | None = None,
    certify: bool = True,
    tolerance: float = TOLERANCE,
    rounds: int = ROUNDS,
    cache: bool = True,
    progress: Progress | None = None,
) -> ThrottleResult:
    """Serve, heat, read, throttle.

    Parameters
    ----------
    design
        With a workload, or one in its section `throttle:`.
    seconds
        Length of the run; that of the design when None.
    controllers
        Instead of those of the design; classes of the user's own may be among them.
    model
        A reduced model with the groups of the design's workload; built, or taken from the cache, when None.
    resolution
        Cells of the reduced model and of the full solve.
    certify
        Whether the end is compared with full solves.
    tolerance, rounds
        K, and how often at most the model is made anew at the end state.

    Raises
    ------
    InputError
        The design cannot be run.
    """
    return detailed(
        design,
        seconds=seconds,
        controllers=controllers,
        model=model,
        resolution=resolution,
        certify=certify,
        tolerance=tolerance,
        rounds=rounds,
        cache=cache,
        progress=progress,
    ).result


def detailed(
    design: Design | str | Path,
    *,
    seconds: float | None = None,
    controllers: Sequence[Controller | WrittenController] | None = None,
    model: ReducedModel | None = None,
    resolution: Resolution | None = None,
    certify: bool = True,
    tolerance: float = TOLERANCE,
    rounds: int = ROUNDS,
    cache: bool = True,
    progress: Progress | None = None,
) -> Run:
    """As `run`, with what the result was made of."""
    read = load(design) if isinstance(design, str | Path) else design
    cells = resolution or Resolution(scale=COARSER)
    clock = Clock(progress or (lambda _stage, _done: None))
    ready = site(read)
    found = model
    if found is None:
        ready, found = reduced_model(ready, cells, progress, cache=cache)
    made = _marched(ready, found, controllers, seconds, clock)
    if not certify or made.simulation.shut is not None:
        return made
    seen = []
    for _ in range(max(1, rounds)):
        end = _end(made)
        if end is None:
            return made
        scene, state, unsettled = end
        compare, _ = compared(scene, made.prepared.plant, state, ready.reads, cells, progress)
        seen.append(compare)
        if compare.difference <= tolerance or len(seen) == max(1, rounds):
            break
        ready, found = _anew(ready, scene, cells, cache, progress)
        made = _marched(ready, found, controllers, seconds, clock)
    result = replace(made.result, certification=Certification(tolerance, tuple(seen), unsettled))
    return replace(made, result=replace(result, rounds=len(seen)))


def _marched(
    ready: Site,
    found: ReducedModel,
    controllers: Sequence[Controller | WrittenController] | None,
    seconds: float | None,
    clock: Clock,
) -> Run:
    with clock.stage("tables"):
        plan = prepared(ready, found, controllers=controllers, seconds=seconds)
    simulation = Simulation(plan)
    with clock.stage("serve"):
        simulation.march(lambda done: clock.progress("serve", done))
    with clock.stage("summary"):
        return Run(plan, simulation, summarised(plan, simulation))


def _end(made: Run) -> tuple[Scene, np.ndarray, float] | None:
    """The scene at the window's mean watts, the reduced steady state, and how far the end is from it."""
    plan, result = made.prepared, made.result
    mine = result.times > result.window
    watts, factor = result.watts[mine].mean(axis=0), result.leakage_factor[mine].mean(axis=0)
    state = plan.plant.steady(watts, factor)
    if state is None:
        return None
    rows = plan.plant.rows("max", plan.plant.model.blocks)
    mean = plan.plant.read(rows, made.simulation.record.state[mine].mean(axis=0))
    unsettled = float(np.max(np.abs(mean - plan.plant.read(rows, state))))
    return end_scene(plan.site, plan.plant, watts, factor), state, unsettled


def _anew(
    ready: Site, scene: Scene, cells: Resolution, cache: bool, progress: Progress | None
) -> tuple[Site, ReducedModel]:
    """The reduced model frozen at the watts and the leakage of the end."""
    return reduced_model(replace(ready, scene=scene), cells, progress, cache=cache)
