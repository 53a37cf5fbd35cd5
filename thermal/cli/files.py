"""Files that a command writes: refused before the work is done, and told by the name the user gave."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from thermal.cli.exits import Unwritable


def check_writable(path: Path) -> None:
    """Refuse a file that cannot be written; tries without leaving anything behind.

    Raises
    ------
    Unwritable
        Its folder does not exist or lets nobody write, it is a folder itself, or it is write-protected.
    """
    try:
        if path.is_dir():
            raise IsADirectoryError(None, "it is a folder")
        if path.exists():
            with path.open("ab"):
                return
        with tempfile.TemporaryFile(dir=path.parent):
            return
    except OSError as error:
        raise Unwritable(f"'{path}'", error) from error


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Tell a failure to write `path` from other failures of the system.

    Raises
    ------
    Unwritable
        With the system's reason.
    """
    try:
        yield
    except OSError as error:
        if error.filename is None or Path(error.filename) != path:
            raise
        reason = os.strerror(error.errno) if error.errno is not None else str(error)
        raise Unwritable(f"'{path}'", OSError(error.errno, reason)) from error
