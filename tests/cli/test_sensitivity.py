"""``thermal sensitivity``: words, numbers, files and mistakes."""

import numpy as np
import pytest
from pypdf import PdfReader

from tests.cli.conftest import COARSE

LINEAR = ("--constant-k", *COARSE)


def test_the_ranked_report_fits_80_columns(run, design):
    printed = run("sensitivity", design, *LINEAR, "--of", "soc0/pll0", "--matrix").stdout
    assert max(map(len, printed.splitlines())) <= 80
    assert "soc0/pll0: mean " in printed
    heating = printed[printed.index("What heats it\n") : printed.index("Layers")].splitlines()
    rows = [line.split() for line in heating[3:] if line.strip()]
    assert rows[0][0] == "soc0/cpu"
    # Longest bar first, one letter at least for whoever heats at all.
    bars = [line.count("█") for line in heating[3:8]]
    assert bars == sorted(bars, reverse=True)
    assert bars[0] == 14
    for heading in ("Cooling and interfaces", "Moving blocks, K per 100 µm", "Influence matrix"):
        assert heading in printed
    assert "Reciprocity: a on b and b on a differ by" in printed
    assert "tangents" not in printed


def test_what_depends_on_temperature_is_called_a_tangent(run, design):
    printed = run("sensitivity", design, *COARSE).stdout
    assert "K/W and K are tangents at this solution" in " ".join(printed.split())


def test_the_block_of_least_margin_is_looked_at_unless_one_is_named(document, design):
    solved = document("solve", design, *COARSE)["blocks"]
    sensitive = [b for b in solved if b["kind"] in ("analog", "pmic")]
    least = min(sensitive, key=lambda b: b["margin_k"])["name"]
    assert [s["block"] for s in document("sensitivity", design, *COARSE)["of"]] == [least]
    named = document("sensitivity", design, *COARSE, "--of", "soc0/cpu", "--of", "soc0/ldo")
    assert [s["block"] for s in named["of"]] == ["soc0/cpu", "soc0/ldo"]


def test_the_document_adds_up(document, design):
    found = document("sensitivity", design, *LINEAR, "--of", "soc0/pll0", "--matrix")
    assert found["schema"] == "thermal-floorplan/sensitivity/1"
    assert (found["design"], found["scenario"]) == ("tiny", None)
    (block,) = found["of"]
    assert block["linear"]
    solved = {b["name"]: b for b in document("solve", design, *LINEAR)["blocks"]}
    assert block["t_avg_c"] == pytest.approx(solved["soc0/pll0"]["t_avg_c"], abs=1e-9)
    assert block["rise_k"] == pytest.approx(block["t_avg_c"] - 25.0)
    rises = sum(h["k"] for h in block["heating"])
    # One ambient and no flux: blocks explain the whole rise, to the tolerance of the solve.
    assert rises == pytest.approx(block["rise_k"], rel=1e-6)
    assert block["rest_k"] == pytest.approx(0.0, abs=1e-5)
    for row in block["heating"]:
        assert row["k"] == pytest.approx(row["k_per_w"] * row["power_w"])
    layers = {x["name"]: x for x in block["layers"]}
    assert set(layers) == {"substrate", "dies", "tim", "lid", "soc0/bumps", "soc0/device", "soc0/bulk"}
    assert layers["tim"]["thickness_um"] == pytest.approx(60)
    assert layers["tim"]["thickness_k_per_percent"] > 0 > layers["tim"]["conductivity_k_per_percent"]
    (top,) = block["cooling"]
    assert (top["name"], top["quantity"], top["value"], top["unit"]) == ("top", "htc", 5000.0, "W/(m²K)")
    assert top["k_per_percent"] < 0
    matrix = found["matrix"]
    row = dict(zip(matrix["sources"], matrix["k_per_w"][matrix["of"].index("soc0/pll0")], strict=True))
    assert row == pytest.approx({h["name"]: h["k_per_w"] for h in block["heating"]}, rel=1e-6)


def test_a_percent_is_what_a_solve_makes_of_it(document, design):
    def mean(*more):
        blocks = document("solve", design, *LINEAR, "--tolerance", "1e-11", *more)["blocks"]
        return next(b["t_avg_c"] for b in blocks if b["name"] == "soc0/pll0")

    (block,) = document("sensitivity", design, *LINEAR, "--of", "soc0/pll0")["of"]
    (top,) = block["cooling"]
    high, low = (mean("--set", f"package.top.htc_w_m2k={5000 * f}") for f in (1.01, 0.99))
    assert top["k_per_percent"] == pytest.approx((high - low) / 2, rel=2e-4)
    watts = {h["name"]: h["k_per_w"] for h in block["heating"]}
    more = mean("--set", "power={soc0/cpu: 6, soc0/npu: 3, soc0/pll0: 0.02, soc0/pll1: 0, soc0/ldo: 0.3}")
    assert more - block["t_avg_c"] == pytest.approx(watts["soc0/cpu"], rel=1e-5)


def test_scenarios_and_set(document, design):
    hot = document("sensitivity", design, *LINEAR, "--scenario", "hot", "--of", "soc0/pll0", code=1)
    assert hot["scenario"] == "hot"
    (block,) = hot["of"]
    assert block["reference_c"] == pytest.approx(60.0)
    (idle,) = document("sensitivity", design, *LINEAR, "--scenario", "idle", "--of", "soc0/pll0")["of"]
    # K/W do not depend on the watts where nothing depends on temperature.
    first, second = ({h["name"]: h["k_per_w"] for h in b["heating"]} for b in (block, idle))
    assert first == pytest.approx(second, rel=1e-6)


def test_top_limits_every_table(run, design):
    printed = run("sensitivity", design, *LINEAR, "--of", "soc0/pll0", "--top", "2").stdout
    assert "What heats it (2 of 5)" in printed
    assert "3 others" in printed
    assert "Layers (2 of 7)" in printed


def test_charts_are_written(run, design, tmp_path):
    run("sensitivity", design, *LINEAR, "--matrix", "-o", "out.pdf")
    pages = [page.extract_text() for page in PdfReader(tmp_path / "out.pdf").pages]
    assert "A tenth more or less" in pages[0]
    assert "Influence matrix" in pages[-1]
    first = (tmp_path / "out.pdf").read_bytes()
    run("sensitivity", design, *LINEAR, "--matrix", "-o", "out.pdf")
    assert (tmp_path / "out.pdf").read_bytes() == first
    run("sensitivity", design, *LINEAR, "-o", "out.svg")
    assert "resistance of top" not in (tmp_path / "out.svg").read_text()
    assert (tmp_path / "out.svg").read_text().startswith("<?xml")
    run("sensitivity", design, *LINEAR, "--matrix", "-o", "out.png")
    assert (tmp_path / "out.png").read_bytes()[:4] == b"\x89PNG"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("--of", "soc0/pl0"), 3, "--of soc0/pl0: error: no such block; did you mean 'soc0/pll0'?"),
        (("--of", "soc0/cpu", "--of", "cpu"), 3, "--of cpu: error: no such block"),
        (("--scenario", "all"), 2, "sensitivity takes one scenario"),
        (("--scenario", "ho"), 3, "did you mean 'hot'?"),
        (("-o", "out.docx"), 2, "-o out.docx: must end in .pdf, .svg, .png"),
        (("-o", "nowhere/out.pdf"), 3, "cannot write 'nowhere/out.pdf'"),
        (("--top", "0"), 2, "0 is not in the range"),
        (("--finer", "2", "--coarser", "2"), 2, "exclude each other"),
    ],
)
def test_mistakes_are_told_before_anything_is_solved(run, design, monkeypatch, arguments, code, message):
    monkeypatch.setattr("thermal.study.solve", lambda *_, **__: pytest.fail("solved in vain"))
    result = run("sensitivity", design, *arguments, code=code)
    assert message in result.stderr
    assert result.stdout == ""


def test_a_design_without_blocks_has_nothing_to_ask_about(run, tmp_path):
    (tmp_path / "bare.yaml").write_text(
        "design: bare\npackage:\n  outline_mm: [5, 5]\n  ambient_c: 25\n  top: {htc_w_m2k: 100}\n"
        "  layers: [{name: plate, thickness_um: 500, material: copper}]\n",
        encoding="utf-8",
    )
    result = run("sensitivity", "bare.yaml", code=3)
    assert "error: bare has no blocks" in result.stderr


def test_a_block_in_void_has_no_temperature_to_ask_about(run, design):
    void = "package.layers.substrate.floorplan={blocks: [{name: hole, rect_um: [0, 0, 100, 100]}]}"
    hollow = "package.layers.substrate.regions=[{rect_um: [0, 0, 500, 500], material: void}]"
    asked = ("--set", void, "--set", hollow, "--of", "substrate/hole")
    result = run("sensitivity", design, *LINEAR, *asked, code=3)
    assert "--of substrate/hole: error: block 'substrate/hole' holds no material" in result.stderr


def test_no_colour_in_a_pipe_and_shading_has_no_part_in_the_numbers(run, design):
    printed = run("sensitivity", design, *LINEAR, "--matrix").stdout
    assert "\x1b[" not in printed
    matrix = printed[printed.index("Influence matrix") :].splitlines()[2:5]
    values = np.array([[float(v) for v in line.split()[1:]] for line in matrix])
    assert values.shape == (3, 5)
    assert (values > 0).all()
