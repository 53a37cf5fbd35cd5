"""``thermal rom``: reduced models: build, look at, run, write for other programs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from thermal.cli import options
from thermal.cli.exits import Exit, say

if TYPE_CHECKING:
    from thermal.rom.model import ReducedModel

FORMATS = (".npz", ".mat", ".cir", ".json")

model_options = options.stacked(
    click.option("--scenario", metavar="NAME", help="The scenario whose steady state it is frozen at."),
    options.set_option,
    click.option(
        "--accuracy", type=float, metavar="K", default=0.1, show_default=True, help="Error wanted, K."
    ),
    click.option(
        "--states",
        type=click.IntRange(1, 1000),
        metavar="N",
        default=120,
        show_default=True,
        help="States at most.",
    ),
    click.option(
        "--group",
        "groups",
        metavar="NAME=PATTERN[,PATTERN]",
        multiple=True,
        help="Blocks that are one input, such as mm=soc0/tensor_*. Repeatable.  [default: by layer and kind]",
    ),
    click.option("--no-cache", "cache", is_flag=True, flag_value=False, default=True, help="Build anew."),
    options.physics_options,
    options.coarser_option,
    options.finer_option,
)


@click.group("rom", short_help="Reduced models: build, info, run, export.")
def command() -> None:
    """Reduced models of a design: few states that answer as the full transient problem does."""


@command.command("build", short_help="Build a model and print what is known of its error.")
@options.design_argument
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Where it goes (.npz).")
@model_options
@options.json_option
def build_command(design: str, output: Path | None, as_json: bool, **settings: Any) -> int:
    """Build the reduced model of DESIGN, or take it from the cache.

    \b
      thermal rom build accel-2p5d -o accel.npz
    """  # noqa: D301 - click reads the backspace
    model = _built(design, **settings)
    if output is not None:
        _save(model, output)
    _tell(model, as_json=as_json)
    return Exit.OK


@command.command("info", short_help="What a model is made of, its inputs, and its error.")
@click.argument("model", metavar="MODEL", type=click.Path(path_type=Path))
@options.json_option
def info_command(model: Path, as_json: bool) -> int:
    """Describe the reduced model in the file MODEL."""
    _tell(_loaded(model), as_json=as_json)
    return Exit.OK


@command.command("run", short_help="Temperatures of blocks after a trace of watts.")
@click.argument("model", metavar="MODEL", type=click.Path(path_type=Path))
@click.option(
    "--trace",
    required=True,
    type=click.Path(path_type=Path),
    metavar="CSV",
    help="Columns time_s and inputs of the model (W; ambients in degC); each row holds until the next.",
)
@click.option(
    "--from",
    "begin",
    type=click.Choice(["ambient", "reference"]),
    default="reference",
    show_default=True,
    help="Where it starts.",
)
@click.option("--block", "blocks", metavar="NAME", multiple=True, help="Repeatable.  [default: all]")
@click.option("--linear", is_flag=True, help="Inputs change linearly from row to row.")
@click.option("--average", is_flag=True, help="Means of blocks instead of their maxima.")
def run_command(
    model: Path, trace: Path, begin: str, blocks: tuple[str, ...], linear: bool, average: bool
) -> int:
    """Print CSV: time_s and the temperature of every block in degC at the end of each interval."""
    from thermal.cli.streams import put
    from thermal.rom.tracefile import read_trace, written

    found = _loaded(model)
    lengths, inputs, began = read_trace(trace, found, linear=linear)
    try:
        wanted = found.outputs("avg" if average else "max", blocks or None)
    except KeyError as error:
        raise click.UsageError(f"--block: {error.args[0]}") from None
    start = found.cold if begin == "ambient" else None
    with _warnings_told():
        told = found.run(lengths, inputs, linear=linear, outputs=wanted, start=start)
    put(written(told, began))
    return Exit.OK


@command.command("export", short_help="State space, Foster network, SPICE.")
@click.argument("model", metavar="MODEL", type=click.Path(path_type=Path))
@click.argument("output", metavar="FILE", type=click.Path(path_type=Path))
@click.option(
    "--block",
    "blocks",
    metavar="NAME",
    multiple=True,
    help="Blocks that a network shows. Repeatable.  [default: all]",
)
def export_command(model: Path, output: Path, blocks: tuple[str, ...]) -> int:
    """Write MODEL as FILE: .npz, .mat (state space), .cir (SPICE subcircuit), .json (Foster and Cauer)."""
    suffix = output.suffix.lower()
    if suffix not in FORMATS:
        raise click.UsageError(f"{output}: must end in {', '.join(FORMATS)}")
    from thermal.cli.files import check_writable, writing
    from thermal.rom import exports

    found = _loaded(model)
    check_writable(output)
    try:
        wanted = found.outputs("avg", blocks or None)
    except KeyError as error:
        raise click.UsageError(f"--block: {error.args[0]}") from None
    with writing(output):
        exports.write(found, output, wanted)
    say(f"wrote {output}")
    return Exit.OK


def _built(
    design: str,
    *,
    scenario: str | None,
    assignments: tuple[str, ...],
    accuracy: float,
    states: int,
    groups: tuple[str, ...],
    finer: float | None,
    coarser: float | None,
    **rest: Any,
) -> ReducedModel:
    resolution = options.resolution(finer, coarser)
    wanted = dict(_group(text) for text in groups)
    from thermal.cli.compiling import announced
    from thermal.cli.streams import progress

    read = options.loaded(design, assignments)
    with announced(), progress() as report:
        from thermal.rom.building import build

        return build(
            read,
            resolution=resolution,
            scenario=scenario,
            groups=wanted,
            tolerance=accuracy,
            max_states=states,
            progress=report,
            **rest,
        )


def _group(text: str) -> tuple[str, list[str]]:
    name, equals, patterns = text.partition("=")
    if not name or not equals or not patterns:
        raise click.UsageError(f"--group {text}: write NAME=PATTERN, such as matmul=soc0/tensor_*")
    return name, patterns.split(",")


def _loaded(path: Path) -> ReducedModel:
    from floorplans.diagnostics import Diagnostic, InputError
    from thermal.rom.model import ReducedModel, WrongModel

    try:
        return ReducedModel.load(path)
    except WrongModel as error:
        raise InputError(Diagnostic(None, str(error))) from None


def _save(model: ReducedModel, path: Path) -> None:
    from thermal.cli.files import check_writable, writing

    check_writable(path)
    with writing(path):
        model.saved(path)
    say(f"wrote {path}")


def _tell(model: ReducedModel, *, as_json: bool) -> None:
    from thermal.cli.streams import put
    from thermal.rom.description import described, document

    if as_json:
        from thermal.report.document import dumped

        put(dumped(document(model)))
    else:
        put(described(model))


@contextmanager
def _warnings_told() -> Iterator[None]:
    """Warnings of the model become messages on stderr."""
    import warnings

    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        yield
    for one in seen:
        say(f"warning: {one.message}")
