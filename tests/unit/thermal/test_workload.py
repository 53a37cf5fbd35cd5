"""A workload in a design file: watts from operators to cells, leakage once, rasters that give way."""

import json
from dataclasses import replace
from io import StringIO

import numpy as np
import pytest
import yaml
from rich.console import Console

from floorplans.diagnostics import InputError
from thermal.audit import audit
from thermal.design import Design, load
from thermal.mesh.build import build_mesh
from thermal.mesh.resolution import Resolution
from thermal.placement import place
from thermal.report.document import solve_document
from thermal.report.terminal import terminal_report
from thermal.steady import solve
from thermal.study import Case, Study
from thermal.system import assemble
from thermal.workload import with_deployment

ROUGH = Resolution(base=8, other=4, scale=4)
MODEL = {"workload.model": "mamba-1.4b", "workload.batch": 2, "workload.prompt": 128, "workload.output": 9}


def test_the_heat_of_the_cells_is_the_balance_of_the_causes():
    design = load("npu-custom", MODEL)
    assert design.workload is not None
    found = design.workload.balance()
    solution = solve(design, resolution=ROUGH, constant_k=True, leakage=False)
    assert set(design.workload.covered) == {b.name for b in place(design).blocks}
    kelvin = design.workload.served.phases[0].step.point.kelvin
    grown = sum(float(law.watts(np.array(kelvin))) for law in design.leakage.values())
    expected = found["blocks"] - grown
    assert solution.evidence.power == pytest.approx(expected, rel=1e-12)
    # ... and leaves through the faces.
    out = solution.evidence.heat_top + solution.evidence.heat_bottom + solution.evidence.heat_sides
    assert out == pytest.approx(expected, rel=1e-6)


def test_leakage_is_that_of_the_hardware_and_counted_once():
    plain = load("npu-custom")
    design = load("npu-custom", MODEL)
    assert design.workload is not None
    assert set(plain.leakage) - set(design.leakage)  # the design's own laws on blocks that the hardware names
    laws = design.workload.leakage()
    assert set(design.leakage) == set(laws)
    kelvin = design.workload.served.phases[0].step.point.kelvin
    leaked = sum(float(law.watts(np.array(kelvin))) for law in design.leakage.values())
    # The regulators' loss on leakage grows with it: 2 to 5 % of it here, by their efficiency.
    assert 1.02 < leaked / design.workload.balance()["leakage"] < 1.05
    assert design.power.total + leaked == pytest.approx(design.workload.balance()["blocks"], rel=1e-12)


@pytest.mark.parametrize(("key", "laws"), [("design", "own"), ("none", "none")])
def test_whose_leakage_counts_can_be_chosen(key, laws):
    plain, chosen = load("npu-custom"), load("npu-custom", {**MODEL, "workload.leakage": key})
    assert set(chosen.leakage) == (set(plain.leakage) if laws == "own" else set())


def test_blocks_that_the_hardware_does_not_name_keep_what_is_written():
    plain, design = load("soc-multipurpose"), load("soc-multipurpose", {**MODEL, "workload.model": "gpt2"})
    assert design.workload is not None
    others = set(plain.power) - set(design.workload.covered)
    assert "soc0/isp0" in others or len(others) > 10
    assert {block: design.power[block] for block in others} == {block: plain.power[block] for block in others}


def test_the_power_map_of_a_layer_with_such_blocks_gives_way():
    plain, design = load("stack-3d"), load("stack-3d", MODEL)
    assert len(place(plain).rasters) == 1
    assert place(design).rasters == ()
    assert place(design).power == pytest.approx(design.power.total)


def test_phases_are_scenarios():
    changes = {"prefill": {"workload": {"phase": "prefill"}}, "decode": {"workload": {"phase": "decode"}}}
    served = {"workload.model": "llama-3.2-1b", "workload.batch": 4, "workload.prompt": 2048}
    design = load("accel-2p5d", {**served, "scenarios": changes})
    prefill, decode = design.scenario("prefill"), design.scenario("decode")
    assert prefill.power["soc0/tensor_r00c0"] > 1.5 * decode.power["soc0/tensor_r00c0"]
    assert decode.power["hbm0/dram_sw"] > prefill.power["hbm0/dram_sw"]
    assert prefill.power.total > design.power.total > decode.power.total


def test_the_same_design_by_a_deployment():
    design = load("npu-custom", MODEL)
    assert design.workload is not None
    again = with_deployment(load("npu-custom"), design.workload)
    assert again.power == design.power
    assert again.leakage == design.leakage


def test_a_design_with_a_workload_survives_as_plain_data(tmp_path):
    config = {
        "model_type": "gpt2",
        "n_layer": 2,
        "n_embd": 64,
        "n_head": 4,
        "n_positions": 128,
        "vocab_size": 100,
    }
    (tmp_path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    plain = load("npu-custom").to_dict()
    text = yaml.safe_dump(
        plain | {"workload": {"model": "config.json", "hardware": "npu-custom", "batch": 1}}
    )
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    design = load(tmp_path / "a.yaml")
    assert Design.from_dict(design.to_dict()) == design
    # The model's file is an input of the report.
    assert "config.json" in design.source.digests()


def test_hardware_without_blocks_cannot_heat_a_design():
    with pytest.raises(InputError, match="h100-sxm names no blocks, so it cannot heat a floorplan"):
        load("npu-custom", {**MODEL, "workload.hardware": "h100-sxm"})


def test_hardware_of_another_floorplan_is_told_once():
    with pytest.raises(InputError) as found:
        load("npu-custom", {**MODEL, "workload.hardware": "stack-3d"})
    (one,) = {each.message for each in found.value.diagnostics}
    assert one.startswith(
        "stack-3d: lives in other blocks, those of the design stack-3d: here is no cube/pe_*, "
    )


def test_sources_of_the_system_hold_the_watts():
    design = load("stack-3d", MODEL)
    placed = place(design)
    scene = replace(placed, blocks=tuple(replace(block, leakage=None) for block in placed.blocks))
    system = assemble(scene, build_mesh(scene, ROUGH))
    assert float(system.source.sum()) == pytest.approx(design.power.total, rel=1e-9)


def test_watts_that_a_workload_takes_the_place_of_are_told(tmp_path):
    scenarios = {"idle": {"power": {"npu0/sa?": 0.1}}}
    design = load("npu-custom", {**MODEL, "scenarios": scenarios})
    found = [str(each) for each in audit(design, ROUGH).warnings]
    entries = [each for each in found if "without effect on blocks that npu-custom names" in each]
    assert len(entries) == 2
    assert "23 entries" in entries[0]
    assert "1 entry" in entries[1]
    assert entries[1].endswith("npu0/sa?")


def test_what_runs_is_told_with_the_temperatures():
    design = load("npu-custom", {**MODEL, "workload.phase": "decode"})
    study = Study((Case.of(solve(design, resolution=ROUGH)),))
    row = solve_document(study)["workload"]
    assert (row["model"], row["hardware"], row["phase"]) == ("mamba-1.4b", "npu-custom", "decode")
    words = shown_words(study)
    assert "mamba-1.4b on npu-custom: a batch of 2, 128 tokens in, 9 out" in words
    assert "watts of the decode phase" in words


def shown_words(study):
    """The terminal report on one line."""
    sheet = StringIO()
    Console(width=80, file=sheet, highlight=False).print(terminal_report(study))
    return " ".join(sheet.getvalue().split())
