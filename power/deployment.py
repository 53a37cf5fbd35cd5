"""A model served on an accelerator: what it takes in time and energy, and the watts of every block."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
from pydantic_core import CoreSchema, core_schema

from power.energy import Cause
from power.hardware.accelerator import Accelerator
from power.hardware.placement import spread
from power.leakage import Leakage
from power.powermap import PowerMap
from power.served import Served
from power.trace import PowerTrace, operators_trace, phases_trace, trace_of
from power.workload_entry import MEAN, WorkloadEntry
from power.workloads.servable import Servable


@dataclass(frozen=True, eq=False)
class Deployment:
    """What a section `workload:` comes to; equal to another that runs the same on the same.

    Parameters
    ----------
    entry
        What was asked for.
    hardware
        The accelerator.
    served
        Phases with their times and watts.
    model
        What runs; None where activity was counted by another simulator.
    areas
        Area of every block of the floorplan [m2], by address; None without a floorplan.
    notes
        What the user should know: formats that fall back, parts that are not counted.
    """

    entry: WorkloadEntry
    hardware: Accelerator = field(repr=False)
    served: Served = field(repr=False)
    model: Servable | None = field(default=None, repr=False)
    areas: Mapping[str, float] | None = field(default=None, repr=False)
    notes: tuple[str, ...] = ()

    def __eq__(self, other: object) -> bool:
        # A file may be named in two ways.
        return isinstance(other, Deployment) and self._told == other._told

    def __hash__(self) -> int:
        return hash((self.name, self.hardware.name, self.phase))

    @property
    def _told(self) -> tuple[object, ...]:
        return self.hardware, self.served, self.model, self.entry.phase, self.entry.leakage

    @classmethod
    def __get_pydantic_core_schema__(cls, *_: object) -> CoreSchema:
        # A design holds one as it is; pydantic would look into everything that it is made of.
        return core_schema.is_instance_schema(cls)

    @property
    def name(self) -> str:
        """Name of the model, or of the activity."""
        return self.model.name if self.model is not None else str(self.entry.activity)

    @property
    def phase(self) -> str:
        """Name of the phase whose watts heat the design; empty for the mean over all of them."""
        return "" if self.entry.phase == MEAN else self.entry.phase

    @property
    def placed(self) -> bool:
        """Whether the hardware names blocks of the floorplan."""
        return self.areas is not None and bool(self.hardware.placements())

    @cached_property
    def covered(self) -> tuple[str, ...]:
        """Blocks that the hardware names: their watts are the workload's alone."""
        if not self.placed or self.areas is None:
            return ()
        named: dict[str, None] = {}
        for weights in self.hardware.placements().values():
            named |= dict.fromkeys(spread(weights, self.areas))
            named |= dict.fromkeys(block for block in weights if block in self.areas)
        return tuple(named)

    @property
    def device_leakage(self) -> bool:
        """Whether leakage is that of the hardware, by its laws."""
        return self.entry.leakage == "hardware"

    def power(self, phase: str | None = None) -> PowerMap:
        """Watts of the blocks without leakage, which comes on top by `leakage`.

        Parameters
        ----------
        phase
            Name of a phase, empty for the mean; the one asked for when None.
        """
        return self._map(phase, leakage=False)

    def total(self, phase: str | None = None) -> PowerMap:
        """Watts of the blocks with the leakage that the operating points were found with."""
        return self._map(phase, leakage=self.device_leakage)

    def _map(self, phase: str | None, *, leakage: bool) -> PowerMap:
        name = self.phase if phase is None else phase
        if not self.placed:
            return self.served.power_map(None, name, leakage=leakage)
        found = self.served.power_map(self.areas, name, leakage=leakage)
        return PowerMap({block: found[block] for block in self.covered})

    def leakage(self, phase: str | None = None) -> dict[str, Leakage]:
        """Leakage laws of the blocks; none where the design's own are used."""
        if not self.device_leakage or not self.placed or self.areas is None:
            return {}
        name = self.phase if phase is None else phase
        return self.served.leakage(self.areas, name)

    def trace(self, detail: Literal["phase", "iteration", "operator"] = "phase") -> PowerTrace:
        """Watts of the blocks over one round of serving, leakage left out.

        Parameters
        ----------
        detail
            A step of the trace for each phase; for each of its iterations, of equal length; or for the
            operators of one iteration of each phase, all executions of an operator together.
        """
        areas = self.areas if self.placed else None
        if detail == "phase":
            return phases_trace(self.served, areas, leakage=False)
        if detail == "operator":
            parts = [
                operators_trace(phase.step.activity, self.hardware, areas, leakage=False)
                for phase in self.served.phases
            ]
            steps = [
                (label, float(seconds), PowerMap(dict(zip(part.blocks, watts.tolist(), strict=True))))
                for part in parts
                for label, seconds, watts in zip(part.labels, np.diff(part.edges), part.watts, strict=True)
            ]
            return trace_of(steps)
        found = []
        for phase in self.served.phases:
            watts = phase.step.dissipation.power_map(areas, leakage=False)
            # Phases hold means over unequal steps, so their number need not be whole.
            count = max(1, round(phase.times))
            found += [(phase.name, phase.seconds / count, watts)] * count
        return trace_of(found)

    def balance(self, phase: str | None = None) -> dict[str, float]:
        """Watts of one device: each cause, what is off the package, and what the blocks get.

        ``blocks`` = events + floor + leakage + standing + conversion - off-package, to rounding.
        """
        name = self.phase if phase is None else phase
        found = {cause.value: 0.0 for cause in Cause} | {"off-package": 0.0}
        for each, share in self.served.weighted(name):
            whole = each.step.dissipation
            counted = whole if self.device_leakage else whole.unheated
            for cause, watts in counted.by_cause().items():
                found[cause.value] += watts * share
            found["off-package"] += counted.off_package * share
        found["blocks"] = self.total(name).total
        return found
