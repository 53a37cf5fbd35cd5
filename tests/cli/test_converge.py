"""``thermal converge``: words, numbers, files and mistakes."""

import math

import numpy as np
import pytest
from PIL import Image
from pypdf import PdfReader

COARSE = ("--coarser", "4", "--constant-k")
LENIENT = (("accuracy_k: 0.001", "accuracy_k: 2"),)


@pytest.fixture
def lenient(edited):
    """The small design, its blocks content with what a coarse mesh can do."""
    return edited(*LENIENT)


def test_the_table_fits_80_columns_and_names_both_families(run, design):
    printed = run("converge", design, *COARSE).stdout
    assert max(map(len, printed.splitlines())) <= 80
    # pll0 asks for 1 mK: no other block is as far from what it wants.
    assert "soc0/pll0: 0.001 K asked" in printed
    for words in ("uniform 4 h", "uniform 2 h", "uniform h ", "adaptive 0", "fitted order"):
        assert words in printed
    rows = [line for line in printed.splitlines() if line.startswith("uniform ") and " h " in line]
    cells = [int(row.split(" h ")[1].split()[0].replace(",", "")) for row in rows]
    assert cells == sorted(cells)
    assert len(cells) == 3


def test_the_document_holds_the_solves(document, design):
    found = document("converge", design, *COARSE, "--of", "soc0/pll1", "--of", "soc0/cpu")
    assert found["schema"] == "thermal-floorplan/converge/1"
    assert [b["name"] for b in found["blocks"]] == ["soc0/pll1", "soc0/cpu"]
    for times, level in ((4, 0), (2, 1), (1, 2)):
        solved = document("solve", design, "--coarser", 4 * times, "--constant-k")
        block = next(b for b in solved["blocks"] if b["name"] == "soc0/pll1")
        row = found["blocks"][0]["uniform"][level]
        assert row["cells"] == solved["cells"]
        assert row["size"] == times
        assert row["t_max_c"] == pytest.approx(block["t_max_c"], abs=1e-9)
        assert row["error_k"] == pytest.approx(block["error_k"], abs=1e-9)
    first = found["blocks"][0]["adaptive"][0]
    assert (first["cells"], first["error_k"]) == (row["cells"], row["error_k"])


def test_the_order_is_the_slope_and_extrapolates(document, design):
    (block,) = document("converge", design, *COARSE, "--of", "soc0/pll1", "--accuracy", "1e-5")["blocks"]
    assert block["asked_k"] == 1e-5
    bars = [row["error_k"] for row in block["uniform"]]
    # The slope of three points a factor of two apart is that of the outer two.
    order = math.log(bars[0] / bars[2]) / math.log(4.0)
    assert block["order"] == pytest.approx(order)
    if order >= 0.5:
        cells = block["uniform"][2]["cells"] * (bars[2] / 1e-5) ** (3.0 / order)
        assert block["uniform_cells"] == pytest.approx(cells)
        assert block["uniform_extrapolated"]
    else:
        assert block["uniform_cells"] is None
    assert block["adaptive_cells"] is None
    assert block["ratio"] is None


def test_accuracy_that_is_met_is_measured(document, lenient):
    found = document("converge", lenient, *COARSE, "--of", "soc0/cpu", "--accuracy", "5")
    (block,) = found["blocks"]
    assert block["uniform_extrapolated"] is False
    assert block["uniform_cells"] in [row["cells"] for row in block["uniform"]]
    assert block["adaptive_cells"] == block["adaptive"][0]["cells"]
    assert block["ratio"] == block["uniform_cells"] / block["adaptive_cells"]


def test_accuracy_out_of_reach_is_told_with_the_blocks_that_miss_it(run, document, design):
    options = (*COARSE, "--max-cells", "8k")
    found = document("converge", design, *options)
    assert "soc0/pll0" in [s["name"] for s in found["missing"]]
    assert all(s["error_k"] > s["asked_k"] for s in found["missing"])
    assert all(row["cells"] <= 8000 for block in found["blocks"] for row in block["adaptive"])
    printed = run("converge", design, *options).stdout
    assert "less accurate than asked" in printed
    assert "short by K" in printed
    assert found["stop"] in " ".join(printed.split())


def test_a_round_that_gains_nothing_is_shown_but_not_used(run, document, design, monkeypatch):
    # No round can leave less than nothing of the error.
    monkeypatch.setattr("thermal.adaptive.GAINED", 0.0)
    found = document("converge", design, *COARSE)
    (block,) = found["blocks"]
    assert found["stop"] == "further rounds gained nothing"
    assert len(block["adaptive"]) == 1
    used, *vain = (level["cells"] for level in block["adaptive"] + block["given_up"])
    assert len(vain) == 2
    assert used < vain[0] < vain[1]
    missing = {s["name"]: s["error_k"] for s in found["missing"]}
    assert missing[block["name"]] == block["adaptive"][0]["error_k"]
    told = run("converge", design, *COARSE).stdout
    assert "adaptive 1 *" in told
    assert "adaptive 2 *" in told


def test_a_grid_that_is_fine_everywhere_is_counted_or_solved(document, lenient):
    many = document("converge", lenient, *COARSE, "--of", "soc0/pll0", "--max-cells", "400k")["blocks"][0]
    few = document("converge", lenient, *COARSE, "--of", "soc0/pll0", "--max-cells", "20k")["blocks"][0]
    assert few["grid"] is None
    assert few["grid_cells"] > 20_000
    grid = many["grid"]
    assert grid["cells"] == many["grid_cells"]
    # No column is larger than the smallest under the block, up to base lines between the edges of layers.
    assert grid["smallest_um"] <= many["adaptive"][-1]["smallest_um"] * (1 + 1e-9)
    assert grid["t_max_c"] == pytest.approx(
        many["adaptive"][-1]["t_max_c"], abs=grid["error_k"] + many["adaptive"][-1]["error_k"]
    )


def test_cells_of_half_the_size_are_solved_where_they_fit(document, lenient):
    rows = document("converge", lenient, *COARSE, "--max-cells", "200k")["blocks"][0]["uniform"]
    assert [row["size"] for row in rows] == [4, 2, 1, 0.5]
    rows = document("converge", lenient, *COARSE, "--max-cells", "5k")["blocks"][0]["uniform"]
    assert [row["size"] for row in rows] == [4, 2, 1]


def test_the_exit_code_is_that_of_the_verdict(document, edited):
    hot = edited(("limits: {cpu: 95", "limits: {cpu: 30"), *LENIENT)
    assert document("converge", hot, *COARSE, code=1)["verdict"] == "fail"


@pytest.mark.parametrize("kind", ["png", "pdf", "svg"])
def test_the_chart_is_written(run, lenient, tmp_path, kind):
    path = tmp_path / f"errors.{kind}"
    told = run("converge", lenient, *COARSE, "--of", "soc0/ldo", "-o", path).stderr
    assert "wrote" in told
    if kind == "png":
        with Image.open(path) as image:
            assert min(image.size) > 300
            # Ink on paper, not a blank page.
            assert np.unique(np.asarray(image.convert("L"))).size > 20
    elif kind == "pdf":
        text = PdfReader(path).pages[0].extract_text()
        assert "soc0/ldo" in text
        assert "error bar, K" in text
    else:
        assert "<svg" in path.read_text()


def test_mistakes(run, design, edited):
    assert "did you mean 'soc0/pll0'" in run("converge", design, "--of", "soc0/pl0", code=3).stderr
    assert "one scenario" in run("converge", design, "--scenario", "all", code=2).stderr
    assert "must end in" in run("converge", design, "-o", "a.txt", code=2).stderr
    assert "accuracy" in run("converge", design, "--accuracy", "0", code=2).stderr
    assert "no number of cells" in run("converge", design, "--max-cells", "lots", code=2).stderr
    assert "may use 1 MiB" in run("converge", design, *COARSE, "--max-memory", "1MiB", code=3).stderr
