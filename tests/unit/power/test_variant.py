import pytest

from floorplans.diagnostics import InputError, Span
from floorplans.nodes import wrapped
from power.variant import assignments, variants, with_changes
from power.workload_reading import Site


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("fp8", {"precision": "fp8"}),
        ("2:4", {"sparsity": "2:4"}),
        ("mamba-2.8b", {"model": "mamba-2.8b"}),
        ("h100-sxm", {"hardware": "h100-sxm"}),
        ("naive", {"kernel": "naive"}),
        ("vllm", {"host": "vllm"}),
        ("in-flight", {"serving": "in-flight"}),
        ("models/mine/config.json", {"model": "models/mine/config.json"}),
        ("fp8, 2:4,batch=16", {"precision": "fp8", "sparsity": "2:4", "batch": 16}),
        ("precision={weights: int4, kv: fp8}", {"precision": {"weights": "int4", "kv": "fp8"}}),
        ("draft.model=llama-3.2-1b,draft.tokens=3", {"draft.model": "llama-3.2-1b", "draft.tokens": 3}),
    ],
)
def test_words_and_pairs(text, changes):
    assert assignments(text) == changes


def test_a_word_that_is_nothing_gets_the_nearest():
    with pytest.raises(InputError, match=r"--compare fp9: error: 'fp9' is no format.*did you mean 'fp8'\?"):
        assignments("fp9")


def section(**keys):
    return wrapped({"model": "llama-3.2-1b", "hardware": "h100-sxm", **keys}, Span("a.yaml", 3, 1))


def test_smaller_models_take_less_energy(tmp_path):
    names = ("fp8", "precision.weights=int4", "2:4", "sparsity=0.5", "depth=0.5", "width=0.5")
    distilled = "changes.num_hidden_layers=8"
    site = Site("nobody", tmp_path)
    base, *others = variants(section(batch=4, prompt=512, output=16), site, (*names, distilled))
    assert [v.label for v in others] == [*names, distilled]
    for each in others:
        assert each.deployment.served.joules_per_token < base.deployment.served.joules_per_token, each.label
    assert base.deployment.areas is None
    assert not base.deployment.placed


def test_accelerators_of_both_sorts_beside_each_other(tmp_path):
    general, custom = variants(section(batch=1, prompt=256, output=16), Site("", tmp_path), ("tpuv4i-like",))
    assert custom.deployment.hardware.name == "tpuv4i-like"
    # The same model: what differs is time and energy.
    assert general.deployment.model == custom.deployment.model
    assert general.deployment.served.watts > custom.deployment.served.watts


def test_all_that_is_wrong_with_any_variant_is_said_at_once(tmp_path):
    with pytest.raises(InputError) as found:
        variants(section(), Site("", tmp_path), ("fp9", "depth=2", "batch=100000"))
    text = str(found.value)
    assert "'fp9' is no format" in text
    assert "--compare depth=2: error: workload.depth: must be at most 1 (got 2)" in text
    assert "what would fit: a batch of" in text


def test_a_change_reaches_into_sections_that_are_not_there():
    node = with_changes(
        section(),
        [("--with x", "draft.model", "llama-3.2-1b"), ("--with y", "hardware_values.clocks.core.floor_w", 9)],
    )
    assert node.plain["draft"] == {"model": "llama-3.2-1b"}
    assert node.plain["hardware_values"] == {"clocks.core.floor_w": 9}
