"""``thermal report``: the design-review PDF, and the same in the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from thermal.cli import options

if TYPE_CHECKING:
    from thermal.design import Design
    from thermal.solution import Solution


@click.command("report", short_help="The design-review PDF, and the report in the terminal.")
@options.design_argument
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Where the PDF goes.  [default: name of the design, and of the scenario, .pdf]",
)
@options.scenario_option
@options.set_option
@options.probe_option
@options.map_option
@options.all_option
@options.numerical_options
@options.json_option
def command(
    design: str,
    assignments: tuple[str, ...],
    output: Path | None,
    map_layer: str | None,
    all_blocks: bool,
    as_json: bool,
    **settings: Any,
) -> int:
    r"""Solve DESIGN, write the report as PDF, and print it.

    \b
      thermal report accel-2p5d                        writes accel-2p5d.pdf
      thermal report accel-2p5d --scenario all -o review.pdf
    """
    options.refuse_both(("--map", map_layer is not None), ("--json", as_json))
    from thermal.cli.exits import say
    from thermal.cli.files import replacing
    from thermal.cli.solving import Maps, print_study, solved, verdict_code
    from thermal.cli.streams import progress

    read, maps = options.loaded(design, assignments), Maps(map_layer)
    maps.check(read)
    path = output or _named(read, settings["scenario"])
    solutions: list[Solution] = []

    def keep(solution: Solution) -> None:
        maps.draw(solution)
        solutions.append(solution)

    with replacing(path) as draft:
        study = solved(read, each=keep, **settings)
        with progress() as bar:
            bar("draw the report", 0.0)
            from thermal.report.pdf import write_pdf

            write_pdf(solutions, draft)
    print_study(study, as_json=as_json, all_blocks=all_blocks, maps=maps, report=str(path))
    say(f"wrote {path}")
    return verdict_code(study)


def _named(design: Design, scenario: str | None) -> Path:
    from thermal.study import ALL, base_of

    named = scenario is not None and scenario not in (ALL, base_of(design))
    return Path(f"{design.name}-{scenario}.pdf" if named else f"{design.name}.pdf")
