"""``thermal compare``: what differs between two designs, and what it did to every block."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from thermal.cli import options

if TYPE_CHECKING:
    from collections.abc import Callable

    from floorplans.diagnostics import Diagnostic
    from thermal.design import Design


def _one_sided(side: str) -> Callable[[options.F], options.F]:
    return options.stacked(
        click.option(
            f"--set-{side}",
            f"set_{side}",
            metavar="KEY=VALUE",
            multiple=True,
            help=f"Replace a value of {side.upper()} only. Repeatable.",
        ),
        click.option(
            f"--scenario-{side}", metavar="NAME", help=f"The scenario of {side.upper()} to compare."
        ),
    )


@click.command("compare", short_help="What differs between two designs, and what that did to every block.")
@click.argument("a", metavar="A")
@click.argument("b", metavar="[B]", required=False)
@options.set_option
@click.option("--scenario", metavar="NAME", help="The scenario of both to compare.")
@_one_sided("a")
@_one_sided("b")
@options.all_option
@options.physics_options
@options.numerical_options
@options.refinement_options
@options.json_option
def command(
    a: str,
    b: str | None,
    assignments: tuple[str, ...],
    scenario: str | None,
    set_a: tuple[str, ...],
    set_b: tuple[str, ...],
    scenario_a: str | None,
    scenario_b: str | None,
    all_blocks: bool,
    as_json: bool,
    finer: float | None,
    coarser: float | None,
    **settings: Any,
) -> int:
    """Solve the designs A and B; print what changed in the design and in temperatures, block by block.

    Without B, it is A again, with other values or another scenario. The exit code is that of B: 1 where B
    does not hold its limits.

    \b
      thermal compare old.yaml new.yaml
      thermal compare accel-2p5d --set-b package.layers.tim1.thickness_um=150
      thermal compare accel-2p5d --scenario-b decode
    """  # noqa: D301 - click reads the backspace
    if b is None and not (set_a or set_b or scenario_a or scenario_b):
        raise click.UsageError(
            "compare needs a second design, or what to change in the first: --set-b, --scenario-b"
        )
    wanted = options.resolution(finer, coarser)
    sides = _read(
        (a, (*assignments, *set_a), scenario_a or scenario),
        (b or a, (*assignments, *set_b), scenario_b or scenario),
    )
    from thermal.cli.exits import Exit
    from thermal.cli.solving import solved
    from thermal.cli.streams import put, shown
    from thermal.compare import compare
    from thermal.report.comparison import compare_document, comparison_report, violated

    before, after = (solved(read, resolution=wanted, scenario=name, **settings).only for read, name in sides)
    found = compare(before, after)
    if as_json:
        from thermal.report.document import dumped

        put(dumped(compare_document(found)))
    else:
        put(shown(comparison_report(found, all_blocks)))
    return Exit.LIMIT if violated(found) else Exit.OK


def _read(*sides: tuple[str, tuple[str, ...], str | None]) -> list[tuple[Design, str | None]]:
    """Both designs and their scenarios; everything that is wrong with either is reported at once."""
    from floorplans.diagnostics import InputError
    from thermal.study import ALL, variants

    found: list[tuple[Design, str | None]] = []
    problems: list[Diagnostic] = []
    for design, assignments, scenario in sides:
        if scenario == ALL:
            raise click.UsageError("compare takes one scenario; `thermal solve --scenario all` solves all")
        try:
            read = options.loaded(design, assignments)
            variants(read, scenario)
            found.append((read, scenario))
        except InputError as error:
            problems += error.diagnostics
    if problems:
        raise InputError(dict.fromkeys(problems))
    return found
