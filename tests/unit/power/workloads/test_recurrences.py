"""Mamba-1, Mamba-2, RG-LRU and RWKV: state, operations, traffic."""

import pytest

from power.workloads.graph import Kind, work
from power.workloads.griffin import GatedRecurrence
from power.workloads.mamba import Mamba
from power.workloads.mamba2 import Mamba2
from power.workloads.phase import Decode, Prefill
from power.workloads.presets import preset
from power.workloads.rwkv import ChannelMixing, TimeMixing
from power.workloads.step import Step

MIXERS = (
    Mamba(64, 128, 16, 4, 4),
    Mamba2(64, 4, 32, 16, 2, chunk=32),
    GatedRecurrence(64, 96, 4),
    TimeMixing(64, 64),
    ChannelMixing(64, 256),
)


def scan(graph):
    return next(each for each in graph if each.kind is Kind.SCAN)


@pytest.mark.parametrize("mixer", MIXERS)
def test_a_decode_step_reads_and_writes_its_whole_state(mixer):
    kept = mixer.state(10)
    traffic = work(mixer.operators(Step((Decode(3, 10).prefill,)))).traffic
    assert traffic.state_read == traffic.state_written == 3 * (4 * kept.recurrent + 2 * kept.tail)


@pytest.mark.parametrize("mixer", MIXERS)
def test_state_does_not_grow(mixer):
    assert mixer.state(1) == mixer.state(10**6)


@pytest.mark.parametrize("mixer", MIXERS)
def test_a_prompt_writes_its_state_once_and_reads_none(mixer):
    kept = mixer.state(10)
    traffic = work(mixer.operators(Step((Prefill(3, 500),)))).traffic
    assert traffic.state_read == 0
    assert traffic.state_written == 3 * (4 * kept.recurrent + 2 * kept.tail)


@pytest.mark.parametrize("mixer", MIXERS)
def test_products_with_weights_take_two_operations_per_weight_and_token(mixer):
    graph = mixer.operators(Step((Decode(5, 10).prefill,)))
    assert work(graph).matrix_flops == 2 * 5 * mixer.parameters.linear


@pytest.mark.parametrize("mixer", MIXERS)
def test_all_parameters_are_read_once(mixer):
    read = work(mixer.operators(Step((Decode(1, 10).prefill,)))).traffic.weights
    assert read == pytest.approx(2 * mixer.parameters.total, rel=0.02)


def test_mamba1_parameters_by_hand():
    inner, hidden, state, rank = 128, 64, 16, 4
    expected = (
        hidden * 2 * inner  # in
        + inner * 4
        + inner  # convolution
        + inner * (rank + 2 * state)  # selection
        + rank * inner
        + inner  # time step
        + inner * state
        + inner  # A, D
        + inner * hidden  # out
    )
    assert MIXERS[0].parameters.total == expected


def test_mamba2_chunks_by_hand():
    mixer, tokens = Mamba2(64, 4, 32, 16, 2, chunk=32), 96
    one = scan(mixer.operators(Step((Prefill(2, tokens),))))
    per_token = 2 * 32 * 16 * 2 + 2 * 32 * 128 + 2 * 16 * 128 + 2 * 16 * 128
    assert one.matrix_flops == pytest.approx(2 * tokens * per_token)
    assert sum(each.flops for each in one.gemms) == pytest.approx(one.matrix_flops)


def test_a_short_prompt_is_one_short_chunk():
    one = scan(Mamba2(64, 4, 32, 16, 2, chunk=32).operators(Step((Prefill(1, 8),))))
    assert {each.m for each in one.gemms} == {8, 16}


def test_the_state_of_nemotron_nano_is_what_the_measured_fit_needs():
    # 27 layers x 128 heads x 80 channels x 128 x 4 bytes, read and written: 283 MB a sequence and step.
    model = preset("nemotron-nano-9b-v2")
    moved = sum(
        each.traffic.state * each.count for each in model.graph(Decode(1, 1000)) if each.kind is Kind.SCAN
    )
    assert moved == 27 * 128 * 80 * 128 * 4 * 2


def test_mamba_has_the_state_of_its_configuration():
    # mamba-2.8b: 64 layers of 5120 channels, 16 states in fp32 and 3 inputs in bf16 each.
    assert preset("mamba-2.8b").state_bytes(10**6) == 64 * 5120 * (16 * 4 + 3 * 2)
    # rwkv-4-169m: 12 layers of 768 channels: three numbers in fp32, two last tokens in bf16.
    assert preset("rwkv-4-169m").state_bytes(7) == 12 * 768 * (3 * 4 + 2 * 2)


def test_narrowing_keeps_groups_and_blocks():
    assert Mamba2(64, 8, 32, 16, 4).narrowed(0.5).heads == 4
    assert GatedRecurrence(64, 96, 4).narrowed(0.5).inner == 48
    assert TimeMixing(64, 128).narrowed(0.5).inner == 64
    assert Mamba(64, 128, 16, 4, 4).narrowed(0.5).inner == 64
