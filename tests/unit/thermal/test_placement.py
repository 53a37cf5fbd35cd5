"""From a design to a scene: planes, frames, orientation, paint order, limits, faces."""

import numpy as np
import pytest

from floorplans.block import BlockKind
from thermal import Design
from thermal.placement import place
from thermal.scene import CHIPLET_EDGE, DIE_LAYER_EDGE, LAYER_EDGE, REGION_EDGE, Scene

MM = 1e-3
UM = 1e-6

DESIGN: dict[str, object] = {
    "design": "two-chiplets",
    "package": {
        "outline_mm": [10, 8],
        "ambient_c": 25,
        "case_layer": "lid",
        "top": {"htc_w_m2k": 2000, "ambient_c": 30},
        "bottom": {"resistance_k_w": 20},
        "layers": [
            {
                "name": "board",
                "thickness_um": 1000,
                "material": "void",
                "regions": [{"rect_um": [0, 0, 5000, 8000], "material": "copper"}],
                "exposed": {"htc_w_m2k": 7, "ambient_c": 40},
            },
            {
                "name": "dies",
                "outline_mm": [8, 6],
                "fill": "mold-compound",
                "chiplets": [
                    {"die": "tall", "name": "t", "at_mm": [2, 2]},
                    {"die": "flat", "name": "f", "at_mm": [6, 2], "orient": "R90"},
                ],
            },
            {"name": "lid", "thickness_um": 500, "material": "copper", "contact_below_m2k_w": 1e-5},
        ],
    },
    "dies": {
        "tall": {
            "outline_mm": [2, 3],
            "layers": [
                {
                    "name": "device",
                    "thickness_um": 100,
                    "material": "silicon",
                    "floorplan": {
                        "blocks": [
                            {"name": "core", "kind": "compute", "rect_um": [0, 0, 1000, 1000]},
                            {"name": "pll", "kind": "analog", "rect_um": [1500, 0, 1540, 40], "limit_c": 90},
                        ]
                    },
                },
                {"name": "bulk", "thickness_um": 200, "material": "silicon"},
            ],
        },
        "flat": {
            "outline_mm": [2, 1],
            "layers": [
                {
                    "name": "device",
                    "thickness_um": 150,
                    "material": "silicon",
                    "floorplan": {"blocks": [{"name": "io", "kind": "io", "rect_um": [0, 0, 500, 200]}]},
                    "regions": [{"rect_um": [0, 0, 2000, 100], "material": "copper"}],
                },
                {"name": "cap", "thickness_um": 50, "material": "copper", "outline_mm": [1, 0.5]},
            ],
        },
    },
    "power": {"t/core": 4, "t/pll": 0.01},
    "limits": {"compute": 105, "analog": 100, "lid": 80, "f/io": 70},
    "matched_pairs": [["t/core", "t/pll"]],
}


@pytest.fixture(scope="module")
def placed() -> Scene:
    return place(Design.from_dict(DESIGN))


def test_slabs_are_cut_at_every_plane_of_every_chiplet(placed):
    np.testing.assert_allclose(placed.planes / UM, [0, 1000, 1100, 1150, 1200, 1300, 1800], atol=1e-6)


def test_slabs_are_contiguous_and_say_what_is_in_them(placed):
    for low, high in zip(placed.slabs[:-1], placed.slabs[1:], strict=True):
        assert low.z1 == high.z0
    assert [s.name for s in placed.slabs][:3] == [
        "board",
        "dies + t/device + f/device",
        "dies + t/bulk + f/device",
    ]
    assert placed.slabs[4].name == "dies + t/bulk"


def test_chiplets_are_painted_over_the_fill_and_regions_over_their_layer(placed):
    names = [a.material.name if a.material else None for a in placed.slabs[1].areas]
    assert names == ["mold-compound", "silicon", "silicon", "copper"]
    assert [a.material.name if a.material else None for a in placed.slabs[0].areas] == [None, "copper"]


def test_layers_without_a_place_are_centred(placed):
    assert placed.layer("dies").outline.bounds == pytest.approx((MM, MM, 9 * MM, 7 * MM))
    assert placed.layer("dies").chiplets
    assert not placed.layer("t/bulk").chiplets


def test_blocks_lie_in_the_frame_of_the_package(placed):
    core = placed.block("t/core")
    assert core.outline.bounds == pytest.approx((2 * MM, 2 * MM, 3 * MM, 3 * MM))
    assert (core.layer, core.kind, core.power) == ("t/device", BlockKind.COMPUTE, 4.0)
    assert (core.z0, core.z1) == pytest.approx((1000 * UM, 1100 * UM))


def test_a_turned_chiplet_turns_its_blocks_regions_and_smaller_layers(placed):
    """2 x 1 mm turned by 90 degrees counter-clockwise is 1 x 2 mm at (6, 2): (x, y) goes to (1 - y, x)."""
    assert placed.layer("f/device").outline.bounds == pytest.approx((6 * MM, 2 * MM, 7 * MM, 4 * MM))
    assert placed.block("f/io").outline.bounds == pytest.approx((6.8 * MM, 2 * MM, 7 * MM, 2.5 * MM))
    assert placed.slabs[1].areas[3].outline.bounds == pytest.approx((6.9 * MM, 2 * MM, 7 * MM, 4 * MM))
    assert placed.layer("f/cap").outline.bounds == pytest.approx((6.25 * MM, 2.5 * MM, 6.75 * MM, 3.5 * MM))


def test_unlisted_blocks_have_no_power_and_their_layer_is_not_powered(placed):
    assert placed.block("f/io").power == 0.0
    assert placed.layer("t/device").powered
    assert not placed.layer("f/device").powered
    assert placed.power == pytest.approx(4.01)


def test_the_limit_of_a_block_wins_over_that_of_its_address_and_of_its_kind(placed):
    assert placed.block("t/pll").limit == pytest.approx(363.15)
    assert placed.block("t/core").limit == pytest.approx(378.15)
    assert placed.block("f/io").limit == pytest.approx(343.15)
    assert placed.layer("lid").limit == pytest.approx(353.15)
    assert placed.layer("dies").limit is None


def test_faces_contacts_and_exposures(placed):
    assert (placed.top.ambient, placed.top.htc) == pytest.approx((303.15, 2000.0))
    assert placed.bottom.ambient == pytest.approx(298.15)
    assert placed.bottom.resistance == 20.0
    assert [len(s.contacts) for s in placed.slabs] == [0, 0, 0, 0, 0, 1]
    assert placed.slabs[5].contacts[0].resistance == 1e-5
    assert [len(s.exposures) for s in placed.slabs] == [1, 0, 0, 0, 0, 0]
    assert placed.slabs[0].exposures[0].htc == 7.0
    assert placed.slabs[0].exposures[0].ambient == pytest.approx(313.15)


def test_a_contact_below_a_layer_of_chiplets_acts_once():
    design = Design.from_dict(DESIGN).overridden({"package.layers.dies.contact_below_m2k_w": 2e-6})
    assert [len(s.contacts) for s in place(design).slabs] == [0, 1, 0, 0, 0, 1]


def test_edges_carry_what_they_belong_to(placed):
    edges = {(p, *(round(v / UM) for v in box)) for p, *box in placed.edges}
    assert (CHIPLET_EDGE, 2000, 2000, 4000, 5000) in edges
    assert (LAYER_EDGE, 1000, 1000, 9000, 7000) in edges
    assert (DIE_LAYER_EDGE, 6250, 2500, 6750, 3500) in edges
    assert (REGION_EDGE, 6900, 2000, 7000, 4000) in edges


def test_the_case_is_the_top_of_its_layer(placed):
    assert placed.case_z == pytest.approx(1800 * UM)
    assert placed.pairs == (("t/core", "t/pll"),)


def test_blocks_know_their_place_in_the_file(tmp_path):
    text = """design: d
package:
  outline_mm: [1, 1]
  ambient_c: 20
  top: {htc_w_m2k: 10}
  layers:
    - name: die
      thickness_um: 100
      material: silicon
      floorplan:
        blocks:
          - {name: a, rect_um: [0, 0, 10, 10]}
          - {name: b, rect_um: [20, 20, 30, 30]}
power: {die/b: 1}
"""
    path = tmp_path / "d.yaml"
    path.write_text(text)
    from thermal import load

    span = place(load(path)).origin("die/b")
    assert span is not None
    assert (span.line, span.file) == (13, str(path))


class TestMaps:
    def test_a_power_map_turns_with_its_chiplet(self, tmp_path):
        (tmp_path / "map.csv").write_text("1,2,3\n4,5,6\n")
        (tmp_path / "d.yaml").write_text("""
design: d
package:
  outline_mm: [4, 4]
  ambient_c: 20
  top: {htc_w_m2k: 10}
  layers:
    - {name: dies, fill: void, chiplets: [{die: a, name: a0, at_mm: [1, 1], orient: R90}]}
    - {name: lid, thickness_um: 100, material: copper}
dies:
  a: {outline_mm: [2, 1], layers: [{name: dev, thickness_um: 100, material: silicon, power_map_csv: map.csv}]}
""")
        from thermal import load

        (raster,) = place(load(tmp_path / "d.yaml")).rasters
        # Counter-clockwise: the lowest row goes to the right, its first cell below.
        np.testing.assert_array_equal(raster.watts, [[4, 1], [5, 2], [6, 3]])
        assert (raster.x0, raster.y0, raster.x1, raster.y1) == pytest.approx((MM, MM, 2 * MM, 3 * MM))
