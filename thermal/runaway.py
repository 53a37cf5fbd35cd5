"""Thermal runaway: how far a design is from the point where leakage leaves no steady state, or beyond it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from floorplans.diagnostics import Diagnostic, InputError
from floorplans.schema import ZERO_CELSIUS
from thermal import memory
from thermal.clock import Clock, Progress
from thermal.continuation import HOTTEST, Branch, Fold, Parameter, Point, fold
from thermal.design import Design, load
from thermal.evaluated import evaluated
from thermal.feedback import cells_of
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
        The leaking block that heats fastest at the fold.
    t_critical
        Its mean temperature at the fold, K.
    leakage
        Watts that all blocks leak at the fold.
    dynamic
        Watts that the design dissipates without leakage.
    curve, followed
        Steady states followed: mean temperature of the block of this name (K), and watts without leakage.
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
    t_critical: float | None
    leakage: float | None
    dynamic: float
    curve: tuple[tuple[float, float], ...]
    followed: str
    cells: int
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
    point = max((p for p in power.points if p.mu <= 1.0 and p.slope > 0.0), key=lambda p: p.tau)
    with clock.stage("runaway: along the branch"):
        branch = Branch(assemble(scene, mesh), Parameter.POWER, _hottest(system, None))
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
    block = _hottest(system, temperature)
    if temperature is None:
        _check_cold(system)
    folds: dict[Parameter, Fold] = {}
    start = temperature
    for parameter in Parameter:
        if parameter is Parameter.POWER and not dynamic > 0.0:
            continue
        if parameter is Parameter.COOLING and start is None:
            continue
        with clock.stage(f"runaway: {parameter}"):
            branch = Branch(system, parameter, block, multigrid)
            found = _fold(branch, start, parameter)
        if found is None:
            continue
        if parameter is Parameter.POWER and found.value <= 0.0:
            raise LeakageAlone(_alone(scene, _fastest(system, found.top)))
        folds[parameter] = found
        # Beyond the fold the other searches begin at the field that is nearest to a steady state.
        start = found.top.temperature if temperature is None else temperature
    return _margin(system, folds, dynamic, block), folds


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


def _fold(branch: Branch, temperature: Floats | None, parameter: Parameter) -> Fold | None:
    try:
        return fold(branch, _start(branch, temperature, parameter))
    except NoConvergence:
        return None


def _start(branch: Branch, temperature: Floats | None, parameter: Parameter) -> Point:
    if temperature is None:
        cold = branch.uniform(ABOVE)
        return branch.corrected(cold, 0.0, branch.mean(cold))
    return branch.corrected(temperature, parameter.neutral, branch.mean(temperature))


def _hottest(system: ConductionSystem, temperature: Floats | None) -> int:
    """Index of the leaking block with the highest mean; of the greatest power density without a field."""
    feedback = system.feedback
    assert feedback is not None
    if temperature is not None:
        means = [feedback.mean(i, temperature) for i in range(len(feedback.laws))]
        return int(feedback.blocks[int(np.argmax(means))])
    blocks = system.scene.blocks
    density = {int(i): blocks[int(i)].power / float(blocks[int(i)].outline.area) for i in feedback.blocks}
    return max(density, key=lambda i: density[i])


def _margin(
    system: ConductionSystem, folds: dict[Parameter, Fold], dynamic: float, block: int
) -> RunawayMargin:
    power, ambient, cooling = (folds.get(p) for p in Parameter)
    first = power or ambient or cooling
    critical = block if first is None else _fastest(system, first.top)
    leaked = None if first is None else _leaked(system, first.top.temperature)
    curve: tuple[tuple[float, float], ...] = ()
    if power is not None:
        curve = tuple((t, mu * dynamic) for t, mu in power.curve())
    return RunawayMargin(
        power=None if power is None else (power.value - 1.0) * dynamic,
        ambient=None if ambient is None else ambient.value,
        cooling=None if cooling is None else 1.0 - float(np.exp(-cooling.value)),
        critical=system.scene.blocks[critical].name,
        t_critical=None if first is None else _mean(system, critical, first.top.temperature),
        leakage=leaked,
        dynamic=dynamic,
        curve=curve,
        followed=system.scene.blocks[block].name,
        extended=() if first is None else beyond_laws(system, first.top.temperature),
        cells=system.mesh.cells,
    )


def _fastest(system: ConductionSystem, point: Point) -> int:
    feedback = system.feedback
    assert feedback is not None
    rates = [feedback.mean(i, point.tangent) for i in range(len(feedback.laws))]
    return int(feedback.blocks[int(np.argmax(rates))])


def _mean(system: ConductionSystem, block: int, temperature: Floats) -> float:
    cell, weight = cells_of(system.scene.blocks[block], system.mesh, system.shares.row(block))
    return float(weight @ temperature.reshape(-1)[cell])


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
