"""Times of operators, worked out by hand; bounds that no choice of numbers may break."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from power.dvfs import boost, locked
from power.hardware.reading import load_hardware
from power.host import Host
from power.roofline import run
from power.workloads.graph import Gemm, Kind, Operator, Traffic, work
from power.workloads.phase import Decode, Prefill
from power.workloads.precision import FORMATS
from power.workloads.presets import preset
from tests.unit.power.devices import plain, product, streamed


def seconds(operator: Operator, **overrides: object) -> float:
    return run([operator], plain(overrides)).seconds


def test_a_large_product_takes_its_operations_over_the_rate():
    # 2 * 4096^3 operations at half of 100 TFLOP/s.
    assert seconds(product(4096, 4096, 4096)) == pytest.approx(2 * 4096**3 / 50e12, rel=1e-12)


def test_a_thin_product_takes_its_weights_over_the_bandwidth():
    # 32 MiB of weights at 0.8 TB/s; activations of 16 KiB stay in the cache.
    assert seconds(product(1, 4096, 4096)) == pytest.approx(2 * 4096**2 / 0.8e12, rel=1e-12)


def test_activations_leave_the_cache_when_they_take_too_much_of_it():
    small, large = Traffic(inputs=2.5e6, outputs=2.5e6), Traffic(inputs=2.6e6, outputs=2.5e6)
    assert run([Operator("x", Kind.NORM, traffic=small)], plain()).moved["dram"] == 0.0
    assert run([Operator("x", Kind.NORM, traffic=large)], plain()).moved["dram"] == pytest.approx(5.1e6)


def test_weights_of_time_steps_are_read_once_if_they_fit():
    step = replace(product(1, 1000, 1000), count=200, steps=100)
    assert run([step], plain()).moved["dram"] == pytest.approx(4e6)
    assert run([step], plain({"memories.cache.capacity_mb": 3})).moved["dram"] == pytest.approx(400e6)


def test_eight_bits_run_at_their_own_peak_and_four_at_that_of_eight():
    bf16, fp8, fp4 = (seconds(product(4096, 4096, 4096, form)) for form in ("bf16", "fp8", "fp4"))
    assert bf16 / fp8 == pytest.approx(2.0)
    assert fp4 == fp8


def test_structured_sparsity_halves_the_work_where_the_hardware_can_skip_it():
    half = replace(product(4096, 4096, 4096), density=0.5, structured=True)
    assert seconds(half) == seconds(product(4096, 4096, 4096))
    assert seconds(half, **{"units.matrix.structured_speedup": 2}) == pytest.approx(seconds(half) / 2)


def test_a_slower_clock_slows_products_but_not_memory():
    hardware = plain()
    slow = locked(hardware, 500e6)
    fat, thin = product(4096, 4096, 4096), streamed(1e9)
    assert run([fat], hardware, slow).seconds == pytest.approx(2 * run([fat], hardware).seconds)
    assert run([thin], hardware, slow).seconds == run([thin], hardware).seconds


def test_overheads_add_up():
    host = Host("host", kernel=3e-6, step=1e-3, sequence=1e-4)
    bare = run([product()], plain()).seconds
    found = run([product()], plain(), host=host, sequences=5)
    assert found.seconds == pytest.approx(bare + 3e-6 + 1e-3 + 5e-4)
    assert found.busy == pytest.approx(bare + 3e-6 + 5e-4)


def test_a_device_faster_than_the_host_waits_and_a_slower_one_does_not():
    host = Host("eager", issue=1e-3)
    waiting = run([product(64, 64, 64)], plain(), host=host)
    assert waiting.seconds == pytest.approx(1e-3)
    assert waiting.busy < 1e-6
    large = product(8192, 8192, 8192)
    assert run([large], plain(), host=host).seconds == run([large], plain()).seconds


@given(st.floats(1, 1e4), st.floats(1, 1e4), st.floats(1, 1e4))
def test_never_faster_than_any_resource_allows(m, n, k):
    one = product(m, n, k)
    activity = run([one], plain())
    assert activity.seconds >= one.matrix_flops / 100e12
    assert activity.seconds >= activity.moved["dram"] / 1000e9
    assert activity.seconds >= activity.moved["cache"] / 4000e9


@pytest.mark.parametrize("name", ["llama-3.1-8b", "mixtral-8x7b", "nemotron-nano-9b-v2", "deepseek-v2-lite"])
def test_operations_of_a_model_are_all_counted(name):
    graph = preset(name).graph(Prefill(2, 256))
    activity = run(graph, load_hardware("tpuv4i-like"))  # systolic: nothing is padded
    assert activity.flops == pytest.approx(work(graph).flops, rel=1e-12)
    assert math.fsum(each.total for each in activity.timings) == pytest.approx(activity.seconds, rel=1e-12)


def test_decode_of_a_transformer_is_bound_by_memory_and_prefill_by_products():
    model, h100 = preset("llama-3.1-8b"), load_hardware("h100-sxm")
    decode = run(model.graph(Decode(8, 1000)), h100)
    prefill = run(model.graph(Prefill(8, 1000)), h100)
    assert max(decode.time_by("bound"), key=decode.time_by("bound").__getitem__) == "main"
    assert max(prefill.time_by("bound"), key=prefill.time_by("bound").__getitem__) == "matrix"
    weights = model.weight_bytes - 2 * 128256 * 4096  # the token table is only looked up
    assert decode.seconds >= weights / h100.main.bandwidth


def test_two_formats_of_operands_take_the_wider():
    narrow = preset("llama-3.1-8b").quantised(weights="int4")
    wide = preset("llama-3.1-8b")
    at = load_hardware("h100-sxm")
    assert run(narrow.graph(Prefill(8, 2048)), at).seconds == pytest.approx(
        run(wide.graph(Prefill(8, 2048)), at).seconds, rel=0.05
    )
    assert run(narrow.graph(Decode(1, 100)), at).seconds < 0.5 * run(wide.graph(Decode(1, 100)), at).seconds


def test_a_repeated_activity_takes_as_many_times_as_long():
    once = run([product(), streamed(1e6)], plain())
    thrice = once.repeated(3)
    assert thrice.seconds == pytest.approx(3 * once.seconds)
    assert thrice.flops == pytest.approx(3 * once.flops)
    assert thrice.point == boost(plain())


def test_products_of_attention_fill_tiles_of_rows():
    gemm = Gemm(4, 1000, 128, 8)
    attention = Operator(
        "attention", Kind.ATTENTION, gemm.flops, traffic=Traffic(), gemms=(gemm,), math=FORMATS["bf16"]
    )
    hardware = load_hardware("h100-sxm")
    assert run([attention], hardware).operations[("tensor", "bf16")] == pytest.approx(16 * gemm.flops)


def test_bytes_take_as_long_as_the_slowest_wires_that_carry_them():
    # Half of the cache's bytes over half of 1 TB/s: as fast as all of them over 1 TB/s.
    wires = {"bandwidth_gb_s": 1000, "efficiency": 0.5, "energy_pj_bit": 0, "clock": "core"}
    noc = {"carries": "cache", "share": 0.5, **wires}
    operator = streamed(1e6, Kind.ELEMENTWISE)
    (free,), (held,) = (run([operator], plain(paths)).timings for paths in ({}, {"paths": {"noc": noc}}))
    assert free.cache == pytest.approx(1e6 / 4e12)
    assert held.cache == pytest.approx(1e6 / 1e12)
    (slow,) = run([operator], plain({"paths": {"noc": noc}}), locked(plain(), 500e6)).timings
    assert slow.cache == pytest.approx(2 * held.cache)
