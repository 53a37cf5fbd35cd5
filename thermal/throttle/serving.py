"""Who asks for work, and what came of it: arrivals, the engine's state, latencies."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from floorplans.diagnostics import Diagnostic, InputError, Span
from power.dvfs import boost
from power.host import host_named
from power.occupancy import occupancy
from power.serving import Server
from thermal.kernels.arrays import Floats
from thermal.throttle.entry import ServingEntry
from thermal.throttle.work import Demand, Device, tokens_of

if TYPE_CHECKING:
    from thermal.kernels.serving import Engine, Queue, Work

LENGTHS = 4096
"""Requests of a closed loop before their lengths repeat."""
PERCENTILES = (50.0, 90.0, 99.0)


@dataclass(frozen=True, eq=False)
class Traffic:
    """Requests to come.

    Attributes
    ----------
    demand
        What iterations are made of.
    closed
        Requests always in the system; 0 for arrivals.
    arrival, prompt, output
        ``[requests]`` s and tokens.
    fixed, each, room
        Bytes of a sequence, of a token of it, and of all of them.
    mixed, per_step
        See `thermal.kernels.serving.Queue`.
    rate
        Arrivals per second; 0 for a closed loop.
    unit
        What an output is.
    """

    demand: Demand
    closed: int
    arrival: Floats
    prompt: Floats
    output: Floats
    fixed: float
    each: float
    room: float
    mixed: bool
    per_step: float
    rate: float
    unit: str

    @property
    def queue(self) -> Queue:
        """For the kernel."""
        from thermal.kernels.serving import Queue

        d = self.demand
        return Queue(
            d.kind,
            self.closed,
            self.arrival,
            self.prompt,
            self.output,
            d.slots,
            self.room,
            self.fixed,
            self.each,
            d.chunk,
            self.mixed,
            self.per_step,
        )

    def engine(self, channels: int, work: Work) -> Engine:
        """State at the start; sequences of a closed loop start at different points of their lives."""
        from thermal.kernels.serving import BINS, BYTES, TAKEN, TOKENS, Engine

        n = self.demand.slots
        grid = np.zeros((*work.values.shape[4:7], channels))
        at = np.zeros(8)
        engine = Engine(
            at=at,
            asked=np.full(n, np.nan),
            left=np.zeros(n),
            made=np.zeros(n),
            target=np.zeros(n),
            length=np.zeros(n),
            last=np.zeros(n),
            order=np.zeros(n),
            first=np.zeros(BINS),
            between=np.zeros(BINS),
            waited=np.zeros(BINS),
            grid=grid,
            idle=np.zeros(channels),
            now=np.zeros(channels),
        )
        if self.closed and self.demand.kind == TOKENS:
            for i in range(min(self.closed, n)):
                r = i % self.prompt.size
                engine.asked[i], engine.length[i] = 0.0, self.prompt[r]
                engine.target[i], engine.order[i] = self.output[r], float(i)
                engine.made[i] = max(1.0, self.output[r] * (i + 0.5) / min(self.closed, n))
                at[TAKEN] += 1.0
                at[BYTES] += self.fixed + self.each * (self.prompt[r] + self.output[r])
        return engine


def traffic(entry: ServingEntry, device: Device, seconds: float, seed: int, folder: Path) -> Traffic:
    """Requests for a run.

    Parameters
    ----------
    entry
        What was asked for.
    device
        The workload on its hardware.
    seconds, seed
        Length of the run, and of what is random.
    folder
        What the name of a trace is relative to.

    Raises
    ------
    InputError
        A trace that cannot be read, or a sequence that does not fit in memory.
    """
    from thermal.kernels.serving import BATCHES, TOKENS

    deployment = device.deployment
    model, host = deployment.model, deployment.entry
    assert model is not None
    prompt, output, batch = tokens_of(deployment)
    prompt, output = entry.prompt or prompt, entry.output or output
    rng = np.random.default_rng(seed)
    generating = host.serving not in ("inference", "training") and model.decodes
    if entry.trace is not None:
        arrival, prompts, outputs = read_requests(folder / entry.trace, prompt, output)
    else:
        count = LENGTHS
        arrival = np.empty(0)
        if entry.rate is not None:
            gaps = rng.exponential(1.0 / entry.rate, math.ceil(seconds * entry.rate * 1.5 + 100.0))
            arrival = np.cumsum(gaps)
            arrival = arrival[arrival < seconds]
            count = max(1, arrival.size)
        prompts, outputs = _lengths(rng, count, prompt, output, entry.spread)
    closed = 0 if entry.rate is not None or entry.trace is not None else entry.concurrency or batch
    if not generating:
        slots = entry.batch or (closed or batch)
        demand = Demand(BATCHES, slots, 1.0, 1.0, 1.0, 1.0)
        unit = "image" if model.family in ("cnn", "detector") else "sample"
        rate = _rate(entry, arrival)
        return Traffic(demand, closed, arrival, prompts, outputs, 0.0, 0.0, 1.0, False, 1.0, rate, unit)
    server = Server(model, device.hardware, host.devices, host_named(host.host, device.hardware.constants))
    mean = (float(prompts.mean()), float(outputs.mean()))
    most = server.largest_batch(*mean)
    slots = min(most, entry.batch or most)
    if closed:
        slots = min(slots, closed)
    slots = min(slots, 1024)
    room = occupancy(model, device.hardware, 1.0, devices=host.devices)
    longest = float((prompts + outputs).max())
    short, long = float(model.state_bytes(1)), float(model.state_bytes(math.ceil(longest)))
    each = (long - short) / max(1.0, longest - 1.0)
    demand = Demand(TOKENS, slots, *mean, longest, float(min(entry.chunk, prompts.max())))
    rate = _rate(entry, arrival)
    return Traffic(
        demand,
        closed,
        arrival,
        prompts,
        outputs,
        short - each,
        each,
        room.capacity - room.weights,
        entry.mixed,
        model.tokens_per_step,
        rate,
        "token",
    )


def _rate(entry: ServingEntry, arrival: Floats) -> float:
    if entry.rate is not None:
        return entry.rate
    return float(arrival.size / arrival[-1]) if arrival.size and arrival[-1] > 0.0 else 0.0


def _lengths(
    rng: np.random.Generator, count: int, prompt: int, output: int, spread: float
) -> tuple[Floats, Floats]:
    """Lognormal about the means given; all alike without spread."""
    if spread == 0.0:
        return np.full(count, float(prompt)), np.full(count, float(output))
    factors = np.exp(spread * rng.standard_normal((2, count)) - 0.5 * spread * spread)
    lengths = np.maximum(1.0, np.rint(factors * np.array([[prompt], [output]])))
    return lengths[0], lengths[1]


def read_requests(path: Path, prompt: int, output: int) -> tuple[Floats, Floats, Floats]:
    """Arrivals [s] and tokens from a CSV file.

    Raises
    ------
    InputError
        No such file, a missing column, a number that is none, times that go backwards.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(Diagnostic(Span(str(path)), f"cannot be read: {error}")) from None
    rows = list(csv.reader(text.splitlines()))
    header = [name.strip() for name in rows[0]] if rows else []
    if "time_s" not in header:
        got = ", ".join(header) or "nothing"
        message = f"needs a column time_s, and may have prompt and output (got {got})"
        raise InputError(Diagnostic(Span(str(path), 1, 1), message))
    found: dict[str, list[float]] = {"time_s": [], "prompt": [], "output": []}
    for i, row in enumerate(rows[1:], 2):
        if not row:
            continue
        values = dict(zip(header, row, strict=False))
        for name, default in (("time_s", ""), ("prompt", str(prompt)), ("output", str(output))):
            found[name].append(_number(values.get(name, default), name, path, i))
        if len(found["time_s"]) > 1 and found["time_s"][-1] < found["time_s"][-2]:
            raise InputError(Diagnostic(Span(str(path), i, 1), "times must not go backwards"))
    if not found["time_s"]:
        raise InputError(Diagnostic(Span(str(path), 1, 1), "has no requests"))
    return np.array(found["time_s"]), np.array(found["prompt"]), np.array(found["output"])


def _number(text: str, name: str, path: Path, line: int) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    least = 0.0 if name == "time_s" else 1.0
    if not (math.isfinite(value) and value >= least):
        raise InputError(
            Diagnostic(Span(str(path), line, 1), f"{name} must be at least {least:g} (got {text!r})")
        )
    return value


@dataclass(frozen=True)
class Latency:
    """Percentiles of a duration, s; NaN where there was none.

    Attributes
    ----------
    count
        Samples.
    mean, p50, p90, p99
        s, within the 0.5 % of a bin.
    """

    count: float
    mean: float
    p50: float
    p90: float
    p99: float


def latency(histogram: Floats) -> Latency:
    """What a histogram of the kernel says."""
    from thermal.kernels.serving import LOWEST, PER_E

    total = float(histogram.sum())
    if total == 0.0:
        return Latency(0.0, *(math.nan,) * 4)
    middles = LOWEST * np.exp((np.arange(histogram.size) + 0.5) / PER_E)
    # Of a duration below the first bin nothing is known but that it is short.
    middles[0] = 0.0
    cumulated = np.cumsum(histogram) / total
    told = [float(middles[np.searchsorted(cumulated, p / 100.0 - 1e-12)]) for p in PERCENTILES]
    return Latency(total, float(middles @ histogram / total), *told)


def full(work: Work, load: Traffic, variant: int = 0) -> None:
    """Fill in the mean rounds of a table: what full load comes to at every operating point.

    Sequences are followed through some lives of theirs, from the steady state that a closed loop starts in.
    """
    from dataclasses import replace

    from thermal.kernels.serving import BATCHES, MADE, OUTPUTS, SECONDS, retune, serve

    demand = load.demand
    always = replace(load, closed=demand.slots, arrival=np.empty(0))
    queue, channels = always.queue, work.values.shape[-1]
    idle = np.zeros((work.values.shape[0], work.first.size, work.second.size, channels))
    for i, f0 in enumerate(work.first):
        for j, f1 in enumerate(work.second):
            for b, share in enumerate(work.share):
                engine = always.engine(channels, work)
                retune(work, engine, variant, f0, f1, share, idle)
                grid = engine.grid[-1, grid_middle(work), 0]
                lives = 1.0 if demand.kind == BATCHES else 3.0 * demand.output / load.per_step
                span = lives * float(grid[SECONDS])
                mean = np.zeros(channels)
                serve(work, queue, engine, 0.0, span, 1.0, np.inf, mean)
                before = engine.at[MADE]
                serve(work, queue, engine, span, 2.0 * span, 1.0, np.inf, mean)
                mean[SECONDS] = 1.0
                mean[OUTPUTS] = (engine.at[MADE] - before) / (2.0 * span)
                work.rounds[variant, i, j, b] = mean


def grid_middle(work: Work) -> int:
    """Index of the middle context."""
    return int(work.context.size // 2)


__all__ = ["Latency", "Traffic", "boost", "full", "latency", "read_requests", "traffic"]
