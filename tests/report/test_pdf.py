"""The design-review PDF: what is in it, that it is the same every time, and that it is whole or not there."""

import os
import re
import subprocess
import sys
from dataclasses import replace

import matplotlib as mpl
import pytest
from pypdf import PdfReader

from tests.report.small import COARSE, FILE, solved
from thermal.design import load
from thermal.report import pdf_maps
from thermal.report.pdf import SECTIONS, write_pdf
from thermal.report.words import error_bar, temperature
from thermal.steady import solve

MAKE = """
import sys
from tests.report.small import solved
from thermal.report.pdf import write_pdf
write_pdf([solved(), solved("hot")], sys.argv[1])
"""


@pytest.fixture(scope="module")
def one(tmp_path_factory):
    return PdfReader(write_pdf([solved()], tmp_path_factory.mktemp("pdf") / "one.pdf"))


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    solutions = [solved(), solved("hot"), solved("cool")]
    return PdfReader(write_pdf(solutions, tmp_path_factory.mktemp("pdf") / "many.pdf"))


@pytest.fixture(scope="module")
def texts(one):
    return [page.extract_text() for page in one.pages]


@pytest.fixture(scope="module")
def whole(texts):
    return "\n".join(texts)


def section(reader, title):
    """Text of the pages of a section."""
    marks = [(mark.title, reader.get_destination_page_number(mark)) for mark in reader.outline]
    (at,) = [i for i, (name, _) in enumerate(marks) if name.split(" · ")[0] == title]
    stop = marks[at + 1][1] if at + 1 < len(marks) else len(reader.pages)
    return "\n".join(page.extract_text() for page in reader.pages[marks[at][1] : stop])


def test_sections_are_bookmarked_and_listed_with_their_pages(one, texts):
    marks = {mark.title: one.get_destination_page_number(mark) for mark in one.outline}
    assert list(marks) == ["Cover", *(s.title for s in SECTIONS)]
    for s in SECTIONS:
        assert s.title in texts[marks[s.title]]
        listed = re.search(rf"^{re.escape(s.title)}\s*(\d+)\s*$", texts[0], re.MULTILINE)
        assert listed is not None, s.title
        assert int(listed[1]) == marks[s.title] + 1


def test_contents_are_links_to_their_sections(one):
    links = [note.get_object() for note in one.pages[0]["/Annots"]]
    assert len(links) == len(SECTIONS)
    reached = [link["/Dest"][0].get_object() for link in links]
    pages = [one.get_destination_page_number(mark) for mark in one.outline[1:]]
    assert reached == [one.pages[page].get_object() for page in pages]


def test_pages_are_numbered_out_of_their_total(texts):
    assert 12 <= len(texts) <= 20
    for number, text in enumerate(texts[1:], start=2):
        assert re.search(rf"page {number} of\s*{len(texts)}\b", text), number


def test_cover_gives_verdict_and_what_decides_it(texts):
    block = solved().metrics.block("soc0/pll$a$")
    assert "A limit is violated" in texts[0]
    assert f"soc0/pll$a$ reaches {temperature(block.t_max, 1)} ± {error_bar(block.error)}" in texts[0]
    assert "Two dies & a <void>; costs $5 or $6" in texts[0]


def test_every_name_stands_as_it_is_written(one, whole):
    assert "small<b>&$x_1$" in whole
    table = section(one, "All blocks")
    for block in solved().metrics.blocks:
        assert block.name in table
        assert temperature(block.t_max) in table


def test_verdicts_are_words(one):
    table = section(one, "All blocks")
    assert {"pass", "FAIL", "no limit"} <= set(re.findall(r"pass|FAIL|no limit|undecided", table))


def test_maps_have_colour_bars_with_units(one):
    assert "temperature in °C" in section(one, "Temperatures")
    assert "power density in W/mm²" in section(one, "Power density")
    zooms = section(one, "Analog, PMIC and sensor blocks, close up")
    assert len(re.findall(r"\d °C", zooms)) >= 2 * len(solved().metrics.sensitive)
    for block in solved().metrics.sensitive:
        assert block.name in zooms


def test_cross_section_says_that_heights_are_not_to_scale(one):
    package = section(one, "Package")
    assert "not to scale" in package
    for layer in ("board", "lid", "soc0/bump", "soc0/device"):
        assert layer in package
    assert "fr4, 500 µm" in package


def test_sensitive_table_has_gradients_and_pairs_and_says_which_accuracy_is_missed(one):
    table = section(one, "Analog, PMIC and sensor blocks")
    assert "1 of 4 blocks have a longer error bar (bold) than their accuracy_k asks for" in table
    for block in solved().metrics.sensitive:
        assert block.gradient is not None
        assert f"{block.gradient:.3f}" in table
    (pair,) = solved().metrics.pairs
    assert "Matched pairs" in table
    assert f"{pair.delta:.3f}".replace("-", "−") in table


def test_evidence_has_residuals_balance_and_both_meshes(one):
    text = section(one, "Numerical evidence")
    evidence = solved().evidence
    assert f"{evidence.residuals[-1]:.1e}".replace("-", "−") in text
    for run in (evidence.fine, evidence.coarse):
        assert f"{run.cells:,}".replace(",", "\u2009") in text
    assert "residual / right-hand side" in text


def test_assumptions_name_cooling_contacts_and_sources(one):
    text = section(one, "Assumptions and materials")
    assert "h = 4000 W/(m²K) to 30.0 °C" in text
    assert "h = 10 W/(m²K) to 30.0 °C on its exposed faces" in text
    assert "contact resistance 1 mm²K/W" in text
    assert "Incropera" in text


def test_provenance_has_digest_of_the_file_and_versions(one):
    text = section(one, "Provenance")
    (digest,) = load(FILE).source.digests().values()
    assert digest in text
    for package in ("numpy", "numba", "matplotlib", "reportlab"):
        assert package in text


def test_overrides_are_listed_in_the_provenance(tmp_path):
    changed = solve(load(FILE, {"package.layers.lid.thickness_um": 250}), resolution=COARSE)
    text = section(PdfReader(write_pdf([changed], tmp_path / "set.pdf")), "Provenance")
    assert "--set package.layers.lid.thickness_um=250" in text


def test_of_several_scenarios_the_worst_is_drawn_and_each_block_shows_its_own(many):
    cover = many.pages[0].extract_text()
    assert "in scenario hot" in cover
    assert "scenario hot" in section(many, "Temperatures")
    summary = section(many, "Summary")
    for name in ("base", "hot", "cool"):
        assert name in summary
    table = section(many, "All blocks")
    for block in solved("hot").metrics.blocks:
        assert temperature(block.t_max) in table


def test_same_solution_gives_the_same_bytes(tmp_path):
    first = write_pdf([solved()], tmp_path / "a.pdf").read_bytes()
    with mpl.rc_context({"font.size": 20.0, "axes.linewidth": 5.0, "lines.linewidth": 9.0}):
        second = write_pdf([solved()], tmp_path / "b.pdf").read_bytes()
    assert first == second


def test_processes_of_different_thread_counts_give_the_same_bytes(tmp_path, root):
    made = []
    for threads in ("1", "2"):
        path = tmp_path / f"{threads}.pdf"
        variables = {"NUMBA_NUM_THREADS": threads, "OMP_NUM_THREADS": threads, "PYTHONHASHSEED": threads}
        environment = os.environ | variables | {"PYTHONPATH": str(root)}
        subprocess.run([sys.executable, "-c", MAKE, str(path)], env=environment, cwd=tmp_path, check=True)
        made.append(path.read_bytes())
    assert made[0] == made[1]


def test_no_date_and_only_embedded_fonts(one):
    assert one.metadata is not None
    assert one.metadata.get("/CreationDate", "").startswith("D:20000101000000")
    fonts = {}
    for page in one.pages:
        fonts.update(page["/Resources"]["/Font"])
    described = [f.get_object() for f in fonts.values()]
    # The one font of reportlab's own start-up that nothing is written in need not be embedded.
    used = [f for f in described if "/FontDescriptor" in f]
    assert used
    assert all("/FontFile2" in f["/FontDescriptor"] for f in used)
    assert all("DejaVu" in f["/BaseFont"] for f in described)


def test_many_sensitive_blocks_say_how_many_are_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr(pdf_maps, "ZOOMS_PER_SHEET", 1)
    monkeypatch.setattr(pdf_maps, "ZOOM_SHEETS", 2)
    reader = PdfReader(write_pdf([solved()], tmp_path / "few.pdf"))
    zooms = section(reader, "Analog, PMIC and sensor blocks, close up")
    assert "The 2 blocks of least margin out of 4; the other 2 are in the table" in zooms


def test_a_report_needs_a_solution_of_a_design(tmp_path):
    with pytest.raises(ValueError, match="at least one solution"):
        write_pdf([], tmp_path / "none.pdf")
    with pytest.raises(ValueError, match="not a bare scene"):
        write_pdf([replace(solved(), design=None)], tmp_path / "bare.pdf")
