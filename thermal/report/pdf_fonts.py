"""The typeface of the PDF: DejaVu Sans, which comes with matplotlib and is embedded."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from matplotlib import get_data_path
from matplotlib.font_manager import FontProperties
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

REGULAR = "DejaVuSans"
BOLD = "DejaVuSans-Bold"
ITALIC = "DejaVuSans-Oblique"
MONO = "DejaVuSansMono"

HEAVY = 600


@cache
def register() -> None:
    """Make the typeface known to reportlab."""
    folder = Path(get_data_path()) / "fonts" / "ttf"
    for name in (REGULAR, BOLD, ITALIC, MONO):
        pdfmetrics.registerFont(TTFont(name, str(folder / f"{name}.ttf")))
    pdfmetrics.registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=ITALIC, boldItalic=BOLD)


def shown(text: str) -> str:
    """A text with what the typeface lacks written as its number (``U+65E5``), not as an empty box."""
    if text.isascii():
        return text
    font = pdfmetrics.getFont(REGULAR)
    assert isinstance(font, TTFont)
    return "".join(c if ord(c) in font.face.charToGlyph else f"U+{ord(c):04X}" for c in text)


def face(properties: FontProperties) -> str:
    """The font that stands for matplotlib's wish."""
    weight = properties.get_weight()
    if weight in ("bold", "heavy", "black", "semibold") or (not isinstance(weight, str) and weight >= HEAVY):
        return BOLD
    return REGULAR if properties.get_style() == "normal" else ITALIC


def width(text: str, font: str, size: float) -> float:
    """Length of a text in points."""
    return float(pdfmetrics.stringWidth(text, font, size))
