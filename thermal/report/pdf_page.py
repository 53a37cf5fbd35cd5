"""Pages of the PDF: A4 landscape, headings with bookmarks, running header and footer, page numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO, Any
from xml.sax.saxutils import escape

from matplotlib.figure import Figure
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, CondPageBreak, Flowable, Frame, PageTemplate, Paragraph

from thermal.report import pdf_fonts
from thermal.report.pdf_renderer import draw_figure
from thermal.report.words import shortened
from thermal.version import __version__
from thermal.viz.style import ACCENT, HAIRLINE, INK, MUTED

PAGE = landscape(A4)
SIDE, HEAD, FOOT = 40.0, 46.0, 36.0
"""Margins in points."""
WIDTH, HEIGHT = PAGE[0] - 2.0 * SIDE, PAGE[1] - HEAD - FOOT
"""Room for the contents of a page."""

TEXT = ParagraphStyle(
    "text", fontName=pdf_fonts.REGULAR, fontSize=8.5, leading=12.5, textColor=HexColor(INK), spaceAfter=4
)
SMALL = ParagraphStyle("small", parent=TEXT, fontSize=7.2, leading=10.2, textColor=HexColor(MUTED))
SUBHEAD = ParagraphStyle(
    "subhead",
    parent=TEXT,
    fontName=pdf_fonts.BOLD,
    fontSize=9.5,
    leading=13,
    textColor=HexColor(ACCENT),
    spaceBefore=8,
    spaceAfter=3,
)

TOTAL = "pages-in-all"

NEEDED = 70.0
"""Room that has to be left below a subheading, points."""


def text(words: str, style: ParagraphStyle = TEXT) -> Paragraph:
    """A paragraph of plain text; whatever it contains is shown as it stands."""
    return Paragraph(escape(pdf_fonts.shown(words)).replace("\n", "<br/>"), style)


def under(words: str, *contents: Flowable) -> list[Flowable]:
    """Contents below a subheading, which is not left alone at the foot of a page."""
    return [CondPageBreak(NEEDED), text(words, SUBHEAD), *contents]


def number_form(key: str) -> str:
    """Name of the drawing that will hold the page number of a section."""
    return f"page-of-{key}"


@dataclass
class Pages:
    """Where the document being written stands.

    Attributes
    ----------
    began
        Page on which each section began, by its bookmark.
    section
        Title of the section that is being written.
    """

    began: dict[str, int] = field(default_factory=dict)
    section: str = ""


class Heading(Flowable):
    """The title of a section, its bookmark, and an optional line of explanation below it.

    Parameters
    ----------
    pages
        Is told where the section begins.
    key, title
        Bookmark and title.
    lead
        The explanation.
    """

    def __init__(self, pages: Pages, key: str, title: str, lead: str = "") -> None:
        super().__init__()
        self.pages, self.key, self.title = pages, key, title
        self.lead = text(lead, SMALL) if lead else None
        self.height = 0.0

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        """Size; see reportlab."""
        below = self.lead.wrap(width, height)[1] + 4.0 if self.lead else 0.0
        self.height = 26.0 + below
        return width, self.height

    def draw(self) -> None:
        """Draw the title and note the page it is on."""
        canvas = self.canv
        canvas.bookmarkPage(self.key)
        canvas.addOutlineEntry(self.title, self.key, level=0)
        canvas.setFillColor(HexColor(INK))
        canvas.setFont(pdf_fonts.BOLD, 14)
        canvas.drawString(0, self.height - 15, self.title)
        if self.lead:
            self.lead.drawOn(canvas, 0, 4.0)
        self.pages.began[self.key] = canvas.getPageNumber()
        self.pages.section = self.title


class Drawn(Flowable):
    """A figure, made when its page is, so that only one exists at a time."""

    def __init__(self, width: float, height: float, make: Callable[[tuple[float, float]], Figure]) -> None:
        super().__init__()
        self.width, self.height, self.make = width, height, make

    def wrap(self, *_: float) -> tuple[float, float]:
        """Size; see reportlab."""
        return self.width, self.height

    def draw(self) -> None:
        """Draw the figure."""
        draw_figure(self.make((self.width, self.height)), self.canv)


class Beside(Flowable):
    """Columns side by side, aligned at the top; each is a width in points and what stands in it."""

    def __init__(self, columns: list[tuple[float, list[Flowable]]], gap: float = 16.0) -> None:
        super().__init__()
        self.columns, self.gap = columns, gap
        self.sizes: list[list[float]] = []
        self.height = 0.0

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        """Size; see reportlab."""
        self.sizes = [[part.wrap(w, height)[1] for part in parts] for w, parts in self.columns]
        self.height = max(
            sum(sizes) + sum(_space(part) for part in parts)
            for sizes, (_, parts) in zip(self.sizes, self.columns, strict=True)
        )
        return width, self.height

    def draw(self) -> None:
        """Draw column after column."""
        x = 0.0
        for sizes, (width, parts) in zip(self.sizes, self.columns, strict=True):
            y = self.height
            for part, size in zip(parts, sizes, strict=True):
                y -= size
                part.drawOn(self.canv, x, y)
                y -= _space(part)
            x += width + self.gap


def _space(part: Flowable) -> float:
    return float(part.getSpaceAfter())


class Review(BaseDocTemplate):
    """The document: a cover without header, then pages with one.

    Parameters
    ----------
    sink
        Receives the bytes.
    design
        Name in the header.
    pages
        Names the section in the header.
    cover
        Whether the first page is one.
    """

    def __init__(self, sink: IO[bytes], design: str, pages: Pages, *, cover: bool = True) -> None:
        pdf_fonts.register()
        super().__init__(
            sink,
            pagesize=PAGE,
            title=f"Thermal design review: {design}",
            author="thermal-floorplan",
            subject="Steady temperatures with error bars",
            creator=f"thermal-floorplan {__version__}",
            invariant=1,
            pageCompression=1,
            initialFontName=pdf_fonts.REGULAR,
            lang="en",
        )
        self.design = design
        self.pages = pages
        room = {"leftPadding": 0, "rightPadding": 0, "topPadding": 0, "bottomPadding": 0}
        body = Frame(SIDE, FOOT, WIDTH, HEIGHT, id="body", **room)
        whole = Frame(0, 0, *PAGE, id="cover", **room)
        first = [PageTemplate("cover", [whole], autoNextPageTemplate="body")] if cover else []
        self.addPageTemplates([*first, PageTemplate("body", [body], onPageEnd=_running)])


class Closing(Flowable):
    """The end of the document: defines the page numbers that earlier pages refer to.

    Parameters
    ----------
    pages
        Where the sections began.
    """

    def __init__(self, pages: Pages) -> None:
        super().__init__()
        self.pages = pages

    def wrap(self, *_: float) -> tuple[float, float]:
        """It takes no room."""
        return 0.0, 0.0

    def draw(self) -> None:
        """Define the numbers."""
        canvas = self.canv
        for key, page in self.pages.began.items():
            _number(canvas, number_form(key), str(page), 8.5, INK, right=True)
        _number(canvas, TOTAL, str(canvas.getPageNumber()), 7.0, MUTED, right=False)


def _number(canvas: Canvas, form: str, digits: str, size: float, colour: str, *, right: bool) -> None:
    canvas.beginForm(form, -50, -5, 50, 20)
    canvas.setFont(pdf_fonts.REGULAR, size)
    canvas.setFillColor(HexColor(colour))
    (canvas.drawRightString if right else canvas.drawString)(0, 0, digits)
    canvas.endForm()


def _running(canvas: Canvas, review: Any) -> None:
    """Header and footer; drawn last, when the section that began on the page is known."""
    canvas.saveState()
    canvas.setFillColor(HexColor(MUTED))
    canvas.setFont(pdf_fonts.REGULAR, 7)
    top = PAGE[1] - 28.0
    canvas.drawString(SIDE, top, shortened(pdf_fonts.shown(review.design), 90))
    canvas.drawRightString(PAGE[0] - SIDE, top, review.pages.section)
    canvas.setStrokeColor(HexColor(HAIRLINE))
    canvas.setLineWidth(0.5)
    canvas.line(SIDE, top - 5.0, PAGE[0] - SIDE, top - 5.0)
    canvas.drawString(SIDE, 20, "Thermal design review · error bars are numerical only")
    page = f"page {canvas.getPageNumber()} of "
    total = pdf_fonts.width("00", pdf_fonts.REGULAR, 7)
    canvas.drawRightString(PAGE[0] - SIDE - total, 20, page)
    canvas.translate(PAGE[0] - SIDE - total, 20)
    canvas.doForm(TOTAL)
    canvas.restoreState()
