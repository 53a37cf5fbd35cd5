"""``thermal power … --trace FILE``: the watts of every block over one round of serving."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from thermal.cli import options

if TYPE_CHECKING:
    from power.deployment import Deployment
    from power.trace import PowerTrace
    from thermal.design import Design

RESOLUTIONS = ("phase", "iteration", "operator", "tick")
TICK = 1e-3
"""Seconds of a tick unless asked for otherwise."""
MOST = 2e7
"""Numbers in a file; a text of about 200 MB."""

trace_options = options.stacked(
    click.option(
        "--trace",
        "trace_file",
        type=click.Path(path_type=Path),
        metavar="FILE.csv",
        help="Write watts over one round of serving, for 'thermal transient --trace'; leakage left out.",
    ),
    click.option(
        "--resolution",
        type=click.Choice(RESOLUTIONS),
        help="Steps of the trace.  [default: iteration; tick with --tick]",
    ),
    click.option(
        "--tick",
        type=click.FloatRange(min=0.0, min_open=True),
        metavar="S",
        help=f"Seconds of a tick; the watts of operators are averaged over it.  [default: {TICK:g}]",
    ),
)


def checked(asked: dict[str, Any]) -> tuple[Path | None, str, float]:
    """File, resolution and tick out of the options, which are taken away from `asked`.

    Raises
    ------
    click.UsageError
        Options that do not go together, or a file of another kind.
    """
    file, resolution, tick = (asked.pop(key) for key in ("trace_file", "resolution", "tick"))
    if file is None:
        if resolution is not None or tick is not None:
            raise click.UsageError("--resolution and --tick are for --trace FILE.csv")
        return None, "", TICK
    if file.suffix.lower() != ".csv":
        raise click.UsageError(f"--trace {file}: must end in .csv")
    if tick is not None and resolution not in (None, "tick"):
        raise click.UsageError(f"--tick is for --resolution tick (got {resolution})")
    return file, resolution or ("iteration" if tick is None else "tick"), TICK if tick is None else tick


def traced(found: Deployment, design: Design, resolution: str, tick: float) -> PowerTrace:
    """Watts of all powered blocks of a design; those that the hardware does not name keep theirs.

    Parameters
    ----------
    found
        The workload.
    design
        The design without it.
    resolution
        One of `RESOLUTIONS`.
    tick
        Seconds of a tick.

    Raises
    ------
    click.UsageError
        So short a tick that the file would hold more than `MOST` numbers.
    """
    from power.round_trace import beside, ticks

    blocks, length = max(1, len(found.covered)), found.served.seconds
    if resolution == "tick" and length / tick * blocks > MOST:
        shortest = f"{length * blocks / MOST:.1e}"
        raise click.UsageError(
            f"--tick {tick:g}: {length / tick:.3g} steps of {blocks} blocks are too many for a file; "
            f"the shortest tick is {shortest}"
        )
    trace = ticks(found, tick) if resolution == "tick" else found.trace(_detail(resolution))
    covered = set(found.covered)
    others = {block: watts for block, watts in design.power.items() if block not in covered}
    return beside(trace, others) if found.placed else trace


def _detail(resolution: str) -> Literal["phase", "iteration", "operator"]:
    if resolution == "phase":
        return "phase"
    return "operator" if resolution == "operator" else "iteration"


def write_trace(path: Path, found: Deployment, design: Design, resolution: str, tick: float) -> None:
    """Write the trace, and say what it holds."""
    from power.round_trace import csv_of
    from thermal.cli.exits import say
    from thermal.cli.files import writing
    from thermal.report.power_text import seconds
    from thermal.report.wholefile import write_whole

    trace = traced(found, design, resolution, tick)
    with writing(path):
        write_whole(path, csv_of(trace).encode())
    size = f"{len(trace)} steps of {len(trace.blocks)} blocks, {seconds(trace.seconds)}"
    say(f"wrote {path}: {size}, {trace.energy:.4g} J without leakage")
