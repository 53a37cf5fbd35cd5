"""Thermal runaway: how far a design is from the point where leakage leaves no steady state, or beyond it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from floorplans.diagnostics import Diagnostic, InputError
from floorplans.schema import ZERO_CELSIUS
from thermal import memory
from thermal.clock import Clock, Progress
from thermal.continuation import HOTTEST, Branch, Fold, Parameter, Point, cubic, fold
from thermal.design import Design, load
from thermal.evaluated import evaluated
from thermal.kernels.arrays import Floats
from thermal.krylov import NoConvergence
from thermal.linearised import Linearised
from thermal.mesh.build import nested_meshes
from thermal.mesh.columns import Mesh
from thermal.mesh.resolution import Resolution
from thermal.multigrid import Multigrid
from thermal.nonlinear import NoSteadyState, Root, loop_gain, newton
from thermal.placement import place
from thermal.reached import beyond_laws
from thermal.scene import Scene
from thermal.system import ConductionSystem, assemble

# Where a search without a steady state begins: this far above the ambient, next to no heat is released.
ABOVE = 1.0
# Share of the power from which Newton's method finds the last piece of a branch.
ALONG = 1e-3
# Kelvin between the places of a curve.
FINENESS = 3.0


@dataclass(frozen=True)
class RunawayMargin:
    """Distance to the fold of steady states; below zero where the design is beyond it.

    Each is what changes alone; None where no fold was found up to `searched`.

    Attributes
    ----------
    power
        Watts of all heat but leakage that may be added.
    ambient
        K by which all ambients may rise.
    cooling
        Share by which all heat transfer coefficients may fall: 0.2 for 20 %.
    critical
        The block with the place that heats fastest at the fold.
    t_critical
        Temperature of that place at the fold, K.
    leakage
        Watts that all blocks leak at the fold.
    dynamic
        Watts that the design dissipates without leakage.
    curve
        Steady states followed: temperature of that place (K), and watts without leakage.
    cells
        Of the mesh.
    searched
        Highest temperature looked at, K.
    extended
        Materials and blocks whose laws end below the fold, and were continued from their end to find it.
    """

    power: float | None
    ambient: float | None
    cooling: float | None
    critical: str
    dynamic: float
    cells: int
    t_critical: float | None = None
    leakage: float | None = None
    curve: tuple[tuple[float, float], ...] = ()
    searched: float = HOTTEST
    extended: tuple[str, ...] = ()

    @property
    def stable(self) -> bool:
        """Whether there is a steady state."""
        known = [m for m in (self.power, self.ambient, self.cooling) if m is not None]
        return all(m >= 0.0 for m in known)


class ThermalRunaway(RuntimeError):
    """There is no steady state; `margin` says by how much, `scenario` where that is known."""

    def __init__(self, margin: RunawayMargin, scene: Scene, scenario: str = "") -> None:
        self.margin, self.scene, self.scenario = margin, scene, scenario
        super().__init__(explained(margin))


class LeakageAlone(InputError):
    """Leakage runs away without any other heat."""


def explained(margin: RunawayMargin) -> str:
    """What a margin means, in a sentence."""
    if margin.power is None and margin.ambient is None and margin.cooling is None:
        return f"no thermal runaway up to {margin.searched - ZERO_CELSIUS:.0f} degC in {margin.critical}"
    ways = remedies(margin)
    if margin.stable:
        return f"thermal runaway is {', or '.join(ways)} away; it would start at {margin.critical}"
    return (
        f"thermal runaway: there is no steady state. Leakage grows faster than its heat can leave, first at "
        f"{margin.critical}. One of these alone restores one: {', or '.join(ways)}"
    )


def remedies(margin: RunawayMargin) -> list[str]:
    """What leads to the fold: from a stable design what may get worse, else what must get better."""
    found = []
    beyond = not margin.stable
    if margin.power is not None:
        watts = f"{abs(margin.power):.3g} W"
        share = f"{100.0 * abs(margin.power) / margin.dynamic:.2g} % of {margin.dynamic:.4g} W"
        found.append(f"shed {watts} ({share})" if beyond else f"{watts} more ({share})")
    if margin.ambient is not None:
        kelvin = f"{abs(margin.ambient):.3g} K"
        found.append(f"lower the ambient by {kelvin}" if beyond else f"an ambient {kelvin} higher")
    if margin.cooling is not None:
        percent = f"{100.0 * abs(margin.cooling):.2g} %"
        words = f"raise all heat transfer coefficients by {percent}"
        found.append(words if beyond else f"heat transfer coefficients {percent} lower")
    return found


def runaway_margin(
    design: Design | Scene | str | Path,
    *,
    resolution: Resolution | None = None,
    scenario: str | None = None,
    constant_k: bool = False,
    max_memory: int | None = None,
    progress: Progress | None = None,
) -> RunawayMargin:
    """How far a design is from thermal runaway.

    It is found on the coarser of the two meshes of a solve.

    Parameters
    ----------
    design
        A design, a file, the name of a shipped design, or a placed scene.
    resolution, scenario, constant_k, max_memory, progress
        As for `thermal.solve`.

    Raises
    ------
    InputError
        The design is wrong, nothing in it leaks, or its leakage runs away without any other heat.
    MemoryLimit
        The search would not fit.
    """
    clock = Clock(progress or (lambda _stage, _done: None))
    with clock.stage("read and place"):
        if isinstance(design, str | Path):
            design = load(design)
        if scenario is not None and isinstance(design, Design):
            design = design.scenario(scenario)
        scene = place(design) if isinstance(design, Design) else design
        scene = scene.simplified(constant_k=constant_k)
    if not any(b.leakage is not None for b in scene.blocks):
        message = "no block leaks, so there is no thermal runaway: give 'leakage' for some of them"
        raise InputError(Diagnostic(None, message))
    with clock.stage("mesh"):
        mesh, _ = nested_meshes(scene, resolution or Resolution())
        memory.check(memory.predicted_for(scene, mesh), max_memory)
    return margin_on(scene, mesh, clock)


def margin_on(scene: Scene, mesh: Mesh, clock: Clock) -> RunawayMargin:
    """`runaway_margin` of a scene on a mesh."""
    with clock.stage("runaway: solve"):
        system = assemble(scene, mesh)
        try:
            root = newton(system)
        except (NoSteadyState, NoConvergence):
            return margin_of(assemble(scene, mesh), None, clock)
    return margin_of(root.system, root.temperature, clock, root.linear.multigrid)


def recovered(system: ConductionSystem, tolerance: float, clock: Clock) -> Root:
    """The stable steady state of a system whose iterates went astray, along the branch that leads to it.

    Raises
    ------
    ThermalRunaway
        The branch ends before it gets there.
    LeakageAlone
        Leakage runs away without any other heat.
    """
    scene, mesh = system.scene, system.mesh
    margin, found = _searched(assemble(scene, mesh), None, clock)
    power = found.get(Parameter.POWER)
    if not margin.stable:
        raise ThermalRunaway(margin, scene)
    if power is None:
        raise NoConvergence([np.inf], tolerance)
    point = max((p for p in power.points if p.mu <= 1.0 and p.slope > 0.0), key=lambda p: p.mu)
    with clock.stage("runaway: along the branch"):
        branch = Branch(assemble(scene, mesh), Parameter.POWER)
        while 1.0 - point.mu > ALONG:
            point = branch.after(point, point.tau + 0.5 * min((1.0 - point.mu) / point.slope, 10.0))
        start = point.temperature + (1.0 - point.mu) / point.slope * point.tangent
        return newton(assemble(scene, mesh), start - system.reference, tolerance=tolerance)


def margin_of(
    system: ConductionSystem, temperature: Floats | None, clock: Clock, multigrid: Multigrid | None = None
) -> RunawayMargin:
    """`runaway_margin` of a system, from its steady temperatures, or from near the ambient without them.

    Raises
    ------
    LeakageAlone
        Leakage runs away without any other heat.
    """
    return _searched(system, temperature, clock, multigrid)[0]


def _searched(
    system: ConductionSystem, temperature: Floats | None, clock: Clock, multigrid: Multigrid | None = None
) -> tuple[RunawayMargin, dict[Parameter, Fold]]:
    scene, feedback = system.scene, system.feedback
    assert feedback is not None
    dynamic = scene.power
    if temperature is None:
        _check_cold(system)
    folds: dict[Parameter, Fold] = {}
    for parameter in Parameter:
        starts = [] if temperature is None else [(temperature, parameter.neutral)]
        if Parameter.POWER in folds:
            # The folds lie near each other: from the first one the way is short.
            starts.insert(
                0, (folds[Parameter.POWER].top.temperature, _guess(parameter, folds[Parameter.POWER]))
            )
        if parameter is Parameter.POWER and not dynamic > 0.0:
            continue
        with clock.stage(f"runaway: {parameter}"):
            found = _fold(Branch(system, parameter, multigrid), starts)
        if found is None:
            continue
        if parameter is Parameter.POWER and found.value <= 0.0:
            raise LeakageAlone(_alone(scene, _fastest(system, found.top)[1]))
        folds[parameter] = found
    return _margin(system, folds, temperature), folds


def _check_cold(system: ConductionSystem) -> None:
    """Refuse leakage that runs away where everything is at the ambient."""
    cold = np.full(system.vertical.shape, system.reference)
    here, rate = evaluated(system, cold)
    if 0.0 <= loop_gain(Linearised(here, cold, rate)) < 1.0:
        return
    feedback = system.feedback
    assert feedback is not None
    slopes = [float(law.slope(np.array(system.reference))) for law in feedback.laws]
    raise LeakageAlone(_alone(system.scene, int(feedback.blocks[int(np.argmax(slopes))])))


def _guess(parameter: Parameter, power: Fold) -> float:
    """Value of a parameter that does about what the power at its fold does."""
    return float(np.log(max(power.value, 0.1))) if parameter is Parameter.COOLING else parameter.neutral


def _fold(branch: Branch, starts: list[tuple[Floats, float]]) -> Fold | None:
    """The fold as found from the first of some guesses that leads there, or from next to no heat."""
    places = list(starts)
    if branch.parameter is not Parameter.COOLING:
        # At no power, or in an ambient that keeps everything cold, there is a steady state.
        places.append((branch.uniform(ABOVE), 0.0))
    for temperature, mu in places:
        try:
            found = fold(branch, branch.start(temperature, mu))
        except NoConvergence:
            continue
        if found is not None:
            return found
    return None


def _margin(
    system: ConductionSystem, folds: dict[Parameter, Fold], temperature: Floats | None
) -> RunawayMargin:
    power, ambient, cooling = (folds.get(p) for p in Parameter)
    first = power or ambient or cooling
    dynamic = system.scene.power
    known: dict[str, Any] = {"critical": _hottest(system, temperature)}
    if first is not None:
        at = first.top.temperature
        cell, block = _fastest(system, first.top)
        known = {
            "critical": system.scene.blocks[block].name,
            "t_critical": float(at.reshape(-1)[cell]),
            "leakage": _leaked(system, at),
            "extended": beyond_laws(system, at),
        }
        if power is not None:
            known["curve"] = tuple((t, mu * dynamic) for t, mu in _curve(power, cell))
    return RunawayMargin(
        power=None if power is None else (power.value - 1.0) * dynamic,
        ambient=None if ambient is None else ambient.value,
        cooling=None if cooling is None else 1.0 - float(np.exp(-cooling.value)),
        dynamic=dynamic,
        cells=system.mesh.cells,
        **known,
    )


def _curve(found: Fold, cell: int) -> Iterator[tuple[float, float]]:
    """Temperatures of a cell and values along a branch, every few kelvin, by cubics between its points."""
    points = [p.seen_from(cell) for p in found.points]
    yield points[0].tau, points[0].mu
    for low, high in pairwise(points):
        wide = high.tau - low.tau
        for i in range(count := max(1, round(wide / FINENESS))):
            s = (i + 1) / count
            yield low.tau + s * wide, cubic((low.mu, high.mu), (low.slope * wide, high.slope * wide), s)


def _fastest(system: ConductionSystem, point: Point) -> tuple[int, int]:
    """The leaking cell that heats fastest, and the block that leaks most in it."""
    feedback = system.feedback
    assert feedback is not None
    cell = point.fastest(np.unique(feedback.cell))
    here = np.flatnonzero(feedback.cell == cell)
    owners = np.searchsorted(feedback.start, here, side="right") - 1
    at = np.array(point.temperature.reshape(-1)[cell])
    watts = [
        float(feedback.laws[int(o)].watts(at)) * feedback.weight[e] for o, e in zip(owners, here, strict=True)
    ]
    return cell, int(feedback.blocks[int(owners[int(np.argmax(watts))])])


def _hottest(system: ConductionSystem, temperature: Floats | None) -> str:
    """Name of the leaking block with the highest mean."""
    feedback = system.feedback
    assert feedback is not None
    at = temperature if temperature is not None else np.zeros(system.vertical.shape)
    means = [feedback.mean(i, at) for i in range(len(feedback.laws))]
    return system.scene.blocks[int(feedback.blocks[int(np.argmax(means))])].name


def _leaked(system: ConductionSystem, temperature: Floats) -> float:
    feedback = system.feedback
    assert feedback is not None
    means = np.array([feedback.mean(int(i), temperature) for i in feedback.of_mean])
    return float(feedback.heat(temperature, means, np.zeros_like(temperature)).sum())


def _alone(scene: Scene, block: int) -> Diagnostic:
    name = scene.blocks[block].name
    return Diagnostic(
        scene.origin(name),
        f"leakage runs away at an ambient of {scene.top.ambient - ZERO_CELSIUS:g} degC even without any "
        f"other power, first in block '{name}': check power_w, at_c and beta_per_k of its leakage, and the "
        "cooling",
    )
