"""Conductivity and leakage that depend on temperature: Kirchhoff's transform, Lambert's function."""

from __future__ import annotations

from floorplans.schema import ZERO_CELSIUS
from thermal.clock import Progress
from thermal.mesh.resolution import Resolution
from thermal.runaway import runaway_margin
from thermal.steady import solve
from thermal.verification import (
    LayeredStack,
    LumpedLeakage,
    PowerLawTransform,
    RectSource,
    StackLayer,
    slab,
)
from thermal.verify.check import Case, Check
from thermal.verify.designs import ExactBlock, design_of, heated, series_of
from thermal.verify.slabs import ADIABATIC, DIE, ITERATION

EXPONENT, REFERENCE = 1.3, 300.0
"""Silicon from 300 K up, about."""
FIXED = 1e10
"""W/(m2 K). Kirchhoff's transform asks for a face at a fixed temperature: this film drops a millikelvin."""
BLOCK = LayeredStack((0.004, 0.004), (StackLayer(5e-4, 148.0, 148.0, 148.0),), FIXED, 0.0, 300.0, 300.0)
SOURCES = (
    ExactBlock("core", "compute", RectSource(0, (0.0004, 0.0005, 0.0022, 0.0024), 150.0)),
    ExactBlock("serdes", "analog", RectSource(0, (0.0029, 0.0027, 0.0032, 0.0029), 6.0)),
)

LEAK = {"power_w": 10.0, "at_c": 85.0, "beta_per_k": 0.02}
DYNAMIC = 100.0
FOLD = 1e-3
"""Of the threshold, relative: how exactly the search for the fold stops."""


def _kirchhoff(progress: Progress) -> tuple[Check, ...]:
    law = {"power": {"exponent": EXPONENT, "reference_c": REFERENCE - ZERO_CELSIUS}}
    mesh = Resolution(base=32, other=16)
    found = solve(design_of(BLOCK, SOURCES, {0: law}), resolution=mesh, progress=progress)
    exact = series_of(BLOCK, SOURCES, 1e-3)
    transform = PowerLawTransform(BLOCK.ambient_top, EXPONENT, REFERENCE)
    # What leaves through the film of one block cannot be denser than what is released below it.
    film = max(b.source.power / _area(b) for b in SOURCES) / FIXED
    checks = []
    for block in SOURCES:
        progress("sum the series", 0.5)
        here = found.metrics.block(block.address)
        hottest = exact.maximum(block.source.rect, 0)
        bar = here.error + transform.slope(hottest.value) * (hottest.error + film)
        checks.append(
            Check(f"{block.name}, hottest", "K", transform.temperature(hottest.value), here.t_max, bar)
        )
    return tuple(checks)


def _area(block: ExactBlock) -> float:
    x0, y0, x1, y1 = block.source.rect
    return (x1 - x0) * (y1 - y0)


def _leakage(progress: Progress) -> tuple[Check, ...]:
    blocks = heated(ADIABATIC, {DIE: DYNAMIC})
    address = blocks[0].address
    mesh = Resolution(base=6, other=2)
    design = design_of(ADIABATIC, blocks, leakage={address: LEAK | {"model": "block-mean"}})
    found = solve(design, resolution=mesh, tolerance=1e-10, progress=progress)
    resistance = slab(ADIABATIC, {DIE: 1.0}).mean(DIE) - ADIABATIC.ambient_top
    power, at, beta = LEAK["power_w"], LEAK["at_c"] + ZERO_CELSIUS, LEAK["beta_per_k"]
    exact = LumpedLeakage(resistance, ADIABATIC.ambient_top, power, at, beta)
    block = found.metrics.block(address)
    mean = exact.temperature(DYNAMIC)
    # One kelvin of error warms the die by 1 / (1 - loop gain) in the end.
    gain = beta * resistance * exact.leakage(mean)
    bar = block.error + ITERATION / (1.0 - gain)
    total = DYNAMIC + exact.leakage(mean)
    hottest = slab(ADIABATIC, {DIE: total}).maximum(DIE)[0]
    margin = runaway_margin(design, resolution=mesh, progress=progress).power
    threshold = float("nan") if margin is None else DYNAMIC + margin
    return (
        Check("die, mean", "K", mean, block.t_avg, bar),
        Check("die, hottest", "K", hottest, block.t_max, bar),
        Check(
            "heat with leakage",
            "W",
            total,
            found.evidence.power,
            beta * exact.leakage(mean) * bar + ITERATION,
        ),
        Check("runaway threshold", "W", exact.threshold, threshold, FOLD * exact.threshold),
    )


CASES = (
    Case("kirchhoff", "k(T) of silicon over 77 K of rise: Kirchhoff's transform", _kirchhoff),
    Case("leakage", "exponential leakage: Lambert's function, and where it runs away", _leakage),
)
