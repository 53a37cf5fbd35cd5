"""From the records of a run to its result."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from thermal.kernels.arrays import Floats
from thermal.throttle.prepared import Prepared
from thermal.throttle.result import Limiting, Pace, ThrottleResult
from thermal.throttle.serving import latency
from thermal.throttle.simulation import Simulation
from thermal.throttle.warnings import warned

if TYPE_CHECKING:
    from thermal.kernels.throttle import Record

LARGEST = 5
"""Groups of blocks that the limiting block's sensitivity names."""


def summarised(plan: Prepared, run: Simulation) -> ThrottleResult:
    """Everything that a run came to."""
    from thermal.kernels import control
    from thermal.kernels import throttle as kernels
    from thermal.kernels.serving import MADE

    stride = plan.loop.stride
    shut = run.shut
    kept = run.done // stride
    record = cut(run.record, kept)
    live, sums, model = run.live, run.live.sums, plan.plant.model
    seconds = run.done * plan.tick
    window = (1.0 - plan.site.throttle.entry.window) * seconds
    mine = record.time > window + 1e-12
    length = stride * plan.tick
    temperatures = plan.plant.read(plan.plant.rows("max", model.blocks), record.state)
    sustained = _pace(plan, record, mine, length)
    cold = alone(plan, plan.loop.top, min(seconds, plan.ticks * plan.tick))
    capacity, arrival = _capacity(plan, record, mine)
    first = live.now[kernels.FIRST_THROTTLE]
    result = ThrottleResult(
        design=plan.site.design.name,
        workload=plan.site.deployment.name,
        unit=plan.load.unit,
        seconds=seconds,
        tick=plan.tick,
        seed=plan.seed,
        window=window,
        times=record.time,
        rate=record.outputs / length,
        board=record.board,
        busy=record.busy,
        duty=record.duty,
        bandwidth=record.share,
        waiting=record.waiting,
        domains=plan.device.domains,
        clocks=record.clock,
        tops=plan.loop.top,
        places=(*plan.device.domains, "memory", "admission"),
        reasons=record.reasons,
        reason_names=control.REASONS,
        sensors=tuple(plan.site.sensors),
        readings=record.shown,
        true=record.true,
        hottest=record.hottest,
        told=record.told,
        blocks=model.blocks,
        temperatures=temperatures,
        limits=plan.limits,
        groups=model.groups,
        watts=record.watts,
        leakage_factor=record.factor,
        cold=cold,
        sustained=sustained,
        first_throttle=None if first < 0.0 else float(first),
        energy=float(sums[kernels.JOULES]),
        residency=_residency(plan, live.residency, control.REASONS),
        first_token=latency(run.engine.first),
        between_tokens=latency(run.engine.between),
        queued=latency(run.engine.waited),
        limiting=_limiting(plan, temperatures, record.watts, mine),
        guardband=float(sums[kernels.GUARDBAND]),
        unseen=float(sums[kernels.UNSEEN]),
        arrival=arrival,
        capacity=capacity,
        shutdown=shut,
        runaway=_runs_away(plan),
        rom_estimate=model.certificate.estimate,
        controllers=plan.names(),
        made=float(run.engine.at[MADE]),
    )
    return warned(plan, result)


def cut(record: Record, kept: int) -> Record:
    """The first records."""
    return record._replace(**{name: value[:kept] for name, value in record._asdict().items()})


def _pace(plan: Prepared, record: Record, mine: np.ndarray, length: float) -> Pace:
    if not mine.any():
        return Pace(0.0, 0.0, 0.0, dict.fromkeys(plan.device.domains, 0.0))
    clocks = record.clock[mine].mean(axis=0)
    return Pace(
        float(record.outputs[mine].sum() / (length * mine.sum())),
        float(record.board[mine].mean()),
        float(record.busy[mine].mean()),
        dict(zip(plan.device.domains, clocks.tolist(), strict=True)),
    )


def alone(plan: Prepared, hertz: Floats, seconds: float, share: float = 1.0, seed: int | None = None) -> Pace:
    """Serving at a fixed operating point with nothing in the way, leakage at the tables' temperature.

    Parameters
    ----------
    seed
        Of other arrivals at the same rate; those of the run when None.
    """
    pace, _ = alone_with_channels(plan, hertz, seconds, share, seed)
    return pace


def alone_with_channels(
    plan: Prepared, hertz: Floats, seconds: float, share: float = 1.0, seed: int | None = None
) -> tuple[Pace, Floats]:
    """As `alone`, with mean watts of all channels."""
    from dataclasses import replace

    from thermal.kernels.serving import BOARD, MADE, retune, serve

    load = plan.load
    if seed is not None and load.rate > 0.0:
        rng = np.random.default_rng(seed)
        count = int(seconds * load.rate * 1.5 + 100.0)
        arrival = np.cumsum(rng.exponential(1.0 / load.rate, count))
        pick = rng.integers(0, load.prompt.size, count)
        load = replace(load, arrival=arrival, prompt=load.prompt[pick], output=load.output[pick])
    channels = plan.work.values.shape[-1]
    engine, queue = load.engine(channels, plan.work), load.queue
    second = hertz[1] if hertz.size > 1 else 0.0
    retune(plan.work, engine, 0, hertz[0], second, share, plan.idle)
    mean = np.zeros(channels)
    busy = serve(plan.work, queue, engine, 0.0, seconds, 1.0, np.inf, mean)
    clocks = dict(zip(plan.device.domains, hertz.tolist(), strict=True))
    return Pace(float(engine.at[MADE] / seconds), float(mean[BOARD]), float(busy / seconds), clocks), mean


def _capacity(plan: Prepared, record: Record, mine: np.ndarray) -> tuple[float, float]:
    """Outputs per second possible at the window's mean operating point, and asked for."""
    from thermal.kernels.serving import OUTPUTS, round_at

    if not mine.any():
        return 0.0, 0.0
    clock = record.clock[mine].mean(axis=0)
    out = np.zeros(plan.work.values.shape[-1])
    second = float(clock[1]) if clock.size > 1 else 0.0
    round_at(plan.work, 0, float(clock[0]), second, float(record.share[mine].mean()), out)
    per_request = float(plan.load.output.mean()) if plan.load.unit == "token" else 1.0
    return float(out[OUTPUTS] * record.duty[mine].mean()), plan.load.rate * per_request


def _residency(plan: Prepared, seconds: Floats, names: tuple[str, ...]) -> dict[str, dict[str, float]]:
    places = (*plan.device.domains, "memory", "admission")
    return {
        place: {name: float(s) for name, s in zip((*names, "any"), row, strict=True) if s > 0.0}
        for place, row in zip(places, seconds, strict=True)
    }


def _limiting(plan: Prepared, temperatures: Floats, watts: Floats, mine: np.ndarray) -> Limiting:
    """The block with the least margin in the window; the hottest where no block has a limit."""
    if not mine.any():
        mine = np.ones(temperatures.shape[0], bool)
    highest = (
        temperatures[mine].max(axis=0)
        if temperatures.size
        else plan.plant.read(plan.plant.rows("max", plan.plant.model.blocks), plan.plant.model.cold)
    )
    bounded = np.isfinite(plan.limits)
    score = np.where(bounded, plan.limits - highest, np.inf) if bounded.any() else -highest
    i = int(np.argmin(score))
    model = plan.plant.model
    rows = model.outputs("avg", [model.blocks[i]])
    gains = (rows.rows @ (model.inputs[: plan.plant.groups] / model.rates).T)[0]
    mean = watts[mine].mean(axis=0) if watts.size else np.zeros(plan.plant.groups)
    effect = gains * mean
    order = np.argsort(-np.abs(effect), kind="stable")[:LARGEST].tolist()
    return Limiting(
        model.blocks[i],
        float(highest[i]),
        float(plan.limits[i]),
        float(plan.limits[i] - highest[i]),
        {model.groups[g]: float(gains[g]) for g in order},
        {model.groups[g]: float(effect[g]) for g in order},
    )


def _runs_away(plan: Prepared) -> bool:
    """Whether full load has no steady state even at the lowest clocks."""
    watts = plan.work.rounds[0, 0, 0, 0][-plan.plant.groups :]
    return plan.plant.steady(watts, plan.work.leaking[0, 0]) is None
