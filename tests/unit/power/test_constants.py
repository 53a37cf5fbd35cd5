"""Constants: all sourced and bounded, found by name, overridden by the user."""

import pytest

from floorplans.diagnostics import InputError
from power.constants import read_constants, shipped_constants
from power.hardware.reading import load_hardware, shipped_hardware

NAMES = list(shipped_constants())


@pytest.mark.parametrize("name", NAMES)
def test_every_constant_is_sourced_and_within_its_bounds(name):
    each = shipped_constants()[name]
    assert len(each.source) > 10
    assert each.low <= each.value <= each.high
    assert each.unit in {"1", "s", "J", "W", "J/FLOP", "J/bit", "1/K", "1/V"}


@pytest.mark.parametrize("name", [name for name in NAMES if shipped_constants()[name].unit == "1"])
def test_ratios_are_ratios(name):
    limit = 1.2 if name == "convolution_efficiency_simt" else 1.0  # Winograd's high bound
    assert 0.0 < shipped_constants()[name].value <= 1.0
    assert shipped_constants()[name].high <= limit


def test_every_constant_is_used():
    hosts = {
        "step_overhead",
        "step_overhead_vllm",
        "sequence_overhead_vllm",
        "sequence_energy_vllm",
        "issue_eager",
    }
    hosts |= {"kernel_overhead_standalone", "kernel_overhead_standalone_vector"}
    used = {name for hardware in shipped_hardware() for name in load_hardware(hardware).constants_used}
    assert set(NAMES) - used - hosts == set()


def test_an_overridden_constant_says_who_gave_it():
    changed = shipped_constants().with_({"e_hbm3": 9e-12})
    assert changed["e_hbm3"].value == changed["e_hbm3"].high == 9e-12
    assert changed["e_hbm3"].confidence == "user"
    assert shipped_constants().value("e_hbm3") != 9e-12


def test_overriding_reaches_the_hardware():
    changed = shipped_constants().with_({"e_hbm3": 9e-12})
    assert load_hardware("h100-sxm", constants=changed).main.energy == pytest.approx(9e-12, rel=1e-12)


def test_unknown_constants_are_all_named():
    with pytest.raises(InputError, match=r"e_hbm4.*did you mean 'e_hbm3'") as found:
        shipped_constants().with_({"e_hbm4": 1.0, "gem_efficiency": 1.0})
    assert len(found.value.diagnostics) == 2


def test_a_file_of_constants_is_checked(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text(
        'a: {value: 1.0, unit: "1", low: 2.0, high: 3.0, confidence: low, source: s}\n'
        'b: {value: x, unit: "1", confidence: sure, source: s}\n'
    )
    with pytest.raises(InputError) as found:
        read_constants(file)
    text = str(found.value)
    assert "mine.yaml:1:" in text
    assert "between low and high" in text
    assert "must be a number" in text
    assert "'sure'" in text
