import pytest

from power.workloads.convolution import Canvas, Convolution
from power.workloads.graph import Kind, work
from power.workloads.phase import Inference, Prefill
from power.workloads.presets import preset
from power.workloads.resnet import ResNet
from power.workloads.step import Step


def multiply_adds(model, batch=1):
    """Of convolutions and classifier, as model tables count them."""
    return (
        sum(
            (each.matrix_flops if each.gemms else each.vector_flops) * each.count
            for each in model.graph(Inference(batch))
            if each.kind in {Kind.CONVOLUTION, Kind.GEMM}
        )
        / 2
    )


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("resnet-18", 1_814_073_344),
        ("resnet-50", 4_089_184_256),
        ("resnet-101", 7_801_405_440),
    ],
)
def test_multiply_adds_are_exactly_those_of_the_model_table(name, count):
    assert multiply_adds(preset(name)) == count
    assert multiply_adds(preset(name), 8) == 8 * count


@pytest.mark.parametrize(
    ("name", "billions", "tolerance"),
    [
        # Depth-wise layers carry their epilogue in the same count, hence the few per cent.
        ("efficientnet-b0", 0.386, 0.02),
        ("efficientnet-b4", 4.39, 0.02),
        ("efficientnet-b7", 37.75, 0.02),
        ("shufflenet-v2-x1", 0.145, 0.02),
        ("retinanet-r50", 151.54, 1e-4),
    ],
)
def test_multiply_adds_agree_with_the_model_table(name, billions, tolerance):
    assert multiply_adds(preset(name)) / 1e9 == pytest.approx(billions, rel=tolerance)


def step(images=1, **more):
    return Step((Prefill(images, 1),), cached=False, **more)


def test_a_convolution_is_its_implicit_product():
    layer = Convolution("c", 8, 16, (3, 5), (10, 12), (10, 12), groups=2, bias=True)
    (one,) = layer.operators(step(4))
    (gemm,) = one.gemms
    assert (gemm.m, gemm.n, gemm.k, gemm.batch) == (4 * 120, 8, 4 * 15, 2)
    assert one.traffic.inputs == 4 * 8 * 120 * 2
    assert one.traffic.outputs == 4 * 16 * 120 * 2
    assert layer.parameters.linear == 16 * 4 * 15
    assert layer.parameters.wide == 16 + 2 * 16


def test_a_depthwise_convolution_is_vector_work():
    layer = Convolution("c", 8, 8, (3, 3), (10, 10), (10, 10), groups=8)
    (one,) = layer.operators(step())
    assert (one.matrix_flops, one.gemms) == (0, ())
    assert one.vector_flops == 8 * 100 * (18 + 1 + 1)  # taps, norm, rectifier


def test_shared_and_frozen_weights_are_not_counted():
    shared = Convolution("c", 8, 8, (3, 3), (4, 4), (4, 4), shared=True)
    frozen = Convolution("c", 8, 8, (3, 3), (4, 4), (4, 4), frozen_norm=True)
    assert shared.parameters.total == 0
    assert frozen.parameters.total == 8 * 8 * 9


def test_sizes_follow_window_and_stride():
    canvas = Canvas(3, (224, 224)).convolved("stem", 64, 7, 2)
    assert canvas.size == (112, 112)
    assert canvas.pooled("pool", 3, 2).size == (56, 56)
    assert Canvas(1, (161, 1400)).convolved("c", 32, (41, 11), (2, 2)).size == (81, 700)


def test_pruning_a_network_draws_it_anew():
    half = preset("resnet-50").pruned(depth=0.5, width=0.5)
    assert half.architecture == ResNet((2, 2, 3, 2), (128, 256, 512, 1024), stem=32)
    assert multiply_adds(half) < multiply_adds(preset("resnet-50")) / 4
    b0 = preset("efficientnet-b0")
    assert b0.pruned(width=0.5).parameters < b0.parameters
    detector = preset("retinanet-r50")
    assert detector.pruned(width=0.5).parameters < detector.parameters / 2


def test_weights_are_read_once_whatever_the_batch():
    model = preset("resnet-50")
    one, many = (work(model.graph(Inference(batch))).traffic.weights for batch in (1, 256))
    assert one == many == 2 * model.parameters
