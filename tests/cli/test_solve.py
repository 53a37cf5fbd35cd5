"""``thermal solve``: every option does what its help says."""

import json

import numpy as np
import pytest

import thermal
from tests.cli.conftest import COARSE

BLOCK_KEYS = {
    "name", "kind", "layer", "power_w", "t_max_c", "t_avg_c", "t_min_c", "error_k", "limit_c", "margin_k",
    "verdict",
}  # fmt: skip
TOP_KEYS = {
    "schema", "design", "cells", "columns", "iterations", "energy_balance_rel", "wall_s", "verdict", "blocks",
    "layers", "hotspots", "pairs", "resistances", "heat", "scenarios", "evidence",
}  # fmt: skip


def test_the_document_has_what_is_promised(document, design):
    found = document("solve", design, *COARSE)
    assert found["schema"] == "thermal-floorplan/solve/1"
    assert found.keys() >= TOP_KEYS
    assert all(block.keys() >= BLOCK_KEYS for block in found["blocks"])
    assert all(layer.keys() >= {"name", "t_max_c", "t_avg_c", "t_min_c"} for layer in found["layers"])
    assert len(found["blocks"]) == 5
    assert found["verdict"] == "pass"
    assert abs(found["energy_balance_rel"]) < 1e-8
    heat = found["heat"]
    assert heat["top_w"] + heat["bottom_w"] + heat["sides_w"] == pytest.approx(heat["power_w"], rel=1e-8)
    assert found["evidence"]["fine"]["residuals"][-1] <= 1e-8


def test_json_is_all_that_stdout_holds(run, design):
    printed = run("solve", design, *COARSE, "--json").stdout
    assert printed.startswith("{")
    assert printed.endswith("}\n")


def test_values_agree_with_python(document, design):
    found = document("solve", design, *COARSE)
    metrics = thermal.solve(design, resolution=thermal.Resolution(scale=4.0)).metrics
    for row, block in zip(found["blocks"], metrics.blocks, strict=True):
        assert row["name"] == block.name
        assert row["t_max_c"] + 273.15 == pytest.approx(block.t_max, abs=1e-9)
        assert row["error_k"] == pytest.approx(block.error, abs=1e-9)
        assert row["margin_k"] == pytest.approx(row["limit_c"] - row["t_max_c"], abs=1e-9)


def test_set_replaces_values_of_every_kind(document, design):
    base = document("solve", design, *COARSE)
    warmer = document(
        "solve", design, *COARSE, "--set", "package.ambient_c=45", "--set", "power.soc0/npu=0",
        "--set", "limits={cpu: 95}",
    )  # fmt: skip
    assert warmer["heat"]["power_w"] == pytest.approx(base["heat"]["power_w"] - 3.0)
    assert warmer["ambient"]["top_c"] == pytest.approx(45.0)
    assert [b["limit_c"] for b in warmer["blocks"]].count(None) == 4


def test_set_says_which_assignment_is_wrong(run, design):
    result = run("solve", design, "--set", "package.ambiant_c=45", "--set", "nonsense", code=3)
    assert "--set nonsense: error: expected key=value, for example package.ambient_c=45" in result.stderr
    result = run("solve", design, "--set", "package.ambiant_c=45", code=3)
    assert "did you mean 'ambient_c'?" in result.stderr


def test_a_scenario_is_solved_as_such(document, design):
    base, hot = (
        document("solve", design, *COARSE, "--constant-k", *more, code=code)
        for more, code in (([], 0), (["--scenario", "hot"], 1))
    )
    assert [base["scenario"], hot["scenario"]] == ["base", "hot"]
    for cold, warm in zip(base["blocks"], hot["blocks"], strict=True):
        assert warm["t_max_c"] - cold["t_max_c"] == pytest.approx(35.0, abs=1e-4)


def test_all_scenarios_with_the_worst_case_of_each_block(document, design):
    found = document("solve", design, *COARSE, "--scenario", "all", code=1)
    assert [s["scenario"] for s in found["scenarios"]] == ["base", "hot", "idle"]
    assert [s["verdict"] for s in found["scenarios"]] == ["pass", "fail", "pass"]
    assert found["verdict"] == "fail"
    assert found["scenario"] == "hot"
    for i, block in enumerate(found["blocks"]):
        assert block["scenario"] == "hot"
        assert block["t_max_c"] == max(s["blocks"][i]["t_max_c"] for s in found["scenarios"])


def test_an_unknown_scenario_names_those_there_are(run, design):
    assert "no scenario 'hott'; did you mean 'hot'? (there are: hot, idle)" in (
        run("solve", design, "--scenario", "hott", code=3).stderr
    )


def test_probes_read_the_field(document, design):
    points = [(3.5, 3.5, 553.3), (1.0, 1.0, 100.0), (0.2, 0.2, 700.0), (99.0, 1.0, 1.0)]
    asked = [argument for p in points for argument in ("--probe", ",".join(map(str, p)))]
    found = document("solve", design, *COARSE, *asked)["probes"]
    solution = thermal.solve(design, resolution=thermal.Resolution(scale=4.0))
    inside = np.array(points[:2]).T * [[1e-3], [1e-3], [1e-6]]
    assert [p["t_c"] + 273.15 for p in found[:2]] == pytest.approx(solution.at(*inside), abs=1e-9)
    assert [p["t_c"] for p in found[2:]] == [None, None]
    assert [p["block"] for p in found] == ["soc0/npu", None, None, None]
    assert [p["layer"] for p in found] == ["soc0/device", "substrate", None, None]


def test_probes_in_the_terminal(run, design):
    printed = run("solve", design, *COARSE, "--probe", "3.5,3.5,552.5", "--probe", "99,1,1").stdout
    lines = printed[printed.index("Probes") :].splitlines()
    assert lines[3].split()[:3] == ["3.5", "3.5", "552.5"]
    assert lines[3].endswith("soc0/npu")
    assert lines[4].split() == ["99", "1", "1", "–", "outside", "the", "package"]


def test_finer_and_coarser_change_the_mesh(document, design):
    cells = [
        document("solve", design, *size)["cells"] for size in (("--coarser", "6"), ("--coarser", "3"), ())
    ]
    assert cells[0] < cells[1] < cells[2]


def test_tolerance_is_kept(document, design):
    loose = document("solve", design, *COARSE, "--tolerance", "1e-4")
    tight = document("solve", design, *COARSE, "--tolerance", "1e-10")
    assert loose["iterations"] < tight["iterations"]
    assert tight["evidence"]["fine"]["residuals"][-1] <= 1e-10 == tight["evidence"]["tolerance"]


def test_max_memory_refuses_with_advice(run, design):
    result = run("solve", design, "--max-memory", "1MB", code=3)
    assert "may use 977 KiB; use a coarser grid (--coarser 2" in result.stderr
    assert "--max-memory" in result.stderr
    run("solve", design, *COARSE, "--max-memory", "1GiB")


def test_all_blocks_prints_every_block(run, design, tmp_path):
    blocks = ", ".join(
        f"{{name: u{i:02d}, kind: noc, rect_um: [{100 * i}, 0, {100 * i + 100}, 100]}}" for i in range(30)
    )
    floorplan = f"dies.soc.layers.device.floorplan={{blocks: [{blocks}]}}"
    power = "power={soc0/u00: 1}"
    common = [
        "solve",
        design,
        *COARSE,
        "--constant-k",
        "--set",
        floorplan,
        "--set",
        power,
        "--set",
        "matched_pairs=[]",
    ]
    common += ["--set", "limits={noc: 300}", "--set", "scenarios={}"]
    few, every = run(*common).stdout, run(*common, "--all-blocks").stdout
    assert "(12 of 30; --all-blocks shows the other 18)" in few
    assert sum(f"soc0/u{i:02d} " in every for i in range(30)) == 30
    assert "--all-blocks" not in every


def test_a_shipped_design_by_its_name(run):
    result = run("solve", "accel-2p5", code=3)
    assert "did you mean 'accel-2p5d'?" in result.stderr


def test_a_file_that_is_not_there(run):
    assert "cannot read 'nothing.yaml': No such file or directory" in (
        run("solve", "nothing.yaml", code=3).stderr
    )


def test_broken_yaml(run, tmp_path):
    (tmp_path / "broken.yaml").write_text("design: [unclosed\npackage: {")
    result = run("solve", "broken.yaml", code=3)
    assert result.stderr.startswith("broken.yaml:2:")


def test_no_cooling_at_all(run, edited):
    adiabatic = edited(("  top: {htc_w_m2k: 5000}\n", ""))
    assert "cool" in run("solve", adiabatic, code=3).stderr


def test_a_powered_block_surrounded_by_void(run, design):
    island = "package.layers.tim={name: tim, thickness_um: 60, material: void}"
    result = run("solve", design, *COARSE, "--set", island, "--set", "limits={}", code=3)
    assert "no path of material leads from it to a cooled face" in result.stderr
    assert "'soc0/cpu'" in result.stderr
    assert result.stderr.startswith("tiny.yaml:25:15: error: ")


def test_scenarios_are_checked_before_anything_is_solved(run, edited):
    result = run("solve", edited(("ambient_c: 60", "ambient_c: warm")), code=3)
    assert "in scenario 'hot'" in result.stderr
    assert "ambient_c" in result.stderr


def test_two_runs_give_the_same_document_but_for_time_and_memory(document, design):
    first, second = (document("solve", design, *COARSE) for _ in range(2))
    for found in (first, second):
        del found["wall_s"], found["evidence"]["stages_s"], found["evidence"]["peak_bytes"]
    assert json.dumps(first) == json.dumps(second)
