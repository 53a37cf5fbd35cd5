"""A round of serving in ticks: it keeps energy, length and means of every phase."""

import csv
from functools import cache

import numpy as np
import pytest

from power.round_trace import beside, csv_of, ticks
from power.trace import PowerTrace
from tests.unit.power.test_deployment import shipped


@cache
def made():
    return shipped("accel-2p5d")


def test_ticks_keep_the_energy_and_the_length_of_a_round():
    found = made()
    trace = ticks(found, 1e-4)
    assert trace.seconds == pytest.approx(found.served.seconds, rel=1e-9)
    wanted = sum(found.power("").values()) * found.served.seconds
    # Operators lose at their own loads, an iteration at its mean one: the bend of an efficiency curve.
    assert trace.energy == pytest.approx(wanted, rel=2e-3)
    assert np.diff(trace.edges)[:-1] == pytest.approx(1e-4)


def test_ticks_longer_than_iterations_hold_their_means():
    found = made()
    step = found.served.phases[-1]
    trace = ticks(found, 5.0 * step.step.activity.seconds)
    last = dict(trace.at(float(trace.edges[-1])))
    mean = step.step.dissipation.power_map(found.areas, leakage=False)
    assert last["soc0/tensor_r00c0"] == pytest.approx(mean["soc0/tensor_r00c0"], rel=1e-3)


def test_short_ticks_tell_products_from_norms():
    found = made()
    iteration = found.served.phases[0].step.activity.seconds
    trace = ticks(found, iteration / 200.0)
    column = trace.watts[:150, trace.blocks.index("soc0/tensor_r00c0")]
    assert column.max() > 1.1 * column.min()


def test_other_blocks_stay_as_they_are():
    trace = beside(
        PowerTrace(("a",), np.array([0.0, 1.0, 3.0]), np.array([[1.0], [2.0]])), {"b": 4.0, "c": 0.5}
    )
    assert trace.blocks == ("a", "b", "c")
    assert dict(trace.at(2.0)) == {"a": 2.0, "b": 4.0, "c": 0.5}


def test_a_file_has_a_row_where_each_step_begins_and_one_where_the_last_ends():
    trace = PowerTrace(("x/a", "x/b"), np.array([0.0, 1e-5, 3.0]), np.array([[1.0, 0.25], [2.0, 1 / 3]]))
    head, *rows = csv.reader(csv_of(trace).splitlines())
    assert head == ["time_s", "x/a", "x/b"]
    numbers = np.array(rows, float)
    assert numbers[:, 0].tolist() == [0.0, 1e-5, 3.0]
    assert numbers[:, 1:] == pytest.approx(np.array([[1.0, 0.25], [2.0, 1 / 3], [2.0, 1 / 3]]), rel=1e-8)
