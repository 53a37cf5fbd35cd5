"""Steady states along a parameter, through the fold at which they end.

Steady states are followed by the temperature tau of the leaking cell that heats fastest, which rises through
the fold and beyond it, while the parameter mu turns back there (Keller 1977; a local parametrisation as of
Rheinboldt and Burkardt 1983; bordered systems: Govaerts 2000). Equations: ``docs/theory/nonlinear.md``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from thermal.boundary import Boundary
from thermal.evaluated import CONSTANT, evaluated
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
TOLERANCE = 1e-6
LINEAR = 1e-4
CORRECTIONS = 8
# After so many corrections a residual above this is not going to converge.
SLOW, STILL = 4, 1e-2
FIRST_STEP, LONGEST_STEP, LEAST_STEP, SHORTEST_STEP = 12.0, 60.0, 3.0, 0.05
NUDGE = 1e-4
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
        """How exactly the value at the fold is wanted: to this, or to this share of it."""
        return 0.05 if self is Parameter.AMBIENT else 5e-4


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
    """A steady state on a branch, as seen from one cell.

    Attributes
    ----------
    cell, tau
        The cell, counted through columns and then z, and its temperature in K.
    mu, slope
        Parameter, and its derivative by `tau`.
    temperature, tangent
        The field in K, and its derivative by `tau`.
    """

    cell: int
    tau: float
    mu: float
    slope: float
    temperature: Floats
    tangent: Floats

    def seen_from(self, cell: int) -> Point:
        """The same state with another cell as the measure of the way."""
        if cell == self.cell:
            return self
        rate = float(self.tangent.reshape(-1)[cell])
        tau = float(self.temperature.reshape(-1)[cell])
        return Point(cell, tau, self.mu, self.slope / rate, self.temperature, self.tangent / rate)

    def fastest(self, among: Ints) -> int:
        """The cell that heats fastest along the branch."""
        return int(among[int(np.argmax(self.tangent.reshape(-1)[among]))])


class Bordered:
    """The Jacobian with a column for the parameter and a row for the temperature of one cell.

    ``[J, -dr/dmu; c, 0]``, where r is the heat that cells gain. It is regular at a fold, where J is not.
    """

    def __init__(self, jacobian: Jacobian, multigrid: Multigrid, column: Floats, cell: int) -> None:
        self._jacobian, self._multigrid, self._cell = jacobian, multigrid, cell
        size = float(np.linalg.norm(column))
        self.scale = 1.0 / size if size > 0.0 else 1.0
        self._column = column * (-self.scale)
        self._solved = np.empty(column.shape, np.float32)
        self._cycle(self._column.astype(np.float32), self._solved)
        # The row as W: then both parts of a residual are of one kind.
        answer = float(self._solved.reshape(-1)[cell])
        if answer == 0.0:
            raise NoConvergence([np.inf], TOLERANCE)
        self.row = 1.0 / abs(answer)
        self._across = self.row * answer

    def _cycle(self, v: Singles, out: Singles) -> None:
        kernels.copied(v, self._multigrid.source)
        kernels.copied(self._multigrid.apply(), out)

    def precondition(self, v: Singles, tail: float, out: Singles) -> float:
        """Solve with the V-cycle in place of J, border included."""
        self._cycle(v, out)
        m = (self.row * float(out.reshape(-1)[self._cell]) - tail) / self._across
        out -= np.float32(m) * self._solved
        return m

    def apply(self, z: Floats | Singles, tail: float, out: Floats) -> float:
        """One product."""
        self._jacobian.apply(z, out)
        out += tail * self._column
        return self.row * float(z.reshape(-1)[self._cell])


class Branch:
    """Steady states of a leaking system on one mesh, followed along a parameter.

    Parameters
    ----------
    system
        Any evaluation of it; its scene is the one of the neutral parameter.
    multigrid
        The preconditioner of the same cells.
    """

    def __init__(
        self, system: ConductionSystem, parameter: Parameter, multigrid: Multigrid | None = None
    ) -> None:
        assert system.feedback is not None
        self.parameter = parameter
        self.cells = np.unique(system.feedback.cell)
        self._system, self._scene = system, system.scene
        self._multigrid = multigrid
        self._workspace = Workspace(system.vertical.shape, RESTART)
        self._rate: Singles = CONSTANT
        self._released: tuple[float, Floats] | None = None

    def uniform(self, above: float) -> Floats:
        """A field of one temperature, `above` the reference by some K."""
        return np.full(self._system.vertical.shape, self._system.reference + above)

    def start(self, temperature: Floats, mu: float) -> Point:
        """The point at a steady field, or near one that is only guessed."""
        flat = temperature.reshape(-1)
        cell = int(self.cells[int(np.argmax(flat[self.cells]))])
        found = self.corrected(temperature, mu, cell, float(flat[cell]))
        return found.seen_from(found.fastest(self.cells))

    def corrected(self, temperature: Floats, mu: float, cell: int, tau: float) -> Point:
        """The steady state at which a cell has the temperature `tau`, near a field and a parameter.

        Raises
        ------
        NoConvergence
            Newton's method found none.
        """
        t = temperature.copy()
        residuals = list[float]()
        while True:
            bordered, r, relative = self._linearised(t, mu, cell)
            residuals.append(relative)
            off = tau - float(t.reshape(-1)[cell])
            if relative <= TOLERANCE and abs(off) <= 1e-6:
                break
            if _hopeless(residuals) or t.max() > 2.0 * HOTTEST:
                raise NoConvergence(residuals, TOLERANCE)
            found = self._solved(bordered, r, off, max(0.1 * min(relative, 0.1), 1e-5))
            t += found.x
            mu += found.tail * bordered.scale
        tangent = self._solved(bordered, np.zeros_like(r), 1.0, LINEAR)
        return Point(cell, tau, mu, tangent.tail * bordered.scale, t, tangent.x)

    def _solved(self, bordered: Bordered, r: Floats, off: float, tolerance: float) -> Convergence:
        tail = off * bordered.row
        return gmres(bordered, r, tail, tolerance=tolerance, workspace=self._workspace, limit=200)

    def _linearised(self, t: Floats, mu: float, cell: int) -> tuple[Bordered, Floats, float]:
        """The bordered Jacobian, the heat that cells gain, and its size relative to the heat."""
        scene = changed(self._scene, self.parameter, mu)
        self._system, self._rate = evaluated(self._system, t, scene=scene)
        system = self._system
        if self._multigrid is None:
            self._multigrid = system.multigrid()
        linear = Linearised(system, t, self._rate, self._multigrid)
        assert linear.jacobian is not None
        r, flow = system.rhs, np.empty_like(t)
        size = max(float(np.linalg.norm(r)), np.finfo(float).tiny)
        linear.operator.apply(t - system.reference, flow)
        r -= flow
        bordered = Bordered(linear.jacobian, self._multigrid, self._column(t, mu), cell)
        return bordered, r, float(np.linalg.norm(r)) / size

    def _column(self, t: Floats, mu: float) -> Floats:
        """Derivative of the heat that cells gain with respect to the parameter."""
        system = self._system
        column = np.zeros_like(t)
        if self.parameter is Parameter.POWER:
            if self._released is None:
                here, _ = heat(self._scene, system.mesh, system.deposited, None, t)
                self._released = mu, here
            column += self._released[1]
        lost = (self._lost(t, mu + NUDGE) - self._lost(t, mu - NUDGE)) / (2.0 * NUDGE)
        if lost.shape[1] == t.shape[1]:
            column -= lost
        else:
            column[:, 0] -= lost[:, 0]
            column[:, -1] -= lost[:, 1]
        return column

    def _lost(self, t: Floats, mu: float) -> Floats:
        """Heat that leaves cells at the boundary, W."""
        system, scene = self._system, changed(self._scene, self.parameter, mu)
        setting = system.mesh, system.conductivities, system.reference, system.factor
        return Boundary.of(scene, *setting).outflow(t - system.reference)

    def after(self, point: Point, tau: float) -> Point:
        """The next point at another temperature of the same cell, by steps that Newton's method can take."""
        while True:
            step = tau - point.tau
            try:
                guess = point.temperature + step * point.tangent
                return self.corrected(guess, point.mu + step * point.slope, point.cell, tau)
            except NoConvergence:
                if abs(step) < SHORTEST_STEP:
                    raise
                point = self.after(point, point.tau + 0.5 * step)


def _hopeless(residuals: list[float]) -> bool:
    last = residuals[-1]
    return len(residuals) > CORRECTIONS or not last < 1e6 or (len(residuals) > SLOW and last > STILL)


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
        What was visited, along the branch.
    """

    parameter: Parameter
    value: float
    top: Point
    points: tuple[Point, ...]


def fold(branch: Branch, start: Point) -> Fold | None:
    """Follow a branch from a point to its fold; None where there is none up to `HOTTEST`."""
    low, high, visited = _bracketed(branch, start)
    if low is None or high is None:
        return None
    # Beyond the fold the tangent is nearly the mode that runs away.
    cell = high.fastest(branch.cells)
    low, high = low.seen_from(cell), high.seen_from(cell)
    while True:
        value, tau = _top(low, high)
        width = high.tau - low.tau
        # Two tangents to a concave curve meet above its top.
        meets = (high.mu - low.mu + low.slope * low.tau - high.slope * high.tau) / (low.slope - high.slope)
        above = low.mu + low.slope * (meets - low.tau) - max(low.mu, high.mu)
        if above <= branch.parameter.resolution * max(1.0, abs(high.mu)) or width < 0.5:
            break
        between = float(np.clip(meets, low.tau + 0.1 * width, high.tau - 0.1 * width))
        point = branch.after(low if between - low.tau < high.tau - between else high, between)
        visited.append(point)
        low, high = (point, high) if point.slope > 0.0 else (low, point)
    top = branch.after(low if tau - low.tau < high.tau - tau else high, tau)
    return Fold(branch.parameter, value, top, tuple(sorted([*visited, top], key=lambda p: _height(p, cell))))


def _height(point: Point, cell: int) -> float:
    return float(point.temperature.reshape(-1)[cell])


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
        point = following.seen_from(following.fastest(branch.cells))
    return None, None, visited


def _top(low: Point, high: Point) -> tuple[float, float]:
    """Largest value, and where, of the cubic through two points and slopes on both sides of it."""
    h = high.tau - low.tau
    a, b, d = low.slope * h, high.slope * h, high.mu - low.mu
    roots = np.roots([3.0 * (a + b - 2.0 * d), 2.0 * (3.0 * d - 2.0 * a - b), a])
    inside = [float(s.real) for s in roots if abs(s.imag) < 1e-9 and -1e-9 <= s.real <= 1.0 + 1e-9]
    values = (low.mu, high.mu), (a, b)
    s = max(inside, key=lambda s: cubic(*values, s), default=0.5)
    return cubic(*values, s), low.tau + s * h


def cubic(ends: tuple[float, float], slopes: tuple[float, float], s: float) -> float:
    """Value at the share `s` of the way, of the cubic with these ends and slopes per whole way."""
    a, b, d = *slopes, ends[1] - ends[0]
    return ends[0] + s * (a + s * (3.0 * d - 2.0 * a - b + s * (a + b - 2.0 * d)))
