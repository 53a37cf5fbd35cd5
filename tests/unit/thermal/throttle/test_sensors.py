"""Sensors: lag, offset, noise with the right statistics, steps, samples that do not arrive."""

import numpy as np
import pytest

from thermal.kernels.sensing import sample
from thermal.throttle.entry import SensorEntry
from thermal.throttle.sensors import bank

TICK = 1e-3


def told(true: np.ndarray, seed: int = 1, **keys: float) -> np.ndarray:
    """Readings of one sensor in degC, which starts settled at the first temperature."""
    packed = bank([SensorEntry.model_validate({"block": "a/b"} | keys)], TICK, seed)
    lagged, shown = np.array([true[0] + 273.15]), np.array([true[0] + 273.15])
    found = []
    for t, value in enumerate(true):
        sample(packed, t + 1, np.array([value + 273.15]), lagged, shown)
        found.append(shown[0] - 273.15)
    return np.array(found)


def test_an_ideal_sensor_tells_the_truth():
    true = np.linspace(40.0, 90.0, 50)
    assert told(true) == pytest.approx(true, abs=1e-10)


def test_the_lag_is_that_of_a_first_order_filter():
    true = np.r_[50.0, np.full(30, 60.0)]
    seconds = TICK * np.arange(1, 31)
    expected = 60.0 - 10.0 * np.exp(-seconds / 5e-3)
    assert told(true, lag_ms=5)[1:] == pytest.approx(expected, rel=1e-12)


def test_offset_gain_and_steps():
    assert told(np.array([70.3]), offset_k=-0.4) == pytest.approx([69.9])
    assert told(np.array([70.0]), gain=1.01) == pytest.approx([70.7])
    assert told(np.array([70.3, 70.7]), step_k=0.5) == pytest.approx([70.5, 70.5])


def test_noise_has_its_deviation_no_mean_and_no_memory():
    noise = told(np.full(20_000, 50.0), noise_k=0.3) - 50.0
    # Standard errors: sigma / sqrt(n) of the mean, sigma / sqrt(2 n) of the deviation, 1 / sqrt(n) of rho.
    n = noise.size
    assert abs(noise.mean()) < 4.0 * 0.3 / np.sqrt(n)
    assert noise.std() == pytest.approx(0.3, abs=4.0 * 0.3 / np.sqrt(2 * n))
    assert abs(np.corrcoef(noise[1:], noise[:-1])[0, 1]) < 4.0 / np.sqrt(n)


def test_a_seed_gives_the_same_noise_to_the_bit_and_another_seed_another():
    true = np.full(100, 50.0)
    assert np.array_equal(told(true, noise_k=1.0), told(true, noise_k=1.0))
    assert not np.array_equal(told(true, noise_k=1.0), told(true, seed=2, noise_k=1.0))


def test_samples_that_do_not_arrive_leave_the_last_reading():
    true = np.linspace(40.0, 60.0, 10_000)
    found = told(true, dropout=0.25)
    missing = np.mean(np.diff(found) == 0.0)
    assert missing == pytest.approx(0.25, abs=4.0 * np.sqrt(0.25 * 0.75 / true.size))
    assert np.all(found <= true + 1e-9)


def test_a_slow_sensor_speaks_once_a_period():
    found = told(np.arange(20.0), period_ms=5)
    assert found.tolist() == pytest.approx([0, 0, 0, 0, *[4] * 5, *[9] * 5, *[14] * 5, 19])
