from pathlib import Path

import pytest

from floorplans.diagnostics import InputError
from floorplans.source import parse_source
from thermal.design import Design

EXAMPLE = Path(__file__).with_name("example.yaml").read_text()


def design(scenarios: str) -> Design:
    return Design.from_source(parse_source(EXAMPLE + f"scenarios: {scenarios}\n", "a.yaml"))


def test_a_scenario_changes_what_it_names():
    base = design("{idle: {power: {soc0/tensor0: 10}, package.ambient_c: 20}}")
    idle = base.scenario("idle")
    assert idle.power["soc0/tensor0"] == 10
    assert idle.power["soc0/ivr0"] == base.power["soc0/ivr0"]
    assert idle.package.ambient == pytest.approx(293.15)
    assert idle.scenarios == {}


def test_layers_and_blocks_are_named():
    aged = design(
        "{aged: {package: {layers: {tim1: {thickness_um: 90}}},"
        " dies.compute.layers.device.floorplan.blocks.pll0.limit_c: 95}}"
    ).scenario("aged")
    assert aged.package.layers[4].thickness == pytest.approx(90e-6)
    assert len(aged.package.layers) == 8
    floorplan = aged.dies["compute"].layers[2].floorplan
    assert floorplan is not None
    assert floorplan.block("pll0").limit == pytest.approx(368.15)


def test_another_cooling_takes_the_place_of_the_first():
    top = design("{liquid: {package: {top: {resistance_k_w: 0.02}}}}").scenario("liquid").package.top
    assert top is not None
    assert (top.htc, top.resistance) == (None, 0.02)


def test_a_scenario_without_changes_is_the_base():
    base = design("{base: , same: {}}")
    assert list(base.scenarios) == ["base", "same"]
    assert base.scenario("base").power == base.power
    assert base.scenario("same").package == base.package


def test_scenarios_survive_plain_data():
    base = design("{idle: {power: {soc0/tensor0: 10}}}")
    again = Design.from_dict(base.to_dict())
    assert again.scenarios == {"idle": {"power": {"soc0/tensor0": 10}}}
    assert again.scenario("idle") == base.scenario("idle")


def test_an_unknown_scenario_lists_what_there_is():
    with pytest.raises(
        InputError, match=r"no scenario 'idel'; did you mean 'idle'\? \(there are: idle, hot\)"
    ):
        design("{idle: {}, hot: {}}").scenario("idel")
    with pytest.raises(InputError, match=r"no scenario 'x' \(this design has none\)"):
        design("{}").scenario("x")


@pytest.mark.parametrize(
    ("scenarios", "expected"),
    [
        (
            "{a: {power: {soc0/tensr0: 1}}}",
            "a.yaml:44:38: error: power.soc0/tensr0: in scenario 'a': unknown block 'soc0/tensr0'",
        ),
        (
            "{a: {package.ambient_c: -400}}",
            "package.ambient_c: in scenario 'a': must be > -273.15 (got -400)",
        ),
        (
            "{a: {package.layers.tim9.thickness_um: 3}}",
            "in scenario 'a': no 'tim9' in 'package.layers'; did you mean 'tim",
        ),
        (
            "{a: {package.layers.tim1.thicknes_um: 3}}",
            "unknown key 'thicknes_um'; did you mean 'thickness_um'?",
        ),
        ("{a: {package.top.htc_w_m2k: 0, package.bottom.htc_w_m2k: 0}}", "in scenario 'a': no cooling"),
        (
            "{a: {dies.compute.layers.device.outline_mm: [6.3, 10]}}",
            "block 'ivr0' sticks out of its layer (6.3 x 10 mm)",
        ),
        ("{a: 3}", "scenarios.a: must be a mapping of what changes (got 3)"),
        ("3", "scenarios: must be a mapping by name (got 3)"),
        ("{all: {}}", "'all' stands for every scenario; choose another name"),
    ],
)
def test_a_wrong_scenario_is_found_when_the_design_is_read(scenarios: str, expected: str):
    with pytest.raises(InputError) as caught:
        design(scenarios)
    assert expected in str(caught.value)
    assert len(caught.value.diagnostics) == 1


def test_every_wrong_scenario_is_reported():
    with pytest.raises(InputError) as caught:
        design("{a: {package.ambient_c: hot}, b: {package.ambient_c: -300}}")
    assert ["scenario 'a'" in str(caught.value), "scenario 'b'" in str(caught.value)] == [True, True]
