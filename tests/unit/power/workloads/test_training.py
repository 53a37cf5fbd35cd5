import pytest

from power.workloads.graph import Collective, Kind, Stage, work
from power.workloads.phase import Inference, TrainingStep
from power.workloads.presets import preset
from power.workloads.training import backward, saved_bytes
from tests.unit.power.workloads.small import DECODERS, small


def stages(graph):
    return {stage: [each for each in graph if each.stage is stage] for stage in Stage}


def test_resnet_backward_is_twice_its_forward_but_for_the_gradient_of_the_image():
    model = preset("resnet-50")
    found = stages(model.graph(TrainingStep(8)))
    forward, behind = work(found[Stage.FORWARD]), work(found[Stage.BACKWARD])
    stem = next(each for each in found[Stage.FORWARD] if each.name == "stem.conv")
    assert behind.matrix_flops == 2 * forward.matrix_flops - stem.matrix_flops
    assert forward.matrix_flops == work(model.graph(Inference(8))).matrix_flops


def test_batch_norms_are_operators_only_in_training():
    model = preset("resnet-50")
    assert not [each for each in model.graph(Inference(1)) if each.kind is Kind.NORM]
    norms = [each for each in model.graph(TrainingStep(1)) if each.name.endswith("conv.norm")]
    assert norms


def test_flash_attention_has_five_products_behind_two():
    forward = next(each for each in small("dense").graph(Inference(2, 64)) if each.kind is Kind.ATTENTION)
    (behind,) = backward(forward)
    assert behind.matrix_flops == pytest.approx(2.5 * forward.matrix_flops)
    naive = small("dense").with_kernel("naive").graph(Inference(2, 64))
    score = next(each for each in naive if each.name == "attention.scores")
    (behind,) = backward(score)
    assert behind.matrix_flops == 2 * score.matrix_flops


@pytest.mark.parametrize(("name", "share"), [("sgd", 0), ("momentum", 1), ("adam", 2)])
def test_the_optimiser_moves_every_parameter(name, share):
    model = preset("resnet-18").quantised("fp32")
    (step,) = stages(model.graph(TrainingStep(1, optimiser=name)))[Stage.OPTIMISER]
    count = model.parameters
    assert step.traffic.weights == step.traffic.inputs == step.traffic.outputs == 4 * count
    assert step.traffic.state_read == step.traffic.state_written == 4 * count * share
    assert (step.collective, step.collective_bytes) == (Collective.ALL_REDUCE, 4 * count)


def test_mixed_precision_keeps_a_master_copy():
    model = preset("resnet-18")
    (step,) = stages(model.graph(TrainingStep(1, optimiser="adam")))[Stage.OPTIMISER]
    assert step.traffic.state_read == (4 + 4 + 4) * model.parameters
    assert step.traffic.weights == 2 * model.parameters


def test_time_steps_share_one_weight_gradient():
    found = stages(preset("lstm-ptb-small").graph(TrainingStep(20)))
    (one,) = [each for each in found[Stage.BACKWARD] if each.name == "lstm.recurrence.weight_gradient"]
    assert (one.count, one.steps) == (2, 1)  # two layers
    assert [(gemm.m, gemm.n, gemm.k) for gemm in one.gemms] == [(200, 800, 20 * 20)]
    assert one.traffic.outputs == pytest.approx(2 * (200 * 800 + 800))  # one of two biases


@pytest.mark.parametrize("name", [*DECODERS, "resnet-18", "deepspeech2", "ncf-movielens-1m", "bert-base"])
def test_products_account_for_all_matrix_operations(name):
    model = small(name) if name in DECODERS else preset(name)
    for each in model.graph(TrainingStep(2)):
        assert sum(gemm.flops for gemm in each.gemms) == pytest.approx(each.matrix_flops), each.name


def test_saved_activations_are_the_inputs_of_the_forward_pass():
    graph = preset("resnet-18").graph(Inference(4))
    assert saved_bytes(graph) == work(graph).traffic.inputs
