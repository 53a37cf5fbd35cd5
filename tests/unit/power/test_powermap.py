import math

import pytest

from power.powermap import PowerMap

WATTS = {"soc0/tensor0": 120.0, "soc0/pll0": 0.02}


def test_a_power_map_is_a_mapping():
    power = PowerMap(WATTS)
    assert dict(power) == WATTS
    assert power == WATTS
    assert power.get("soc0/none", 0.0) == 0.0
    assert len(PowerMap()) == 0


def test_the_total_is_rounded_once():
    assert PowerMap({str(i): 0.1 for i in range(10)}).total == 1.0


def test_transforms_give_new_maps():
    power = PowerMap(WATTS)
    assert power.scaled(2.0)["soc0/tensor0"] == 240.0
    assert power.with_({"soc0/pll0": 1.0, "x": 3.0}) == {"soc0/tensor0": 120.0, "soc0/pll0": 1.0, "x": 3.0}
    assert power == WATTS


def test_it_does_not_follow_the_mapping_it_was_made_from():
    watts = dict(WATTS)
    power = PowerMap(watts)
    watts["soc0/pll0"] = 5.0
    assert power["soc0/pll0"] == 0.02


def test_equal_maps_hash_alike():
    assert hash(PowerMap(WATTS)) == hash(PowerMap(dict(reversed(WATTS.items()))))


@pytest.mark.parametrize("watts", [math.nan, math.inf, -1.0])
def test_what_is_no_power(watts: float):
    with pytest.raises(ValueError, match="power of 'a' must be a finite number of watts >= 0"):
        PowerMap({"a": watts})


def test_it_reads_as_its_sum():
    assert repr(PowerMap(WATTS)) == "PowerMap(2 blocks, 120.02 W)"
