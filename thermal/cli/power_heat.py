"""Temperatures under the watts of every variant of a workload."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from thermal.cli.compiling import announced
from thermal.cli.exits import say
from thermal.cli.streams import progress

if TYPE_CHECKING:
    from thermal.design import Design
    from thermal.mesh.resolution import Resolution
    from thermal.report.power import PowerFindings


def solved(found: PowerFindings, design: Design, resolution: Resolution) -> PowerFindings:
    """The findings with a solution of the design for every run whose hardware lives in it."""
    with announced(), progress() as report:
        from thermal.runaway import ThermalRunaway
        from thermal.steady import solve
        from thermal.workload import with_deployment

        runs = []
        for run in found.runs:
            if not run.deployment.placed:
                runs.append(run)
                continue
            report(f"solve {run.label}", len(runs) / len(found.runs))
            heated = with_deployment(design, run.deployment)
            try:
                runs.append(replace(run, solution=solve(heated, resolution=resolution)))
            except ThermalRunaway as error:
                say(f"{run.label}: {error}")
                runs.append(run)
    return replace(found, runs=tuple(runs))
