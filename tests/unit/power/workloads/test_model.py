import pytest

from power.workloads.graph import Kind, work
from power.workloads.phase import Decode, Prefill
from power.workloads.presets import preset
from tests.unit.power.workloads.small import DECODERS, small, stack

PHASE = Decode(4, 300)


@pytest.mark.parametrize("name", DECODERS)
@pytest.mark.parametrize("scheme", ["fp8", "int4", "fp32"])
def test_precision_changes_bytes_and_no_operations(name, scheme):
    base, other = (work(model.graph(PHASE)) for model in (small(name), small(name).quantised(scheme)))
    assert (base.matrix_flops, base.vector_flops) == (other.matrix_flops, other.vector_flops)
    assert base.traffic.weights != other.traffic.weights


def test_each_class_of_tensor_is_a_knob_of_its_own():
    model = preset("llama-3.1-8b")
    base = work(model.graph(PHASE)).traffic
    weights = work(model.quantised(weights="int4").graph(PHASE)).traffic
    linear = model.parameter_classes.linear
    assert base.weights - weights.weights == pytest.approx(linear * (2 - (4 + 20 / 128) / 8))
    assert weights.state == base.state
    cache = work(model.quantised(kv="fp8").graph(PHASE)).traffic
    assert cache.state == base.state / 2
    assert cache.weights == base.weights
    assert model.quantised(kv="fp8").state_bytes(1000) == model.state_bytes(1000) // 2
    moving = work(model.quantised(activations="fp32").graph(PHASE)).traffic
    # Fresh keys and values are read in the cache's format; all other activations double.
    fresh = 4 * 32 * 2 * 8 * 128 * 2
    assert moving.activations - fresh == pytest.approx(2 * (base.activations - fresh))


def test_weight_only_quantisation_multiplies_wide_and_full_quantisation_narrow():
    model = small("dense")
    by_name = {each.name: each for each in model.quantised(weights="int4").graph(PHASE)}
    assert by_name["mlp.up"].math.name == "bf16"
    assert by_name["mlp.up"].weight_format.name == "int4"
    by_name = {each.name: each for each in model.quantised("fp8").graph(PHASE)}
    assert by_name["mlp.up"].math.name == "fp8"
    assert by_name["head.logits"].math.name == "bf16"
    assert by_name["attention.decode"].math.name == "bf16"


def test_weight_bytes_are_exact():
    model = preset("llama-3.1-8b")
    assert model.weight_bytes == 2 * model.parameters
    classes = model.parameter_classes
    four = model.quantised("int4")
    assert four.weight_bytes == (classes.linear * 4 + classes.linear // 128 * 20) // 8 + 2 * classes.wide
    # gpt-oss: experts in blocks of 32 with a scale byte, the rest in bf16.
    oss = preset("gpt-oss-120b")
    experts = oss.parameter_classes.expert
    assert oss.weight_bytes == experts * 17 // 32 + 2 * (oss.parameters - experts)


def test_sparsity_keeps_compute_and_bytes_apart():
    model = preset("llama-3.1-8b")
    base, sparse = (work(each.graph(PHASE)) for each in (model, model.sparse("2:4")))
    linear = model.parameter_classes.linear
    assert sparse.matrix_flops == base.matrix_flops
    assert base.useful_flops - sparse.useful_flops == 4 * linear  # half of 2 x 4 tokens
    assert base.traffic.weights - sparse.traffic.weights == pytest.approx(linear * (2 - 1.125))
    assert model.sparse("2:4").parameters == model.parameters
    flags = {each.structured for each in model.sparse("2:4").graph(PHASE) if each.density < 1}
    assert flags == {True}
    assert {each.structured for each in model.sparse(0.5).graph(PHASE)} == {False}


def test_half_the_depth_is_half_the_layers():
    model = preset("llama-3.1-8b")
    half = model.pruned(depth=0.5)
    ends = 2 * 128256 * 4096 + 4096
    assert 2 * (half.parameters - ends) == model.parameters - ends
    assert 2 * half.state_bytes(1000) == model.state_bytes(1000)


def test_half_the_width_is_half_of_each_branch():
    model = preset("llama-3.1-8b")
    half = model.pruned(width=0.5)
    assert 2 * half.parameter_classes.linear == model.parameter_classes.linear
    assert 2 * half.state_bytes(1000) == model.state_bytes(1000)


@pytest.mark.parametrize("name", DECODERS)
def test_pruning_never_adds(name):
    model = small(name)
    for share in (0.9, 0.5, 0.1, 0.001):
        for smaller in (model.pruned(depth=share), model.pruned(width=share)):
            assert smaller.parameters <= model.parameters
            assert work(smaller.graph(Prefill(1, 9))).flops <= work(model.graph(Prefill(1, 9))).flops
    assert model.pruned() == model


def test_a_hybrid_keeps_its_mixture_when_layers_are_taken_out():
    kinds = stack(preset("nemotron-h-8b").pruned(depth=0.5)).kinds
    assert sum(kinds.values()) == 26
    assert len(kinds) == 3


@pytest.mark.parametrize("wrong", [{"depth": 0.0}, {"width": 1.01}, {"depth": float("nan")}])
def test_shares_out_of_range(wrong):
    (name,) = wrong
    with pytest.raises(ValueError, match=rf"{name} must be in \(0, 1\]"):
        small("dense").pruned(**wrong)


def test_negative_context():
    with pytest.raises(ValueError, match="context and batch must be >= 0"):
        small("dense").state_bytes(-1)


def test_transforms_return_new_models():
    model = small("dense")
    before = model.graph(PHASE)
    model.quantised("fp8").sparse("2:4").pruned(depth=0.5).with_kernel("naive").renamed("other")
    assert model.graph(PHASE) == before
    assert {each.kind for each in before} >= {Kind.GEMM, Kind.ATTENTION, Kind.NORM}
