"""Tables of the PDF: plain text in columns, a heading on every page, long words broken, thousands of rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from reportlab.lib.colors import HexColor
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable

from thermal.report import pdf_fonts
from thermal.viz.style import HAIRLINE, INK, MUTED, TINT

SIZE, LEADING, PADDING = 7.2, 9.0, 3.0
GAP = 8.0
"""Between columns, points."""


@dataclass(frozen=True)
class Column:
    """A column: heading, unit below it, and its width as a share of the table's.

    Attributes
    ----------
    wide
        Width in units that all columns share.
    align
        ``left`` columns break long texts into lines; ``right`` ones hold short numbers.
    """

    title: str
    wide: float
    unit: str = ""
    align: Literal["left", "right"] = "right"


@dataclass(frozen=True)
class Look:
    """Colour and weight of a cell."""

    colour: str = INK
    bold: bool = False

    @property
    def font(self) -> str:
        """Name of the font."""
        return pdf_fonts.BOLD if self.bold else pdf_fonts.REGULAR


PLAIN = Look()
Cells = Sequence[Sequence[str]]


class Table(Flowable):
    """Rows of text under a heading.

    Parameters
    ----------
    columns
        From left to right.
    rows
        Texts, one a column; drawn as they stand, no markup.
    looks
        Look of single cells by (row of the whole table, column).
    width
        Points; None for all there is.
    """

    def __init__(
        self,
        columns: Sequence[Column],
        rows: Cells,
        looks: Mapping[tuple[int, int], Look] | None = None,
        width: float | None = None,
    ) -> None:
        super().__init__()
        self.columns, self.rows, self.looks = columns, rows, looks or {}
        self.wanted = width
        self.lines: list[list[list[str]]] = []
        self.heights: list[float] = []
        self.widths: list[float] = []
        self.first = 0
        self.spaceAfter = 6.0

    @property
    def _head(self) -> float:
        return 24.0 if any(c.unit for c in self.columns) else 14.0

    def wrap(self, width: float, *_: float) -> tuple[float, float]:
        """Break texts to the columns' widths; see reportlab."""
        self.width = self.wanted or width
        unit = (self.width - GAP * (len(self.columns) - 1)) / sum(c.wide for c in self.columns)
        widths = [unit * c.wide for c in self.columns]
        if not self.lines or widths != self.widths:
            self.widths = widths
            self.lines = [self._broken(i, row) for i, row in enumerate(self.rows)]
            self.heights = [PADDING + LEADING * max(1, *(len(cell) for cell in row)) for row in self.lines]
        self.height = self._head + sum(self.heights) + 1.0
        return self.width, self.height

    def _broken(self, i: int, row: Sequence[str]) -> list[list[str]]:
        lines = []
        for j, (cell, column, width) in enumerate(zip(row, self.columns, self.widths, strict=True)):
            font = self.looks.get((self.first + i, j), PLAIN).font
            lines.append(broken(pdf_fonts.shown(cell), width, font) if column.align == "left" else [cell])
        return lines

    def split(self, width: float, height: float) -> list[Flowable]:
        """What fits into `height`, and the rest; see reportlab."""
        self.wrap(width)
        left, count = height - self._head - 1.0, 0
        for row in self.heights:
            if row > left:
                break
            left, count = left - row, count + 1
        # A row higher than a page cannot be helped by another page.
        count = count or (1 if height > 400.0 else 0)
        if count == 0:
            return []
        return [
            self._part(0, count),
            *([self._part(count, len(self.rows))] if count < len(self.rows) else []),
        ]

    def _part(self, start: int, stop: int) -> Table:
        part = Table(self.columns, self.rows[start:stop], self.looks, self.wanted)
        part.lines, part.heights, part.widths = self.lines[start:stop], self.heights[start:stop], self.widths
        part.first = self.first + start
        return part

    def draw(self) -> None:
        """Draw heading and rows."""
        canvas = self.canv
        y = self.height - self._head
        self._draw_head(canvas, y)
        canvas.setLineWidth(0.3)
        for i, (row, tall) in enumerate(zip(self.lines, self.heights, strict=True)):
            if i % 2:
                canvas.setFillColor(HexColor(TINT))
                canvas.rect(0, y - tall, self.width, tall, stroke=0, fill=1)
            self._draw_row(canvas, i, row, y - PADDING * 0.5 - SIZE + 0.6)
            y -= tall
        canvas.setStrokeColor(HexColor(HAIRLINE))
        canvas.line(0, y, self.width, y)

    def _draw_head(self, canvas: Canvas, y: float) -> None:
        x = 0.0
        base = y + (self._head - 10.0)
        for column, width in zip(self.columns, self.widths, strict=True):
            canvas.setFillColor(HexColor(INK))
            canvas.setFont(pdf_fonts.BOLD, 6.8)
            put = canvas.drawRightString if column.align == "right" else canvas.drawString
            edge = x + width if column.align == "right" else x
            put(edge, base, column.title)
            if column.unit:
                canvas.setFillColor(HexColor(MUTED))
                canvas.setFont(pdf_fonts.REGULAR, 6.2)
                put(edge, base - 8.5, column.unit)
            x += width + GAP
        canvas.setStrokeColor(HexColor(MUTED))
        canvas.setLineWidth(0.7)
        canvas.line(0, y, self.width, y)

    def _draw_row(self, canvas: Canvas, i: int, row: list[list[str]], y: float) -> None:
        x, look = 0.0, PLAIN
        canvas.setFillColor(HexColor(INK))
        canvas.setFont(pdf_fonts.REGULAR, SIZE)
        for j, (cell, column, width) in enumerate(zip(row, self.columns, self.widths, strict=True)):
            wanted = self.looks.get((self.first + i, j), PLAIN)
            if wanted != look:
                look = wanted
                canvas.setFillColor(HexColor(look.colour))
                canvas.setFont(look.font, SIZE)
            if column.align == "right":
                canvas.drawRightString(x + width, y, cell[0].replace("-", "−"))
            else:
                for n, line in enumerate(cell):
                    canvas.drawString(x, y - n * LEADING, line)
            x += width + GAP


def broken(text: str, width: float, font: str = pdf_fonts.REGULAR, size: float = SIZE) -> list[str]:
    """Lines of a text that fit into `width` points: at spaces, else after ``/_-.``, else anywhere."""
    if pdf_fonts.width(text, font, size) <= width:
        return [text]
    lines, line = [], ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if pdf_fonts.width(longer, font, size) <= width:
            line = longer
            continue
        if line:
            lines.append(line)
        *whole, line = _pieces(word, width, font, size)
        lines += whole
    return [*lines, line]


def _pieces(word: str, width: float, font: str, size: float) -> list[str]:
    pieces, start = [], 0
    while start < len(word):
        stop = start + 1
        while stop < len(word) and pdf_fonts.width(word[start : stop + 1], font, size) <= width:
            stop += 1
        if stop < len(word):
            # Half a line at least, or a word of many separators would end up in crumbs.
            after = max(word.rfind(c, start + (stop - start) // 2, stop) for c in "/_-.") + 1
            stop = after if after > start else stop
        pieces.append(word[start:stop])
        start = stop
    return pieces or [word]
