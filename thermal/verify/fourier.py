"""Layered packages with small sources against double cosine series."""

from __future__ import annotations

from collections.abc import Sequence

from thermal.clock import Progress
from thermal.mesh.resolution import Resolution
from thermal.steady import solve
from thermal.verification import LayeredStack, RectSource, StackLayer
from thermal.verify.check import Case, Check
from thermal.verify.designs import ExactBlock, design_of, series_of

PACKAGE = LayeredStack(
    (0.01, 0.01),
    (
        StackLayer(1.2e-3, 15.0, 15.0, 0.5),
        StackLayer(8e-5, 0.9, 0.9, 1.6),
        StackLayer(8e-6, 2.0, 2.0, 1.2),
        StackLayer(2e-6, 120.0, 120.0, 120.0),
        StackLayer(7.6e-4, 130.0, 130.0, 130.0),
        StackLayer(6e-5, 4.0, 4.0, 4.0),
        StackLayer(2e-3, 390.0, 390.0, 390.0),
        StackLayer(4e-3, 205.0, 205.0, 205.0),
    ),
    12000.0,
    15.0,
    308.15,
    308.15,
)
DIE = LayeredStack(
    (0.006, 0.005),
    (
        StackLayer(5e-4, 15.0, 15.0, 0.5),
        StackLayer(4e-4, 130.0, 130.0, 130.0, contact_below=2e-6),
        StackLayer(1e-3, 390.0, 390.0, 390.0),
    ),
    8000.0,
    50.0,
    300.0,
    310.0,
)


def _block(name: str, kind: str, layer: int, rect_um: Sequence[float], watts: float) -> ExactBlock:
    x0, y0, x1, y1 = (edge * 1e-6 for edge in rect_um)
    return ExactBlock(name, kind, RectSource(layer, (x0, y0, x1, y1), watts))


PACKAGE_BLOCKS = (
    _block("cpu", "compute", 3, (500, 500, 4500, 4500), 30.0),
    _block("pmic", "pmic", 3, (7130, 6100, 7330, 6300), 1.5),
    _block("beside-pmic", "analog", 3, (7332, 6100, 7372, 6140), 0.010),
    _block("pll", "analog", 3, (2113, 8117, 2143, 8157), 0.020),
)
DIE_BLOCKS = (
    _block("core", "compute", 1, (500, 700, 3100, 3300), 6.0),
    _block("serdes", "analog", 1, (4310, 2150, 4610, 2350), 0.4),
)


def _run(
    stack: LayeredStack,
    blocks: Sequence[ExactBlock],
    resolution: Resolution,
    tolerance: float,
    maxima: bool,
    progress: Progress,
) -> tuple[Check, ...]:
    found = solve(design_of(stack, blocks), resolution=resolution, progress=progress)
    exact = series_of(stack, blocks, tolerance)
    checks = []
    for done, block in enumerate(blocks):
        progress("sum the series", done / len(blocks))
        rect, layer = block.source.rect, block.source.layer
        here = found.metrics.block(block.address)
        if maxima:
            hottest = exact.maximum(rect, layer)
            bar = here.error + hottest.error
            checks.append(Check(f"{block.name}, hottest", "K", hottest.value, here.t_max, bar))
        mean = exact.mean(rect, layer)
        checks.append(Check(f"{block.name}, mean", "K", mean.value, here.t_avg, here.error + mean.error))
    return tuple(checks)


CASES = (
    Case(
        "fourier",
        "eight layers; 30 W, a 200 µm PMIC, analog blocks of 40 µm",
        lambda progress: _run(PACKAGE, PACKAGE_BLOCKS, Resolution(), 1e-4, True, progress),
    ),
    Case(
        "fourier-die",
        "three layers with a contact, 6 W and a SerDes, coarse mesh",
        lambda progress: _run(DIE, DIE_BLOCKS, Resolution(base=16, analog=4, other=4), 1e-3, False, progress),
        quick=True,
    ),
)
