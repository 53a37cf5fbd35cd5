"""Mistakes in a section `workload:`, each with its place and what would be right."""

import json
import re

import pytest

from floorplans.diagnostics import Problems
from floorplans.source import parse_source
from power.workload_reading import Site, read_workload
from tests.unit.power.devices import AREAS, PLAIN


def read(tmp_path, text, name="nobody", areas=None):
    """The deployment and the messages of a section, read from a file called a.yaml."""
    node = parse_source(f"workload:\n  {text}\n", "a.yaml").root.child("workload")
    assert node is not None
    problems = Problems()
    return read_workload(node, Site(name, tmp_path, areas), problems), [str(each) for each in problems]


CASES = {
    "both sources": (
        "model: gpt2\n  activity: x",
        "a.yaml:2:3: error: workload: give either 'model' or 'activity'",
    ),
    "no source": ("batch: 3", "workload: give either 'model' or 'activity'"),
    "key": (
        "model: gpt2\n  btach: 3",
        "a.yaml:3:3: error: workload.btach: unknown key 'btach'; did you mean 'batch'?",
    ),
    "model": (
        "model: llama-3.1-8\n  hardware: h100-sxm",
        "a.yaml:2:10: error: workload.model: no shipped model has this name; did you mean 'llama-3.1-8b'?",
    ),
    "no file": ("model: models/x.json\n  hardware: h100-sxm", "workload.model: cannot read"),
    "hardware": (
        "model: gpt2\n  hardware: h10-sxm",
        "3:13: error: workload.hardware: no file and no shipped hardware of this name; did you mean 'h100",
    ),
    "no hardware": (
        "model: gpt2",
        "workload: needs 'hardware', for none is shipped for the design 'nobody': a file, or",
    ),
    "format": (
        "model: gpt2\n  hardware: h100-sxm\n  precision: fp7",
        "a.yaml:4:14: error: workload.precision: unknown number format 'fp7'; did you mean 'fp",
    ),
    "class of tensor": (
        "model: gpt2\n  hardware: h100-sxm\n  precision: {wieghts: int4}",
        "workload.precision: unknown tensor class 'wieghts'; did you mean 'weights'?",
    ),
    "sparsity": (
        'model: gpt2\n  hardware: h100-sxm\n  sparsity: "5:4"',
        "a.yaml:4:13: error: workload.sparsity: sparsity must be a pattern such as 2:4",
    ),
    "depth": ("model: gpt2\n  depth: 0", "a.yaml:3:10: error: workload.depth: must be > 0 (got 0)"),
    "kernel": (
        "model: gpt2\n  hardware: h100-sxm\n  kernel: fast",
        "workload.kernel: unknown attention kernel 'fast' (known: flash, naive, eager, per-head)",
    ),
    "host": (
        "model: gpt2\n  hardware: h100-sxm\n  host: vlm",
        "workload.host: unknown host 'vlm'; did you mean 'vllm'?",
    ),
    "clock": (
        "model: gpt2\n  hardware: h100-sxm\n  clock_mhz: 9000",
        "a.yaml:4:14: error: workload.clock_mhz: clock 'core' runs from 345 to 1980 MHz (got 9000 MHz)",
    ),
    "constant": (
        "model: gpt2\n  hardware: h100-sxm\n  constants: {e_hmb3: 1.0e-12}",
        "workload.constants: unknown constant 'e_hmb3'; did you mean 'e_hbm3'?",
    ),
    "phase": (
        "model: gpt2\n  hardware: h100-sxm\n  phase: decod",
        "4:10: error: workload.phase: no phase 'decod'; did you mean 'decode'? (there are prefill, decode)",
    ),
    "serving": (
        "model: resnet-50\n  hardware: h100-sxm\n  serving: static",
        "workload.serving: resnet-50 (cnn) generates no tokens: it is served as inference or training",
    ),
    "key of another serving": (
        "model: bert-base\n  hardware: h100-sxm\n  serving: inference\n  prompt: 100",
        "a.yaml:5:3: error: workload.prompt: belongs to serving static and in-flight (serving is inference)",
    ),
    "too large": (
        "model: llama-3.1-70b\n  hardware: h100-sxm\n  batch: 1\n  prompt: 1000\n  output: 100",
        "64.5 GB more than the 77 GB that h100-sxm has for them; what would fit: 2 devices; weights in fp8",
    ),
    "draft": (
        "model: llama-3.1-8b\n  hardware: h100-sxm\n  draft: {model: bert-base}",
        "workload.draft: the draft must decode token by token; bert-base (encoder) does not",
    ),
    "no link": (
        "model: gpt2\n  hardware: npu-custom\n  devices: 2",
        "npu-custom has no link, so 2 cannot share a model",
    ),
    "efficiency": (
        "model: gpt2\n  hardware: h100-sxm\n  hardware_values: {units.tensor.efficiency.default: 1.2}",
        "units.tensor.efficiency.default: must be at most 1 (got 1.2)",
    ),
    "no activity": ("activity: run.txt\n  hardware: h100-sxm", "workload.activity: cannot read"),
}


@pytest.mark.parametrize(("text", "message"), CASES.values(), ids=CASES)
def test_one_mistake_gives_one_message_with_its_place(tmp_path, text, message):
    made, found = read(tmp_path, text)
    assert made is None
    assert len(found) == 1, found
    assert message in found[0]


@pytest.mark.parametrize("value", [0.0, -0.1, 1.0001])
def test_efficiencies_outside_of_zero_to_one(tmp_path, value):
    key = "hardware_values: {memories.hbm.efficiency.default: " + f"{value}" + "}"
    _, (found,) = read(tmp_path, f"model: gpt2\n  hardware: h100-sxm\n  {key}")
    bound = "at most 1" if value > 1.0 else "> 0"
    assert f"memories.hbm.efficiency.default: must be {bound} (got {value})" in found


def test_an_unknown_architecture_and_the_ones_that_are_read(tmp_path):
    (tmp_path / "config.json").write_text('{"architectures": ["LlamaForCausalLN"]}', encoding="utf-8")
    _, (found,) = read(tmp_path, "model: config.json\n  hardware: h100-sxm")
    assert "config.json:1:" in found
    assert "architecture 'LlamaForCausalLN' cannot be read; did you mean 'LlamaForCausalLM'?" in found


def test_all_missing_keys_of_a_configuration_at_once(tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "llama", "hidden_size": 64}', encoding="utf-8")
    _, found = read(tmp_path, "model: config.json\n  hardware: h100-sxm")
    text = "\n".join(found)
    for key in ("num_hidden_layers", "num_attention_heads", "intermediate_size", "vocab_size"):
        assert key in text


def test_a_unit_in_a_block_that_does_not_exist(tmp_path):
    areas = {block: area for block, area in AREAS.items() if block != "die/ivr"}
    device = {**PLAIN, "clocks": {"core": {**PLAIN["clocks"]["core"], "blocks": {"die/a9": 1, "die/z*": 1}}}}
    (tmp_path / "plain.yaml").write_text(json.dumps(device), encoding="utf-8")
    small = "changes: {n_layer: 1, n_embd: 64, n_head: 4, vocab_size: 100}"
    made, found = read(tmp_path, f"model: gpt2\n  hardware: plain.yaml\n  {small}", areas=areas)
    assert made is None
    assert [each.partition("workload.hardware: ")[2] for each in found] == [
        "plain.clock.core: no block 'die/a9' in the floorplan; did you mean 'die/a2'?",
        "plain.clock.core: no block matches 'die/z*'",
        "plain.regulator.ivr: no block 'die/ivr' in the floorplan; did you mean 'die/b'?",
    ]
    assert all(each.startswith("a.yaml:3:13: error: ") for each in found)


def test_a_format_that_the_hardware_lacks_is_told_with_its_fallback(tmp_path):
    made, found = read(tmp_path, "model: gpt2\n  hardware: a100-sxm-80gb\n  precision: fp8\n  batch: 1")
    assert found == []
    assert made is not None
    assert "a100-sxm-80gb has no fp8 products: they run in bf16" in made.notes


def test_files_are_found_beside_the_design_and_noted_with_their_digest(tmp_path):
    (tmp_path / "config.json").write_text(
        '{"model_type": "llama", "hidden_size": 64, "intermediate_size": 64, "num_hidden_layers": 2,'
        ' "num_attention_heads": 4, "vocab_size": 100}',
        encoding="utf-8",
    )
    node = parse_source("workload: {model: config.json, hardware: h100-sxm}", "a.yaml").root.child("workload")
    assert node is not None
    site = Site("", tmp_path)
    made = read_workload(node, site, Problems())
    assert made is not None
    assert list(site.contents) == [tmp_path.resolve() / "config.json"]


def test_a_file_that_changed_is_read_again(tmp_path):
    config = {"model_type": "llama", "hidden_size": 64, "intermediate_size": 64, "num_attention_heads": 4}
    found = []
    for layers in (2, 4):
        text = json.dumps({**config, "num_hidden_layers": layers, "vocab_size": 100})
        (tmp_path / "config.json").write_text(text, encoding="utf-8")
        made, _ = read(tmp_path, "model: config.json\n  hardware: h100-sxm")
        assert made is not None
        assert made.model is not None
        found.append(made.model.parameters)
    assert found[1] > found[0]


@pytest.mark.parametrize(("precision", "said"), [("int4", True), ("fp8", False), ("bf16", False)])
def test_weights_that_are_widened_for_products_are_told(tmp_path, precision, said):
    made, _ = read(tmp_path, f"model: gpt2\n  hardware: h100-sxm\n  precision: {precision}")
    assert made is not None
    note = "weights in int4 save bytes only: products run in bf16, as the activations are"
    assert (note in made.notes) is said


def test_narrow_weights_and_a_smaller_batch_are_proposed_together(tmp_path):
    text = "model: llama-3.1-8b\n  hardware: npu-custom\n  batch: 8\n  prompt: 2048\n  output: 128"
    _, (found,) = read(tmp_path, text)
    proposed = re.search(r"what would fit: weights in int4 and a batch of (\d+)", found)
    assert proposed is not None
    again = f"{text}\n  precision: {{weights: int4}}".replace("batch: 8", f"batch: {proposed[1]}")
    made, problems = read(tmp_path, again)
    assert made is not None
    assert not problems
