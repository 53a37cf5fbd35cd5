"""Tables of the PDF: long texts, pages, what stands in them."""

import io
import re

import pytest
from pypdf import PdfReader

from thermal.report import pdf_fonts
from thermal.report.pdf_page import WIDTH, Pages, Review, text
from thermal.report.pdf_table import SIZE, Column, Look, Table, broken


@pytest.fixture(autouse=True)
def fonts():
    pdf_fonts.register()


def printed(*flowables):
    sink = io.BytesIO()
    review = Review(sink, "design", Pages())
    review.pageTemplates = review.pageTemplates[1:]
    review.pageTemplates[0].onPageEnd = lambda *_: None
    review.build(list(flowables))
    return [page.extract_text() for page in PdfReader(sink).pages]


@pytest.mark.parametrize(
    "words",
    [
        "short",
        "soc0/a_block_with_a_name_that_is_far_too_long_for_its_column",
        "several words that have to be broken at the spaces between them",
        "x" * 300,
        "a/" * 150,
    ],
)
def test_broken_lines_fit_and_lose_nothing(words):
    lines = broken(words, 90.0)
    assert all(pdf_fonts.width(line, pdf_fonts.REGULAR, SIZE) <= 90.0 for line in lines)
    joined = " ".join(lines) if " " in words else "".join(lines)
    assert joined == words
    least = pdf_fonts.width(words, pdf_fonts.REGULAR, SIZE) / 90.0
    assert len(lines) <= 2.2 * least + 1.0


def test_long_names_break_after_separators():
    first, *_ = broken("soc0/tensor_row_seven_column_three", 90.0)
    assert first.endswith(("/", "_"))


def test_thousand_rows_keep_their_order_and_each_page_has_the_heading():
    columns = [Column("name", 3.0, align="left"), Column("value", 1.0, "K")]
    rows = [[f"block{i}", str(i)] for i in range(1000)]
    pages = printed(Table(columns, rows))
    assert len(pages) > 20
    assert all(page.startswith("name") for page in pages)
    found = [int(n) for page in pages for n in re.findall(r"block(\d+)", page)]
    assert found == list(range(1000))


def test_markup_in_cells_and_paragraphs_is_text():
    pages = printed(Table([Column("a", 1.0, align="left")], [["<b>&amp;</b>"]]), text("<i>5 < 6</i> & more"))
    assert "<b>&amp;</b>" in pages[0]
    assert "<i>5 < 6</i> & more" in pages[0]


def test_what_the_typeface_lacks_is_told_by_its_number():
    assert pdf_fonts.shown("µ θ Ψ ± ⁻⁸") == "µ θ Ψ ± ⁻⁸"
    assert pdf_fonts.shown("pll_\u65e5") == "pll_U+65E5"
    assert "pll_U+65E5" in printed(Table([Column("a", 1.0, align="left")], [["pll_\u65e5"]]))[0]


def test_a_negative_number_has_a_minus_sign():
    assert "−1.5" in printed(Table([Column("a", 1.0)], [["-1.5"]]))[0]


def test_a_table_gives_no_part_where_no_row_fits():
    table = Table([Column("a", 1.0)], [["1"], ["2"]])
    assert table.split(WIDTH, 20.0) == []
    parts = table.split(WIDTH, 29.0)
    assert [len(part.rows) for part in parts if isinstance(part, Table)] == [1, 1]


def test_a_look_stays_with_its_row_on_every_page():
    bold = {(i, 0): Look(bold=True) for i in (0, 70, 199)}
    sink = io.BytesIO()
    review = Review(sink, "design", Pages())
    review.pageTemplates = review.pageTemplates[1:]
    review.pageTemplates[0].onPageEnd = lambda *_: None
    review.build([Table([Column("name", 1.0, align="left")], [[f"row{i}"] for i in range(200)], bold)])
    found = []

    def note(words, _cm, _tm, font, _size):
        if words.strip().startswith("row") and font is not None and "Bold" in font["/BaseFont"]:
            found.append(words.strip())

    for page in PdfReader(sink).pages:
        page.extract_text(visitor_text=note)
    assert found == ["row0", "row70", "row199"]
