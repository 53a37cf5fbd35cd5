import json

import pytest

from floorplans.diagnostics import InputError
from power.workloads.config.reader import read_config
from power.workloads.config.registry import BY_ARCHITECTURE, BY_MODEL_TYPE
from tests.unit.power.workloads.small import CONFIGS, WIDTHS, stack

LLAMA = {"architectures": ["LlamaForCausalLM"], **WIDTHS}


def written(tmp_path, text):
    path = tmp_path / "config.json"
    path.write_text(text if isinstance(text, str) else json.dumps(text, indent=2))
    return path


def refused(source, **more):
    with pytest.raises(InputError) as caught:
        read_config(source, **more)
    return str(caught.value)


def test_a_file_a_folder_and_its_content_are_the_same_model(tmp_path):
    path = written(tmp_path, LLAMA)
    one, two, three = (read_config(source, name="m") for source in (path, tmp_path, LLAMA))
    assert one == two == three
    assert read_config(path).name == tmp_path.name
    assert read_config({**LLAMA, "_name_or_path": "given/name"}).name == "given/name"


def test_all_missing_keys_are_named_at_once_with_the_place(tmp_path):
    path = written(tmp_path, '{\n  "architectures": ["LlamaForCausalLM"],\n  "hidden_size": 64\n}\n')
    message = refused(path)
    names = "intermediate_size, num_attention_heads, num_hidden_layers, vocab_size"
    assert message == f"{path}:1:1: error: missing keys: {names}"


def test_all_unusable_values_are_named_with_their_places(tmp_path):
    lines = [
        "{",
        '  "model_type": "llama",',
        '  "hidden_size": 64,',
        '  "intermediate_size": -5,',
        '  "num_hidden_layers": "four",',
        '  "num_attention_heads": 4,',
        '  "num_key_value_heads": 3,',
        '  "hidden_act": "gelo",',
        '  "tie_word_embeddings": "yes",',
        '  "vocab_size": 1000',
        "}",
    ]
    path = written(tmp_path, "\n".join(lines))
    found = refused(path).splitlines()
    where = [line.split(": error: ")[0].removeprefix(f"{path}:") for line in found]
    assert where == ["4:24", "5:24", "7:26", "8:17", "9:26"]
    assert "intermediate_size: must be a whole number from 1 to 1000000000 (got -5)" in found[0]
    assert "num_hidden_layers: must be a whole number from 1 to 10000 (got 'four')" in found[1]
    assert "num_key_value_heads: must divide num_attention_heads (4) (got 3)" in found[2]
    assert "(got 'gelo'); did you mean 'gelu'?" in found[3]
    assert "tie_word_embeddings: must be true or false (got 'yes')" in found[4]


def test_an_unknown_architecture_names_the_nearest_and_all_that_can_be_read():
    message = refused({"architectures": ["LLamaForCausalLM2"]})
    assert "architecture 'LLamaForCausalLM2' cannot be read; did you mean 'LlamaForCausalLM'?" in message
    assert all(name in message for name in BY_ARCHITECTURE)
    message = refused({"model_type": "mambo"})
    assert "'mambo' cannot be read; did you mean 'mamba'?" in message
    assert all(name in message for name in BY_MODEL_TYPE)
    assert "says neither 'architectures' nor 'model_type'" in refused({"hidden_size": 4})


def test_another_head_on_a_known_body_is_refused_rather_than_guessed():
    assert "'LlamaForSequenceClassification' cannot be read" in refused(
        {**LLAMA, "architectures": ["LlamaForSequenceClassification"], "model_type": "llama"}
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": 1,}', "config.json:1:"),
        ("[1, 2]", "a model's configuration must be a mapping"),
        ("", "malformed JSON"),
        ('{"architectures": "LlamaForCausalLM"}', "architectures: must be a list"),
    ],
)
def test_files_that_are_no_configuration(tmp_path, text, message):
    assert message in refused(written(tmp_path, text))


def test_a_tab_in_a_file_is_no_mistake(tmp_path):
    assert read_config(written(tmp_path, json.dumps(LLAMA, indent="\t"))).parameters > 0


def test_a_file_that_is_not_there(tmp_path):
    assert "cannot read" in refused(tmp_path / "none" / "config.json")


@pytest.mark.parametrize(
    ("base", "changes", "message"),
    [
        ("experts", {"num_experts_per_tok": 9}, "must be at most the number of experts (8) (got 9)"),
        (
            "dense",
            {"num_attention_heads": 7, "num_key_value_heads": 7},
            "must divide hidden_size (64) (got 7)",
        ),
        ("nemotron", {"hybrid_override_pattern": "M-E*-"}, "may hold M, * and - only (got 'E')"),
        ("nemotron", {"num_hidden_layers": 9}, "must be the pattern's length 5 (got 9)"),
        ("mamba2", {"num_heads": 5}, "must be expand x hidden_size (128; got 160)"),
        ("griffin", {"lru_width": 66}, "must divide lru_width (66) (got 4)"),
        ("dense", {"num_hidden_layers": 10**6}, "from 1 to 10000"),
    ],
)
def test_keys_that_contradict_each_other(base, changes, message):
    assert message in refused({**CONFIGS[base], **changes})


def test_one_key_of_a_nested_mapping_is_named_with_its_path():
    keys = {"architectures": ["Llama4ForConditionalGeneration"], "text_config": {"hidden_size": 64}}
    message = refused(keys)
    assert "missing keys: text_config.intermediate_size, " in message


@pytest.mark.parametrize(
    ("key", "value", "tensor", "name"),
    [
        ("torch_dtype", "float16", "weights", "fp16"),
        ("torch_dtype", "bfloat16", "kv", "bf16"),
        ("torch_dtype", "float32", "weights", "bf16"),
        ("dtype", "float16", "activations", "fp16"),
        ("mamba_ssm_cache_dtype", "float16", "state", "fp16"),
        ("quantization_config", {"quant_method": "fp8"}, "activations", "fp8"),
        ("quantization_config", {"quant_method": "mxfp4"}, "experts", "fp4"),
        ("quantization_config", {"quant_method": "mxfp4"}, "weights", "bf16"),
        ("quantization_config", {"quant_method": "awq", "bits": 4}, "weights", "int4"),
        ("quantization_config", {"quant_method": "gptq", "bits": 8}, "weights", "int8"),
    ],
)
def test_formats_that_the_configuration_names(key, value, tensor, name):
    assert getattr(read_config({**LLAMA, key: value}).precision, tensor).name == name


def test_formats_that_cannot_be_read():
    message = refused({**LLAMA, "quantization_config": {"quant_method": "quip"}})
    assert "quantisation 'quip' cannot be read (those that can: fp8, mxfp4" in message
    assert "unknown number format" in refused({**LLAMA, "mamba_ssm_cache_dtype": "fp7"})


def test_changes_make_a_smaller_model():
    assert len(stack(read_config(LLAMA, num_hidden_layers=2)).layers) == 2


def test_a_list_of_layer_kinds_is_cut_but_never_made_up():
    kinds = ["sliding_attention", "full_attention"] * 3
    oss = {
        "model_type": "gpt_oss",
        **WIDTHS,
        "num_local_experts": 4,
        "num_experts_per_tok": 2,
        "layer_types": kinds,
    }
    assert len(stack(read_config(oss)).layers) == 4
    assert "must name each of 8 layers (got 6)" in refused(oss, num_hidden_layers=8)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"model_type": "mlp", "layer_sizes": [10]}, "at least input and output (got 1 sizes)"),
        ({"model_type": "mlp"}, "missing key: layer_sizes"),
        (
            {"model_type": "mlp", "layer_sizes": [10, 0]},
            "must hold whole numbers from 1 to 1000000000 (got 0)",
        ),
        ({"model_type": "resnet", "depths": [1, 2]}, "as many stages as hidden_sizes (4) (got 2)"),
        ({"model_type": "resnet", "depths": [10**6] * 4}, "from 1 to 1000 (got 1000000)"),
        ({"model_type": "efficientnet", "depth_coefficient": 1e12}, "<= 100 (got 1000000000000.0)"),
        ({"model_type": "lstm"}, "missing keys: input_size, hidden_size, num_layers"),
        ({"model_type": "deepspeech2", "cell": "lstn"}, "did you mean 'lstm'?"),
        ({"model_type": "dlrm"}, "missing keys: bottom_mlp, embedding_rows, top_mlp"),
        ({"model_type": "efficientnet", "width_coefficient": 0}, "must be a number > 0 and <= 100 (got 0)"),
    ],
)
def test_other_networks_are_checked_as_well(config, message):
    assert message in refused(config)


COMPLETE = {"efficientnet", "shufflenet_v2", "deepspeech2"}


@pytest.mark.parametrize("kind", sorted(set(BY_MODEL_TYPE) - COMPLETE))
def test_an_empty_configuration_of_every_kind_names_what_it_lacks(kind):
    message = refused({"model_type": kind})
    assert "missing key" in message
    assert message.count("error") == 1


@pytest.mark.parametrize("kind", sorted(COMPLETE))
def test_kinds_with_a_default_for_everything(kind):
    assert read_config({"model_type": kind}).parameters > 10**6


def test_heads_of_an_encoder():
    body = {**WIDTHS, "max_position_embeddings": 32, "type_vocab_size": 2, "num_key_value_heads": 4}
    counts = {
        head: read_config({"architectures": [f"Bert{head}"], **body}).parameters
        for head in ("Model", "ForMaskedLM", "ForSequenceClassification", "ForQuestionAnswering")
    }
    pooler = 64 * 64 + 64
    assert counts["ForMaskedLM"] - counts["Model"] == 2 * 64 + 1000
    assert counts["ForSequenceClassification"] - counts["Model"] == 2 * 65
    assert counts["ForQuestionAnswering"] - counts["Model"] == 2 * 65 - pooler


def test_bert_with_a_language_head():
    # bert-base-uncased as BertForMaskedLM, tied decoder, no pooler.
    config = {
        "architectures": ["BertForMaskedLM"],
        "hidden_size": 768,
        "intermediate_size": 3072,
        "num_hidden_layers": 12,
        "num_attention_heads": 12,
        "vocab_size": 30522,
        "max_position_embeddings": 512,
        "type_vocab_size": 2,
    }
    assert read_config(config).parameters == 109_514_298


def test_bamba_by_hand():
    config = {
        "model_type": "bamba",
        **WIDTHS,
        "attn_layer_indices": [1],
        "mamba_n_heads": 4,
        "mamba_d_state": 16,
        "mamba_n_groups": 1,
    }
    feed, norms = 3 * 64 * 192, 2 * 64
    attention = 64 * (4 + 2 * 2) * 16 + 64 * 64
    channels = 128 + 2 * 16
    mamba = 64 * (128 + channels + 4) + channels * 5 + 3 * 4 + 128 + 128 * 64
    total = 2 * 1000 * 64 + 64 + 4 * (feed + norms) + attention + 3 * mamba
    assert read_config(config).parameters == total
