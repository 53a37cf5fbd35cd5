"""``thermal throttle``: what a design sustains under its controllers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from thermal.cli import options
from thermal.cli.exits import Exit, say

if TYPE_CHECKING:
    from thermal.throttle.result import ThrottleResult


@click.command("throttle", short_help="What a design sustains under its throttle controllers.")
@options.design_argument
@options.set_option
@options.model_option
@click.option("--scenario", metavar="NAME", help="A scenario of the design.")
@click.option(
    "--seconds", type=click.FloatRange(min=0.0, min_open=True), metavar="S", help="Length of the run."
)
@click.option("--no-certify", "certify", is_flag=True, flag_value=False, default=True, help="No full solve.")
@click.option(
    "--no-cache", "cache", is_flag=True, flag_value=False, default=True, help="Build the model anew."
)
@options.finer_option
@options.coarser_option
@options.json_option
def command(
    design: str,
    assignments: tuple[str, ...],
    model: str | None,
    scenario: str | None,
    seconds: float | None,
    certify: bool,
    cache: bool,
    finer: float | None,
    coarser: float | None,
    as_json: bool,
) -> int:
    """Serve the workload of DESIGN under its controllers and tell what it sustains.

    \b
      thermal throttle accel-2p5d
    """  # noqa: D301 - click reads the backspace
    from thermal.throttle.loop import COARSER

    resolution = options.resolution(finer, coarser if coarser or finer else COARSER)
    from thermal.cli.compiling import announced
    from thermal.cli.streams import progress, put

    read = options.loaded(design, assignments, model)
    if scenario is not None:
        read = read.scenario(scenario)
    with announced(), progress() as report:
        from thermal.throttle.loop import run

        result = run(
            read, seconds=seconds, resolution=resolution, certify=certify, cache=cache, progress=report
        )
    for warning in result.warnings:
        say(f"warning: {warning}")
    if as_json:
        from thermal.report.document import dumped
        from thermal.report.throttle import document

        put(dumped(document(result)))
    else:
        from thermal.report.throttle import table

        put(table(result))
    return verdict(result)


def verdict(result: ThrottleResult) -> Exit:
    """4 where it runs away, 1 where a limit is passed in the window, 0 otherwise."""
    if result.runaway or result.shutdown is not None:
        return Exit.NO_CONVERGENCE
    return Exit.LIMIT if result.limiting.margin < 0.0 else Exit.OK
