import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from power.workloads.graph import Kind, work
from power.workloads.phase import Decode, Inference, Iteration, Prefill
from power.workloads.presets import preset
from tests.unit.power.workloads.small import DECODERS, linear_flops, small

SLOW = settings(max_examples=25, deadline=None)
BATCH, TOKENS = st.integers(1, 64), st.integers(1, 200)


def test_dense_decode_is_two_operations_per_parameter_and_token_and_four_per_pair():
    model = preset("llama-3.1-8b")
    graph = model.graph(Decode(16, 2047))
    # Every weight but the token table and the norms is multiplied once per token.
    norms = (2 * 32 + 1) * 4096
    assert linear_flops(graph) == 2 * 16 * (model.parameters - 128256 * 4096 - norms)
    pairs = sum(each.matrix_flops * each.count for each in graph if each.kind is Kind.ATTENTION)
    assert pairs == 4 * 16 * 2048 * 32 * 128 * 32  # pairs, heads, size, layers
    # Of them the table is looked up row by row, the rest is read whole.
    table = (128256 - 16) * 4096
    assert work(graph).traffic.weights == 2 * (model.parameters - table)


@pytest.mark.parametrize("name", DECODERS)
def test_products_account_for_all_matrix_operations(name):
    model = small(name)
    for phase in (Decode(3, 100), Prefill(2, 70, 30), Inference(2, 40)):
        for kernel in ("flash", "naive"):
            for each in model.with_kernel(kernel).graph(phase):
                assert sum(gemm.flops for gemm in each.gemms) == pytest.approx(each.matrix_flops), each.name


@pytest.mark.parametrize("name", DECODERS)
def test_a_decode_step_is_a_prefill_of_one_token(name):
    model = small(name)
    assert model.graph(Decode(3, 50)) == model.graph(Prefill(3, 1, 50))


@SLOW
@given(st.sampled_from(DECODERS), BATCH, BATCH, TOKENS, TOKENS)
def test_parts_of_an_iteration_add_up_and_share_the_weights(name, first, second, tokens, context):
    model = small(name)
    parts = (Prefill(first, tokens, 10), Decode(second, context))
    together = work(model.graph(Iteration(parts)))
    apart = [work(model.graph(part)) for part in parts]
    if name not in {"experts", "latent", "jamba"}:  # an expert can be shared by both parts
        assert together.traffic.weights == pytest.approx(max(each.traffic.weights for each in apart), rel=0.3)
    assert together.matrix_flops == pytest.approx(sum(each.matrix_flops for each in apart))
    assert together.traffic.weights <= sum(each.traffic.weights for each in apart)
    assert together.traffic.state == pytest.approx(sum(each.traffic.state for each in apart))


@SLOW
@given(st.sampled_from(DECODERS), BATCH, TOKENS, TOKENS, st.integers(1, 50))
def test_more_is_never_less_work(name, batch, tokens, past, more):
    model = small(name)

    def amounts(phase):
        done = work(model.graph(phase))
        return done.matrix_flops, 0.0 if name == "latent" else done.traffic.total

    base = amounts(Prefill(batch, tokens, past))
    for larger in (
        Prefill(batch + more, tokens, past),
        Prefill(batch, tokens + more, past),
        Prefill(batch, tokens, past + more),
    ):
        for less, not_less in zip(base, amounts(larger), strict=True):
            assert not_less >= less * (1 - 1e-12)


@SLOW
@given(st.sampled_from(DECODERS), TOKENS, TOKENS)
def test_a_prompt_in_chunks_takes_the_operations_of_the_whole(name, first, second):
    if name == "mamba2":
        first, second = 16 * first, 16 * second  # whole chunks of the dual form
    if name in {"nemotron", "latent"}:
        return  # a chunk of the prompt is a shorter chunk of the scan; a chunk may absorb
    model = small(name)
    whole = work(model.graph(Prefill(2, first + second)))
    parts = [
        work(model.graph(Prefill(2, first, logits=0))),
        work(model.graph(Prefill(2, second, first))),
    ]
    assert sum(each.matrix_flops for each in parts) == pytest.approx(whole.matrix_flops)


@pytest.mark.parametrize("name", DECODERS)
def test_state_grows_with_context_and_is_proportional_to_batch(name):
    model = small(name)
    assert model.state_bytes(0) <= model.state_bytes(100) <= model.state_bytes(1000)
    assert model.state_bytes(100, 7) == 7 * model.state_bytes(100)


@pytest.mark.parametrize("name", DECODERS)
def test_what_a_prefill_writes_is_what_is_kept(name):
    model = small(name)
    written = work(model.graph(Prefill(2, 20))).traffic.state_written
    assert written == model.state_bytes(20, 2)


def test_logits_of_a_chunk_of_a_prompt_are_not_computed():
    model = small("dense")
    names = {each.name for each in model.graph(Prefill(1, 64, logits=0))}
    assert "head.logits" not in names
    scored = work(model.graph(Prefill(1, 64, logits=64))).matrix_flops
    assert scored - work(model.graph(Prefill(1, 64))).matrix_flops == 2 * 63 * 64 * 1000


def test_encoders_have_no_serving_phases():
    model = preset("bert-base")
    assert model.state_bytes(512) == 0
    with pytest.raises(ValueError, match=r"bert-base \(encoder\) keeps no state .* not Decode"):
        model.graph(Decode(1, 1))


def test_bert_operations():
    # 12 layers: 2 per weight and token, 4 per pair, head and size; the pooler sees one token.
    graph = preset("bert-base").graph(Inference(1, 128))
    layers = 12 * (2 * 128 * (4 * 768**2 + 8 * 768**2) + 4 * 128 * 128 * 768)
    assert work(graph).matrix_flops == layers + 2 * 768**2
