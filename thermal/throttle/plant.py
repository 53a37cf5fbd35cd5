"""The reduced model as the loop sees it: ticks, readings, steady states with voltage-dependent leakage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from thermal.kernels.arrays import Floats
from thermal.rom.model import ReducedModel

if TYPE_CHECKING:
    from thermal.kernels.plant import Drive, Plant, Rows

ROUNDS = 200
"""Corrections of leakage on the way to a steady state."""
SETTLED, HOPELESS = 1e-9, 1e3
"""K at which a steady state is found, and above which it is a runaway."""


@dataclass(frozen=True, eq=False)
class ThermalPlant:
    """A reduced model with the names of what the loop needs of it.

    Attributes
    ----------
    model
        Groups of the workload, blocks of the scene.
    """

    model: ReducedModel

    @property
    def groups(self) -> int:
        """Inputs that are watts."""
        return len(self.model.groups)

    def leaking_groups(self) -> list[int]:
        """Index among the groups of each that leaks."""
        return [self.model.groups.index(name) for name in self.model.leaking]

    def ticking(self, tick: float) -> Plant:
        """Arrays for the kernel."""
        from thermal.kernels.plant import Plant

        m = self.model
        decay, held, ramp = (np.ascontiguousarray(a[0]) for a in m.steps(np.array([tick])))
        driven = np.ascontiguousarray(m.inputs[: self.groups])
        u0 = np.ascontiguousarray(m.u0[: self.groups])
        return Plant(
            decay,
            held,
            ramp,
            driven,
            u0,
            np.ascontiguousarray(m.spread),
            np.ascontiguousarray(m.readings),
            np.ascontiguousarray(m.frozen),
            np.ascontiguousarray(m.table),
            m.low,
            m.step_k,
        )

    def at_rest(self) -> Drive:
        """What drives the states, before the first tick: nothing is known."""
        from thermal.kernels.plant import Drive

        k, n = len(self.model.leaking), self.model.states
        none = np.full(k, np.nan)
        rest = np.zeros(n), np.zeros(k), np.zeros(n), np.zeros(k), np.zeros(n)
        return Drive(np.full(self.groups, np.nan), rest[0], rest[1], none, rest[2], rest[3], rest[4])

    def rows(self, quantity: str, blocks: Sequence[str]) -> Rows:
        """Means (``avg``) or maxima (``max``) of blocks."""
        from thermal.kernels.plant import Rows

        if not blocks:
            return Rows(np.zeros((0, self.model.states)), np.zeros(0), np.zeros(1, np.int64))
        found = self.model.outputs(quantity, blocks)
        return Rows(np.ascontiguousarray(found.rows), found.offset, found.start)

    def read(self, rows: Rows, states: Floats) -> Floats:
        """Temperatures ``[..., outputs]`` K at states ``[..., n]``."""
        flat = rows.offset + states.reshape(-1, self.model.states) @ rows.rows.T
        out = np.maximum.reduceat(flat, rows.start[:-1], axis=1)
        return np.asarray(out.reshape(*states.shape[:-1], out.shape[1]), float)

    def leaked(self, state: Floats, factor: Floats) -> Floats:
        """``[k]`` W that groups leak."""
        m = self.model
        x = (m.readings @ state - m.low) / m.step_k
        i = np.clip(np.floor(x).astype(int), 0, m.table.shape[1] - 2) if m.table.size else np.zeros(0, int)
        k = np.arange(i.size)
        low, high = m.table[k, i], m.table[k, i + 1]
        return np.asarray(factor * np.exp(np.minimum(low + (x - i) * (high - low), 50.0)), float)

    def steady(self, watts: Floats, factor: Floats) -> Floats | None:
        """State ``[n]`` that watts ``[groups]`` and leakage lead to; None where there is none (runaway)."""
        m = self.model
        base = (watts - m.u0[: self.groups]) @ m.inputs[: self.groups]
        state = base / m.rates
        for _ in range(ROUNDS):
            leak = self.leaked(state, factor) - m.frozen
            following = (base + leak @ m.spread) / m.rates
            change = float(np.max(np.abs(m.readings @ (following - state)), initial=0.0))
            state = following
            if change < SETTLED:
                return np.asarray(state, float)
            if not np.isfinite(change) or change > HOPELESS:
                return None
        return None if change > 1e-3 else np.asarray(state, float)

    def gain(self, state: Floats, factor: Floats) -> float:
        """Loop gain of leakage at a state: the largest eigenvalue of d(leak at steady state)/d(leak)."""
        m = self.model
        if not m.leaking:
            return 0.0
        step = 0.01
        above = self.leaked(state, factor)
        slope = np.empty(above.size)
        for k in range(above.size):
            direction = np.zeros(m.states)
            reading = m.readings[k]
            direction = reading * (step / float(reading @ reading))
            slope[k] = (self.leaked(state + direction, factor)[k] - above[k]) / step
        resistance = m.readings @ (m.spread / m.rates).T
        return float(np.max(np.abs(np.linalg.eigvals(slope[:, None] * resistance))))
