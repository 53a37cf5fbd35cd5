"""Random 2.5D packages: chiplets of different sizes and heights, off the grid, in void or mould."""

from __future__ import annotations

from typing import Any

import numpy as np

# Analog, regulator and large blocks of every chiplet: kind, side in um, watts.
BLOCKS = (
    ("compute", "core", (0.3, 0.6), 12.0),
    ("pmic", "ivr", (100.0, 300.0), 0.8),
    ("analog", "pll", (30.0, 100.0), 0.02),
    ("sensor", "diode", (30.0, 60.0), 0.0),
)


def drawn(seed: int) -> dict[str, Any]:
    """The package of a seed, as the tree that a design file would hold."""
    random = np.random.default_rng(seed)
    side = random.uniform(14.0, 30.0, 2)
    chiplets, dies, power = [], {}, {}
    for i, (x, y, wide, deep) in enumerate(_places(random, side)):
        die, name = f"die{i}", f"c{i}"
        dies[die] = _die(random, wide, deep)
        chiplets.append({"die": die, "name": name, "at_mm": [x, y]})
        for _, block, _, watts in BLOCKS:
            power[f"{name}/{block}"] = float(watts * random.uniform(0.3, 1.0)) if watts else 0.0
    inner = (side * 0.9).tolist()
    fill = "void" if random.random() < 0.5 else "mold-compound"
    htc = float(random.uniform(2e3, 2e4))
    layers: list[dict[str, Any]] = [
        {
            "name": "substrate",
            "thickness_um": float(random.uniform(400, 1500)),
            "material": "organic-substrate",
        },
        {"name": "interposer", "thickness_um": 100.0, "material": "silicon", "outline_mm": inner},
        {"name": "dies", "fill": fill, "outline_mm": inner, "chiplets": chiplets},
        {
            "name": "tim",
            "thickness_um": float(random.uniform(30, 150)),
            "material": "tim-grease",
            "outline_mm": inner,
        },
        {"name": "lid", "thickness_um": float(random.uniform(500, 3000)), "material": "copper"},
    ]
    package = {
        "outline_mm": side.tolist(),
        "ambient_c": 30,
        "top": {"htc_w_m2k": htc},
        "bottom": {"htc_w_m2k": float(random.uniform(5, 100))},
        "layers": layers,
    }
    return {"design": f"random-package-{seed}", "package": package, "dies": dies, "power": power}


def _places(random: np.random.Generator, side: np.ndarray) -> list[tuple[float, float, float, float]]:
    """Chiplets in mm in the frame of the package, on the interposer, apart from one another."""
    places: list[tuple[float, float, float, float]] = []
    low, high = 0.05 * side, 0.95 * side
    for _ in range(400):
        if len(places) == 4:
            break
        extent = random.uniform(3.0, 0.42 * side.min(), 2)
        at = random.uniform(low, high - extent)
        box = (float(at[0]), float(at[1]), float(extent[0]), float(extent[1]))
        if all(_apart(box, other) for other in places):
            places.append(box)
    return places


def _apart(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return any(a[k] + a[k + 2] + 0.1 < b[k] or b[k] + b[k + 2] + 0.1 < a[k] for k in (0, 1))


def _die(random: np.random.Generator, wide: float, deep: float) -> dict[str, Any]:
    size = np.array([wide, deep]) * 1e3
    blocks: list[dict[str, Any]] = []
    for kind, name, span, _ in BLOCKS:
        for _ in range(400):
            extent = random.uniform(*span, 2) * (size if kind == "compute" else 1.0)
            at = random.uniform(0.0, size - extent)
            rect = [*at.tolist(), *(at + extent).tolist()]
            if all(not _touch(rect, other["rect_um"]) for other in blocks):
                blocks.append({"name": name, "kind": kind, "rect_um": rect})
                break
    bulk = float(random.uniform(100, 700))
    return {
        "outline_mm": [wide, deep],
        "layers": [
            {"name": "ubump", "thickness_um": 30, "material": "ubump-underfill"},
            {"name": "device", "thickness_um": 5, "material": "silicon", "floorplan": {"blocks": blocks}},
            {"name": "bulk", "thickness_um": bulk, "material": "silicon"},
        ],
    }


def _touch(a: list[float], b: list[float]) -> bool:
    return all(a[k] < b[k + 2] and b[k] < a[k + 2] for k in (0, 1))
