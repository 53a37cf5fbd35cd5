"""Random layered packages with exact solutions, for the study of error bars."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from thermal.verification import FourierSeries, LayeredStack, RectSource, StackLayer, slab

UM = 1e-6
ZERO_C = 273.15
AMBIENT = 300.0
RISE = 40.0
# Conductivities of what packages are made of, W/(m K): 0.1 to 400, a contrast of 4000.
CONDUCTIVITIES = (0.1, 400.0)
# Small blocks, by side in um; the rest is shared out among the large ones.
ANALOG, PMIC, LARGE = (30.0, 100.0), (100.0, 300.0), (1000.0, 10000.0)
SIZE_CLASSES = (("30-100 µm", 100e-6), ("0.1-1 mm", 1e-3), ("1-10 mm", 1.0))


@dataclass(frozen=True)
class Heated:
    """A block with its source."""

    name: str
    kind: str
    source: RectSource

    @property
    def size_class(self) -> str:
        """By the shorter side."""
        x0, y0, x1, y1 = self.source.rect
        return next(name for name, most in SIZE_CLASSES if min(x1 - x0, y1 - y0) <= most * (1 + 1e-9))


@dataclass(frozen=True)
class ExactFigures:
    """Exact maximum and mean of a block, K, and what is unsure of them."""

    t_max: float
    t_avg: float
    unsure: float


@dataclass(frozen=True)
class RandomStack:
    """A layered package with blocks off the grid lines and at corners, and its exact solution."""

    stack: LayeredStack
    blocks: tuple[Heated, ...]

    @classmethod
    def drawn(cls, seed: int) -> RandomStack:
        """The case of a seed."""
        random = np.random.default_rng(seed)
        side = random.uniform(4e-3, 16e-3, 2)
        layers = _layers(random)
        device = int(random.integers(0, len(layers)))
        bottom = 0.0 if random.random() < 0.3 else float(_log_uniform(random, 5.0, 500.0))
        stack = LayeredStack(
            (float(side[0]), float(side[1])),
            layers,
            float(_log_uniform(random, 1e3, 5e4)),
            bottom,
            AMBIENT,
            AMBIENT,
        )
        blocks = _blocks(random, side, device)
        # Watts such that the layer of the blocks is as warm as in a package, were its heat spread evenly.
        warm = slab(stack, {device: sum(b.source.power for b in blocks)}).mean(device) - AMBIENT
        scale = RISE / warm
        scaled = (replace(b, source=replace(b.source, power=b.source.power * scale)) for b in blocks)
        return cls(stack, tuple(scaled))

    def exact(self) -> dict[str, ExactFigures]:
        """Exact figures of every block by its address."""
        series = FourierSeries(self.stack, [b.source for b in self.blocks], 1e-4)
        found = {}
        for block in self.blocks:
            top = series.maximum(block.source.rect, block.source.layer)
            mean = series.mean(block.source.rect, block.source.layer)
            found[block.name] = ExactFigures(top.value, mean.value, max(top.error, mean.error))
        return found

    def document(self) -> dict[str, Any]:
        """The case as the tree that a design file would hold."""
        layers: list[dict[str, Any]] = []
        for i, layer in enumerate(self.stack.layers):
            entry: dict[str, Any] = {
                "name": f"layer{i}",
                "thickness_um": layer.thickness / UM,
                "material": f"material{i}",
            }
            here = [b for b in self.blocks if b.source.layer == i]
            if here:
                entry["floorplan"] = {
                    "blocks": [
                        {
                            "name": b.name.split("/")[1],
                            "kind": b.kind,
                            "rect_um": [edge / UM for edge in b.source.rect],
                        }
                        for b in here
                    ]
                }
            layers.append(entry)
        package: dict[str, Any] = {
            "outline_mm": [s * 1e3 for s in self.stack.size],
            "ambient_c": AMBIENT - ZERO_C,
            "top": {"htc_w_m2k": self.stack.h_top},
            "layers": layers,
        }
        if self.stack.h_bottom:
            package["bottom"] = {"htc_w_m2k": self.stack.h_bottom}
        materials = {
            f"material{i}": {
                "k_w_mk": [x.kx, x.ky, x.kz],
                "density_kg_m3": 2000,
                "specific_heat_j_kgk": 700,
                "source": "random case",
            }
            for i, x in enumerate(self.stack.layers)
        }
        power = {b.name: b.source.power for b in self.blocks}
        return {"design": "random-stack", "package": package, "materials": materials, "power": power}


def _log_uniform(random: np.random.Generator, low: float, high: float) -> float:
    return float(np.exp(random.uniform(np.log(low), np.log(high))))


def _layers(random: np.random.Generator) -> tuple[StackLayer, ...]:
    layers = []
    for _ in range(int(random.integers(3, 9))):
        k = _log_uniform(random, *CONDUCTIVITIES)
        # One in three conducts otherwise along z, as boards and wiring do.
        kz = min(max(k * _log_uniform(random, 0.05, 3.0), 0.1), 400.0) if random.random() < 1 / 3 else k
        # Poor conductors are thin, as in packages; else every case would be one of burning blocks.
        thickest = min(5e-3, 5e-3 * max(min(k, kz) / 10.0, 0.005))
        layers.append(StackLayer(_log_uniform(random, 0.15e-6, thickest), k, k, kz))
    return tuple(layers)


def _blocks(random: np.random.Generator, side: np.ndarray, device: int) -> list[Heated]:
    """Two large blocks, one regulator, four analog blocks (one in a corner of the die), one without power."""
    wanted = (
        ("compute", "large0", LARGE, 20.0),
        ("compute", "large1", LARGE, 8.0),
        ("pmic", "pmic0", PMIC, 1.5),
        ("analog", "analog0", ANALOG, 0.04),
        ("analog", "analog1", ANALOG, 0.02),
        ("analog", "analog2", ANALOG, 0.01),
        ("analog", "corner", ANALOG, 0.02),
        ("sensor", "idle", ANALOG, 0.0),
    )
    blocks: list[Heated] = []
    for kind, name, (low, high), watts in wanted:
        for _ in range(200):
            extent = np.minimum([_log_uniform(random, low, high) * UM for _ in range(2)], 0.6 * side)
            corner = random.integers(0, 2, 2) * (side - extent)
            at = corner if name == "corner" else random.uniform(0.0, side - extent)
            rect = (float(at[0]), float(at[1]), float(at[0] + extent[0]), float(at[1] + extent[1]))
            if not any(_touch(rect, other.source.rect) for other in blocks):
                power = watts * random.uniform(0.3, 1.0)
                blocks.append(Heated(f"layer{device}/{name}", kind, RectSource(device, rect, power)))
                break
    return blocks


def _touch(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return all(a[i] < b[i + 2] and b[i] < a[i + 2] for i in (0, 1))
