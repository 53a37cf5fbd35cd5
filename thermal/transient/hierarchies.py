"""Operators of implicit steps: exact for every step, with preconditioners that serve many of them."""

from __future__ import annotations

import math
from collections import OrderedDict

import numpy as np

from thermal.kernels.arrays import Floats
from thermal.multigrid import Multigrid
from thermal.shifted import Shifted, shifted_system
from thermal.system import ConductionSystem

# Octaves of the shift that one hierarchy serves: within a factor of two, its V-cycle is as good as new.
OCTAVES = 2.0
# Hierarchies kept, about 100 bytes a cell each.
KEPT = 12
KEPT_CELLS = 6_000_000
# Conductance to the columns beside over what a step stores, below which sweeps over columns are enough: four
# of them leave (ALONE / (1 + ALONE))^4 of an error, about one percent.
ALONE = 0.5


def shallow(multigrid: Multigrid) -> Multigrid:
    """Leave out the levels below the first on which columns hardly know of each other within a step."""
    for depth, level in enumerate(multigrid.levels[:-1]):
        beside = np.add.reduceat(level.lateral[level.face], level.start[:-1], axis=0)
        if np.all(beside <= ALONE * level.loss):
            del multigrid.levels[depth + 1 :], multigrid.transfers[depth:]
            break
    return multigrid


class Hierarchies:
    """The preconditioners of ``A + s C`` for all shifts, made when they are first needed.

    Which one serves a shift depends on the shift alone, so that a run that goes on from a checkpoint
    iterates as it would have without.

    Parameters
    ----------
    system
        Conductances that the preconditioners are made of.
    capacity
        ``[columns, nz]`` J/K.
    """

    def __init__(self, system: ConductionSystem, capacity: Floats) -> None:
        self.system, self.capacity = system, capacity
        self.built = 0
        self._kept: OrderedDict[int, Multigrid] = OrderedDict()
        self._room = max(2, min(KEPT, KEPT_CELLS // capacity.size))
        self._last: Shifted | None = None

    @staticmethod
    def nearest(shift: float) -> float:
        """The shift that the preconditioner of a shift above zero is made for, 1/s."""
        return float(2.0 ** (OCTAVES * round(math.log2(shift) / OCTAVES)))

    def multigrid(self, shift: float) -> Multigrid:
        """A preconditioner for a shift above zero."""
        level = round(math.log2(shift) / OCTAVES)
        if level in self._kept:
            self._kept.move_to_end(level)
            return self._kept[level]
        while len(self._kept) >= self._room:
            self._kept.popitem(last=False)
        self.built += 1
        found = shallow(shifted_system(self.system, self.capacity, self.nearest(shift)).multigrid())
        self._kept[level] = found
        return found

    def shifted(self, shift: float) -> Shifted:
        """The operator of exactly this shift."""
        if self._last is None or self._last.shift != shift:
            self._last = Shifted(self.system, self.capacity, shift, self.multigrid(shift))
        return self._last
