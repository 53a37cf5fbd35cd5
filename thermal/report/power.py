"""What a workload does to a design: everything that `thermal power` prints, draws and writes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from floorplans.diagnostics import Problems
from floorplans.nodes import Node
from power.constants import Constant
from power.deployment import Deployment
from power.hardware.placement import spread
from power.host import HOST_CONSTANTS
from power.occupancy import Occupancy, occupancy
from power.tornado import Swing, floor_placements
from power.utilisation import PhaseSummary, summaries
from power.variant import with_changes
from power.workload_entry import OUTPUT, PROMPT
from power.workload_reading import Site, read_workload
from thermal.report.words import significant
from thermal.scene import PlacedBlock, Scene
from thermal.workload import site_of

if TYPE_CHECKING:
    from thermal.design import Design
    from thermal.solution import Solution


@dataclass(frozen=True, eq=False)
class Run:
    """One variant on the design, at one length of prompt.

    Attributes
    ----------
    label
        Of the variant.
    deployment
        What it comes to.
    solution
        Temperatures under its watts; None where they were not asked for.
    """

    label: str
    deployment: Deployment
    solution: Solution | None = field(default=None, repr=False)

    @property
    def prompt(self) -> int:
        """Tokens in."""
        return self.deployment.entry.prompt or PROMPT

    @cached_property
    def phases(self) -> tuple[PhaseSummary, ...]:
        """Every phase, and the mean."""
        return summaries(self.deployment.served, self.deployment.hardware)

    @property
    def hottest(self) -> float | None:
        """Highest temperature of a block, K; None without a solution."""
        if self.solution is None:
            return None
        return max(
            (block.t_max for block in self.solution.metrics.blocks), default=self.solution.metrics.t_max
        )


@dataclass(frozen=True)
class Tornado:
    """What the uncertain constants do to a workload.

    Attributes
    ----------
    swings
        By constant; results are outputs per second, joules each and board watts.
    placements
        Where else the busy floor might be: name, the densest block then, and its W/m2.
    """

    swings: tuple[Swing, ...] = ()
    placements: tuple[tuple[str, str, float], ...] = ()


@dataclass(frozen=True, eq=False)
class PowerFindings:
    """Everything that was asked about a workload.

    Attributes
    ----------
    scene
        The design in its place, with the watts of the base.
    runs
        The base first; with several prompts one of each variant for each of them.
    tornado
        What each uncertain constant does to the base; empty where it was not asked for.
    failures
        Variants that do not fit, by label, prompt and reason.
    """

    scene: Scene
    runs: tuple[Run, ...]
    tornado: Tornado = field(default_factory=Tornado)
    failures: tuple[tuple[str, int, str], ...] = ()

    @property
    def base(self) -> Run:
        """What the others are compared with."""
        return self.runs[0]


def memory(run: Deployment) -> Occupancy | None:
    """What fills the memory; None where no model is known, or nothing is kept between steps."""
    if run.model is None:
        return None
    context = 0 if run.served.unit != "token" else (run.entry.prompt or PROMPT) + (run.entry.output or OUTPUT)
    return occupancy(run.model, run.hardware, context, devices=run.entry.devices)


def headline(run: Deployment) -> str:
    """What runs, how and where, in a line."""
    served, entry = run.served, run.entry
    on = run.hardware.name if served.devices == 1 else f"{served.devices} x {run.hardware.name}"
    what = f"{run.name} on {on}"
    if run.model is None:
        return f"{what}: activity of another simulator"
    if served.unit != "token":
        return f"{what}: {served.mode}, {served.batch:g} {served.unit}s at a time"
    lengths = f"{entry.prompt or PROMPT} tokens in, {entry.output or OUTPUT} out"
    how = {"static": "a batch of", "in-flight": "in flight,"}[served.mode]
    return f"{what}: {how} {served.batch:g}, {lengths}"


def running(run: Deployment) -> str:
    """The headline with the throughput and the phase that heats the design."""
    served = run.served
    phase = "all phases" if not run.phase else f"the {run.phase} phase"
    rate = f"{significant(served.tokens_per_second, 4)} {served.unit}s/s"
    return f"{headline(run)}; {rate}; watts of {phase}"


def heated(scene: Scene, watts: Mapping[str, float], covered: Sequence[str]) -> Scene:
    """The scene with other watts on the blocks that a workload covers, leakage among them."""
    mine = set(covered)

    def of(block: PlacedBlock) -> PlacedBlock:
        if block.name not in mine:
            return block
        return replace(block, power=watts.get(block.name, 0.0), leakage=None)

    return replace(scene, blocks=tuple(of(block) for block in scene.blocks))


MINOR = 1e-3
"""Share of the watts below which a block's density is passed over: a PLL may be the densest of all."""


def densest(
    scene: Scene, watts: Mapping[str, float], among: Collection[str] | None = None
) -> tuple[str, float]:
    """The block of the highest power density among those that matter, and that in W/m2.

    Parameters
    ----------
    among
        Blocks that are looked at; all when None.
    """
    area = {block.name: float(block.outline.area) for block in scene.blocks}
    least = MINOR * sum(watts.values())
    asked = watts if among is None else among
    known = {
        name: watts[name] / area[name] for name in asked if name in area and watts.get(name, 0.0) >= least
    }
    found = max(known, key=lambda name: known[name], default="")
    return found, known.get(found, 0.0)


THROUGHPUT, ENERGY, BOARD = "per_second", "joules", "watts"


SILENT = 1e-4
"""Relative change below which a constant is left out: formats and kernels that a model does not use."""


def tornado(node: Node, site: Site, run: Deployment, scene: Scene) -> Tornado:
    """Each uncertain constant at its bounds, the others as they are; the widest in watts first.

    Those that do nothing are left out.

    Parameters
    ----------
    node, site
        The section `workload:` and the design around it.
    run
        What it comes to.
    scene
        The design in its place.
    """
    known = run.hardware.constants
    names = dict.fromkeys((*run.hardware.constants_used, *HOST_CONSTANTS.get(run.entry.host, ())))
    base = _results(run)

    def at(name: str, value: float) -> dict[str, float]:
        constants = {**run.entry.constants, name: value}
        return _results(_again(node, site, "constants", constants))

    found = [
        Swing(known[name], base, at(name, known[name].low), at(name, known[name].high))
        for name in names
        if known[name].uncertain
    ]
    found = [swing for swing in found if any(swing.span(result) > SILENT * base[result] for result in base)]
    found.sort(key=lambda swing: swing.span(BOARD), reverse=True)
    return Tornado(tuple(found), tuple(_placements(node, site, run, scene)) if run.placed else ())


def _placements(node: Node, site: Site, run: Deployment, scene: Scene) -> Iterator[tuple[str, str, float]]:
    """Where the busy floor might be, and the densest of the blocks that it might be in."""
    places = floor_placements(run.hardware)
    key = f"clocks.{run.hardware.throttled}.blocks"
    areas = run.areas or {}
    declared: dict[str, object] = {key: run.hardware.clocks[run.hardware.throttled].blocks}
    among: dict[str, None] = {}
    for override in places.values():
        weights = (override or declared)[key]
        assert isinstance(weights, Mapping)
        among |= dict.fromkeys(spread(weights, areas))
    for name, override in places.items():
        values = {**run.entry.hardware_values, **override}
        watts = _again(node, site, "hardware_values", values).total()
        yield (name, *densest(scene, watts, among))


def _again(node: Node, site: Site, key: str, value: Mapping[str, object]) -> Deployment:
    problems = Problems()
    changed = with_changes(node.without(key), [(key, key, dict(value))])
    found = read_workload(changed, site, problems)
    problems.raise_if_any()
    assert found is not None
    return found


def _results(run: Deployment) -> dict[str, float]:
    served = run.served
    return {
        THROUGHPUT: served.tokens_per_second,
        ENERGY: served.joules_per_token,
        BOARD: served.watts,
    }


def used_constants(run: Deployment) -> list[Constant]:
    """The constants that hardware and host stand on, by name."""
    names = {*run.hardware.constants_used, *HOST_CONSTANTS.get(run.entry.host, ())}
    return [run.hardware.constants[name] for name in sorted(names)]


def power_findings(design: Design, scene: Scene) -> PowerFindings | None:
    """The workload of a design with a tornado; None where it has none.

    Parameters
    ----------
    scene
        The design in its place.
    """
    found, node = design.workload, design.source.root.child("workload")
    if found is None or node is None:
        return None
    site = site_of(design.source, design.package, design.dies)
    return PowerFindings(scene, (Run("base", found),), tornado(node, site, found, scene))
