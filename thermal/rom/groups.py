"""Power groups: blocks whose watts are always proportional form one input of a reduced model."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

import numpy as np

from floorplans.diagnostics import Diagnostic, InputError, Span
from thermal.kernels.arrays import Floats
from thermal.scene import PlacedBlock, Scene

# A certified range that no power in the design suggests, W.
LEAST_RANGE = 0.01


@dataclass(frozen=True)
class Group:
    """Blocks of one input.

    Attributes
    ----------
    members
        Indices in the scene.
    shape
        Share of the group's watts that each takes; they sum to one.
    watts
        Of the group in the design, without leakage.
    reach
        The model is certified for watts from 0 to this.
    """

    name: str
    members: tuple[int, ...]
    shape: tuple[float, ...]
    watts: float
    reach: float


def default_name(block: PlacedBlock) -> str:
    """Group of a block: those of its kind in its layer, over all chiplets that differ by a number only."""
    chiplet, _, layer = block.layer.rpartition("/")
    stem = re.sub(r"\d+$", "*", chiplet)
    return f"{stem}/{layer}:{block.kind.value}" if chiplet else f"{layer}:{block.kind.value}"


def grouped(
    scene: Scene, wanted: Mapping[str, Sequence[str]] | None = None, reach: float = 2.0
) -> tuple[Group, ...]:
    """The groups of a scene, in the order of their first blocks.

    Parameters
    ----------
    wanted
        Patterns of block names (``soc0/tensor_*``) by name of group; other blocks are grouped by default.
    reach
        Certified watts over those of the design.

    Raises
    ------
    InputError
        A pattern names no block, or a block is in two groups.
    """
    names = [default_name(b) for b in scene.blocks]
    owner: dict[int, str] = {}
    problems: list[Diagnostic] = []
    for group, patterns in (wanted or {}).items():
        for pattern in patterns:
            hit = [i for i, b in enumerate(scene.blocks) if fnmatchcase(b.name, pattern)]
            if not hit:
                problems.append(Diagnostic(Span(f"group {group}"), f"{pattern!r} matches no block"))
            for i in hit:
                if owner.setdefault(i, group) != group:
                    text = f"{scene.blocks[i].name!r} is in group {owner[i]!r} already"
                    problems.append(Diagnostic(Span(f"group {group}"), text))
    if problems:
        raise InputError(problems)
    members: dict[str, list[int]] = {}
    for i, name in enumerate(names):
        members.setdefault(owner.get(i, name), []).append(i)
    return tuple(_group(scene, name, tuple(of), reach) for name, of in members.items())


def _group(scene: Scene, name: str, members: tuple[int, ...], reach: float) -> Group:
    watts = np.array([scene.blocks[i].power for i in members], float)
    total = float(watts.sum())
    if total > 0.0 and np.all(watts >= 0.0):
        shape: Floats = watts / total
    else:
        area = np.array([scene.blocks[i].outline.area for i in members], float)
        shape = area / area.sum()
    return Group(name, members, tuple(shape.tolist()), total, max(reach * total, LEAST_RANGE))
