"""Stacks heated evenly in their plane: one-dimensional conduction, in closed form."""

from __future__ import annotations

from thermal.clock import Progress
from thermal.mesh.resolution import Resolution
from thermal.steady import solve
from thermal.verification import LayeredStack, StackLayer, slab
from thermal.verify.check import Case, Check
from thermal.verify.designs import design_of, heated

LAYERS = (
    StackLayer(1e-3, 15.0, 15.0, 0.5),
    StackLayer(75e-6, 0.9, 0.9, 1.6),
    StackLayer(775e-6, 130.0, 130.0, 130.0),
    StackLayer(50e-6, 4.0, 4.0, 4.0),
    StackLayer(2e-3, 390.0, 390.0, 390.0),
)
SIZE = (0.01, 0.01)
ADIABATIC = LayeredStack(SIZE, LAYERS, 20000.0, 0.0, 298.15, 298.15)
COOLED = LayeredStack(SIZE, LAYERS, 20000.0, 400.0, 298.15, 318.15)
DIE, WATTS = 2, 80.0

TOLERANCE = 1e-10
ITERATION = 1e-5
"""K. Finite volumes and the parabolas read between their centres are exact here; a relative residual of
1e-10 is left, times a rise of 60 K, times resistances in series that differ by 1e3."""


def _run(stack: LayeredStack, progress: Progress) -> tuple[Check, ...]:
    exact = slab(stack, {DIE: WATTS})
    found = solve(
        design_of(stack, heated(stack, {DIE: WATTS})),
        resolution=Resolution(base=6, other=2),
        tolerance=TOLERANCE,
        progress=progress,
    )
    block = found.metrics.block(f"layer{DIE}/all")
    bar = block.error + ITERATION
    heat = ITERATION * (stack.h_top + stack.h_bottom) * stack.area
    return (
        Check("die, hottest", "K", exact.maximum(DIE)[0], block.t_max, bar),
        Check("die, mean", "K", exact.mean(DIE), block.t_avg, bar),
        Check("bottom face", "K", exact.at(0.0), float(found.at(0.0033, 0.0071, 0.0)), bar),
        Check("heat through the top", "W", exact.heat_out_top, found.evidence.heat_top, heat),
    )


CASES = (
    Case(
        "slab-adiabatic",
        "five layers, one dimension, cooled at the top only",
        lambda progress: _run(ADIABATIC, progress),
        quick=True,
    ),
    Case(
        "slab-cooled",
        "five layers, one dimension, between two ambients",
        lambda progress: _run(COOLED, progress),
        quick=True,
    ),
)
