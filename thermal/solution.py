"""A solution: the temperature field, the design it belongs to, and the numerical evidence for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import ArrayLike

from thermal.cover import Shares, raster_integral
from thermal.error import ErrorBar
from thermal.field import Field
from thermal.kernels.arrays import Floats
from thermal.mesh.columns import Mesh
from thermal.rounds import Refinement
from thermal.scene import Scene

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.figure import Figure

    from thermal.adjoint import Adjoint
    from thermal.design import Design
    from thermal.mesh.resolution import Resolution
    from thermal.metrics import Metrics
    from thermal.runaway import RunawayMargin
    from thermal.sensitivity import Influence, Sensitivity
    from thermal.whatif import Superposition, WhatIf


@dataclass(frozen=True)
class MeshRun:
    """One solve on one mesh: cells, columns, V-cycles, and history of relative residuals.

    Where conductivity or heat depends on temperature, `outer` holds the relative residuals of the nonlinear
    equations before each Newton step and after the last, `inner` the V-cycles of each step; `iterations` is
    the sum of these, and `residuals` has one entry more than that. Both are empty for a linear solve.
    `loop_gain` says how much leakage feeds back (`thermal.nonlinear.Root.loop_gain`), where it was looked at.
    `energy_balance_rel` is |heat out - heat in| / heat through of the final field, after `balance_shift` K
    were added to every cell to close it. `solver_error` is the largest error that the iteration left, K.
    """

    cells: int
    columns: int
    layers: int
    iterations: int
    residuals: tuple[float, ...]
    energy_balance_rel: float
    balance_shift: float = 0.0
    outer: tuple[float, ...] = ()
    inner: tuple[int, ...] = ()
    loop_gain: float | None = None
    solver_error: float = 0.0


@dataclass(frozen=True)
class Evidence:
    """Numerical evidence.

    Attributes
    ----------
    fine, mixed, coarse
        The reported solve, and those on meshes of twice the cell size, in the plane and everywhere, which
        give the error bars.
    refinement
        The meshes before, and why there was no further one.
    unknowns
        Cells that hold material.
    tolerance
        On the relative residual.
    reference
        Temperature that the right-hand side is measured from, K.
    power
        Heat released, leakage included, W.
    leakage
        What of it depends on temperature, W.
    heat_top, heat_bottom, heat_sides
        Heat that leaves through each, from the final field, W.
    stages
        Wall seconds per stage; not part of anything that must be reproducible.
    predicted_bytes, peak_bytes
        Memory foreseen before the solve, and resident at its peak in this process.
    smallest, largest
        Lateral cell sizes in m.
    """

    fine: MeshRun
    mixed: MeshRun
    coarse: MeshRun
    refinement: Refinement
    unknowns: int
    tolerance: float
    reference: float
    power: float
    heat_top: float
    heat_bottom: float
    heat_sides: float
    smallest: float
    largest: float
    predicted_bytes: int
    peak_bytes: int
    stages: Mapping[str, float] = field(default_factory=dict)
    leakage: float = 0.0

    @property
    def cells(self) -> int:
        """Cells of the reported mesh."""
        return self.fine.cells

    @property
    def columns(self) -> int:
        """Columns of the reported mesh."""
        return self.fine.columns

    @property
    def iterations(self) -> int:
        """V-cycles of the reported solve."""
        return self.fine.iterations

    @property
    def loop_gain(self) -> float | None:
        """How much leakage feeds back, from 0 to 1 at the onset of thermal runaway; None without leakage."""
        return self.fine.loop_gain if self.fine.loop_gain is not None else self.coarse.loop_gain

    @property
    def residuals(self) -> tuple[float, ...]:
        """Relative residuals of the reported solve, from 1 on."""
        return self.fine.residuals

    @property
    def energy_balance_rel(self) -> float:
        """|heat out - heat in| / heat through, of the final field."""
        return self.fine.energy_balance_rel

    @property
    def wall_s(self) -> float:
        """Wall seconds of all stages."""
        return sum(self.stages.values())


@dataclass(frozen=True, eq=False)
class Solution:
    """A solved design.

    Attributes
    ----------
    design
        None where a bare scene was solved.
    field
        Temperatures on the fine mesh.
    block_errors, layer_errors
        Error bars of every block and layer of the scene.
    """

    scene: Scene
    field: Field
    evidence: Evidence
    block_errors: tuple[ErrorBar, ...]
    layer_errors: tuple[ErrorBar, ...]
    design: Design | None = None
    scenario: str | None = None

    @property
    def mesh(self) -> Mesh:
        """The mesh of the field."""
        return self.field.mesh

    @property
    def temperature(self) -> Floats:
        """``[columns, nz]`` K, nan in void."""
        return self.field.temperature

    @cached_property
    def metrics(self) -> Metrics:
        """Block, layer and package figures."""
        from thermal.metrics import evaluate

        return evaluate(self)

    def runaway_margin(self, resolution: Resolution | None = None) -> RunawayMargin:
        """How far the scene is from thermal runaway; see `thermal.runaway_margin`."""
        from thermal.runaway import runaway_margin

        return runaway_margin(self.scene, resolution=resolution)

    @cached_property
    def dissipating(self) -> Scene:
        """The scene with what each block dissipates, its leakage included, as its power."""
        leaked = self.field.system.leaked.tolist()
        blocks = zip(self.scene.blocks, leaked, strict=True)
        return replace(self.scene, blocks=tuple(replace(b, power=b.power + w) for b, w in blocks))

    def at(self, x: ArrayLike, y: ArrayLike, z: ArrayLike) -> Floats:
        """Temperatures in K at points in m (package frame); nan outside material."""
        return self.field.at(x, y, z)

    def plane(self, z: float, bounds: tuple[float, float, float, float], shape: tuple[int, int]) -> Floats:
        """Raster ``[ny, nx]`` of temperatures in K at height `z` (m), row 0 at the lowest y."""
        return self.field.plane(z, bounds, shape)

    def section(
        self,
        axis: Literal["x", "y"],
        position: float,
        bounds: tuple[float, float, float, float],
        shape: tuple[int, int],
    ) -> Floats:
        """Raster ``[nz, n]`` of K on the vertical cut ``axis = position``; bounds are (s0, z0, s1, z1)."""
        return self.field.section(axis, position, bounds, shape)

    def hottest_height(self, layer: str) -> float:
        """Height in m in the middle of a layer, where its maps are drawn."""
        extent = self.scene.layer(layer)
        return 0.5 * (extent.z0 + extent.z1)

    def power_density(
        self, layer: str, bounds: tuple[float, float, float, float], shape: tuple[int, int]
    ) -> Floats:
        """Raster ``[ny, nx]`` of a layer's heat release in W/m2, from the mesh's exact shares."""
        tree, scene = self.mesh.tree, self.dissipating
        watts = np.zeros(len(tree))
        blocks = [b for b in scene.blocks if b.layer == layer and b.power != 0.0]
        shares = Shares.of([b.outline for b in blocks], self.mesh)
        for i, block in enumerate(blocks):
            column, area = shares.row(i)
            watts[column] += block.power * area / area.sum()
        for raster in scene.rasters:
            if raster.layer == layer:
                watts += raster_integral(raster.watts, (raster.x0, raster.y0, raster.x1, raster.y1), tree)
        x0, y0, x1, y1 = bounds
        ny, nx = shape
        x = x0 + (np.arange(nx) + 0.5) * (x1 - x0) / nx
        y = y0 + (np.arange(ny) + 0.5) * (y1 - y0) / ny
        gx, gy = np.meshgrid(x, y)
        column = tree.locate(gx.ravel(), gy.ravel())
        density = np.where(column >= 0, (watts / self.mesh.areas)[column], np.nan)
        return np.asarray(density.reshape(shape), float)

    def plot(self, layer: str) -> Figure:
        """Heat map of a layer with block outlines."""
        from thermal.viz import heat_map

        return heat_map(self, layer)

    @cached_property
    def adjoint(self) -> Adjoint:
        """The field linearised, with the hierarchy that all sensitivities share."""
        from thermal.adjoint import Adjoint

        return Adjoint(self.field)

    def sensitivity(self, block: str) -> Sensitivity:
        """What the mean temperature of a block answers to: powers, layers, cooling, moves.

        Takes one solve with the transposed Jacobian.

        Parameters
        ----------
        block
            Address such as ``soc0/pll0``; KeyError lists near misses.
        """
        from thermal.sensitivity import sensitivity

        return sensitivity(self.adjoint, block)

    def influence(self, names: Sequence[str] | None = None) -> Influence:
        """K/W of all blocks on some, by default on the analog, PMIC and sensor blocks."""
        from thermal.sensitivity import influence

        return self._superposition.influence if names is None else influence(self.adjoint, names)

    @cached_property
    def _superposition(self) -> Superposition:
        from thermal.whatif import Superposition

        return Superposition(self.adjoint)

    def what_if(self, powers: Mapping[str, float]) -> WhatIf:
        """Temperatures with other powers, superposed instead of solved.

        The first call takes an adjoint per sensitive block (`WhatIf.means`) and a solve per block that
        changes (`WhatIf.blocks`); the next ones take milliseconds.

        Parameters
        ----------
        powers
            W by block, in place of what the design gives; the other blocks keep theirs.
        """
        return self._superposition.what_if(powers)

    def report(self, path: str | Path) -> Path:
        """Write the design-review PDF."""
        from thermal.report.pdf import write_pdf

        return write_pdf([self], path)
