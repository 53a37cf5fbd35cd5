"""`python -m benchmarks coverage`: how often error bars contain the truth, and how much longer they are.

Random layered packages are judged by their exact solution, random 2.5D packages by a solution two levels
finer (64 times the cells; a quarter of the error is left in it, at first order).
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from rich.table import Table

from benchmarks import random_package
from benchmarks.random_stack import RandomStack
from thermal.clock import Clock
from thermal.design import Design
from thermal.equilibrium import equilibrium
from thermal.mesh.build import refined
from thermal.mesh.resolution import Resolution
from thermal.placement import place
from thermal.solution import Solution
from thermal.steady import solve

SCHEMA = "thermal-floorplan/benchmark-coverage/1"
CASES, PACKAGES, SEED = 200, 20, 20261123
# Resolutions and budgets: how fine the mesh is, whether it is refined, and up to how many cells.
BUDGETS: dict[str, dict[str, Any]] = {
    "twice as coarse": {"resolution": Resolution(scale=2.0)},
    "as it comes": {"resolution": Resolution()},
    "refined, 1 M cells": {"resolution": Resolution(scale=2.0), "refine": True, "max_cells": 1_000_000},
}
PACKAGE_SCALE = 4.0
# Below this, in K, a reference is too unsure to judge by.
UNSURE = 1e-3


@dataclass(frozen=True)
class Row:
    """A figure of a block: how far it is off, and its bar, K.

    Parameters
    ----------
    study : str
        `exact` or `package`.
    seed, block, kind, size, budget, cells
        What it belongs to.
    figure : str
        `max` or `mean`.
    off, unsure, bar : float
        Distance to the reference, what the reference may be off, and the error bar, K.
    parts : tuple of float
        Plane and height changes of the maximum, then of the mean, K.
    """

    study: str
    seed: int
    block: str
    kind: str
    size: str
    budget: str
    cells: int
    figure: str
    off: float
    unsure: float
    bar: float
    parts: tuple[float, float, float, float]

    @property
    def held(self) -> bool:
        """Whether the bar contains the reference."""
        return self.off <= self.bar + self.unsure


def run(cases: int = CASES, packages: int = PACKAGES, seed: int = SEED) -> Iterator[Row]:
    """Solve all cases; rows come as they are done."""
    for number in range(seed, seed + cases):
        yield from _exact(number)
    for number in range(seed, seed + packages):
        yield from _package(number)


def _exact(seed: int) -> Iterator[Row]:
    case = RandomStack.drawn(seed)
    truth = case.exact()
    scene = place(Design.from_dict(case.document()))
    sizes = {b.name: b.size_class for b in case.blocks}
    for budget, options in BUDGETS.items():
        solution = solve(scene, **options)

        def reference(name: str) -> tuple[float, float, float]:
            return truth[name].t_max, truth[name].t_avg, truth[name].unsure

        yield from _judged("exact", seed, budget, solution, reference, sizes)


def _package(seed: int) -> Iterator[Row]:
    scene = place(Design.from_dict(random_package.drawn(seed))).simplified(constant_k=True, leakage=False)
    solution = solve(scene, resolution=Resolution(scale=PACKAGE_SCALE))
    finer = refined(refined(solution.mesh))
    field = equilibrium(scene, finer, 1e-8, Clock(lambda *_: None)).field
    best = dict(zip((b.name for b in scene.blocks), field.of_blocks(), strict=True))

    def reference(name: str) -> tuple[float, float, float]:
        return best[name].t_max, best[name].t_avg, 0.0

    sizes = {b.name: b.kind.value for b in scene.blocks}
    yield from _judged("package", seed, "two levels coarser", solution, reference, sizes)


def _judged(
    study: str,
    seed: int,
    budget: str,
    solution: Solution,
    reference: Callable[[str], tuple[float, float, float]],
    sizes: dict[str, str],
) -> Iterator[Row]:
    for block, bar in zip(solution.metrics.blocks, solution.block_errors, strict=True):
        t_max, t_avg, unsure = reference(block.name)
        if unsure > UNSURE:
            continue
        parts = bar.maximum.plane, bar.maximum.height, bar.mean.plane, bar.mean.height
        about = study, seed, block.name, block.kind.value, sizes[block.name], budget, solution.evidence.cells
        yield Row(*about, "max", abs(block.t_max - t_max), unsure, bar.value, parts)
        yield Row(*about, "mean", abs(block.t_avg - t_avg), unsure, bar.value, parts)


def line(row: Row) -> str:
    """Return a row as one line of progress."""
    return f"{row.seed} {row.budget}: {row.block} {row.figure} off {row.off:.4f} K, bar {row.bar:.4f} K"


def document(rows: Iterable[Row], machine: dict[str, Any]) -> dict[str, Any]:
    """Return the JSON form of a run."""
    return {"schema": SCHEMA, "machine": machine, "rows": [asdict(row) for row in rows]}


def groups(rows: list[Row]) -> Iterator[tuple[str, list[Row]]]:
    """All rows, then by kind, size class, budget and figure."""
    for study, title in (("exact", "layered, exact"), ("package", "2.5D, two levels finer")):
        mine = [row for row in rows if row.study == study]
        if not mine:
            continue
        yield f"{title}: all", mine
        keys = ("kind", "size", "budget", "figure") if study == "exact" else ("kind", "figure")
        for key in keys:
            for value in dict.fromkeys(getattr(row, key) for row in mine):
                yield f"  {key}: {value}", [row for row in mine if getattr(row, key) == value]


def table(rows: Iterable[Row]) -> Table:
    """Return coverage and overestimate by group for the terminal."""
    sheet = Table(title="Error bars of block temperatures against the truth")
    sheet.add_column("group")
    for heading in ("values", "contained", "median bar / error", "median error K", "longest shortfall"):
        sheet.add_column(heading, justify="right")
    for name, mine in groups(list(rows)):
        held = np.array([row.held for row in mine])
        off, bar = np.array([row.off for row in mine]), np.array([row.bar for row in mine])
        some = off > 0.0
        sheet.add_row(
            name,
            f"{held.size:,}",
            f"{100 * held.mean():.1f} %",
            f"{np.median(bar[some] / off[some]):.2f}",
            f"{np.median(off):.3g}",
            f"{np.max(off / bar):.2f}",
        )
    return sheet
