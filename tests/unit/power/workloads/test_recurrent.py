import pytest

from power.workloads.config.reader import read_config
from power.workloads.graph import work
from power.workloads.phase import Decode, Inference
from power.workloads.presets import preset
from power.workloads.recurrent import RecurrentLayer

SIZES = {"input_size": 30, "hidden_size": 50, "num_layers": 2, "sequence_length": 10}


@pytest.mark.parametrize(("cell", "gates"), [("lstm", 4), ("gru", 3), ("rnn", 1)])
@pytest.mark.parametrize("both", [False, True])
def test_parameters_and_state_by_hand(cell, gates, both):
    model = read_config({"model_type": cell, "bidirectional": both, **SIZES})
    ways = 1 + both
    first = gates * (50 * 30 + 50 * 50 + 2 * 50) * ways
    second = gates * (50 * 50 * ways + 50 * 50 + 2 * 50) * ways
    assert model.parameters == first + second
    assert model.state_bytes(99) == 2 * ways * 50 * (2 if cell == "lstm" else 1) * 4


def test_time_steps_follow_each_other_on_the_same_weights():
    model = read_config({"model_type": "lstm", **SIZES})
    loop = next(each for each in model.graph(Inference(8)) if each.name == "lstm.recurrence")
    assert (loop.count, loop.steps, loop.same_weights) == (20, 10, True)  # two layers of ten steps
    assert loop.matrix_flops == 2 * 8 * 50 * 200
    longer = next(each for each in model.graph(Inference(8, 30)) if each.name == "lstm.recurrence")
    assert (longer.count, longer.steps) == (60, 30)


def test_operations_are_two_per_weight_and_time_step():
    model = preset("lstm-ptb-small")
    linear = model.parameter_classes.linear
    assert work(model.graph(Inference(4, 20))).matrix_flops == 2 * 4 * 20 * linear


def test_an_rnn_in_one_direction_runs_step_by_step():
    model = read_config({"model_type": "gru", **SIZES})
    assert work(model.graph(Decode(4, 7))).matrix_flops == 2 * 4 * model.parameter_classes.linear
    both = read_config({"model_type": "gru", "bidirectional": True, **SIZES})
    with pytest.raises(ValueError, match="keeps no state from token to token"):
        both.graph(Decode(4, 7))


def test_deep_speech_sees_half_of_the_frames_and_scales_with_their_number():
    model = preset("deepspeech2")
    loop = next(each for each in model.graph(Inference(2)) if each.name == "lstm.recurrence")
    assert (loop.count, loop.steps) == (5 * 700, 700)
    short, whole = (work(model.graph(Inference(2, frames))).matrix_flops for frames in (700, 1400))
    assert whole == pytest.approx(2 * short)


def test_narrower_layers():
    assert RecurrentLayer("lstm", 30, 50).narrowed(0.5).hidden == 25
    assert (
        preset("deepspeech2").pruned(depth=0.4, width=0.5).parameters < preset("deepspeech2").parameters / 3
    )
