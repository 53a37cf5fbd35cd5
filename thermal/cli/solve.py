"""``thermal solve``: the temperatures of a design, with a verdict."""

from __future__ import annotations

from typing import Any

import click

from thermal.cli import options


@click.command("solve", short_help="Temperatures, margins and verdict of a design.")
@options.design_argument
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
@click.option(
    "--grid",
    type=click.Choice(["as-given"]),
    help="Solve a case of HotSpot or 3D-ICE on its own grid, without error bars.",
)
@click.option(
    "--hotspot",
    "hotspot",
    metavar="NAME=VALUE",
    multiple=True,
    help="An option of HotSpot's command line, such as f=ev6.flp or model_secondary=1. Repeatable.",
)
@click.option(
    "--output",
    "-o",
    "folder",
    metavar="FOLDER",
    help="With --grid: write the files that HotSpot or 3D-ICE would write into a folder.",
)
@options.json_option
def command(
    design: str,
    assignments: tuple[str, ...],
    grid: str | None,
    hotspot: tuple[str, ...],
    folder: str | None,
    model: str | None,
    map_layer: str | None,
    all_blocks: bool,
    as_json: bool,
    finer: float | None,
    coarser: float | None,
    **settings: Any,
) -> int:
    """Solve DESIGN and print block temperatures with error bars, margins and numerical evidence.

    \b
      thermal solve accel-2p5d --map
      thermal solve accel-2p5d --scenario all
      thermal solve accel-2p5d --set package.ambient_c=45 --json
      thermal solve accel-2p5d --probe 39,35,1720
      thermal solve accel-2p5d --runaway-margin
      thermal solve case.stk --grid as-given -o results
    """  # noqa: D301 - click reads the backspace
    options.refuse_both(("--map", map_layer is not None), ("--json", as_json))
    if grid is None and folder is not None:
        raise click.UsageError("-o goes with --grid as-given; thermal report writes the PDF")
    if grid is not None:
        from thermal.cli.imposing import case_of, refuse_with_grid, solve_as_given

        refuse_with_grid(assignments, model, map_layer, finer, coarser, settings)
        case = case_of(design, hotspot)
        return solve_as_given(case, tolerance=settings["tolerance"], as_json=as_json, folder=folder)
    wanted = options.resolution(finer, coarser)
    from thermal.cli.solving import check_map, print_study, solved, verdict_code

    read = options.loaded(design, assignments, model, hotspot)
    check_map(read, map_layer)
    study = solved(read, resolution=wanted, **settings)
    print_study(study, as_json=as_json, all_blocks=all_blocks, map_layer=map_layer)
    return verdict_code(study)
