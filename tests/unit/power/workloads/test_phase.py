from typing import Any

import pytest

from power.workloads.phase import Decode, Inference, Iteration, Prefill, TrainingStep


def unknown() -> Any:
    return "lion"


def test_a_decode_step_is_a_prefill_of_one_token():
    assert Decode(8, 100).prefill == Prefill(8, 1, 100)
    assert Iteration((Decode(8, 100), Prefill(1, 64))).prefills == (Prefill(8, 1, 100), Prefill(1, 64))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Prefill(0, 1), r"batch must be > 0 \(got 0\)"),
        (lambda: Prefill(1, -3), r"tokens must be > 0 \(got -3\)"),
        (lambda: Prefill(1, 8, -1), r"past must be >= 0"),
        (lambda: Prefill(1, 8, logits=9), r"logits must be <= tokens \(got 9 > 8\)"),
        (lambda: Decode(1, -1), "context must be >= 0"),
        (lambda: Decode(float("nan"), 1), "batch must be > 0"),
        (lambda: Iteration(()), "at least one part"),
        (lambda: Inference(-1), "batch must be > 0"),
        (lambda: TrainingStep(1, optimiser=unknown()), "sgd, momentum or adam"),
    ],
)
def test_impossible_phases(make, message):
    with pytest.raises(ValueError, match=message):
        make()
