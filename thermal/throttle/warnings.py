"""What the user should know of a run besides its figures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from floorplans.block import SENSITIVE_KINDS
from floorplans.schema import ZERO_CELSIUS
from thermal.throttle.controllers.base import Controller
from thermal.throttle.prepared import Prepared
from thermal.throttle.result import ThrottleResult

UNSEEN = 1.0
"""K that a sensitive block may move between two runs of a controller without a warning."""


def blind_move(plan: Prepared) -> tuple[float, str, float]:
    """Largest K that a sensitive block moves while no controller runs, its name, and that time in s.

    The worst step there is: from idling to full load at the highest clocks.
    """
    periods = [c.period for c in plan.controllers]
    blind = max(plan.tick, min(periods, default=plan.tick))
    model, groups = plan.plant.model, plan.plant.groups
    sensitive = [b.name for b in plan.site.scene.blocks if b.kind in SENSITIVE_KINDS]
    if not sensitive:
        return 0.0, "", blind
    most = plan.work.values[0, -1, -1, -1].reshape(-1, plan.work.values.shape[-1])
    highest = most[np.argmax(most[:, 2])][-groups:]
    change = highest - plan.idle[0, -1, -1][-groups:]
    _, held, _ = model.steps(np.array([blind]))
    state = held[0] * (change @ model.inputs[:groups])
    moved = model.outputs("avg", sensitive).rows @ state
    i = int(np.argmax(np.abs(moved)))
    return float(abs(moved[i])), sensitive[i], blind


def warned(plan: Prepared, result: ThrottleResult) -> ThrottleResult:
    """The result with its warnings."""
    return replace(result, warnings=tuple(_all(plan, result)))


def _all(plan: Prepared, result: ThrottleResult) -> list[str]:
    said = []
    moved, block, blind = blind_move(plan)
    if moved > UNSEEN:
        said.append(
            f"{block} can move by {moved:.2g} K in the {1e3 * blind:g} ms between two looks of the fastest "
            "controller: make tick_ms and period_ms shorter"
        )
    for controller in plan.controllers:
        if controller.period < plan.tick * (1.0 - 1e-9):
            name = controller.kind if isinstance(controller, Controller) else type(controller).__name__
            message = f"{name} runs every {1e3 * controller.period:g} ms, shorter than a tick"
            said.append(f"{message} of {1e3 * plan.tick:g} ms: it runs once a tick")
    if result.overloaded:
        said.append(
            f"{result.arrival:.4g} {result.unit}s/s are asked for and {result.capacity:.4g} are possible: "
            "the queue grows without bound, and latencies with the length of the run"
        )
    if result.shutdown is not None:
        said.append(f"the device shuts down {result.shutdown:.3g} s after the start")
    said += _safety(plan, result)
    beyond = result.watts.max(axis=0, initial=0.0) / plan.plant.model.reach[: plan.plant.groups]
    if beyond.max(initial=0.0) > 1.0 + 1e-9:
        g = int(np.argmax(beyond))
        said.append(
            f"the reduced model is certified for {plan.plant.model.reach[g]:.3g} W in {result.groups[g]!r}, "
            f"which gets {beyond[g]:.2g} times that"
        )
    return said


def _safety(plan: Prepared, result: ThrottleResult) -> list[str]:
    """Controllers that have done all they can, and it is not enough."""
    if result.runaway:
        when = _time_to_shutdown(plan, result)
        return [f"thermal runaway under the lowest clocks: no controller can hold this ({when})"]
    mine = result.times > result.window
    if not mine.any():
        return []
    at_bottom = np.all(result.clocks[mine] <= plan.loop.low + 0.5 * plan.loop.step)
    over = result.temperatures[mine] - result.limits
    if at_bottom and float(np.max(over)) > 0.0:
        b = int(np.argmax(np.max(over, axis=0)))
        top = result.temperatures[mine][:, b].max() - ZERO_CELSIUS
        limit = f"its limit of {result.limits[b] - ZERO_CELSIUS:g} degC"
        where = f"at the lowest clocks {result.blocks[b]} is at {top:.1f} degC, above {limit}"
        return [f"{where}: the controllers cannot reach safety"]
    return []


def _time_to_shutdown(plan: Prepared, result: ThrottleResult) -> str:
    if result.shutdown is not None:
        return f"shutdown after {result.shutdown:.3g} s"
    for row, time in zip(result.temperatures, result.times, strict=True):
        if np.any(row > plan.limits):
            return f"the first limit is passed after {time:.3g} s, and no shutdown is set"
    return f"no limit is passed within {result.seconds:g} s"
