"""Leakage laws: watts and slopes, tables without extrapolation, and what a design file may say of them."""

import math

import numpy as np
import pytest
from pydantic import ValidationError

from power.leakage import Exponential, Leakage, LeakageModel, LeakageRangeError, Table
from power.leakage_entry import LeakageEntry

ROWS = ((298.15, 1.0), (358.15, 4.0), (398.15, 9.0))
TABLE = Table(tuple(t for t, _ in ROWS), tuple(w for _, w in ROWS))


@pytest.mark.parametrize("law", [Exponential(8.0, 358.15, 0.02), TABLE])
def test_the_slope_is_the_derivative(law):
    t = np.array([300.0, 330.5, 359.0, 390.0])
    step = 1e-4
    numerical = (law.watts(t + step) - law.watts(t - step)) / (2.0 * step)
    assert law.slope(t) == pytest.approx(numerical, rel=1e-6)


def test_exponential_grows_by_beta():
    law = Exponential(8.0, 358.15, 0.02)
    assert float(law.watts(np.array(358.15))) == 8.0
    assert float(law.watts(np.array(408.15))) == pytest.approx(8.0 * math.e)
    assert np.isfinite(law.watts(np.array(1e6)))


def test_a_table_is_geometric_between_its_rows():
    assert TABLE.watts(np.array([t for t, _ in ROWS])) == pytest.approx([w for _, w in ROWS])
    assert float(TABLE.watts(np.array(0.5 * (298.15 + 358.15)))) == pytest.approx(2.0)
    # The table of an exponential is that exponential.
    law = Exponential(3.0, 350.0, 0.017)
    t = np.linspace(300.0, 400.0, 6)
    table = Table(tuple(t.tolist()), tuple(law.watts(t).tolist()))
    between = np.linspace(300.0, 400.0, 31)
    assert table.watts(between) == pytest.approx(law.watts(between))
    assert table.slope(between) == pytest.approx(law.slope(between))


def test_a_table_is_refused_outside_its_rows():
    leakage = Leakage(TABLE)
    leakage.check(298.15, 398.15)
    with pytest.raises(
        LeakageRangeError, match=r"runs from 25 to 125 degC and is not extrapolated \(reached: 131"
    ):
        leakage.check(350.0, 404.15)
    with pytest.raises(LeakageRangeError, match=r"reached: 20 degC"):
        leakage.check(293.15, 350.0)
    Leakage(Exponential(1.0, 300.0, 0.02)).check(1.0, 5000.0)


def test_voltage_multiplies():
    entry = {
        "power_w": 8,
        "at_c": 85,
        "beta_per_k": 0.02,
        "voltage_v": 0.9,
        "at_v": 0.75,
        "voltage_exponent": 3,
    }
    leakage = LeakageEntry.model_validate(entry).leakage()
    assert float(leakage.watts(np.array(358.15))) == pytest.approx(8.0 * 1.2**3)
    assert float(leakage.slope(np.array(358.15))) == pytest.approx(0.02 * 8.0 * 1.2**3)
    assert leakage.scaled(0.5).factor == pytest.approx(0.5 * 1.2**3)


def test_models_have_names():
    entry = {"table": [[25, 1.0], [85, 4.0]], "model": "block-mean"}
    assert LeakageEntry.model_validate(entry).leakage().model is LeakageModel.BLOCK_MEAN
    plain = {"power_w": 1, "at_c": 85, "beta_per_k": 0}
    assert LeakageEntry.model_validate(plain).leakage().model is LeakageModel.POINTWISE


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({}, "needs power_w, at_c and beta_per_k, or 'table"),
        ({"power_w": 8, "at_c": 85}, "needs power_w, at_c and beta_per_k"),
        ({"power_w": 8, "table": [[25, 1], [85, 2]]}, "give either power_w, at_c and beta_per_k, or 'table"),
        ({"table": [[25, 1]]}, "at least two rows"),
        ({"table": [[85, 1], [25, 2]]}, r"must rise from row to row \(got 85 then 25 degC\)"),
        ({"table": [[25, 0], [85, 2]]}, "greater than 0"),
        ({"power_w": -1, "at_c": 85, "beta_per_k": 0.02}, "greater than or equal to 0"),
        ({"power_w": 1, "at_c": 85, "beta_per_k": -0.02}, "greater than or equal to 0"),
        ({"power_w": math.nan, "at_c": 85, "beta_per_k": 0.02}, "finite number"),
        ({"power_w": 1, "at_c": -300, "beta_per_k": 0.02}, "greater than -273.15"),
        ({"power_w": 1, "at_c": 85, "beta_per_k": 0.02, "model": "local"}, "'pointwise' or 'block-mean'"),
        ({"power_w": 1, "at_c": 85, "beta_per_k": 0.02, "voltage_v": 0.8}, "belong together"),
        ({"power_w": 1, "at_c": 85, "beta": 0.02}, "Extra inputs are not permitted"),
    ],
)
def test_mistakes_are_told(entry, said):
    with pytest.raises(ValidationError, match=said):
        LeakageEntry.model_validate(entry)
