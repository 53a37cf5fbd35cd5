"""Windows of the package in a figure."""

import numpy as np
import pytest
import shapely
from matplotlib.path import Path
from shapely import Polygon, box

from thermal.scene import Shape
from thermal.viz.frame import Frame, length_of, path_of, spread
from thermal.viz.style import sheet


@pytest.fixture
def frame():
    """A window of 4 x 2 mm in a sheet of 200 x 200 points."""
    _, axes = sheet((200.0, 200.0))
    return Frame.fitted(axes, (1e-3, 1e-3, 5e-3, 3e-3), (10.0, 20.0, 100.0, 150.0))


def test_a_window_keeps_its_aspect_at_the_top_of_its_room(frame):
    assert frame.box == pytest.approx((10.0, 120.0, 100.0, 50.0))
    assert frame.magnification == pytest.approx(25e3)


def test_points_are_mapped_to_the_box(frame):
    assert frame.point(1e-3, 1e-3) == pytest.approx((10.0, 120.0))
    assert frame.point(5e-3, 3e-3) == pytest.approx((110.0, 170.0))
    display = frame.axes.transData.transform(frame.point(2e-3, 2e-3))
    assert frame.transform.transform((2e-3, 2e-3)) == pytest.approx(display)


def test_shapes_outside_the_window_are_left_out(frame):
    frame.outlines([box(-2e-3, 0.0, 0.5e-3, 1e-3)])
    assert not frame.axes.patches
    frame.outlines([box(-2e-3, 0.0, 2e-3, 2e-3), box(6e-3, 0.0, 7e-3, 1e-3)])
    (patch,) = frame.axes.patches
    assert patch.get_path().get_extents().x1 == pytest.approx(2e-3)


def test_names_fit_into_their_shapes_or_are_left_out(frame):
    def extent(text):
        x0, y0, x1, y1 = text.get_window_extent(frame.axes.figure.canvas.get_renderer()).extents
        return x1 - x0, y1 - y0

    from matplotlib.backends.backend_agg import FigureCanvasAgg

    FigureCanvasAgg(frame.axes.figure)
    scale = frame.axes.figure.dpi / 72.0
    assert frame.name("level", box(1e-3, 1e-3, 3e-3, 2e-3))
    assert frame.name("upright", box(1e-3, 1e-3, 1.4e-3, 3e-3))
    assert not frame.name("too long for its small shape", box(1e-3, 1e-3, 1.2e-3, 1.2e-3))
    level, upright = frame.axes.texts
    assert level.get_rotation() == 0
    assert upright.get_rotation() == 90
    for text, (wide, high) in ((level, (2e-3, 1e-3)), (upright, (0.4e-3, 2e-3))):
        w, h = extent(text)
        assert w <= scale * frame.magnification * wide
        assert h <= scale * frame.magnification * high


def test_a_name_of_a_crooked_shape_fits_into_its_narrow_part(frame):
    angle = Polygon(
        [(1e-3, 1e-3), (5e-3, 1e-3), (5e-3, 1.2e-3), (1.2e-3, 1.2e-3), (1.2e-3, 3e-3), (1e-3, 3e-3)]
    )
    frame.name("angle", angle, least=1.0)
    (text,) = frame.axes.texts
    assert text.get_fontsize() <= 0.7 * frame.magnification * angle.area / 4e-3 + 1e-9


def test_a_path_has_all_rings():
    holed = Polygon([(0, 0), (3, 0), (3, 3), (0, 3)], [[(1, 1), (2, 1), (2, 2), (1, 2)]])
    shapes: list[Shape] = [holed, shapely.MultiPolygon([box(4, 0, 5, 1), box(6, 0, 7, 1)])]
    path = path_of(shapes)
    assert path.codes is not None
    assert np.count_nonzero(path.codes == Path.MOVETO) == 4
    assert np.count_nonzero(path.codes == Path.CLOSEPOLY) == 4
    assert path.get_extents().bounds == pytest.approx((0.0, 0.0, 7.0, 3.0))


@pytest.mark.parametrize("seed", range(5))
def test_spread_labels_are_apart_in_order_and_inside(seed):
    wanted = np.random.default_rng(seed).uniform(0.0, 100.0, 12)
    placed = spread(wanted, 7.0, 0.0, 100.0)
    order = np.argsort(wanted)
    assert np.all(np.diff(placed[order]) >= 7.0 - 1e-9)
    assert placed.min() >= -1e-9
    assert placed.max() <= 100.0 + 1e-9


def test_labels_that_are_apart_stay_where_they_are():
    assert spread(np.array([50.0, 10.0, 90.0]), 5.0, 0.0, 100.0) == pytest.approx([50.0, 10.0, 90.0])


def test_labels_that_meet_part_evenly():
    assert spread(np.array([50.0, 50.0]), 10.0, 0.0, 100.0) == pytest.approx([45.0, 55.0])


@pytest.mark.parametrize(
    "text", ["mmu_wn", "tensor_r09c7", "pll_a", "ABCDEFGH", "0123456789", "(a/b)[c]", "core<i>&amp;"]
)
def test_lengths_of_texts_are_on_the_safe_side(text):
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    drawn = TextPath((0.0, 0.0), text, size=1.0, prop=FontProperties(family="DejaVu Sans"), usetex=False)
    width = drawn.get_extents().width
    assert width <= length_of(text)
    assert length_of(text) <= 1.5 * max(width, 0.45 * len(text))
