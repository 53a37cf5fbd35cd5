"""A run of the loop: its state, and the march through its ticks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from thermal.throttle.controllers.base import Controller
from thermal.throttle.controllers.written import Action, Seen, WrittenController
from thermal.throttle.prepared import Prepared

if TYPE_CHECKING:
    from thermal.kernels.throttle import Live, Record

SLICES = 50
"""How often progress is told in a run."""


class Simulation:
    """State of a run, marched in place.

    Parameters
    ----------
    plan
        What it is made of.
    """

    def __init__(self, plan: Prepared) -> None:
        from thermal.kernels.serving import retune

        self.plan = plan
        self.done = 0
        self.begun = 0
        self.live = live = self._live()
        channels = plan.work.values.shape[-1]
        self.engine = plan.load.engine(channels, plan.work)
        self.record = self._record()
        self.drive = plan.plant.at_rest()
        now = live.now
        live.state[:] = self._start()
        from thermal.kernels.plant import read

        read(plan.seen, live.state, live.true)
        live.lagged[:] = live.shown[:] = live.true
        retune(plan.work, self.engine, 0, now[0], now[1], 1.0, plan.idle)

    def _live(self) -> Live:
        from thermal.kernels import control
        from thermal.kernels import throttle as kernels

        loop, plan = self.plan.loop, self.plan
        d, k, s = loop.top.size, loop.params.shape[0], len(plan.site.sensors)
        now = np.zeros(10)
        now[0], now[1] = loop.top[0], loop.top[1] if d > 1 else 0.0
        now[kernels.DUTY] = now[kernels.SHARE] = 1.0
        now[kernels.MOST], now[kernels.FIRST_THROTTLE] = np.inf, -1.0
        sums = np.zeros(5)
        sums[kernels.GUARDBAND] = -np.inf
        return kernels.Live(
            np.zeros(plan.plant.model.states),
            np.zeros(s),
            np.zeros(s),
            np.zeros(s),
            np.zeros(len(plan.follows)),
            np.zeros((k, 24)),
            np.tile(loop.top, (k, 1)).reshape(k, d),
            np.ones(k),
            np.ones(k),
            np.full(k, np.inf),
            np.zeros(k, np.int64),
            np.zeros(k, np.int64),
            np.zeros((k, 1 + plan.work.values.shape[-1])),
            np.zeros(s),
            now,
            sums,
            np.zeros(d + 2, np.int64),
            np.zeros((d + 2, len(control.REASONS) + 1)),
        )

    def _record(self) -> Record:
        from thermal.kernels.throttle import Record

        plan, loop = self.plan, self.plan.loop
        r, d, s = plan.ticks // loop.stride, loop.top.size, len(plan.site.sensors)
        return Record(
            time=np.zeros(r),
            outputs=np.zeros(r),
            board=np.zeros(r),
            busy=np.zeros(r),
            duty=np.zeros(r),
            share=np.zeros(r),
            waiting=np.zeros(r),
            hottest=np.zeros(r),
            told=np.zeros(r),
            clock=np.zeros((r, d)),
            reasons=np.zeros((r, d + 2), np.int64),
            shown=np.zeros((r, s)),
            true=np.zeros((r, s)),
            watts=np.zeros((r, plan.plant.groups)),
            factor=np.zeros((r, plan.arrays.frozen.size)),
            state=np.zeros((r, plan.plant.model.states)),
        )

    def _start(self) -> np.ndarray:
        plan = self.plan
        if plan.site.throttle.entry.start == "ambient":
            return np.asarray(plan.plant.model.cold)
        watts = plan.work.rounds[0, -1, -1, -1][-plan.plant.groups :]
        found = plan.plant.steady(watts, plan.work.leaking[-1, -1])
        return np.asarray(plan.plant.model.cold) if found is None else found

    @property
    def shut(self) -> float | None:
        """s of a shutdown."""
        from thermal.kernels.throttle import SHUT

        return float(self.live.now[SHUT]) or None

    def march(self, progress: Callable[[float], None] | None = None) -> None:
        """Run to the end, or to a shutdown."""
        written = self._written()
        slice_ = max(1, self.plan.ticks // SLICES)
        while self.done < self.plan.ticks and self.shut is None:
            until = min(self.plan.ticks, self.done + slice_)
            self._to(until, written)
            if progress is not None:
                progress(self.done / self.plan.ticks)

    def on(self, ticks: int) -> None:
        """Some more ticks; the record is of these alone, and the clock of arrivals and sensors goes on."""
        self.begun = self.done
        for array in self.record:
            array[:] = 0
        self._to(self.done + ticks, self._written())

    def _to(self, goal: int, written: list[tuple[int, WrittenController, int]]) -> None:
        while self.done < goal and self.shut is None:
            until = goal
            for _, _, every in written:
                until = min(until, (self.done // every + 1) * every)
            self._kernel(until - self.done)
            for k, controller, every in written:
                if self.done % every == 0:
                    self._ask(k, controller)
            if written:
                self.settle()

    def _written(self) -> list[tuple[int, WrittenController, int]]:
        return [
            (k, c, max(1, round(c.period / self.plan.tick)))
            for k, c in enumerate(self.plan.controllers)
            if not isinstance(c, Controller)
        ]

    def _kernel(self, ticks: int) -> None:
        from thermal.kernels.throttle import march

        plan = self.plan
        self.done += march(
            plan.arrays,
            plan.seen,
            plan.watched,
            plan.bank,
            plan.work,
            plan.idle,
            plan.load.queue,
            plan.loop,
            self.live,
            self.drive,
            self.engine,
            self.record,
            self.done,
            ticks,
            self.begun,
        )

    def _ask(self, k: int, controller: WrittenController) -> None:
        """Let a controller of the user's decide."""
        from thermal.kernels import control
        from thermal.kernels.serving import BOARD, DONE, TAKEN

        plan, live = self.plan, self.live
        gathered = live.gathered[k]
        domains = plan.device.domains
        seen = Seen(
            self.done * plan.tick,
            dict(zip(plan.site.sensors, live.shown.tolist(), strict=True)),
            dict(zip(domains, live.now[: len(domains)].tolist(), strict=True)),
            float(gathered[1 + BOARD] / max(1.0, gathered[0])),
            float(self.engine.at[TAKEN] - self.engine.at[DONE]),
        )
        gathered[:] = 0.0
        action: Action = controller.tick(seen)
        for d, name in enumerate(domains):
            top, low = plan.loop.top[d], plan.loop.low[d]
            live.cap[k, d] = min(max(action.clocks.get(name, top), low), top)
        live.duty[k], live.share[k] = action.duty, action.bandwidth
        live.most[k] = action.sequences
        names = ("", *plan.site.throttle.entry.variants)
        live.variant[k] = names.index(action.variant)
        live.why[k] = control.BY_USER

    def settle(self) -> None:
        """Take up what was decided."""
        from thermal.kernels import throttle as kernels
        from thermal.kernels.serving import retune

        plan, now = self.plan, self.live.now
        if kernels.combine(plan.loop, self.live):
            retune(
                plan.work,
                self.engine,
                int(now[kernels.VARIANT]),
                now[kernels.F0],
                now[kernels.F1],
                now[kernels.SHARE],
                plan.idle,
            )
