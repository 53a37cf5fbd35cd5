import pytest
from pydantic import ValidationError

from floorplans.geometry import Orientation
from floorplans.package import Chiplet, Cooling, Die, Exposed, Layer, Package

SLAB = Layer(name="slab", thickness_um=200, material="silicon")


def package(**parts: object) -> Package:
    return Package(**{"outline_mm": (50, 40), "ambient_c": 25, "layers": (SLAB,), **parts})


def test_a_layer_is_centred_unless_placed():
    layer = Layer(name="c4", thickness_um=80, material="copper", outline_mm=(34, 26))
    assert layer.bounds((0.05, 0.05)) == pytest.approx((0.008, 0.012, 0.042, 0.038))
    moved = Layer(name="c4", thickness_um=80, material="copper", outline_mm=(34, 26), at_mm=(1, 2))
    assert moved.bounds((0.05, 0.05)) == pytest.approx((0.001, 0.002, 0.035, 0.028))
    assert SLAB.bounds((0.05, 0.04)) == (0.0, 0.0, 0.05, 0.04)
    assert moved.extent((0.05, 0.05)) == (0.034, 0.026)


def test_a_chiplet_covers_its_turned_die():
    die = Die(outline_mm=(12, 10), layers=(SLAB, SLAB))
    assert die.thickness == pytest.approx(400e-6)
    upright = Chiplet(die="d", name="c", at_mm=(1, 2))
    turned = Chiplet(die="d", name="c", at_mm=(1, 2), orient="MX_R90")
    assert upright.bounds(die) == pytest.approx((0.001, 0.002, 0.013, 0.012))
    assert turned.bounds(die) == pytest.approx((0.001, 0.002, 0.011, 0.014))
    assert turned.orient is Orientation.MX_R90


def test_ambients_are_kelvin_and_fall_back_to_the_packages():
    whole = package(top=Cooling(htc_w_m2k=10), bottom=Cooling(htc_w_m2k=5, ambient_c=40))
    assert whole.ambient == pytest.approx(298.15)
    assert whole.outside(whole.top) == whole.ambient
    assert whole.outside(whole.bottom) == pytest.approx(313.15)
    assert whole.outside(None) == whole.ambient


@pytest.mark.parametrize(
    ("parts", "cooled"),
    [
        ({}, False),
        ({"top": Cooling(htc_w_m2k=0)}, False),
        ({"top": Cooling(power_map_csv="a.csv")}, False),
        ({"top": Cooling(htc_w_m2k=1)}, True),
        ({"bottom": Cooling(resistance_k_w=1)}, True),
        ({"bottom": Cooling(map_csv="a.csv", power_map_csv="b.csv")}, True),
    ],
)
def test_a_package_is_cooled_where_heat_can_leave(parts: dict[str, Cooling], cooled: bool):
    assert package(**parts).cooled is cooled


def test_an_exposed_layer_cools():
    layer = SLAB.model_copy(update={"exposed": Exposed(htc_w_m2k=5)})
    assert package(layers=(layer,)).cooled
    still = SLAB.model_copy(update={"exposed": Exposed(htc_w_m2k=0)})
    assert not package(layers=(still,)).cooled


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"htc_w_m2k": 1, "resistance_k_w": 1}, "not htc_w_m2k and resistance_k_w"),
        ({"htc_w_m2k": 1, "map_csv": "a"}, "not htc_w_m2k and map_csv"),
        ({}, "needs one of htc_w_m2k, resistance_k_w, map_csv and power_map_csv"),
        ({"resistance_k_w": 0}, "greater than 0"),
        ({"htc_w_m2k": -1}, "greater than or equal to 0"),
    ],
)
def test_a_face_is_cooled_one_way(keys: dict[str, object], expected: str):
    with pytest.raises(ValidationError, match=expected):
        Cooling(**keys)
