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
@options.json_option
def command(
    design: str,
    assignments: tuple[str, ...],
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
    """  # noqa: D301 - click reads the backspace
    options.refuse_both(("--map", map_layer is not None), ("--json", as_json))
    wanted = options.resolution(finer, coarser)
    from thermal.cli.solving import check_map, print_study, solved, verdict_code

    read = options.loaded(design, assignments, model)
    check_map(read, map_layer)
    study = solved(read, resolution=wanted, **settings)
    print_study(study, as_json=as_json, all_blocks=all_blocks, map_layer=map_layer)
    return verdict_code(study)
