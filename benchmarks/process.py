"""One measurement, one process: what a solver leaves behind in memory must not be charged to the next."""

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any


class MeasurementFailed(RuntimeError):
    """A measuring process ended with an error; the message is the end of what it said."""


def measure(job: str, *, limit_s: float | None = None, **arguments: Any) -> dict[str, Any]:
    """Run a job of `benchmarks.jobs` in a process of its own and return its result.

    Raises
    ------
    MeasurementFailed
        With the last line the process said, or that it took longer than `limit_s` seconds.
    """
    command = [sys.executable, "-m", "benchmarks.jobs", job, json.dumps(arguments)]
    try:
        finished = subprocess.run(command, capture_output=True, text=True, check=False, timeout=limit_s)
    except subprocess.TimeoutExpired:
        raise MeasurementFailed(f"stopped after {limit_s:,.0f} s") from None
    if finished.returncode:
        said = finished.stderr.strip().splitlines() or [f"exit code {finished.returncode}"]
        raise MeasurementFailed(said[-1])
    result = json.loads(finished.stdout)
    if not isinstance(result, Mapping):
        raise MeasurementFailed(f"{job} returned {type(result).__name__}")
    return dict(result)
