"""Every kind of bad input has its own message, at its own place."""

from pathlib import Path

import pytest

from floorplans.diagnostics import InputError
from floorplans.source import parse_source
from thermal.design import Design, load

EXAMPLE = Path(__file__).with_name("example.yaml").read_text()
TINY = "design: x\npackage: {outline_mm: [1, 1], ambient_c: 25, top: {htc_w_m2k: 1}, layers: "


def wrong(*changes: tuple[str, str], text: str = EXAMPLE) -> list[str]:
    """What is said about the example of the contract with some of its text replaced."""
    for old, new in changes:
        assert text.count(old) >= 1, old
        text = text.replace(old, new, 1)
    with pytest.raises(InputError) as caught:
        Design.from_source(parse_source(text, "a.yaml"))
    return str(caught.value).splitlines()


PLL = "rect_um: [6000, 0, 6040, 40]"

CASES = {
    "unknown key": (
        ("fill: mold", "fil: mold"),
        "a.yaml:13:7: error: package.layers.3.fil: unknown key 'fil'; did you mean 'fill'?",
    ),
    "unknown key of the root": (
        ("limits:", "limit:"),
        "a.yaml:43:1: error: limit: unknown key 'limit'; did you mean 'limits'?",
    ),
    "unknown material": (
        ("material: copper,    outline", "material: coper,    outline"),
        "a.yaml:19:50: error: package.layers.5.material: unknown material 'coper'; did you mean 'copper'?",
    ),
    "unknown material of a region": (
        ("material: tsv-farm", "material: tsv-fam"),
        "dies.compute.layers.3.regions.0.material: unknown material 'tsv-fam'; did you mean 'tsv-farm'?",
    ),
    "unknown fill": (
        ("fill: mold-compound", "fill: qqq"),
        "package.layers.3.fill: unknown material 'qqq'; `thermal materials` lists those there are",
    ),
    "wrong unit key": (
        ("thickness_um: 1200", "thickness_mm: 1.2"),
        (
            "a.yaml:8:26: error: package.layers.0.thickness_mm: unknown key 'thickness_mm': wrong unit; "
            "thickness is given as 'thickness_um', in micrometres"
        ),
    ),
    "negative thickness": (
        ("thickness_um: 80,", "thickness_um: -100,"),
        "a.yaml:9:40: error: package.layers.1.thickness_um: must be > 0 (got -100)",
    ),
    "zero thickness": (
        ("thickness_um: 760", "thickness_um: 0"),
        "a.yaml:32:38: error: dies.compute.layers.3.thickness_um: must be > 0 (got 0)",
    ),
    "not a number": (
        ("htc_w_m2k: 12000", "htc_w_m2k: .nan"),
        "a.yaml:5:23: error: package.top.htc_w_m2k: must be a finite number (got nan)",
    ),
    "infinite": (
        ("soc0/tensor0: 120", "soc0/tensor0: .inf"),
        "a.yaml:42:23: error: power.soc0/tensor0: must be a finite number (got inf)",
    ),
    "infinite by overflow": (
        ("[50, 50]", "[50, 1e999]"),
        "a.yaml:3:20: error: package.outline_mm.1: must be a finite number (got inf)",
    ),
    "overlapping blocks": (
        (PLL, "rect_um: [5990, 0, 6040, 40]"),
        (
            "a.yaml:30:53: error: dies.compute.layers.2.floorplan.blocks.1: "
            "block 'pll0' overlaps block 'tensor0' by 400 um2"
        ),
    ),
    "overlapping chiplets": (
        ("at_mm: [32, 18]", "at_mm: [30.5, 18]"),
        "a.yaml:17:11: error: package.layers.3.chiplets.2: chiplet 'hbm1' overlaps chiplet 'soc0' by 5 mm2",
    ),
    "block outside its die": (
        (PLL, "rect_um: [11980, 0, 12020, 40]"),
        "block 'pll0' sticks out of its layer (12 x 10 mm) by 20 um",
    ),
    "region outside its layer": (
        ("[0, 4000, 12000, 4400]", "[0, 4000, 13500, 4400]"),
        "regions.0: this region sticks out of its layer (12 x 10 mm) by 1.5 mm",
    ),
    "chiplet outside its layer": (
        ("at_mm: [10, 18]", "at_mm: [5, 18]"),
        (
            "a.yaml:16:11: error: package.layers.3.chiplets.1: chiplet 'hbm0' (x 5 to 13 mm, y 18 to 28 mm) "
            "sticks out of its layer 'dies' by 3 mm"
        ),
    ),
    "layer outside the package": (
        ("organic-substrate, outline_mm: [45, 45]", "organic-substrate, outline_mm: [55, 45]"),
        "package.layers.0: layer 'substrate' sticks out of the package (50 x 50 mm) by 2.5 mm",
    ),
    "unknown die": (
        ("die: hbm3, name: hbm0", "die: hmb3, name: hbm0"),
        (
            "a.yaml:16:17: error: package.layers.3.chiplets.1.die: unknown die 'hmb3'; did you mean 'hbm3'? "
            "(there are: compute, hbm3)"
        ),
    ),
    "unknown kind": (
        ("kind: pmic", "kind: pmci"),
        (
            "must be one of compute, vector, sram, noc, d2d, phy, hbm, io, analog, pmic, sensor, cpu, other; "
            "did you mean 'pmic'? (got 'pmci')"
        ),
    ),
    "unknown orientation": (
        ("orient: R180", "orient: r180"),
        "MX, MY, MX_R90, MY_R90; did you mean 'R180'? (got 'r180')",
    ),
    "unknown case layer": (
        ("ambient_c: 35", "ambient_c: 35\n  case_layer: ldi"),
        "a.yaml:5:15: error: package.case_layer: no layer 'ldi'; did you mean 'lid'? (there are: substrate",
    ),
    "power on an unknown block": (
        ("soc0/tensor0: 120", "soc0/tensr0: 120"),
        "a.yaml:42:9: error: power.soc0/tensr0: unknown block 'soc0/tensr0'; did you mean 'soc0/tensor0'?",
    ),
    "power on an unknown chiplet": (
        ("soc0/tensor0: 120", "zzz: 120"),
        "power.zzz: unknown block 'zzz'; blocks are addressed chiplet/block",
    ),
    "negative power": (
        ("hbm0/base: 4", "hbm0/base: -4"),
        "power.hbm0/base: must be at least 0 (got -4)",
    ),
    "limit of an unknown layer": (
        ("hbm: 95", "subtrate: 95"),
        "limits.subtrate: unknown block kind, layer or block 'subtrate'; did you mean 'substrate'?",
    ),
    "limit that is a kind and a layer": (
        ("{name: lid, ", "{name: hbm, "),
        "limits.hbm: 'hbm' is both a kind of block and a layer; give the layer another name",
    ),
    "matched pair of an unknown block": (
        ("limits:", "matched_pairs: [[soc0/pll0, soc0/pll1]]\nlimits:"),
        "a.yaml:43:29: error: matched_pairs.0.1: unknown block 'soc0/pll1'; did you mean 'soc0/pll0'?",
    ),
    "matched pair of three": (
        ("limits:", "matched_pairs: [[soc0/pll0, soc0/ivr0, hbm0/base]]\nlimits:"),
        "matched_pairs.0: must be two block addresses, [soc0/a, soc0/b] (got",
    ),
    "matched pair of one block": (
        ("limits:", "matched_pairs: [[soc0/pll0, soc0/pll0]]\nlimits:"),
        "matched_pairs.0: pairs 'soc0/pll0' with itself",
    ),
    "duplicate layer": (
        ("name: tim2", "name: tim1"),
        "a.yaml:20:14: error: package.layers.6.name: duplicate layer name 'tim1' (first at a.yaml:18:14)",
    ),
    "chiplet with the name of a layer": (
        ("{name: sink-base", "{name: hbm1"),
        "chiplets.2.name: 'hbm1' is also a layer of the package; addresses would be ambiguous",
    ),
    "duplicate key": (
        ("ambient_c: 35", "ambient_c: 35\n  ambient_c: 40"),
        "a.yaml:5:3: error: duplicate key 'ambient_c' (first at a.yaml:4:3)",
    ),
    "two ways to cool": (
        ("htc_w_m2k: 12000", "htc_w_m2k: 12000, resistance_k_w: 0.1"),
        (
            "a.yaml:5:11: error: package.top: give one of htc_w_m2k, resistance_k_w and map_csv, "
            "not htc_w_m2k and resistance_k_w"
        ),
    ),
    "polygon that crosses itself": (
        (PLL, "polygon_um: [[6000, 0], [6040, 40], [6040, 0], [6000, 40]]"),
        "floorplan.blocks.1: polygon_um crosses or touches itself (Self-intersection[6020 20], in um)",
    ),
    "polygon of two corners": (
        (PLL, "polygon_um: [[6000, 0], [6040, 40]]"),
        "blocks.1.polygon_um: needs at least 3 (got [[6000, 0], [6040, 40]])",
    ),
    "block without outline": (
        (PLL + ", ", ""),
        "a.yaml:30:13: error: dies.compute.layers.2.floorplan.blocks.1: needs an outline",
    ),
    "rectangle the wrong way round": (
        (PLL, "rect_um: [6040, 0, 6000, 40]"),
        "rect_um is [x0, y0, x1, y1] with x0 < x1 and y0 < y1 (got [6040, 0, 6000, 40])",
    ),
    "layer of chiplets with a thickness": (
        ("fill: mold-compound", "thickness_um: 800"),
        "package.layers.3.thickness_um: a layer of chiplets is as thick as its tallest chiplet",
    ),
    "layer of chiplets with a material": (
        ("fill: mold-compound", "material: copper"),
        "package.layers.3.material: a layer of chiplets has a 'fill' around them in place of a material",
    ),
    "layer of chiplets with a floorplan": (
        ("fill: mold-compound", "floorplan: {blocks: []}"),
        "package.layers.3.floorplan: a layer of chiplets has no power but that of its chiplets",
    ),
    "layer without a material": (
        ("material: c4-underfill, ", ""),
        "a.yaml:9:7: error: package.layers.1.material: is required",
    ),
    "fill without chiplets": (
        ("{name: c4, ", "{name: c4, fill: void, "),
        "package.layers.1.fill: fills the space around chiplets, and this layer has none",
    ),
    "die with chiplets": (
        ("{name: ubump,  ", "{name: ubump, chiplets: [{die: hbm3, name: x, at_mm: [0, 0]}], "),
        "dies.compute.layers.0.chiplets: a die cannot hold chiplets",
    ),
    "material named void": (
        ("materials:\n", "materials:\n  void: {k_w_mk: 1, density_kg_m3: 1, specific_heat_j_kgk: 1}\n"),
        "a.yaml:41:3: error: materials: 'void' means that nothing is there; choose another name",
    ),
    "material with a negative conductivity": (
        ("[110, 110, 160]", "[110, -110, 160]"),
        "a.yaml:41:28: error: materials.tsv-farm.k_w_mk.1: must be > 0 (got -110)",
    ),
    "material made of an unknown one": (
        (
            "materials:\n",
            "materials:\n  m: {composite: {formula: spheres, inclusion: coper, matrix: beol, fraction: 0}}\n",
        ),
        "materials.m.composite.inclusion: unknown material 'coper'; did you mean 'copper'?",
    ),
}


@pytest.mark.parametrize(("change", "expected"), CASES.values(), ids=CASES)
def test_one_mistake_gives_one_message(change: tuple[str, str], expected: str):
    found = wrong(change)
    assert len(found) == 1, found
    assert expected in found[0]


@pytest.mark.parametrize(
    "changes",
    [
        [("  top:    {htc_w_m2k: 12000}", "  #"), ("  bottom: {htc_w_m2k: 15}", "  #")],
        [("htc_w_m2k: 12000", "htc_w_m2k: 0"), ("htc_w_m2k: 15", "htc_w_m2k: 0")],
    ],
)
def test_no_cooling_at_all(changes: list[tuple[str, str]]):
    (found,) = wrong(*changes)
    assert found.startswith(
        "a.yaml:3:3: error: package: no cooling: heat cannot leave, so there is no steady"
    )


def test_a_wrong_cooling_is_not_also_missing():
    (found,) = wrong(("htc_w_m2k: 12000", "htc_w_m2k: hot"), ("  bottom: {htc_w_m2k: 15}\n", ""))
    assert "package.top.htc_w_m2k: must be a number (got 'hot')" in found


def test_duplicate_blocks_of_a_die_on_two_layers():
    found = wrong(("name: dram", "name: base"))
    assert any("duplicate block name 'base' (first at a.yaml:38:88)" in line for line in found)


def test_duplicate_blocks_of_a_package_layer():
    blocks = "{blocks: [{name: a, rect_um: [0, 0, 1, 1]}, {name: a, rect_um: [1, 0, 2, 1]}]}"
    text = f"{TINY}[{{name: b, thickness_um: 1, material: copper, floorplan: {blocks}}}]}}\n"
    (found,) = wrong(text=text)
    assert "package.layers.0.floorplan.blocks.1.name: duplicate block name 'a'" in found


def test_duplicate_chiplets():
    found = wrong(("name: hbm1", "name: hbm0"))
    assert "duplicate chiplet name 'hbm0' (first at a.yaml:16:29)" in found[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["a.yaml:1:1: error: the file is empty"]),
        ("{}", ["a.yaml:1:1: error: design: is required", "a.yaml:1:1: error: package: is required"]),
        ("[]", ["a.yaml:1:1: error: must be a mapping with design, description, package, dies, materials,"]),
        (TINY + "[]}", ["a.yaml:2:75: error: package.layers: needs at least one layer"]),
        (TINY + "3}", ["package.layers: must be a list (got 3)"]),
        (
            TINY + "[{name: a, chiplets: []}]}",
            ["a.yaml:2:96: error: package.layers.0.chiplets: needs at least one chiplet"],
        ),
        (
            "design: x\npackage:\n",
            ["a.yaml:2:9: error: package: must be a mapping with outline_mm, ambient_c, top"],
        ),
    ],
)
def test_designs_with_nothing_in_them(text: str, expected: list[str]):
    found = wrong(text=text)
    assert len(found) == len(expected)
    for line, part in zip(found, expected, strict=True):
        assert part in line


def test_sections_of_the_wrong_kind():
    sections = ("dies", "power", "limits", "materials", "scenarios", "matched_pairs")
    text = (
        TINY
        + "[{name: a, thickness_um: 1, material: copper}]}\n"
        + "".join(f"{key}: 3\n" for key in sections)
    )
    assert [line.split(": ")[2] for line in wrong(text=text)] == list(sections)


def test_an_unknown_die_does_not_make_its_blocks_unknown():
    (found,) = wrong(("die: compute", "die: compote"))
    assert "unknown die 'compote'; did you mean 'compute'?" in found


def test_a_wrong_material_is_not_also_unknown():
    (found,) = wrong(("density_kg_m3: 2400", "density_kg_m3: 0"))
    assert "materials.tsv-farm.density_kg_m3: must be > 0 (got 0)" in found


def test_everything_that_is_wrong_is_said_at_once_in_the_order_of_the_file():
    found = wrong(
        ("ambient_c: 35", "ambient_c: hot"),
        ("thickness_um: 1200", "thickness_mm: 1.2"),
        ("at_mm: [32, 18]", "at_mm: [30, 18]"),
        ("material: copper,    outline", "material: coper,    outline"),
        (PLL, "rect_um: [5990, 0, 6040, 40]"),
        ("thickness_um: 760", "thickness_um: -760"),
        ("soc0/tensor0: 120", "soc0/tensr0: 120"),
        ("analog: 105", "analgo: 105"),
        ("limits:", "throttle: {tick_ms: 0}\nlimits:"),
    )
    lines = [int(line.split(":")[1]) for line in found]
    assert lines == [4, 8, 17, 19, 30, 32, 42, 43, 44]


def test_ten_thousand_blocks_on_one_spot():
    blocks = ", ".join(f"{{name: b{i}, rect_um: [0, 0, 10, 10]}}" for i in range(10_000))
    layer = f"{{name: a, thickness_um: 1, material: copper, floorplan: {{blocks: [{blocks}]}}}}"
    found = wrong(text=f"{TINY}[{layer}]}}\n")
    assert len(found) == 21
    assert sum("more overlaps in this floorplan" in line for line in found) == 1


@pytest.mark.parametrize(
    ("csv", "expected"),
    [
        (None, "a.yaml:5:21: error: cannot read"),
        ("1,2\n3\n", "m.csv:2:1: error: 1 cells in this row, 2 in the first; a grid is rectangular"),
        ("1,nan\n", "m.csv:1:3: error: must be a finite number (got nan)"),
        ("0,0\n", "a.yaml:5:21: error: package.top.map_csv: every cell is 0: this face cools nothing"),
    ],
)
def test_grids_that_cannot_be_used(tmp_path: Path, csv: str | None, expected: str):
    if csv is not None:
        (tmp_path / "m.csv").write_text(csv)
    file = tmp_path / "a.yaml"
    file.write_text(EXAMPLE.replace("htc_w_m2k: 12000", "map_csv: m.csv"))
    with pytest.raises(InputError) as caught:
        load(file)
    assert expected in str(caught.value)
    assert len(caught.value.diagnostics) == 1


def test_a_floorplan_that_cannot_be_read_does_not_make_its_blocks_unknown(tmp_path: Path):
    file = tmp_path / "a.yaml"
    head, tail = EXAMPLE.split("floorplan: {blocks: [\n", 1)
    file.write_text(head + "floorplan: soc.yaml}\n" + tail[tail.index("      - {name: bulk") :])
    with pytest.raises(InputError) as caught:
        load(file)
    assert [found.message for found in caught.value.diagnostics] == [
        f"cannot read '{tmp_path / 'soc.yaml'}': No such file or directory"
    ]
