"""Leakage and thermal runaway on the command line: what is printed, written and returned."""

import json

import pytest

from tests.cli.conftest import COARSE

LEAK = "leakage={soc0/npu: {power_w: 0.5, at_c: 60, beta_per_k: 0.02}}"
FATAL = "leakage={soc0/npu: {power_w: 3, at_c: 60, beta_per_k: 0.05}}"
SETTLED = (*COARSE, "--constant-k")


def test_leakage_is_part_of_the_power_and_shown_apart(run, document, design):
    plain, leaking = (document("solve", design, *SETTLED, *more) for more in ((), ("--set", LEAK)))
    before, after = (
        next(b for b in found["blocks"] if b["name"] == "soc0/npu") for found in (plain, leaking)
    )
    assert before["leakage_w"] == 0.0
    assert after["power_w"] == pytest.approx(before["power_w"] + after["leakage_w"])
    assert 0.1 < after["leakage_w"] < 1.0
    assert leaking["heat"]["leakage_w"] == pytest.approx(after["leakage_w"])
    assert 0.0 < leaking["loop_gain"] < 0.5
    assert plain["loop_gain"] is None
    assert len(leaking["evidence"]["fine"]["inner"]) >= 1
    assert leaking["iterations"] == sum(leaking["evidence"]["fine"]["inner"])
    assert plain["evidence"]["fine"]["inner"] == []
    text = run("solve", design, *SETTLED, "--set", LEAK).stdout
    assert "of it leakage" in text
    assert "feeds back with a loop gain of 0." in text
    assert "outer iteration" in text


def test_no_leakage_and_constant_k_switch_them_off(document, design):
    cold = document("solve", design, *SETTLED, "--set", LEAK, "--no-leakage")
    plain = document("solve", design, *SETTLED)
    assert cold["t_max_c"] == plain["t_max_c"]
    assert cold["heat"]["leakage_w"] == 0.0
    warm = document("solve", design, *COARSE)
    assert warm["t_max_c"] > plain["t_max_c"]
    assert len(warm["evidence"]["fine"]["outer"]) == len(warm["evidence"]["fine"]["inner"]) + 1


def test_the_margin_to_runaway(run, document, design):
    found = document("solve", design, *SETTLED, "--set", LEAK, "--runaway-margin")["runaway_margin"]
    assert found["stable"]
    assert found["power_w"] > 0.0
    assert found["ambient_k"] > 0.0
    assert 0.0 < found["htc_percent"] < 100.0
    assert found["critical"] == "soc0/npu"
    assert found["curve"][-1]["t_c"] > found["curve"][0]["t_c"]
    text = run("solve", design, *SETTLED, "--set", LEAK, "--runaway-margin").stdout
    assert "runaway at" in text
    assert "W more (" in text
    assert "by continuation on a mesh of" in text


def test_without_leakage_there_is_no_margin(document, design):
    assert document("solve", design, *SETTLED, "--runaway-margin")["runaway_margin"] is None


def test_4_runaway_is_explained(run, document, design):
    text = run("solve", design, *SETTLED, "--set", FATAL, code=4).stdout
    assert text.startswith("tiny  RUNAWAY  no steady state\n")
    words = " ".join(text.split())
    assert "leakage grows faster than its heat can leave" in words
    for way in ("to restore shed ", "lower the ambient by ", "raise all heat transfer coefficients by "):
        assert way in words
    assert "critical soc0/npu: a place in it heats fastest" in words
    found = document("solve", design, *SETTLED, "--set", FATAL, code=4)
    assert found["verdict"] == "runaway"
    (runaway,) = found["runaways"]
    assert runaway["scenario"] == "base"
    assert not runaway["stable"]
    assert runaway["power_w"] < 0.0


def test_the_other_scenarios_are_solved_all_the_same(run, document, edited):
    scenario = "\nscenarios:\n  fast: {leakage: {soc0/npu: {power_w: 3, beta_per_k: 0.05}}}\n"
    path = edited(("\nscenarios:\n", scenario))
    found = document("solve", path, *SETTLED, "--set", LEAK, "--scenario", "all", code=4)
    assert [s["scenario"] for s in found["scenarios"]][:1] == ["base"]
    assert [r["scenario"] for r in found["runaways"]] == ["fast"]
    assert found["verdict"] == "runaway"
    text = run("solve", path, *SETTLED, "--set", LEAK, "--scenario", "all", code=4).stdout
    assert text.startswith("tiny  RUNAWAY  no steady state in 1 scenario of ")
    assert "Thermal runaway in scenario fast" in text


def test_the_pdf_is_written_with_the_explanation(run, design, tmp_path):
    from pypdf import PdfReader

    run("report", design, *SETTLED, "--set", FATAL, "-o", "runaway.pdf", code=4)
    pages = [page.extract_text() for page in PdfReader(tmp_path / "runaway.pdf").pages]
    words = " ".join(" ".join(pages).split())
    assert "tiny: thermal runaway" in words
    assert "No temperatures can be reported" in words
    assert "To restore: shed" in words
    run("report", design, *SETTLED, "--set", LEAK, "--runaway-margin", "-o", "margin.pdf")
    pages = [page.extract_text() for page in PdfReader(tmp_path / "margin.pdf").pages]
    words = " ".join(" ".join(pages).split())
    assert "Thermal runaway" in words
    assert "Scenario base: margin" in words
    assert "no steady state beyond" in words


def test_compare_says_which_side_runs_away(run, design):
    result = run("compare", design, *SETTLED, "--set-b", FATAL, code=4)
    assert "thermal runaway: there is no steady state" in result.stderr
    assert result.stdout == ""


def test_3_leakage_that_runs_away_without_any_other_power(run, design):
    law = "leakage={soc0/npu: {power_w: 400, at_c: 60, beta_per_k: 0.05}}"
    result = run("solve", design, *SETTLED, "--set", law, code=3)
    assert "leakage runs away at an ambient of 25 degC even without any other power" in result.stderr
    assert "first in block 'soc0/npu'" in result.stderr
    assert "tiny.yaml:" in result.stderr


@pytest.mark.parametrize(
    ("law", "said"),
    [
        ("{soc0/npuu: {power_w: 1, at_c: 60, beta_per_k: 0.02}}", "unknown block 'soc0/npuu'; did you mean"),
        ("{soc0/x*: {power_w: 1, at_c: 60, beta_per_k: 0.02}}", "no block matches 'soc0/x*'"),
        ("{soc0/npu: {power_w: -1, at_c: 60, beta_per_k: 0.02}}", "power_w: must be at least 0 (got -1)"),
        ("{soc0/npu: {power_w: .nan, at_c: 60, beta_per_k: 0.02}}", "power_w: must be a finite number"),
        ("{soc0/npu: {power_w: 1, at_c: 60}}", "needs power_w, at_c and beta_per_k, or 'table"),
        ("{soc0/npu: {table: [[60, 1], [25, 2]]}}", "must rise from row to row (got 60 then 25 degC)"),
        ("{soc0/npu: {power_w: 1, at_k: 300, beta_per_k: 0.02}}", "unknown key 'at_k'"),
        ("{soc0/npu: 3}", "must be a mapping with power_w"),
        ("[1]", "must be a mapping of names to leakage laws"),
    ],
)
def test_3_mistakes_in_leakage(run, design, law, said):
    result = run("check", design, "--set", f"leakage={law}", code=3)
    assert said in result.stderr
    assert "leakage" in result.stderr


def test_a_pattern_leaks_in_each_block_it_matches_and_a_name_wins(document, design):
    law = (
        "leakage={soc0/*: {power_w: 0.1, at_c: 60, beta_per_k: 0}, "
        "soc0/npu: {power_w: 0.2, at_c: 60, beta_per_k: 0}}"
    )
    found = document("solve", design, *SETTLED, "--set", law)
    leaks = {b["name"]: b["leakage_w"] for b in found["blocks"]}
    assert leaks.pop("soc0/npu") == pytest.approx(0.2)
    inside = [w for name, w in leaks.items() if name.startswith("soc0/")]
    assert inside == pytest.approx([0.1] * len(inside))
    assert all(w == 0.0 for name, w in leaks.items() if not name.startswith("soc0/"))


def test_one_key_of_a_law_is_set(document, edited):
    path = edited(("\nlimits:", "\nleakage:\n  soc0/npu: {power_w: 0.5, at_c: 60, beta_per_k: 0}\nlimits:"))
    found = document("solve", path, *SETTLED, "--set", "leakage.soc0/npu.power_w=0.3")
    assert found["heat"]["leakage_w"] == pytest.approx(0.3)
    assert json.dumps(found)
