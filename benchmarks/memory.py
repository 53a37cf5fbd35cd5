"""Peak resident memory of this process, from what the operating system says."""

import ctypes
import gc
import resource
import sys
from pathlib import Path

_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")


def _field(path: Path, name: str) -> int | None:
    """Bytes behind a `Name: value kB` line."""
    if not path.exists():
        return None
    for line in path.read_text(encoding="ascii").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    return None


def peak_bytes() -> int:
    """Highest resident memory of this process so far, bytes."""
    high_water = _field(_STATUS, "VmHWM")
    if high_water is not None:
        return high_water
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _return_freed_pages() -> None:
    """Give freed heap pages back to the system where the C library can (glibc)."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def mark() -> int:
    """Forget the peak so far where the system allows it; returns the level to count later peaks from, bytes.

    Compiling and loading kernels leaves a peak of its own, which would hide that of a small problem.
    """
    gc.collect()
    _return_freed_pages()
    try:
        _CLEAR.write_text("5", encoding="ascii")
    except OSError:
        return peak_bytes()
    return peak_bytes()
