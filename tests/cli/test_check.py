"""``thermal check``: errors all at once, warnings, and what a solve will take."""

import pytest


def test_a_sound_design(run, design):
    result = run("check", design)
    assert result.stdout.startswith("tiny  valid, no warnings\n")
    assert result.stderr in ("", "thermal: compiling kernels, about 20 s, once\n")
    assert "5: 2 analog, 1 cpu, 1 compute, 1 pmic" in result.stdout
    assert "8.32 W" in result.stdout


def test_the_document(document, design):
    found = document("check", design)
    assert found["schema"] == "thermal-floorplan/check/1"
    assert found["blocks"] == 5
    assert found["power_w"] == pytest.approx(8.32)
    (floorplan,) = found["floorplans"]
    assert floorplan["coverage"] == pytest.approx((8 + 6 + 3 * 0.25) / 16)
    assert found["scenarios"] == [
        {"name": "hot", "power_w": pytest.approx(8.32)},
        {"name": "idle", "power_w": pytest.approx(0.72)},
    ]


def test_the_cells_and_bytes_are_those_of_the_solve(document, design):
    checked, solved = document("check", design, "--coarser", "3"), document("solve", design, "--coarser", "3")
    assert checked["cells"] == solved["cells"]
    assert checked["predicted_bytes"] == solved["evidence"]["predicted_bytes"]


def test_what_looks_forgotten_is_warned_of_and_allowed(run, edited):
    forgetful = edited(
        ("soc0/pll1: 0, ", ""),
        ("pmic: 110", "hbm: 95"),
        ("[2000, 0, 4000, 3000]", "[2000, 0, 4000, 1000]"),
        ("\npower:", "\nmaterials: {own: {k_w_mk: 1, density_kg_m3: 1, specific_heat_j_kgk: 1}}\npower:"),
    )  # fmt: skip
    warnings = run("check", forgetful).stderr.splitlines()
    assert [line.partition(": warning: ")[2] for line in warnings] == [
        "1 block without power: soc0/pll1",
        "no block is of kind 'hbm': this limit applies to nothing",
        "1 sensitive block without limit: soc0/ldo",
        "blocks cover 67.2 % of layer 'soc0/device'; the rest of it dissipates nothing",
        "material 'own' is used by no layer",
    ]
    assert warnings[1].startswith("edited.yaml:33:49: ")


def test_nothing_dissipates(run, edited):
    silent = edited(("soc0/cpu: 5, soc0/npu: 3, soc0/pll0: 0.02, soc0/pll1: 0, soc0/ldo: 0.3", ""))
    silent_base = run("check", silent).stderr
    assert "nothing dissipates: no block, map or face has power" in silent_base
    assert "5 blocks without power" in silent_base


def test_a_block_in_the_void_is_found_without_a_solve(run, design):
    island = "package.layers.tim={name: tim, thickness_um: 60, material: void}"
    result = run("check", design, "--set", island, "--set", "limits={}", code=3)
    assert "no path of material leads from it to a cooled face" in result.stderr


def test_errors_of_the_file_are_shown_as_they_are(run, edited):
    result = run("check", edited(("thickness_um: 60", "thickness_um: -60")), code=3)
    assert "thickness_um: must be > 0 (got -60)" in result.stderr
    assert result.stdout == ""
