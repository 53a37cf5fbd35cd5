"""Designs that lack what most have still get a report."""

import pytest
from pypdf import PdfReader

from tests.report.small import COARSE
from thermal.design import Design
from thermal.report.pdf import SECTIONS, write_pdf
from thermal.steady import solve

BLOCK = {"name": "a", "kind": "analog", "rect_um": [0, 0, 500, 500]}


def design(layer=None, power=None, **package):
    """A bare die on a heat sink, with some of it changed."""
    die = {"name": "die", "thickness_um": 300, "material": "silicon"} | (layer or {})
    whole = {"outline_mm": [4, 3], "ambient_c": 25, "top": {"htc_w_m2k": 3000}, "layers": [die]} | package
    return Design.from_dict({"design": "edge", "package": whole, "power": power or {}})


@pytest.fixture
def powers(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "watts.csv").write_text("1,2\n3,4\n")


def pages(found, path):
    return [
        page.extract_text() for page in PdfReader(write_pdf([solve(found, resolution=COARSE)], path)).pages
    ]


CASES = {
    "nothing": (
        design,
        ["No limits given", "0 W", "The design has no blocks", "No layer releases heat"],
    ),
    "unpowered": (
        lambda: design({"floorplan": {"blocks": [BLOCK]}}),
        ["die/a", "0 W", "No layer releases heat"],
    ),
    "raster": (lambda: design({"power_map_csv": "watts.csv"}), ["10 W", "power density in W/mm²"]),
    "both": (
        lambda: design({"power_map_csv": "watts.csv", "floorplan": {"blocks": [BLOCK]}}, {"die/a": 1}),
        ["11 W", "die/a"],
    ),
    "flux": (
        lambda: design(top={"power_map_csv": "watts.csv"}, bottom={"htc_w_m2k": 5000}),
        ["10 W put in by a map", "to 25.0 °C at the bottom"],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_report_is_written(case, powers, tmp_path):
    make, words = CASES[case]
    text = "\n".join(pages(make(), tmp_path / "edge.pdf"))
    for word in (*words, *(section.title for section in SECTIONS)):
        assert word in text


def test_a_thousand_blocks_have_a_row_each(tmp_path):
    blocks = [
        {"name": f"b{i}_{j}", "kind": "compute", "rect_um": [100 * i, 75 * j, 100 * i + 90, 75 * j + 70]}
        for i in range(40)
        for j in range(30)
    ]
    found = design({"floorplan": {"blocks": blocks}}, {"die/b*": 0.001})
    text = "\n".join(pages(found, tmp_path / "many.pdf"))
    assert all(f"die/b{i}_{j}" in text for i in range(40) for j in range(30))


def test_a_tall_stack_of_many_layers_fits_its_pages(tmp_path):
    layers = [{"name": f"layer{i}", "thickness_um": 10 + i, "material": "silicon"} for i in range(45)]
    found = design(layers=layers)
    every = pages(found, tmp_path / "tall.pdf")
    assert all(len(text.strip().splitlines()) > 4 for text in every), "an empty page"
    text = "\n".join(every)
    assert all(f"layer{i}" in text for i in range(45))
