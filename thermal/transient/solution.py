"""What a run over a trace found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from pathlib import Path

import numpy as np

from thermal.field import Field
from thermal.kernels.arrays import Floats
from thermal.mesh.columns import Mesh
from thermal.scene import Scene
from thermal.system import ConductionSystem
from thermal.transient.initial import save_field
from thermal.transient.state import Tally
from thermal.transient.tolerance import Tolerance


@dataclass(frozen=True, eq=False)
class TransientEvidence:
    """Numerical evidence of a run.

    Attributes
    ----------
    tally
        Steps, rejections, V-cycles, joules.
    cells, columns
        Of the mesh.
    tolerance
        That was asked for.
    hierarchies
        Preconditioners that were built.
    error
        ``[blocks]`` largest error in K that steps in time have made in the cells of each block of the
        outputs, as the embedded method estimates it and the operator carries it on. It says nothing of the
        mesh.
    stored
        J that cells hold more at the end than at the start.
    periods, defect
        Of a periodic run: periods marched through, and by how much in K its end still differs from its start
        in the worst cell, all modes taken to their end; None else.
    stages
        Wall seconds by stage.
    """

    tally: Tally
    cells: int
    columns: int
    tolerance: Tolerance
    hierarchies: int
    error: Floats
    stored: float
    periods: int = 1
    defect: float | None = None
    stages: Mapping[str, float] = attribute(default_factory=dict)

    @property
    def energy_balance_rel(self) -> float:
        """|put in + leaked - lost - stored| over all that was put in or moved."""
        t = self.tally
        lacking = t.joules_in + t.joules_leaked - t.joules_out - self.stored
        through = max(abs(t.joules_in) + abs(t.joules_leaked), abs(t.joules_out), abs(self.stored))
        return abs(lacking) / through if through > 0.0 else 0.0

    @property
    def wall_s(self) -> float:
        """Wall seconds of all stages."""
        return sum(self.stages.values())


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A field at a time, s."""

    time: float
    field: Field

    def save(self, path: Path) -> None:
        """Write it to an ``.npz``, from which another run may start."""
        save_field(path, self.field, self.time)


@dataclass(frozen=True, eq=False)
class TransientSolution:
    """Temperatures over time.

    Attributes
    ----------
    times
        ``[n]`` s, of the rows of the outputs.
    blocks
        Addresses of the columns of the outputs.
    block_max, block_avg
        ``[n, blocks]`` K; maxima are suprema of the reconstructed field over the closed block.
    block_error
        ``[n, blocks]`` K, estimated error of the steps in time.
    probes
        ``[n, probes]`` K at `probe_points` (m); nan outside material.
    snapshots
        Fields at the times that were asked for.
    peak
        The highest temperature of every cell over all steps.
    last
        The field at the end.
    """

    scene: Scene
    times: Floats
    blocks: tuple[str, ...]
    block_max: Floats
    block_avg: Floats
    block_error: Floats
    probe_points: Floats
    probes: Floats
    snapshots: tuple[Snapshot, ...]
    peak: Field
    last: Field
    evidence: TransientEvidence

    @property
    def mesh(self) -> Mesh:
        """Of all fields."""
        return self.last.mesh

    @property
    def system(self) -> ConductionSystem:
        """Conductances as they are at the end."""
        return self.last.system

    def column(self, block: str) -> int:
        """The column of a block; KeyError names near misses."""
        if block in self.blocks:
            return self.blocks.index(block)
        from floorplans.diagnostics import did_you_mean

        raise KeyError(f"no block {block!r} among the outputs{did_you_mean(block, list(self.blocks))}")

    def hottest(self, block: str) -> tuple[float, float]:
        """Highest temperature of a block over all rows, K, and its time, s."""
        over = self.block_max[:, self.column(block)]
        row = int(np.nanargmax(over))
        return float(over[row]), float(self.times[row])
