"""Hardware files: shipped ones, what is wrong with bad ones, files that build on others."""

import pytest

from floorplans.addresses import Addresses
from floorplans.diagnostics import InputError
from floorplans.source import read_source
from power.energy import dissipation
from power.hardware.accelerator import Accelerator
from power.hardware.placement import block_areas
from power.hardware.reading import load_hardware, shipped_hardware
from power.roofline import run
from tests.unit.power.devices import PLAIN, plain, product
from thermal.design import load, shipped_designs

NAMES = list(shipped_hardware())
PLACED = [name for name in NAMES if load_hardware(name).design]


@pytest.fixture(scope="module", params=NAMES)
def hardware(request) -> Accelerator:
    return load_hardware(request.param)


def test_shipped_hardware_is_named_and_sourced(hardware):
    assert hardware.name in NAMES
    assert hardware.sources
    assert hardware.description


def test_every_shipped_design_has_an_accelerator_and_the_targets_their_devices():
    assert set(shipped_designs()) == set(PLACED)
    assert {"v100-sxm2", "a100-sxm-80gb", "a40", "l40s", "h100-sxm", "h200-sxm", "b200", "mi210"} <= set(
        NAMES
    )
    assert "tpuv4i-like" in NAMES


@pytest.mark.parametrize("name", PLACED)
def test_blocks_of_an_accelerator_are_in_its_design(name):
    blocks = Addresses(read_source(shipped_designs()[name]).root).blocks
    load_hardware(name).check_blocks(blocks)


@pytest.mark.parametrize("name", PLACED)
def test_everything_of_a_placed_accelerator_lives_somewhere(name):
    design, device = load(name), load_hardware(name)
    areas = block_areas(design.package, design.dies)
    assert set(areas) == set(Addresses(design.source.root).blocks)
    found = dissipation(run([product(4096, 4096, 4096)], device), device)
    assert found.power_map(areas).total == pytest.approx(found.package, rel=1e-12)


def test_a_block_that_does_not_exist_is_named_with_the_nearest():
    with pytest.raises(InputError) as found:
        plain().check_blocks(["die/a1", "die/bb", "die/pll", "die/ivr", "die/ldo", "dram/x"])
    text = str(found.value)
    assert "plain.unit.vector: no block 'die/b' in the floorplan; did you mean 'die/bb'?" in text
    assert "no block 'die/a2'" in text


def test_a_pattern_without_blocks_is_an_error():
    with pytest.raises(InputError, match=r"no block matches 'die/a\*'"):
        plain().check_blocks(["die/b", "die/pll", "die/ivr", "die/ldo", "dram/x"])


@pytest.mark.parametrize("value", [0, -0.1, 1.01, 70])
def test_efficiencies_are_in_0_to_1(value):
    with pytest.raises(InputError, match=r"must be (> 0|at most 1)"):
        plain({"units.matrix.efficiency.default": value})


def test_all_errors_at_once_with_their_places(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text(
        "like: h100-sxm\nthrottled: cor\nunits:\n  tensor: {clock: cores, rail: vmr}\n"
        "memories:\n  hbm: {energy_pj_bit: e_hbm9}\n"
    )
    with pytest.raises(InputError) as found:
        load_hardware(file)
    text = str(found.value)
    assert "mine.yaml:2:" in text
    assert "no clock 'cor'; did you mean 'core'?" in text
    assert "mine.yaml:4:" in text
    assert "no regulator 'vmr'; did you mean 'vrm'?" in text
    assert "'e_hbm9' is neither; did you mean 'e_hbm3'?" in text


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"units.matrix.energy_pj_flop": {"bf16": 1.0}}, "energy_pj_flop lacks fp8"),
        ({"units.matrix.efficiency": {"gemm": 0.5}}, "efficiency needs a 'default'"),
        ({"units.matrix.efficiency": {"default": 0.5, "gemms": 0.5}}, "unknown kinds of operator gemms"),
        ({"units.matrix.peak_tflops": {"bf17": 1.0}}, "energy_pj_flop lacks bf17"),
        ({"memories.dram.role": "cache"}, "one memory needs role 'main'"),
        ({"units.matrix.peak_tflop": {"bf16": 1.0}}, "unknown key 'peak_tflop'"),
        (
            {"paths": {"noc": {"carries": "cach", "bandwidth_gb_s": 1, "efficiency": 1, "energy_pj_bit": 1}}},
            "no memory or link 'cach'; did you mean 'cache'",
        ),
    ],
)
def test_what_is_wrong_is_said(overrides, message):
    with pytest.raises(InputError, match=message):
        plain(overrides)


def test_unknown_hardware_gets_a_suggestion():
    with pytest.raises(InputError, match="did you mean 'h100-sxm'"):
        load_hardware("h100-sxn")


def test_like_takes_only_shipped_hardware():
    with pytest.raises(InputError, match=r"'like' must name shipped hardware; did you mean 'b200'"):
        load_hardware({"like": "b201", "accelerator": "mine"})


def test_a_file_that_builds_on_another_changes_what_it_says():
    base, mine = load_hardware("h100-sxm"), load_hardware({"like": "h100-sxm", "power_limit_w": 500})
    assert mine.power_limit == 500
    assert mine.units == base.units


def test_null_removes_what_the_base_has():
    mine = load_hardware({"like": "h100-sxm", "units": {"tensor": {"peak_tflops": {"fp8": None}}}})
    assert "fp8" not in mine.units["tensor"].peaks
    assert mine.fallback("fp8") == "h100-sxm has no fp8 products: they run in bf16"


def test_plain_data_and_files_read_alike(tmp_path):
    import yaml

    file = tmp_path / "plain.yaml"
    file.write_text(yaml.safe_dump(PLAIN))
    assert load_hardware(file) == plain()
