"""Newton's method for conductivities and leakage that depend on temperature.

Inexact Newton (Dembo, Eisenstat and Steihaug 1982): each step is solved as exactly as the next residual can
profit from. From a field below the solution the iterates rise towards the lowest, stable steady
state and never pass it, as long as leakage is convex in temperature. Equations: ``docs/theory/nonlinear.md``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from thermal.evaluated import evaluated
from thermal.kernels import nonlinear as kernels
from thermal.kernels.arrays import Floats
from thermal.kernels.krylov import BLOCK
from thermal.krylov import NoConvergence, remaining
from thermal.linearised import Linearised
from thermal.multigrid import Multigrid
from thermal.reached import check_reached
from thermal.system import ConductionSystem

OUTER_LIMIT = 30
# Reduction asked of the first step, from a uniform temperature and from a field near the solution: about what
# the linearisation is good for.
COLD, NEAR = 0.1, 1e-2
# Share of the residual that is left to the inner iteration; the rest is nonlinearity.
SHARE = 0.5
# Where so little is left to gain, the Jacobian of the step before is as good.
CHORD = 0.02
GAIN_TOLERANCE = 1e-3
# Steps in a row that gain less than this: there is no root.
LAST, STAGNANT = 3, 0.6
# Above this no solid of a package is left, and what iterates say means nothing.
HOTTEST = 5000.0


class NoSteadyState(RuntimeError):
    """Newton's method found no steady state: its iterates crossed the fold, or left all bounds."""

    def __init__(self, message: str, outer: tuple[float, ...]) -> None:
        super().__init__(message)
        self.outer = outer


@dataclass(frozen=True, eq=False)
class Root:
    """A steady state.

    Attributes
    ----------
    system
        Evaluated at it.
    theta
        ``[columns, nz]`` K above the reference, finite in void too.
    outer, inner, history
        Relative nonlinear residuals from the start on, V-cycles of every step, residuals after each V-cycle.
    linear
        The linearisation of the last step.
    solver_error
        Largest error in K that the iteration left.
    """

    system: ConductionSystem
    theta: Floats
    outer: tuple[float, ...]
    inner: tuple[int, ...]
    history: tuple[float, ...]
    linear: Linearised
    solver_error: float

    @property
    def temperature(self) -> Floats:
        """``[columns, nz]`` K, a new array."""
        return self.theta + self.system.reference

    def loop_gain(self) -> float:
        """How much leakage feeds back: of a small warming, the share that the leakage it causes brings back.

        All leaking places are warmed by 1 K; the leakage this adds warms them by g/(1 - g) in the end, with g
        the gain, weighted with what each place leaks more per kelvin. From 0 (no leakage) it rises to 1 at
        the fold of steady states; above 1, the steady state is not stable.
        """
        return loop_gain(self.linear)


def loop_gain(linear: Linearised) -> float:
    """`Root.loop_gain` at any temperatures; infinite where it cannot be told, far beyond the fold."""
    if linear.jacobian is None:
        return 0.0
    more = linear.jacobian.leakage_of(np.ones(linear.system.vertical.shape))
    total = float(more.sum())
    if not total > 0.0:
        return 0.0
    try:
        answer = linear.solve(more.copy(), tolerance=GAIN_TOLERANCE).x
    except NoConvergence:
        return float("inf")
    back = float(np.vdot(more, answer)) / total
    return back / (1.0 + back)


def newton(
    system: ConductionSystem,
    start: Floats | None = None,
    *,
    tolerance: float = 1e-8,
    forcing: float | None = None,
    progress: Callable[[int, float], None] | None = None,
) -> Root:
    """Find the steady temperatures of a system.

    Parameters
    ----------
    system
        As assembled; its arrays may be overwritten.
    start
        First guess in K above the reference, ``[columns, nz]``, which is overwritten; default none.
    tolerance
        On the residual relative to the heat.
    forcing
        Reduction of the linear residual in every step; default as the nonlinearity asks.
    progress
        Called with (V-cycles so far, relative residual).

    Raises
    ------
    NoSteadyState
        There is none, as far as Newton's method can tell.
    NoConvergence
        The residual came to rest above the tolerance.
    InputError
        It did so because a law has no value at the temperatures reached.
    """
    search = _Search(system, start, tolerance, forcing, progress)
    try:
        while not search.residual <= tolerance:
            search.step()
    except NoConvergence:
        # A conductivity that has become nothing has a better explanation.
        check_reached(search.system, search.theta + search.system.reference)
        raise
    return search.root()


def _stagnates(outer: list[float]) -> bool:
    """Whether the last steps hardly gained: Newton's method quarters the residual even at a double root."""
    last = outer[-LAST - 1 :]
    return len(outer) > LAST + 1 and all(b > STAGNANT * a for a, b in pairwise(last))


class _Search:
    """State of one search."""

    def __init__(
        self,
        system: ConductionSystem,
        start: Floats | None,
        tolerance: float,
        forcing: float | None,
        progress: Callable[[int, float], None] | None,
    ) -> None:
        self.tolerance, self.forcing, self.progress = tolerance, forcing, progress
        self.near = start is not None
        shape = system.vertical.shape
        # Above the reference: beside 300 K, small rises would lose their digits.
        self.theta: Floats = np.zeros(shape) if start is None else start
        self.system, self.rate = evaluated(system, self._temperature(system), overwrite=True)
        self.multigrid: Multigrid = self.system.multigrid()
        self.r: Floats = np.empty(shape)
        self.residual = self._balance()
        self.outer, self.inner, self.history = [self.residual], list[int](), [self.residual]
        self.left_over = np.inf
        self.linear: Linearised | None = None

    def _temperature(self, system: ConductionSystem) -> Floats:
        return self.theta + system.reference

    def _balance(self) -> float:
        """Make the residual anew; returns its norm relative to that of what is released and flows in."""
        system, level = self.system, self.multigrid.levels[0]
        partial = np.empty((-(-self.r.shape[0] // BLOCK), 2))
        kernels.balance(
            level.start,
            level.other,
            level.face,
            system.lateral,
            system.vertical,
            system.loss,
            system.inflow,
            system.source,
            self.theta,
            self.r,
            partial,
        )
        squares = partial.sum(axis=0)
        if len(system.hanging):
            system.hanging.add(system.lateral, self.theta, self.r, sign=-1.0)
            after = np.empty(partial.shape[0])
            kernels.square(self.r, after)
            squares[0] = after.sum()
        gained, given = np.sqrt(squares)
        return float(gained / given if given > 0.0 else gained)

    def _forcing(self) -> float:
        """Reduction of the linear residual worth asking for: to what the nonlinearity will leave."""
        if self.forcing is not None:
            return self.forcing
        if len(self.outer) == 1:
            wanted = NEAR if self.near else COLD
        else:
            shrunk = self.outer[-1] / self.outer[-2]
            wanted = self.left_over * shrunk**2 / self.residual
        return float(np.clip(SHARE * max(wanted, self.tolerance / self.residual), 1e-12, 0.5))

    def step(self) -> None:
        """One Newton step."""
        if len(self.outer) > OUTER_LIMIT:
            raise NoConvergence(self.outer, self.tolerance)
        if self.system.feedback is not None and _stagnates(self.outer):
            raise NoSteadyState("the iterates pass by the place where steady states end", tuple(self.outer))
        eta = self._forcing()
        if self.linear is None or eta < CHORD:
            at = self._temperature(self.system)
            self.linear = Linearised(self.system, at, self.rate, self.multigrid, into=self.linear)
            del at
        linear = self.linear
        done = len(self.history) - 1

        def tick(iteration: int, residual: float) -> None:
            if self.progress is not None:
                self.progress(done + iteration, residual * self.residual)

        try:
            found = linear.solve(self.r, tolerance=eta, progress=tick)
        except NoConvergence as error:
            if self.system.feedback is None:
                raise
            message = f"Newton step {len(self.outer)} cannot be solved: {error}"
            raise NoSteadyState(message, tuple(self.outer)) from None
        if self.system.feedback is not None and found.lowest <= 0.0:
            raise NoSteadyState("the iterates crossed the fold of steady states", tuple(self.outer))
        self.theta += found.x
        if self.system.feedback is not None and not self.theta.max() + self.system.reference < HOTTEST:
            raise NoSteadyState("the iterates left all bounds", tuple(self.outer))
        self.inner.append(found.iterations)
        self.history += [r * self.residual for r in found.residuals[1:]]
        self.system, self.rate = evaluated(
            self.system, self._temperature(self.system), overwrite=True, rate=self.rate
        )
        predicted = found.residuals[-1] * self.residual
        self.residual = self._balance()
        self.left_over = float(np.sqrt(max(self.residual**2 - predicted**2, 0.0)))
        self.outer.append(self.residual)
        self.history[-1] = self.residual

    def root(self) -> Root:
        """What was found."""
        record = tuple(self.outer), tuple(self.inner), tuple(self.history)
        left = remaining(self.multigrid, self.r, record[2])
        if self.linear is None:
            at = self._temperature(self.system)
            self.linear = Linearised(self.system, at, self.rate, self.multigrid)
        return Root(self.system, self.theta, *record, self.linear, left)
