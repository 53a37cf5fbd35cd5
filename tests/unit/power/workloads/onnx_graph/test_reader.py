"""ONNX files, made here and read back."""

from __future__ import annotations

import sys
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from floorplans.diagnostics import InputError
from power.workloads.config.reader import read_config
from power.workloads.graph import Kind, work
from power.workloads.onnx_graph.reader import OnnxArchitecture, read_onnx
from power.workloads.phase import Inference, TrainingStep
from power.workloads.presets import read_model

onnx: Any = pytest.importorskip("onnx", reason="the extra 'onnx' is not installed")


def parts(model):
    assert isinstance(model.architecture, OnnxArchitecture)
    return model.architecture


def weights(name, *shape, kind=np.float32):
    return onnx.numpy_helper.from_array(np.zeros(shape, kind), name)


def saved(folder, nodes, inputs, outputs, initial, domains=()):
    make = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node(kind, ins, outs, **more) for kind, ins, outs, more in nodes],
        "g",
        [make(name, onnx.TensorProto.FLOAT, shape) for name, shape in inputs.items()],
        [make(name, onnx.TensorProto.FLOAT, None) for name in outputs],
        initial,
    )
    sets = [onnx.helper.make_opsetid("", 17), *(onnx.helper.make_opsetid(each, 1) for each in domains)]
    path = folder / "net.onnx"
    onnx.save(onnx.helper.make_model(graph, opset_imports=sets), path)
    return path


def perceptron(folder):
    widths = (784, 300, 100, 10)
    nodes: list[Any] = []
    initial: list[Any] = []
    last = "x"
    for layer, (before, after) in enumerate(pairwise(widths)):
        initial += [weights(f"w{layer}", after, before), weights(f"b{layer}", after)]
        nodes.append(("Gemm", [last, f"w{layer}", f"b{layer}"], [f"h{layer}"], {"transB": 1}))
        last = f"h{layer}"
    return saved(folder, nodes, {"x": ["batch", 784]}, [last], initial)


def test_a_perceptron_is_the_perceptron_of_the_same_widths(tmp_path):
    read = read_onnx(perceptron(tmp_path)).quantised("bf16")
    drawn = read_config({"model_type": "mlp", "layer_sizes": [784, 300, 100, 10]})
    assert read.parameters == drawn.parameters
    assert read.weight_bytes == drawn.weight_bytes
    for batch in (1, 32):
        one, other = (work(model.graph(Inference(batch))) for model in (read, drawn))
        assert one.matrix_flops == other.matrix_flops
        assert one.traffic == other.traffic
    assert [each.gemms for each in read.graph(Inference(4))] == [
        each.gemms for each in drawn.graph(Inference(4))
    ]


def test_formats_are_those_of_the_file(tmp_path):
    assert read_onnx(perceptron(tmp_path)).precision.weights.name == "fp32"
    assert read_model(tmp_path / "net.onnx").family == "onnx"


def convolutional(folder, **first):
    nodes = [
        ("Conv", ["x", "w", "b"], ["c"], {"pads": [1, 1, 1, 1], "strides": [2, 2], **first}),
        ("BatchNormalization", ["c", "s", "t", "m", "v"], ["n"], {}),
        ("Relu", ["n"], ["r"], {}),
        ("Conv", ["r", "dw"], ["d"], {"group": 16, "pads": [1, 1, 1, 1]}),
        ("GlobalAveragePool", ["d"], ["p"], {}),
        ("Flatten", ["p"], ["f"], {}),
        ("MatMul", ["f", "fc"], ["y"], {}),
        ("Softmax", ["y"], ["z"], {}),
    ]
    initial = [weights("w", 16, 3, 3, 3), weights("b", 16), weights("dw", 16, 1, 3, 3), weights("fc", 16, 10)]
    initial += [weights(name, 16) for name in "stmv"]
    return saved(folder, nodes, {"x": ["n", 3, 32, 32]}, ["z"], initial)


def test_a_convolutional_network(tmp_path):
    model = read_onnx(convolutional(tmp_path))
    assert model.parameters == 16 * 27 + 16 + 4 * 16 + 16 * 9 + 160
    graph = model.graph(Inference(2))
    assert [(each.name, each.kind) for each in graph] == [
        ("conv", Kind.CONVOLUTION),
        ("batchnormalization", Kind.NORM),
        ("relu", Kind.ELEMENTWISE),
        ("conv", Kind.CONVOLUTION),
        ("globalaveragepool", Kind.POOL),
        ("matmul", Kind.GEMM),
        ("softmax", Kind.SOFTMAX),
    ]
    deep, _, _, depthwise, pool, dense, _ = graph
    (gemm,) = deep.gemms
    assert (gemm.m, gemm.n, gemm.k) == (2 * 256, 16, 27)
    assert deep.traffic.weights == 4 * (16 * 27 + 16)
    assert (depthwise.matrix_flops, depthwise.vector_flops) == (0, 2 * 2 * 16 * 256 * 9)
    assert pool.vector_flops == 2 * 16 * 256
    assert dense.matrix_flops == 2 * 2 * 160
    assert parts(model).free == 1
    assert not model.diagnostics
    assert work(model.graph(TrainingStep(2))).matrix_flops > 2 * work(graph).matrix_flops


def test_work_is_proportional_to_the_batch_and_weights_are_not(tmp_path):
    model = read_onnx(convolutional(tmp_path))
    one, many = (work(model.graph(Inference(batch))) for batch in (1, 64))
    assert many.flops == 64 * one.flops
    assert many.traffic.weights == one.traffic.weights
    assert many.traffic.activations == 64 * one.traffic.activations


def test_attention_of_activations(tmp_path):
    shape = ["batch", 4, "sequence", 16]
    nodes = [
        ("Transpose", ["k"], ["t"], {"perm": [0, 1, 3, 2]}),
        ("MatMul", ["q", "t"], ["s"], {}),
        ("Softmax", ["s"], ["p"], {}),
        ("MatMul", ["p", "v"], ["o"], {}),
    ]
    path = saved(tmp_path, nodes, {"q": shape, "k": shape, "v": shape}, ["o"], [])
    model = read_onnx(path, dimensions={"sequence": 50})
    graph = model.graph(Inference(3))
    assert sum(each.matrix_flops for each in graph) == 2 * 2 * 3 * 4 * 50 * 50 * 16
    softmax = next(each for each in graph if each.kind is Kind.SOFTMAX)
    assert softmax.vector_flops == 5 * 3 * 4 * 50 * 50
    assert model.parameters == 0


def test_an_lstm(tmp_path):
    nodes: list[Any] = [("LSTM", ["x", "w", "r", "b"], ["y", "h", "c"], {"hidden_size": 20})]
    initial = [weights("w", 1, 80, 30), weights("r", 1, 80, 20), weights("b", 1, 160)]
    path = saved(tmp_path, nodes, {"x": [12, 1, 30]}, ["y"], initial)
    model = read_onnx(path)
    (loop,) = model.graph(Inference(1))
    assert (loop.count, loop.same_weights) == (12, True)
    assert model.parameters == 80 * 50 + 160


def test_what_is_not_understood_is_counted_and_told(tmp_path):
    nodes = [
        ("Relu", ["x"], ["a"], {}),
        ("Det", ["a"], ["b"], {}),
        ("Mystery", ["a"], ["c"], {"domain": "mine"}),
        ("Mystery", ["c"], ["d"], {"domain": "mine"}),
    ]
    path = saved(tmp_path, nodes, {"x": ["n", 8, 8]}, ["b", "d"], [], ["mine"])
    architecture = parts(read_onnx(path))
    assert architecture.skipped == (("Det", 1),)
    assert architecture.unshaped == (("Mystery", 2),)
    told = [str(each) for each in architecture.diagnostics]
    assert told[0].startswith(f"{path}: warning: operator types not understood")
    assert "Det x 1" in told[0]
    assert "not counted at all: Mystery x 2" in told[1]


def test_weights_that_are_turned_first_still_belong_to_their_product(tmp_path):
    nodes = [
        ("Transpose", ["w"], ["t"], {"perm": [1, 0]}),
        ("MatMul", ["x", "t"], ["y"], {}),
    ]
    path = saved(tmp_path, nodes, {"x": ["n", 8]}, ["y"], [weights("w", 5, 8)])
    model = read_onnx(path)
    assert model.parameter_classes.linear == 40
    (one,) = model.graph(Inference(1))
    assert one.traffic.weights == 40 * 4
    assert parts(model).free == 1


def test_int8_weights(tmp_path):
    nodes: list[Any] = [
        ("DequantizeLinear", ["w", "scale"], ["d"], {}),
        ("MatMul", ["x", "d"], ["y"], {}),
    ]
    initial = [weights("w", 80, 50, kind=np.int8), weights("scale")]
    path = saved(tmp_path, nodes, {"x": ["n", 80]}, ["y"], initial)
    model = read_onnx(path)
    assert model.precision.weights.name == "int8"
    assert model.parameter_classes.linear == 4000
    (one,) = model.graph(Inference(1))
    assert one.traffic.weights == 4000


def test_symbolic_dimensions_that_are_not_there(tmp_path):
    with pytest.raises(
        InputError, match=r"no symbolic dimension 'bach'; did you mean 'batch'\? \(it has: batch\)"
    ):
        read_onnx(perceptron(tmp_path), dimensions={"bach": 4})


@pytest.mark.parametrize(("content", "message"), [(b"\x08\x80", "not an ONNX"), (b"", "not an ONNX model")])
def test_files_that_are_not_onnx(tmp_path, content, message):
    path = tmp_path / "net.onnx"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_onnx(path)
    with pytest.raises(InputError, match="no such file"):
        read_onnx(tmp_path / "none.onnx")


def test_a_graph_of_nothing_known(tmp_path):
    nodes: list[Any] = [("Mystery", ["x"], ["y"], {"domain": "mine"})]
    path = saved(tmp_path, nodes, {"x": ["n", 8]}, ["y"], [], ["mine"])
    with pytest.raises(InputError, match=r"nothing in this graph is understood \(Mystery x 1\)"):
        read_onnx(path)


def test_a_graph_cannot_be_pruned(tmp_path):
    model = read_onnx(perceptron(tmp_path))
    assert model.pruned() == model
    with pytest.raises(ValueError, match="cannot be pruned"):
        model.pruned(depth=0.5)


def test_without_the_extra_the_message_says_what_to_install(tmp_path, monkeypatch):
    path = perceptron(tmp_path)
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'thermal-floorplan\[onnx\]'") as caught:
        read_onnx(path)
    assert caught.value.name == "onnx"
