"""Sensitivities on paper: the pages of the design review, the charts, and words about directions."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import LogNorm
from matplotlib.image import AxesImage
from matplotlib.patches import Rectangle
from pypdf import PdfReader
from pypdf.generic import Destination

from tests.report.small import COARSE, solved
from thermal.report.pdf import write_review
from thermal.report.sensitivity import Findings, grouped, on_larger_cells, reciprocity, stated
from thermal.report.sensitivity_text import cooler, entry
from thermal.report.terminal_words import bar
from thermal.sensitivity import Effect, Influence, MoveEffect
from thermal.study import Case, Study
from thermal.viz.sensitivity import SWING, influence_map, strongest, swings, tornado


@cache
def found() -> Findings:
    return on_larger_cells(solved(), COARSE)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    study = Study((Case.of(solved()),))
    return write_review(study, solved(), tmp_path_factory.mktemp("pdf") / "a.pdf", sensitivity=found())


def bookmarks(path: Path) -> dict[str, Destination]:
    outline = PdfReader(path).outline
    return {str(mark.title): mark for mark in outline if isinstance(mark, Destination)}


def test_the_section_comes_before_the_evidence_and_says_its_mesh(written):
    reader = PdfReader(written)
    marks = bookmarks(written)
    titles = list(marks)
    assert titles.index("Sensitivities") == titles.index("Numerical evidence") - 1
    mark = marks["Sensitivities"]
    first = reader.get_destination_page_number(mark)
    text = "".join(page.extract_text() for page in reader.pages[first:])
    assert "twice as large as those of the reported solve" in text
    assert "soc0/pll$a$: mean" in text
    for heading in ("What heats it, block by block", "Moving blocks", "Influence matrix"):
        assert heading in text


def test_the_same_findings_give_the_same_bytes(written, tmp_path):
    study = Study((Case.of(solved()),))
    # Solved again from nothing.
    again = write_review(study, solved(), tmp_path / "b.pdf", sensitivity=on_larger_cells(solved(), COARSE))
    assert again.read_bytes() == written.read_bytes()


def test_without_being_asked_for_there_is_no_section(tmp_path):
    path = write_review(Study((Case.of(solved()),)), solved(), tmp_path / "plain.pdf")
    assert "Sensitivities" not in bookmarks(path)


def test_adjoints_of_the_page_are_of_larger_cells():
    assert found().cells < 0.2 * solved().mesh.cells
    assert found().of[0].t_avg == pytest.approx(solved().metrics.block(found().of[0].block).t_avg, abs=1.0)


def test_a_bar_is_a_tenth_of_the_parameter():
    one = found().of[0]
    figure = tornado(one, rows=5)
    bars = [p for p in figure.axes[0].patches if isinstance(p, Rectangle)]
    widths = [p.get_width() for p in bars]
    expected = [SWING * s.change for s in swings(one)[:5]]
    assert widths[::2] == pytest.approx(expected)
    assert widths[1::2] == pytest.approx([-v for v in expected])
    assert [abs(v) for v in expected] == sorted((abs(v) for v in expected), reverse=True)
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels[0] == swings(one)[0].name


def test_the_map_shows_the_matrix():
    matrix = found().matrix
    assert matrix is not None
    figure = influence_map(matrix)
    (image,) = [a for a in figure.axes[0].get_children() if isinstance(a, AxesImage)]
    shown = np.asarray(image.get_array())
    columns = strongest(matrix)
    np.testing.assert_allclose(shown, matrix.matrix[:, columns])
    assert isinstance(image.norm, LogNorm)
    assert figure.axes[1].get_ylabel() == "K of the mean per W"
    # Lightness alone tells which is larger: the map reads in grey.
    colours = image.cmap(np.linspace(0, 1, 64))[:, :3] @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(colours) > 0).all()


def test_strongest_columns_keep_the_order_of_the_scene():
    matrix = Influence(("a",), ("p", "q", "r"), np.array([[1.0, 3.0, 2.0]]))
    assert strongest(matrix, most=2) == [1, 2]
    assert strongest(matrix, np.array([9.0, 0.0, 1.0])) == [0, 2]


@pytest.mark.parametrize(
    ("x", "y", "word"),
    [
        (1.0, 0.0, "to the left"),
        (-1.0, 0.0, "to the right"),
        (0.0, 1.0, "down"),
        (0.0, -2.0, "up"),
        (1.0, 1.1, "down left"),
        (-1.0, 1.0, "down right"),
        (0.0, 0.0, "–"),
    ],
)
def test_it_cools_against_the_gradient(x, y, word):
    assert cooler(MoveEffect("b", x, y)) == word


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0004, "<.001"),
        (0.1234, "0.123"),
        (9.87654, "9.877"),
        (12.346, "12.35"),
        (123.46, "123.5"),
        (1234.5, "1234"),
    ],
)
def test_entries_take_five_letters(value, text):
    assert entry(value) == text
    assert len(entry(value)) <= 5


def test_bars_and_values():
    assert bar(1.0, 1.0) == "█" * 14
    assert bar(1e-9, 1.0) == "█"
    assert bar(-0.5, 1.0) == "-" + "█" * 7
    assert bar(0.0, 1.0) == ""
    assert stated(Effect("bottom", "htc", None, 0.0)) == "a map"
    assert stated(Effect("tim", "contact below", 2e-6, 0.0)) == "2e-06 m²K/W"
    assert stated(Effect("top", "resistance", 0.04, 0.0)) == "0.04 K/W"


def test_groups_hold_all_heat():
    one = found().of[0]
    groups = grouped(one)
    assert sum(g.rise for g in groups) == pytest.approx(sum(h.rise for h in one.heating))
    assert {(g.name, g.kind) for g in groups} >= {("soc0", "compute"), ("mem0", "hbm"), ("mem1", "hbm")}


def test_reciprocity_says_when_physics_breaks_it():
    matrix = Influence(("a", "b"), ("a", "b"), np.array([[3.0, 1.0], [1.01, 3.0]]))
    assert reciprocity(matrix) == "Reciprocity: a on b and b on a differ by 9.9e-03 at most (1 pair)."
    assert "k(T) and leakage allow that" in reciprocity(replace(matrix, linear=False))
    alone = Influence(("a",), ("a",), np.array([[3.0]]))
    assert "nothing to compare" in reciprocity(alone)
