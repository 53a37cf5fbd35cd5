"""The document of a study: plain, complete, in the units of its keys."""

import json
from dataclasses import replace

import pytest

import thermal
from tests.unit.thermal.two_blocks import COARSE, DATA
from thermal.report.document import DEFINITIONS, dumped, solve_document
from thermal.study import ALL, Case, study


@pytest.fixture(scope="module")
def one():
    return study(thermal.Design.from_dict(DATA), resolution=COARSE)


@pytest.fixture(scope="module")
def many():
    return study(thermal.Design.from_dict(DATA), ALL, resolution=COARSE)


def test_temperatures_are_in_celsius_and_differences_in_kelvin(one):
    block, row = one.cases[0].metrics.blocks[0], solve_document(one)["blocks"][0]
    assert row["t_max_c"] == block.t_max - 273.15
    assert row["limit_c"] == 60.0
    assert row["margin_k"] == block.margin
    assert row["error_k"] == block.error
    assert row["at"] == {
        "x_mm": block.at[0] * 1e3, "y_mm": block.at[1] * 1e3, "z_um": block.at[2] * 1e6
    }  # fmt: skip


def test_a_block_without_limit_has_nulls_for_it(one):
    row = solve_document(one)["blocks"][1]
    assert (row["limit_c"], row["margin_k"], row["verdict"]) == (None, None, "none")


def test_faces_that_do_not_cool_have_no_ambient(one):
    assert solve_document(one)["ambient"] == {"top_c": pytest.approx(20.0), "bottom_c": None}


def test_resistances_follow_their_definitions(one):
    document = solve_document(one)
    found, heat = document["resistances"], document["heat"]
    assert found["definitions"] == DEFINITIONS
    assert found["theta_ja_k_w"] == pytest.approx((found["t_junction_c"] - 20.0) / heat["power_w"])
    assert found["theta_jc_k_w"] == pytest.approx((found["t_junction_c"] - found["t_case_c"]) / heat["top_w"])
    assert found["psi_jt_k_w"] == pytest.approx((found["t_junction_c"] - found["t_top_c"]) / heat["power_w"])


def test_a_single_scenario_is_summed_up_and_several_are_in_full(one, many):
    (only,) = solve_document(one)["scenarios"]
    assert "blocks" not in only
    for row, case in zip(solve_document(many)["scenarios"], many.cases, strict=True):
        assert row["scenario"] == case.scenario
        assert len(row["blocks"]) == 2


def test_the_top_level_belongs_to_the_limiting_scenario_but_for_the_worst_cases(many):
    document = solve_document(many)
    limiting = next(s for s in document["scenarios"] if s["scenario"] == document["scenario"])
    for key in ("cells", "heat", "resistances", "hotspots", "evidence"):
        assert document[key] == limiting[key]
    assert [b["scenario"] for b in document["blocks"]] == ["base", "moved"]
    assert document["wall_s"] == pytest.approx(sum(s["wall_s"] for s in document["scenarios"]))


def test_what_is_not_a_number_is_null(one):
    case = one.cases[0]
    first, *rest = case.metrics.blocks
    metrics = replace(case.metrics, blocks=(replace(first, t_max=float("nan")), *rest))
    broken = Case(case.scenario, case.design, case.scene, metrics, case.evidence)
    text = dumped(solve_document(replace(one, cases=(broken,))))
    assert json.loads(text)["blocks"][0]["t_max_c"] is None
    assert "NaN" not in text


def test_the_text_is_plain_ascii(one):
    assert dumped({"name": "Ψ", **solve_document(one)}).isascii()


def test_inputs_are_named_with_their_digests(tmp_path):
    file = tmp_path / "design.yaml"
    file.write_text(json.dumps(DATA))
    (row,) = solve_document(study(file, resolution=COARSE))["inputs"]
    assert row["file"] == "design.yaml"
    assert len(row["sha256"]) == 64
