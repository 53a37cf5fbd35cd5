"""``thermal COMMAND DESIGN …``: the group of commands, each loaded when it is used."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from thermal.cli.exits import DEBUG_VARIABLE, guarded
from thermal.version import __version__

COMMANDS = (
    "init",
    "check",
    "solve",
    "report",
    "compare",
    "converge",
    "convert",
    "materials",
    "sensitivity",
    "uncertainty",
    "power",
    "throttle",
    "rom",
    "verify",
)
"""Names of commands, in the order in which one meets them; also the modules of this package they live in."""


class CommandLine(click.Group):
    """The group: imports a command when it is named, and turns every way to fail into an exit code."""

    def list_commands(self, _: click.Context) -> list[str]:
        """Names of all commands."""
        return list(COMMANDS)

    def get_command(self, _: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name; None if there is none."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"thermal.cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the arguments name; one that is none gets a suggestion."""
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            near = get_close_matches(args[0], COMMANDS, n=1)
            hint = f"did you mean '{near[0]}'?" if near else f"there are {', '.join(COMMANDS)}"
            ctx.fail(f"no command '{args[0]}'; {hint}")
        return super().resolve_command(ctx, args)

    def main(
        self, args: Sequence[str] | None = None, prog_name: str | None = None, *_: Any, **extra: Any
    ) -> Any:
        """Run the command line and leave with its exit code."""
        extra["standalone_mode"] = False
        call = super().main
        sys.exit(guarded(lambda: call(args, prog_name, **extra)))


def _shipped() -> str:
    folder = Path(__file__).resolve().parents[2] / "floorplans" / "examples"
    return ", ".join(sorted(path.stem for path in folder.glob("*.yaml")))


def _debug(_: click.Context, __: click.Parameter, wanted: bool) -> None:
    if wanted:
        os.environ[DEBUG_VARIABLE] = "1"


@click.group(
    cls=CommandLine,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=f"A DESIGN is a file, or the name of a shipped design: {_shipped()}.",
)
@click.version_option(__version__, prog_name="thermal-floorplan", message="%(prog)s %(version)s")
@click.option(
    "--debug", is_flag=True, expose_value=False, callback=_debug, help="Show tracebacks (THERMAL_DEBUG=1)."
)
def cli() -> None:
    """Thermal analysis of SoC and chiplet floorplans.

    \b
      thermal report accel-2p5d       report of a shipped design, here and as PDF
      thermal init my-package.yaml    a small design of your own to start from

    Results go to stdout, messages to stderr. Exit codes: 0 within all limits, 1 a limit is violated or
    undecided, 2 wrong usage, 3 invalid input, 4 no convergence, 5 a package is missing, 70 internal error,
    130 interrupted.
    """  # noqa: D301 - click reads the backspace


def main() -> None:
    """Entry point of the program."""
    cli.main(prog_name="thermal")
