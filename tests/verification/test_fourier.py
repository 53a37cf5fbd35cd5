"""Layered rectangles with small sources against the double cosine series."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from tests.verification.exact import ExactBlock, design_of, exact_figures, layer_names, series_of
from thermal import Resolution, Solution, solve
from thermal.verification import LayeredStack, RectSource, StackLayer, slab

# ---------------------------------------------------------------------- the reference case

# reference/exact/fourier_multilayer: bare-die flip chip, six layers, one source of 50 x 50 um. Maximum and
# mean of the blocks (error 3e-6 K) and points, from 16000 x 16000 modes summed term by term.
FLIP_CHIP = LayeredStack(
    (0.012, 0.01),
    (
        StackLayer(1e-5, 120.0, 120.0, 120.0),
        StackLayer(4.9e-4, 130.0, 130.0, 130.0),
        StackLayer(5e-5, 4.0, 4.0, 4.0),
        StackLayer(1.5e-3, 390.0, 390.0, 390.0),
        StackLayer(8e-5, 3.0, 3.0, 3.0),
        StackLayer(4e-3, 205.0, 205.0, 205.0),
    ),
    8000.0,
    50.0,
    298.15,
    298.15,
)
FLIP_CHIP_BLOCKS = [
    ExactBlock("cpu", "compute", RectSource(0, (0.0015, 0.0055, 0.0045, 0.0085), 18.0)),
    ExactBlock("gpu", "compute", RectSource(0, (0.006, 0.001, 0.011, 0.005), 22.0)),
    ExactBlock("analog", "analog", RectSource(0, (0.008875, 0.007775, 0.008925, 0.007825), 0.1)),
]
FLIP_CHIP_FIGURES = {
    "cpu": (380.6443544217932, 375.420333192474),
    "gpu": (373.4290601606112, 369.68313302937713),
    "analog": (361.8968612032145, 360.3753891999316),
}
FLIP_CHIP_POINTS = {
    (0.003, 0.007, 0.000255): 377.19160623257994,
    (0.003, 0.007, 0.0013): 357.5256794175518,
    (0.0085, 0.003, 5e-6): 373.36280788992246,
    (0.0089, 0.0078, 5e-6): 361.6138216634406,
    (0.0089, 0.0078, 0.000525): 354.12949214718554,
    (0.0, 0.0, 5e-6): 353.0406975798965,
    (0.012, 0.0, 5e-6): 360.6531025762607,
    (0.0, 0.01, 0.00413): 343.0505941631369,
}
FLIP_CHIP_LAYERS = {"layer0": 361.4775581336712, "layer2": 358.1520416492686, "layer5": 342.7542768223355}
WANTED = 0.1
"""K: what the issue asks of every block, the 50 um one included, within half a million cells."""


@pytest.fixture(scope="module")
def flip_chip() -> Solution:
    return solve(design_of(FLIP_CHIP, FLIP_CHIP_BLOCKS))


@pytest.mark.parametrize("block", FLIP_CHIP_FIGURES)
def test_every_block_of_the_reference_case_is_met(flip_chip, block):
    assert flip_chip.evidence.cells <= 500_000
    found = flip_chip.metrics.block(f"layer0/{block}")
    hottest, mean = FLIP_CHIP_FIGURES[block]
    assert found.t_max == pytest.approx(hottest, abs=WANTED)
    assert found.t_avg == pytest.approx(mean, abs=WANTED)
    assert max(abs(found.t_max - hottest), abs(found.t_avg - mean)) <= found.error


def test_points_and_layers_of_the_reference_case_are_met(flip_chip):
    for place, exact in FLIP_CHIP_POINTS.items():
        assert float(flip_chip.at(*place)) == pytest.approx(exact, abs=WANTED), place
    found = {layer.name: layer.t_avg for layer in flip_chip.metrics.layers}
    for name, exact in FLIP_CHIP_LAYERS.items():
        # Means over whole layers are one-dimensional, so only the reconstruction between cells errs.
        assert found[name] == pytest.approx(exact, abs=2e-3)
    assert flip_chip.evidence.heat_top == pytest.approx(39.72000759563636, abs=1e-3)


def test_reference_case_converges(flip_chip):
    design = design_of(FLIP_CHIP, FLIP_CHIP_BLOCKS)
    finer = solve(design, resolution=Resolution().refined())

    def worst(solution: Solution) -> float:
        blocks = {name: solution.metrics.block(f"layer0/{name}") for name in FLIP_CHIP_FIGURES}
        return max(
            max(abs(blocks[name].t_max - hottest), abs(blocks[name].t_avg - mean))
            for name, (hottest, mean) in FLIP_CHIP_FIGURES.items()
        )

    # Halving the cells takes at least half of the error (first order at 2:1 faces, second elsewhere).
    assert worst(finer) <= 0.6 * worst(flip_chip)


# ---------------------------------------------------------------------- eight layers

EIGHT = (
    StackLayer(1.2e-3, 15.0, 15.0, 0.5),
    StackLayer(8e-5, 0.9, 0.9, 1.6),
    StackLayer(8e-6, 2.0, 2.0, 1.2),
    StackLayer(2e-6, 120.0, 120.0, 120.0),
    StackLayer(7.6e-4, 130.0, 130.0, 130.0),
    StackLayer(6e-5, 4.0, 4.0, 4.0),
    StackLayer(2e-3, 390.0, 390.0, 390.0),
    StackLayer(4e-3, 205.0, 205.0, 205.0),
)
DEVICE = 3


def eight_layers(seed: int) -> tuple[LayeredStack, list[ExactBlock]]:
    """A 10 x 10 mm package: two big blocks, a 200 um PMIC of 1.5 W, analog blocks of 30-60 um and 5-40 mW."""
    random = np.random.default_rng(seed)
    stack = LayeredStack((0.01, 0.01), EIGHT, float(random.uniform(4e3, 3e4)), 15.0, 308.15, 308.15)
    blocks = [
        _block("cpu", "compute", 500, 500, 4000, 4000, random.uniform(20, 40)),
        _block("gpu", "compute", 5200, 700, 4100, 3400, random.uniform(5, 20)),
    ]
    left = int(random.integers(1000, 9000))
    blocks.append(_block("pmic", "pmic", left, 6100, 200, 200, 1.5))
    blocks.append(_block("beside-pmic", "analog", left + 202, 6100, 40, 40, 0.01))
    x = 500
    for index in range(5):
        x += int(random.integers(300, 1700))
        wide, deep = (int(side) for side in random.integers(30, 61, 2))
        y = int(random.integers(7000, 9500))
        blocks.append(_block(f"analog{index}", "analog", x, y, wide, deep, random.uniform(0.005, 0.04)))
    blocks.append(_block("between", "analog", 4600, 2000, 40, 40, 0.02))
    blocks.append(_block("idle", "sensor", 4770, 4600, 30, 30, 0.0))
    blocks.append(_block("corner", "analog", 0, 9970, 50, 30, 0.03))
    return stack, blocks


def _block(name: str, kind: str, x: int, y: int, wide: int, deep: int, watts: float) -> ExactBlock:
    """From micrometres, as a design file has them."""
    rect = (x * 1e-6, y * 1e-6, (x + wide) * 1e-6, (y + deep) * 1e-6)
    return ExactBlock(name, kind, RectSource(DEVICE, rect, float(watts)))


@dataclass(frozen=True)
class Compared:
    """A solution and, by block, how far its maximum and mean are off and what it says of its error, K."""

    solution: Solution
    kinds: dict[str, str]
    off: dict[str, float]
    bars: dict[str, float]


def compared(stack: LayeredStack, blocks: list[ExactBlock], **options: Any) -> Compared:
    solution, exact = solve(design_of(stack, blocks), **options), series_of(stack, blocks)
    off, bars = {}, {}
    for block in blocks:
        found = solution.metrics.block(f"layer{block.source.layer}/{block.name}")
        hottest, mean = exact_figures(exact, block)
        off[block.name] = max(abs(found.t_max - hottest.value), abs(found.t_avg - mean.value)) - hottest.error
        bars[block.name] = found.error
    return Compared(solution, {block.name: block.kind for block in blocks}, off, bars)


@pytest.fixture(scope="module", params=(1, 2))
def package(request) -> Compared:
    # A tenth of a kelvin at the regulator takes more than the default gives it: half a million cells, put
    # where they are needed. A coarse start leaves most of them to refinement.
    return compared(
        *eight_layers(request.param), resolution=Resolution(scale=2.0), refine=True, max_cells=500_000
    )


def test_small_blocks_of_an_eight_layer_package_are_met(package):
    assert package.solution.evidence.cells <= 500_000
    small = {name: round(off, 4) for name, off in package.off.items() if package.kinds[name] != "compute"}
    assert {name: off for name, off in small.items() if off > WANTED} == {}


def test_error_bars_contain_the_exact_answer():
    # A bar of two standard deviations, as it were: benchmarks/coverage.py has the study of 200 cases.
    short: dict[tuple[int, str], tuple[float, float]] = {}
    blocks = 0
    for seed in (1, 2, 3):
        package = compared(*eight_layers(seed))
        blocks += len(package.off)
        both = {(seed, name): (round(off, 4), package.bars[name]) for name, off in package.off.items()}
        short |= {key: pair for key, pair in both.items() if pair[0] > pair[1]}
    assert len(short) <= 0.05 * blocks, short
    assert all(off <= 2.0 * bar for off, bar in short.values()), short


def test_error_bar_where_errors_of_plane_and_height_cancel():
    package = compared(*eight_layers(20))
    assert package.off["analog4"] <= package.bars["analog4"]


def test_error_bars_are_of_use(package):
    # A bar that is honest because it is huge decides nothing: 2 % of the hottest rise at most.
    rise = package.solution.metrics.t_max - package.solution.scene.ambient
    assert max(package.bars.values()) < 0.02 * rise


def test_contacts_orthotropy_and_two_ambients():
    layers = (
        StackLayer(4e-4, 15.0, 12.0, 0.5),
        StackLayer(3e-5, 100.0, 140.0, 120.0, contact_below=4e-6),
        StackLayer(5e-4, 130.0, 110.0, 120.0),
        StackLayer(1e-3, 390.0, 300.0, 200.0, contact_below=1e-5),
    )
    stack = LayeredStack((0.010, 0.007), layers, 9000.0, 60.0, 300.0, 320.0)
    blocks = [
        ExactBlock("big", "compute", RectSource(1, (0.001, 0.001, 0.005, 0.004), 9.0)),
        ExactBlock("pll", "analog", RectSource(1, (0.0062, 0.0040, 0.0064, 0.0042), 0.6)),
        ExactBlock("hub", "compute", RectSource(3, (0.004, 0.002, 0.009, 0.006), 3.0)),
    ]
    package = compared(stack, blocks, resolution=Resolution(growth=0.35, growth_z=0.12))
    for name, off in package.off.items():
        assert off <= max(package.bars[name], 1e-3), name
        assert off <= WANTED, name
    means = {layer.name: layer.t_avg for layer in package.solution.metrics.layers}
    exact = slab(stack, {1: 9.6, 3: 3.0})
    for index, name in enumerate(layer_names(stack)):
        assert means[name] == pytest.approx(exact.mean(index), abs=2e-3)
