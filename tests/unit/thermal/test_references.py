from typing import Any

import pytest

from floorplans.diagnostics import InputError
from thermal.design import Design

BLOCKS = [
    {"name": name, "rect_um": [100 * i, 0, 100 * i + 100, 100]}
    for i, name in enumerate(("core0", "core1", "core1_l2", "pll"))
]
BASE: dict[str, Any] = {
    "design": "two-chips",
    "package": {
        "outline_mm": [4, 4],
        "ambient_c": 25,
        "top": {"htc_w_m2k": 100},
        "layers": [
            {
                "name": "dies",
                "fill": "void",
                "chiplets": [
                    {"die": "chip", "name": "soc0", "at_mm": [0, 0]},
                    {"die": "chip", "name": "soc1", "at_mm": [2, 0]},
                ],
            }
        ],
    },
    "dies": {
        "chip": {
            "outline_mm": [1, 1],
            "layers": [
                {"name": "device", "thickness_um": 5, "material": "silicon", "floorplan": {"blocks": BLOCKS}}
            ],
        }
    },
}


def named(power: dict[str, object]) -> Design:
    return Design.from_dict({**BASE, "power": power})


def test_a_pattern_gives_its_watts_to_each_block():
    design = named({"soc0/core?": 2.0, "*/pll": 0.1})
    assert dict(design.power) == {"soc0/core0": 2.0, "soc0/core1": 2.0, "soc0/pll": 0.1, "soc1/pll": 0.1}


@pytest.mark.parametrize("order", [("soc0/core1", "soc0/*"), ("soc0/*", "soc0/core1")])
def test_a_blocks_own_name_wins_over_a_pattern_wherever_it_stands(order: tuple[str, str]):
    watts = {"soc0/core1": 7.0, "soc0/*": 1.0}
    design = named({name: watts[name] for name in order})
    assert design.power["soc0/core1"] == 7.0
    assert design.power["soc0/core0"] == 1.0


def test_of_patterns_the_later_wins():
    assert named({"*": 1.0, "*/core*": 3.0}).power.total == pytest.approx(6 * 3.0 + 2 * 1.0)
    assert named({"*/core*": 3.0, "*": 1.0}).power.total == pytest.approx(8.0)


def test_a_scenario_changes_a_pattern_in_its_place():
    design = Design.from_dict(
        {
            **BASE,
            "power": {"soc0/core*": 2.0, "soc0/core1": 0.1},
            "scenarios": {"idle": {"power": {"soc0/core*": 0.5}}},
        }
    )
    idle = design.scenario("idle")
    assert dict(idle.power) == {"soc0/core0": 0.5, "soc0/core1": 0.1, "soc0/core1_l2": 0.5}


def test_a_pattern_without_a_block_is_an_error():
    with pytest.raises(InputError, match=r"power\.soc0/cpu\*: no block matches 'soc0/cpu\*'"):
        named({"soc0/cpu*": 1.0})


def test_the_watts_of_a_pattern_are_checked_once():
    with pytest.raises(InputError) as caught:
        named({"soc?/core*": -1.0})
    assert [found.message for found in caught.value.diagnostics] == ["must be at least 0 (got -1.0)"]
