"""Error against cells, for meshes refined everywhere alike and for meshes refined where errors arise."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

import numpy as np

from floorplans.diagnostics import Diagnostic, InputError
from thermal import memory
from thermal.adaptive import MAX_CELLS, Triple, refined, wanted
from thermal.clock import Clock, Progress
from thermal.error import asked
from thermal.limits import Verdict, verdict, worst
from thermal.mesh.build import Family, build_mesh
from thermal.mesh.columns import Mesh
from thermal.mesh.resolution import Resolution, is_sensitive
from thermal.rounds import Stop
from thermal.scene import Scene

SCALES = (4.0, 2.0, 1.0)
"""Cell sizes of uniform refinement, relative to what is asked for."""
FITTED = 3
"""Meshes that an order is fitted to: the finest ones."""
LEAST_ORDER = 0.5
"""Below it nothing is extrapolated: once a mesh is fine enough, two-point fluxes are of first order."""


@dataclass(frozen=True)
class Figures:
    """Of a block on a mesh, K."""

    t_max: float
    t_avg: float
    error: float


@dataclass(frozen=True)
class Level:
    """A mesh, and what it says of the blocks observed.

    Attributes
    ----------
    size
        Of its cells relative to what is asked for; None where refined adaptively.
    seconds
        Wall time of all three solves behind it, those on the meshes before it not included.
    smallest
        ``[observed]`` side of the smallest column under each block, m.
    blocks
        ``[observed]``.
    """

    cells: int
    columns: int
    layers: int
    size: float | None
    seconds: float
    smallest: tuple[float, ...]
    blocks: tuple[Figures, ...]


@dataclass(frozen=True)
class Needed:
    """Cells at which a block is as accurate as asked; extrapolated by the fitted order, or measured."""

    cells: float
    extrapolated: bool


@dataclass(frozen=True)
class Short:
    """A block whose error bar is larger than asked, K."""

    name: str
    error: float
    asked: float


@dataclass(frozen=True)
class Convergence:
    """Families of meshes of a scene.

    Attributes
    ----------
    observed
        Positions of blocks in the scene.
    uniform
        Every cell halved from one to the next.
    adaptive
        Rounds of adaptive refinement; the first is a mesh of `uniform`.
    given_up
        Rounds beyond that gained nothing.
    grid
        Columns as small everywhere as the last adaptive mesh has them under the first block, and its heights;
        None where there are more than `max_cells`, of which `grid_cells` tells the number.
    missing
        Blocks less accurate than asked on the last adaptive mesh, the worst first.
    """

    scene: Scene
    observed: tuple[int, ...]
    uniform: tuple[Level, ...]
    adaptive: tuple[Level, ...]
    given_up: tuple[Level, ...]
    grid: Level | None
    grid_cells: int
    stop: Stop
    missing: tuple[Short, ...]
    max_cells: int
    verdict: Verdict

    def order(self, block: int) -> float | None:
        """Slope of log(error bar) over log(cell size) on the finest uniform meshes; None for fewer than two.

        Parameters
        ----------
        block
            Position among those observed.
        """
        some = [(level.size, level.blocks[block].error) for level in self.uniform[-FITTED:]]
        known = [(math.log(h), math.log(e)) for h, e in some if h and e > 0.0]
        if len(known) < 2:
            return None
        x, y = np.array(known).T
        return float(np.polyfit(x, y, 1)[0])

    def by_uniform(self, block: int) -> Needed | None:
        """Cells that uniform refinement needs; None where its error bars do not shrink as they should."""
        ask = self.asked(block)
        met = _first_met(self.uniform, block, ask)
        if met is not None:
            return Needed(met.cells, False)
        order, last = self.order(block), self.uniform[-1]
        if order is None or order < LEAST_ORDER:
            return None
        # Halving the cells makes eight of one.
        return Needed(last.cells * (last.blocks[block].error / ask) ** (3.0 / order), True)

    def by_adaptive(self, block: int) -> Level | None:
        """The first adaptive mesh from which on all are as accurate as asked; None if the last is not."""
        return _first_met(self.adaptive, block, self.asked(block))

    def asked(self, block: int) -> float:
        """Error that an observed block may have, K."""
        return asked(self.scene.blocks[self.observed[block]])


def _first_met(levels: Sequence[Level], block: int, ask: float) -> Level | None:
    met = list(takewhile(lambda level: level.blocks[block].error <= ask, reversed(levels)))
    return met[-1] if met else None


def converge(
    scene: Scene,
    observed: Sequence[str] = (),
    *,
    accuracy: float | None = None,
    resolution: Resolution | None = None,
    tolerance: float = 1e-8,
    max_cells: int | None = None,
    max_memory: int | None = None,
    progress: Progress | None = None,
) -> Convergence:
    """Solve a scene on uniformly and on adaptively refined meshes.

    Parameters
    ----------
    observed
        Names of blocks; default the sensitive one whose error is largest relative to what is asked.
    accuracy
        K, asked of the blocks observed in place of what they ask.
    resolution
        Of the mesh that adaptive refinement starts from. Uniform ones have cells 4, 2 and 1 times as large,
        and half as large where `max_cells` is given and allows it.
    tolerance, max_cells, max_memory
        As for `thermal.solve`.

    Raises
    ------
    InputError
        There are no blocks.
    KeyError
        A block is unknown.
    MemoryLimit, NoConvergence
        As `thermal.solve`.
    """
    if not scene.blocks:
        raise InputError(Diagnostic(None, f"{scene.name} has no blocks: there is no error to follow"))
    names = [b.name for b in scene.blocks]
    where = [names.index(scene.block(name).name) for name in dict.fromkeys(observed)]
    scene = _asking(scene, where, accuracy)
    run = _Run(scene, tolerance, max_memory, progress or (lambda _stage, _done: None))
    start = resolution or Resolution()
    budget = max_cells or MAX_CELLS
    solves = [run.uniform(start, size) for size in SCALES]
    first = solves[-1].triple
    where = where or [_worst(scene, first)]
    scene = run.scene = _asking(scene, where, accuracy)
    if max_cells is not None:
        family = Family.of(scene, start.refined())
        if family.fine.cells <= budget and run.fits(family):
            solves.append(run.solved(family, f"cells x {0.5:g}", 0.5))
    rounds, given_up, stop = run.rounds(solves[len(SCALES) - 1], budget)
    last = rounds[-1].triple
    grid, cells = _everywhere(run, last.family.coarse, rounds[-1].level(where).smallest[0], budget)
    return Convergence(
        scene=scene,
        observed=tuple(where),
        uniform=tuple(s.level(where) for s in solves),
        adaptive=tuple(s.level(where) for s in rounds),
        given_up=tuple(s.level(where) for s in given_up),
        grid=None if grid is None else grid.level(where),
        grid_cells=cells,
        stop=stop,
        missing=_missing(scene, last),
        max_cells=budget,
        verdict=_verdict(scene, last),
    )


@dataclass(frozen=True, eq=False)
class _Solve:
    triple: Triple
    seconds: float
    size: float | None

    def level(self, where: Sequence[int]) -> Level:
        fine = self.triple.family.fine
        field = self.triple.fine.field
        found = field.of_blocks(list(where))
        shares = field.system.shares
        wx, wy = fine.widths
        side = np.minimum(wx, wy)
        return Level(
            fine.cells,
            fine.columns,
            fine.nz,
            self.size,
            self.seconds,
            tuple(float(side[shares.row(i)[0]].min()) for i in where),
            tuple(
                Figures(f.t_max, f.t_avg, self.triple.blocks[i].value)
                for i, f in zip(where, found, strict=True)
            ),
        )


@dataclass(eq=False)
class _Run:
    scene: Scene
    tolerance: float
    max_memory: int | None
    progress: Progress

    def clock(self, label: str) -> Clock:
        return Clock(lambda stage, done: self.progress(f"{label}: {stage}", done))

    def fits(self, family: Family) -> bool:
        try:
            memory.check(memory.predicted_for(self.scene, family.fine), self.max_memory)
        except memory.MemoryLimit:
            return False
        return True

    def uniform(self, start: Resolution, size: float) -> _Solve:
        family = Family.of(self.scene, replace(start, scale=size * start.scale))
        memory.check(memory.predicted_for(self.scene, family.fine), self.max_memory)
        return self.solved(family, f"cells x {size:g}", size)

    def solved(self, family: Family, label: str, size: float | None) -> _Solve:
        begin = time.perf_counter()
        triple = Triple.solved(self.scene, family, self.tolerance, self.clock(label))
        return _Solve(triple, time.perf_counter() - begin, size)

    def rounds(self, start: _Solve, budget: int) -> tuple[list[_Solve], list[_Solve], Stop]:
        found = [replace(start, size=None)]
        begin = time.perf_counter()

        def watch(triple: Triple) -> None:
            nonlocal begin
            now = time.perf_counter()
            found.append(_Solve(triple, now - begin, None))
            begin = now

        last, record = refined(
            self.scene,
            start.triple,
            tolerance=self.tolerance,
            clock=self.clock("adaptive"),
            max_cells=budget,
            max_memory=self.max_memory,
            watch=watch,
        )
        used = 1 + next(i for i, solve in enumerate(found) if solve.triple is last)
        return found[:used], found[used:], record.stop


def _everywhere(run: _Run, coarse: Mesh, side: float, budget: int) -> tuple[_Solve | None, int]:
    """A grid with columns of one size, and how many cells it has."""
    x, y = run.scene.size
    cells = 8 * math.ceil(0.5 * x / side) * math.ceil(0.5 * y / side) * coarse.nz
    if cells > budget:
        return None, cells
    # Nothing but base lines: no block and no chiplet asks for a column of its own.
    plain = Resolution(analog=1e-9, pmic=1e-9, other=1e-9, chiplet=1e-9, base=0.5 * max(x, y) / side)
    family = Family(Mesh(build_mesh(run.scene, plain).tree, coarse.z, coarse.slab))
    if not run.fits(family):
        return None, cells
    solve = run.solved(family, "grid", None)
    return solve, solve.triple.family.fine.cells


def _asking(scene: Scene, where: Sequence[int], accuracy: float | None) -> Scene:
    if accuracy is None:
        return scene
    blocks = (replace(b, accuracy=accuracy) if i in where else b for i, b in enumerate(scene.blocks))
    return replace(scene, blocks=tuple(blocks))


def _worst(scene: Scene, triple: Triple) -> int:
    ratio = np.nan_to_num(np.array([bar.value for bar in triple.blocks]) / wanted(scene.blocks))
    sensitive = np.array([is_sensitive(b) for b in scene.blocks])
    return int(np.argmax(np.where(sensitive, ratio, -1.0) if sensitive.any() else ratio))


def _missing(scene: Scene, triple: Triple) -> tuple[Short, ...]:
    found = [
        Short(block.name, bar.value, asked(block))
        for block, bar in zip(scene.blocks, triple.blocks, strict=True)
        if bar.value > asked(block)
    ]
    return tuple(sorted(found, key=lambda s: -s.error / s.asked))


def _verdict(scene: Scene, triple: Triple) -> Verdict:
    field = triple.fine.field
    blocks = zip(scene.blocks, field.of_blocks(), triple.blocks, strict=True)
    found = [verdict(f.t_max, bar.value, block.limit) for block, f, bar in blocks]
    for layer, bar in zip(scene.layers, triple.layers, strict=True):
        if layer.limit is not None:
            t_max = field.statistics(layer.outline, layer.z0, layer.z1).t_max
            found.append(verdict(t_max, bar.value, layer.limit))
    return worst(found)
