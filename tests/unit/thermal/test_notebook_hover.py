"""Maps for the mouse: valid SVG, every block, nothing from elsewhere, nothing unescaped."""

import base64
import io
import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from PIL import Image

from tests.report.small import solved
from thermal.notebook.hover import hover_map
from thermal.report.words import temperature
from thermal.viz.maps import blocks_of

LAYER = "soc0/device"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def tree():
    return ET.fromstring(hover_map(solved(), LAYER).svg)


def test_every_block_tells_its_figures(tree):
    told = {title.text.split(" (")[0]: title.text for title in tree.iter(f"{SVG}title")}
    blocks = blocks_of(solved().scene, LAYER)
    assert set(told) == {b.name for b in blocks}
    for block in blocks:
        figures = solved().metrics.block(block.name)
        assert f"max {temperature(figures.t_max)}" in told[block.name]
    assert "FAIL" in told["soc0/pll$a$"]


def test_nothing_is_fetched_and_nothing_runs(tree):
    svg = hover_map(solved(), LAYER).svg
    sources = re.findall(r'href="([^"]{0,30})', svg)
    assert sources
    assert all(source.startswith("data:image/png;base64,") for source in sources)
    assert "<script" not in svg
    assert not any(name.startswith("on") for element in tree.iter() for name in element.attrib)


def test_the_raster_has_the_highest_row_first(tree):
    image = next(tree.iter(f"{SVG}image"))
    png = base64.b64decode(image.attrib["href"].split(",")[1])
    grey = np.asarray(Image.open(io.BytesIO(png)).convert("L"), float)
    # The core in the upper half of the die is hotter, and hotter is lighter.
    assert grey[: len(grey) // 2].mean() > grey[len(grey) // 2 :].mean() + 10.0


def test_a_notebook_shows_it():
    shown = hover_map(solved(), LAYER, width=300)._repr_html_()
    assert "<svg" in shown
    assert 'width="370"' in shown
