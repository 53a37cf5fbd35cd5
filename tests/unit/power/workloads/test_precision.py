import pytest
from hypothesis import given
from hypothesis import strategies as st

from power.workloads.precision import BF16, FORMATS, Precision, Tensor, format_named, multiplied, uniform


@pytest.mark.parametrize(
    ("name", "elements", "size"),
    [
        ("fp32", 3, 12),
        ("bf16", 3, 6),
        ("fp8", 3, 3),
        ("int4", 256, 128 + 5),  # two groups, each with 20 bits of scale and zero point
        ("fp4", 64, 32 + 2),  # two blocks, each with an 8-bit scale
        ("nvfp4", 64, 32 + 4),
        ("mxfp8", 33, 33 + 2),
    ],
)
def test_storage_includes_the_scales(name, elements, size):
    assert FORMATS[name].storage(elements) == size


@given(st.sampled_from(sorted(FORMATS)), st.integers(0, 10**6))
def test_storage_is_never_less_than_the_mean_and_at_most_a_block_and_a_byte_more(name, elements):
    form = FORMATS[name]
    excess = form.storage(elements) - elements * form.bytes_per_element
    assert -1e-6 <= excess <= form.scale_bits / 8 + 1


def test_aliases_and_unknown_names():
    assert format_named("bfloat16") is FORMATS["bf16"]
    with pytest.raises(ValueError, match=r"unknown number format 'fp9'; did you mean 'fp8'\? \(known: fp64"):
        format_named("fp9")


@pytest.mark.parametrize(
    ("one", "other", "product"),
    [
        ("int4", "bf16", "bf16"),
        ("fp8", "fp8", "fp8"),
        ("int8", "fp8", "bf16"),
        ("fp4", "fp8", "fp8"),
        ("bf16", "fp32", "fp32"),
        ("fp4", "int8", "bf16"),
        ("tf32", "fp32", "fp32"),
    ],
)
def test_the_wider_operand_decides_the_product(one, other, product):
    assert multiplied(FORMATS[one], FORMATS[other]).name == product
    assert multiplied(FORMATS[other], FORMATS[one]).name == product


def test_every_wrong_class_and_format_is_named_at_once():
    with pytest.raises(ValueError, match="unknown tensor class 'weight'") as caught:
        BF16.with_(weight="int4", kv="fp5")
    assert "did you mean 'weights'?" in str(caught.value)
    assert "kv: unknown number format 'fp5'" in str(caught.value)


def test_a_narrow_scheme_keeps_embeddings_and_attention_wide():
    four = uniform("int4")
    assert (four.weights.name, four.embeddings.name, four.activations.name) == ("int4", "bf16", "bf16")
    assert (four.attention.name, four.kv.name, four.state.name) == ("bf16", "bf16", "fp32")
    eight = uniform("fp8")
    assert (eight.weights.name, eight.activations.name, eight.kv.name) == ("fp8", "fp8", "fp8")
    assert uniform("fp64").accumulators.name == "fp64"


def test_experts_follow_the_weights_until_they_are_given():
    precision = Precision().with_(weights="fp8")
    assert precision.stored(Tensor.EXPERTS).name == "fp8"
    assert precision.with_(experts="fp4").stored(Tensor.EXPERTS).name == "fp4"
    assert precision.with_(experts="fp4").stored(Tensor.WEIGHTS).name == "fp8"
