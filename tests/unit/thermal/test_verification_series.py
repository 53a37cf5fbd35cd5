"""The double cosine series: reference figures, equation, boundaries, error bars."""

import doctest
import json
from dataclasses import replace

import numpy as np
import pytest

from thermal.verification import FourierSeries, LayeredStack, RectSource, StackLayer, series, slab
from thermal.verification.stack import Rect

# reference/exact/fourier_multilayer: 16000 x 16000 modes summed term by term. Active layer, bulk, TIM1, lid,
# TIM2, sink base; sources in the active layer.
LAYERS = (
    StackLayer(1e-5, 120.0, 120.0, 120.0),
    StackLayer(4.9e-4, 130.0, 130.0, 130.0),
    StackLayer(5e-5, 4.0, 4.0, 4.0),
    StackLayer(1.5e-3, 390.0, 390.0, 390.0),
    StackLayer(8e-5, 3.0, 3.0, 3.0),
    StackLayer(4e-3, 205.0, 205.0, 205.0),
)
STACK = LayeredStack((0.012, 0.01), LAYERS, 8000.0, 50.0, 298.15, 298.15)
RECTS = {
    "cpu": (0.0015, 0.0055, 0.0045, 0.0085),
    "gpu": (0.006, 0.001, 0.011, 0.005),
    "analog": (0.008875, 0.007775, 0.008925, 0.007825),
}
POWERS = {"cpu": 18.0, "gpu": 22.0, "analog": 0.1}
SOURCES = [RectSource(0, RECTS[name], POWERS[name]) for name in RECTS]

# name -> (K, its error bar). The places of the maxima were found on grids, so those figures are a little low:
# a step of 0.5 % of the 50 um block moves its maximum by 1e-5 of its 1.5 K rise.
MEANS = {
    "cpu": (375.420333192474, 1e-8),
    "gpu": (369.68313302937713, 1e-8),
    "analog": (360.3753891999316, 2.9e-6),
}
MAXIMA = {
    "cpu": (380.6443544217932, 1e-8),
    "gpu": (373.4290601606112, 1e-8),
    "analog": (361.8968612032145, 2.0e-6),
}
POINTS = {
    (0.003, 0.007, 5e-6): 380.61555494517887,
    (0.0085, 0.003, 0.000255): 371.38397208529216,
    (0.0089, 0.0078, 5e-6): 361.6138216634406,
    (0.0089, 0.0078, 0.000525): 354.12949214718554,
    (0.012, 0.0, 0.0013): 357.26837136612863,
    (0.0, 0.01, 0.00413): 343.0505941631369,
    (0.003, 0.007, 0.00209): 351.44742313879675,
}
LAYER_MEANS = [
    361.4775581336712,
    360.84459985647277,
    358.1520416492686,
    355.4467526703991,
    350.39687990984277,
    342.7542768223355,
]


@pytest.fixture(scope="module")
def package() -> FourierSeries:
    return FourierSeries(STACK, SOURCES, tolerance=1e-5)


@pytest.mark.parametrize("block", RECTS)
def test_reference_means(package, block):
    exact, bar = MEANS[block]
    found = package.mean(RECTS[block], 0)
    assert found.error <= 1e-5
    assert abs(found.value - exact) <= found.error + bar


@pytest.mark.parametrize("block", RECTS)
def test_reference_maxima(package, block):
    exact, bar = MAXIMA[block]
    found = package.maximum(RECTS[block], 0)
    assert found.error <= 1e-5
    assert abs(found.value - exact) <= found.error + bar
    x, y, z = found.place
    x0, y0, x1, y1 = RECTS[block]
    assert x0 <= x <= x1
    assert y0 <= y <= y1
    assert 0 <= z <= 1e-5


def test_reference_points_and_layers(package):
    for (x, y, z), exact in POINTS.items():
        found = package.at(x, y, z)
        assert abs(found.value - exact) <= found.error + 3e-7
    for layer, exact in enumerate(LAYER_MEANS):
        assert package.uniform.mean(layer) == pytest.approx(exact, abs=1e-8)
        assert package.mean((0, 0, *STACK.size), layer).value == pytest.approx(exact, abs=1e-8)
    assert package.uniform.heat_out_top == pytest.approx(39.72000759563636, abs=1e-9)


def test_every_probe_of_the_reference_folder(package, reference):
    folder = reference / "exact" / "fourier_multilayer"
    case = json.loads((folder / "case.json").read_text())
    exact = json.loads((folder / "reference.json").read_text())["values"]
    names = [layer["name"] for layer in case["layers"]]
    for probe in case["probes"]:
        if probe["kind"] == "point":
            found = package.at(probe["x"], probe["y"], probe["z"])
        else:
            measure = package.mean if probe["kind"] == "box_avg" else package.maximum
            found = measure(tuple(probe["rect"]), names.index(probe["layer"]))
        bar = 2e-6 if probe["kind"] == "box_max" else exact[probe["name"]]["err"]
        assert abs(found.value - exact[probe["name"]]["T"]) <= found.error + bar, probe["name"]


# ---------------------------------------------------------------------- a stack with everything

EVERYTHING = LayeredStack(
    (0.010, 0.007),
    (
        StackLayer(4e-4, 15.0, 12.0, 0.5),
        StackLayer(3e-5, 100.0, 140.0, 120.0, contact_below=4e-6),
        StackLayer(5e-4, 130.0, 110.0, 120.0),
        StackLayer(1e-3, 390.0, 300.0, 200.0, contact_below=1e-5),
    ),
    9000.0,
    60.0,
    300.0,
    320.0,
)
SPOTS = [
    RectSource(1, (0.001, 0.001, 0.005, 0.004), 9.0),
    RectSource(1, (0.0062, 0.0040, 0.0064, 0.0042), 0.6),
    RectSource(3, (0.004, 0.002, 0.009, 0.006), 3.0),
]


@pytest.fixture(scope="module")
def everything() -> FourierSeries:
    return FourierSeries(EVERYTHING, SPOTS, tolerance=1e-6)


def test_whole_layer_sources_are_one_dimensional():
    whole = [RectSource(1, (0.0, 0.0, 0.010, 0.007), 9.0), RectSource(3, (0.0, 0.0, 0.010, 0.007), 3.0)]
    found, exact = FourierSeries(EVERYTHING, whole), slab(EVERYTHING, {1: 9.0, 3: 3.0})
    for layer in range(4):
        assert found.mean((0.002, 0.001, 0.0021, 0.003), layer).value == pytest.approx(
            exact.mean(layer), abs=1e-9
        )
        hottest = found.maximum((0.002, 0.001, 0.0021, 0.003), layer)
        assert abs(hottest.value - exact.maximum(layer)[0]) <= hottest.error + 1e-9
    for z in np.linspace(0.0, float(EVERYTHING.faces[-1]), 23):
        assert found.at(0.0047, 0.0013, float(z)).value == pytest.approx(exact.at(float(z)), abs=1e-9)


def test_unheated_stack_lies_between_its_ambients():
    found = FourierSeries(EVERYTHING, [])
    exact = slab(EVERYTHING)
    assert found.at(0.001, 0.002, 0.0003).value == pytest.approx(exact.at(0.0003), abs=1e-12)
    assert found.maximum((0.001, 0.001, 0.002, 0.002), 0).value == pytest.approx(
        exact.maximum(0)[0], abs=1e-9
    )


def imbalance(solution: FourierSeries, x: float, y: float, source: float, refine: int) -> float:
    """Source plus divergence of the conducted heat in the middle of layer 1, by central differences, W/m3."""
    layer = EVERYTHING.layers[1]
    middle = float(EVERYTHING.faces[1]) + layer.thickness / 2
    total = source
    for axis, (k, step) in enumerate([(layer.kx, 1e-4), (layer.ky, 1e-4), (layer.kz, 3e-6)]):
        shift = np.zeros(3)
        shift[axis] = step / refine
        low, here, high = (
            solution.at(x + j * shift[0], y + j * shift[1], middle + j * shift[2]).value for j in (-1, 0, 1)
        )
        total += k * (low - 2 * here + high) / shift[axis] ** 2
    return total


def test_conduction_equation_holds_inside_and_outside_the_source(everything):
    density = 9.0 / (0.004 * 0.003 * EVERYTHING.layers[1].thickness)
    for (x, y), source in {(0.0031, 0.0022): density, (0.0075, 0.0055): 0.0}.items():
        coarse, fine = (imbalance(everything, x, y, source, refine) for refine in (1, 2))
        assert abs(coarse) < 1e-4 * density
        # The differences err as step^2: what is left after that is taken out is rounding of the samples,
        # 1e-12 K through kz / (1.5 um)^2.
        assert abs(4 * fine - coarse) / 3 < 1e-7 * density


@pytest.mark.parametrize("place", [(0.003, 0.002), (0.0063, 0.0041), (0.009, 0.0065)])
def test_fluxes_meet_at_interfaces_and_contacts(everything, place):
    for upper in range(1, 4):
        z = float(EVERYTHING.faces[upper])
        low, high = EVERYTHING.layers[upper - 1], EVERYTHING.layers[upper]
        step_low, step_high = low.thickness * 1e-3, high.thickness * 1e-3
        # One-sided second-order slopes; the upper side is approached from within, `at` meaning the lower.
        nudge = 1e-9 * high.thickness
        under = [everything.at(*place, z - j * step_low).value for j in range(3)]
        over = [everything.at(*place, z + nudge + j * step_high).value for j in range(3)]
        flux_low = -low.kz * (3 * under[0] - 4 * under[1] + under[2]) / (2 * step_low)
        flux_high = low_to_high = -high.kz * (-3 * over[0] + 4 * over[1] - over[2]) / (2 * step_high)
        scale = max(abs(flux_low), 1e4)
        assert abs(flux_low - flux_high) < 1e-3 * scale
        assert under[0] - over[0] == pytest.approx(
            low_to_high * high.contact_below, abs=1e-3 * scale * 1e-5 + 1e-6
        )


def test_faces_lose_the_power_put_in(everything):
    # Midpoints integrate cosines exactly up to twice their number; higher modes have died out on the faces.
    x, y = (np.arange(96) + 0.5) * 0.010 / 96, (np.arange(96) + 0.5) * 0.007 / 96
    top = everything.grid(x, y, float(EVERYTHING.faces[-1]))[0].mean()
    bottom = everything.grid(x, y, 0.0)[0].mean()
    out = EVERYTHING.area * (9000.0 * (top - 300.0) + 60.0 * (bottom - 320.0))
    assert out == pytest.approx(12.6, abs=1e-6)
    assert everything.uniform.heat_out_top + everything.uniform.heat_out_bottom == pytest.approx(
        12.6, abs=1e-9
    )


def test_sources_superpose():
    one, other = FourierSeries(EVERYTHING, SPOTS[:1]), FourierSeries(EVERYTHING, SPOTS[1:])
    both, none = FourierSeries(EVERYTHING, SPOTS), FourierSeries(EVERYTHING, [])
    for rect, layer in [(SPOTS[0].rect, 1), (SPOTS[1].rect, 1), ((0.0, 0.0, 0.001, 0.001), 2)]:
        values = [solution.mean(rect, layer) for solution in (one, other, both, none)]
        together = values[0].value + values[1].value - values[3].value
        assert abs(together - values[2].value) <= sum(value.error for value in values)


def test_two_blocks_heat_each_other_alike():
    for a, b in [(SPOTS[0], SPOTS[1]), (SPOTS[1], SPOTS[2])]:
        unheated = FourierSeries(EVERYTHING, [])
        there = FourierSeries(EVERYTHING, [replace(a, power=1.0)]).mean(b.rect, b.layer)
        back = FourierSeries(EVERYTHING, [replace(b, power=1.0)]).mean(a.rect, a.layer)
        rise = there.value - unheated.mean(b.rect, b.layer).value
        assert abs(rise - (back.value - unheated.mean(a.rect, a.layer).value)) <= there.error + back.error


def mirrored(rect: Rect) -> Rect:
    return 0.010 - rect[2], rect[1], 0.010 - rect[0], rect[3]


def transposed(rect: Rect) -> Rect:
    return rect[1], rect[0], rect[3], rect[2]


def test_mirrored_transposed_and_turned_stacks_agree():
    upright = FourierSeries(EVERYTHING, SPOTS)
    swapped = replace(
        EVERYTHING,
        size=(0.007, 0.010),
        layers=tuple(replace(layer, kx=layer.ky, ky=layer.kx) for layer in EVERYTHING.layers),
    )
    others = {
        "mirror": (
            FourierSeries(EVERYTHING, [replace(s, rect=mirrored(s.rect)) for s in SPOTS]),
            mirrored,
            False,
        ),
        "swap": (
            FourierSeries(swapped, [replace(s, rect=transposed(s.rect)) for s in SPOTS]),
            transposed,
            False,
        ),
        "turn": (
            FourierSeries(EVERYTHING.upside_down(), [replace(s, layer=3 - s.layer) for s in SPOTS]),
            lambda rect: rect,
            True,
        ),
    }
    for solution, image, turned in others.values():
        for spot in SPOTS:
            layer = 3 - spot.layer if turned else spot.layer
            for measure in ("mean", "maximum"):
                found = getattr(solution, measure)(image(spot.rect), layer)
                exact = getattr(upright, measure)(spot.rect, spot.layer)
                assert abs(found.value - exact.value) <= found.error + exact.error


def test_grid_is_at_every_point_of_it(everything):
    x, y = [0.001, 0.0063, 0.01], [0.0, 0.0041]
    values, error = everything.grid(x, y, 0.00042)
    assert values.shape == (2, 3)
    for j in range(2):
        for i in range(3):
            point = everything.at(x[i], y[j], 0.00042)
            assert abs(point.value - values[j, i]) <= point.error + error


# ---------------------------------------------------------------------- error bars

TINY = [
    RectSource(3, (0.001, 0.001, 0.005, 0.006), 30.0),
    RectSource(3, (0.006, 0.006, 0.0062, 0.0062), 1.5),
    RectSource(3, (0.00645, 0.00600, 0.00650, 0.00604), 0.04),
    RectSource(3, (0.0070, 0.0015, 0.00703, 0.00153), 0.02),
]
EIGHT = LayeredStack(
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


def test_a_30_um_source_in_a_10_mm_die_is_met_to_a_tenth_of_a_millikelvin():
    loose, tight = FourierSeries(EIGHT, TINY, tolerance=1e-4), FourierSeries(EIGHT, TINY, tolerance=2e-6)
    for spot in TINY:
        for measure in ("mean", "maximum"):
            rough, fine = getattr(loose, measure)(spot.rect, 3), getattr(tight, measure)(spot.rect, 3)
            assert fine.error <= 2e-6
            assert rough.error <= 1e-4
            assert abs(rough.value - fine.value) <= rough.error + fine.error


@pytest.mark.parametrize("tolerance", [1e-1, 1e-2, 1e-3])
def test_error_bars_contain_better_values(tolerance):
    rough, fine = FourierSeries(EIGHT, TINY, tolerance), FourierSeries(EIGHT, TINY, 1e-6)
    edge_and_centre = [(0.0070, 0.0015), (0.007015, 0.001515), (0.00703, 0.00151), (0.00695, 0.0015)]
    middle = float(EIGHT.faces[3]) + 1e-6
    for x, y in edge_and_centre:
        found, exact = rough.at(x, y, middle), fine.at(x, y, middle)
        assert abs(found.value - exact.value) <= found.error + exact.error
    for rect in [
        (0.0070, 0.0015, 0.00703, 0.00153),
        (0.00701, 0.0015, 0.00705, 0.00152),
        (0.0, 0.0, 0.003, 0.003),
    ]:
        found, exact = rough.mean(rect, 3), fine.mean(rect, 3)
        assert abs(found.value - exact.value) <= found.error + exact.error


def test_where_the_modes_end_the_bar_says_so():
    needle = [RectSource(3, (0.005, 0.005, 0.0050001, 0.0050001), 0.01)]
    found = FourierSeries(EIGHT, needle, tolerance=1e-12).mean(needle[0].rect, 3)
    assert found.modes == (20 * 2**15, 20 * 2**15)
    assert found.error > 1e-12


def test_maximum_is_not_below_any_sample(everything):
    boxes = [
        (SPOTS[0].rect, 1),
        (SPOTS[1].rect, 1),
        ((0.0, 0.0, 0.010, 0.007), 1),
        ((0.0065, 0.0, 0.01, 0.003), 2),
    ]
    for rect, layer in boxes:
        found = everything.maximum(rect, layer)
        x, y = np.linspace(rect[0], rect[2], 41), np.linspace(rect[1], rect[3], 41)
        foot, thickness = float(EVERYTHING.faces[layer]), EVERYTHING.layers[layer].thickness
        samples = [
            everything.grid(x, y, foot + share * thickness)[0].max() for share in (1e-9, 0.25, 0.5, 0.75, 1)
        ]
        assert max(samples) <= found.value + found.error
        assert everything.at(*found.place).value == pytest.approx(found.value, abs=1e-6)


# ---------------------------------------------------------------------- against a commercial solver

# Cadence Celsius 3D (DeepOHeat repository, DAC 2023, case map_10_10): 1 x 1 x 0.5 mm, 0.1 W/mK, 2500 W/m2 on
# the quarter x > 0.5, y < 0.5 mm of the top, 500 W/m2K to 298.15 K below. Its hottest and coldest points.
CELSIUS = {(1e-3, 0.0, 5e-4): 308.858, (0.0, 1e-3, 0.0): 298.825}


def test_celsius_quarter_map():
    # A flux is the limit of a thin source: 1 nm on top of 0.5 mm moves the answer by 2e-6 of its rise.
    sheet = 1e-9
    stack = LayeredStack(
        (1e-3, 1e-3),
        (StackLayer(5e-4 - sheet, 0.1, 0.1, 0.1), StackLayer(sheet, 0.1, 0.1, 0.1)),
        0.0,
        500.0,
        298.15,
        298.15,
    )
    solved = FourierSeries(stack, [RectSource(1, (5e-4, 0.0, 1e-3, 5e-4), 0.625e-3)])
    for (x, y, z), kelvin in CELSIUS.items():
        # Printed to 1 mK; 20 mK is what an independent finite-volume solve left on this map.
        assert solved.at(x, y, z).value == pytest.approx(kelvin, abs=0.02)


# ---------------------------------------------------------------------- messages


def test_rectangles_outside_and_unknown_layers_say_so(everything):
    with pytest.raises(ValueError, match=r"must lie within 0 \.\. 0\.01 x 0 \.\. 0\.007 m"):
        FourierSeries(EVERYTHING, [RectSource(0, (0.0, 0.0, 0.011, 0.001), 1.0)])
    with pytest.raises(ValueError, match=r"layer must be 0 \.\. 3 \(got 4\)"):
        everything.mean((0.0, 0.0, 0.001, 0.001), 4)
    with pytest.raises(ValueError, match="x1 > x0 and y1 > y0"):
        RectSource(0, (0.0, 0.0, 0.0, 0.001), 1.0)


def test_the_example_of_the_docstring():
    result = doctest.testmod(series)
    assert result.attempted > 0
    assert result.failed == 0
