"""A placed design answers by name."""

import numpy as np
import pytest

from floorplans.diagnostics import Span
from tests.unit.thermal.scenes import MM, area, block, scene, slab
from thermal.scene import Face, PlacedRaster, Scene

WHOLE = (0.0, 0.0, MM, MM)


@pytest.fixture
def placed() -> Scene:
    slabs = [slab(1 * MM, area(1.0, *WHOLE)), slab(2 * MM, area(2.0, *WHOLE))]
    blocks = [block("soc/pll0", WHOLE, (0.0, MM), 1.0), block("soc/pll1", WHOLE, (0.0, MM), 2.0)]
    raster = PlacedRaster("layer1", np.array([[3.0, 4.0]]), *WHOLE, MM, 3 * MM)
    return scene((MM, MM), slabs, blocks=blocks, rasters=[raster], bottom=Face(300.0, flux=np.array([[5.0]])))


def test_planes_are_the_faces_of_the_slabs(placed):
    np.testing.assert_allclose(placed.planes, [0.0, MM, 3 * MM])


def test_power_counts_blocks_rasters_and_fluxes(placed):
    assert placed.power == 15.0


def test_blocks_and_layers_by_name(placed):
    assert placed.block("soc/pll1").power == 2.0
    assert placed.layer("layer1").z1 == pytest.approx(3 * MM)
    with pytest.raises(KeyError, match="no block 'soc/pll2'; did you mean 'soc/pll"):
        placed.block("soc/pll2")
    with pytest.raises(KeyError, match="no layer 'laier1'; did you mean 'layer1'"):
        placed.layer("laier1")


def test_blocks_know_where_they_come_from_if_there_is_a_file(placed):
    assert placed.origin("soc/pll0") is None
    object.__setattr__(placed, "locate", {"soc/pll0": Span("a.yaml", 3, 1)}.__getitem__)
    assert placed.origin("soc/pll0") == Span("a.yaml", 3, 1)
