"""Several scenarios of one design: solve each, find the worst case of every block."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np
import shapely

from floorplans.diagnostics import Diagnostic, InputError
from thermal.clock import Progress
from thermal.design import Design, load
from thermal.limits import Verdict, worst
from thermal.mesh.resolution import Resolution
from thermal.metrics import BlockMetrics, LayerMetrics, Metrics
from thermal.runaway import RunawayMargin, ThermalRunaway, runaway_margin
from thermal.scene import Scene
from thermal.solution import Evidence, Solution
from thermal.steady import solve

BASE = "base"
"""What the design without a scenario is called."""

ALL = "all"
"""Asks for the base and every scenario."""

SEVERITY = {Verdict.FAIL: 0, Verdict.UNDECIDED: 1, Verdict.PASS: 2, Verdict.NONE: 3}

Limited = TypeVar("Limited", BlockMetrics, LayerMetrics)
Point = tuple[float, float, float]


@dataclass(frozen=True)
class Probe:
    """The temperature at a point in K (nan where there is no material), and what lies there."""

    x: float
    y: float
    z: float
    t: float
    layer: str | None
    block: str | None


@dataclass(frozen=True, eq=False)
class Case:
    """What is kept of one solved scenario: everything but the field, which is large."""

    scenario: str
    design: Design
    scene: Scene
    metrics: Metrics
    evidence: Evidence
    probes: tuple[Probe, ...] = ()
    margin: RunawayMargin | None = None

    @classmethod
    def of(
        cls, solution: Solution, probes: Iterable[Point] = (), margin: RunawayMargin | None = None
    ) -> Case:
        """The figures of a solution of a design; `probes` are points in m."""
        assert solution.design is not None, "a study is of designs, not of bare scenes"
        return cls(
            scenario=solution.scenario or base_of(solution.design),
            design=solution.design,
            scene=solution.scene,
            metrics=solution.metrics,
            evidence=solution.evidence,
            probes=tuple(probed(solution, *point) for point in probes),
            margin=margin,
        )

    @cached_property
    def limiting(self) -> BlockMetrics | LayerMetrics | None:
        """The block or layer that decides the verdict; without limits the hottest block."""
        parts: tuple[BlockMetrics | LayerMetrics, ...] = (*self.metrics.blocks, *self.metrics.layers)
        limited = [part for part in parts if part.verdict is not Verdict.NONE]
        if limited:
            return min(limited, key=_badness)
        return max(self.metrics.blocks, key=lambda b: b.t_max, default=None)


@dataclass(frozen=True)
class WorstCase(Generic[Limited]):
    """The figures of a block or layer in the scenario that is worst for it."""

    scenario: str
    figures: Limited


@dataclass(frozen=True, eq=False)
class Study:
    """The solved scenarios of one design.

    Attributes
    ----------
    cases
        In the order asked for.
    kept
        The solution of the limiting case, the only one whose field is kept.
    runaways
        Scenarios that have no steady state, and hence no case.
    """

    cases: tuple[Case, ...]
    kept: Solution | None = field(default=None, repr=False)
    runaways: tuple[ThermalRunaway, ...] = ()

    @cached_property
    def verdict(self) -> Verdict:
        """Over all scenarios; one that runs away fails."""
        if self.runaways:
            return Verdict.FAIL
        return worst(case.metrics.verdict for case in self.cases)

    @cached_property
    def limiting(self) -> Case:
        """The scenario that decides the verdict."""
        return min(self.cases, key=lambda case: _badness(case.limiting, case.metrics.t_max))

    def with_(
        self, solution: Solution, probes: Iterable[Point] = (), margin: RunawayMargin | None = None
    ) -> Study:
        """The study with one more scenario; of the fields, that of the limiting case stays."""
        case = Case.of(solution, probes, margin)
        more = Study((*self.cases, case), runaways=self.runaways)
        return replace(more, kept=solution if more.limiting is case else self.kept)

    @property
    def only(self) -> Case:
        """The case of a study of one scenario; raises ThermalRunaway where that has no steady state."""
        if self.runaways:
            raise self.runaways[0]
        (case,) = self.cases
        return case

    @property
    def solution(self) -> Solution:
        """The solution of the limiting case, for maps; ValueError where no field was kept."""
        if self.kept is None:
            raise ValueError("this study holds no field: make it by `thermal.study.study`")
        return self.kept

    @cached_property
    def worst_blocks(self) -> tuple[WorstCase[BlockMetrics], ...]:
        """Every block of any scenario in its worst case."""
        return _worst_of([(case.scenario, case.metrics.blocks) for case in self.cases])

    @cached_property
    def worst_layers(self) -> tuple[WorstCase[LayerMetrics], ...]:
        """Every layer of any scenario in its worst case."""
        return _worst_of([(case.scenario, case.metrics.layers) for case in self.cases])


def study(
    design: Design | str | Path,
    scenario: str | None = None,
    *,
    resolution: Resolution | None = None,
    tolerance: float = 1e-8,
    max_memory: int | None = None,
    probes: Sequence[Point] = (),
    progress: Progress | None = None,
    constant_k: bool = False,
    leakage: bool = True,
    runaway: bool = False,
    refine: bool = False,
    max_cells: int | None = None,
) -> Study:
    """Solve a design in one scenario, or in all.

    Parameters
    ----------
    design
        A design, a file, or the name of a shipped design.
    scenario
        None for the design as it is, the name of a scenario, or ``all`` for both the base and every scenario.
    resolution, tolerance, max_memory, constant_k, leakage, refine, max_cells
        As for `thermal.solve`.
    probes
        Points (x, y, z) in m whose temperature is wanted.
    progress
        Called with the stage and how far it is, from 0 to 1.
    runaway
        Whether the margin to thermal runaway is wanted of scenarios that leak.

    Raises
    ------
    InputError
        Of all scenarios at once, before anything is solved.
    MemoryLimit, NoConvergence
        As `thermal.solve`.

    A scenario without steady state is no error here: it is among the study's `runaways`.
    """
    report = progress or (lambda *_: None)
    report("read and place", 0.0)
    if not isinstance(design, Design):
        design = load(design)
    designs = variants(design, scenario)
    found = Study(())
    for number, (name, variant) in enumerate(designs.items(), 1):
        prefix = f"{name} ({number} of {len(designs)}): " if len(designs) > 1 else ""

        def tick(stage: str, done: float, prefix: str = prefix) -> None:
            report(prefix + stage, done)

        try:
            solution = solve(
                variant,
                resolution=resolution,
                tolerance=tolerance,
                max_memory=max_memory,
                constant_k=constant_k,
                leakage=leakage,
                refine=refine,
                max_cells=max_cells,
                progress=tick,
            )
        except ThermalRunaway as error:
            error.scenario = name
            found = replace(found, runaways=(*found.runaways, error))
            continue
        solution = replace(solution, scenario=name if name in design.scenarios else None)
        margin = None
        if runaway and solution.field.system.feedback is not None:
            margin = runaway_margin(
                variant,
                resolution=resolution,
                constant_k=constant_k,
                max_memory=max_memory,
                progress=tick,
            )
        tick("figures", 0.0)
        found = found.with_(solution, probes, margin)
    return found


def variants(design: Design, scenario: str | None) -> dict[str, Design]:
    """The designs to solve, by name of scenario; raises InputError with what is wrong in any of them."""
    base = base_of(design)
    if scenario is None or scenario == base:
        return {base: design}
    if scenario != ALL or ALL in design.scenarios:
        return {scenario: design.scenario(scenario)}
    found, problems = {base: design}, list[Diagnostic]()
    for name in design.scenarios:
        try:
            found[name] = design.scenario(name)
        except InputError as error:
            problems += error.diagnostics
    if problems:
        raise InputError(dict.fromkeys(problems))
    return found


def base_of(design: Design) -> str:
    """What the design without a scenario is called beside its scenarios."""
    return BASE if BASE not in design.scenarios else f"({BASE})"


def probed(solution: Solution, x: float, y: float, z: float) -> Probe:
    """The temperature at a point in m, and the innermost layer and block there."""
    scene = solution.scene
    layers = [e for e in scene.layers if e.z0 <= z <= e.z1 and shapely.intersects_xy(e.outline, x, y)]
    blocks = [b for b in scene.blocks if b.z0 <= z <= b.z1 and shapely.intersects_xy(b.outline, x, y)]
    return Probe(
        x,
        y,
        z,
        float(solution.at(x, y, z)),
        layers[-1].name if layers else None,
        min(blocks, key=lambda b: float(b.outline.area)).name if blocks else None,
    )


def _worst_of(cases: Iterable[tuple[str, Sequence[Limited]]]) -> tuple[WorstCase[Limited], ...]:
    found: dict[str, WorstCase[Limited]] = {}
    for scenario, parts in cases:
        for part in parts:
            known = found.get(part.name)
            if known is None or _badness(part) < _badness(known.figures):
                found[part.name] = WorstCase(scenario, part)
    return tuple(found.values())


def _badness(part: BlockMetrics | LayerMetrics | None, t_max: float = 0.0) -> tuple[int, float, float]:
    """Sorts the worst first: by verdict, then by margin, then by temperature."""
    if part is None:
        return SEVERITY[Verdict.NONE], np.inf, -t_max
    if part.verdict is Verdict.NONE or part.margin is None:
        return SEVERITY[Verdict.NONE], np.inf, -part.t_max
    return SEVERITY[part.verdict], part.margin, -part.t_max
