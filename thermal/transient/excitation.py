"""What a trace does to a system: watts of blocks as heat of cells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
from scipy.sparse import csc_array

from floorplans.diagnostics import Diagnostic, InputError, did_you_mean
from power.trace import PowerTrace
from thermal.adjoint import deposit
from thermal.kernels.arrays import Floats
from thermal.mesh.columns import Mesh
from thermal.scene import Scene
from thermal.system import ConductionSystem, assemble, heat


class Interval(NamedTuple):
    """Seconds from and to, and the watts ``[blocks]`` at either end, between which they change linearly."""

    start: float
    end: float
    first: Floats
    last: Floats


@runtime_checkable
class Trace(Protocol):
    """Watts over time, one interval after the other, which need not be kept."""

    @property
    def blocks(self) -> tuple[str, ...]:
        """Addresses of the blocks whose watts it gives."""
        ...

    def intervals(self) -> Iterator[tuple[float, float, Floats, Floats]]:
        """Start, end [s], watts at the start and at the end, from the first interval on."""
        ...


def intervals_of(trace: Trace | PowerTrace) -> Iterator[Interval]:
    """The intervals of a trace, checked one by one.

    Raises
    ------
    InputError
        An interval that does not follow the one before it or has no length, watts that are not finite or
        below zero.
    """
    end = None
    for number, found in enumerate(_raw(trace), start=1):
        interval = Interval(*found)
        _check(interval, number, end, trace.blocks)
        end = interval.end
        yield interval
    if end is None:
        raise InputError(Diagnostic(None, "the trace has no interval"))


def _raw(trace: Trace | PowerTrace) -> Iterator[tuple[float, float, Floats, Floats]]:
    if isinstance(trace, Trace):
        yield from trace.intervals()
        return
    for (start, end), watts in zip(pairwise(trace.edges.tolist()), trace.watts, strict=True):
        yield start, end, watts, watts


def _check(interval: Interval, number: int, before: float | None, blocks: tuple[str, ...]) -> None:
    start, end, first, last = interval

    def wrong(text: str) -> InputError:
        return InputError(Diagnostic(None, f"interval {number} of the trace: {text}"))

    if not (np.isfinite([start, end]).all() and end > start):
        raise wrong(f"it must end after it begins (from {start:g} s to {end:g} s)")
    if before is not None and abs(start - before) > 1e-9 * max(abs(before), end - start):
        raise wrong(f"it must begin where the one before ends, at {before:g} s (got {start:g} s)")
    for watts in (first, last):
        if watts.shape != (len(blocks),):
            raise wrong(f"{watts.size} powers for {len(blocks)} blocks")
        bad = np.flatnonzero(~(np.isfinite(watts) & (watts >= 0.0)))
        if bad.size:
            name, value = blocks[int(bad[0])], watts[bad[0]]
            raise wrong(f"power of '{name}' must be a finite number of watts >= 0 (got {value:g})")


class Excitation:
    """A system whose blocks of a trace have no power of their own, and what a watt in each of them heats.

    Parameters
    ----------
    scene
        Blocks that the trace does not name keep the power that they have here.
    blocks
        Addresses that the trace gives.

    Raises
    ------
    InputError
        A block that the scene has not, or one without a path to a cooled face.
    """

    def __init__(self, scene: Scene, mesh: Mesh, blocks: tuple[str, ...]) -> None:
        self.blocks = blocks
        index = {b.name: i for i, b in enumerate(scene.blocks)}
        unknown = [
            Diagnostic(None, f"the trace gives power to '{n}': no such block{did_you_mean(n, list(index))}")
            for n in blocks
            if n not in index
        ]
        if unknown:
            raise InputError(unknown)
        traced = [index[name] for name in blocks]
        # A watt in each of them finds out whether all have a way to lose it.
        powered = [replace(b, power=1.0) if i in set(traced) else b for i, b in enumerate(scene.blocks)]
        system = assemble(replace(scene, blocks=tuple(powered)), mesh)
        still = [replace(b, power=0.0) if i in set(traced) else b for i, b in enumerate(scene.blocks)]
        self.scene = replace(scene, blocks=tuple(still))
        warm = np.full(system.vertical.shape, system.reference)
        source, leaked = heat(self.scene, mesh, system.deposited, system.feedback, warm)
        self.system: ConductionSystem = replace(system, scene=self.scene, source=source, leaked=leaked)
        self.of_watts = _columns(system, traced)

    def heat(self, watts: Floats) -> Floats:
        """``[columns, nz]`` W of cells, of watts ``[blocks]`` of the trace."""
        return np.asarray(self.of_watts @ watts, float).reshape(self.system.vertical.shape)


def _columns(system: ConductionSystem, traced: list[int]) -> csc_array:
    """``[cells, blocks]`` share of a watt in each block that each cell gets."""
    nz = system.mesh.nz
    cells, shares, start = [], [], [0]
    for i in traced:
        column, where, share = deposit(system, i)
        cells.append((column[:, None] * nz + np.arange(where.start, where.stop)).ravel())
        shares.append(share.ravel())
        start.append(start[-1] + share.size)
    size = system.mesh.columns * nz
    if not traced:
        return csc_array((size, 0))
    return csc_array((np.concatenate(shares), np.concatenate(cells), np.array(start)), (size, len(traced)))
