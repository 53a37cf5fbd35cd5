"""The shipped designs: they load, watts and sizes are of the class they say, together they use the format."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from shapely import box

from floorplans.block import Block
from floorplans.geometry import Orientation
from floorplans.package import Layer
from floorplans.raster import read_raster
from thermal.design import Design, load, shipped_designs
from thermal.placement import place

NAMES = ("accel-2p5d", "chiplets-ucie", "npu-custom", "soc-multipurpose", "stack-3d")

# Blocks, and lowest and highest watts of blocks, leakage included, in the base case and in every scenario.
CLASS = {
    "accel-2p5d": (range(400, 451), (600, 700), (70, 720)),
    "chiplets-ucie": (range(330, 371), (390, 440), (50, 450)),
    "npu-custom": (range(35, 51), (8, 10), (0.8, 14)),
    "soc-multipurpose": (range(95, 121), (4, 5), (0.2, 7.5)),
    "stack-3d": (range(120, 141), (28, 33), (2.5, 36)),
}


@pytest.fixture(scope="module", params=NAMES)
def design(request) -> Design:
    return load(request.param)


def layers_of(design: Design) -> Iterator[tuple[str, Layer]]:
    """Every layer, once for each place it stands in; with the owner of its blocks."""
    for layer in design.package.layers:
        yield layer.name, layer
        for chiplet in layer.chiplets:
            for inner in design.dies[chiplet.die].layers:
                yield chiplet.name, inner


def blocks_of(design: Design) -> dict[str, Block]:
    return {
        f"{owner}/{block.name}": block
        for owner, layer in layers_of(design)
        if layer.floorplan is not None
        for block in layer.floorplan.blocks
    }


def watts_at(design: Design, celsius: float) -> float:
    """All blocks, if what leaks is at this temperature."""
    kelvin = np.array(celsius + 273.15)
    return design.power.total + sum(float(law.watts(kelvin)) for law in design.leakage.values())


def ambient_above(design: Design) -> float:
    top = design.package.top
    assert top is not None
    return design.package.ambient if top.ambient is None else top.ambient


@cache
def every_layer() -> list[Layer]:
    return [layer for name in NAMES for _, layer in layers_of(load(name))]


def test_these_are_the_shipped_designs():
    assert tuple(shipped_designs()) == NAMES


def test_a_design_is_called_like_its_file_and_says_what_it_is(design: Design):
    assert load(str(shipped_designs()[design.name])).name == design.name
    assert len(design.description) > 40


@pytest.mark.parametrize("name", NAMES)
def test_the_header_says_what_is_public_and_what_is_assumed(name: str):
    header = re.match(r"(#.*\n)+", shipped_designs()[name].read_text(encoding="utf-8"))
    assert header is not None
    assert "Built on public figures of the class" in header[0]
    assert "Assumed" in header[0]


def test_block_count_and_watts_are_of_the_class(design: Design):
    count, base, any_case = CLASS[design.name]
    assert len(blocks_of(design)) in count
    assert base[0] <= watts_at(design, 70.0) <= base[1]
    for scenario in design.scenarios:
        celsius = 40.0 if scenario in ("idle", "standby") else 70.0
        assert any_case[0] <= watts_at(design.scenario(scenario), celsius) <= any_case[1], scenario


def test_idle_is_the_coolest_case_and_the_worst_case_is_named(design: Design):
    totals = {name: design.scenario(name).power.total for name in design.scenarios}
    quiet = "standby" if "standby" in totals else "idle"
    assert min(totals, key=totals.__getitem__) == quiet
    assert totals[quiet] < 0.2 * design.power.total
    assert ambient_above(design.scenario("worst")) > ambient_above(design)


def test_every_block_has_a_power_and_a_limit(design: Design):
    blocks = blocks_of(design)
    assert set(design.power) == set(blocks)
    unlimited = [
        name
        for name, block in blocks.items()
        if block.limit is None and name not in design.limits and block.kind.value not in design.limits
    ]
    assert unlimited == []


def test_power_density_is_that_of_silicon(design: Design):
    """Watts per mm2: logic below 2, regulators and PLLs, which are a few hundredths of a mm2, below 20."""
    cases = [design.power, *(design.scenario(name).power for name in design.scenarios)]
    for name, block in blocks_of(design).items():
        small = block.outline.area < 0.2e-6
        for watts in (power[name] for power in cases):
            assert watts / (block.outline.area * 1e6) < (20 if small else 2), name


def test_sensitive_blocks_have_the_sizes_they_have_on_silicon(design: Design):
    """Analog and sensors 30 um and up, regulators 160 um and up; no side more than 3 times the other."""
    least = {"analog": 30e-6, "sensor": 30e-6, "pmic": 160e-6}
    most = {"analog": 320e-6, "sensor": 60e-6, "pmic": 1500e-6}
    found: Counter[str] = Counter()
    for name, block in blocks_of(design).items():
        if block.kind.value in least:
            x0, y0, x1, y1 = block.outline.bounds
            short, long = sorted((x1 - x0, y1 - y0))
            assert short >= least[block.kind.value] - 1e-9, name
            assert long <= most[block.kind.value], name
            assert long <= 3 * short, name
            found[block.kind.value] += 1
    assert set(found) == set(least)


def test_matched_pairs_are_equal_blocks_with_equal_power(design: Design):
    blocks = blocks_of(design)
    assert len(design.matched_pairs) >= 2
    for first, second in design.matched_pairs:
        assert blocks[first].kind == blocks[second].kind
        assert blocks[first].outline.area == pytest.approx(blocks[second].outline.area, rel=1e-9)
        assert design.power[first] == design.power[second]


def test_names_of_blocks_can_be_typed(design: Design):
    assert [name for name in blocks_of(design) if not re.fullmatch(r"[a-z0-9-]+/[a-z0-9_]+", name)] == []


def test_blocks_lists_stand_in_columns(root: Path):
    """Rectangles of one list are aligned, so that a column can be edited."""
    for path in sorted((root / "floorplans" / "examples").rglob("*.yaml")):
        lines = path.read_text(encoding="utf-8").splitlines()
        assert max(map(len, lines)) <= 120, path.name
        for above, below in pairwise(lines):
            if all(re.search(r"- \{name: .* rect_um: ", line) for line in (above, below)):
                assert above.index("rect_um") == below.index("rect_um"), f"{path.name}: {below.strip()}"


@pytest.fixture(scope="module")
def accel() -> Design:
    return load("accel-2p5d")


def test_accelerator_die_is_of_the_800_mm2_class_and_within_the_reticle(accel: Design):
    width, height = accel.dies["soc"].size
    assert width * height == pytest.approx(806e-6)
    assert width <= 26e-3
    assert height <= 33e-3


def test_five_stacks_and_a_spacer_stand_along_two_sides(accel: Design):
    (dies,) = (layer for layer in accel.package.layers if layer.chiplets)
    count = Counter(chiplet.die for chiplet in dies.chiplets)
    assert count == {"soc": 1, "host": 1, "hbm": 5, "spacer": 1}


def test_each_phy_faces_the_phy_of_its_stack(accel: Design):
    """The HBM interface is on the edge next to the stack and reaches over its PHY's whole height."""
    (dies,) = (layer for layer in accel.package.layers if layer.chiplets)
    (soc,) = (chiplet for chiplet in dies.chiplets if chiplet.die == "soc")
    blocks = blocks_of(accel)
    for stack, phy in {"hbm0": "w0", "hbm1": "w1", "hbm2": "w2", "hbm3": "e0", "hbm4": "e1"}.items():
        (hbm,) = (chiplet for chiplet in dies.chiplets if chiplet.name == stack)
        x0, y0, x1, y1 = blocks[f"soc0/hbmphy_{phy}"].outline.bounds
        on_soc = box(soc.at[0] + x0, soc.at[1] + y0, soc.at[0] + x1, soc.at[1] + y1)
        bounds = hbm.bounds(accel.dies["hbm"])
        assert on_soc.distance(box(*bounds)) < 0.5e-3, stack
        assert bounds[1] < on_soc.bounds[1], stack
        assert on_soc.bounds[3] < bounds[3], stack
        assert (hbm.orient is Orientation.R180) == phy.startswith("e")


def test_accelerator_has_every_unit_of_its_class(accel: Design):
    kinds = Counter(block.kind.value for name, block in blocks_of(accel).items() if name.startswith("soc0/"))
    assert kinds["compute"] == kinds["vector"] == 80
    assert kinds["sram"] == 80 + 32
    assert kinds["io"] == 18
    assert kinds["phy"] == 6
    assert kinds["d2d"] == 4
    assert min(kinds["noc"], kinds["analog"], kinds["pmic"], kinds["sensor"]) >= 6


def test_accelerator_regulators_are_200_to_400_um_and_analog_blocks_30_to_60(accel: Design):
    for name, block in blocks_of(accel).items():
        x0, y0, x1, y1 = block.outline.bounds
        if block.kind == "pmic":
            assert 199e-6 < x1 - x0 < 401e-6, name
        elif block.kind == "analog":
            assert 29e-6 < min(x1 - x0, y1 - y0) < 61e-6, name


def test_accelerator_scenarios_change_cooling_and_interface(accel: Design):
    assert ambient_above(accel.scenario("hot-inlet")) - ambient_above(accel) == pytest.approx(10)
    aged = {layer.name: layer.material for layer in accel.scenario("tim-end-of-life").package.layers}
    assert aged["tim1"] == "tim-indium-aged"
    assert accel.scenario("pmic-step").power["soc0/ivr_n0"] > 2 * accel.power["soc0/ivr_n0"]
    assert accel.scenario("decode").power["soc0/tensor_r00c0"] < accel.power["soc0/tensor_r00c0"]
    assert accel.scenario("decode").power["hbm0/dram_sw"] > accel.power["hbm0/dram_sw"]


def test_clusters_that_are_fused_off_stay_off_in_every_scenario(accel: Design):
    for scenario in accel.scenarios:
        found = accel.scenario(scenario)
        assert found.power["soc0/tensor_r01c6"] == 0.0
        assert found.leakage["soc0/tensor_r01c6"] == found.leakage["soc0/tensor_r00c0"]


def test_leakage_is_a_small_share_and_grows_as_that_of_finfets(design: Design):
    if design.name == "stack-3d":
        assert not design.leakage  # its raster holds clock and leakage
        return
    total, leaked = watts_at(design, 70.0), watts_at(design, 70.0) - design.power.total
    assert 0.02 < leaked / total < 0.1
    warmer = watts_at(design, 80.0) - design.power.total
    assert 0.12 < np.log(warmer / leaked) < 0.25


def test_chiplets_face_the_hub_in_all_eight_orientations():
    design = load("chiplets-ucie")
    (dies,) = (layer for layer in design.package.layers if layer.chiplets)
    cores = [chiplet for chiplet in dies.chiplets if chiplet.die.startswith("core")]
    assert {chiplet.orient for chiplet in cores} == set(Orientation)
    (hub,) = (chiplet for chiplet in dies.chiplets if chiplet.die == "hub")
    scene = place(design)
    hub_box = box(*hub.bounds(design.dies["hub"]))
    for core in cores:
        for port in range(4):
            assert scene.block(f"{core.name}/ucie{port}").outline.distance(hub_box) < 0.4e-3, core.name
        nearest = min(
            scene.block(f"{core.name}/hbm_d2d").outline.distance(scene.block(f"hbm{k}/{side}").outline)
            for k in range(4)
            for side in ("d2d_s", "d2d_e")
        )
        assert nearest < 0.8e-3, core.name
    assert len({design.dies[chiplet.die].thickness for chiplet in dies.chiplets}) >= 3


def test_the_stack_has_four_tiers_and_a_raster_beside_its_blocks():
    design = load("stack-3d")
    layers = {layer.name: layer for layer in design.dies["stack"].layers}
    assert [f"t{tier}-device" in layers for tier in range(5)] == [True] * 4 + [False]
    path = layers["logic"].power_map
    assert path is not None
    raster = read_raster(path)
    assert raster.values.shape == (40, 48)
    assert raster.total == pytest.approx(4.8, abs=1e-6)
    assert layers["logic"].floorplan is not None


FEATURES: dict[str, Callable[[list[Layer]], bool]] = {
    "polygon blocks": lambda layers: any(
        block.polygon is not None for layer in layers if layer.floorplan for block in layer.floorplan.blocks
    ),
    "polygon regions": lambda layers: any(r.polygon is not None for layer in layers for r in layer.regions),
    "a hole in a layer": lambda layers: any(
        r.material == "void" and layer.material != "void" for layer in layers for r in layer.regions
    ),
    "a layer that is only its regions": lambda layers: any(
        layer.material == "void" and layer.regions for layer in layers
    ),
    "void between chiplets": lambda layers: any(layer.fill == "void" for layer in layers),
    "mould between chiplets": lambda layers: any(layer.fill == "mold-compound" for layer in layers),
    "contact resistance": lambda layers: any(layer.contact_below for layer in layers),
    "exposed faces": lambda layers: any(layer.exposed for layer in layers),
    "a raster of power": lambda layers: any(layer.power_map for layer in layers),
    "blocks on a package layer": lambda layers: any(
        layer.name == "display" and layer.floorplan for layer in layers
    ),
    "an accuracy asked for": lambda layers: any(
        block.accuracy for layer in layers if layer.floorplan for block in layer.floorplan.blocks
    ),
    "a limit of a block's own": lambda layers: any(
        block.limit for layer in layers if layer.floorplan for block in layer.floorplan.blocks
    ),
}


@pytest.mark.parametrize("feature", FEATURES)
def test_the_designs_together_use(feature: str):
    assert FEATURES[feature](every_layer())


def test_the_designs_together_cool_in_every_way():
    ways = set()
    for name in NAMES:
        package = load(name).package
        faces = {"top": package.top, "bottom": package.bottom}
        outside = set()
        for side, face in faces.items():
            assert face is not None
            outside.add(package.ambient if face.ambient is None else face.ambient)
            ways |= {
                (side, key) for key in ("htc", "resistance", "map_csv") if getattr(face, key) is not None
            }
        assert len(outside) == 2, name
    assert ways == {(side, key) for side in ("top", "bottom") for key in ("htc", "resistance", "map_csv")}
    sunlit = load("soc-multipurpose").scenario("in-sun").package.top
    assert sunlit is not None
    assert sunlit.power_map is not None


def test_the_designs_together_limit_kinds_blocks_and_layers():
    limits = {key for name in NAMES for key in load(name).limits}
    assert {"analog", "npu0/ivr", "back-glass"} <= limits


def test_a_floorplan_comes_from_hotspot_another_from_yaml():
    files = {path.name for name in NAMES for path in load(name).source.files}
    assert {"npu-custom.flp", "accel-2p5d-soc.yaml", "stack-3d-clock-leakage.csv"} <= files
    assert {"chiplets-ucie-jets.csv", "npu-custom-airflow.csv"} <= files
