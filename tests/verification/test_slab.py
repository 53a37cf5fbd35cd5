"""One-dimensional stacks, which the finite volumes and the parabolas between their centres solve exactly.

What remains is the tolerance of the iteration: a relative residual of 1e-10 leaves about cond(A) times that,
and the boundary film and the substrate make a rise of 60 K the sum of resistances that differ by 1e3.
"""

from dataclasses import replace

import numpy as np
import pytest

from tests.verification.exact import ExactBlock, design_of, layer_names
from thermal import Resolution, solve
from thermal.verification import LayeredStack, RectSource, StackLayer, slab

SIZE = (0.01, 0.01)
WHOLE = (0.0, 0.0, *SIZE)
# reference/exact/slab1d: 80 W in the die of a five-layer stack; closed form with 40 digits.
LAYERS = (
    StackLayer(1e-3, 15.0, 15.0, 0.5),
    StackLayer(75e-6, 0.9, 0.9, 1.6),
    StackLayer(775e-6, 130.0, 130.0, 130.0),
    StackLayer(50e-6, 4.0, 4.0, 4.0),
    StackLayer(2e-3, 390.0, 390.0, 390.0),
)
ADIABATIC_BOTTOM = LayeredStack(SIZE, LAYERS, 20000.0, 0.0, 298.15, 298.15)
WARM_BOTTOM = LayeredStack(SIZE, LAYERS, 20000.0, 400.0, 298.15, 318.15)
# z (m) -> K
POINTS = {
    "adiabatic bottom": (
        ADIABATIC_BOTTOM,
        {0.0: 354.6371794871795, 0.0014625: 354.04102564102567, 0.001875: 347.2525641025641, 0.0039: 338.15},
        {"layer0": 354.6371794871795, "layer2": 353.8423076923077, "layer4": 340.2012820512821},
        354.6371794871795,
        (80.0, 0.0),
    ),
    "warm bottom": (
        WARM_BOTTOM,
        {
            0.0: 337.8921588043716,
            0.0010375: 353.87096858665984,
            0.0014625: 353.48343620710216,
            0.0039: 337.75515682391256,
        },
        {"layer0": 345.78902232612023, "layer2": 353.2847182583842, "layer4": 339.78619050719016},
        354.056283678102,
        (79.21031364782513, 0.789686352174863),
    ),
}
COARSE = Resolution(base=6, other=2)
ITERATION = 1e-6
"""K; see the module."""


def heated(stack: LayeredStack, watts: dict[int, float]) -> list[ExactBlock]:
    """One block over each heated layer."""
    return [
        ExactBlock("all", "other", RectSource(layer, (0, 0, *stack.size), w)) for layer, w in watts.items()
    ]


@pytest.mark.parametrize("variant", POINTS)
def test_reference_stack(variant):
    stack, points, means, hottest, heat = POINTS[variant]
    solution = solve(design_of(stack, heated(stack, {2: 80.0})), resolution=COARSE, tolerance=1e-10)
    for z, exact in points.items():
        assert float(solution.at(0.0033, 0.0071, z)) == pytest.approx(exact, abs=ITERATION)
    found = {layer.name: layer.t_avg for layer in solution.metrics.layers}
    for name, exact in means.items():
        assert found[name] == pytest.approx(exact, abs=ITERATION)
    block = solution.metrics.block("layer2/all")
    assert block.t_max == pytest.approx(hottest, abs=ITERATION)
    assert (solution.evidence.heat_top, solution.evidence.heat_bottom) == pytest.approx(heat, abs=1e-6)


def test_stack_with_contacts_and_three_heated_layers():
    layers = (
        LAYERS[0],
        replace(LAYERS[2], contact_below=2e-5),
        replace(LAYERS[3], contact_below=1e-5),
        LAYERS[4],
    )
    stack = LayeredStack((0.02, 0.01), layers, 5000.0, 300.0, 310.0, 290.0)
    watts = {0: 3.0, 1: 40.0, 3: 7.0}
    exact = slab(stack, watts)
    solution = solve(design_of(stack, heated(stack, watts)), resolution=COARSE, tolerance=1e-10)
    found = {layer.name: layer for layer in solution.metrics.layers}
    for index, name in enumerate(layer_names(stack)):
        assert found[name].t_avg == pytest.approx(exact.mean(index), abs=ITERATION)
        assert found[name].t_max == pytest.approx(exact.maximum(index)[0], abs=ITERATION)
        assert found[name].t_min == pytest.approx(exact.minimum(index)[0], abs=ITERATION)
    # Inside layers, away from the jumps at contacts.
    heights = np.concatenate(
        [np.linspace(a, b, 9)[1:-1] for a, b in zip(stack.faces[:-1], stack.faces[1:], strict=True)]
    )
    reference = [exact.at(float(z)) for z in heights]
    assert solution.at(0.0033, 0.0071, heights) == pytest.approx(reference, abs=ITERATION)


def test_unheated_stack_between_two_ambients():
    stack = replace(WARM_BOTTOM, layers=LAYERS[:3])
    exact = slab(stack)
    solution = solve(design_of(stack, []), resolution=COARSE, tolerance=1e-10)
    heights = np.linspace(0.0, float(stack.faces[-1]), 17)
    assert solution.at(0.005, 0.005, heights) == pytest.approx(
        [exact.at(float(z)) for z in heights], abs=ITERATION
    )
    assert solution.evidence.heat_top == pytest.approx(-solution.evidence.heat_bottom, abs=1e-8)
    assert solution.evidence.heat_top == pytest.approx(exact.heat_out_top, abs=1e-8)


# Cadence Celsius 3D (DeepOHeat repository, DAC 2023, section V.B): 1 x 1 x 0.55 mm of 0.1 W/mK, 0.625 mW
# between 0.25 and 0.30 mm, convection on both faces to 298.15 K. Lowest and highest temperature of its field.
CELSIUS = {(1000.0, 333.333): (298.528, 299.534), (500.0, 500.0): (298.775, 299.599)}


def celsius_stack(top: float, bottom: float) -> LayeredStack:
    layers = tuple(StackLayer(thickness, 0.1, 0.1, 0.1) for thickness in (0.25e-3, 0.05e-3, 0.25e-3))
    return LayeredStack((1e-3, 1e-3), layers, top, bottom, 298.15, 298.15)


@pytest.mark.parametrize("coefficients", CELSIUS)
def test_celsius_between_two_convective_faces(coefficients):
    stack = celsius_stack(*coefficients)
    solution = solve(design_of(stack, heated(stack, {1: 0.625e-3})), resolution=COARSE, tolerance=1e-10)
    heights = np.linspace(0.0, 0.55e-3, 201)
    field = solution.at(0.3e-3, 0.6e-3, heights)
    # Its field scatters about the exact one by 2 mK rms; of the extremes of some 4000 points 3.5 times that.
    assert (field.min(), field.max()) == pytest.approx(CELSIUS[coefficients], abs=7e-3)
    exact = slab(stack, {1: 0.625e-3})
    assert field == pytest.approx([exact.at(float(z)) for z in heights], abs=ITERATION)


def test_celsius_fields_of_the_reference_folder(reference):
    folder = reference / "published" / "celsius_two_sided_htc"
    for coefficients, name in {(1000.0, 333.333): "HTC_0.1_0.3", (500.0, 500.0): "HTC_0.2_0.2"}.items():
        stack = celsius_stack(*coefficients)
        solution = solve(design_of(stack, heated(stack, {1: 0.625e-3})), resolution=COARSE, tolerance=1e-10)
        x, y, z, kelvin = np.loadtxt(folder / f"{name}_temperature_K.csv", delimiter=",", skiprows=1).T
        difference = solution.at(x * 1e-3, y * 1e-3, z * 1e-3) - kelvin
        # 2 mK rms is what its README found for the exact solution.
        assert np.sqrt(np.mean(difference**2)) < 2.5e-3
