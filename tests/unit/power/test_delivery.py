"""Regulators: efficiency against load, trees, what is wrong with them."""

import pytest
from pydantic import ValidationError

from power.delivery import Regulator, bottom_up, losses


def regulator(**keys: object) -> Regulator:
    return Regulator.model_validate({"kind": "ivr", **keys})


def test_an_ldo_loses_the_voltage_drop_at_any_load():
    ldo = Regulator.model_validate({"kind": "ldo", "in_v": 1.2, "out_v": 0.9})
    # Same current in and out: P_in = P_out 1.2 / 0.9.
    assert ldo.loss(3.0) == pytest.approx(1.0)
    assert ldo.loss(0.003) == pytest.approx(0.001)


def test_a_curve_is_read_at_its_load():
    buck = regulator(rated_w=10, load_efficiency=[[0.1, 0.6], [0.5, 0.9]])
    assert buck.efficiency_at(1.0) == pytest.approx(0.6)
    assert buck.efficiency_at(3.0) == pytest.approx(0.75)
    assert buck.loss(5.0) == pytest.approx(5.0 / 9.0)
    assert buck.loss(0.0) == 0.0


def test_what_a_regulator_loses_its_source_must_deliver():
    tree = {
        "vrm": regulator(efficiency=0.5),
        "ivr": regulator(**{"efficiency": 0.8, "from": "vrm"}),
        "ldo": Regulator.model_validate({"kind": "ldo", "in_v": 2.0, "out_v": 1.0, "from": "ivr"}),
    }
    # 1 W from the LDO draws 2 W from the IVR, with 2 W more 4 W: 5 W from the VRM: 10 W from the board.
    assert losses(tree, {"ldo": 1.0, "ivr": 2.0}) == pytest.approx({"ldo": 1.0, "ivr": 1.0, "vrm": 5.0})


def test_order_is_from_the_loads_up():
    tree = {"a": regulator(efficiency=0.9), "b": regulator(**{"efficiency": 0.9, "from": "a"})}
    assert bottom_up(tree) == ["b", "a"]


def test_circles_and_strangers_are_errors():
    with pytest.raises(ValueError, match="feeds itself"):
        bottom_up({"a": regulator(**{"efficiency": 0.9, "from": "a"})})
    with pytest.raises(ValueError, match="'a' is fed from 'c', which does not exist"):
        bottom_up({"a": regulator(**{"efficiency": 0.9, "from": "c"})})


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"kind": "ldo", "in_v": 1.0}, "an ldo needs in_v and out_v"),
        ({"kind": "ldo", "in_v": 0.8, "out_v": 0.9}, "cannot raise the voltage"),
        ({"kind": "ivr"}, "either efficiency or load_efficiency"),
        (
            {"kind": "ivr", "efficiency": 0.9, "load_efficiency": [[1, 0.9]], "rated_w": 1},
            "either efficiency or",
        ),
        ({"kind": "ivr", "load_efficiency": [[1, 0.9]]}, "needs rated_w"),
        ({"kind": "ivr", "load_efficiency": [[1, 0.9], [0.5, 0.8]], "rated_w": 1}, "must rise"),
        ({"kind": "ivr", "efficiency": 1.2}, "less than or equal to 1"),
    ],
)
def test_impossible_regulators_are_refused(keys, message):
    with pytest.raises(ValidationError, match=message):
        Regulator.model_validate(keys)
