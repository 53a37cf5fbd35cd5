"""Steady states along a parameter, through the fold at which they end.

Steady states are followed by the mean temperature tau of one block, which rises along the whole branch,
through the fold and beyond it, while the parameter mu turns back there (Keller 1977; bordered systems:
Govaerts 2000). Equations: ``docs/theory/nonlinear.md``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise

import numpy as np

from thermal.boundary import Boundary
from thermal.evaluated import CONSTANT, evaluated
from thermal.feedback import cells_of
from thermal.gmres import Workspace, gmres
from thermal.jacobian import Jacobian
from thermal.kernels import nonlinear as kernels
from thermal.kernels.arrays import Floats, Ints, Singles
from thermal.krylov import Convergence, NoConvergence
from thermal.linearised import Linearised
from thermal.multigrid import Multigrid
from thermal.scene import Face, Scene
from thermal.system import ConductionSystem, heat

# Vectors kept: near the fold one direction is slow, and must not be forgotten.
RESTART = 16
TOLERANCE = 1e-7
LINEAR = 1e-4
CORRECTIONS = 12
FIRST_STEP, LONGEST_STEP, LEAST_STEP, SHORTEST_STEP = 12.0, 60.0, 3.0, 0.05
HOTTEST = 1500.0
"""K up to which steady states are followed."""


class Parameter(StrEnum):
    """What is changed until no steady state is left."""

    POWER = "power"
    """All heat but leakage, as a factor."""
    AMBIENT = "ambient"
    """All ambients, by a shift in K."""
    COOLING = "cooling"
    """All heat transfer coefficients, by the factor exp(-mu)."""

    @property
    def neutral(self) -> float:
        """The value that changes nothing."""
        return 1.0 if self is Parameter.POWER else 0.0

    @property
    def resolution(self) -> float:
        """How exactly the value at the fold is wanted."""
        return 0.005 if self is Parameter.AMBIENT else 1e-4


def changed(scene: Scene, parameter: Parameter, value: float) -> Scene:
    """The scene with a parameter at a value."""
    if parameter is Parameter.POWER:
        return _powered(scene, value)
    if parameter is Parameter.AMBIENT:
        return _cooled(scene, 1.0, value)
    return _cooled(scene, float(np.exp(-value)), 0.0)


def _powered(scene: Scene, factor: float) -> Scene:
    def face(old: Face) -> Face:
        return old if old.flux is None else replace(old, flux=old.flux * factor)

    return replace(
        scene,
        blocks=tuple(replace(b, power=b.power * factor) for b in scene.blocks),
        rasters=tuple(replace(r, watts=r.watts * factor) for r in scene.rasters),
        top=face(scene.top),
        bottom=face(scene.bottom),
    )


def _cooled(scene: Scene, factor: float, shift: float) -> Scene:
    def face(old: Face) -> Face:
        lumped = None if old.resistance is None else old.resistance / factor
        return replace(old, ambient=old.ambient + shift, htc=old.htc * factor, resistance=lumped)

    slabs = tuple(
        replace(
            s,
            exposures=tuple(replace(e, htc=e.htc * factor, ambient=e.ambient + shift) for e in s.exposures),
        )
        for s in scene.slabs
    )
    return replace(scene, slabs=slabs, top=face(scene.top), bottom=face(scene.bottom))


@dataclass(frozen=True, eq=False)
class Point:
    """A steady state: mean temperature of the block (K), parameter, its derivative by that, and the field."""

    tau: float
    mu: float
    slope: float
    temperature: Floats
    tangent: Floats


class Bordered:
    """The Jacobian with a column for the parameter and a row for the mean temperature of the block.

    ``[J, -dr/dmu; c, 0]``, where r is the heat that cells gain. It is regular at a fold, where J is not.
    """

    def __init__(
        self, jacobian: Jacobian, multigrid: Multigrid, column: Floats, cell: Ints, weight: Floats
    ) -> None:
        self._jacobian, self._multigrid = jacobian, multigrid
        size = float(np.linalg.norm(column))
        self.scale = 1.0 / size if size > 0.0 else 1.0
        self._column = column * (-self.scale)
        self._cell, self._weight = cell, weight
        self._solved = np.empty(column.shape, np.float32)
        self._cycle(self._column.astype(np.float32), self._solved)
        # The row as W: then both parts of a residual are of one kind.
        answer = abs(self._mean(self._solved))
        if not answer > 0.0:
            raise NoConvergence([np.inf], TOLERANCE)
        self.row = 1.0 / answer
        self._across = self.row * self._mean(self._solved)

    def _mean(self, x: Floats | Singles) -> float:
        return float(self._weight @ x.reshape(-1)[self._cell])

    def _cycle(self, v: Singles, out: Singles) -> None:
        kernels.copied(v, self._multigrid.source)
        kernels.copied(self._multigrid.apply(), out)

    def precondition(self, v: Singles, tail: float, out: Singles) -> float:
        """Solve with the V-cycle in place of J, border included."""
        self._cycle(v, out)
        m = (self.row * self._mean(out) - tail) / self._across
        out -= np.float32(m) * self._solved
        return m

    def apply(self, z: Floats | Singles, tail: float, out: Floats) -> float:
        """One product."""
        self._jacobian.apply(z, out)
        out += tail * self._column
        return self.row * self._mean(z)


class Branch:
    """Steady states of a system on one mesh, followed along a parameter.

    Parameters
    ----------
    system
        Any evaluation of it; its scene is the one of the neutral parameter.
    block
        Index of the block whose mean temperature counts.
    progress
        Called with the parameter and the temperature reached, K.
    """

    def __init__(
        self,
        system: ConductionSystem,
        parameter: Parameter,
        block: int,
        multigrid: Multigrid | None = None,
        progress: Callable[[Parameter, float], None] | None = None,
    ) -> None:
        self.parameter, self.progress = parameter, progress
        self._system, self._scene = system, system.scene
        placed = system.scene.blocks[block]
        self._cell, self._weight = cells_of(placed, system.mesh, system.shares.row(block))
        self._multigrid = multigrid
        self._workspace = Workspace(system.vertical.shape, RESTART)
        self._rate: Singles = CONSTANT

    def mean(self, temperature: Floats) -> float:
        """Mean temperature of the block, K."""
        return float(self._weight @ temperature.reshape(-1)[self._cell])

    def uniform(self, above: float) -> Floats:
        """A field of one temperature, `above` the reference by some K."""
        return np.full(self._system.vertical.shape, self._system.reference + above)

    def corrected(self, temperature: Floats, mu: float, tau: float) -> Point:
        """The steady state at which the block has the mean temperature `tau`, near a field and a parameter.

        Raises
        ------
        NoConvergence
            Newton's method found none.
        """
        t = temperature.copy()
        residuals = list[float]()
        while True:
            bordered, r, relative = self._linearised(t, mu)
            residuals.append(relative)
            off = tau - self.mean(t)
            if relative <= TOLERANCE and abs(off) <= 1e-6:
                break
            if len(residuals) > CORRECTIONS or not relative < 1e6 or t.max() > 2.0 * HOTTEST:
                raise NoConvergence(residuals, TOLERANCE)
            found = self._solved(bordered, r, off, max(0.1 * min(relative, 0.1), 1e-5))
            t += found.x
            mu += found.tail * bordered.scale
        tangent = self._solved(bordered, np.zeros_like(r), 1.0, LINEAR)
        if self.progress is not None:
            self.progress(self.parameter, tau)
        return Point(tau, mu, tangent.tail * bordered.scale, t, tangent.x)

    def _solved(self, bordered: Bordered, r: Floats, mean: float, tolerance: float) -> Convergence:
        return gmres(
            bordered, r, mean * bordered.row, tolerance=tolerance, workspace=self._workspace, limit=200
        )

    def _linearised(self, t: Floats, mu: float) -> tuple[Bordered, Floats, float]:
        """The bordered Jacobian, the heat that cells gain, and its size relative to the heat."""
        scene = changed(self._scene, self.parameter, mu)
        self._system, self._rate = evaluated(self._system, t, scene=scene)
        system = self._system
        if self._multigrid is None:
            self._multigrid = system.multigrid()
        linear = Linearised(system, t, self._rate, self._multigrid)
        assert linear.jacobian is not None
        r, flow = system.rhs, np.empty_like(t)
        # A neutral mode of the scale of the problem even where nothing is released.
        size = max(float(np.linalg.norm(r)), 1e-300)
        linear.operator.apply(t - system.reference, flow)
        r -= flow
        column = self._column(t, mu)
        bordered = Bordered(linear.jacobian, self._multigrid, column, self._cell, self._weight)
        return bordered, r, float(np.linalg.norm(r)) / size

    def _column(self, t: Floats, mu: float) -> Floats:
        """Derivative of the heat that cells gain with respect to the parameter."""
        nudge = 1e-4
        return (self._gained(t, mu + nudge) - self._gained(t, mu - nudge)) / (2.0 * nudge)

    def _gained(self, t: Floats, mu: float) -> Floats:
        """Heat that cells gain but for conduction and leakage."""
        system = self._system
        scene = changed(self._scene, self.parameter, mu)
        gained, _ = heat(scene, system.mesh, system.deposited, None, t)
        boundary = Boundary.of(scene, system.mesh, system.conductivities, system.reference, system.factor)
        lost = boundary.outflow(t - system.reference)
        if lost.shape[1] == t.shape[1]:
            return gained - lost
        gained[:, 0] -= lost[:, 0]
        gained[:, -1] -= lost[:, 1]
        return gained

    def after(self, point: Point, tau: float) -> Point:
        """The next point at another temperature of the block, by steps that Newton's method can take."""
        while True:
            step = tau - point.tau
            try:
                guess = point.temperature + step * point.tangent
                return self.corrected(guess, point.mu + step * point.slope, tau)
            except NoConvergence:
                if abs(step) < SHORTEST_STEP:
                    raise
                point = self.after(point, point.tau + 0.5 * step)


@dataclass(frozen=True, eq=False)
class Fold:
    """Where steady states end.

    Attributes
    ----------
    parameter
        What was changed.
    value
        Its largest value with a steady state.
    top
        The steady state there.
    points
        What was visited, by rising temperature.
    """

    parameter: Parameter
    value: float
    top: Point
    points: tuple[Point, ...]

    def curve(self, fineness: float = 3.0) -> list[tuple[float, float]]:
        """Temperatures (K) and values along the branch, every `fineness` K, by cubics between its points."""
        found = [(self.points[0].tau, self.points[0].mu)]
        for low, high in pairwise(self.points):
            count = max(1, round((high.tau - low.tau) / fineness))
            places = [(i + 1) / count for i in range(count)]
            found += [(low.tau + s * (high.tau - low.tau), _between(low, high, s)) for s in places]
        return found


def fold(branch: Branch, start: Point) -> Fold | None:
    """Follow a branch from a point to its fold; None where there is none up to `HOTTEST`."""
    low, high, visited = _bracketed(branch, start)
    if low is None or high is None:
        return None
    while True:
        value, tau = _top(low, high)
        known = max(low.mu, high.mu)
        # Two tangents to a concave curve meet above its top.
        meets = (high.mu - low.mu + low.slope * low.tau - high.slope * high.tau) / (low.slope - high.slope)
        above = low.mu + low.slope * (meets - low.tau)
        if above - known <= branch.parameter.resolution or high.tau - low.tau < 0.5:
            break
        between = float(
            np.clip(meets, low.tau + 0.1 * (high.tau - low.tau), high.tau - 0.1 * (high.tau - low.tau))
        )
        point = branch.after(low if between - low.tau < high.tau - between else high, between)
        visited.append(point)
        low, high = (point, high) if point.slope > 0.0 else (low, point)
    top = branch.after(min(visited, key=lambda p: abs(p.tau - tau)), tau)
    return Fold(branch.parameter, value, top, tuple(sorted([*visited, top], key=lambda p: p.tau)))


def _bracketed(branch: Branch, start: Point) -> tuple[Point | None, Point | None, list[Point]]:
    """Neighbours on both sides of the fold, and all points on the way."""
    visited, point = [start], start
    rising = start.slope > 0.0
    step = FIRST_STEP if rising else -FIRST_STEP
    while 0.0 < point.tau + step < HOTTEST:
        following = branch.after(point, point.tau + step)
        visited.append(following)
        if (following.slope > 0.0) is not rising:
            low, high = (point, following) if rising else (following, point)
            return low, high, visited
        step = float(np.clip(1.6 * step, -LONGEST_STEP, LONGEST_STEP))
        # Far beyond the fold other modes are unstable, too: do not overshoot where the slope is seen to fall.
        bend = (following.slope - point.slope) / (following.tau - point.tau)
        if bend < 0.0:
            ahead = max(abs(following.slope / bend), LEAST_STEP)
            step = float(np.clip(step, -ahead, ahead))
        point = following
    return None, None, visited


def _top(low: Point, high: Point) -> tuple[float, float]:
    """Largest value, and where, of the cubic through two points and slopes on both sides of it."""
    h = high.tau - low.tau
    a, b, d = low.slope * h, high.slope * h, high.mu - low.mu
    roots = np.roots([3.0 * (a + b - 2.0 * d), 2.0 * (3.0 * d - 2.0 * a - b), a])
    inside = [float(s.real) for s in roots if abs(s.imag) < 1e-9 and -1e-9 <= s.real <= 1.0 + 1e-9]
    s = max(inside, key=lambda s: _between(low, high, s), default=0.5)
    return _between(low, high, s), low.tau + s * h


def _between(low: Point, high: Point, s: float) -> float:
    """Value at the share `s` of the way between two points, of the cubic with their values and slopes."""
    h = high.tau - low.tau
    a, b, d = low.slope * h, high.slope * h, high.mu - low.mu
    return low.mu + s * (a + s * (3.0 * d - 2.0 * a - b + s * (a + b - 2.0 * d)))
