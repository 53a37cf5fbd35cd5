"""Calibration: recovers what it should, and says when it cannot."""

import numpy as np
import pytest

from floorplans.diagnostics import InputError
from power.activity import Activity
from power.calibration import calibrate, calibrated, rates
from power.dvfs import boost
from power.energy import dissipation
from power.formats.telemetry import Telemetry, read_telemetry
from power.hardware.reading import load_hardware
from power.roofline import run
from tests.unit.power.devices import product, streamed

BASE, FLOP, BIT = 300.0, 1.0e-12, 6.0e-12
GENERATOR = np.random.default_rng(1)
FLOPS = GENERATOR.uniform(1e13, 3e14, 60)
BITS = GENERATOR.uniform(1e12, 2e13, 60)
WATTS = BASE + FLOP * FLOPS + BIT * BITS


def test_an_exact_log_gives_its_numbers_back():
    found = calibrate(WATTS, FLOPS, BITS)
    assert found.base.value == pytest.approx(BASE, rel=1e-9)
    assert found.flop.value == pytest.approx(FLOP, rel=1e-9)
    assert found.bit.value == pytest.approx(BIT, rel=1e-9)
    assert found.worst_error < 1e-9
    assert found.warnings() == []


def test_error_bars_hold_the_truth_in_about_95_of_100_noisy_logs():
    inside = np.zeros(3)
    for seed in range(40):
        noise = np.random.default_rng(seed).normal(1.0, 0.05, WATTS.size)
        found = calibrate(WATTS * noise, FLOPS, BITS)
        for place, (each, truth) in enumerate(((found.base, BASE), (found.flop, FLOP), (found.bit, BIT))):
            inside[place] += each.low <= truth <= each.high
    # 40 draws of 0.95: fewer than 33 has a chance of one in a thousand.
    assert (inside >= 33).all()


def test_rows_at_the_limit_are_left_out():
    flat = np.minimum(WATTS, 550.0)
    found = calibrate(flat, FLOPS, BITS, limit=550.0)
    assert found.left_out > 0
    assert found.flop.value == pytest.approx(FLOP, rel=1e-6)


def test_it_warns_outside_of_its_range():
    found = calibrate(WATTS, FLOPS, BITS)
    (text,) = found.warnings(flops=1e15, bits=5e12)
    assert text.startswith("1e+03 TFLOP/s is outside of the log's range")
    assert found.warnings(flops=1e14, bits=5e12) == []


def test_it_warns_of_what_the_log_does_not_determine():
    together = calibrate(BASE + FLOP * FLOPS, FLOPS, FLOPS / 50.0)
    assert any("cannot tell them apart" in text for text in together.warnings())


def test_too_few_rows_are_an_error():
    with pytest.raises(InputError, match=r"at least 6 rows below the power limit \(got 3\)"):
        calibrate(WATTS[:3], FLOPS[:3], BITS[:3])


def test_a_fit_of_the_model_gives_the_model_back():
    # Power of a device at mixtures of fat products, thin products and reads; a stranger's file with the fit's
    # overrides then burns the same on a mixture that was not fitted.
    given = {"power_limit_w": 5000, "units.tensor.energy_pj_flop.bf16": 0.7, "clocks.core.floor_w": 120}
    device, stranger = load_hardware("h100-sxm", given), load_hardware("h100-sxm")

    def mixed(reads: float, thin: int) -> Activity:
        graph = [product(4096, 4096, 4096), streamed(reads * 1e8), product(256, 8192, 8192, count=thin)]
        return run(graph, device, boost(device))

    work = [mixed(reads, thin) for reads in (0.1, 1.0, 5.0) for thin in (1, 5, 20)]
    found = calibrate(
        np.array([dissipation(each, device).board for each in work]),
        np.array([each.flops / each.seconds for each in work]),
        np.array([8 * each.moved["hbm"] / each.seconds for each in work]),
    )
    fitted = load_hardware("h100-sxm", found.overrides(stranger))
    assert fitted.units["tensor"].energies["bf16"] == pytest.approx(0.7e-12, rel=0.02)
    assert dissipation(mixed(0.77, 3), fitted).board == pytest.approx(
        dissipation(mixed(0.77, 3), device).board, rel=0.01
    )
    assert dissipation(mixed(0.77, 3), stranger).board > 1.1 * dissipation(mixed(0.77, 3), device).board


def test_overrides_refuse_a_base_below_what_stands():
    found = calibrate(WATTS - 299.0, FLOPS, BITS)
    with pytest.raises(InputError, match="less than the leakage and standing power that h100-sxm states"):
        found.overrides(load_hardware("h100-sxm"))


def test_counters_become_rates_with_peaks_and_clock(tmp_path):
    h100 = load_hardware("h100-sxm")
    log = Telemetry(
        "log",
        {
            "watts": np.array([400.0]),
            "tensor_active": np.array([0.5]),
            "dram_active": np.array([0.25]),
            "hertz": np.array([1830e6]),
        },
    )
    flops, bits = rates(log, h100)
    assert flops[0] == pytest.approx(0.5 * 989.4e12)
    assert bits[0] == pytest.approx(8 * 0.25 * 3.35e12)


def test_a_log_without_work_is_told_what_it_lacks(tmp_path):
    file = tmp_path / "smi.csv"
    file.write_text("timestamp, power.draw [W]\n0, 70.1 W\n")
    with pytest.raises(InputError, match="tells no operations and no bytes per second"):
        calibrated(read_telemetry(file), load_hardware("h100-sxm"))


def test_a_log_file_is_calibrated_end_to_end(tmp_path):
    file = tmp_path / "log.csv"
    lines = [f"{w:.6f},{f:.6e},{b / 8:.6e}" for w, f, b in zip(WATTS, FLOPS, BITS, strict=True)]
    file.write_text("power_w,flops_per_s,bytes_per_s\n" + "\n".join(lines))
    found = calibrated(read_telemetry(file), load_hardware("h100-sxm"))
    assert found.bit.value == pytest.approx(BIT, rel=1e-4)
