"""A file that is written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Write a file by way of a draft beside it, which then takes its name.

    Raises
    ------
    OSError
        Naming `path`; neither a draft nor part of the file is left, and a file that was there before stays.
    """
    draft = path.with_name(f".{path.name[:200]}.{os.getpid()}.tmp")
    try:
        if path.is_dir():
            raise IsADirectoryError(21, "it is a folder")
        if path.exists() and not path.is_file():
            # A device such as /dev/stdout is written to, not replaced.
            path.write_bytes(content)
            return
        try:
            with draft.open("wb") as sink:
                sink.write(content)
                sink.flush()
                os.fsync(sink.fileno())
            if path.exists():
                draft.chmod(path.stat().st_mode & 0o777)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise type(error)(error.errno, f"cannot write the report: {error.strerror}", str(path)) from error
