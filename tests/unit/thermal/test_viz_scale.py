"""Colour scales: round ends, honest labels, readable in grey."""

import numpy as np
import pytest

from tests.report.small import solved
from thermal.report.words import celsius
from thermal.viz.scale import (
    CHANGE,
    CLIPPED_SHARE,
    HEAT,
    POWER,
    Scale,
    enclosing,
    power_scale,
    round_below,
    round_step,
    temperature_scale,
)


@pytest.mark.parametrize("colours", [HEAT, POWER, CHANGE])
def test_colours_grow_lighter_from_end_to_end(colours):
    rgb = np.array([Scale(0.0, 1.0, "", colours).colour(x)[:3] for x in np.linspace(0.0, 1.0, 200)])
    grey = rgb @ [0.299, 0.587, 0.114]
    assert np.all(np.diff(grey) > -2e-3)
    assert grey[-1] - grey[0] > 0.6


@pytest.mark.parametrize(
    ("low", "high"), [(41.3, 97.8), (0.0, 0.0017), (-3.2, 5.1), (60.001, 60.0042), (50.0, 50.0)]
)
def test_ends_enclose_and_ticks_lie_within(low, high):
    scale = enclosing(low, high, "")
    assert scale.low <= low + 1e-12
    assert scale.high >= high - 1e-12
    assert scale.high - scale.low <= max(1.6 * (high - low), 1.1 if high == low else 0.0)
    assert 2 <= len(scale.ticks) <= 8
    assert min(scale.ticks) >= scale.low - 1e-12
    assert max(scale.ticks) <= scale.high + 1e-12


def test_ink_is_the_one_that_contrasts():
    scale = Scale(0.0, 1.0, "")
    assert scale.ink(0.0) == "white"
    assert scale.ink(1.0) == "black"


@pytest.mark.parametrize(
    ("span", "most", "step"), [(10.0, 7, 2.0), (7.0, 7, 1.0), (0.3, 7, 0.05), (1.0, 1, 1.0)]
)
def test_steps_are_round(span, most, step):
    assert round_step(span, most) == pytest.approx(step)


@pytest.mark.parametrize(
    ("value", "length"), [(0.9, 0.5), (1.0, 1.0), (49.0, 20.0), (5e-5, 5e-5), (1.99e-4, 1e-4)]
)
def test_lengths_are_round_and_not_above(value, length):
    assert round_below(value) == pytest.approx(length)


def test_one_temperature_scale_covers_all_powered_layers_of_all_solutions():
    solutions = [solved(), solved("hot")]
    scale = temperature_scale(solutions)
    layers = [x for s in solutions for x in s.metrics.layers if x.powered]
    assert scale.low <= celsius(min(x.t_min for x in layers))
    assert scale.high >= celsius(max(x.t_max for x in layers))
    assert "°C" in scale.label


def test_a_scale_over_no_layer_is_refused():
    with pytest.raises(ValueError, match="no layer to draw"):
        temperature_scale([solved()], ["nothing"])


def test_a_dense_speck_does_not_set_the_power_scale_but_is_told():
    # 100 mm2 at 1 W/mm2 and a PLL of 0.0016 mm2 at 50 W/mm2: a thousandth of the heat.
    scale = power_scale([(1.0, 1e-4), (50.0, 1.6e-9)])
    assert scale.high == pytest.approx(1.0)
    assert scale.beyond == pytest.approx(50.0)


def test_a_large_faint_area_does_not_set_it_either():
    # A display of 10 000 mm2 releases 1 W, a processor of 100 mm2 4 W.
    scale = power_scale([(1e-4, 1e-2), (0.04, 1e-4)])
    assert scale.high == pytest.approx(0.04)
    assert scale.beyond is None


def test_what_lies_beyond_releases_no_more_than_the_share():
    rng = np.random.default_rng(1)
    rows = np.column_stack([rng.lognormal(0.0, 2.0, 300), rng.lognormal(0.0, 1.0, 300)])
    scale = power_scale(rows)
    watts = rows.prod(axis=1)
    assert watts[rows[:, 0] > scale.high].sum() <= CLIPPED_SHARE * watts.sum()


def test_no_power_gives_an_empty_scale():
    assert power_scale([]).beyond is None
    assert power_scale([(0.0, 1.0)]).high > 0.0
