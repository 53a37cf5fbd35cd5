"""Where a unit lives: shares of its watts over floorplan blocks."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from functools import lru_cache

from floorplans.diagnostics import did_you_mean
from floorplans.package import Die, Layer, Package

Shares = Mapping[str, float]
"""Weight of a block, or of all blocks together that a pattern with ``*`` or ``?`` matches."""


def is_pattern(name: str) -> bool:
    """Whether `name` stands for several blocks."""
    return "*" in name or "?" in name


def unmatched(weights: Shares, blocks: Iterable[str]) -> list[str]:
    """What is wrong with `weights` on a floorplan: each name or pattern that no block answers to."""
    known = list(blocks)
    wrong = []
    for name in weights:
        if is_pattern(name):
            if not any(fnmatchcase(block, name) for block in known):
                wrong.append(f"no block matches '{name}'")
        elif name not in known:
            wrong.append(f"no block '{name}' in the floorplan{did_you_mean(name, known)}")
    return wrong


def spread(weights: Shares, areas: Mapping[str, float]) -> dict[str, float]:
    """Share of each block; they sum to one.

    Parameters
    ----------
    weights
        By name or pattern. A pattern's weight is divided by area among the blocks that match it and are not
        named themselves; a block named with weight 0 gets nothing (a fused-off cluster). Of several patterns
        that match a block, each gives its part.
    areas
        Area of every block of the floorplan [m2], by address; any measure in proportion will do.

    Raises
    ------
    ValueError
        Nothing is left that could take the watts.
    """
    found: dict[str, float] = {}
    blocks = tuple(areas)
    for name, weight in weights.items():
        if not is_pattern(name):
            if name in areas:
                found[name] = found.get(name, 0.0) + weight
            continue
        matched = {block: areas[block] for block in _matching(name, blocks) if block not in weights}
        whole = math.fsum(matched.values())
        for block, area in matched.items():
            found[block] = found.get(block, 0.0) + weight * area / whole
    total = math.fsum(found.values())
    if not total > 0.0:
        raise ValueError(f"no block is left for {', '.join(weights) or 'a unit without blocks'}")
    return {block: weight / total for block, weight in found.items() if weight > 0.0}


@lru_cache(maxsize=1024)
def _matching(pattern: str, blocks: tuple[str, ...]) -> tuple[str, ...]:
    """The blocks that a pattern stands for; the same ones are asked for by every phase and cause."""
    return tuple(block for block in blocks if fnmatchcase(block, pattern))


def block_areas(package: Package, dies: Mapping[str, Die]) -> dict[str, float]:
    """Area of every block of a package by address, ``chiplet/block`` and ``layer/block`` [m2]."""
    found: dict[str, float] = {}

    def take(owner: str, layer: Layer) -> None:
        for block in layer.floorplan.blocks if layer.floorplan is not None else ():
            found[f"{owner}/{block.name}"] = float(block.outline.area)

    for layer in package.layers:
        take(layer.name, layer)
        for chiplet in layer.chiplets:
            for inner in dies[chiplet.die].layers:
                take(chiplet.name, inner)
    return found
