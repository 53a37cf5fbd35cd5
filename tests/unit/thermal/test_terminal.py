"""The terminal report: words and numbers that do not promise more than there is."""

from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

import thermal
from tests.unit.thermal.two_blocks import COARSE, DATA
from thermal.limits import Verdict
from thermal.report import terminal_words as words
from thermal.report.heatmap_text import GUTTER, RAMP, TextMap, graded
from thermal.report.terminal import Extent, advice, headline, terminal_report
from thermal.study import study


@pytest.mark.parametrize(
    ("watts", "text"),
    [
        (0.0, "0 W"), (635.0513, "635.1 W"), (12345.6, "12346 W"), (0.35, "0.35 W"), (0.1, "0.1 W"),
        (0.02, "20 mW"), (4e-4, "0.4 mW"), (2.5e-6, "2.5 µW"), (-3.0, "-3 W"),
    ],
)  # fmt: skip
def test_powers(watts, text):
    assert words.power(watts) == text


@pytest.mark.parametrize(
    ("kelvin", "text"),
    [
        (1.234, "+1.23"),
        (-1.236, "-1.24"),
        (0.004, "0.00"),
        (-0.004, "0.00"),
        (None, "–"),
        (float("nan"), "–"),
    ],
)
def test_signed_differences(kelvin, text):
    assert words.signed(kelvin) == text


def test_an_error_bar_is_rounded_up_never_down():
    assert words.with_error(373.15, 0.001) == "100.00 ± 0.01"
    assert words.with_error(373.15, 0.131) == "100.00 ± 0.14"
    assert words.with_error(float("nan"), 0.1) == "–"


def test_a_relative_error_of_nothing_is_not_called_nothing():
    assert words.relative(0.0) == "below 1e-16"
    assert words.relative(3.21e-12) == "3.2e-12"


@pytest.fixture(scope="module")
def solved():
    return study(thermal.Design.from_dict(DATA), resolution=COARSE)


def printed(part, width=80):
    console = Console(width=width, color_system=None, highlight=False)
    with console.capture() as capture:
        console.print(part)
    return capture.get()


def test_the_headline_names_what_decides(solved):
    first, second = str(headline(solved)).splitlines()
    assert first == "two-blocks  PASS  within all limits"
    assert second.startswith("Least margin: die/left (cpu) ")
    assert second.endswith(" K to spare.")


@pytest.mark.parametrize(
    ("margin", "error", "said"),
    [
        (0.1, 0.15, "must fall below 0.100 K: --finer 1.5 "),
        (0.1, 0.31, "must fall below 0.100 K: --finer 3.5 "),
        (-0.1, 0.2, "must fall below 0.100 K: --finer 2 "),
        (0.001, 0.2, "no practical mesh does that; treat the limit as reached"),
        (0.0, 0.2, "no practical mesh does that; treat the limit as reached"),
    ],
)
def test_what_refinement_would_decide(solved, margin, error, said):
    block = solved.cases[0].metrics.blocks[0]
    limit = block.t_max + margin
    assert said in advice(replace(block, limit=limit, error=error, verdict=Verdict.UNDECIDED))


def test_the_sections_come_in_order_and_nothing_is_wider_than_asked(solved):
    text = printed(terminal_report(solved, Extent(everything=True)))
    headings = ["two-blocks", "Package", "Blocks, least margin first (2)", "Layers", "Hotspots", "Numerical"]
    places = [text.index(heading) for heading in headings]
    assert places == sorted(places)
    assert max(map(len, text.splitlines())) <= 80


def test_the_energy_that_enters_is_said_to_leave(solved):
    text = " ".join(printed(terminal_report(solved)).split())
    assert "power 3 W" in text
    assert "heat leaves by top 3 W (100.0 %)" in text
    assert "ambient top 20.00 °C" in text


def test_a_map_reads_the_field_where_it_says(solved):
    found = TextMap.of(solved.solution, "die", width=48)
    assert found.raster.shape[1] == 40
    rows, columns = found.raster.shape
    x = (np.arange(columns) + 0.5) * 6e-3 / columns
    y = (np.arange(rows) + 0.5) * 4e-3 / rows
    gx, gy = np.meshgrid(x, y)
    assert found.raster == pytest.approx(solved.solution.at(gx, gy, 2e-4), abs=1e-9)


def body_of(drawn):
    """Lines of a map without its title, scales and key."""
    lines = drawn.plain().plain.splitlines()
    key = next(i for i, line in enumerate(lines) if "from °C" in line)
    return [line[GUTTER:] for line in lines[1 : key - 1]]


def test_cells_of_a_map_are_square_and_characters_twice_as_high_as_wide(solved):
    body = body_of(TextMap.of(solved.solution, "die", width=60))
    assert len(body[0]) / (2 * len(body)) == pytest.approx(6 / 4, rel=0.08)


def test_the_hot_side_is_at_the_hot_end_of_the_ramp(solved):
    body = body_of(TextMap.of(solved.solution, "die"))
    assert body[0][1] == body[-1][1] == RAMP[-1]
    assert body[0][-2] == body[-1][-2] == RAMP[0]


def test_colours_grow_lighter_from_cold_to_hot():
    luminance = [0.3 * r + 0.59 * g + 0.11 * b for r, g, b in (graded(i / 100) for i in range(101))]
    assert luminance == sorted(luminance)
    assert graded(-1.0) == graded(0.0)
    assert graded(2.0) == graded(1.0)
