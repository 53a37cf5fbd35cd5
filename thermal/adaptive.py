"""Solve, tell the error, refine where it arises, until every block is as accurate as asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from thermal import memory
from thermal.clock import Clock
from thermal.equilibrium import Solved, equilibrium
from thermal.error import ErrorBar, asked, error_bars
from thermal.field import BoxStatistics, Field
from thermal.kernels.arrays import Floats
from thermal.mesh.build import Family
from thermal.refine import indicators, marked, split, weights_of
from thermal.rounds import Refinement, Round, Stop
from thermal.scene import PlacedBlock, Scene

MAX_CELLS = 12_000_000
"""Cells of the finest mesh, unless told otherwise."""
MAX_ROUNDS = 6
# A round that leaves more than this of the worst ratio has not found what makes the error.
GAINED = 0.97
# A round may make the mesh so much larger: beyond that, what is known of the error is out of date.
GROWTH = 2.5


@dataclass(frozen=True, eq=False)
class Triple:
    """A scene solved on a family of meshes, with the error bars of blocks and layers."""

    family: Family
    coarse: Solved
    mixed: Solved
    fine: Solved
    blocks: tuple[ErrorBar, ...]
    layers: tuple[ErrorBar, ...]
    hottest: Floats
    """``[blocks, 2]``: x and y of the maxima, m."""

    @property
    def spots(self) -> Floats:
        """``[blocks, 2]``: the maxima of blocks whose maximum changes more than their mean; else NaN."""
        sharp = [bar.maximum.size > bar.mean.size for bar in self.blocks]
        return np.where(np.reshape(sharp, (-1, 1)), self.hottest, np.nan)

    @classmethod
    def solved(
        cls, scene: Scene, family: Family, tolerance: float, clock: Clock, start: Field | None = None
    ) -> Triple:
        """Solve on the coarse, the mixed and the fine mesh, each from what is known already."""
        coarse = equilibrium(scene, family.coarse, tolerance, clock, "coarse ", start=start)
        # A linear first round starts from ambient: its iteration counts can be compared, and lose nothing.
        warm = start is not None or coarse.field.system.nonlinear
        near = coarse.field if warm else None
        mixed = equilibrium(scene, family.mixed, tolerance, clock, "mixed ", start=near)
        near = mixed.field if warm else None
        fine = equilibrium(scene, family.fine, tolerance, clock, "", start=near)
        with clock.stage("error bars"):
            runs = (coarse, mixed, fine)
            solver = max(r.run.solver_error for r in runs)
            first, second, third = (r.field.of_blocks() for r in runs)
            blocks = error_bars(first, second, third, solver)
            hottest = np.array([found.at[:2] for found in third], float).reshape(-1, 2)
            first, second, third = (_of_layers(scene, r.field) for r in runs)
            layers = error_bars(first, second, third, solver)
        return cls(family, coarse, mixed, fine, blocks, layers, hottest)


def wanted(blocks: Sequence[PlacedBlock]) -> Floats:
    """``[blocks]`` error asked of every block, K."""
    return np.array([asked(b) for b in blocks], float)


def refined(
    scene: Scene,
    triple: Triple,
    *,
    tolerance: float,
    clock: Clock,
    max_cells: int = MAX_CELLS,
    max_memory: int | None = None,
    watch: Callable[[Triple], None] | None = None,
) -> tuple[Triple, Refinement]:
    """Refine until every block is as accurate as asked, or a budget is spent.

    Parameters
    ----------
    triple
        What is known so far.
    max_cells
        Of the finest mesh.
    max_memory
        Bytes; default 80 % of what is free.
    watch
        Called with what every further round knows.
    """
    ask = wanted(scene.blocks)
    rounds, vain = [told(scene, triple, ask)], list[Round]()
    best = triple
    while rounds[-1].missing:
        if len(rounds) + len(vain) >= MAX_ROUNDS:
            return best, Refinement(tuple(rounds), Stop.ROUNDS)
        with clock.stage("refine"):
            family = _finer(triple, ask, (rounds + vain)[-1].worst, max_cells)
        if family is None:
            return best, Refinement(tuple(rounds), Stop.CELLS)
        try:
            memory.check(memory.predicted_for(scene, family.fine), max_memory)
        except memory.MemoryLimit:
            return best, Refinement(tuple(rounds), Stop.MEMORY)
        finer = Triple.solved(scene, family, tolerance, clock, start=triple.fine.field)
        if watch is not None:
            watch(finer)
        triple, latest = finer, told(scene, finer, ask)
        if latest.missing and latest.worst > GAINED * rounds[-1].worst:
            # Errors of plane and height may have cancelled before; twice in a row is no chance.
            if vain:
                return best, Refinement(tuple(rounds), Stop.STALLED)
            vain.append(latest)
            continue
        best = triple
        rounds += [*vain, latest]
        vain.clear()
    return best, Refinement(tuple(rounds), Stop.ACCURACY)


def told(scene: Scene, triple: Triple, ask: Floats) -> Round:
    """The record of a round."""
    ratio = np.nan_to_num(np.array([bar.value for bar in triple.blocks]) / ask)
    worst = int(np.argmax(ratio)) if ratio.size else -1
    fine = triple.family.fine
    return Round(
        cells=fine.cells,
        columns=fine.columns,
        layers=fine.nz,
        missing=int(np.count_nonzero(ratio > 1.0)),
        worst=float(ratio[worst]) if ratio.size else 0.0,
        block=scene.blocks[worst].name if ratio.size else "",
        iterations=triple.fine.run.iterations,
    )


def _finer(triple: Triple, ask: Floats, worst: float, max_cells: int) -> Family | None:
    """The family refined where the error of the blocks that miss arises; None if nothing more fits."""
    coarse = triple.family.coarse
    room = min(max_cells / 8.0, GROWTH * coarse.cells) - coarse.cells
    weights = weights_of([bar.value for bar in triple.blocks], ask)
    found = indicators(
        triple.coarse.field, triple.mixed.field, triple.fine.field, weights, triple.spots
    ).scaled(
        float(sum(w * bar.plane for w, bar in zip(weights, triple.blocks, strict=True) if w)),
        float(sum(w * bar.height for w, bar in zip(weights, triple.blocks, strict=True) if w)),
    )
    # Splitting takes half to three quarters of what arises in a cell.
    share = float(np.clip(1.5 * (1.0 - 1.0 / worst), 0.3, 0.6))
    while room >= 1.0:
        columns, heights = marked(found, coarse, share, room)
        if not (columns.any() or heights.any()):
            return None
        finer = split(coarse, columns, heights)
        if 8 * finer.cells <= max_cells:
            return Family(finer)
        # Balance splits more columns than were marked, and every one at the new heights too.
        room *= 0.7
    return None


def _of_layers(scene: Scene, field: Field) -> list[BoxStatistics]:
    return [field.statistics(x.outline, x.z0, x.z1) for x in scene.layers]
