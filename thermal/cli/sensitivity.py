"""``thermal sensitivity``: what heats a block, and what would cool it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from thermal.cli import options

if TYPE_CHECKING:
    from collections.abc import Callable

    from thermal.design import Design
    from thermal.report.sensitivity import Findings
    from thermal.sensitivity import Sensitivity
    from thermal.solution import Solution
    from thermal.study import Study

FIGURES = (".pdf", ".svg", ".png")


@click.command("sensitivity", short_help="What heats a block: watts, layers, cooling, places of blocks.")
@options.design_argument
@click.option(
    "--of",
    "observed",
    metavar="BLOCK",
    multiple=True,
    help="The block whose mean temperature is asked about. Repeatable.  [default: the analog, PMIC or "
    "sensor block of least margin]",
)
@click.option(
    "--matrix", is_flag=True, help="Add the influence matrix of all analog, PMIC and sensor blocks."
)
@click.option(
    "--top",
    type=click.IntRange(1, 1000),
    metavar="N",
    default=8,
    show_default=True,
    help="Rows of every table, and columns of the matrix.",
)
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write charts: .pdf for all; .svg or .png for the first block, or with --matrix for the matrix.",
)
@click.option("--scenario", metavar="NAME", help="The scenario to look at.")
@options.set_option
@options.physics_options
@options.numerical_options
@options.json_option
def command(
    design: str,
    observed: tuple[str, ...],
    matrix: bool,
    top: int,
    output: Path | None,
    scenario: str | None,
    assignments: tuple[str, ...],
    as_json: bool,
    finer: float | None,
    coarser: float | None,
    **settings: Any,
) -> int:
    """Solve DESIGN; rank what the mean temperature of a block answers to.

    K/W of every block, K per percent of each layer's conductivity and thickness, of each interface and
    cooled face, and K per 100 µm of moving blocks, all from one adjoint solve a block.

    \b
      thermal sensitivity accel-2p5d --of soc0/pll_noc
      thermal sensitivity accel-2p5d --matrix --coarser 2
      thermal sensitivity npu-custom -o sensitivity.pdf --json
    """  # noqa: D301 - click reads the backspace
    wanted = options.resolution(finer, coarser)
    if scenario == "all":
        raise click.UsageError("sensitivity takes one scenario; run it once for each")
    if output is not None and output.suffix.lower() not in FIGURES:
        raise click.UsageError(f"-o {output}: must end in {', '.join(FIGURES)}")
    from thermal.cli.solving import print_study, solved, verdict_code

    read = options.loaded(design, assignments)
    _check(read, scenario, observed)
    if output is not None:
        from thermal.cli.files import check_writable

        check_writable(output)
    study = solved(read, scenario=scenario, resolution=wanted, **settings)
    if not study.cases:
        # Without a steady state there is nothing to differentiate; the study says why there is none.
        print_study(study, as_json=as_json, all_blocks=False, map_layer=None)
        return verdict_code(study)
    found = _found(study, observed, matrix)
    _print(found, top, as_json=as_json)
    if output is not None:
        _write(found, output)
    return verdict_code(study)


def _check(design: Design, scenario: str | None, observed: tuple[str, ...]) -> None:
    """Refuse blocks that the design does not have, and designs without any, before anything is solved."""
    from thermal.placement import place
    from thermal.report.sensitivity import check_blocks
    from thermal.study import variants

    for variant in variants(design, scenario).values():
        check_blocks(place(variant), observed)


def _found(study: Study, observed: tuple[str, ...], matrix: bool) -> Findings:
    from thermal.cli.compiling import announced
    from thermal.cli.streams import progress
    from thermal.report.sensitivity import Findings, default_block

    solution: Solution = study.solution
    with announced(), progress() as report:
        from thermal.sensitivity import influence

        names = observed or (default_block(solution),)
        of = tuple(_of(solution, name, report) for name in dict.fromkeys(names))
        found = influence(solution.adjoint, report=report) if matrix else None
    return Findings(solution.scene, solution.scenario, solution.mesh.cells, of, found)


def _of(solution: Solution, name: str, report: Callable[[str, float], None]) -> Sensitivity:
    from floorplans.diagnostics import Diagnostic, InputError, Span
    from thermal.sensitivity import sensitivity

    try:
        return sensitivity(solution.adjoint, name, report)
    except ValueError as error:
        raise InputError(Diagnostic(Span(f"--of {name}"), str(error))) from None


def _print(found: Findings, top: int, *, as_json: bool) -> None:
    from thermal.cli.streams import paper, put, shown

    if as_json:
        from thermal.report.document import dumped
        from thermal.report.sensitivity import sensitivity_document

        put(dumped(sensitivity_document(found)))
        return
    from thermal.report.sensitivity_text import sensitivity_report

    put(shown(sensitivity_report(found, top, paper().width)))


def _write(found: Findings, path: Path) -> None:
    from thermal.cli.exits import say
    from thermal.cli.files import writing

    with writing(path):
        from thermal.report.sensitivity_figures import write_figures

        write_figures(found, path)
    say(f"wrote {path}")
