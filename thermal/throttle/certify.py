"""The end of a run against the full nonlinear steady state of its mean watts."""

from __future__ import annotations

import numpy as np

from thermal.clock import Clock, Progress
from thermal.equilibrium import equilibrium
from thermal.kernels.arrays import Floats
from thermal.mesh.build import build_mesh
from thermal.mesh.resolution import Resolution
from thermal.scene import Scene
from thermal.throttle.plant import ThermalPlant
from thermal.throttle.result import Round
from thermal.throttle.site import Site, block_watts, with_state


def end_scene(ready: Site, plant: ThermalPlant, watts: Floats, factor: Floats) -> Scene:
    """The scene at mean watts ``[groups]`` and leakage factors ``[k]``."""
    model = plant.model
    leaking = np.ones(plant.groups)
    leaking[plant.leaking_groups()] = factor
    scale = dict(zip(model.blocks, leaking[model.member].tolist(), strict=True))
    return with_state(ready, block_watts(model, watts), scale)


def compared(
    scene: Scene,
    plant: ThermalPlant,
    state: Floats,
    reads: tuple[str, ...],
    resolution: Resolution,
    progress: Progress | None,
) -> tuple[Round, Floats]:
    """Solve a scene in full and compare with a steady state of the reduced model.

    Returns
    -------
    tuple
        The comparison, and block maxima ``[blocks]`` K of the full solve.
    """
    clock = Clock(progress or (lambda _stage, _done: None))
    with clock.stage("mesh"):
        mesh = build_mesh(scene, resolution)
    solved = equilibrium(scene, mesh, 1e-8, clock, "certify: ")
    found = solved.field.of_blocks()
    names = plant.model.blocks
    full = np.array([each.t_max for each in found])
    told = plant.read(plant.rows("max", names), state)
    worst = np.nan_to_num(np.abs(told - full))
    at = int(np.argmax(worst))
    means = np.array([each.t_avg for each in found])
    sensed = plant.read(plant.rows("avg", reads), state)
    index = [names.index(name) for name in reads]
    off = float(np.max(np.abs(sensed - means[index]), initial=0.0))
    return Round(float(worst[at]), names[at], off, mesh.cells), full
