"""matplotlib figures as PDF operations."""

import io
import re

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path
from pypdf import PdfReader
from reportlab.pdfgen.canvas import Canvas

from thermal.report import pdf_fonts
from thermal.report.pdf_renderer import draw_figure


def drawn(figure):
    """The page a figure is drawn on."""
    pdf_fonts.register()
    sink = io.BytesIO()
    canvas = Canvas(sink, pagesize=(200.0, 100.0), invariant=1)
    draw_figure(figure, canvas)
    canvas.save()
    return PdfReader(sink).pages[0]


def operations(page):
    return page.get_contents().get_data().decode("latin-1")


@pytest.fixture
def axes():
    """Axes of 200 x 100 points whose data are points."""
    figure = Figure(figsize=(200.0 / 72.0, 100.0 / 72.0), facecolor="none")
    found = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    found.set_axis_off()
    found.set_xlim(0.0, 200.0)
    found.set_ylim(0.0, 100.0)
    return found


def test_a_rectangle_is_where_it_was_put_in_its_colour(axes):
    axes.add_patch(
        Rectangle((20.0, 30.0), 50.0, 40.0, facecolor=(1.0, 0.5, 0.0), edgecolor="none", clip_on=False)
    )
    found = operations(drawn(axes.figure))
    assert "1.000 0.500 0.000 rg" in found
    assert "20.00 30.00 m\n70.00 30.00 l\n70.00 70.00 l\n20.00 70.00 l\n20.00 30.00 l\nh\n" in found or (
        "20.00 30.00 m" in found and "70.00 70.00 l" in found
    )
    assert not re.search(r"\bS\b", found)


def test_a_stroke_has_width_colour_and_dashes(axes):
    axes.plot(
        [10.0, 90.0], [10.0, 10.0], color=(0.0, 0.0, 1.0), linewidth=2.0, linestyle=(0, (3, 1)), clip_on=False
    )
    found = operations(drawn(axes.figure))
    assert "0.000 0.000 1.000 RG 2.000 w" in found
    assert "[6.000 2.000] 0.00 d" in found
    assert "10.00 10.00 m\n90.00 10.00 l" in found


def test_half_transparent_colours_have_a_graphics_state(axes):
    axes.add_patch(
        Rectangle((0.0, 0.0), 9.0, 9.0, facecolor=(1.0, 0.0, 0.0, 0.25), edgecolor=(0.0, 0.0, 0.0, 0.5))
    )
    states = drawn(axes.figure)["/Resources"]["/ExtGState"].values()
    values = [dict(state.get_object()) for state in states]
    assert any(v.get("/ca") == 0.25 for v in values)
    assert any(v.get("/CA") == 0.5 for v in values)


def test_a_quadratic_curve_becomes_the_same_cubic_one(axes):
    curve = Path([(0.0, 0.0), (30.0, 60.0), (60.0, 0.0)], [Path.MOVETO, Path.CURVE3, Path.CURVE3])
    axes.add_patch(PathPatch(curve, facecolor="none", edgecolor="black", clip_on=False))
    assert "20.00 40.00 40.00 40.00 60.00 0.00 c" in operations(drawn(axes.figure))


def test_gaps_in_a_line_stay_gaps(axes):
    axes.plot([10.0, 20.0, np.nan, 40.0, 50.0], [5.0] * 5, clip_on=False)
    found = operations(drawn(axes.figure))
    assert "nan" not in found
    assert "20.00 5.00 l\n40.00 5.00 m" in found


def test_clipping_is_cut_to_the_box(axes):
    axes.plot([-500.0, 500.0], [50.0, 50.0])
    assert "0.000 0.000 200.000 100.000 re W n" in operations(drawn(axes.figure))


def test_text_can_be_read_back_and_a_dollar_is_a_dollar(axes):
    axes.text(10.0, 10.0, "pll$x^2$ ± 5 µm", parse_math=False)
    assert "pll$x^2$ ± 5 µm" in drawn(axes.figure).extract_text()


def test_text_is_set_in_the_weight_asked_for(axes):
    axes.text(10.0, 10.0, "bold", fontweight="bold")
    axes.text(10.0, 30.0, "italic", fontstyle="italic")
    fonts = {
        str(f.get_object()["/BaseFont"]).split("+")[-1]
        for f in drawn(axes.figure)["/Resources"]["/Font"].values()
    }
    assert {"DejaVuSans-Bold", "DejaVuSans-Oblique"} <= fonts


def test_a_raster_is_kept_pixel_by_pixel_with_row_0_lowest(axes):
    values = np.array([[0.0, 1.0, 2.0], [3.0, 4.0, np.nan]])
    image = AxesImage(
        axes, interpolation="none", origin="lower", extent=(40.0, 70.0, 20.0, 40.0), cmap="gray"
    )
    image.set_data(np.ma.masked_invalid(values))
    image.set_clim(0.0, 4.0)
    axes.add_artist(image)
    page = drawn(axes.figure)
    (found,) = page.images
    pixels = np.asarray(found.image.convert("RGB"))[:, :, 0]
    assert pixels.shape == (2, 3)
    # The first row of a PDF image is the highest; what is not a number is white paper.
    assert pixels[0].tolist() == [192, 255, 255]
    assert pixels[1].tolist() == [0, 64, 128]
    assert re.search(
        r"30(\.0+)? 0 0 20(\.0+)? 0 0 cm|30(\.0+)? 0 0 20(\.0+)? 40(\.0+)? 20(\.0+)? cm", operations(page)
    )


def test_the_graphics_state_is_left_as_it_was(axes):
    axes.add_patch(Rectangle((0.0, 0.0), 9.0, 9.0, facecolor="red"))
    axes.text(1.0, 1.0, "words", color="blue")
    found = operations(drawn(axes.figure)).split()
    assert found.count("q") == found.count("Q") > 0
