"""The measurements themselves; each runs in a process of its own: `python -m benchmarks.jobs JOB JSON`."""

import json
import math
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks import case, exact_case
from benchmarks.memory import mark, peak_bytes
from floorplans.block import BlockKind
from thermal.design import Design
from thermal.mesh.build import nested_meshes
from thermal.mesh.resolution import Resolution
from thermal.multigrid import SWEEPS
from thermal.placement import place
from thermal.scene import Scene
from thermal.steady import solve

# Kernels are compiled or loaded on a mesh this coarse before anything is measured.
WARM_UP = Resolution(scale=16.0)
CALIBRATION_STEPS = 12
CLOSE_ENOUGH = 0.05
# Before and after the coarse correction.
OWN_SWEEPS = 2 * SWEEPS


def _case(cells: int) -> Scene:
    """The case with constant conductivities: references solve one linear system, so this solver does too."""
    return place(Design.from_dict(case.document(**case.features(cells)))).simplified(constant_k=True)


def calibrate(cells: int) -> dict[str, Any]:
    """Find the scale of the resolution whose mesh has about so many cells, by bisection of its logarithm."""
    scene = _case(cells)
    low, high = math.log(1 / 16), math.log(16.0)
    scale = 1.0
    for _ in range(CALIBRATION_STEPS):
        scale = math.exp(0.5 * (low + high))
        found = nested_meshes(scene, Resolution(scale=scale))[1].cells
        if abs(found / cells - 1.0) < CLOSE_ENOUGH:
            break
        low, high = (math.log(scale), high) if found > cells else (low, math.log(scale))
    return {"scale": scale}


def own(size: int, scale: float, tolerance: float) -> dict[str, Any]:
    """Solve the case with this solver, kernels already loaded."""
    scene = _case(size)
    solve(scene, resolution=WARM_UP)
    base = mark()
    begin = time.perf_counter()
    evidence = solve(scene, resolution=Resolution(scale=scale), tolerance=tolerance).evidence
    whole = time.perf_counter() - begin
    return {
        "cells": evidence.cells,
        "unknowns": evidence.unknowns,
        "iterations": evidence.iterations,
        "sweeps": OWN_SWEEPS,
        "setup_s": evidence.stages["hierarchy"],
        "solve_s": evidence.stages["iterate"],
        "whole_s": whole,
        "bytes_per_cell": (peak_bytes() - base) / evidence.cells,
        "residual": evidence.residuals[-1],
        "smallest_um": 1e6 * evidence.smallest,
        "largest_um": 1e6 * evidence.largest,
        "stages": dict(evidence.stages),
    }


def matrix(size: int, scale: float, folder: str) -> dict[str, Any]:
    """Assemble the same system and store the rows that hold material."""
    import numpy as np

    from benchmarks.references import write_system
    from thermal.system import assemble

    scene = _case(size)
    mesh = nested_meshes(scene, Resolution(scale=scale))[1]
    system = assemble(scene, mesh)
    active = np.flatnonzero(system.solid[mesh.slab].T.ravel())
    whole = system.to_csr()
    kept = whole if active.size == whole.shape[0] else whole[active][:, active]
    write_system(Path(folder), kept.tocsr(), system.rhs.ravel()[active])
    return {"unknowns": int(active.size)}


def reference(name: str, folder: str, tolerance: float) -> dict[str, Any]:
    """Solve the stored system with a reference."""
    from benchmarks.references import REFERENCES, read_system

    base = mark()
    stored, b = read_system(Path(folder))
    outcome = REFERENCES[name].solve(stored, b, tolerance)
    return outcome.document() | {"peak_bytes": peak_bytes() - base}


def exact() -> dict[str, Any]:
    """Maxima of the exact solution of the accuracy case, K by block."""
    return {"t_max": exact_case.exact_maxima()}


def refined(scale: float, asked: float | None = None) -> dict[str, Any]:
    """Solve the accuracy case as the program does; maxima and error bars in K by block.

    With an accuracy asked of analog and PMIC blocks, in K, the mesh is refined until it is reached.
    """
    scene = place(Design.from_dict(exact_case.document()))
    if asked is not None:
        small = BlockKind.ANALOG, BlockKind.PMIC
        wanting = tuple(replace(b, accuracy=asked if b.kind in small else b.accuracy) for b in scene.blocks)
        scene = replace(scene, blocks=wanting)
    _ = solve(scene, resolution=WARM_UP, refine=asked is not None, max_cells=100_000).metrics
    begin = time.perf_counter()
    solution = solve(scene, resolution=Resolution(scale=scale), refine=asked is not None)
    blocks = solution.metrics.blocks
    return {
        "cells": solution.evidence.cells,
        "seconds": time.perf_counter() - begin,
        "t_max": {block.name: block.t_max for block in blocks},
        "error": {block.name: block.error for block in blocks},
    }


def uniform(count: int) -> dict[str, Any]:
    """Solve the accuracy case on a grid that is uniform in the plane; maxima in K by block."""
    from thermal.clock import Clock
    from thermal.equilibrium import equilibrium
    from thermal.mesh.build import build_mesh
    from thermal.mesh.columns import Mesh
    from thermal.mesh.resolution import graded_heights

    scene = place(Design.from_dict(exact_case.document()))
    _ = solve(scene, resolution=WARM_UP).metrics
    begin = time.perf_counter()
    # Nothing but the base grid: no block asks for a cell of its own.
    tree = build_mesh(scene, Resolution(analog=1e-6, pmic=1e-6, other=1e-6, base=float(count))).tree
    z, slab = graded_heights(scene, Resolution())
    field = equilibrium(scene, Mesh(tree, z, slab), 1e-8, Clock(lambda *_: None)).field
    found = {block.name: field.statistics(block.outline, block.z0, block.z1).t_max for block in scene.blocks}
    return {"cells": field.mesh.cells, "seconds": time.perf_counter() - begin, "t_max": found}


JOBS = {job.__name__: job for job in (calibrate, own, matrix, reference, exact, refined, uniform)}


def main() -> None:
    """Run the job named on the command line and print its result."""
    _, name, arguments = sys.argv
    result = JOBS[name](**json.loads(arguments))
    print(json.dumps(result))


if __name__ == "__main__":
    main()
