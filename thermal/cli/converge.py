"""``thermal converge``: error against cells, for uniform and for adaptive refinement."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from thermal.cli import options

if TYPE_CHECKING:
    from thermal.converge import Convergence
    from thermal.design import Design
    from thermal.scene import Scene

FIGURES = (".png", ".svg", ".pdf")


@click.command("converge", short_help="Error against cells, of uniform and of adaptive refinement.")
@options.design_argument
@click.option(
    "--of",
    "observed",
    metavar="BLOCK",
    multiple=True,
    help="The block to follow. Repeatable.  [default: the sensitive block whose error is largest relative "
    "to what is asked]",
)
@click.option(
    "--accuracy",
    type=click.FloatRange(min=0.0, min_open=True),
    metavar="K",
    help="Ask so much of the blocks to follow, in place of their accuracy_k.",
)
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write a chart: .png, .svg or .pdf.",
)
@click.option("--scenario", metavar="NAME", help="The scenario to look at.")
@options.set_option
@options.physics_options
@options.numerical_options
@click.option(
    "--max-cells",
    type=options.Cells(),
    metavar="N",
    help="Cells that no mesh may exceed; where given, cells of half the size are solved too if they fit.  "
    "[default: 12M]",
)
@options.json_option
def command(
    design: str,
    observed: tuple[str, ...],
    output: Path | None,
    scenario: str | None,
    assignments: tuple[str, ...],
    as_json: bool,
    finer: float | None,
    coarser: float | None,
    constant_k: bool,
    leakage: bool,
    **settings: Any,
) -> int:
    """Solve DESIGN on uniformly and on adaptively refined meshes; print errors against cells.

    Uniform meshes have cells 4, 2 and 1 times as large as 'thermal solve' starts with; refinement is
    adaptive from the last of these on. What uniform refinement would need beyond is extrapolated by the
    fitted order, and marked so.

    \b
      thermal converge npu-custom
      thermal converge accel-2p5d --of soc0/pll0 --accuracy 0.1 -o error.png
      thermal converge my.yaml --max-cells 2M --json
    """  # noqa: D301 - click reads the backspace
    wanted = options.resolution(finer, coarser)
    if scenario == "all":
        raise click.UsageError("converge takes one scenario; run it once for each")
    if output is not None and output.suffix.lower() not in FIGURES:
        raise click.UsageError(f"-o {output}: must end in {', '.join(FIGURES)}")
    scene = _placed(options.loaded(design, assignments), scenario, observed)
    scene = scene.simplified(constant_k=constant_k, leakage=leakage)
    if output is not None:
        from thermal.cli.files import check_writable

        check_writable(output)
    from thermal.cli.compiling import announced
    from thermal.cli.streams import progress

    with announced(), progress() as report:
        from thermal.converge import converge

        found = converge(scene, observed, resolution=wanted, progress=report, **settings)
    _print(found, as_json=as_json)
    if output is not None:
        _write(found, output)
    from thermal.cli.exits import Exit
    from thermal.limits import Verdict

    return Exit.LIMIT if found.verdict in (Verdict.FAIL, Verdict.UNDECIDED) else Exit.OK


def _placed(design: Design, scenario: str | None, observed: tuple[str, ...]) -> Scene:
    """The scene; refuses blocks that it does not have, before anything is solved."""
    from floorplans.diagnostics import Diagnostic, InputError
    from thermal.placement import place
    from thermal.report.sensitivity import check_blocks

    scene = place(design if scenario is None else design.scenario(scenario))
    if not scene.blocks:
        raise InputError(Diagnostic(None, f"{scene.name} has no blocks: there is no error to follow"))
    check_blocks(scene, observed)
    return scene


def _print(found: Convergence, *, as_json: bool) -> None:
    from thermal.cli.streams import put, shown
    from thermal.report.converge import converge_document, converge_report
    from thermal.report.document import dumped

    put(dumped(converge_document(found)) if as_json else shown(converge_report(found)))


def _write(found: Convergence, path: Path) -> None:
    from thermal.cli.exits import say
    from thermal.cli.files import writing
    from thermal.report.converge import write_picture

    with writing(path):
        write_picture(found, path)
    say(f"wrote {path}")
