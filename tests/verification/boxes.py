"""Designs made of axis-aligned boxes, as published cases list them: SI, later boxes win, void outside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from tests.verification.exact import KELVIN
from thermal.design import Design


@dataclass(frozen=True)
class Box:
    """Corners in m, conductivities in W/(m K)."""

    x: tuple[float, float]
    y: tuple[float, float]
    z: tuple[float, float]
    k: tuple[float, float, float]


@dataclass(frozen=True)
class Heat:
    """Watts spread uniformly over a box that fills one or more of the layers between z-planes."""

    x: tuple[float, float]
    y: tuple[float, float]
    z: tuple[float, float]
    watts: float


def box_design(
    boxes: Sequence[Box],
    heats: Sequence[Heat],
    top: dict[str, float],
    bottom: dict[str, float],
    ambient: float,
) -> Design:
    """One package layer between every two z-planes of the boxes, void but for its regions."""
    x0, x1 = min(b.x[0] for b in boxes), max(b.x[1] for b in boxes)
    y0, y1 = min(b.y[0] for b in boxes), max(b.y[1] for b in boxes)

    def rect(part: Box | Heat) -> list[float]:
        corners = (part.x[0] - x0, part.y[0] - y0, part.x[1] - x0, part.y[1] - y0)
        return [round(corner * 1e6, 4) for corner in corners]

    spans = [box.z for box in boxes] + [heat.z for heat in heats]
    planes = merged(np.array(spans).ravel())
    kinds = sorted({b.k for b in boxes})
    layers: list[dict[str, object]] = []
    power: dict[str, float] = {}
    for number, (low, high) in enumerate(pairwise(planes)):
        middle = (low + high) / 2
        here = [b for b in boxes if b.z[0] < middle < b.z[1]]
        hot = [(i, h) for i, h in enumerate(heats) if h.z[0] < middle < h.z[1]]
        blocks = [{"name": f"heat{i}", "rect_um": rect(h)} for i, h in hot]
        power |= {
            f"layer{number}/heat{i}": h.watts * float(high - low) / (h.z[1] - h.z[0])
            for i, h in hot
            if h.watts
        }
        layer: dict[str, object] = {
            "name": f"layer{number}",
            "thickness_um": round(float(high - low) * 1e6, 6),
            "material": "void",
            "regions": [{"rect_um": rect(b), "material": f"k{kinds.index(b.k)}"} for b in here],
        }
        layers.append(layer | ({"floorplan": {"blocks": blocks}} if blocks else {}))
    return Design.from_dict(
        {
            "design": "boxes",
            "package": {
                "outline_mm": [round((x1 - x0) * 1e3, 6), round((y1 - y0) * 1e3, 6)],
                "ambient_c": ambient - KELVIN,
                "top": top,
                "bottom": bottom,
                "layers": layers,
            },
            "materials": {
                f"k{i}": {
                    "k_w_mk": list(k),
                    "density_kg_m3": 2000,
                    "specific_heat_j_kgk": 700,
                    "source": "published case",
                }
                for i, k in enumerate(kinds)
            },
            "power": power,
        }
    )


def merged(heights: np.ndarray) -> list[float]:
    """Increasing heights, those nearer than 0.1 nm taken for one."""
    planes: list[float] = []
    for height in np.sort(heights):
        if not planes or height - planes[-1] > 1e-10:
            planes.append(float(height))
    return planes
