"""Published packages of chiplets and stacks, against converged finite-volume values of others.

The values are code-to-code: tensor-grid finite volumes made when the cases were collected. Their own
convergence is in the tables, and the tolerances are taken from it.
"""

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.verification.boxes import Box, Heat, box_design
from tests.verification.exact import ExactBlock, design_of, exact_figures, series_of
from thermal import Resolution, Solution, solve
from thermal.verification import LayeredStack, RectSource, StackLayer

# ---------------------------------------------------------------------- MFIT: four chiplets on an interposer

# github.com/AlishKanani/MFIT, commit 2a51da43558cb3a498a2e0b5b28679ceec06b01d (numbers only); Pfromm et al.,
# TODAES 2025, arXiv 2410.09188. Example 1: 12 W in four chiplets of 1.5 mm with void between them. z and
# rectangles in mm.
CORNERS = [(2.5, 4.0, 2.5, 4.0), (2.5, 4.0, 5.5, 7.0), (5.5, 7.0, 2.5, 4.0), (5.5, 7.0, 5.5, 7.0)]
WHOLE, INNER = [(0.0, 9.5, 0.0, 9.5)], [(2.0, 7.5, 2.0, 7.5)]
MFIT = [
    (0.000, 1.000, WHOLE, (20.68, 20.68, 0.3783)),
    (1.000, 1.080, INNER, (0.6431, 0.6431, 2.348)),
    (1.080, 1.180, INNER, (150.0, 150.0, 150.0)),
    (1.180, 1.205, CORNERS, (30.94, 30.94, 30.94)),
    (1.205, 1.305, CORNERS, (150.0, 150.0, 150.0)),
    (1.305, 1.355, CORNERS, (10.0, 10.0, 10.0)),
    (1.355, 1.855, WHOLE, (398.0, 398.0, 398.0)),
]
# Chiplet layer, K: mean, and maximum on three meshes (the last has 0.7 to 0.8 million cells).
MFIT_VALUES = {
    "ex1_uniform": (403.440, (403.990, 403.920, 403.900)),
    "ex2_tiles_txrx": (451.223, (454.811, 454.335, 454.267)),
    "ex3_hetero": (419.313, (420.766, 420.702, 420.687)),
}
TOP, BOTTOM, AMBIENT = {"htc_w_m2k": 1400.0}, {"htc_w_m2k": 25.0}, 300.0


def chiplet_layer(solution: Solution, z0: float) -> tuple[float, float]:
    """Mean over the material, and maximum, of the layer whose foot is at `z0`."""
    extent = next(x for x in solution.scene.layers if abs(x.z0 - z0) < 1e-9)
    found = next(x for x in solution.metrics.layers if x.name == extent.name)
    return found.t_avg, found.t_max


def check(solution: Solution, name: str) -> None:
    mean, maxima = MFIT_VALUES[name]
    found_mean, found_max = chiplet_layer(solution, 1.205e-3)
    # What the last of their meshes changed by, and our own error bar.
    own = max(block.error for block in solution.metrics.blocks)
    slack = (maxima[1] - maxima[2]) + own
    assert own < 0.5
    assert found_max == pytest.approx(maxima[2], abs=slack)
    assert found_mean == pytest.approx(mean, abs=slack)


def test_mfit_uniform_chiplets():
    mm = 1e-3
    boxes = [
        Box((x0 * mm, x1 * mm), (y0 * mm, y1 * mm), (low * mm, high * mm), k)
        for low, high, rects, k in MFIT
        for x0, x1, y0, y1 in rects
    ]
    heats = [Heat(box.x, box.y, box.z, 3.0) for box in boxes if box.z == (1.205 * mm, 1.305 * mm)]
    check(solve(box_design(boxes, heats, TOP, BOTTOM, AMBIENT)), "ex1_uniform")


@pytest.mark.parametrize("name", MFIT_VALUES)
def test_mfit_examples_of_the_reference_folder(name, reference):
    case = json.loads((reference / "published" / "mfit_chiplets_2x2" / f"{name}.json").read_text())
    boxes = [Box((b[0], b[1]), (b[2], b[3]), (b[4], b[5]), tuple(b[6:9])) for b in case["boxes"]]
    heats = [
        Heat((b[0], b[1]), (b[2], b[3]), (b[4], b[5]), entry["W"])
        for entry in case["power"]
        for b in [entry["box"]]
    ]
    check(solve(box_design(boxes, heats, TOP, BOTTOM, AMBIENT)), name)


# ---------------------------------------------------------------------- PACT: a hot spot of 1000 W/cm2

# github.com/peaclab/PACT, commit 8d78eb81c41e6dce64b27e06f95426485dd8ed36 (numbers only); Yuan et al., TCAD
# 2021. Die of 100 um under 10 um of 400 W/mK; peak in C by independent finite volumes, the die heated
# throughout.
PACT = {1e4: 229.163, 1e5: 102.930}
SILICON = 129.87012987012986


def pact(coefficient: float) -> tuple[LayeredStack, list[ExactBlock]]:
    layers = (StackLayer(1e-4, SILICON, SILICON, SILICON), StackLayer(1e-5, 400.0, 400.0, 400.0))
    stack = LayeredStack((0.01, 0.01), layers, coefficient, 0.0, 318.15, 318.15)
    rects = {
        "south": ((0.0, 0.0, 0.01, 0.0045), 22.5),
        "west": ((0.0, 0.0045, 0.0045, 0.0055), 2.25),
        "spot": ((0.0045, 0.0045, 0.0055, 0.0055), 10.0),
        "east": ((0.0055, 0.0045, 0.01, 0.0055), 2.25),
        "north": ((0.0, 0.0055, 0.01, 0.01), 22.5),
    }
    return stack, [ExactBlock(name, "compute", RectSource(0, rect, w)) for name, (rect, w) in rects.items()]


@pytest.mark.parametrize("coefficient", PACT)
def test_pact_hot_spot(coefficient):
    stack, blocks = pact(coefficient)
    spot = blocks[2]
    exact, _ = exact_figures(series_of(stack, blocks, 1e-3), spot)
    # Theirs is the maximum of cell centres, its mesh is not stated; PACT's meshes differ by 0.2 to 0.9 K.
    assert exact.value - 273.15 == pytest.approx(PACT[coefficient], abs=0.5)
    fine = [replace(b, kind="pmic") if b is spot else b for b in blocks]
    found = solve(design_of(stack, fine)).metrics.block("layer0/spot")
    assert abs(found.t_max - exact.value) <= found.error + exact.error
    assert found.t_max == pytest.approx(exact.value, abs=0.5)


# ---------------------------------------------------------------------- ThermoSim: two stacked SoCs of 2.3 kW


def test_thermosim_stack(reference):
    folder = reference / "published" / "thermosim_chip_stack"
    case = json.loads((folder / "case.json").read_text())
    boxes, heats = [], []
    for entry in sorted(case["boxes"], key=lambda b: b["priority"]):
        low = np.array(entry["origin_m"])
        high = low + np.array(entry["size_m"])
        x, y, z = ((float(a), float(b)) for a, b in zip(low, high, strict=True))
        boxes.append(Box(x, y, z, tuple(entry["k_W_mK"])))
        if "power_map" in entry:
            heats += _two_sheets(folder / entry["power_map"], x, y, z, entry["power_face"])
    design = box_design(boxes, heats, {"htc_w_m2k": 60000.0}, {"htc_w_m2k": 20.0}, ambient=293.15)
    # Four cells across each of the 676 active rectangles of 0.77 mm, which the default takes as well.
    solution = solve(design, resolution=Resolution(base=150, other=4))
    assert solution.evidence.power == pytest.approx(2298.64, abs=0.01)
    # Independent finite volumes were within 1.4 K of the peak (126.48 C, elements).
    assert solution.metrics.t_max - 273.15 == pytest.approx(126.48, abs=1.4)


def _two_sheets(
    path: Path, x: tuple[float, float], y: tuple[float, float], z: tuple[float, float], face: str
) -> list[Heat]:
    """Background and active rectangles overlap, so each has half of the layer: the latter at their face."""
    middle = (z[0] + z[1]) / 2
    near, far = ((middle, z[1]), (z[0], middle)) if face == "Top" else ((z[0], middle), (middle, z[1]))
    with path.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    heats = []
    for row in rows:
        left, low = x[0] + float(row["x_m"]), y[0] + float(row["y_m"])
        right, high = left + float(row["width_m"]), low + float(row["height_m"])
        span = far if row["block"] == "Background" else near
        heats.append(Heat((left, right), (low, high), span, float(row["power_W"])))
    return heats
