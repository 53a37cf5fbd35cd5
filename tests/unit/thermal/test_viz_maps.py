"""Figures show what the solution says, where it says it."""

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from tests.report.small import solved
from thermal.report.words import celsius
from thermal.viz import before_after, cross_section, floorplan, heat_map, power_map, residual_history
from thermal.viz.maps import blocks_of, layer_window
from thermal.viz.power import density, density_of
from thermal.viz.scale import Scale
from thermal.viz.section import Heights, made_of, spans

LAYER = "soc0/device"


def labels(figure):
    return [axes.get_ylabel() for axes in figure.axes]


def drawn(figure):
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[:, :, :3]


def test_a_heat_map_has_a_colour_bar_with_its_unit_and_numbered_places():
    figure = heat_map(solved(), LAYER)
    assert "temperature in °C" in labels(figure)
    numbers = {text.get_text() for text in figure.axes[0].texts} & set("12345")
    assert numbers == {str(h.rank) for h in solved().metrics.hotspots if h.layer == LAYER}
    assert drawn(figure).std() > 0.0


def test_a_heat_map_shows_the_plane_in_degrees_where_it_is():
    (image,) = heat_map(solved(), LAYER, hotspots=False).axes[0].images
    x0, y0, x1, y1 = layer_window(solved().scene, LAYER)
    assert image.get_extent() == pytest.approx([x0, x1, y0, y1])
    values = np.asarray(image.get_array())
    rows, columns = values.shape
    for x, y in ((x0 + 1e-3, y0 + 3e-3), (x0 + 2.55e-3, y0 + 0.55e-3)):
        expected = celsius(float(solved().at(x, y, solved().hottest_height(LAYER))))
        i, j = int((y - y0) / (y1 - y0) * rows), int((x - x0) / (x1 - x0) * columns)
        assert values[i, j] == pytest.approx(expected, abs=0.2)
    # The core is in the upper half and the hottest of all.
    assert values[rows // 2 :].mean() > values[: rows // 2].mean()


def test_names_with_dollars_are_no_formulas():
    texts = {text.get_text() for text in heat_map(solved(), LAYER).axes[0].texts}
    assert any("core<i>&amp;" in text for text in texts)
    assert not any(text.get_parse_math() for text in floorplan(solved().scene, LAYER).axes[0].texts)


def test_an_unknown_layer_is_refused_with_its_neighbours():
    with pytest.raises(KeyError, match="did you mean 'soc0/device'"):
        heat_map(solved(), "soc0/devise")


def test_a_power_map_has_its_unit():
    assert any("W/mm²" in label for label in labels(power_map(solved(), LAYER)))


def test_power_density_integrates_to_the_watts():
    scene = solved().scene
    blocks = blocks_of(scene, LAYER)
    x0, y0, x1, y1 = window = layer_window(scene, LAYER)
    values = density(blocks, [], window, (400, 400))
    watts = values.sum() * 1e6 * (x1 - x0) * (y1 - y0) / values.size
    assert watts == pytest.approx(sum(b.power for b in blocks), rel=1e-6)


def test_a_power_raster_lies_as_the_scene_says():
    from thermal.scene import PlacedRaster

    raster = PlacedRaster("l", np.array([[1.0, 2.0], [3.0, 4.0]]), 1e-3, 0.0, 3e-3, 2e-3, 0.0, 1.0)
    values = density([], [raster], (0.0, 0.0, 4e-3, 2e-3), (2, 4))
    # Cells of 1 mm2; outside the raster nothing.
    assert values.tolist() == [[0.0, 1.0, 2.0, 0.0], [0.0, 3.0, 4.0, 0.0]]


def test_density_of_a_block_is_its_watts_over_its_area():
    core = solved().scene.block("soc0/core<i>&amp;")
    assert density_of(core) == pytest.approx(4.0 / 8.0)


def test_a_cut_shows_the_materials_on_it_in_the_order_of_painting():
    scene = solved().scene
    (slab,) = [s for s in scene.slabs if s.name.startswith("dies") and "soc0/device" in s.name]
    found = [(round(1e3 * a, 6), round(1e3 * b, 6), m.name if m else None) for a, b, m in spans(slab, 2e-3)]
    assert found[0] == (0.0, 8.0, None)
    assert (1.0, 5.0, "silicon") in found
    assert not any(a == 5.5 for a, _, _ in spans(slab, 3.2e-3))


def test_heights_are_monotone_fill_the_room_and_show_thin_slabs():
    heights = Heights.of(solved().scene, 30.0, 400.0)
    assert heights.y[0] == 30.0
    assert heights.y[-1] == pytest.approx(400.0)
    assert np.diff(heights.y).min() >= 5.0 - 1e-9
    assert heights(float(heights.z[2])) == pytest.approx(heights.y[2])


def test_a_cross_section_names_layers_cooling_and_heat():
    texts = " ".join(t.get_text() for axes in cross_section(solved()).axes for t in axes.texts)
    for words in (
        "board",
        "fr4, 500 µm",
        "lid",
        "soc0/device",
        "chiplets, 150 µm",
        "4000 W/(m²K) to 30.0 °C",
    ):
        assert words in texts


def test_a_void_layer_is_of_what_its_regions_are():
    scene = solved().scene
    assert made_of(scene, scene.layer("dies")) == "chiplets"
    assert made_of(scene, scene.layer("board")) == "fr4"


def test_before_and_after_share_a_scale_and_the_change_has_its_own():
    figure = before_after(solved(), solved("hot"), LAYER)
    assert "temperature in °C" in labels(figure)
    assert "change in K" in labels(figure)
    first, second, change = figure.axes[0].images
    assert first.norm.vmin == second.norm.vmin
    assert first.norm.vmax == second.norm.vmax
    difference = np.asarray(second.get_array()) - np.asarray(first.get_array())
    assert np.asarray(change.get_array()) == pytest.approx(difference, abs=1e-9)


def test_layers_of_different_outline_do_not_compare():
    from dataclasses import replace

    from shapely.affinity import scale

    scene = solved().scene
    layers = tuple(replace(x, outline=scale(x.outline, 0.5, 0.5)) for x in scene.layers)
    other = replace(solved(), scene=replace(scene, layers=layers))
    with pytest.raises(ValueError, match="not of the same outline"):
        before_after(solved(), other, LAYER)


def test_residual_history_shows_every_iteration_of_both_meshes():
    evidence = solved().evidence
    lines = residual_history({"base": evidence}).axes[0].lines
    lengths = {np.size(line.get_xdata()) for line in lines}
    assert {len(evidence.fine.residuals), len(evidence.coarse.residuals)} <= lengths
    assert np.asarray(lines[0].get_ydata(), float)[-1] == pytest.approx(np.log10(evidence.residuals[-1]))


def test_a_colour_bar_says_what_lies_beyond_it():
    figure = power_map(solved(), LAYER, scale=Scale(0.0, 0.1, "power density in W/mm²", "viridis", 2.0))
    assert "power density in W/mm² (highest: 2)" in labels(figure)
