"""``thermal uncertainty``: spreads, shares and what is said about them."""

import pytest

from tests.cli.conftest import COARSE

VARY = ("--vary", "package.layers.tim.thickness_um=normal:6", "--vary", "power:soc0/*=normal:5%")
FEW = (*COARSE, "--samples", "256", "--checks", "2")
SECTION = """\
uncertainty:
  - {name: bond line, set: package.layers.tim.thickness_um, normal: {sd: 6}}
  - {name: sink, set: package.top.htc_w_m2k, relative: true, uniform: [0.8, 1.2]}
"""


def test_the_document_has_spreads_and_shares_of_every_block(document, design):
    found = document("uncertainty", design, *VARY, *FEW)
    assert found["schema"] == "thermal-floorplan/uncertainty/1"
    assert (found["samples"], found["method"], found["seed"]) == (256, "sobol", 1)
    assert found["model"]["checks"] == 4
    assert [item["name"] for item in found["inputs"]] == ["package.layers.tim.thickness_um", "soc0/*"]
    assert [row["name"] for row in found["layers"]] == ["lid"]
    for row in (*found["blocks"], *found["layers"]):
        assert row["p5_c"] < row["p50_c"] < row["p95_c"]
        assert sum(share["first"] for share in row["inputs"]) == pytest.approx(1.0, abs=0.02)
    # More watts warm every block by 5 % of what they do to it, about.
    warms = {row["name"]: row["inputs"][1]["k_per_sd"] for row in found["blocks"]}
    assert all(
        effect == pytest.approx(0.05 * (row["nominal_c"] - 25), rel=0.1)
        for effect, row in zip(warms.values(), found["blocks"], strict=True)
    )


def test_the_report_fits_eighty_columns_and_names_the_inputs(run, edited):
    path = edited(("scenarios:\n", SECTION + "scenarios:\n"))
    printed = run("uncertainty", path, *FEW).stdout
    assert max(len(line) for line in printed.splitlines()) <= 80
    assert printed.startswith("PASS  tiny: a limit is violated with a probability of <0.1 %; P95 of")
    assert "bond line" in printed
    assert "normal, sd 6 µm" in printed
    assert "uniform 80 … 120 %" in printed
    assert "256 Sobol samples of 2 inputs, seed 1" in printed


def test_an_option_takes_the_place_of_the_files_entry(document, edited):
    path = edited(("scenarios:\n", SECTION + "scenarios:\n"))
    found = document("uncertainty", path, "--vary", "package.layers.tim.thickness_um=uniform:50,70", *FEW)
    assert [item["law"] for item in found["inputs"]] == ["uniform", "uniform"]


def test_a_probable_violation_exits_1(run, document, design):
    nominal = document("uncertainty", design, *VARY, *FEW)["blocks"][0]
    hot = ("--set", f"limits.cpu={nominal['p50_c'] + 0.5 * nominal['sd_k']}")
    found = document("uncertainty", design, *VARY, *hot, *FEW, code=1)
    row = found["blocks"][0]
    # Half a standard deviation above the median: 31 % for a normal law.
    assert row["probability"] == pytest.approx(0.31, abs=0.05)
    low, high = row["probability_with_error"]
    assert low <= row["probability"] <= high
    assert found["verdict"] in ("fail", "undecided")
    assert found["probability_any"] >= row["probability"]


def test_the_inputs_of_a_scenario(document, design):
    idle = document("uncertainty", design, *VARY, *FEW, "--scenario", "idle")
    base = document("uncertainty", design, *VARY, *FEW)
    assert (base["scenario"], idle["scenario"]) == (None, "idle")
    assert idle["blocks"][0]["sd_k"] < 0.2 * base["blocks"][0]["sd_k"]


def test_samples_follow_the_seed(document, design):
    def numbers(*more):
        return [row["p95_c"] for row in document("uncertainty", design, *VARY, *FEW, *more)["blocks"]]

    assert numbers("--seed", "5") == numbers("--seed", "5")
    assert numbers("--seed", "5") != numbers("--seed", "6")
    assert numbers("--sampling", "lhs") != numbers()


def test_every_sample_solved(document, run, design):
    found = document("uncertainty", design, *VARY, *COARSE, "--direct", "--samples", "16")
    assert found["model"]["direct"] is True
    assert (found["samples"], found["model"]["checks"]) == (16, 16)
    printed = run("uncertainty", design, *VARY, *COARSE, "--direct", "--samples", "16").stdout
    assert "every sample was solved" in printed


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "tiny.yaml: error: no input is uncertain: give the design an 'uncertainty:' section, or name"),
        (
            ("--vary", "package.tap.x=normal:1"),
            "uncertainty.0.set: no 'tap' in 'package'; did you mean 'top'?",
        ),
        (("--vary", "package.ambient_c=normal:-3"), "normal.sd: must be > 0 (got -3.0)"),
        (("--vary", "package.ambient_c=nromal:3"), "no distribution 'nromal'; did you mean 'normal'?"),
        (("--vary", "package.top.htc_w_m2k=uniform:-1,3"), "reaches -1 W/(m² K), but a heat-transfer"),
    ],
)
def test_invalid_input(run, design, arguments, message):
    assert message in run("uncertainty", design, *arguments, *FEW, code=3).stderr


def test_wrong_usage(run, design):
    assert "takes one scenario" in run("uncertainty", design, *VARY, "--scenario", "all", code=2).stderr
    run("uncertainty", design, *VARY, "--sampling", "random", code=2)


def test_the_pdf_takes_a_section(run, edited, tmp_path):
    from pypdf import PdfReader

    path = edited(("scenarios:\n", SECTION + "scenarios:\n"))
    run("report", path, "--uncertainty", "-o", "with.pdf", *COARSE)
    run("report", path, "-o", "without.pdf", *COARSE)
    titles = {
        name: [str(mark["/Title"]) for mark in PdfReader(tmp_path / name).outline if isinstance(mark, dict)]
        for name in ("with.pdf", "without.pdf")
    }
    assert set(titles["with.pdf"]) - set(titles["without.pdf"]) == {"Uncertain inputs"}
    pages = PdfReader(tmp_path / "with.pdf").pages
    text = next(t for page in pages if "Inputs, and what they do to" in (t := page.extract_text()))
    for word in ("bond line", "package.layers.tim.thickness_um", "normal, sd 6 µm", "uniform 80 … 120 %"):
        assert word in text
    first = (tmp_path / "with.pdf").read_bytes()
    run("report", path, "--uncertainty", "-o", "with.pdf", *COARSE)
    assert (tmp_path / "with.pdf").read_bytes() == first


def test_a_report_on_nothing_uncertain(run, design, tmp_path):
    assert (
        "no input is uncertain"
        in run("report", design, "--uncertainty", "-o", "x.pdf", *COARSE, code=3).stderr
    )
    assert not (tmp_path / "x.pdf").exists()


def test_a_design_that_runs_away_says_so_and_exits_4(run, edited):
    leak = "leakage: {soc0/cpu: {power_w: 5, at_c: 60, beta_per_k: 0.03}}\n"
    path = edited(("scenarios:\n", leak + SECTION + "scenarios:\n"))
    assert run("uncertainty", path, *FEW, code=4).stdout.startswith("tiny  RUNAWAY  no steady state")
