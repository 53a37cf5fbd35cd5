import pytest

from floorplans.block import Block
from floorplans.diagnostics import Problems
from floorplans.nodes import composed
from floorplans.package import Cooling, Layer
from floorplans.schema import Model, stem, validated


def messages(model: type[Model], text: str) -> list[str]:
    problems = Problems()
    assert validated(model, composed(text, "a.yaml", problems), ("here",), problems) is None
    return [str(found).removeprefix("a.yaml:") for found in problems]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("thickness_um: -100", "thickness_um: must be > 0 (got -100)"),
        ("thickness_um: 0", "thickness_um: must be > 0 (got 0)"),
        ("thickness_um: 1e-9", "thickness_um: must be at least 0.0001 (got 1e-09)"),
        ("thickness_um: 1e12", "thickness_um: must be at most 1e+08 (got 1000000000000.0)"),
        ("thickness_um: .nan", "thickness_um: must be a finite number (got nan)"),
        ("thickness_um: -.inf", "thickness_um: must be a finite number (got -inf)"),
        ("thickness_um: '3'", "thickness_um: must be a number (got '3')"),
        ("thickness_um: true", "thickness_um: must be a number (got true)"),
        ("thickness_um: [3]", "thickness_um: must be a number (got [3])"),
        ("outline_mm: [1]", "outline_mm: has too few values (got [1])"),
        ("outline_mm: [1, 2, 3]", "outline_mm: has too many values (got [1, 2, 3])"),
        ("outline_mm: 4", "outline_mm: must be a list (got 4)"),
        ("outline_mm: [1, -2]", "outline_mm.1: must be > 0 (got -2)"),
        ("material: 3", "material: must be text (got 3)"),
        ("material: ''", "material: must not be empty (got '')"),
        ("name: a b", "name: a name needs at least one character and no spaces (got 'a b')"),
        (
            "name: a/b",
            "name: a name here cannot contain '/', which separates it from a block's name (got 'a/b')",
        ),
        ("power_map_csv: 3", "power_map_csv: must be the name of a file (got 3)"),
        ("matrial: x", "matrial: unknown key 'matrial'; did you mean 'material'?"),
        (
            "thickness_mm: 1",
            (
                "thickness_mm: unknown key 'thickness_mm': wrong unit; "
                "thickness is given as 'thickness_um', in micrometres"
            ),
        ),
        (
            "thickness: 1",
            (
                "thickness: unknown key 'thickness': its unit is missing; "
                "thickness is given as 'thickness_um', in micrometres"
            ),
        ),
        (
            "contact_below_mm2k_w: 1",
            (
                "contact_below_mm2k_w: unknown key 'contact_below_mm2k_w': wrong unit; "
                "contact_below is given as 'contact_below_m2k_w', in m2 K/W"
            ),
        ),
    ],
)
def test_what_is_wrong_with_a_key_of_a_layer(text: str, expected: str):
    name = "" if text.startswith("name") else "\nname: x"
    found = messages(Layer, text + name)
    assert len(found) == 1
    assert found[0].split(" error: here.", 1)[1] == expected


def test_a_key_that_resembles_nothing_gets_the_list():
    (found,) = messages(Cooling, "htc_w_m2k: 3\nzzz: 1")
    assert found.startswith("2:1: error: here.zzz: unknown key 'zzz' (known here: htc_w_m2k, resistance_k_w,")


def test_a_required_key_under_another_unit_is_reported_once():
    text = "name: b\nrect_mm: [0, 0, 1, 1]"
    found = messages(Block, text)
    assert "unknown key 'rect_mm': wrong unit; rect is given as 'rect_um', in micrometres" in found[0]


def test_unknown_values_of_a_choice_list_what_there_is():
    (found,) = messages(Block, "name: b\nrect_um: [0, 0, 1, 1]\nkind: analogue")
    assert found.startswith("3:7: error: here.kind: must be one of compute, vector, sram,")
    assert found.endswith("; did you mean 'analog'? (got 'analogue')")


def test_what_is_no_mapping():
    (found,) = messages(Block, "[1, 2]")
    assert found.startswith("1:1: error: here: must be a mapping with rect_um, polygon_um, name,")
    assert found.endswith("(got [1, 2])")


def test_all_errors_of_a_mapping_are_found():
    assert len(messages(Layer, "name: 3\nthickness_um: -1\nfoo: 2\nexposed: 3")) == 4


@pytest.mark.parametrize(
    ("key", "parts"),
    [
        ("thickness_um", ("thickness", "um")),
        ("htc_w_m2k", ("htc", "w_m2k")),
        ("k_w_mk", ("k", "w_mk")),
        ("specific_heat_j_kgk", ("specific_heat", "j_kgk")),
        ("regions", ("regions", "")),
    ],
)
def test_the_unit_is_the_end_of_a_key(key: str, parts: tuple[str, str]):
    assert stem(key) == parts
