import numpy as np
import pytest

from power.workloads.graph import work
from power.workloads.phase import Decode, Inference, Iteration, Prefill
from power.workloads.presets import preset
from power.workloads.speculative import SpeculativeDecoding
from tests.unit.power.workloads.small import linear_flops, small


def pair(tokens=4, acceptance=0.8):
    return SpeculativeDecoding(small("dense"), small("mamba"), tokens, acceptance)


@pytest.mark.parametrize("acceptance", [0.0, 0.3, 0.8, 0.99])
def test_expected_tokens_follow_the_geometric_sum(acceptance):
    expected = (1 - acceptance**5) / (1 - acceptance)
    assert pair(4, acceptance).tokens_per_step == pytest.approx(expected)


def test_expected_tokens_agree_with_drawn_ones():
    draws = np.random.default_rng(3).random((20_000, 4)) < 0.7
    tokens = 1 + np.cumprod(draws, axis=1).sum(axis=1)
    four_sigma = 4 * tokens.std() / np.sqrt(len(tokens))
    assert abs(tokens.mean() - pair(4, 0.7).tokens_per_step) < four_sigma
    assert pair(4, 1.0).tokens_per_step == 5


def test_a_step_is_the_drafts_and_one_check_of_all_tokens():
    both = pair(3)
    graph = both.graph(Decode(2, 100))
    drafted = tuple(each for each in graph if each.group == "draft")
    checked = tuple(each for each in graph if each.group == "target")
    one = linear_flops(small("mamba").graph(Decode(2, 100)))
    assert linear_flops(drafted) == 3 * one
    assert linear_flops(checked) == 4 * linear_flops(small("dense").graph(Decode(2, 100)))
    # The target reads its weights once for all of them.
    once = work(small("dense").graph(Prefill(2, 4, 100, logits=4))).traffic.weights
    assert work(checked).traffic.weights == once


def test_prompts_go_through_both_models():
    both, phase = pair(), Prefill(2, 50)
    apart = sum(work(small(name).graph(phase)).flops for name in ("dense", "mamba"))
    assert work(both.graph(phase)).flops == pytest.approx(apart)
    mixed = both.graph(Iteration((phase, Decode(3, 20))))
    assert work(mixed).flops == pytest.approx(
        work(both.graph(phase)).flops + work(both.graph(Decode(3, 20))).flops
    )


def test_memory_is_that_of_both():
    both = pair()
    assert both.weight_bytes == small("dense").weight_bytes + small("mamba").weight_bytes
    assert both.state_bytes(10, 3) == small("dense").state_bytes(10, 3) + small("mamba").state_bytes(10, 3)
    assert both.quantised("fp8").weight_bytes < both.weight_bytes


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: pair(0), "draft_tokens must be >= 1"),
        (lambda: pair(4, 1.2), r"acceptance must be in \[0, 1\]"),
        (
            lambda: SpeculativeDecoding(preset("bert-base"), small("dense"), 2, 0.5),
            "the target must decode token by token; bert-base",
        ),
        (lambda: pair().graph(Inference(1)), "has the phases Prefill, Decode and Iteration"),
    ],
)
def test_impossible_pairs_and_phases(make, message):
    with pytest.raises(ValueError, match=message):
        make()
