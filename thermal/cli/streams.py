"""The two streams of a command: data on stdout, words to the user on stderr, progress while one waits."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from thermal.cli.exits import Unwritable

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

NARROWEST, PIPED, WIDEST = 60, 80, 120
"""Columns: what a report needs at least, has where there is no terminal, and takes at most."""

PLAIN = str.maketrans(
    {
        "±": "+-",
        "°": "deg ",
        "θ": "theta_",
        "Ψ": "psi_",
        "Δ": "d",
        "µ": "u",
        "×": "x",
        "²": "2",
        "³": "3",
        "–": "-",
        "−": "-",
        "≤": "<=",
        "≥": ">=",
        "≈": "~",
        "→": "->",
        "…": "...",
        "█": "#",
        "─": "-",
        "━": "-",
    }
)
"""What a stream that does not speak Unicode gets instead."""


def put(text: str) -> None:
    """Write data to stdout; a reader that has gone away (``| head``) is no error.

    Raises
    ------
    Unwritable
        The disk is full, or stdout is closed.
    """
    out = sys.stdout
    try:
        out.write(encodable(text, out))
        out.flush()
    except BrokenPipeError:
        discard(out)
    except OSError as error:
        discard(out)
        raise Unwritable("standard output", error) from None


def encodable(text: str, out: TextIO) -> str:
    """The text as far as the encoding of a stream can tell it."""
    encoding = getattr(out, "encoding", None) or "utf-8"
    if encoding.lower().startswith("utf"):
        return text
    return text.translate(PLAIN).encode(encoding, "replace").decode(encoding)


def discard(out: TextIO) -> None:
    """Send what a stream still holds nowhere, so that leaving does not fail on it again."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, out.fileno())
        os.close(nowhere)
    except (OSError, ValueError):  # a stream without a file descriptor
        return


def shown(*parts: RenderableType) -> str:
    """Renderables as text for stdout: in colour where it is a terminal that has any, at its width."""
    from rich.console import Console

    # Rendered into a string: rich itself would write to stdout, and leave with 1 when the reader has gone.
    stdout, sheet = paper(), io.StringIO()
    console = Console(
        file=sheet,
        width=stdout.width,
        force_terminal=stdout.is_terminal,
        color_system=stdout.color_system,  # type: ignore[arg-type]
        no_color=stdout.no_color,
        legacy_windows=False,
        highlight=False,
        emoji=False,
    )
    console.print(*parts, sep="\n")
    return "".join(f"{line.rstrip()}\n" for line in sheet.getvalue().splitlines())


def paper() -> Console:
    """What stdout can show."""
    from rich.console import Console

    if sys.stdout.isatty():
        console = Console(highlight=False, emoji=False)
        console.width = min(max(console.width, NARROWEST), WIDEST)
        return console
    columns = os.environ.get("COLUMNS", "")
    width = int(columns) if columns.isdecimal() and int(columns) > 0 else PIPED
    return Console(highlight=False, emoji=False, width=min(max(width, NARROWEST), WIDEST))


@contextmanager
def progress() -> Iterator[Callable[[str, float], None]]:
    """A bar on stderr, gone when the work is done; nothing where stderr is no terminal."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield lambda *_: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = TextColumn("{task.description}"), BarColumn(bar_width=24), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=False) as bar:
        task = bar.add_task("", total=1.0)
        yield lambda stage, done: bar.update(task, description=stage, completed=done)
