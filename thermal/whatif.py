"""Other powers without another solve: fields of one watt in each block, superposed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from thermal.adjoint import Adjoint, Response
from thermal.evaluated import evaluated
from thermal.field import Field
from thermal.kernels import adjoint as kernels
from thermal.kernels.arrays import Floats, Ints, Singles
from thermal.krylov import Operator
from thermal.limits import Verdict, verdict
from thermal.scene import PlacedBlock
from thermal.sensitivity import Influence, influence


@dataclass(frozen=True, eq=False)
class Footprint:
    """The cells that blocks lie in, block after block, and what part of each belongs to its block.

    Attributes
    ----------
    column, cell
        ``[cells]`` which they are.
    span
        ``[cells, 4]`` range in x and in y, of [-1/2, 1/2].
    volume
        ``[cells]`` of material, m3.
    start
        ``[blocks + 1]`` ranges into the others.
    """

    column: Ints
    cell: Ints
    span: Floats
    volume: Floats
    start: Ints

    @classmethod
    def of(cls, field: Field) -> Footprint:
        """The cells of all blocks of a scene."""
        parts = [cls._of_block(field, i, b) for i, b in enumerate(field.system.scene.blocks)]
        column, cell, span, volume = (np.concatenate([p[i] for p in parts]) for i in range(4))
        start = np.cumsum([0, *(p[0].size for p in parts)]).astype(np.int64)
        return cls(column.astype(np.int64), cell.astype(np.int64), span, volume, start)

    @staticmethod
    def _of_block(field: Field, index: int, block: PlacedBlock) -> tuple[Ints, Ints, Floats, Floats]:
        system, mesh = field.system, field.mesh
        column, area = system.shares.row(index)
        cell = np.arange(*field.z_cells(block.z0, block.z1), dtype=np.int64)
        x0, y0, x1, y1 = (bound[column] for bound in mesh.tree.bounds)
        bx0, by0, bx1, by1 = block.outline.bounds
        span = np.stack(
            [
                np.maximum(bx0 - x0, 0.0) / (x1 - x0) - 0.5,
                np.minimum(bx1 - x0, x1 - x0) / (x1 - x0) - 0.5,
                np.maximum(by0 - y0, 0.0) / (y1 - y0) - 0.5,
                np.minimum(by1 - y0, y1 - y0) / (y1 - y0) - 0.5,
            ],
            axis=1,
        )
        found = system.conductivities
        solid = found.k[found.pattern[mesh.slab[cell]], column[:, None], 5]
        volume = area[:, None] * mesh.heights[cell] * solid
        n = cell.size
        return np.repeat(column, n), np.tile(cell, column.size), np.repeat(span, n, axis=0), volume.ravel()

    def read(self, field: Field) -> Floats:
        """``[cells, 7]`` temperature and face offsets of a field."""
        out = np.empty((self.column.size, 7))
        kernels.shapes(self.column, self.cell, *field.geometry, field.temperature, out)
        return out

    def statistics(self, base: Floats, responses: Singles, watts: Floats) -> Floats:
        """``[blocks, 3]`` supremum, infimum and mean of base + sum of watts x responses."""
        out = np.empty((self.start.size - 1, 3))
        kernels.superposed(base, responses, watts, self.span, self.volume, self.start, out)
        return out


class Superposition:
    """What the powers of blocks do to a solved field; everything is solved on first use and kept.

    Parameters
    ----------
    adjoint
        At the solved field.
    """

    def __init__(self, adjoint: Adjoint) -> None:
        self.adjoint = adjoint
        self._responses: dict[int, Singles] = {}
        self._fields: dict[int, Singles] = {}

    @cached_property
    def influence(self) -> Influence:
        """K/W of all blocks on the sensitive ones."""
        return influence(self.adjoint)

    @cached_property
    def before(self) -> Floats:
        """Mean temperatures of the sensitive blocks in the solved field, K."""
        index = [self.influence.sources.index(name) for name in self.influence.names]
        return np.array([s.t_avg for s in self.adjoint.field.of_blocks(index)])

    @cached_property
    def footprint(self) -> Footprint:
        """The cells of all blocks."""
        return Footprint.of(self.adjoint.field)

    @cached_property
    def base(self) -> Floats:
        """The solved field in the cells of all blocks."""
        return self.footprint.read(self.adjoint.field)

    def response(self, block: int) -> Singles:
        """What one watt in a block does in the cells of all blocks."""
        if block not in self._responses:
            change = self.adjoint.to_watt(block)
            self._responses[block] = self.footprint.read(self.adjoint.response(change)).astype(np.float32)
            if self.adjoint.system.nonlinear:
                # The whole of it is only asked for where superposition leaves something out.
                self._fields[block] = change.astype(np.float32)
        return self._responses[block]

    def statistics(self, change: Mapping[int, float]) -> Floats:
        """``[blocks, 3]`` maximum, minimum and mean in K after a change of powers in W."""
        responses = [self.response(i) for i in change]
        stacked = np.stack(responses) if responses else np.empty((0, *self.base.shape), np.float32)
        found = self.footprint.statistics(self.base, stacked, np.array(list(change.values()), float))
        floor = self.adjoint.field.floor
        found[:, 1] = np.maximum(found[:, 1], floor)
        return found

    def correction(self, change: Mapping[int, float]) -> Floats:
        """``[blocks]`` K by which one Newton step from the superposed field moves each mean."""
        field, system = self.adjoint.field, self.adjoint.system
        if not system.nonlinear or not change:
            return np.zeros(len(system.scene.blocks))
        theta = np.nan_to_num(field.temperature - system.reference)
        for i, watts in change.items():
            self.response(i)
            theta += watts * self._fields[i]
        blocks = tuple(
            replace(b, power=b.power + change.get(i, 0.0)) for i, b in enumerate(system.scene.blocks)
        )
        there, _ = evaluated(system, theta + system.reference, scene=replace(system.scene, blocks=blocks))
        linear = self.adjoint.linear
        out = np.empty_like(theta)
        operator = Operator(linear.multigrid, there.lateral, there.vertical, there.loss, there.hanging)
        operator.apply(theta, out)
        # What is left out is wanted to a few digits.
        step = linear.solve(there.rhs - out, tolerance=1e-3).x
        response: Response = self.adjoint.response(step)
        return np.array([s.t_avg for s in response.of_blocks()])

    def what_if(self, powers: Mapping[str, float]) -> WhatIf:
        """The answer for other powers; see `thermal.solution.Solution.what_if`."""
        scene = self.adjoint.system.scene
        change = {}
        for name, watts in powers.items():
            block = scene.block(name)
            if not np.isfinite(watts):
                raise ValueError(f"{name}: power must be finite (got {watts})")
            change[scene.blocks.index(block)] = float(watts) - block.power
        return WhatIf(self, {i: w for i, w in change.items() if w != 0.0})


@dataclass(frozen=True)
class Estimate:
    """A block's temperatures in K after a change of powers."""

    name: str
    t_max: float
    t_avg: float
    t_min: float
    limit: float | None

    @property
    def margin(self) -> float | None:
        """Limit less `t_max`, K."""
        return None if self.limit is None else self.limit - self.t_max

    @property
    def verdict(self) -> Verdict:
        """Whether the limit holds, leaving numerical errors aside."""
        return verdict(self.t_max, 0.0, self.limit)


@dataclass(frozen=True, eq=False)
class WhatIf:
    """Temperatures under other powers, from those of a solved design.

    Exact for the discrete problem where nothing depends on temperature; with k(T) or leakage it is the
    tangent at the solved design, and `left_out` estimates the rest.

    Attributes
    ----------
    change
        W by index of the block in the scene.
    """

    _of: Superposition = field(repr=False)
    change: Mapping[int, float]

    @property
    def linear(self) -> bool:
        """Whether superposition is exact."""
        return not self._of.adjoint.system.nonlinear

    @cached_property
    def means(self) -> dict[str, float]:
        """Mean temperature in K of the analog, PMIC and sensor blocks, from the influence matrix."""
        known = self._of.influence
        watts = np.zeros(len(known.sources))
        watts[list(self.change)] = list(self.change.values())
        after = self._of.before + known.matrix @ watts
        return dict(zip(known.names, after.tolist(), strict=True))

    @cached_property
    def blocks(self) -> tuple[Estimate, ...]:
        """Every block, from superposed fields; the first time that a block changes takes a solve."""
        scene = self._of.adjoint.system.scene
        found = self._of.statistics(self.change)
        return tuple(
            Estimate(b.name, float(row[0]), float(row[2]), float(row[1]), b.limit)
            for b, row in zip(scene.blocks, found, strict=True)
        )

    def block(self, name: str) -> Estimate:
        """The temperatures of a block; KeyError names near misses."""
        scene = self._of.adjoint.system.scene
        return self.blocks[scene.blocks.index(scene.block(name))]

    @property
    def worst(self) -> Estimate | None:
        """The block with the least margin; the hottest one where no block has a limit."""
        limited = [b for b in self.blocks if b.margin is not None]
        if limited:
            return min(limited, key=lambda b: b.margin if b.margin is not None else np.inf)
        return max(self.blocks, key=lambda b: b.t_max, default=None)

    @cached_property
    def corrections(self) -> dict[str, float]:
        """K by which a further Newton step would move each block's mean; takes about as long as a solve."""
        found = self._of.correction(self.change)
        blocks = self._of.adjoint.system.scene.blocks
        return {b.name: float(k) for b, k in zip(blocks, found, strict=True)}

    @property
    def left_out(self) -> float:
        """Estimate of the largest error of a mean that superposition makes, K; 0 where it is exact."""
        if self.linear:
            return 0.0
        return max((abs(k) for k in self.corrections.values() if np.isfinite(k)), default=0.0)
