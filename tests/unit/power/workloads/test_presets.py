import pytest

from floorplans.diagnostics import InputError
from power.workloads.phase import Decode, Inference
from power.workloads.presets import preset, preset_card, preset_names, read_model
from tests.unit.power.workloads.small import stack

COUNTED = [name for name in preset_names() if "parameters" in preset_card(name)]


@pytest.mark.parametrize("name", COUNTED)
def test_parameters_are_those_of_the_public_card(name):
    assert preset(name).parameters == preset_card(name)["parameters"]


# Written down from model cards, papers and framework tables, apart from the files of the presets.
PUBLISHED = {
    "bert-base": 109_482_240,
    "bert-large": 335_141_888,
    "bloom-176b": 176_247_271_424,
    "deepseek-v3": 671_026_419_200,
    "efficientnet-b0": 5_288_548,
    "falcon-mamba-7b": 7_272_665_088,
    "gemma-7b": 8_537_680_896,
    "gpt-j-6b": 6_050_882_784,
    "gpt2": 124_439_808,
    "gpt2-xl": 1_557_611_200,
    "jamba-v0.1": 51_570_323_328,
    "llama-2-7b": 6_738_415_616,
    "llama-3.1-405b": 405_853_388_800,
    "llama-3.1-70b": 70_553_706_496,
    "mamba-2.8b": 2_768_345_600,
    "mamba-codestral-7b": 7_285_403_648,
    "mistral-7b-v0.1": 7_241_732_096,
    "mixtral-8x7b": 46_702_792_704,
    "opt-6.7b": 6_658_473_984,
    "phi-2": 2_779_683_840,
    "qwen2.5-7b": 7_615_616_512,
    "qwen3-30b-a3b": 30_532_122_624,
    "resnet-50": 25_557_032,
    "roberta-base": 124_645_632,
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_parameters_are_those_that_are_published(name):
    assert preset(name).parameters == PUBLISHED[name]


def test_there_are_many_and_each_has_a_source():
    assert len(COUNTED) >= 60
    assert all(len(preset_card(name)["source"]) > 20 for name in preset_names())


@pytest.mark.parametrize(
    ("name", "size"),
    [
        # Jamba paper (arXiv 2403.19887), Table 1: 128, 32, 32 and 4 GB at 256k tokens and 16 bits.
        ("llama-2-7b", 128 << 30),
        ("mistral-7b", 32 << 30),
        ("mixtral-8x7b", 32 << 30),
    ],
)
def test_cache_at_256k_tokens(name, size):
    assert preset(name).state_bytes(1 << 18) == size


def test_cache_of_jamba_at_256k_tokens():
    model = preset("jamba-v0.1")
    recurrent = 28 * 8192 * (16 * 4 + 3 * 2)  # Mamba layers: states in fp32, three inputs in bf16
    assert model.state_bytes(1 << 18) == (4 << 30) + recurrent


@pytest.mark.parametrize(
    ("name", "per_token"),
    [
        ("gpt2", 12 * 2 * 768 * 2),
        ("gpt-j-6b", 28 * 2 * 4096 * 2),
        ("falcon-7b", 32 * 2 * 64 * 2),
        ("llama-3.1-405b", 126 * 2 * 8 * 128 * 2),
        ("qwen3-8b", 36 * 2 * 8 * 128 * 2),
        ("deepseek-v2-lite", 27 * 576 * 2),
        ("deepseek-v3", 61 * 576 * 2),
        ("llama-2-70b", 80 * 2 * 8 * 128 * 2),
        ("phi-3-mini", 32 * 2 * 32 * 96 * 2),
        ("qwen2.5-7b", 28 * 2 * 4 * 128 * 2),
        ("bloom-176b", 70 * 2 * 112 * 128 * 2),
        ("nemotron-h-8b", 4 * 2 * 8 * 128 * 2),
    ],
)
def test_cache_per_token(name, per_token):
    model = preset(name)
    assert model.state_bytes(5000) - model.state_bytes(4999) == per_token


@pytest.mark.parametrize(
    ("name", "size"),
    [
        # Mamba-1: channels x 16 states in fp32 and the last three inputs of the convolution in bf16.
        ("mamba-2.8b", 64 * 5120 * (16 * 4 + 3 * 2)),
        ("falcon-mamba-7b", 64 * 8192 * (16 * 4 + 3 * 2)),
        # Mamba-2: heads x 64 x 128 states; the convolution runs over channels and both groups' vectors.
        ("mamba-2-2.7b", 64 * (80 * 64 * 128 * 4 + 3 * (5120 + 2 * 128) * 2)),
        ("mamba-codestral-7b", 64 * (128 * 64 * 128 * 4 + 3 * (8192 + 2 * 8 * 128) * 2)),
        ("mamba-2-8b", 56 * (128 * 64 * 128 * 4 + 3 * (8192 + 2 * 8 * 128) * 2)),
    ],
)
def test_states_of_recurrences_do_not_grow(name, size):
    assert preset(name).state_bytes(1) == preset(name).state_bytes(1 << 18) == size


def test_windows_stop_the_growth_of_the_cache():
    # gemma-3-27b: 52 layers of 1024 positions, 10 of all; 16 key heads of 128.
    per_layer = 2 * 16 * 128 * 2
    assert preset("gemma-3-27b").state_bytes(100_000) == per_layer * (52 * 1024 + 10 * 100_000)
    # gpt-oss-20b: 12 layers of 128 positions, 12 of all; 8 key heads of 64.
    assert preset("gpt-oss-20b").state_bytes(100_000) == 2 * 8 * 64 * 2 * 12 * (128 + 100_000)
    # recurrentgemma-2b: 8 attention layers of 2048 positions, one key head of 256; 18 recurrences.
    recurrent = 18 * 2560 * (4 + 3 * 2)
    assert preset("recurrentgemma-2b").state_bytes(10**6) == 8 * 2048 * 2 * 256 * 2 + recurrent


@pytest.mark.parametrize(
    ("name", "billions"),
    [
        ("mixtral-8x7b", 12.9),
        ("mixtral-8x22b", 39.0),
        ("qwen3-30b-a3b", 3.3),
        ("qwen3-235b-a22b", 22.2),
        ("qwen1.5-moe-a2.7b", 2.7),
        ("deepseek-v2", 21.4),
        ("llama-4-scout", 17.2),
        ("jamba-v0.1", 12.1),
    ],
)
def test_active_parameters_are_the_published_ones(name, billions):
    # Cards print two or three digits, some of them rounded down.
    assert preset(name).active_parameters / 1e9 == pytest.approx(billions, rel=0.02)


@pytest.mark.parametrize(("name", "billions"), [("gpt-oss-20b", 3.61), ("gpt-oss-120b", 5.13)])
def test_active_parameters_without_the_token_table(name, billions):
    assert round((preset(name).active_parameters - 201088 * 2880) / 1e9, 2) == billions


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_has_graphs(name):
    model = preset(name)
    assert model.graph(Inference(1))
    if model.decodes:
        assert model.graph(Decode(1, 64))


def test_a_distilled_model_is_the_preset_with_other_keys():
    student = preset("llama-3.1-8b", num_hidden_layers=16, intermediate_size=8192)
    layer = 4096 * (32 + 16) * 128 + 4096 * 4096 + 3 * 4096 * 8192 + 2 * 4096
    assert student.parameters == 2 * 128256 * 4096 + 4096 + 16 * layer
    scout = preset("llama-4-scout", text_config={"num_hidden_layers": 4})
    assert len(stack(scout).layers) == 4


def test_a_change_that_cannot_be_used():
    with pytest.raises(InputError, match=r"num_hidden_layers=0: error: .*from 1 to 10000 \(got 0\)"):
        preset("llama-3.1-8b", num_hidden_layers=0)


def test_unknown_preset():
    with pytest.raises(InputError, match=r"did you mean 'llama-3.1-8b'\? \(shipped: bert-base, "):
        preset("llama-3.1-8B-")
    with pytest.raises(InputError, match=r"no shipped model has this name"):
        read_model("no-such-model")


def test_a_model_by_name_or_by_file(tmp_path):
    assert read_model("gpt2") == preset("gpt2")
    with pytest.raises(InputError, match=r"cannot read '.*nothing.json'"):
        read_model(tmp_path / "nothing.json")
