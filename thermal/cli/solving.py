"""What the commands that solve have in common."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from thermal.cli.compiling import announced
from thermal.cli.exits import Exit
from thermal.cli.streams import paper, progress, put, shown

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

    from thermal.design import Design
    from thermal.mesh.resolution import Resolution
    from thermal.report.sensitivity import Findings
    from thermal.solution import Solution
    from thermal.study import Study
    from thermal.uncertainty.result import Uncertainty

Point = tuple[float, float, float]


def check_map(design: Design, layer: str | None) -> None:
    """Refuse to draw a layer that the design does not have, before anything is solved."""
    if layer:
        from thermal.placement import place
        from thermal.report.heatmap_text import check_layer

        check_layer(place(design), layer)


def solved(
    design: Design,
    *,
    scenario: str | None = None,
    resolution: Resolution,
    tolerance: float,
    max_memory: int | None,
    probes: tuple[Point, ...] = (),
    constant_k: bool = False,
    leakage: bool = True,
    runaway: bool = False,
    refine: bool = False,
    max_cells: int | None = None,
) -> Study:
    """Solve as the options say, with progress on stderr."""
    with announced(), progress() as report:
        from thermal.study import study

        return study(
            design,
            scenario,
            resolution=resolution,
            tolerance=tolerance,
            max_memory=max_memory,
            probes=probes,
            constant_k=constant_k,
            leakage=leakage,
            runaway=runaway,
            refine=refine,
            max_cells=max_cells,
            progress=report,
        )


def propagated(
    solution: Solution, resolution: Resolution, settings: Mapping[str, Any], **sampling: Any
) -> Uncertainty:
    """Vary the uncertain inputs of a solved design, with progress on stderr.

    Parameters
    ----------
    settings
        The options that it was solved with.
    sampling
        As `thermal.uncertainty.propagation.propagate` takes them.
    """
    with announced(), progress() as report:
        from thermal.uncertainty.propagation import propagate

        same = {key: settings[key] for key in ("tolerance", "constant_k", "leakage")}
        return propagate(solution, resolution=resolution, progress=report, **same, **sampling)


def sensitivities(solution: Solution, resolution: Resolution) -> Findings:
    """What heats the sensitive blocks of a solved design, in larger cells, with progress on stderr."""
    with announced(), progress() as report:
        from thermal.report.sensitivity import on_larger_cells

        return on_larger_cells(solution, resolution, report)


def print_study(
    study: Study, *, as_json: bool, all_blocks: bool, map_layer: str | None, **more: object
) -> None:
    """Print a study on stdout.

    Parameters
    ----------
    map_layer
        Name of a layer to draw, empty for the hottest powered one, None for no map.
    more
        Entries that the document has besides.
    """
    if as_json:
        from thermal.report.document import dumped, solve_document

        put(dumped(solve_document(study) | more))
        return
    if not study.cases:
        from thermal.report.terminal import runaway_report

        put(shown(runaway_report(study)))
        return
    from rich.text import Text

    from thermal.report.terminal import Extent, headline, terminal_report

    parts: list[RenderableType] = [terminal_report(study, Extent(all_blocks))]
    if map_layer is not None:
        parts += [Text(), _map(study.solution, map_layer or None)]
    if sys.stdout.isatty():
        # The verdict has scrolled away by now.
        parts += [Text(), headline(study)]
    put(shown(*parts))


def _map(solution: Solution, layer: str | None) -> Text:
    from thermal.report.heatmap_text import TextMap

    console = paper()
    drawn = TextMap.of(solution, layer, width=console.width)
    colour = console.color_system in ("256", "truecolor") and not console.no_color
    return drawn.coloured() if colour and console.encoding.startswith("utf") else drawn.plain()


def verdict_code(study: Study) -> Exit:
    """0 within all limits, 1 where one is violated or undecided, 4 where a scenario runs away."""
    from thermal.limits import Verdict

    if study.runaways:
        return Exit.NO_CONVERGENCE
    return Exit.LIMIT if study.verdict in (Verdict.FAIL, Verdict.UNDECIDED) else Exit.OK
