"""Exact one-dimensional stacks."""

import re
from dataclasses import replace

import numpy as np
import pytest

from thermal.verification import LayeredStack, StackLayer, slab

# Five layers, 80 W in the die: substrate, c4, die, TIM, lid. kx and ky play no role.
LAYERS = (
    StackLayer(1e-3, 15.0, 15.0, 0.5),
    StackLayer(75e-6, 0.9, 0.9, 1.6),
    StackLayer(775e-6, 130.0, 130.0, 130.0),
    StackLayer(50e-6, 4.0, 4.0, 4.0),
    StackLayer(2e-3, 390.0, 390.0, 390.0),
)
VARIANTS = {
    "adiabatic bottom": LayeredStack((0.01, 0.01), LAYERS, 20000.0, 0.0, 298.15, 298.15),
    "warm bottom": LayeredStack((0.01, 0.01), LAYERS, 20000.0, 400.0, 298.15, 318.15),
}
DIE = 2

# Closed form evaluated with 40 digits (reference/exact/slab1d): layer means, die maximum, heat out in W.
MEANS = {
    "adiabatic bottom": [
        354.6371794871795,
        354.6371794871795,
        353.8423076923077,
        347.2525641025641,
        340.2012820512821,
    ],
    "warm bottom": [
        345.78902232612023,
        353.87096858665984,
        353.2847182583842,
        346.7678687934568,
        339.78619050719016,
    ],
}
MAXIMA = {"adiabatic bottom": 354.6371794871795, "warm bottom": 354.056283678102}
HEIGHTS_OF_MAXIMUM = {"adiabatic bottom": 0.0, "warm bottom": 7.650086536693987e-06}
HEAT_OUT = {"adiabatic bottom": (80.0, 0.0), "warm bottom": (79.21031364782513, 0.789686352174863)}
ROUNDING = 1e-11


@pytest.mark.parametrize("variant", VARIANTS)
def test_reference_figures(variant):
    solved = slab(VARIANTS[variant], {DIE: 80.0})
    assert [solved.mean(layer) for layer in range(5)] == pytest.approx(MEANS[variant], abs=ROUNDING)
    hottest, height = solved.maximum(DIE)
    assert hottest == pytest.approx(MAXIMA[variant], abs=ROUNDING)
    assert height - 1.075e-3 == pytest.approx(HEIGHTS_OF_MAXIMUM[variant], abs=1e-15)
    assert (solved.heat_out_top, solved.heat_out_bottom) == pytest.approx(HEAT_OUT[variant], abs=1e-10)


def test_points_of_the_warm_variant():
    solved = slab(VARIANTS["warm bottom"], {DIE: 80.0})
    points = {
        0.0: 337.8921588043716,
        0.0005: 345.78902232612023,
        0.0014625: 353.48343620710216,
        0.0039: 337.75515682391256,
    }
    for z, exact in points.items():
        assert solved.at(z) == pytest.approx(exact, abs=ROUNDING)


def heated_with_contacts() -> LayeredStack:
    layers = (
        LAYERS[0],
        replace(LAYERS[2], contact_below=2e-5),
        replace(LAYERS[3], contact_below=1e-5),
        LAYERS[4],
    )
    return LayeredStack((0.02, 0.01), layers, 5000.0, 300.0, 310.0, 290.0)


@pytest.mark.parametrize("turned", [False, True])
def test_flux_is_continuous_and_a_contact_drops_its_share(turned):
    stack = heated_with_contacts()
    stack = stack.upside_down() if turned else stack
    solved = slab(stack, {0: 3.0, 1: 40.0, 3: 7.0})
    for upper in range(1, 4):
        lower, z = upper - 1, float(stack.faces[upper])
        flux = solved.flux[lower] + solved.heating[lower]
        assert flux == pytest.approx(solved.flux[upper], rel=1e-12)
        drop = solved.at(z, lower) - solved.at(z, upper)
        assert drop == pytest.approx(flux * stack.layers[upper].contact_below, abs=ROUNDING)
        slope = (solved.at(z, upper) - solved.at(z + 1e-9, upper)) / 1e-9 * stack.layers[upper].kz
        assert slope == pytest.approx(flux, rel=1e-3)


def test_energy_and_faces_balance():
    stack = heated_with_contacts()
    solved = slab(stack, {0: 3.0, 1: 40.0, 3: 7.0})
    assert solved.heat_out_top + solved.heat_out_bottom == pytest.approx(50.0, rel=1e-13)
    top = stack.h_top * stack.area * (solved.at(float(stack.faces[-1])) - stack.ambient_top)
    bottom = stack.h_bottom * stack.area * (solved.at(0.0) - stack.ambient_bottom)
    assert (solved.heat_out_top, solved.heat_out_bottom) == pytest.approx((top, bottom), rel=1e-11)


def test_upside_down_is_the_same_stack():
    stack = heated_with_contacts()
    upright = slab(stack, {1: 40.0})
    turned = slab(stack.upside_down(), {2: 40.0})
    assert [upright.mean(k) for k in range(4)] == pytest.approx(
        [turned.mean(3 - k) for k in range(4)], abs=ROUNDING
    )
    assert stack.upside_down().upside_down() == stack


def test_mean_and_extremes_agree_with_sampling():
    solved = slab(heated_with_contacts(), {1: 40.0})
    heights = np.linspace(solved.stack.faces[1], solved.stack.faces[2], 2001)
    samples = np.array([solved.at(float(z), 1) for z in heights])
    nodes, weights = np.polynomial.legendre.leggauss(3)
    places = (heights[0] + heights[-1]) / 2 + nodes * (heights[-1] - heights[0]) / 2
    quadrature = sum(w / 2 * solved.at(float(z), 1) for z, w in zip(places, weights, strict=True))
    assert solved.mean(1) == pytest.approx(quadrature, abs=ROUNDING)
    curvature = solved.heating[1] / (solved.stack.layers[1].thickness * 130.0)
    missed = curvature * (heights[1] - heights[0]) ** 2 / 8 + ROUNDING
    assert 0 <= solved.maximum(1)[0] - samples.max() + ROUNDING <= missed + ROUNDING
    assert solved.minimum(1)[0] == pytest.approx(samples.min(), abs=missed)


def test_one_adiabatic_face_takes_the_ambient_of_the_other():
    stack = replace(VARIANTS["warm bottom"], h_top=0.0)
    assert [slab(stack).mean(k) for k in range(5)] == pytest.approx([318.15] * 5, abs=ROUNDING)
    heated = slab(stack, {DIE: 80.0})
    assert heated.at(0.0) == pytest.approx(318.15 + 80.0 / (400.0 * 1e-4), abs=ROUNDING)
    assert heated.heat_out_top == pytest.approx(0.0, abs=1e-10)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"layers": ()}, "at least one layer"),
        ({"h_top": 0.0, "h_bottom": 0.0}, "no cooling"),
        ({"h_top": -1.0}, "h_top must be finite and >= 0 (got -1.0)"),
        ({"size": (0.01, 0.0)}, "size must be finite and > 0"),
        (
            {"layers": (StackLayer(1e-3, 1, 1, 1, contact_below=1e-5),)},
            "put its contact resistance into h_bottom",
        ),
    ],
)
def test_impossible_stacks_say_why(change, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        replace(VARIANTS["warm bottom"], **change)


def test_impossible_layers_and_places_say_why():
    with pytest.raises(ValueError, match=r"kz must be finite and > 0 \(got 0\.0\)"):
        StackLayer(1e-3, 1.0, 1.0, 0.0)
    with pytest.raises(ValueError, match=r"layer must be 0 \.\. 4 \(got 5\)"):
        slab(VARIANTS["warm bottom"], {5: 1.0})
    with pytest.raises(ValueError, match=r"z must lie in 0 \.\. 0\.0039 m \(got 0\.004\)"):
        slab(VARIANTS["warm bottom"]).at(0.004)
