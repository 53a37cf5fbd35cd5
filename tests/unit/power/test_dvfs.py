"""Operating points: where a power limit settles."""

from itertools import pairwise

import pytest

from floorplans.diagnostics import InputError
from power.activity import Activity
from power.dvfs import Governed, OperatingPoint, boost, governed, locked
from power.hardware.reading import load_hardware
from power.roofline import run
from power.serving import Server
from power.workloads.phase import Prefill
from power.workloads.presets import preset
from tests.unit.power.devices import plain, product

LARGE = product(8192, 8192, 8192)


def at(point: OperatingPoint) -> Activity:
    return run([LARGE], plain(), point)


def under(limit: float) -> Governed:
    return governed(plain(), at, limit=limit)


def test_a_generous_limit_changes_nothing():
    found = under(1e4)
    assert found.point == boost(plain())
    assert found.reason == "none"


@pytest.mark.parametrize("limit", [60.0, 80.0, 100.0])
def test_the_limit_is_kept_on_the_highest_rung_that_keeps_it(limit):
    found = under(limit)
    assert found.reason == "power cap"
    assert found.dissipation.board <= limit
    above = found.point.with_clock("core", found.point.hertz["core"] + 10e6)
    assert governed(plain(), at, limit=1e9, start=above).dissipation.board > limit


def test_a_limit_below_the_lowest_clock_is_told():
    found = under(10.0)
    assert found.reason == "lowest clock"
    assert found.point.hertz["core"] == 100e6
    assert found.dissipation.board > 10.0


def test_less_power_is_never_faster_and_takes_less_energy_where_voltage_falls():
    found = [under(limit) for limit in (60.0, 70.0, 80.0, 90.0, 100.0)]
    for low, high in pairwise(found):
        assert low.activity.seconds >= high.activity.seconds


def test_a_locked_clock_is_not_exceeded():
    h100 = load_hardware("h100-sxm")
    free = Server(preset("llama-3.2-1b"), h100, limit=float("inf")).step(Prefill(8, 512))
    held = Server(preset("llama-3.2-1b"), h100, start=locked(h100, 900e6)).step(Prefill(8, 512))
    assert held.point.hertz["core"] == 900e6
    assert held.activity.seconds > free.activity.seconds
    assert held.dissipation.energy < free.dissipation.energy


def test_a_clock_outside_its_range_is_an_error():
    with pytest.raises(InputError, match="clock 'core' runs from 100 to 1000 MHz \\(got 2000 MHz\\)"):
        locked(plain(), 2e9)
