"""What a solve will take, known before it starts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from thermal.mesh.columns import Mesh
    from thermal.scene import Scene

# Bytes per cell at the peak: conductances in double precision, the vectors of conjugate gradients, the
# hierarchy in single precision. Shipped designs take 110 to 130, kernels and allocator included.
BYTES_PER_CELL = 150
# More where layers have exposed faces: losses and inflows of every cell instead of every column.
BYTES_PER_EXPOSED_CELL = 45
# More where anything depends on temperature: the Jacobian, the vectors of GMRES; with exposed faces, again.
BYTES_PER_NONLINEAR_CELL = 120
BYTES_PER_NONLINEAR_EXPOSED_CELL = 90
# Per column and distinct slab: six conductivities, and as much again while they are made.
BYTES_PER_COLUMN_PATTERN = 60
BYTES_PER_COLUMN = 700
CONTROL_GROUP = "/sys/fs/cgroup"


class MemoryLimit(Exception):
    """The solve would not fit; says what to change."""


def predicted_bytes(
    columns: int, nz: int, patterns: int, *, exposed: bool = False, nonlinear: bool = False
) -> int:
    """Peak of a solve above the imported process."""
    cell = BYTES_PER_CELL
    cell += BYTES_PER_EXPOSED_CELL if exposed else 0
    cell += BYTES_PER_NONLINEAR_CELL if nonlinear else 0
    cell += BYTES_PER_NONLINEAR_EXPOSED_CELL if nonlinear and exposed else 0
    return columns * (nz * cell + patterns * BYTES_PER_COLUMN_PATTERN + BYTES_PER_COLUMN)


def predicted_for(scene: Scene, mesh: Mesh) -> int:
    """Peak of solving a scene on a mesh and on the coarser one it is nested in."""
    exposed = any(s.exposures for s in scene.slabs)
    return predicted_bytes(
        mesh.columns, mesh.nz, len(scene.slabs), exposed=exposed, nonlinear=scene.nonlinear
    )


def available_bytes() -> int:
    """Memory that is free for this process: what the system and its control group leave."""
    meminfo = _read("/proc/meminfo").splitlines()
    free = [int(line.split()[1]) * 1024 for line in meminfo if line.startswith("MemAvailable:")]
    limit, used = _read(f"{CONTROL_GROUP}/memory.max"), _read(f"{CONTROL_GROUP}/memory.current")
    if limit.strip().isdigit() and used.strip().isdigit():
        # Files read long ago are charged to the group, but given up when somebody needs the room.
        stat = dict(line.split() for line in _read(f"{CONTROL_GROUP}/memory.stat").splitlines())
        free.append(int(limit) - int(used) + int(stat.get("inactive_file", 0)))
    if not free:
        import os

        free.append(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    return max(0, min(free))


def _read(path: str) -> str:
    try:
        return Path(path).read_text()
    except OSError:
        return ""


def check(predicted: int, limit: int | None) -> None:
    """Refuse a solve that needs more than `limit` bytes (default 80 % of what is free).

    Raises
    ------
    MemoryLimit
        With what it needs, what there is, and what to change.
    """
    allowed = int(0.8 * available_bytes()) if limit is None else limit
    if predicted > allowed:
        raise MemoryLimit(
            f"this solve needs about {readable(predicted)} and may use {readable(allowed)}; "
            "use a coarser grid (--coarser 2, in Python Resolution(scale=2)) "
            "or raise the limit (--max-memory)"
        )


def readable(count: float) -> str:
    """Bytes for people."""
    for unit in ("B", "KiB", "MiB"):
        if count < 1024:
            return f"{count:.0f} {unit}"
        count /= 1024
    return f"{count:.1f} GiB"


def peak_bytes() -> int:
    """Peak resident memory of this process so far."""
    for line in _read("/proc/self/status").splitlines():
        # Unlike getrusage, this forgets what the process that started this one had held.
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    import resource
    import sys

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
