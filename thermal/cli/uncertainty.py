"""``thermal uncertainty``: what uncertain inputs do to temperatures."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from thermal.cli import options

if TYPE_CHECKING:
    from thermal.design import Design

vary_option = click.option(
    "--vary",
    "varied",
    metavar="PATH=LAW:NUMBERS",
    multiple=True,
    help="Make an input uncertain: package.top.htc_w_m2k=uniform:85%,115%, power:soc0/*=normal:5%, "
    "material:tim-grease=lognormal:20%. Repeatable.",
)
sampling_options = options.stacked(
    click.option(
        "--samples",
        type=click.IntRange(16, 1_000_000),
        metavar="N",
        help="Samples of the inputs; for sobol the next power of two.  [default: 8192, with --direct 64]",
    ),
    click.option(
        "--sampling",
        "method",
        type=click.Choice(["sobol", "lhs"]),
        default="sobol",
        show_default=True,
        help="Sobol sequence or Latin hypercube.",
    ),
    click.option(
        "--seed", type=click.IntRange(0), metavar="N", default=1, show_default=True, help="Of the samples."
    ),
    click.option(
        "--checks",
        type=click.IntRange(1, 1000),
        metavar="N",
        default=8,
        show_default=True,
        help="Random points solved anew to check the model, besides two corners.",
    ),
    click.option(
        "--direct", is_flag=True, help="Solve anew at every sample: slow, but it meets every thermal runaway."
    ),
)


@click.command("uncertainty", short_help="What uncertain inputs do to temperatures: P5, P50, P95, shares.")
@options.design_argument
@vary_option
@sampling_options
@click.option("--scenario", metavar="NAME", help="The scenario whose inputs vary.")
@options.set_option
@options.all_option
@options.physics_options
@options.numerical_options
@options.json_option
def command(
    design: str,
    varied: tuple[str, ...],
    samples: int | None,
    method: Any,
    seed: int,
    checks: int,
    direct: bool,
    scenario: str | None,
    assignments: tuple[str, ...],
    all_blocks: bool,
    as_json: bool,
    finer: float | None,
    coarser: float | None,
    **settings: Any,
) -> int:
    """Vary the uncertain inputs of DESIGN; print the spread of every block's highest temperature.

    What varies is the 'uncertainty:' section of the design, and what --vary adds. The exit code is 1 where
    a limit is violated with a probability of more than 5 %.

    \b
      thermal uncertainty accel-2p5d
      thermal uncertainty npu-custom --vary package.ambient_c=uniform:30,45
      thermal uncertainty my.yaml --vary "power:soc0/*=normal:5%" --json
    """  # noqa: D301 - click reads the backspace
    wanted = options.resolution(finer, coarser)
    from thermal.cli.exits import Exit
    from thermal.cli.streams import put, shown
    from thermal.limits import Verdict

    read = varying(options.loaded(design, assignments), varied)
    if scenario == "all":
        raise click.UsageError("uncertainty takes one scenario; run it once for each")
    sampling: dict[str, Any] = {
        "samples": samples,
        "method": method,
        "seed": seed,
        "checks": checks,
        "direct": direct,
    }
    from thermal.cli.solving import print_study, propagated, solved, verdict_code

    study = solved(read, scenario=scenario, resolution=wanted, **settings)
    if not study.cases:
        print_study(study, as_json=as_json, all_blocks=all_blocks, map_layer=None)
        return verdict_code(study)
    found = propagated(replace(study.solution, scenario=scenario), wanted, settings, **sampling)
    from thermal.report.document import dumped
    from thermal.report.uncertainty import uncertainty_document, uncertainty_report

    put(dumped(uncertainty_document(found)) if as_json else shown(uncertainty_report(found, all_blocks)))
    return Exit.LIMIT if found.verdict in (Verdict.FAIL, Verdict.UNDECIDED) else Exit.OK


def varying(design: Design, varied: tuple[str, ...]) -> Design:
    """The design with what ``--vary`` adds; raises InputError where nothing is uncertain."""
    from thermal.design import Design
    from thermal.uncertainty.propagation import check_varies
    from thermal.uncertainty.vary import with_varied

    if varied:
        design = Design.from_source(with_varied(design.source, varied))
    check_varies(design)
    return design
