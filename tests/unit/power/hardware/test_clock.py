"""Clock domains: voltage, floor, ladder."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floorplans.diagnostics import InputError
from tests.unit.power.devices import plain

CORE = plain().clocks["core"]


def test_voltage_is_linear_between_points_and_flat_outside():
    assert CORE.volts(750e6) == pytest.approx(0.9)
    assert CORE.volts(100e6) == 0.8
    assert CORE.volts(2e9) == 1.0


def test_the_floor_goes_with_voltage_squared_and_frequency():
    # 50 W at 1 GHz and 1 V; 500 MHz at 0.8 V is 0.5 * 0.64 of that.
    assert CORE.floor_at(1e9, 1.0) == 50.0
    assert CORE.floor_at(500e6, 1.0) == pytest.approx(50 * 0.5 * 0.64)


def test_gated_clocks_keep_their_idle_share():
    assert CORE.floor_at(1e9, 0.0) == pytest.approx(10.0)
    assert CORE.floor_at(1e9, 0.5) == pytest.approx(30.0)


@given(st.floats(50e6, 1.2e9))
def test_a_rung_is_on_the_ladder_and_not_above(hertz):
    rung = CORE.rung(hertz)
    assert CORE.lowest <= rung <= CORE.highest
    assert rung <= max(hertz, CORE.lowest) + 1.0
    assert (CORE.highest - rung) / CORE.step == pytest.approx(
        round((CORE.highest - rung) / CORE.step), abs=1e-6
    )


@pytest.mark.parametrize(
    ("curve", "message"),
    [
        ([[500, 0.8], [500, 0.9]], "frequencies of mhz_volts must rise"),
        ([[500, 0.9], [600, 0.8]], "voltages of mhz_volts must not fall"),
    ],
)
def test_curves_are_checked(curve, message):
    with pytest.raises(InputError, match=message):
        plain({"clocks.core.mhz_volts": curve})
