"""How a command ends: exit codes, and one message in place of a traceback.

Only the standard library and click are imported here; everything else waits until an error calls for it.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from enum import IntEnum

import click

DEBUG_VARIABLE = "THERMAL_DEBUG"
"""Environment variable that shows tracebacks."""

EXTRAS = {
    "anywidget": "notebook",
    "ipywidgets": "notebook",
    "xarray": "data",
    "h5netcdf": "data",
    "klayout": "klayout",
    "onnx": "onnx",
    "distributed": "cluster",
    "cupy": "gpu",
}
"""Optional packages and the extra of this distribution that brings them."""

OURS = ("floorplans", "power", "thermal")


class Exit(IntEnum):
    """Exit codes."""

    OK = 0
    LIMIT = 1
    USAGE = 2
    INPUT = 3
    NO_CONVERGENCE = 4
    MISSING = 5
    INTERNAL = 70
    INTERRUPTED = 130


class Unwritable(Exception):
    """Something could not be written; says what and why."""

    def __init__(self, what: str, error: OSError) -> None:
        super().__init__(f"cannot write {what}: {error.strerror or error}")


def guarded(command: Callable[[], object]) -> int:
    """Run a command; returns its exit code and tells the user what went wrong."""
    try:
        result = command()
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except (click.Abort, KeyboardInterrupt):
        say("interrupted")
        return Exit.INTERRUPTED
    except click.ClickException as error:
        error.show()
        return Exit.USAGE
    except Exception as error:  # noqa: BLE001 - the last resort, which tells a mistake from a bug
        if debugging():
            traceback.print_exc()
        return _explained(error)
    return int(result) if isinstance(result, int) else Exit.OK


def _explained(error: Exception) -> Exit:
    from floorplans.diagnostics import InputError
    from thermal.memory import MemoryLimit

    if isinstance(error, InputError):
        say(str(error), prefix="")
        return Exit.INPUT
    if isinstance(error, BrokenPipeError):
        # Whoever read our help has read enough.
        from thermal.cli.streams import discard

        discard(sys.stdout)
        return Exit.OK
    found = _input(error) if isinstance(error, MemoryLimit | Unwritable | MemoryError | OSError) else None
    found = found or _missing(error) or _no_convergence(error) or _runaway(error) or _uncached(error)
    code, message = found or _internal(error)
    say(message)
    return code


def _input(error: Exception) -> tuple[Exit, str]:
    message = str(error)
    if isinstance(error, MemoryError):
        message = "out of memory; use a coarser grid (--coarser 2), or set --max-memory to be told before"
    elif isinstance(error, OSError):
        message = error.strerror or message
        if error.filename:
            message = f"{error.filename}: {message}"
    return Exit.INPUT, f"error: {message}"


def _missing(error: Exception) -> tuple[Exit, str] | None:
    package = (error.name or "").partition(".")[0] if isinstance(error, ModuleNotFoundError) else ""
    if not package or package in OURS:
        return None
    extra = EXTRAS.get(package)
    what = f"thermal-floorplan[{extra}]" if extra else package
    message = f"error: this needs the package '{package}', which is not installed: pip install '{what}'"
    return Exit.MISSING, message


def _no_convergence(error: Exception) -> tuple[Exit, str] | None:
    # Its module compiles kernels on import: if it was not imported, it did not raise.
    module = sys.modules.get("thermal.krylov")
    if module is None or not isinstance(error, module.NoConvergence):
        return None
    advice = "look for extreme ratios of conductivity or thickness in the design, or relax --tolerance"
    return Exit.NO_CONVERGENCE, f"error: no convergence: {error}; {advice}"


def _runaway(error: Exception) -> tuple[Exit, str] | None:
    module = sys.modules.get("thermal.runaway")
    if module is None or not isinstance(error, module.ThermalRunaway):
        return None
    where = f"scenario '{error.scenario}': " if error.scenario else ""
    return Exit.NO_CONVERGENCE, f"error: {where}{error}"


def _uncached(error: Exception) -> tuple[Exit, str] | None:
    # Numba says so while it is imported, where neither its folder nor the user's cache can be written.
    if not isinstance(error, RuntimeError) or "no locator available" not in str(error):
        return None
    advice = "set NUMBA_CACHE_DIR to a folder that can be written"
    return Exit.INPUT, f"error: there is no place to keep compiled kernels; {advice}"


def _internal(error: Exception) -> tuple[Exit, str]:
    what = " ".join(f"{type(error).__name__}: {error}".split())
    advice = f"this is a bug; {DEBUG_VARIABLE}=1 or --debug shows the traceback"
    return Exit.INTERNAL, f"internal error: {what} ({advice})"


def debugging() -> bool:
    """Whether tracebacks are wanted."""
    return os.environ.get(DEBUG_VARIABLE, "") not in ("", "0")


def say(message: str, *, prefix: str = "thermal: ") -> None:
    """Tell the user something on stderr; stdout is for data."""
    click.echo(prefix + message, err=True)
