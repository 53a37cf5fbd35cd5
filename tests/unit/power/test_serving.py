"""Serving: sums over phases, limits of memory, orders that must hold."""

import math

import pytest

from floorplans.diagnostics import InputError
from power.dvfs import boost
from power.energy import dissipation
from power.hardware.placement import block_areas
from power.hardware.reading import load_hardware
from power.host import host_named
from power.occupancy import fitting, fitting_training, occupancy
from power.roofline import run
from power.serving import Server, observed
from power.workloads.phase import Decode, Inference, TrainingStep
from power.workloads.presets import preset
from power.workloads.speculative import SpeculativeDecoding
from thermal.design import load

SMALL, LARGE = preset("llama-3.2-1b"), preset("llama-3.1-8b")
H100 = load_hardware("h100-sxm")


def test_a_static_batch_is_its_prefill_and_its_decode_steps():
    served = Server(SMALL, H100).static(4, 256, 33)
    assert sum(phase.times for phase in served.named("decode")) == pytest.approx(32)
    assert served.tokens == 4 * 33
    assert served.seconds == pytest.approx(served.ttft + 32 * served.itl)
    energy = math.fsum(p.step.dissipation.energy * p.times for p in served.phases)
    assert served.joules_per_token == pytest.approx(energy / served.tokens)


def test_few_contexts_stand_for_all_decode_steps():
    server = Server(LARGE, H100, limit=math.inf)
    each = [server.step(Decode(16, 1000 + step + 0.5), "decode", 16).activity.seconds for step in range(63)]
    served = server.static(16, 1000, 64)
    assert 63 * served.itl == pytest.approx(sum(each), rel=1e-4)


def test_one_output_token_is_the_prefill_alone():
    served = Server(SMALL, H100).static(4, 256, 1)
    assert len(served.phases) == 1
    assert served.itl == 0.0


def test_more_sequences_give_more_tokens_at_less_energy_each():
    one, many = (Server(LARGE, H100).static(batch, 512, 64) for batch in (1, 32))
    assert many.tokens_per_second > 8 * one.tokens_per_second
    assert many.joules_per_token < one.joules_per_token / 5
    assert many.itl > one.itl


def test_in_flight_batching_fills_the_memory_and_no_more():
    server = Server(LARGE, H100)
    batch = server.largest_batch(1000, 1000)
    room = occupancy(LARGE, H100, 2000)
    assert room.weights + batch * room.sequence <= room.capacity
    assert room.weights + (batch + 1) * room.sequence > room.capacity
    assert server.largest_batch(1000, 1000, reserved=False) > batch


def test_tokens_in_flight_balance():
    # Each of the batch's sequences takes output - 1 steps after its prefill.
    served = Server(LARGE, H100).in_flight(100, 101, batch=50)
    assert served.tokens == pytest.approx(50 + 50 / 100)


def test_sharing_weight_reads_beats_prefills_of_their_own():
    server = Server(LARGE, H100, limit=math.inf)
    mixed = server.in_flight(512, 128, batch=32)
    apart = server.in_flight(512, 128, batch=32, chunked=False)
    assert mixed.tokens_per_second > apart.tokens_per_second
    assert {phase.name for phase in apart.phases} == {"prefill", "decode"}


def test_two_devices_are_faster_than_one_and_less_than_twice():
    one, two = (Server(LARGE, H100, devices, limit=math.inf).static(8, 512, 32) for devices in (1, 2))
    assert 1.0 < two.tokens_per_second / one.tokens_per_second < 2.0
    assert two.joules_per_token == pytest.approx(two.watts * 2 / two.tokens_per_second)


def test_a_model_larger_than_memory_says_by_how_much_and_what_would_fit():
    with pytest.raises(InputError) as found:
        Server(preset("llama-3.1-70b"), H100).static(1, 1000, 100)
    text = str(found.value)
    assert "llama-3.1-70b needs 141 GB (141 GB weights, 360 MB state of 1 x 1100 tokens)" in text
    assert "64.5 GB more than the 77 GB that h100-sxm has for them" in text
    assert "2 devices" in text
    assert "weights in fp8 (72.7 GB)" in text  # embeddings stay wide


def test_a_batch_larger_than_memory_says_which_fits():
    with pytest.raises(InputError, match=r"what would fit: a batch of (\d+)") as found:
        Server(LARGE, H100).static(1000, 4000, 1000)
    batch = int(str(found.value).split("a batch of ")[1].split(";")[0])
    assert fitting(LARGE, H100, 5000, batch=batch).sequences == batch


def test_a_state_space_model_is_not_bound_by_context():
    mamba = Server(preset("mamba-2.8b"), H100)
    assert mamba.largest_batch(100, 100) == mamba.largest_batch(100000, 100)


def test_sampling_costs_time_and_energy():
    plain, vllm = (
        Server(LARGE, H100, host=host_named(name)).in_flight(120, 400, batch=64)
        for name in ("compiled", "vllm")
    )
    assert vllm.tokens_per_second < plain.tokens_per_second
    assert vllm.joules_per_token > plain.joules_per_token


def test_watts_at_a_measured_time():
    work = run(LARGE.graph(Decode(64, 500)), H100)
    assert observed(work, H100, work.seconds) == pytest.approx(dissipation(work, H100).board)
    assert observed(work, H100, 2 * work.seconds) < dissipation(work, H100).board


def test_encoders_and_training_steps_run_too():
    bert = Server(preset("bert-base"), load_hardware("v100-pcie"), host=host_named("eager"))
    forward, training = bert.step(Inference(8, 128)), bert.step(TrainingStep(8, 128, "adam"))
    assert training.activity.seconds > 2.5 * forward.activity.seconds
    assert set(training.activity.time_by("stage")) == {"forward", "backward", "optimiser"}


def test_phases_have_different_maps_in_a_floorplan():
    design, device = load("accel-2p5d"), load_hardware("accel-2p5d")
    areas = block_areas(design.package, design.dies)
    served = Server(LARGE, device).static(8, 2048, 64)
    prefill, decode = served.power_map(areas, "prefill"), served.power_map(areas, "decode")
    assert prefill["soc0/tensor_r00c0"] > 2 * decode["soc0/tensor_r00c0"]
    assert decode["hbm0/dram_sw"] > prefill["hbm0/dram_sw"]
    assert prefill["soc0/tensor_r01c6"] < 0.2 * prefill["soc0/tensor_r00c0"]  # fused off: leakage only
    mean = served.power_map(areas).total
    assert mean == pytest.approx(
        sum(p.step.dissipation.package * p.seconds for p in served.phases) / served.seconds, rel=1e-12
    )
    with pytest.raises(InputError, match="no phase 'train'"):
        served.power_map(areas, "train")


def test_the_plain_use():
    hardware = load_hardware("accel-2p5d")
    served = Server(preset("llama-3.1-8b"), hardware).in_flight(2048, 256, batch=32)
    assert 0.0 < served.watts <= (hardware.power_limit or 0.0)
    assert served.phases[0].step.point.hertz["core"] <= boost(hardware).hertz["core"]


def test_speculative_decoding_is_served_by_its_tokens_a_step():
    pair = SpeculativeDecoding(LARGE, SMALL, 4, 0.8)
    server = Server(pair, H100, limit=math.inf)
    served = server.static(4, 256, 65)
    assert sum(p.times for p in served.named("decode")) == pytest.approx(64 / pair.tokens_per_step)
    assert served.tokens == 4 * 65
    assert sum(p.tokens * p.times for p in served.phases) == pytest.approx(served.tokens)
    plain = Server(LARGE, H100, limit=math.inf).static(4, 256, 65)
    assert served.itl < plain.itl
    assert served.ttft > plain.ttft  # the draft reads the prompt too


def test_a_draft_that_is_never_right_only_costs():
    never = Server(SpeculativeDecoding(LARGE, SMALL, 4, 0.0), H100, limit=math.inf).static(4, 256, 33)
    assert never.tokens_per_second < Server(LARGE, H100, limit=math.inf).static(4, 256, 33).tokens_per_second


def test_speculation_in_flight_balances_and_takes_room_for_both():
    pair = SpeculativeDecoding(LARGE, SMALL, 4, 0.8)
    served = Server(pair, H100).in_flight(100, 101, batch=50)
    # 100 tokens a sequence take 100 / yield steps, so so many prompts arrive in a step.
    yielded = pair.tokens_per_step
    assert served.tokens == pytest.approx(50 * yielded + 50 * yielded / 100)
    assert Server(pair, H100).largest_batch(1000, 1000) < Server(LARGE, H100).largest_batch(1000, 1000)


def test_images_and_samples_of_networks_that_generate_nothing():
    resnet = Server(preset("resnet-50"), H100).inference(32)
    assert (resnet.unit, resnet.mode, resnet.tokens, resnet.itl) == ("image", "inference", 32, 0.0)
    assert resnet.ttft == resnet.seconds
    step = Server(preset("resnet-50"), H100).training(32)
    assert step.tokens_per_second < resnet.tokens_per_second / 2.5
    assert Server(preset("bert-base"), H100).inference(8, 128).unit == "sample"


def test_training_that_does_not_fit_says_which_batch_would():
    with pytest.raises(InputError, match=r"training llama-3.1-70b needs .* what would fit: a smaller model"):
        Server(preset("llama-3.1-70b"), H100).training(1, 128)
    resnet = Server(preset("resnet-50"), H100)
    with pytest.raises(
        InputError, match=r"activations of 100000\), .* what would fit: a batch of (\d+)"
    ) as found:
        resnet.training(100_000)
    batch = int(str(found.value).split("a batch of ")[1])
    assert resnet.training(batch).tokens == batch
    with pytest.raises(InputError):
        resnet.training(batch + 1)


def test_what_training_keeps_of_every_parameter():
    bert, step = preset("bert-base").quantised("fp32"), TrainingStep(1, 16, "adam")
    kept = fitting_training(bert, H100, step)
    # fp32: weight, gradient and two moments, and activations besides.
    assert kept > 16 * bert.parameters
    halved = fitting_training(preset("bert-base"), H100, step)
    # bf16: weight and gradient of two bytes, two moments and a master copy of four.
    assert halved > 16 * bert.parameters
    assert halved < kept
