"""A run with leakage through a trace, as a process of its own that can be killed: CHECKPOINT RESULT."""

import sys
from pathlib import Path

import numpy as np

from tests.unit.thermal.transient import small
from thermal.transient import Tolerance, TransientSolution, simulate

EDGES = [0.0, 1e-3, 0.1, 0.3, 0.31, 1.0]
WATTS = (5.0, 1.0), (0.0, 2.0), (4.0, 0.0), (9.0, 3.0), (1.0, 0.0)


def march(saved: Path | None) -> TransientSolution:
    """A checkpoint after every step."""
    scene = small.leaking()
    trace = small.trace(EDGES, *WATTS)
    return simulate(
        scene,
        trace,
        mesh=small.mesh(scene),
        tolerance=Tolerance(2e-3, 0.0),
        initial="design",
        times=np.linspace(0.0, 1.0, 41),
        snapshots=[0.0, 0.2, 0.305],
        probes=[(2e-3, 2e-3, 6e-4)],
        saved=saved,
        every=0.0,
    )


def numbers(found: TransientSolution) -> dict[str, np.ndarray]:
    """All that a run tells but seconds of the wall."""
    tally = found.evidence.tally
    arrays = {
        name: getattr(found, name) for name in ("times", "block_max", "block_avg", "block_error", "probes")
    }
    arrays["peak"], arrays["last"] = found.peak.temperature, found.last.temperature
    arrays["snapshots"] = np.array([s.field.temperature for s in found.snapshots])
    arrays["tally"] = np.array(
        [tally.steps, tally.cycles, tally.joules_in, tally.joules_leaked, tally.joules_out]
    )
    return arrays


if __name__ == "__main__":
    np.savez(sys.argv[2], **numbers(march(Path(sys.argv[1]))))  # type: ignore[arg-type]
