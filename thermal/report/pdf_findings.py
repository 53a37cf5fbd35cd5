"""What the PDF is about, and the sections it is made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from reportlab.platypus import Flowable

from thermal.limits import Verdict
from thermal.metrics import BlockMetrics
from thermal.report.pdf_table import Look
from thermal.report.power import PowerFindings, power_findings
from thermal.report.sensitivity import Findings as Sensitivities
from thermal.scene import Scene
from thermal.solution import Solution
from thermal.study import Study
from thermal.uncertainty.result import Uncertainty
from thermal.viz.style import VERDICT_COLOURS


@dataclass(frozen=True, eq=False)
class Findings:
    """A study, the solution of the scenario that decides its verdict, and what uncertain inputs do to it.

    Maps are drawn of that solution.
    """

    study: Study
    solution: Solution
    uncertainty: Uncertainty | None = None
    sensitivity: Sensitivities | None = None

    @cached_property
    def workload(self) -> PowerFindings | None:
        """The workload of the scenario of the maps, with a tornado; None for watts that are as given."""
        return power_findings(self.study.limiting.design, self.study.limiting.scene)

    @property
    def scene(self) -> Scene:
        """The scene of the maps; the power of its blocks contains their leakage."""
        return self.solution.dissipating

    @property
    def many(self) -> bool:
        """Whether there is more than one scenario."""
        return len(self.study.cases) > 1

    @property
    def scenario(self) -> str:
        """Name of the scenario of the maps."""
        return self.study.limiting.scenario

    @property
    def powered(self) -> list[str]:
        """Layers that release heat, in the order of the scene."""
        return [e.name for e in self.scene.layers if e.powered]

    def kind_of(self, layer: str) -> str:
        """What layers of the same die in different chiplets have in common."""
        chiplet, slash, inner = layer.partition("/")
        dies = {c.name: c.die for c in self.study.limiting.design.package.chiplets}
        return f"{dies[chiplet]}/{inner}" if slash and chiplet in dies else layer

    def of_scenario(self) -> str:
        """`` (scenario worst)`` where there are several, else nothing; ends a title."""
        return f" · scenario {self.scenario}" if self.many else ""


@dataclass(frozen=True)
class Section:
    """A section: bookmark, title, a line of explanation, and what makes its contents.

    Attributes
    ----------
    mapped
        Whether it shows the field, which is that of one scenario.
    """

    key: str
    title: str
    lead: str
    make: Callable[[Findings], Sequence[Flowable]] = field(repr=False)
    mapped: bool = False


def look_of(verdict: Verdict) -> Look:
    """How a verdict is written: in its colour, bold where it is none to rest on."""
    return Look(VERDICT_COLOURS[verdict], bold=verdict in (Verdict.FAIL, Verdict.UNDECIDED))


def by_margin(blocks: Sequence[BlockMetrics]) -> list[int]:
    """Positions of blocks, least margin first; those without a limit follow, hottest first."""

    def badness(i: int) -> tuple[bool, float, int]:
        margin = blocks[i].margin
        return margin is None, -blocks[i].t_max if margin is None else margin, i

    return sorted(range(len(blocks)), key=badness)
