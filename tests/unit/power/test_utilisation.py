"""Phases in numbers, against sums over what was run."""

import math

import pytest

from power.hardware.reading import load_hardware
from power.serving import Server
from power.utilisation import summaries
from power.workloads.presets import preset

H100 = load_hardware("h100-sxm")
SERVED = Server(preset("llama-3.2-1b"), H100, limit=math.inf).static(4, 512, 33)


def test_phases_add_up_to_the_mean():
    prefill, decode, mean = summaries(SERVED, H100)
    assert [each.name for each in (prefill, decode, mean)] == ["prefill", "decode", "mean"]
    assert prefill.seconds + decode.seconds == pytest.approx(SERVED.seconds)
    assert prefill.share + decode.share == pytest.approx(mean.share) == pytest.approx(1.0)
    assert prefill.tokens + decode.tokens == pytest.approx(SERVED.tokens)
    for part, joules in mean.joules.items():
        assert joules == pytest.approx(prefill.joules[part] + decode.joules[part])
    assert sum(mean.joules.values()) == pytest.approx(SERVED.joules_per_token * SERVED.tokens)
    assert mean.board == pytest.approx(SERVED.watts)
    assert sum(mean.causes.values()) == pytest.approx(mean.board)


def test_utilisation_is_the_share_of_a_peak_and_stays_below_what_is_reached():
    prefill, decode, _ = summaries(SERVED, H100)
    moved = decode.moved["hbm"] / decode.seconds
    assert decode.utilisation["memory/hbm"] == pytest.approx(moved / H100.main.bandwidth)
    assert decode.utilisation["memory/hbm"] < H100.main.efficiency["default"]
    assert decode.bound == "main"
    assert prefill.bound == "matrix"
    assert prefill.utilisation["unit/tensor"] > 5 * decode.utilisation["unit/tensor"]


def test_one_phase_has_no_mean_beside_it():
    (only,) = summaries(Server(preset("resnet-50"), H100).inference(8), H100)
    assert only.name == "inference"


def test_a_limit_is_named_with_the_clock_it_leaves():
    held = Server(preset("llama-3.2-1b"), H100, limit=400).static(32, 2048, 9)
    prefill = summaries(held, H100)[0]
    assert prefill.reason == "power cap"
    assert prefill.hertz < H100.clocks["core"].highest
