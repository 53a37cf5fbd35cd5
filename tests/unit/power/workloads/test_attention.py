import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from power.workloads.attention import Attention, attended
from power.workloads.graph import Kind, work
from power.workloads.phase import Decode, Inference, Prefill
from power.workloads.step import AttentionKernel, Step
from tests.unit.power.workloads.small import small

SIZES = st.integers(1, 300)


@given(SIZES, st.integers(0, 300), SIZES)
def test_pairs_are_the_sum_over_queries(tokens, past, window):
    exact = sum(min(past + query, window) for query in range(1, tokens + 1))
    assert attended(tokens, past, window) == exact
    assert attended(tokens, past) == tokens * past + tokens * (tokens + 1) / 2


@given(SIZES, SIZES, st.integers(0, 300), st.one_of(SIZES, st.just(math.inf)))
def test_chunks_of_a_prompt_have_the_pairs_of_the_whole(first, second, past, window):
    whole = attended(first + second, past, window)
    assert attended(first, past, window) + attended(second, past + first, window) == whole


def attention(heads=8, key_heads=2, **more):
    return Attention(64, heads, key_heads, 16, rotary_size=16, **more)


def graph(layer, part, kernel=AttentionKernel.FLASH):
    return layer.operators(Step((part,), kernel=AttentionKernel(kernel)))


def products(operators):
    return [each for each in operators if each.kind is Kind.ATTENTION]


def test_flash_operations_are_four_pairs_heads_size():
    (one,) = products(graph(attention(), Prefill(3, 100, 50)))
    assert one.matrix_flops == 4 * 3 * attended(100, 50) * 8 * 16
    assert sum(each.flops for each in one.gemms) == one.matrix_flops


def test_naive_attention_moves_the_score_matrix_four_times():
    layer, part = attention(), Prefill(2, 96, 32)
    flash, naive = (work(graph(layer, part, kernel)).traffic for kernel in ("flash", "naive"))
    scores = 2 * 8 * 96 * (96 + 32) * 2  # batch, heads, queries, keys, bytes
    assert naive.total - flash.total == pytest.approx(4 * scores, rel=1e-12)
    assert naive.state == flash.state
    assert flash.restreamed == 0.0


def test_naive_attention_computes_masked_scores_too():
    layer, part = attention(), Prefill(1, 64)
    flash, naive = (
        sum(each.matrix_flops for each in graph(layer, part, kernel) if "qkv" not in each.name)
        for kernel in ("flash", "naive")
    )
    output = 2 * 64 * 128 * 64
    assert (naive - output) / (flash - output) == pytest.approx(64 / (65 / 2))


def test_flash_streams_keys_again_for_each_further_block_of_queries():
    (one,) = products(graph(attention(causal=False), Prefill(1, 512)))
    keys = 512 * 2 * 2 * 16 * 2  # tokens, key heads, keys and values, size, bytes
    assert one.traffic.restreamed == 3 * keys


def test_decode_reads_the_cache_once_per_key_head_or_once_per_query_head():
    part = Decode(4, 1000).prefill
    (grouped,) = products(graph(attention(), part))
    (old,) = products(graph(attention(), part, AttentionKernel.PER_HEAD))
    assert grouped.traffic.state_read == 4 * 1000 * 2 * 2 * 16 * 2
    assert old.traffic.state_read == 4 * grouped.traffic.state_read
    assert old.matrix_flops == grouped.matrix_flops


def test_the_cache_written_is_the_cache_that_grows():
    layer = attention()
    written = work(graph(layer, Prefill(3, 10, 5))).traffic.state_written
    assert written == 3 * 2 * (layer.state(15).kv - layer.state(5).kv)


def test_a_window_bounds_cache_pairs_and_reads():
    layer = attention(window=64)
    assert layer.state(1000).kv == layer.state(64).kv == 64 * 2 * 2 * 16
    assert layer.state(63).kv == 63 * 2 * 2 * 16
    (one,) = products(graph(layer, Decode(1, 1000).prefill))
    assert one.matrix_flops == 4 * 64 * 8 * 16
    assert one.traffic.state_read == 63 * 2 * 2 * 16 * 2


def test_parameters_by_hand():
    layer = attention(qkv_bias=True, output_bias=True, head_norm="head", sinks=True)
    assert layer.parameters.linear == 64 * (128 + 2 * 32) + 128 * 64
    assert layer.parameters.wide == (128 + 64) + 64 + 2 * 16 + 8
    assert replace(layer, head_norm="full").parameters.wide == (128 + 64) + 64 + (128 + 32) + 8


def test_narrowing_takes_whole_groups():
    half = attention().narrowed(0.5)
    assert (half.heads, half.key_heads) == (4, 1)
    assert attention(key_heads=1).narrowed(0.25).heads == 2
    assert attention().narrowed(0.01).key_heads == 1


def test_an_encoder_sees_both_ways_and_keeps_nothing():
    layer = attention(causal=False)
    assert layer.state(100).kv == 0
    (one,) = products(layer.operators(Step((Prefill(1, 50, logits=50),), cached=False)))
    assert one.matrix_flops == 4 * 50 * 50 * 8 * 16
    assert one.traffic.state == 0


def test_eager_attention_passes_over_the_scores_ten_times():
    layer, part = attention(), Prefill(2, 96)
    naive, eager = (work(graph(layer, part, kernel)).traffic for kernel in ("naive", "eager"))
    matrix = 2 * 8 * 96 * 96 * 2
    assert eager.total - naive.total == 6 * matrix  # scale, causal mask, padding mask: each in and out
    assert eager.state == naive.state


def test_an_eager_decode_step_copies_the_cache_to_append_to_it():
    layer, part = attention(), Decode(3, 500).prefill
    naive, eager = (work(graph(layer, part, kernel)).traffic for kernel in ("naive", "eager"))
    cache = 3 * 500 * layer.shape.per_token * 2
    assert eager.state_read - naive.state_read == cache
    assert eager.state_written - naive.state_written == cache


def test_unknown_kernel():
    with pytest.raises(
        ValueError, match=r"unknown attention kernel 'flesh' \(known: flash, naive, eager, per-head\)"
    ):
        small("dense").with_kernel("flesh")


def test_the_kernel_changes_nothing_but_attention():
    model, phase = small("dense"), Inference(2, 64)
    kept = [
        tuple(
            each for each in model.with_kernel(kernel).graph(phase) if not each.name.startswith("attention.")
        )
        for kernel in ("flash", "naive")
    ]
    assert kept[0] == kept[1]
