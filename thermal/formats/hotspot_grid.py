"""The grid of a HotSpot case: its rows and columns under the die, a few cells in every rim around it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Protocol

import numpy as np

from floorplans.formats.flp import FlpUnit
from floorplans.formats.hotspot_config import HotspotOptions
from floorplans.nodes import Node
from thermal.imposed import Element, ImposedGrid, ImposedLayer

RIM = 4
"""A rim has so many times fewer cells than the die; HotSpot itself lumps each into a few nodes."""

CELLS = {"spreader": 3, "sink": 6, "chip": 2, "pcb": 3, "substrate": 2, "solder": 2}
"""Cells through a layer; powered layers have two, all others one. HotSpot has one everywhere."""


class Part(Protocol):
    """A layer of the stack as `thermal.formats.hotspot` has it."""

    @property
    def name(self) -> str:
        """Of the layer."""

    @property
    def units(self) -> tuple[FlpUnit, ...]:
        """Of its floorplan."""

    @property
    def powered(self) -> bool:
        """Whether it releases heat."""


def hotspot_grid(options: HotspotOptions, parts: Sequence[Part], root: Node) -> ImposedGrid:
    """The grid of a case whose design is at `root`."""
    layers = root.plain["package"]["layers"]
    size = root.plain["package"]["outline_mm"]
    centred = [s["outline_mm"] for s in layers if "at_mm" not in s]
    rims = [[0.5 * (size[axis] - s[axis]), 0.5 * (size[axis] + s[axis])] for s in centred for axis in (0, 1)]
    dies = [s for s in layers if "at_mm" in s]
    counts = int(options.number("grid_cols")), int(options.number("grid_rows"))
    lines = []
    for axis in (0, 1):
        low = min(s["at_mm"][axis] for s in dies)
        high = max(s["at_mm"][axis] + s["outline_mm"][axis] for s in dies)
        edges = {0.0, size[axis], low, high, *(v for rim in rims[axis::2] for v in rim)}
        lines.append(_lines(sorted(edges), (low, high), counts[axis]))
    power = root.plain["power"]
    elements, here = {}, next(p.units for p in parts if p.units)
    for part, layer in zip(parts, layers, strict=True):
        here = part.units or here
        at = layer.get("at_mm", dies[0]["at_mm"])
        elements[part.name] = ImposedLayer(
            tuple(_element(unit, here, at, power.get(f"{part.name}/{unit.name}", 0.0)) for unit in here)
        )
    return ImposedGrid(
        x=lines[0],
        y=lines[1],
        layers=elements,
        initial=float(options.number("init_temp")),
        face_nodes=False,
        weighted=True,
        cells=tuple(CELLS.get(p.name, 2 if p.powered else 1) for p in parts),
    )


def _element(unit: FlpUnit, units: Sequence[FlpUnit], at: list[float], watts: float) -> Element:
    left, low = (min(u.rect_um[axis] for u in units) for axis in (0, 1))
    x, y = at[0] * 1e-3 - left * 1e-6, at[1] * 1e-3 - low * 1e-6
    x0, y0, x1, y1 = (value * 1e-6 for value in unit.rect_um)
    return Element(unit.name, ((x + x0, y + y0, x + x1, y + y1),), (watts,))


def _lines(edges: list[float], die: tuple[float, float], count: int) -> tuple[float, ...]:
    """Lines in m from edges in mm: `count` cells in the die, a quarter of them in every rim."""
    kept = [edges[0]]
    kept += [edge for edge in edges[1:] if edge - kept[-1] > 1e-9 * edges[-1]]
    found = [np.array(kept[:1])]
    for low, high in pairwise(kept):
        inside = low >= die[0] - 1e-9 and high <= die[1] + 1e-9
        n = round(count * (high - low) / (die[1] - die[0])) if inside else round(count / RIM)
        found.append(np.linspace(low, high, max(1, n) + 1)[1:])
    return tuple(float(v) for v in np.concatenate(found) / 1e3)
