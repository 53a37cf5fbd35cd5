"""Files that are either written whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from thermal.cli.exits import Unwritable


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary file beside `path` that takes its place on success and vanishes otherwise.

    It is created at once, so that a folder that cannot be written to is found before the work is done. A
    symbolic link is followed; a device such as ``/dev/null`` is written to, not replaced.

    Raises
    ------
    Unwritable
        For every reason the system gives; nothing is left behind.
    """
    target = path.resolve()
    draft: Path | None = None
    try:
        with _telling(path):
            if target.is_dir():
                raise IsADirectoryError(None, "it is a folder")
            draft = _draft(target)
        with _telling(path, only=draft):
            yield draft
        with _telling(path):
            _publish(draft, target)
    finally:
        if draft is not None:
            draft.unlink(missing_ok=True)


@contextmanager
def _telling(path: Path, only: Path | None = None) -> Iterator[None]:
    """Say which file the user asked for; `only` lets through what went wrong with other files."""
    try:
        yield
    except OSError as error:
        if only is not None and error.filename is not None and Path(error.filename) != only:
            raise
        raise Unwritable(f"'{path}'", error) from error


def _draft(target: Path) -> Path:
    # A device has no folder of drafts; what goes to it is copied in the end.
    folder = target.parent if _regular(target) else None
    if target.exists() and not os.access(target, os.W_OK):
        raise PermissionError(None, "Permission denied")
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".tmp", dir=folder)
    os.close(handle)
    return Path(name)


def _publish(draft: Path, target: Path) -> None:
    if not _regular(target):
        with draft.open("rb") as source, target.open("wb") as sink:
            shutil.copyfileobj(source, sink)
        return
    with draft.open("rb+") as content:
        os.fsync(content.fileno())
    draft.chmod(target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask())
    draft.replace(target)


def _regular(target: Path) -> bool:
    return target.is_file() or not target.exists()


def _umask() -> int:
    # The only way to read it is to set it.
    mask = os.umask(0)
    os.umask(mask)
    return mask
