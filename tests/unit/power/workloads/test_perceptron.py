import pytest

from power.workloads.config.reader import read_config
from power.workloads.graph import Kind, work
from power.workloads.perceptron import Perceptron
from power.workloads.phase import Inference
from power.workloads.presets import preset


def test_lenet_300_100():
    model = read_config({"model_type": "mlp", "layer_sizes": [784, 300, 100, 10]})
    assert model.parameters == 266_610  # LeCun et al. 1998, as every pruning paper counts it
    assert work(model.graph(Inference(32))).matrix_flops == 2 * 32 * (784 * 300 + 300 * 100 + 100 * 10)
    assert model.pruned(width=0.5).architecture == Perceptron((784, 150, 50, 10))
    assert model.pruned(depth=0.5).architecture == Perceptron((784, 300, 10))


def test_dlrm_of_the_terabyte_set():
    model = preset("dlrm-terabyte")
    tables = 187_767_399 * 128
    bottom = 13 * 512 + 512 * 256 + 256 * 128
    top = (27 * 26 // 2 + 128) * 1024 + 1024 * 1024 + 1024 * 512 + 512 * 256 + 256
    biases = 512 + 256 + 128 + 1024 + 1024 + 512 + 256 + 1
    assert model.parameters == tables + bottom + top + biases
    assert model.active_parameters == 26 * 128 + bottom + top + biases
    graph = model.graph(Inference(64))
    assert work(graph).matrix_flops == 2 * 64 * (bottom + top + 27 * 27 * 128)
    lookup = next(each for each in graph if each.kind is Kind.GATHER)
    assert lookup.traffic.weights == 64 * 26 * 128 * 2


def test_neural_collaborative_filtering():
    model = preset("ncf-movielens-1m")
    tables = (6040 + 3706) * (32 + 128)
    layers = 256 * 128 + 128 + 128 * 64 + 64 + 64 * 32 + 32 + 64 + 1
    assert model.parameters == tables + layers


@pytest.mark.parametrize("name", ["dlrm-terabyte", "ncf-movielens-1m"])
def test_smaller_recommenders(name):
    model = preset(name)
    assert model.pruned(depth=0.5, width=0.5).parameters < model.parameters
