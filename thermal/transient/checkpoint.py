"""A run on disk, from which it goes on to the same numbers."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from floorplans.diagnostics import Diagnostic, InputError, Span
from thermal.report.wholefile import write_whole

FORMAT = 1


def fingerprint(*parts: np.ndarray | str | float | None) -> str:
    """A hash of all that a run is made of."""
    found = hashlib.sha256()
    for part in parts:
        if isinstance(part, np.ndarray):
            found.update(repr((part.dtype.str, part.shape)).encode())
            found.update(np.ascontiguousarray(part).tobytes())
        else:
            found.update(repr(part).encode())
    return found.hexdigest()


def write(path: Path, fingerprint: str, arrays: dict[str, np.ndarray]) -> None:
    """Write a checkpoint; a file that is there is replaced whole or not at all."""
    buffer = io.BytesIO()
    np.savez(buffer, format=np.array(FORMAT), fingerprint=np.array(fingerprint), **arrays)  # type: ignore[arg-type]
    write_whole(path, buffer.getvalue())


def read(path: Path, fingerprint: str) -> dict[str, np.ndarray]:
    """Read a checkpoint.

    Raises
    ------
    InputError
        It is none, or that of another run.
    """

    def wrong(text: str) -> InputError:
        return InputError(Diagnostic(Span(str(path)), text))

    try:
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (OSError, ValueError, BadZipFile, EOFError) as error:
        raise wrong(f"cannot be read as a checkpoint ({error})") from error
    if "fingerprint" not in arrays or int(arrays.pop("format", np.array(-1))) != FORMAT:
        raise wrong("is no checkpoint of this version")
    if str(arrays.pop("fingerprint")) != fingerprint:
        raise wrong(
            "is of another run: design, trace, mesh, outputs and tolerances must be those it was begun with"
        )
    return arrays
