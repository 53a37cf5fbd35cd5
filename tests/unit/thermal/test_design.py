import pickle
from pathlib import Path

import pytest

from floorplans.block import BlockKind
from floorplans.diagnostics import InputError
from floorplans.geometry import Orientation
from thermal.design import Design, load, shipped_designs

EXAMPLE = Path(__file__).with_name("example.yaml")


@pytest.fixture(scope="module")
def design() -> Design:
    return load(EXAMPLE)


def test_the_example_of_the_contract_loads(design: Design):
    assert design.name == "accel-2p5d"
    assert [layer.name for layer in design.package.layers] == [
        *("substrate", "c4", "interposer", "dies", "tim1", "lid", "tim2", "sink-base"),
    ]
    assert design.power.total == pytest.approx(147.02)
    assert design.limits["hbm"] == pytest.approx(368.15)


def test_attributes_are_si(design: Design):
    package = design.package
    assert package.size == (0.05, 0.05)
    assert package.ambient == pytest.approx(308.15)
    assert package.top is not None
    assert package.top.htc == 12000
    assert package.layers[0].thickness == pytest.approx(1.2e-3)
    assert package.layers[0].size == (0.045, 0.045)
    assert package.layers[7].size is None


def test_chiplets_and_their_dies(design: Design):
    soc0, _, hbm1 = design.package.chiplets
    assert (soc0.die, soc0.at, soc0.orient) == ("compute", (0.019, 0.018), Orientation.R0)
    assert hbm1.orient is Orientation.R180
    assert design.package.layers[3].fill == "mold-compound"
    assert design.package.layers[3].thickness is None
    assert design.dies["compute"].thickness == pytest.approx(800e-6)


def test_blocks_regions_and_materials(design: Design):
    device, bulk = design.dies["compute"].layers[2:]
    assert device.floorplan is not None
    pll = device.floorplan.block("pll0")
    assert pll.kind is BlockKind.ANALOG
    assert pll.limit == pytest.approx(378.15)
    assert pll.accuracy == 0.1
    assert bulk.regions[0].material == "tsv-farm"
    assert design.material("tsv-farm").k == (110, 110, 160)
    assert design.material("silicon").k[0] > 100
    with pytest.raises(KeyError):
        design.material("unobtainium")


def test_a_designs_own_material_comes_before_the_shipped_one():
    design = load(
        EXAMPLE,
        {
            "materials": {"silicon": {"k_w_mk": 7, "density_kg_m3": 1, "specific_heat_j_kgk": 1}}
            | {"tsv-farm": {"k_w_mk": 7, "density_kg_m3": 1, "specific_heat_j_kgk": 1}}
        },
    )
    assert design.material("silicon").k == (7, 7, 7)


def test_plain_data_make_the_same_design(design: Design):
    assert Design.from_dict(design.to_dict()) == design


def test_designs_differ_where_a_value_does(design: Design):
    assert design.overridden({"power.soc0/pll0": 0.03}) != design
    assert design.overridden({"power.soc0/pll0": 0.02}) == design


def test_overrides_are_validated_again(design: Design):
    warm = design.overridden({"package.ambient_c": 45, "package.layers.tim1.thickness_um": 40})
    assert warm.package.outside(warm.package.top) == pytest.approx(318.15)
    assert warm.package.layers[4].thickness == pytest.approx(40e-6)
    with pytest.raises(
        InputError, match=r"^--set package.ambient_c=-300: error: package.ambient_c: must be >"
    ):
        design.overridden({"package.ambient_c": -300})


def test_overrides_reach_blocks_and_limits(design: Design):
    blocks = "dies.compute.layers.device.floorplan.blocks"
    changed = design.overridden(
        {f"{blocks}.pll0.rect_um": [7000, 0, 7040, 40], "limits.lid": 70, "limits.soc0/pll0": 90}
    )
    assert changed.limits["lid"] == pytest.approx(343.15)
    assert changed.limits["soc0/pll0"] == pytest.approx(363.15)
    floorplan = changed.dies["compute"].layers[2].floorplan
    assert floorplan is not None
    assert floorplan.block("pll0").outline.bounds[0] == pytest.approx(7e-3)


def test_a_polygon_may_take_the_place_of_a_rectangle(design: Design):
    path = "dies.compute.layers.device.floorplan.blocks.pll0.polygon_um"
    changed = design.overridden({path: [[6000, 0], [6040, 0], [6040, 40]]})
    floorplan = changed.dies["compute"].layers[2].floorplan
    assert floorplan is not None
    assert floorplan.block("pll0").outline.area == pytest.approx(800e-12)


def test_an_override_that_makes_blocks_overlap_is_at_fault(design: Design):
    path = "dies.compute.layers.device.floorplan.blocks.pll0.rect_um"
    with pytest.raises(InputError, match=r"^--set .*: block 'pll0' overlaps block 'tensor0' by 400 um2$"):
        design.overridden({path: [5990, 0, 6040, 40]})


def test_layers_may_have_everything(tmp_path: Path):
    (tmp_path / "watts.csv").write_text("1,2\n3,4\n")
    (tmp_path / "htc.csv").write_text("100,200\n")
    (tmp_path / "ring.flp").write_text("io 0.001 0.001 0 0\n")
    (tmp_path / "d.yaml").write_text(
        """
design: everything
description: one of each
package:
  outline_mm: [10, 10]
  ambient_c: 25
  case_layer: lid
  top: {map_csv: htc.csv, power_map_csv: watts.csv, ambient_c: 20}
  bottom: {resistance_k_w: 4}
  layers:
    - {name: board, thickness_um: 1000, material: fr4, floorplan: ring.flp, exposed: {htc_w_m2k: 5}}
    - {name: lid, thickness_um: 500, material: void, outline_mm: [4, 4], at_mm: [1, 2],
       contact_below_m2k_w: 1e-5, power_map_csv: watts.csv,
       regions: [{polygon_um: [[0, 0], [4000, 0], [4000, 4000]], material: copper}]}
power: {board/io: 1.5}
limits: {board: 80, other: 90, board/io: 85}
"""
    )
    design = load(tmp_path / "d.yaml")
    board, lid = design.package.layers
    assert design.description == "one of each"
    assert board.exposed is not None
    assert board.exposed.htc == 5
    assert lid.contact_below == 1e-5
    assert lid.power_map == tmp_path / "watts.csv"
    assert design.package.top is not None
    assert design.package.top.map_csv == tmp_path / "htc.csv"
    assert design.power == {"board/io": 1.5}
    assert set(design.source.digests()) == {"d.yaml", "ring.flp", "watts.csv", "htc.csv"}
    assert Design.from_dict(design.to_dict()) == design


@pytest.mark.parametrize("name", list(shipped_designs()))
def test_shipped_designs_load_by_name(name: str):
    design = load(name)
    assert design.name == name
    assert design.power.total > 0.0


def test_there_are_shipped_designs():
    assert "accel-2p5d" in shipped_designs()


def test_designs_can_be_sent_to_another_process(design: Design):
    again = pickle.loads(pickle.dumps(design))
    assert again == design
    assert hash(again) == hash(design)
    assert again.source.digests() == design.source.digests()


def test_an_unknown_name_lists_what_there_is():
    with pytest.raises(
        InputError, match=r"no shipped design of this name; did you mean 'accel-2p5d'\? \(shipped: accel"
    ):
        load("acel-2p5d")


def test_a_folder_does_not_hide_a_shipped_design(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "accel-2p5d").mkdir()
    monkeypatch.chdir(tmp_path)
    assert load("accel-2p5d").name == "accel-2p5d"


def test_a_file_that_is_missing(tmp_path: Path):
    with pytest.raises(InputError, match=r"no\.yaml: error: cannot read .*No such file"):
        load(tmp_path / "no.yaml")


def test_ten_thousand_blocks_simply_work():
    blocks = [
        {"name": f"b{x}_{y}", "rect_um": [100 * x, 100 * y, 100 * x + 100, 100 * y + 100]}
        for x in range(100)
        for y in range(100)
    ]
    layer = {"name": "device", "thickness_um": 5, "material": "silicon", "floorplan": {"blocks": blocks}}
    design = Design.from_dict(
        {
            "design": "big",
            "package": {"outline_mm": [10, 10], "ambient_c": 25, "top": {"htc_w_m2k": 1}, "layers": [layer]},
            "power": {f"device/{block['name']}": 0.01 for block in blocks},
        }
    )
    assert design.power.total == pytest.approx(100.0)
    floorplan = design.package.layers[0].floorplan
    assert floorplan is not None
    assert floorplan.coverage((0.01, 0.01)) == pytest.approx(1.0)
