"""``thermal report``: the design-review PDF, and the same in the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from thermal.cli import options

if TYPE_CHECKING:
    from thermal.design import Design


@click.command("report", short_help="The design-review PDF, and the report in the terminal.")
@options.design_argument
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Where the PDF goes.  [default: name of the design, and of the scenario, .pdf]",
)
@click.option(
    "--uncertainty",
    "with_uncertainty",
    is_flag=True,
    help="Add a section on what the uncertain inputs of the design do, for the scenario that decides.",
)
@click.option(
    "--sensitivity",
    "with_sensitivity",
    is_flag=True,
    help="Add a section on what heats the analog, PMIC and sensor blocks, from cells of twice the size.",
)
@options.scenario_option
@options.set_option
@options.model_option
@options.probe_option
@options.map_option
@options.all_option
@options.runaway_option
@options.physics_options
@options.numerical_options
@options.refinement_options
@options.json_option
def command(
    design: str,
    assignments: tuple[str, ...],
    model: str | None,
    output: Path | None,
    with_uncertainty: bool,
    with_sensitivity: bool,
    map_layer: str | None,
    all_blocks: bool,
    as_json: bool,
    finer: float | None,
    coarser: float | None,
    **settings: Any,
) -> int:
    """Solve DESIGN, write the report as PDF, and print it.

    \b
      thermal report accel-2p5d                        writes accel-2p5d.pdf
      thermal report accel-2p5d --scenario all -o review.pdf
    """  # noqa: D301 - click reads the backspace
    options.refuse_both(("--map", map_layer is not None), ("--json", as_json))
    wanted = options.resolution(finer, coarser)
    from thermal.cli.exits import say
    from thermal.cli.files import check_writable, writing
    from thermal.cli.solving import check_map, print_study, propagated, sensitivities, solved, verdict_code
    from thermal.cli.streams import progress

    read = options.loaded(design, assignments, model)
    check_map(read, map_layer)
    if with_uncertainty:
        from thermal.uncertainty.propagation import check_varies

        check_varies(read)
    path = output or _named(read, settings["scenario"])
    check_writable(path)
    study = solved(read, resolution=wanted, **settings)
    spread = propagated(study.solution, wanted, settings) if with_uncertainty and study.cases else None
    answers = sensitivities(study.solution, wanted) if with_sensitivity and study.cases else None
    with writing(path), progress() as bar:
        bar("draw the report", 0.0)
        from thermal.report.pdf import write_review, write_runaways

        if study.cases:
            write_review(study, study.solution, path, spread, answers)
        else:
            write_runaways(study, path)
    print_study(study, as_json=as_json, all_blocks=all_blocks, map_layer=map_layer, report=str(path))
    say(f"wrote {path}")
    return verdict_code(study)


def _named(design: Design, scenario: str | None) -> Path:
    from thermal.study import ALL, base_of

    named = scenario is not None and scenario not in (ALL, base_of(design))
    return Path(f"{design.name}-{scenario}.pdf" if named else f"{design.name}.pdf")
