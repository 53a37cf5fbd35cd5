"""Audits: totals and coverage agree with what was put in."""

import copy
import json

import pytest

import thermal
from tests.unit.thermal.test_compare import BASE
from thermal.audit import audit


def test_totals_and_coverage():
    found = audit(thermal.Design.from_dict(BASE))
    (floorplan,) = found.floorplans
    assert floorplan.layer == "soc0/device"
    assert floorplan.blocks == sum(found.blocks.values()) == 3
    assert floorplan.power == found.power == 3.0
    assert floorplan.coverage == pytest.approx((4.0 + 0.0025 + 1.25) / 16)


def test_a_die_placed_twice_is_counted_twice_and_warned_of_once():
    data = copy.deepcopy(BASE)
    data["package"]["layers"][1]["chiplets"].append({"die": "soc", "name": "soc1", "at_mm": [6, 1]})
    found = audit(thermal.Design.from_dict(data))
    assert [row.layer for row in found.floorplans] == ["soc0/device", "soc1/device"]
    assert sum("blocks cover" in warning.message for warning in found.warnings) == 1


def test_a_power_map_is_power(tmp_path):
    data = copy.deepcopy(BASE)
    (tmp_path / "watts.csv").write_text("1,0.5\n0,0\n")
    data["package"]["layers"][2]["power_map_csv"] = "watts.csv"
    (tmp_path / "design.yaml").write_text(json.dumps(data))
    found = audit(thermal.load(tmp_path / "design.yaml"))
    assert found.power == pytest.approx(4.5)
    assert [(row.layer, row.blocks, row.power) for row in found.floorplans][-1] == ("lid", 0, 1.5)


def test_a_die_that_is_not_placed_and_constituents_that_are_used():
    data = copy.deepcopy(BASE)
    data["dies"]["spare"] = {
        "outline_mm": [1, 1],
        "layers": [{"name": "bulk", "thickness_um": 1, "material": "mixed"}],
    }
    data["materials"]["mixed"] = {
        "composite": {"formula": "spheres", "inclusion": "copper", "matrix": "own", "fraction": 0.1}
    }
    messages = [warning.message for warning in audit(thermal.Design.from_dict(data)).warnings]
    assert "die 'spare' is not placed" in messages
    assert not any("is used by no layer" in message for message in messages)


def test_no_limits_is_said_once():
    data = copy.deepcopy(BASE)
    del data["limits"]
    messages = [warning.message for warning in audit(thermal.Design.from_dict(data)).warnings]
    assert [m for m in messages if "limit" in m] == ["no limits: there is nothing to violate"]
