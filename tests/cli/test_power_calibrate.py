"""``thermal power calibrate``: what made a log is found again."""

import json

import numpy as np
import pytest

BASE, FLOP, BIT = 320.0, 1.0e-12, 6.0e-12


@pytest.fixture
def log(tmp_path):
    """Sixteen rows of an H100-like machine with 1 % of noise; one of them is at its 700 W."""
    generator = np.random.default_rng(5)
    flops, moved = generator.uniform(20, 250, 16), generator.uniform(300, 2600, 16)
    watts = (BASE + FLOP * 1e12 * flops + BIT * 8e9 * moved) * (1 + 0.01 * generator.standard_normal(16))
    rows = [f"{w:.3f},{f:.3f},{b:.3f}" for w, f, b in zip(watts, flops, moved, strict=True)]
    file = tmp_path / "log.csv"
    file.write_text("\n".join(["power_w,tflops,gb_s", *rows]) + "\n", encoding="utf-8")
    return file


def test_the_three_numbers_lie_within_their_bounds(run, log):
    found = json.loads(run("power", "calibrate", str(log), "--json").stdout)
    assert found["schema"] == "thermal-floorplan/calibration/1"
    for name, true in (("base", BASE), ("flop", FLOP), ("bit", BIT)):
        each = found[name]
        assert each["low"] <= each["value"] <= each["high"]
        # 95 of 100 bounds hold the truth; a tenth beyond them allows for the sixteen rows of this one.
        wide = 0.1 * true
        assert each["low"] - wide <= true <= each["high"] + wide
    assert found["mean_error"] < 0.02
    assert found["warnings"] == []


def test_a_report_in_words_with_values_for_a_hardware_file(run, log):
    done = run("power", "calibrate", str(log), "--hardware", "h100-sxm", "--at", "900,1000")
    assert max(map(len, done.stdout.splitlines())) <= 80
    for words in (
        "15 rows used, 1 left out",
        "pJ/FLOP",
        "pJ/bit",
        "at 900 TFLOP/s and 1000 GB/s: ",
        "clocks.core.floor_w: ",
    ):
        assert words in done.stdout
    assert "warning: 900 TFLOP/s is outside of the log's range" in done.stderr


def test_the_values_reproduce_the_fit(run, log):
    from power.calibration import calibrated
    from power.dvfs import boost
    from power.energy import idle
    from power.formats.telemetry import read_telemetry
    from power.hardware.reading import load_hardware

    values = json.loads(run("power", "calibrate", str(log), "--hardware", "h100-sxm", "--json").stdout)[
        "hardware_values"
    ]
    device = load_hardware("h100-sxm", {**values, "clocks.core.idle_share": 1.0})
    base = calibrated(read_telemetry(log), load_hardware("h100-sxm")).base.value
    assert idle(device, boost(device)).board == pytest.approx(base, rel=1e-6)


@pytest.mark.parametrize(
    ("text", "options", "code", "message"),
    [
        ("a,b\n1,2\n", (), 3, "log.csv:1:1: error: no column of power"),
        (
            "power_w,tflops,gb_s\n300,fast,2\n",
            (),
            3,
            "log.csv:2:1: error: tflops: must be a number (got 'fast')",
        ),
        (
            "power_w,tflops,gb_s\n300,100,1000\n",
            (),
            3,
            "a fit needs at least 6 rows below the power limit (got 1)",
        ),
        ("power_w\n300\n", (), 3, "tells no operations and no bytes per second"),
        ("power_w\n300\n", ("--hardware", "h10"), 3, "no shipped hardware of this name"),
        ("power_w\n300\n", ("--hardware", "a40", "--format", "fp8"), 3, "a40 has no fp8 products"),
        ("power_w\n300\n", ("--at", "3"), 2, "'3' are no rates"),
    ],
)
def test_mistakes(run, tmp_path, monkeypatch, text, options, code, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "log.csv").write_text(text, encoding="utf-8")
    assert message in run("power", "calibrate", "log.csv", *options, code=code).stderr
