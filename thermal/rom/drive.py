"""What drives a reduced model: heat of groups, ambients, leakage of groups, and what that answers to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from power.leakage import Leakage
from thermal.adjoint import deposit
from thermal.feedback import cells_of
from thermal.field import Field
from thermal.kernels.arrays import Floats, Ints
from thermal.rom.groups import Group
from thermal.system import ConductionSystem

# Warmings from the reference that leakage is tabulated at, K; beyond them its last rates go on.
LOW, HIGH, STEP = -250.0, 350.0, 0.5
# Warming that leakage is certified for, K, and the change of ambients.
WARMER, AMBIENT = 30.0, 20.0


@dataclass(frozen=True, eq=False)
class Leaking:
    """A group's leakage: its heat is spread as at the reference, and follows the warming of its places."""

    name: str
    heat: Floats
    weight: Floats
    watts: float
    table: Floats
    reach: float


def heat_of(system: ConductionSystem, group: Group) -> Floats:
    """``[cells]`` of a watt in a group."""
    out = np.zeros(system.vertical.shape)
    for i, share in zip(group.members, group.shape, strict=True):
        column, where, part = deposit(system, i)
        out[column, where] += share * part
    return out.ravel()


def ambient_heat(system: ConductionSystem) -> Floats:
    """``[2, cells]`` W per kelvin of the ambients of the top and of the bottom."""
    out = np.zeros((2, *system.vertical.shape))
    out[0, :, -1] = system.ends[:, 1]
    out[1, :, 0] = system.ends[:, 0]
    return out.reshape(2, -1)


def leaking_groups(field: Field, groups: tuple[Group, ...]) -> list[Leaking]:
    """The groups that leak, at a solved field."""
    system = field.system
    if system.feedback is None:
        return []
    laws = dict(zip(system.feedback.blocks.tolist(), system.feedback.laws, strict=True))
    filled = np.nan_to_num(field.temperature, nan=system.reference).ravel()
    found = []
    for group in groups:
        members = [i for i in group.members if i in laws]
        if members:
            found.append(_leaking(system, group, members, laws, filled))
    return found


def _leaking(
    system: ConductionSystem, group: Group, members: list[int], laws: dict[int, Leakage], t: Floats
) -> Leaking:
    rises = np.arange(LOW, HIGH + STEP, STEP)
    heat, slope = np.zeros(t.size), np.zeros(t.size)
    total = np.zeros(rises.size)
    for i in members:
        cell, weight = cells_of(system.scene.blocks[i], system.mesh, system.deposited.row(i))
        law, mean = laws[i], float(t[cell] @ weight)
        local = t[cell]
        here = law.watts(local) * weight
        np.add.at(heat, cell, here)
        np.add.at(slope, cell, law.slope(local) * weight)
        total += law.watts(mean + rises) * (float(here.sum()) / float(law.watts(np.array(mean))))
    watts = float(heat.sum())
    scale = float(slope.sum())
    weight = slope / scale if scale > 0.0 else heat / watts
    at = float(np.interp(WARMER, rises, total))
    return Leaking(group.name, heat / watts, weight, watts, np.log(np.maximum(total, 1e-30)), at - watts)


def watched_cells(system: ConductionSystem) -> Ints:
    """Cells that blocks of the scene lie in."""
    mesh = system.mesh
    solid = system.solid[mesh.slab].T.ravel()
    parts = [cells_of(b, mesh, system.shares.row(i))[0] for i, b in enumerate(system.scene.blocks)]
    cells = np.unique(np.concatenate(parts))
    return np.asarray(cells[solid[cells]], np.int64)
