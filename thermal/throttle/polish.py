"""Means of the loop after all slow modes have settled, from a few short stretches of it.

Between stretches the state jumps to where their mean watts would lead, so that minutes of warming up are not
marched through; what controllers do within a stretch, bursts and overshoots included, is the loop itself.
The jumps are relaxed as by B. M. Irons, R. C. Tuck, *Int. J. Numer. Methods Eng.* 1 (1969) 275-277.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from thermal.kernels.arrays import Floats
from thermal.throttle.controllers import Controller, Intel, Nvidia, Pid, StepWise
from thermal.throttle.prepared import Prepared
from thermal.throttle.simulation import Simulation

SETTLED = 5e-3
"""Change of the mean throughput between stretches that is small enough."""
CLOSE = 0.3
"""K of the readings' means from where they would settle."""
MOST, LAST = 8, 3
"""Stretches at most before the means, and those that the means are taken over."""


@dataclass(frozen=True)
class Polished:
    """Means over the last stretches.

    Attributes
    ----------
    rate, board
        Outputs per second; W.
    clocks
        Hz by domain.
    readings
        ``[s]`` K, means; and the largest swing of the hottest within the last stretch.
    swing
        K
    seconds
        s of the loop that were marched.
    settled
        Whether two stretches agreed.
    """

    rate: float
    board: float
    clocks: dict[str, float]
    readings: Floats
    swing: float
    seconds: float
    settled: bool


@dataclass(frozen=True)
class _Stretch:
    """Means over the second half of a stretch."""

    rate: float
    board: float
    clock: Floats
    watts: Floats
    factor: Floats
    state: Floats
    readings: Floats
    swing: float


def polished(plan: Prepared, part: float, state: Floats, stretch: float) -> Polished:
    """Settle the loop from an estimate.

    Parameters
    ----------
    plan
        The run.
    part
        Share of the highest clock that is expected.
    state
        ``[n]`` expected mean of the reduced model's.
    stretch
        s marched between jumps; whole cycles of controllers and many iterations of the engine.
    """
    run = Simulation(plan)
    run.live.state[:] = state
    _preset(plan, run, part)
    relaxed, last = 0.5, np.zeros(state.size)
    found: list[_Stretch] = []
    offset, settled = 0, False
    for _ in range(MOST):
        offset += round(stretch / plan.tick)
        found.append(_marched(plan, run, stretch))
        mean = found[-1]
        target = plan.plant.steady(mean.watts, mean.factor)
        if target is None:
            break
        # Weighted as the readings see it.
        left = (target - mean.state) @ plan.seen.rows.T
        if len(found) > 1:
            change = left - last
            whole = float(change @ change)
            if whole > 0.0:
                relaxed = float(np.clip(-relaxed * (last @ change) / whole, 0.1, 1.0))
            near = abs(found[-1].rate - found[-2].rate) <= SETTLED * found[-1].rate
            if near and float(np.max(np.abs(left))) < CLOSE:
                settled = True
                break
        last = left
        run.live.state[:] += relaxed * (target - mean.state)
        run.drive = plan.plant.at_rest()
    found = [_marched(plan, run, stretch) for _ in range(LAST)]
    offset += LAST * round(stretch / plan.tick)
    return _told(plan, found, offset * plan.tick, settled=settled)


def _told(plan: Prepared, found: list[_Stretch], seconds: float, *, settled: bool) -> Polished:
    clock = np.mean([x.clock for x in found], axis=0)
    return Polished(
        float(np.mean([x.rate for x in found])),
        float(np.mean([x.board for x in found])),
        dict(zip(plan.device.domains, clock.tolist(), strict=True)),
        np.mean([x.readings for x in found], axis=0),
        found[-1].swing,
        seconds,
        settled,
    )


def _preset(plan: Prepared, run: Simulation, part: float) -> None:
    """Controllers begin where they are expected to be."""
    for k, c in enumerate(plan.controllers):
        memory, params = run.live.memory[k], plan.loop.params[k]
        below = (1.0 - part) * plan.loop.top[0]
        if isinstance(c, Nvidia):
            memory[0] = round(below / params[11]) * params[11]
        elif isinstance(c, Intel):
            memory[0] = round(below / params[8]) * params[8]
        elif isinstance(c, Pid) and c.lever == "clock":
            memory[0], memory[1], memory[2] = part, 0.0, 1.0
        elif isinstance(c, StepWise) and c.lever is None:
            levels = plan.loop.levels[k, : int(params[3])]
            memory[0], memory[1] = 1.0, c.trips_at[0].trip
            memory[2] = float(np.argmin(np.abs(levels - part * plan.loop.top[0])))
        if isinstance(c, Controller) and params[2] == 0 and part < 1.0:
            acts = plan.loop.acts[k]
            run.live.cap[k, acts] = np.maximum(plan.loop.low, plan.loop.top * part)[acts]
            run.live.why[k] = int(params[4])
    run.settle()


def _marched(plan: Prepared, run: Simulation, stretch: float) -> _Stretch:
    """March twice and keep the means of the second half."""
    half = max(1, round(0.5 * stretch / plan.tick / plan.loop.stride)) * plan.loop.stride
    run.on(half)
    run.on(half)
    kept, record = half // plan.loop.stride, run.record
    mine = slice(0, kept)
    hottest = record.told[mine]
    return _Stretch(
        float(record.outputs[mine].sum() / (half * plan.tick)),
        float(record.board[mine].mean()),
        record.clock[mine].mean(axis=0),
        record.watts[mine].mean(axis=0),
        record.factor[mine].mean(axis=0),
        record.state[mine].mean(axis=0),
        record.shown[mine].mean(axis=0),
        float(hottest.max() - hottest.min()),
    )
