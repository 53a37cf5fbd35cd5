"""Kernels of the serving engine: iterations of continuous batching, each as long as its work takes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from thermal.kernels.arrays import Floats

MEAN, TOKENS, BATCHES = 0, 1, 2
"""Sorts of engine: the mean of a round; sequences that decode; batches of inputs."""

SECONDS, OUTPUTS, BOARD, LEAK, FIRST = 0, 1, 2, 3, 4
"""Channels of a table; domains follow, then groups."""

LOWEST, PER_E, BINS = 1e-6, 200.0, 4600
"""Histograms of seconds: bins of 0.5 %, from 1 us on."""


class Work(NamedTuple):
    """Tables of what iterations take.

    Attributes
    ----------
    first, second, share
        Operating points: Hz of the first and the second clock domain, share of the memory's bandwidth.
    sequences, context, prompt
        Work: sequences that decode, their mean context, prompt tokens beside them.
    values
        ``[variants, first, second, share, sequences, context, prompt, channels]``: iterations per second,
        outputs, and watts.
    rounds
        ``[variants, first, second, share, channels]`` of the mean of a round.
    leaking
        ``[first, second, k]``: what voltages make of leakage.
    """

    first: Floats
    second: Floats
    share: Floats
    sequences: Floats
    context: Floats
    prompt: Floats
    values: Floats
    rounds: Floats
    leaking: Floats


class Queue(NamedTuple):
    """What asks for work.

    Attributes
    ----------
    kind
        `MEAN`, `TOKENS` or `BATCHES`.
    closed
        Requests always in the system; 0 for arrivals.
    arrival, prompt, output
        ``[requests]`` s and tokens; a closed loop goes round in them.
    slots
        Sequences at a time.
    room
        Bytes of state.
    fixed, each
        Bytes of a sequence, and of a token of it.
    chunk
        Prompt tokens in an iteration.
    mixed
        Whether prompts share iterations with decodes.
    per_step
        Tokens that a decode step yields a sequence.
    """

    kind: int
    closed: int
    arrival: Floats
    prompt: Floats
    output: Floats
    slots: int
    room: float
    fixed: float
    each: float
    chunk: float
    mixed: bool
    per_step: float


class Engine(NamedTuple):
    """State, changed in place.

    Attributes
    ----------
    at
        ``[8]``: share of the iteration that is left, decodes, context, prompt tokens, requests taken,
        bytes in use, requests done, tokens made.
    asked
        ``[slots]`` time of arrival; NaN where free.
    left, made, target, length, last
        ``[slots]``: prompt tokens left, tokens made, tokens wanted, prompt, time of the last token.
    order
        ``[slots]`` of admission.
    first, between, waited
        Histograms ``[bins]``: time to first token, between tokens, in the queue.
    grid
        ``[sequences, context, prompt, channels]`` at the present operating point: seconds, outputs, joules.
    idle
        ``[channels]`` watts with nothing to do.
    now
        ``[channels]`` of the present iteration: seconds, outputs, watts.
    """

    at: Floats
    asked: Floats
    left: Floats
    made: Floats
    target: Floats
    length: Floats
    last: Floats
    order: Floats
    first: Floats
    between: Floats
    waited: Floats
    grid: Floats
    idle: Floats
    now: Floats


REST, DECODES, CONTEXT, PROMPT, TAKEN, BYTES, DONE, MADE = range(8)


@njit(cache=True)
def cell(nodes: Floats, x: float) -> tuple[int, float]:
    """Interval of `nodes` and the place in it, 0 to 1; ends go on flat."""
    last = nodes.size - 1
    if last == 0 or x <= nodes[0]:
        return 0, 0.0
    if x >= nodes[last]:
        return last - 1, 1.0
    i = np.searchsorted(nodes, x, side="right") - 1
    return i, (x - nodes[i]) / (nodes[i + 1] - nodes[i])


@njit(cache=True)
def collapse(work: Work, variant: int, f0: float, f1: float, share: float, grid: Floats) -> None:
    """Tables at one operating point; rates are linear in clocks, then seconds and joules follow."""
    i, a = cell(work.first, f0)
    j, b = cell(work.second, f1)
    k, c = cell(work.share, share)
    grid[:] = 0.0
    for di in range(2):
        wi = a if di else 1.0 - a
        if wi == 0.0:
            continue
        for dj in range(2):
            wj = wi * (b if dj else 1.0 - b)
            if wj == 0.0:
                continue
            for dk in range(2):
                w = wj * (c if dk else 1.0 - c)
                if w != 0.0:
                    _add(grid, w, work.values[variant, i + di, j + dj, k + dk])
    for x in range(grid.shape[0]):
        for y in range(grid.shape[1]):
            for z in range(grid.shape[2]):
                seconds = 1.0 / grid[x, y, z, SECONDS]
                grid[x, y, z, SECONDS] = seconds
                for e in range(BOARD, grid.shape[3]):
                    grid[x, y, z, e] *= seconds


@njit(cache=True)
def _add(grid: Floats, w: float, values: Floats) -> None:
    for x in range(grid.shape[0]):
        for y in range(grid.shape[1]):
            for z in range(grid.shape[2]):
                for e in range(grid.shape[3]):
                    grid[x, y, z, e] += w * values[x, y, z, e]


@njit(cache=True)
def round_at(work: Work, variant: int, f0: float, f1: float, share: float, out: Floats) -> None:
    """Channels of the mean round at an operating point: outputs per second, watts."""
    i, a = cell(work.first, f0)
    j, b = cell(work.second, f1)
    k, c = cell(work.share, share)
    out[:] = 0.0
    for di in range(2):
        for dj in range(2):
            for dk in range(2):
                w = (a if di else 1.0 - a) * (b if dj else 1.0 - b) * (c if dk else 1.0 - c)
                if w != 0.0:
                    found = work.rounds[variant, i + di, j + dj, k + dk]
                    for e in range(out.size):
                        out[e] += w * found[e]


@njit(cache=True)
def leaking_at(work: Work, f0: float, f1: float, out: Floats) -> None:
    """What the voltages at an operating point make of leakage."""
    i, a = cell(work.first, f0)
    j, b = cell(work.second, f1)
    for g in range(out.size):
        total = 0.0
        for di in range(2):
            for dj in range(2):
                w = (a if di else 1.0 - a) * (b if dj else 1.0 - b)
                if w != 0.0:
                    total += w * work.leaking[i + di, j + dj, g]
        out[g] = total


@njit(cache=True)
def look_up(work: Work, grid: Floats, n: float, context: float, prompt: float, out: Floats) -> None:
    """Seconds, outputs and watts of an iteration; seconds and joules are linear in the work."""
    i, a = cell(work.sequences, n)
    j, b = cell(work.context, context)
    k, c = cell(work.prompt, prompt)
    out[:] = 0.0
    for di in range(2):
        for dj in range(2):
            for dk in range(2):
                w = (a if di else 1.0 - a) * (b if dj else 1.0 - b) * (c if dk else 1.0 - c)
                if w != 0.0:
                    found = grid[i + di, j + dj, k + dk]
                    for e in range(out.size):
                        out[e] += w * found[e]
    for e in range(BOARD, out.size):
        out[e] /= out[SECONDS]


@njit(cache=True)
def count(histogram: Floats, seconds: float, weight: float) -> None:
    """Note a duration."""
    i = int(np.log(max(seconds, LOWEST) / LOWEST) * PER_E)
    histogram[min(i, histogram.size - 1)] += weight


@njit(cache=True)
def waiting(queue: Queue, engine: Engine, time: float) -> bool:
    """Whether a request is waiting."""
    taken = int(engine.at[TAKEN])
    if queue.closed > 0:
        return taken - int(engine.at[DONE]) < queue.closed
    return taken < queue.arrival.size and queue.arrival[taken] <= time


@njit(cache=True)
def _admit(queue: Queue, engine: Engine, time: float, most: float) -> None:
    active = 0
    for s in range(engine.asked.size):
        if not np.isnan(engine.asked[s]):
            active += 1
    while active < min(queue.slots, most) and waiting(queue, engine, time):
        taken = int(engine.at[TAKEN])
        r = taken % queue.prompt.size
        size = queue.fixed + queue.each * (queue.prompt[r] + queue.output[r])
        if engine.at[BYTES] + size > queue.room and active > 0:
            return
        free = 0
        while not np.isnan(engine.asked[free]):
            free += 1
        engine.asked[free] = time if queue.closed > 0 else queue.arrival[r]
        engine.length[free] = queue.prompt[r]
        engine.left[free] = queue.prompt[r]
        engine.target[free] = queue.output[r]
        engine.made[free] = 0.0
        engine.last[free] = time
        engine.order[free] = taken
        engine.at[TAKEN] += 1.0
        engine.at[BYTES] += size
        count(engine.waited, time - engine.asked[free], 1.0)
        active += 1


@njit(cache=True)
def begin(work: Work, queue: Queue, engine: Engine, time: float, most: float) -> bool:
    """Form the next iteration; False where there is nothing to do."""
    if queue.kind == MEAN:
        look_up(work, engine.grid, 0.0, 0.0, 0.0, engine.now)
        engine.at[REST] = 1.0
        return True
    if queue.kind == BATCHES:
        return _begin_batch(work, queue, engine, time, most)
    _admit(queue, engine, time, most)
    n, held, pending = 0.0, 0.0, 0.0
    for s in range(engine.asked.size):
        if np.isnan(engine.asked[s]):
            continue
        if engine.left[s] > 0.0:
            pending += engine.left[s]
        else:
            n += 1.0
            held += engine.length[s] + engine.made[s]
    if n + pending == 0.0:
        return False
    if pending > 0.0 and not queue.mixed:
        n, held = 0.0, 0.0
    engine.at[DECODES] = n
    engine.at[CONTEXT] = held / n if n > 0.0 else 0.0
    engine.at[PROMPT] = min(pending, queue.chunk)
    engine.at[REST] = 1.0
    look_up(work, engine.grid, n, engine.at[CONTEXT], engine.at[PROMPT], engine.now)
    return True


@njit(cache=True)
def _begin_batch(work: Work, queue: Queue, engine: Engine, time: float, most: float) -> bool:
    n = min(float(queue.slots), most)
    taken = int(engine.at[TAKEN])
    if queue.closed == 0:
        there = 0.0
        while there < n and taken + there < queue.arrival.size and queue.arrival[int(taken + there)] <= time:
            there += 1.0
        n = there
    if n < 1.0:
        return False
    engine.at[DECODES] = n
    engine.at[CONTEXT] = 0.0
    engine.at[PROMPT] = 0.0
    engine.at[REST] = 1.0
    if queue.closed == 0:
        for r in range(taken, taken + int(n)):
            count(engine.waited, time - queue.arrival[r], 1.0)
    engine.at[TAKEN] += n
    look_up(work, engine.grid, n, 0.0, 0.0, engine.now)
    return True


@njit(cache=True)
def finish(queue: Queue, engine: Engine, time: float) -> None:
    """Account for the iteration that ends at a time."""
    engine.at[REST] = 0.0
    if queue.kind == MEAN:
        return
    if queue.kind == BATCHES:
        n = engine.at[DECODES]
        engine.at[MADE] += n
        done = int(engine.at[DONE])
        for r in range(int(n)):
            asked = queue.arrival[done + r] if queue.closed == 0 else time - engine.now[SECONDS]
            count(engine.first, time - asked, 1.0)
        engine.at[DONE] += n
        return
    if engine.at[DECODES] > 0.0:
        _decoded(queue, engine, time)
    budget = engine.at[PROMPT]
    while budget > 0.0:
        s = _oldest(engine)
        took = min(budget, engine.left[s])
        engine.left[s] -= took
        budget -= took
        if engine.left[s] <= 0.0:
            engine.left[s] = 0.0
            engine.made[s] = 1.0
            engine.last[s] = time
            engine.at[MADE] += 1.0
            count(engine.first, time - engine.asked[s], 1.0)
            _leave_if_done(queue, engine, s)


@njit(cache=True)
def _decoded(queue: Queue, engine: Engine, time: float) -> None:
    for s in range(engine.asked.size):
        if np.isnan(engine.asked[s]) or engine.left[s] > 0.0:
            continue
        got = min(queue.per_step, engine.target[s] - engine.made[s])
        engine.made[s] += got
        engine.at[MADE] += got
        if got > 0.0:
            count(engine.between, (time - engine.last[s]) / got, got)
        engine.last[s] = time
        _leave_if_done(queue, engine, s)


@njit(cache=True)
def _oldest(engine: Engine) -> int:
    found, first = 0, np.inf
    for s in range(engine.asked.size):
        if not np.isnan(engine.asked[s]) and engine.left[s] > 0.0 and engine.order[s] < first:
            found, first = s, engine.order[s]
    return found


@njit(cache=True)
def _leave_if_done(queue: Queue, engine: Engine, s: int) -> None:
    if engine.made[s] >= engine.target[s] - 1e-9:
        engine.asked[s] = np.nan
        engine.at[DONE] += 1.0
        engine.at[BYTES] -= queue.fixed + queue.each * (engine.length[s] + engine.target[s])


@njit(cache=True)
def serve(
    work: Work,
    queue: Queue,
    engine: Engine,
    time: float,
    tick: float,
    duty: float,
    most: float,
    mean: Floats,
) -> float:
    """Work for a tick; the seconds in which something ran.

    Parameters
    ----------
    duty
        Share of the time in which the clock runs; the rest burns what idling does.
    most
        Sequences allowed at a time.
    mean
        ``[channels]`` receives mean watts over the tick (its first two entries are of no use).
    """
    mean[:] = 0.0
    left = tick
    busy = 0.0
    while left > 1e-12:
        here = time + tick - left
        if duty <= 0.0 or (engine.at[REST] <= 0.0 and not begin(work, queue, engine, here, most)):
            pause = left
            if queue.closed == 0 and duty > 0.0:
                taken = int(engine.at[TAKEN])
                if taken < queue.arrival.size and queue.arrival[taken] > here:
                    pause = min(left, queue.arrival[taken] - here)
            pause = max(pause, 1e-12)
            for e in range(BOARD, mean.size):
                mean[e] += engine.idle[e] * pause
            left -= pause
            continue
        needed = engine.at[REST] * engine.now[SECONDS] / duty
        used = min(left, needed)
        for e in range(BOARD, mean.size):
            mean[e] += (duty * engine.now[e] + (1.0 - duty) * engine.idle[e]) * used
        left -= used
        busy += used * duty
        if queue.kind == MEAN:
            engine.at[MADE] += engine.now[OUTPUTS] * used * duty / engine.now[SECONDS]
        if used >= needed:
            finish(queue, engine, time + tick - left)
        else:
            engine.at[REST] -= used * duty / engine.now[SECONDS]
    for e in range(BOARD, mean.size):
        mean[e] /= tick
    return busy


@njit(cache=True)
def retune(
    work: Work,
    engine: Engine,
    variant: int,
    f0: float,
    f1: float,
    share: float,
    idle: Floats,
) -> None:
    """Take up another operating point in the middle of whatever runs.

    Parameters
    ----------
    idle
        ``[variants, first, second, channels]`` watts with nothing to do.
    """
    collapse(work, variant, f0, f1, share, engine.grid)
    i, a = cell(work.first, f0)
    j, b = cell(work.second, f1)
    engine.idle[:] = 0.0
    for di in range(2):
        for dj in range(2):
            w = (a if di else 1.0 - a) * (b if dj else 1.0 - b)
            if w != 0.0:
                engine.idle[:] += w * idle[variant, i + di, j + dj]
    if engine.at[REST] > 0.0:
        at = engine.at
        look_up(work, engine.grid, at[DECODES], at[CONTEXT], at[PROMPT], engine.now)
