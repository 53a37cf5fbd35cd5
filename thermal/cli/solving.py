"""What the commands that solve have in common."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from thermal.cli.compiling import announced
from thermal.cli.exits import Exit
from thermal.cli.options import resolution
from thermal.cli.streams import paper, progress, put, shown

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

    from thermal.design import Design
    from thermal.report.heatmap_text import TextMap
    from thermal.solution import Solution
    from thermal.study import Study

Point = tuple[float, float, float]


class Maps:
    """The heat maps asked for, drawn while the field of a scenario is there.

    Parameters
    ----------
    layer
        Name of a layer, empty for the hottest powered one, None for no map.
    """

    def __init__(self, layer: str | None) -> None:
        self.wanted = layer is not None
        self._layer = layer or None
        self._drawn: list[tuple[str | None, TextMap]] = []

    def check(self, design: Design) -> None:
        """Refuse a layer that the design does not have, before anything is solved."""
        if self._layer is not None:
            from thermal.placement import place
            from thermal.report.heatmap_text import check_layer

            check_layer(place(design), self._layer)

    def draw(self, solution: Solution) -> None:
        """Draw the map of one scenario, if it is wanted."""
        if self.wanted:
            from thermal.report.heatmap_text import TextMap

            self._drawn.append((solution.scenario, TextMap.of(solution, self._layer, width=paper().width)))

    def text(self, study: Study) -> Text:
        """The map of the scenario that decides the verdict."""
        drawn = self._drawn[study.cases.index(study.limiting)][1]
        console = paper()
        colour = console.color_system in ("256", "truecolor") and not console.no_color
        return drawn.coloured() if colour and console.encoding.startswith("utf") else drawn.plain()


def solved(
    design: Design,
    *,
    scenario: str | None = None,
    finer: float | None,
    coarser: float | None,
    tolerance: float,
    max_memory: int | None,
    probes: tuple[Point, ...] = (),
    each: Callable[[Solution], None] | None = None,
) -> Study:
    """Solve as the options say, with progress on stderr; `each` sees every solution and its field."""
    wanted = resolution(finer, coarser)
    with announced(), progress() as report:
        from thermal.study import study

        return study(
            design,
            scenario,
            resolution=wanted,
            tolerance=tolerance,
            max_memory=max_memory,
            probes=probes,
            progress=report,
            each=each,
        )


def print_study(study: Study, *, as_json: bool, all_blocks: bool, maps: Maps, **more: object) -> None:
    """Print a study on stdout; `more` goes into the document."""
    if as_json:
        from thermal.report.document import dumped, solve_document

        put(dumped(solve_document(study) | more))
        return
    from rich.text import Text

    from thermal.report.terminal import Extent, headline, terminal_report

    parts: list[RenderableType] = [terminal_report(study, Extent(all_blocks))]
    if maps.wanted:
        parts += [Text(), maps.text(study)]
    if sys.stdout.isatty():
        # The verdict has scrolled away by now.
        parts += [Text(), headline(study)]
    put(shown(*parts))


def verdict_code(study: Study) -> Exit:
    """0 within all limits, 1 where one is violated or undecided."""
    from thermal.limits import Verdict

    return Exit.LIMIT if study.verdict in (Verdict.FAIL, Verdict.UNDECIDED) else Exit.OK
