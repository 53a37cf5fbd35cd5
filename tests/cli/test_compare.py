"""``thermal compare``: what changed in the design and in temperatures."""

import pytest

from tests.cli.conftest import COARSE


def test_a_design_with_itself(document, run, design):
    found = document("compare", design, design, *COARSE)
    assert found["schema"] == "thermal-floorplan/compare/1"
    assert found["changes"] == []
    assert {b["delta_t_max_k"] for b in found["blocks"]} == {0.0}
    assert not any(b["significant"] for b in found["blocks"])
    printed = run("compare", design, design, *COARSE).stdout
    assert "do not differ in anything that temperatures depend on" in printed


def test_another_ambient_moves_every_block_alike(document, design):
    found = document("compare", design, *COARSE, "--constant-k", "--set-b", "package.ambient_c=30")
    assert [(c["topic"], c["what"], c["before"], c["after"]) for c in found["changes"]] == [
        ("package", "ambient", "25.00 °C", "30.00 °C")
    ]
    assert [b["delta_t_max_k"] for b in found["blocks"]] == pytest.approx([5.0] * 5, abs=1e-5)
    assert all(b["significant"] for b in found["blocks"])


def test_the_largest_change_comes_first(document, design):
    found = document("compare", design, *COARSE, "--set-b", "power.soc0/npu=6")
    changes = [abs(b["delta_t_max_k"]) for b in found["blocks"]]
    assert changes == sorted(changes, reverse=True)
    assert found["blocks"][0]["name"] == "soc0/npu"
    assert found["blocks"][0]["b"]["power_w"] - found["blocks"][0]["a"]["power_w"] == 3.0


def test_the_exit_code_is_that_of_the_second_design(run, design):
    run("compare", design, *COARSE, "--set-a", "limits.cpu=50")
    printed = run("compare", design, *COARSE, "--set-b", "limits.cpu=50", code=1).stdout
    assert "B: A limit is violated; A: within all limits." in printed
    assert "limit cpu: 95.00 °C → 50.00 °C" in printed
    assert "pass → FAIL" in printed


def test_two_files(run, edited, design):
    other = edited(
        ("rect_um: [3000, 3500, 3500, 4000]", "rect_um: [3000, 3500, 3400, 4000]"),
        ("name: ldo", "name: buck"),
        ("soc0/ldo: 0.3", "soc0/buck: 0.4"),
    )  # fmt: skip
    printed = run("compare", design, other, *COARSE).stdout
    for line in (
        "block soc/device/ldo: removed",
        "block soc/device/buck: added",
        "block soc/device/pll1: resized 500 × 500 µm → 400 × 500 µm",
        "power soc0/buck: 0 W → 0.4 W",
    ):
        assert line in printed
    assert "not in A" in printed
    assert "not in B" in printed


def test_scenarios_of_one_design(document, design):
    found = document("compare", design, *COARSE, "--scenario-b", "hot", code=1)
    assert (found["a"]["scenario"], found["b"]["scenario"]) == ("base", "hot")
    assert found["verdict"] == "fail"


def test_both_designs_errors_at_once(run, edited, design):
    first = edited(("tim-grease", "tim-greese"), name="first.yaml")
    second = edited(("ambient_c: 25", "ambient_c: .nan"), name="second.yaml")
    messages = run("compare", first, second, code=3).stderr
    assert "first.yaml:13:47: error:" in messages
    assert "second.yaml:4:14: error:" in messages
