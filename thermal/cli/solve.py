"""``thermal solve``: the temperatures of a design, with a verdict."""

from __future__ import annotations

from typing import Any

import click

from thermal.cli import options


@click.command("solve", short_help="Temperatures, margins and verdict of a design.")
@options.design_argument
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
    map_layer: str | None,
    all_blocks: bool,
    as_json: bool,
    **settings: Any,
) -> int:
    r"""Solve DESIGN and print block temperatures with error bars, margins and numerical evidence.

    \b
      thermal solve accel-2p5d --map
      thermal solve accel-2p5d --scenario all
      thermal solve accel-2p5d --set package.ambient_c=45 --probe 39,35,1720 --json
    """
    options.refuse_both(("--map", map_layer is not None), ("--json", as_json))
    from thermal.cli.solving import Maps, print_study, solved, verdict_code

    read, maps = options.loaded(design, assignments), Maps(map_layer)
    maps.check(read)
    study = solved(read, each=maps.draw, **settings)
    print_study(study, as_json=as_json, all_blocks=all_blocks, maps=maps)
    return verdict_code(study)
