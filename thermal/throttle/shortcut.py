"""The sustained state without marching in time: fixed points, limit cycles, time averages.

Equations: ``docs/theory/throttle.md``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Literal

import numpy as np

from thermal.kernels.arrays import Floats
from thermal.throttle.controllers import (
    BangBang,
    Controller,
    Hbm,
    Intel,
    Nvidia,
    Pid,
    PowerAllocator,
    Predictive,
    StepWise,
)
from thermal.throttle.cycle import Cycle, relay
from thermal.throttle.polish import Polished, polished
from thermal.throttle.prepared import Prepared, domains_of
from thermal.throttle.summary import alone_with_channels

LIVES = 6.0
"""Lives of a sequence that a mean of serving is taken over."""
STRETCH, RUNS = 2.0, 40.0
"""Least s between jumps of `Shortcut.polished`, and least runs of the slowest controller in them."""
REPLICAS = 10
STUDENT = 2.262
"""95 % of Student's distribution with `REPLICAS` - 1 degrees of freedom."""
HALVINGS = 30


@dataclass(frozen=True, eq=False)
class Point:
    """Serving at fixed clocks, and the steady temperatures of its mean watts.

    Attributes
    ----------
    part
        Share of the highest clocks.
    rate, board
        Outputs per second; W, leakage at its temperature included.
    watts
        ``[groups]`` W without leakage.
    factor
        ``[k]`` leakage over that at the reference's voltage.
    state
        ``[n]`` of the reduced model; None: runaway.
    readings
        ``[s]`` K that sensors tell of it in the mean.
    """

    part: float
    rate: float
    board: float
    watts: Floats
    factor: Floats
    state: Floats | None
    readings: Floats


@dataclass(frozen=True)
class Steady:
    """The sustained state.

    Attributes
    ----------
    kind
        ``free``: nothing is slowed; ``fixed point``; ``limit cycle``; ``time average``; ``bottom``: the
        lowest clock, and still too hot; ``runaway``.
    binding
        The controller that decides; empty for none.
    clocks
        Mean Hz by domain.
    rate, interval
        Outputs per second, and half of its 95 % confidence interval where arrivals are random (else 0).
    board
        W
    reading
        K that the binding controller sees, in the mean.
    amplitude, period
        K peak to peak and s, of a limit cycle.
    between
        Shares of the highest clock that it alternates between, of a cycle or a time average.
    upper_share
        Share of the time at the faster of them.
    loop_gain, static_gain
        Of a fixed point: what a deviation of the clock has come to after one run of the controller, and in
        the long run, by temperature and back.
    """

    kind: Literal["free", "fixed point", "limit cycle", "time average", "bottom", "runaway"]
    binding: str
    clocks: dict[str, float]
    rate: float
    interval: float
    board: float
    reading: float
    amplitude: float = 0.0
    period: float = 0.0
    between: tuple[float, float] = (1.0, 1.0)
    upper_share: float = 1.0
    loop_gain: float = 0.0
    static_gain: float = 0.0


class Shortcut:
    """Sustained states of a prepared run.

    Parameters
    ----------
    plan
        A run before it starts; only its mean behaviour is used.
    """

    def __init__(self, plan: Prepared) -> None:
        self.plan = plan
        self._points: dict[tuple[float, float], Point] = {}

    @cached_property
    def lowest(self) -> float:
        """Share of the highest clock that is the lowest one of the main domain."""
        return float(self.plan.loop.low[0] / self.plan.loop.top[0])

    @cached_property
    def span(self) -> float:
        """s that a mean of serving is taken over at the highest clock."""
        from thermal.kernels.serving import OUTPUTS

        load = self.plan.load
        if load.rate > 0.0:
            return self.plan.ticks * self.plan.tick
        rate = float(self.plan.work.rounds[0, -1, -1, -1, OUTPUTS])
        return LIVES * load.demand.slots * load.demand.output / rate

    def hertz(self, part: float) -> Floats:
        """Clocks of all domains at a share of their highest."""
        loop = self.plan.loop
        return np.maximum(loop.low, loop.top * part)

    def at(self, part: float, share: float = 1.0) -> Point:
        """Serving at a share of the highest clocks, and of the bandwidth."""
        key = (round(part, 12), share)
        if key not in self._points:
            self._points[key] = self._found(part, share)
        return self._points[key]

    def _found(self, part: float, share: float) -> Point:
        from thermal.kernels.serving import BOARD, LEAK, leaking_at

        plan, hertz = self.plan, self.hertz(part)
        pace, mean = alone_with_channels(plan, hertz, self.span / max(part, 0.05), share)
        watts = mean[-plan.plant.groups :]
        factor = np.zeros(plan.arrays.frozen.size)
        leaking_at(plan.work, hertz[0], hertz[1] if hertz.size > 1 else 0.0, factor)
        state = plan.plant.steady(watts, factor)
        if state is None:
            hot = np.full(len(plan.site.sensors), np.inf)
            return Point(part, pace.rate, np.inf, watts, factor, None, hot)
        leaked = float(plan.plant.leaked(state, factor).sum())
        board = float(mean[BOARD] + plan.loop.per_leak * (leaked - mean[LEAK]))
        return Point(part, pace.rate, board, watts, factor, state, self.told(state))

    def told(self, state: Floats) -> Floats:
        """``[s]`` K that sensors tell of a steady state, noise and steps apart."""
        true = self.plan.plant.read(self.plan.seen, state)
        bank = self.plan.bank
        return np.asarray(273.15 + bank.offset + bank.gain * (true - 273.15))

    def hot(self, k: int, readings: Floats) -> float:
        """What controller `k` takes as its temperature."""
        return float(np.max(readings[self.plan.loop.hot[k]], initial=-np.inf))

    def steady(self) -> Steady:
        """The sustained state."""
        found = [self._of(k, c) for k, c in enumerate(self.plan.controllers) if isinstance(c, Controller)]
        bound = [x for x in found if x is not None]
        top = self.at(1.0)
        if top.state is None and not bound:
            return self._told("runaway", "", top, top, 1.0, np.inf)
        if not bound:
            return self._with_interval(self._told("free", "", top, top, 1.0, float(top.readings.max())))
        return self._with_interval(min(bound, key=lambda s: s.rate))

    def _of(self, k: int, c: Controller) -> Steady | None:
        """Where a controller alone would settle; None where it does nothing."""
        found: Steady | None = None
        match c:
            case Nvidia():
                found = self._nvidia(k, c)
            case BangBang():
                found = self._bang_bang(k, c)
            case StepWise():
                found = self._straddled(k, c.kind, min(t.trip for t in c.trips_at), self._rungs(k))
            case Intel():
                goal = c.tj_max - c.offset - 0.5 * c.hysteresis
                found = self._straddled(k, c.kind, goal, self._ladder(c.step))
            case Pid():
                found = self._fixed(k, c, lambda p: self.hot(k, p.readings) - c.target, c.kp, c.ki)
            case Predictive():
                found = self._fixed(k, c, lambda p: self.hot(k, p.readings) - c.limit, 0.0, 0.0)
            case PowerAllocator():
                found = self._allocated(k, c)
            case Hbm():
                found = self._memory(k, c)
        return found

    def _ladder(self, step: float) -> Floats:
        """Shares of the highest clock, falling, by steps in Hz."""
        top, low = self.plan.loop.top[0], self.plan.loop.low[0]
        return np.asarray(np.append(np.arange(top, low, -step), low) / top)

    def _rungs(self, k: int) -> Floats:
        count = int(self.plan.loop.params[k, 3])
        return np.asarray(self.plan.loop.levels[k, :count] / self.plan.loop.top[0])

    def _straddled(
        self,
        k: int,
        name: str,
        goal: float,
        rungs: Floats,
        measure: Callable[[Point], float] | None = None,
    ) -> Steady | None:
        """The time average between the two rungs whose steady values are on either side of a goal."""
        value = measure or (lambda p: self.hot(k, p.readings))
        if value(self.at(float(rungs[0]))) < goal:
            return None
        below = self.at(float(rungs[-1]))
        if value(below) >= goal:
            kind: Literal["runaway", "bottom"] = "runaway" if below.state is None else "bottom"
            return self._told(kind, name, below, below, 1.0, value(below))
        low, high = 0, len(rungs) - 1
        while high - low > 1:
            middle = (low + high) // 2
            if value(self.at(float(rungs[middle]))) >= goal:
                low = middle
            else:
                high = middle
        hot, cold = self.at(float(rungs[low])), self.at(float(rungs[high]))
        upper = (goal - value(cold)) / (value(hot) - value(cold)) if math.isfinite(value(hot)) else 0.0
        return self._told("time average", name, hot, cold, upper, goal)

    def _nvidia(self, k: int, c: Nvidia) -> Steady | None:
        setting_step = self.plan.loop.step[0] if c.step is None else c.step
        rungs = self._ladder(setting_step)
        limit = float(self.plan.loop.params[k, 5 + 5])
        memory = self.plan.loop.memory_hot[k]
        options = [self._straddled(k, c.kind, c.software, rungs)]
        if math.isfinite(limit):
            options.append(self._straddled(k, f"{c.kind}: power cap", limit, rungs, lambda p: p.board))
        if c.memory is not None and memory.any():
            hot = lambda p: float(p.readings[memory].max())  # noqa: E731
            options.append(self._straddled(k, f"{c.kind}: memory", c.memory, rungs, hot))
        found = [x for x in options if x is not None]
        return min(found, key=lambda s: s.rate) if found else None

    def _bang_bang(self, k: int, c: BangBang) -> Steady | None:
        lever = int(self.plan.loop.params[k, 2])
        if lever != 0:
            return None
        fast, slow = self.at(1.0), self.at(float(self._rungs(k)[1]))
        if self.hot(k, fast.readings) < c.trip:
            return None
        if self.hot(k, slow.readings) >= c.trip - c.hysteresis:
            kind: Literal["runaway", "bottom"] = "runaway" if slow.state is None else "bottom"
            return self._told(kind, c.kind, slow, slow, 1.0, self.hot(k, slow.readings))
        cycle = self._relay(k, c, fast, slow)
        told = self._told("limit cycle", c.kind, fast, slow, cycle.upper_share, cycle.mean)
        return self._replaced(told, amplitude=cycle.high - cycle.low, period=cycle.period)

    def _relay(self, k: int, c: BangBang, fast: Point, slow: Point) -> Cycle:
        """The limit cycle between two operating points, watched by the sensor that is hottest of all."""
        plan = self.plan
        heard = np.flatnonzero(plan.loop.hot[k])
        s = int(heard[np.argmax(slow.readings[heard])])
        bank, sensor = plan.bank, list(plan.site.sensors.values())[s]
        row = bank.gain[s] * plan.seen.rows[s]
        offset = 273.15 + bank.offset[s] + bank.gain[s] * (plan.seen.offset[s] - 273.15)
        delay = sensor.lag + 0.5 * c.period + 0.5 * (float(bank.every[s]) - 1.0) * plan.tick
        return relay(plan.plant, (fast, slow), row, offset, (c.trip - c.hysteresis, c.trip), delay)

    def _root(self, excess: Callable[[Point], float]) -> Point | None:
        """The clock at which a falling excess is zero; None where there is none to take away."""
        if excess(self.at(1.0)) <= 0.0:
            return None
        low, high = self.lowest, 1.0
        if excess(self.at(low)) >= 0.0:
            return self.at(low)
        for _ in range(HALVINGS):
            middle = 0.5 * (low + high)
            if excess(self.at(middle)) > 0.0:
                high = middle
            else:
                low = middle
            if high - low < 1e-4:
                break
        a, b = excess(self.at(low)), excess(self.at(high))
        return self.at(low - a * (high - low) / (b - a)) if math.isfinite(b) and b > a else self.at(low)

    def _fixed(
        self, k: int, c: Controller, excess: Callable[[Point], float], kp: float, ki: float
    ) -> Steady | None:
        if isinstance(c, Pid) and c.lever != "clock":
            return None
        found = self._root(excess)
        if found is None:
            return None
        if found.state is None or (found.part <= self.lowest and excess(found) > 0.0):
            kind: Literal["runaway", "bottom"] = "runaway" if found.state is None else "bottom"
            return self._told(kind, c.kind, found, found, 1.0, self.hot(k, found.readings))
        within, long = self._responses(k, found, c.period)
        gain = abs((kp + ki * c.period) * within)
        if isinstance(c, Predictive):
            # Its horizon is inverted exactly; what is left is what the model does not know.
            gain, kp = (1.0 - c.correction), 0.0
        told = self._told("fixed point", c.kind, found, found, 1.0, self.hot(k, found.readings))
        return self._replaced(told, loop_gain=gain, static_gain=abs(kp * long))

    def _allocated(self, k: int, c: PowerAllocator) -> Steady | None:
        """Where actors draw their budget; above the desired temperature the integral decides."""
        from thermal.kernels.control import OWN
        from thermal.kernels.serving import FIRST, round_at

        plan = self.plan
        acted = [plan.device.domains.index(name) for name in domains_of(plan.device, c)]
        scale = 1.0 / 1024.0 if c.kernel_exact else 1.0
        sustainable = float(plan.loop.params[k, OWN + 2])
        k_pu = float(plan.loop.params[k, OWN + 4]) * scale

        def drawn(p: Point) -> float:
            out = np.zeros(plan.work.values.shape[-1])
            hertz = self.hertz(p.part)
            round_at(plan.work, 0, hertz[0], hertz[1] if hertz.size > 1 else 0.0, 1.0, out)
            return float(sum(out[FIRST + d] for d in acted))

        def excess(p: Point) -> float:
            error = c.desired - self.hot(k, p.readings)
            if not math.isfinite(error):
                return np.inf
            return max(drawn(p) - sustainable - k_pu * error, -1e6 * error if error < 0.0 else -np.inf)

        if c.switch_on is not None and self.hot(k, self.at(1.0).readings) < c.switch_on:
            return None
        found = self._root(excess)
        if found is None:
            return None
        within, long = self._responses(k, found, c.period)
        slope = self._slope(drawn, found)
        told = self._told("fixed point", c.kind, found, found, 1.0, self.hot(k, found.readings))
        gain = k_pu / slope if slope > 0.0 else 0.0
        return self._replaced(told, loop_gain=abs(gain * within), static_gain=abs(gain * long))

    def _slope(self, value: Callable[[Point], float], p: Point) -> float:
        step = min(0.02, 0.5 * (1.0 - self.lowest))
        low, high = max(self.lowest, p.part - step), min(1.0, p.part + step)
        return (value(self.at(high)) - value(self.at(low))) / (high - low)

    def _responses(self, k: int, p: Point, period: float) -> tuple[float, float]:
        """K of a controller's reading per share of the clock, after a period and in the long run."""
        plan = self.plan
        step = min(0.02, 0.5 * (1.0 - self.lowest))
        low, high = self.at(max(self.lowest, p.part - step)), self.at(min(1.0, p.part + step))
        span = high.part - low.part
        slope = (high.watts - low.watts) / span @ plan.plant.model.inputs[: plan.plant.groups]
        _, held, _ = plan.plant.model.steps(np.array([period]))
        heard = plan.loop.hot[k]
        moved = float(np.max((plan.seen.rows @ (held[0] * slope))[heard]))
        return moved, (self.hot(k, high.readings) - self.hot(k, low.readings)) / span

    def _memory(self, k: int, c: Hbm) -> Steady | None:
        """Refresh that stays doubled, and bandwidth between two shares."""
        free = self.at(1.0)
        if self.hot(k, free.readings) < c.refresh:
            return None
        doubled = self.at(1.0, c.refresh_share)
        if self.hot(k, doubled.readings) < c.throttle:
            reading = self.hot(k, doubled.readings)
            return self._told("fixed point", f"{c.kind}: refresh", doubled, doubled, 1.0, reading)
        shares = np.append(np.arange(1.0, c.lowest, -c.step), c.lowest) * c.refresh_share
        for faster, slower in pairwise(shares):
            hot, cold = self.at(1.0, float(faster)), self.at(1.0, float(slower))
            a, b = self.hot(k, hot.readings), self.hot(k, cold.readings)
            if b < c.throttle <= a:
                return self._told("time average", c.kind, hot, cold, (c.throttle - b) / (a - b), c.throttle)
        last = self.at(1.0, float(shares[-1]))
        return self._told("bottom", c.kind, last, last, 1.0, self.hot(k, last.readings))

    def _told(
        self,
        kind: Literal["free", "fixed point", "limit cycle", "time average", "bottom", "runaway"],
        name: str,
        hot: Point,
        cold: Point,
        upper: float,
        reading: float,
    ) -> Steady:
        upper = min(1.0, max(0.0, upper))
        hertz = upper * self.hertz(hot.part) + (1.0 - upper) * self.hertz(cold.part)
        clocks = dict(zip(self.plan.device.domains, hertz.tolist(), strict=True))
        rate = upper * hot.rate + (1.0 - upper) * cold.rate
        board = upper * hot.board + (1.0 - upper) * cold.board if upper < 1.0 else hot.board
        between = (cold.part, hot.part)
        return Steady(kind, name, clocks, rate, 0.0, board, reading, between=between, upper_share=upper)

    def _replaced(self, told: Steady, **changes: float) -> Steady:
        from dataclasses import replace

        return replace(told, **changes)  # type: ignore[arg-type]

    def polished(self) -> tuple[Steady, Polished]:
        """The sustained state, then short stretches of the loop from there: bursts and overshoots count."""
        told = self.steady()
        cold, hot = (self.at(part) for part in told.between)
        states = [x.state for x in (cold, hot)]
        warm = [x if x is not None else self.plan.plant.model.cold for x in states]
        state = told.upper_share * warm[1] + (1.0 - told.upper_share) * warm[0]
        part = next(iter(told.clocks.values())) / float(self.plan.loop.top[0])
        periods = [c.period for c in self.plan.controllers]
        stretch = max(self.span / LIVES, STRETCH, RUNS * max(periods, default=0.0))
        most = self.plan.loop.stride * self.plan.tick * self.plan.ticks
        return told, polished(self.plan, part, state, min(stretch, most))

    def _with_interval(self, told: Steady) -> Steady:
        """Where arrivals are random: the mean over other arrivals at this operating point."""
        load, plan = self.plan.load, self.plan
        if load.rate <= 0.0 or load.closed:
            return told
        hertz = np.array(list(told.clocks.values()))
        span = plan.ticks * plan.tick
        rates = [
            alone_with_channels(plan, hertz, span, seed=plan.seed + 1 + i)[0].rate for i in range(REPLICAS)
        ]
        half = STUDENT * float(np.std(rates, ddof=1)) / math.sqrt(REPLICAS)
        return self._replaced(told, rate=float(np.mean(rates)), interval=half)


def steady(plan: Prepared) -> Steady:
    """The sustained state of a prepared run."""
    return Shortcut(plan).steady()


__all__: Sequence[str] = ["Point", "Shortcut", "Steady", "steady"]
