import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from power.workloads.feedforward import FeedForward
from power.workloads.graph import work
from power.workloads.moe import MixtureOfExperts
from power.workloads.phase import Prefill
from power.workloads.step import Step

BLOCK = MixtureOfExperts(FeedForward(32, 48), 16, 2)


def test_one_token_touches_its_own_experts_and_many_touch_all():
    assert BLOCK.touched(1) == pytest.approx(2)
    assert BLOCK.touched(1e6) == pytest.approx(16)
    assert MixtureOfExperts(FeedForward(32, 48), 4, 4).touched(0.5) == 4


def test_expected_experts_agree_with_drawn_ones():
    generator, tokens, draws = np.random.default_rng(5), 9, 4000
    order = np.argsort(generator.random((draws, tokens, 16)), axis=2)[:, :, :2]
    hit = np.zeros((draws, 16), bool)
    np.put_along_axis(hit, order.reshape(draws, -1), values=True, axis=1)
    counts = hit.sum(axis=1)
    four_sigma = 4 * counts.std() / math.sqrt(draws)
    assert abs(counts.mean() - BLOCK.touched(tokens)) < four_sigma


@given(st.floats(0.5, 1e5), st.floats(1.0, 4.0))
def test_more_tokens_touch_no_fewer_experts_and_never_more_than_there_are(tokens, factor):
    assert BLOCK.touched(tokens) <= BLOCK.touched(tokens * factor) * (1 + 1e-12)
    assert BLOCK.touched(tokens * factor) <= 16


@pytest.mark.parametrize("tokens", [1, 7, 1000])
def test_operations_are_those_of_the_active_weights(tokens):
    graph = BLOCK.operators(Step((Prefill(1, tokens),)))
    assert work(graph).matrix_flops == pytest.approx(2 * tokens * BLOCK.parameters.active)


def test_weights_read_are_those_of_the_experts_touched():
    graph = BLOCK.operators(Step((Prefill(1, 5),)))
    read = sum(each.traffic.weights for each in graph if each.experts)
    assert read == pytest.approx(BLOCK.touched(5) * 3 * 32 * 48 * 2)


def test_parameters_and_idle_ones_by_hand():
    block = MixtureOfExperts(
        FeedForward(32, 48), 16, 2, FeedForward(32, 24), shared_gate=True, router_bias=True
    )
    each = 3 * 32 * 48
    assert block.parameters.expert == 16 * each
    assert block.parameters.linear == 3 * 32 * 24
    assert block.parameters.wide == 16 * 33 + 32
    assert block.parameters.idle == 14 * each


def test_narrowing_keeps_the_experts_that_a_token_needs():
    assert BLOCK.narrowed(0.5).experts == 8
    assert BLOCK.narrowed(0.01).experts == 2
