"""Kernel of the throttle loop: serving, watts, temperatures, sensors, controllers, operating point."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from thermal.kernels import control
from thermal.kernels.arrays import Bools, Floats, Ints
from thermal.kernels.plant import Drive, Plant, Rows, advance, dot, read
from thermal.kernels.sensing import Bank, sample
from thermal.kernels.serving import (
    BOARD,
    FIRST,
    LEAK,
    MADE,
    Engine,
    Queue,
    Work,
    leaking_at,
    retune,
    round_at,
    serve,
)

F0, F1, DUTY, SHARE, MOST, VARIANT, DOUBLED, SHUT, BOARD_NOW, FIRST_THROTTLE = range(10)
"""Places in `Live.now`."""

JOULES, BUSY, UNSEEN, GUARDBAND, RECORDS = range(5)
"""Places in `Live.sums`."""


class Loop(NamedTuple):
    """What does not change in a run; d clock domains, k controllers, s sensors, w watched blocks.

    Attributes
    ----------
    tick, stride
        s, and ticks from record to record.
    top, low, step
        ``[d]`` Hz of the ladders.
    params, levels, weight
        ``[k, …]``: see `thermal.kernels.control`; values of the lever by state; ``[k, d]`` of actors.
    acts, hot, memory_hot
        ``[k, d]``, ``[k, s]`` twice: domains acted on, sensors listened to.
    limits
        ``[w]`` K.
    refresh
        ``[groups]`` W that doubled refresh adds.
    per_leak
        Board watts per watt of leakage.
    far_decay, far_held
        ``[h, n]`` of the horizons of a predictive controller.
    """

    tick: float
    stride: int
    top: Floats
    low: Floats
    step: Floats
    params: Floats
    levels: Floats
    weight: Floats
    acts: Bools
    hot: Bools
    memory_hot: Bools
    limits: Floats
    refresh: Floats
    per_leak: float
    far_decay: Floats
    far_held: Floats


class Live(NamedTuple):
    """State of a run, changed in place.

    Attributes
    ----------
    state
        ``[n]`` of the reduced model.
    lagged, shown, true, watched
        ``[s]`` three times and ``[w]`` K.
    memory, cap, duty, share, most, variant, why
        Of controllers, and what they ask for: ``[k, …]``, ``[k, d]`` Hz, ``[k]`` each.
    gathered
        ``[k, 1 + channels]`` ticks and watts since a controller last ran.
    bias
        ``[s]`` readings less the model's, K.
    now, sums
        See the constants of this module.
    reasons
        ``[d + 2]`` bits in force by domain; then the memory, and admission.
    residency
        ``[d + 2, reasons + 1]`` s; the last column is any.
    """

    state: Floats
    lagged: Floats
    shown: Floats
    true: Floats
    watched: Floats
    memory: Floats
    cap: Floats
    duty: Floats
    share: Floats
    most: Floats
    variant: Ints
    why: Ints
    gathered: Floats
    bias: Floats
    now: Floats
    sums: Floats
    reasons: Ints
    residency: Floats


class Record(NamedTuple):
    """What is kept every `stride` ticks, ``[r, …]``.

    Attributes
    ----------
    time, outputs, board, busy, duty, share, waiting, hottest, told
        s, made in the interval, mean W, share of time, means, requests in the system, and the largest of
        watched blocks and of readings in the interval, K.
    clock, reasons
        ``[r, d]`` mean Hz, ``[r, d + 2]`` bits of the interval.
    shown, true
        ``[r, s]`` K at the end.
    watts, factor
        Means of groups without leakage, W, and of what voltages make of leakage.
    state
        ``[r, n]`` of the reduced model at the end.
    """

    time: Floats
    outputs: Floats
    board: Floats
    busy: Floats
    duty: Floats
    share: Floats
    waiting: Floats
    hottest: Floats
    told: Floats
    clock: Floats
    reasons: Ints
    shown: Floats
    true: Floats
    watts: Floats
    factor: Floats
    state: Floats


@njit(cache=True)
def march(
    plant: Plant,
    seen: Rows,
    watched: Rows,
    bank: Bank,
    work: Work,
    idle: Floats,
    queue: Queue,
    loop: Loop,
    live: Live,
    drive: Drive,
    engine: Engine,
    record: Record,
    first: int,
    ticks: int,
    begun: int,
) -> int:
    """Run ticks from `first` on; returns those done, fewer only after a shutdown.

    The first record is of the ticks from `begun` on.
    """
    groups = plant.u0.size
    domains = loop.top.size
    mean = np.empty(engine.now.size)
    leaked = np.empty(plant.frozen.size)
    factor = np.empty(plant.frozen.size)
    trial = np.empty(engine.now.size)
    now = live.now
    leaking_at(work, now[F0], now[F1], factor)
    for t in range(first, first + ticks):
        made = engine.at[MADE]
        busy = serve(work, queue, engine, t * loop.tick, loop.tick, now[DUTY], now[MOST], mean)
        watts = mean[FIRST + domains :]
        if now[DOUBLED] > 0.0:
            watts += loop.refresh
            mean[BOARD] += loop.refresh.sum()
        advance(plant, live.state, watts, factor, drive)
        leaked[:] = drive.leaked
        mean[BOARD] += loop.per_leak * (leaked.sum() - mean[LEAK])
        now[BOARD_NOW] = mean[BOARD]
        read(seen, live.state, live.true)
        sample(bank, t + 1, live.true, live.lagged, live.shown)
        read(watched, live.state, live.watched)
        _account(loop, live, t, busy)
        _keep(loop, live, record, t - begun, engine.at[MADE] - made, busy, mean, groups, factor)
        r = (t + 1 - begun) // loop.stride - 1
        if (t + 1 - begun) % loop.stride == 0 and r < record.time.size:
            record.waiting[r] = engine.at[4] - engine.at[6]
            if queue.closed == 0 and queue.kind > 0:
                there = np.searchsorted(queue.arrival, (t + 1) * loop.tick, side="right")
                record.waiting[r] = there - engine.at[6]
        if _control(loop, live, work, plant, seen, t, mean, groups, leaked, trial):
            retune(work, engine, int(now[VARIANT]), now[F0], now[F1], now[SHARE], idle)
            leaking_at(work, now[F0], now[F1], factor)
        if now[SHUT] > 0.0:
            return t + 1 - first
    return ticks


@njit(cache=True)
def _account(loop: Loop, live: Live, t: int, busy: float) -> None:
    """Seconds by reason, energy, and what no sensor saw."""
    live.sums[JOULES] += live.now[BOARD_NOW] * loop.tick
    live.sums[BUSY] += busy
    held = False
    for d in range(live.reasons.size):
        bits = live.reasons[d]
        if bits == 0:
            continue
        held = True
        for b in range(live.residency.shape[1] - 1):
            if bits >> b & 1:
                live.residency[d, b] += loop.tick
        live.residency[d, live.residency.shape[1] - 1] += loop.tick
    if held and live.now[FIRST_THROTTLE] < 0.0:
        live.now[FIRST_THROTTLE] = t * loop.tick
    if live.watched.size == 0 or live.shown.size == 0:
        return
    told = live.shown.max()
    live.sums[GUARDBAND] = max(live.sums[GUARDBAND], live.watched.max() - told)
    for w in range(live.watched.size):
        if live.watched[w] > loop.limits[w] and told < loop.limits[w]:
            live.sums[UNSEEN] += loop.tick
            break


@njit(cache=True)
def _keep(
    loop: Loop,
    live: Live,
    record: Record,
    t: int,
    made: float,
    busy: float,
    mean: Floats,
    groups: int,
    factor: Floats,
) -> None:
    """Add a tick to the record."""
    r = t // loop.stride
    if r >= record.time.size:
        return
    domains = loop.top.size
    share = 1.0 / loop.stride
    if t % loop.stride == 0:
        record.hottest[r] = -np.inf
        record.told[r] = -np.inf
    record.time[r] = (t + 1) * loop.tick
    record.outputs[r] += made
    record.board[r] += share * live.now[BOARD_NOW]
    record.busy[r] += share * busy / loop.tick
    record.duty[r] += share * live.now[DUTY]
    record.share[r] += share * live.now[SHARE]
    if live.watched.size:
        record.hottest[r] = max(record.hottest[r], live.watched.max())
    if live.shown.size:
        record.told[r] = max(record.told[r], live.shown.max())
    for d in range(domains):
        record.clock[r, d] += share * live.now[F0 + d]
    for d in range(live.reasons.size):
        record.reasons[r, d] |= live.reasons[d]
    for g in range(groups):
        record.watts[r, g] += share * mean[FIRST + domains + g]
    for g in range(factor.size):
        record.factor[r, g] += share * factor[g]
    if (t + 1) % loop.stride == 0:
        record.shown[r] = live.shown
        record.true[r] = live.true
        record.state[r] = live.state


@njit(cache=True)
def _control(
    loop: Loop,
    live: Live,
    work: Work,
    plant: Plant,
    seen: Rows,
    t: int,
    mean: Floats,
    groups: int,
    leaked: Floats,
    trial: Floats,
) -> bool:
    """Controllers whose turn it is; whether the operating point changes."""
    turn = False
    for k in range(loop.params.shape[0]):
        live.gathered[k, 0] += 1.0
        for e in range(BOARD, mean.size):
            live.gathered[k, 1 + e] += mean[e]
        if (t + 1) % int(loop.params[k, control.EVERY]) == 0:
            if int(loop.params[k, control.KIND]) != control.USER:
                _tick(loop, live, work, plant, seen, k, (t + 1) * loop.tick, groups, leaked, trial)
                live.gathered[k] = 0.0
            turn = True
    return turn and combine(loop, live)


@njit(cache=True)
def _hottest(shown: Floats, heard: Bools) -> float:
    found = -np.inf
    for s in range(shown.size):
        if heard[s]:
            found = max(found, shown[s])
    return found


@njit(cache=True)
def _tick(
    loop: Loop,
    live: Live,
    work: Work,
    plant: Plant,
    seen: Rows,
    k: int,
    time: float,
    groups: int,
    leaked: Floats,
    trial: Floats,
) -> None:
    p, m = loop.params[k], live.memory[k]
    kind = int(p[control.KIND])
    hot = _hottest(live.shown, loop.hot[k])
    live.why[k] = int(p[control.WHY])
    main = 0
    for d in range(loop.top.size - 1, -1, -1):
        if loop.acts[k, d]:
            main = d
    if kind == control.BANG_BANG:
        _pull(loop, live, k, loop.levels[k, int(control.bang_bang(p, m, hot))])
    elif kind == control.STEP_WISE:
        state = int(control.step_wise(p, m, hot))
        _pull(loop, live, k, loop.levels[k, min(state, int(p[control.LEVELS]) - 1)])
    elif kind == control.PID:
        _pull(loop, live, k, control.pid(p, m, hot) * (loop.top[main] if p[control.LEVER] == 0 else 1.0))
    elif kind == control.LADDER:
        watts = live.gathered[k, 1 + BOARD] / live.gathered[k, 0]
        other = _hottest(live.shown, loop.memory_hot[k])
        hertz, live.why[k] = control.ladder(p, m, hot, other, watts, time, loop.top[main])
        _slow(loop, live, k, hertz / loop.top[main])
    elif kind == control.TCC:
        hertz, live.duty[k], live.why[k] = control.tcc(p, m, hot, time, loop.top[main])
        _slow(loop, live, k, hertz / loop.top[main])
    elif kind == control.HBM:
        live.share[k], doubled, live.why[k] = control.hbm(p, m, hot)
        live.now[DOUBLED] = 1.0 if doubled else 0.0
    elif kind == control.ALLOCATOR:
        _allocate(loop, live, work, k, hot, trial)
    elif kind == control.PREDICTIVE:
        _predict(loop, live, work, plant, seen, k, main, groups, leaked, trial)
    if live.why[k] & control.SHUTDOWN:
        live.now[SHUT] = time


@njit(cache=True)
def _pull(loop: Loop, live: Live, k: int, value: float) -> None:
    """Set the lever of a controller."""
    lever = int(loop.params[k, control.LEVER])
    if lever == control.CLOCK:
        for d in range(loop.top.size):
            if loop.acts[k, d]:
                live.cap[k, d] = min(max(value, loop.low[d]), loop.top[d])
    elif lever == control.DUTY:
        live.duty[k] = value
    elif lever == control.SHARE:
        live.share[k] = value
    elif lever == control.SEQUENCES:
        live.most[k] = value
    else:
        live.variant[k] = int(value)


@njit(cache=True)
def _slow(loop: Loop, live: Live, k: int, share: float) -> None:
    """All domains of a controller at the same share of their highest clocks."""
    for d in range(loop.top.size):
        if loop.acts[k, d]:
            live.cap[k, d] = max(loop.low[d], loop.top[d] * share)


@njit(cache=True)
def _rung(loop: Loop, d: int, hertz: float) -> float:
    steps = np.ceil((loop.top[d] - hertz) / loop.step[d] - 1e-6)
    return float(max(loop.low[d], loop.top[d] - max(0.0, steps) * loop.step[d]))


@njit(cache=True)
def _at(live: Live, work: Work, d: int, hertz: float, out: Floats) -> None:
    """The mean round with one clock changed."""
    now = live.now
    f0 = hertz if d == 0 else now[F0]
    f1 = hertz if d == 1 else now[F1]
    round_at(work, int(now[VARIANT]), f0, f1, now[SHARE], out)


@njit(cache=True)
def _allocate(loop: Loop, live: Live, work: Work, k: int, hot: float, trial: Floats) -> None:
    """Requests from watts, grants, and the clocks that keep to them."""
    domains = loop.top.size
    actors = 0
    for d in range(domains):
        actors += loop.acts[k, d]
    request, weight = np.empty(actors), np.empty(actors)
    highest, grant, here = np.empty(actors), np.empty(actors), np.empty(actors)
    a = 0
    for d in range(domains):
        if loop.acts[k, d]:
            _at(live, work, d, live.now[F0 + d], trial)
            here[a] = trial[FIRST + d]
            _at(live, work, d, loop.top[d], trial)
            highest[a] = trial[FIRST + d]
            request[a] = live.gathered[k, 1 + FIRST + d] / live.gathered[k, 0]
            weight[a] = loop.weight[k, d]
            a += 1
    p, m = loop.params[k], live.memory[k]
    exact = p[control.OWN + 9] > 0.0
    budget = (
        control.allocate_exact(p, m, hot, request, weight, highest, grant)
        if exact
        else control.allocate(p, m, hot, request, weight, highest, grant)
    )
    a = 0
    for d in range(domains):
        if loop.acts[k, d]:
            load = request[a] / here[a] if here[a] > 0.0 else 1.0
            m[4 + a], m[10 + a] = request[a], grant[a]
            most = np.inf if np.isinf(budget) else grant[a]
            live.cap[k, d] = _fastest(loop, live, work, d, most / max(load, 1e-9), trial)
            a += 1
    m[3] = budget


@njit(cache=True)
def _fastest(loop: Loop, live: Live, work: Work, d: int, watts: float, trial: Floats) -> float:
    """The highest rung at which a domain at full load keeps to watts."""
    low, high = 0, int(np.ceil((loop.top[d] - loop.low[d]) / loop.step[d] - 1e-6))
    while low < high:
        middle = (low + high) // 2
        _at(live, work, d, max(loop.low[d], loop.top[d] - middle * loop.step[d]), trial)
        if trial[FIRST + d] <= watts:
            high = middle
        else:
            low = middle + 1
    return float(max(loop.low[d], loop.top[d] - low * loop.step[d]))


@njit(cache=True)
def _predict(
    loop: Loop,
    live: Live,
    work: Work,
    plant: Plant,
    seen: Rows,
    k: int,
    d: int,
    groups: int,
    leaked: Floats,
    trial: Floats,
) -> None:
    """The highest rung at which no reading passes the limit at any horizon, by the reduced model.

    Own: limit (K), share of a new difference between reading and model. The model's own error is followed as
    an offset of each reading.
    """
    p = loop.params[k]
    n = live.state.size
    for s in range(live.shown.size):
        told = seen.offset[s] + dot(seen.rows[s], live.state)
        live.bias[s] += p[control.OWN + 1] * (live.shown[s] - told - live.bias[s])
    base = np.zeros(n)
    for g in range(leaked.size):
        base += (leaked[g] - plant.frozen[g]) * plant.spread[g]
    here = np.empty(trial.size)
    _at(live, work, d, live.now[F0 + d], here)
    mean = live.gathered[k, 1:] / live.gathered[k, 0]
    forced = np.empty(n)
    low, high = 0, int(np.ceil((loop.top[d] - loop.low[d]) / loop.step[d] - 1e-6))
    while low < high:
        middle = (low + high) // 2
        _at(live, work, d, max(loop.low[d], loop.top[d] - middle * loop.step[d]), trial)
        forced[:] = base
        for g in range(groups):
            e = FIRST + loop.top.size + g
            scale = trial[e] / here[e] if here[e] > 0.0 else 1.0
            forced += (mean[e] * scale - plant.u0[g]) * plant.inputs[g]
        if _stays(loop, live, seen, k, forced, p[control.OWN]):
            high = middle
        else:
            low = middle + 1
    live.cap[k, d] = max(loop.low[d], loop.top[d] - low * loop.step[d])


@njit(cache=True)
def _stays(loop: Loop, live: Live, seen: Rows, k: int, forced: Floats, limit: float) -> bool:
    for h in range(loop.far_decay.shape[0]):
        state = loop.far_decay[h] * live.state + loop.far_held[h] * forced
        for s in range(live.shown.size):
            if loop.hot[k, s] and seen.offset[s] + dot(seen.rows[s], state) + live.bias[s] > limit:
                return False
    return True


@njit(cache=True)
def combine(loop: Loop, live: Live) -> bool:
    """The operating point that all controllers allow; whether it is another one."""
    now, domains = live.now, loop.top.size
    before = (now[F0], now[F1], now[DUTY], now[SHARE], now[MOST], now[VARIANT])
    now[DUTY], now[SHARE], now[MOST], now[VARIANT] = 1.0, 1.0, np.inf, 0.0
    live.reasons[:] = 0
    for d in range(domains):
        hertz = loop.top[d]
        for k in range(loop.params.shape[0]):
            hertz = min(hertz, live.cap[k, d])
        now[F0 + d] = _rung(loop, d, hertz)
        for k in range(loop.params.shape[0]):
            if live.cap[k, d] < loop.top[d] and live.cap[k, d] <= hertz:
                live.reasons[d] |= live.why[k] & ~control.MODULATED
    for k in range(loop.params.shape[0]):
        if live.duty[k] < 1.0:
            now[DUTY] = min(now[DUTY], live.duty[k])
            for d in range(domains):
                if loop.acts[k, d]:
                    live.reasons[d] |= live.why[k]
        if live.share[k] < 1.0:
            now[SHARE] = min(now[SHARE], live.share[k])
            live.reasons[domains] |= live.why[k]
        if live.most[k] < np.inf:
            now[MOST] = min(now[MOST], live.most[k])
            live.reasons[domains + 1] |= live.why[k]
        if live.variant[k] > 0:
            now[VARIANT] = max(now[VARIANT], live.variant[k])
            live.reasons[domains + 1] |= live.why[k]
    return before != (now[F0], now[F1], now[DUTY], now[SHARE], now[MOST], now[VARIANT])
