"""Materials as a design writes them: what is taken, and what every message says."""

import pickle
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from floorplans import effective
from floorplans.conductivity import PowerLaw, TableLaw
from floorplans.material import LIBRARY_FILE, MaterialError, library
from floorplans.material_entry import MaterialEntry, resolved

STATED: dict[str, Any] = {"k_w_mk": 5, "density_kg_m3": 2000, "specific_heat_j_kgk": 800}
BUMPS: dict[str, Any] = {
    "formula": "cylinders",
    "inclusion": "copper",
    "matrix": "epoxy",
    "diameter_um": 20,
    "pitch_um": 50,
}


def entry(**keys: Any) -> MaterialEntry:
    return MaterialEntry.model_validate(keys)


def test_one_number_means_isotropic():
    material = entry(**STATED, source="mine").material("paste")
    assert (material.name, material.k) == ("paste", (5.0, 5.0, 5.0))
    assert (material.density, material.specific_heat, material.source) == (2000.0, 800.0, "mine")
    assert (material.category, material.confidence, material.k_law) == ("own", "", None)


def test_three_numbers_are_x_y_z():
    assert entry(**STATED | {"k_w_mk": [110, 120, 160]}).material("m").k == (110.0, 120.0, 160.0)


def test_a_power_law_may_name_its_reference_and_range():
    law = entry(
        **STATED, k_law={"power": {"exponent": 1.2, "reference_c": 25, "range_c": [0, 150]}}
    ).material("m")
    assert law.k_law == PowerLaw(1.2, 298.15, (273.15, 423.15))
    assert law.conductivity(298.15)[0] == pytest.approx(5.0)
    with pytest.raises(MaterialError, match=r"from 0 degC to 150 degC .*asked for 200 degC"):
        law.conductivity(473.15)


def test_a_table_may_stand_alone():
    material = entry(
        k_law={"table": [[0, 4.0], [100, 3.0]]}, density_kg_m3=2000, specific_heat_j_kgk=800
    ).material("m")
    assert material.k_law == TableLaw((273.15, 373.15), (4.0, 3.0))
    assert material.k == pytest.approx((3.7315, 3.7315, 3.7315))


def test_a_table_beside_three_values_gives_the_shape():
    keys = STATED | {"k_w_mk": [10, 10, 2], "k_law": {"table": [[25, 4], [125, 2]], "reference_c": 25}}
    assert entry(**keys).material("m").conductivity(398.15) == pytest.approx((5.0, 5.0, 1.0))


@pytest.mark.parametrize(
    ("keys", "where", "message"),
    [
        ({"k_w_mk": 5}, (), "a material needs density_kg_m3, specific_heat_j_kgk, or 'composite"),
        ({"density_kg_m3": 1, "specific_heat_j_kgk": 1}, (), "a material needs k_w_mk, or"),
        (STATED | {"k_w_mk": -1}, ("k_w_mk",), "greater than 0"),
        (STATED | {"k_w_mk": [1, 0, 1]}, ("k_w_mk", 1), "greater than 0"),
        (STATED | {"k_w_mk": [1, 2]}, ("k_w_mk",), "give one number, or three for x, y and z"),
        (STATED | {"k_w_mk": "148"}, ("k_w_mk",), "give one number, or three for x, y and z"),
        (STATED | {"k_w_mk": True}, ("k_w_mk",), "give one number, or three for x, y and z"),
        (STATED | {"k_w_mk": float("nan")}, ("k_w_mk",), "finite"),
        (STATED | {"density_kg_m3": float("inf")}, ("density_kg_m3",), "finite"),
        (STATED | {"density_g_cm3": 2}, ("density_g_cm3",), "Extra inputs"),
        (STATED | {"confidence": "sure"}, ("confidence",), "'high', 'medium' or 'low'"),
        (STATED | {"k_law": {}}, ("k_law",), "give either 'power: {exponent, reference_c}' or 'table"),
        (
            STATED | {"k_law": {"power": {"exponent": 1}, "table": [[0, 5], [50, 5]]}},
            ("k_law",),
            "give either 'power",
        ),
        (
            STATED | {"k_law": {"power": {"exponent": 1}, "reference_c": 30}},
            ("k_law",),
            "goes inside 'power'",
        ),
        (STATED | {"k_law": {"table": [[0, 5]]}}, ("k_law",), "at least two rows"),
        (STATED | {"k_law": {"table": [[50, 5], [0, 5]]}}, ("k_law",), "must rise from row to row"),
        (STATED | {"k_law": {"table": [[0, 5], [50, -5]]}}, ("k_law", "table", 1, 1), "greater than 0"),
        (
            STATED | {"k_law": {"table": [[-300, 5], [50, 5]]}},
            ("k_law", "table", 0, 0),
            "greater than -273.15",
        ),
        (STATED | {"k_law": {"table": [[50, 5], [90, 5]]}}, ("k_law",), "26.85 degC is outside the table"),
        (STATED | {"k_law": {"table": [[0, 3], [50, 4]]}}, (), "k_w_mk is 5 but the table gives 3.537"),
        (STATED | {"k_law": {"power": {"exponent": 1, "range_c": [9, 2]}}}, ("k_law",), "must rise"),
    ],
)
def test_wrong_values_are_refused_where_they_stand(keys, where, message):
    assert_refused(keys, where, message)


@pytest.mark.parametrize(
    ("keys", "where", "message"),
    [
        ({"composite": "epoxy"}, ("composite",), "needs 'formula', one of spheres, cylinders, laminate"),
        ({"composite": {"inclusion": "copper"}}, ("composite",), "(got none), and its inputs"),
        ({"composite": BUMPS | {"formula": "tubes"}}, ("composite",), "(got 'tubes')"),
        ({"composite": BUMPS | {"pitch_um": 15}}, ("composite",), "diameter 20 do not fit at a pitch of 15"),
        (
            {"composite": BUMPS | {"pitch_um": 21}},
            ("composite",),
            "take 71.2 % of the area, and the formula for the square arrangement holds up to 70 %",
        ),
        ({"composite": BUMPS | {"pitch_um": None}}, ("composite",), "need 'diameter_um' and 'pitch_um', or"),
        ({"composite": BUMPS | {"fraction": 0.1}}, ("composite",), "'fraction', not both"),
        (
            {
                "composite": {
                    "formula": "cylinders",
                    "inclusion": "copper",
                    "matrix": "epoxy",
                    "fraction": 0.1,
                }
                | {"liner": {"material": "epoxy", "thickness_um": 1}}
            },
            ("composite",),
            "a liner needs 'diameter_um' and 'pitch_um'",
        ),
        ({"composite": BUMPS | {"height_um": 3}}, ("composite", "height_um"), "Extra inputs"),
        ({"composite": BUMPS | {"diameter_um": 0}}, ("composite", "diameter_um"), "greater than 0"),
        ({"composite": {"formula": "laminate", "layers": []}}, ("composite", "layers"), "at least 1 item"),
        (
            {"composite": {"formula": "spheres", "inclusion": "copper", "matrix": "epoxy", "fraction": 1.2}},
            ("composite", "fraction"),
            "less than or equal to 1",
        ),
        (
            STATED | {"composite": BUMPS},
            (),
            "leave out k_w_mk, density_kg_m3, specific_heat_j_kgk",
        ),
    ],
)
def test_wrong_composites_are_refused_where_they_stand(keys, where, message):
    assert_refused(keys, where, message)


def assert_refused(keys: dict[str, Any], where: tuple[Any, ...], message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        entry(**keys)
    found = caught.value.errors()
    assert [error["loc"] for error in found] == [where]
    assert message in found[0]["msg"]


def test_a_composite_by_fraction_equals_one_by_diameter_and_pitch():
    share = effective.array_share(20.0, 50.0)
    by_share = {"formula": "cylinders", "inclusion": "copper", "matrix": "epoxy", "fraction": share}
    one, two = entry(composite=BUMPS).material("m"), entry(composite=by_share).material("m")
    assert one.k == pytest.approx(two.k)
    assert one.density == pytest.approx(two.density)


def test_a_laminate_weighs_and_stores_what_its_layers_do():
    layers = [
        {"material": "copper", "thickness_um": 10, "count": 3},
        {"material": "epoxy", "thickness_um": 70},
    ]
    made = entry(composite={"formula": "laminate", "layers": layers}).material("m")
    copper, epoxy = library()["copper"], library()["epoxy"]
    assert made.density == pytest.approx(0.3 * copper.density + 0.7 * epoxy.density)
    assert made.volumetric_heat_capacity == pytest.approx(
        0.3 * copper.volumetric_heat_capacity + 0.7 * epoxy.volumetric_heat_capacity
    )
    assert made.composition == "laminate: 3 x 10 um copper + 70 um epoxy"


def test_an_interconnect_level_may_have_its_own_metal_and_an_anisotropic_dielectric():
    level = {
        "kind": "wires",
        "thickness_um": 2,
        "metal_fraction": 0.5,
        "direction": "x",
        "metal": "aluminium",
    }
    stack = {"formula": "interconnect", "metal": "copper", "dielectric": "fr4", "levels": [level]}
    x, y, z = entry(composite=stack).material("m").k
    assert x == pytest.approx(0.5 * 237 + 0.5 * 0.81)
    assert y == pytest.approx(1 / (0.5 / 237 + 0.5 / 0.81))
    assert z == pytest.approx(0.5 * 237 + 0.5 * 0.29)


def test_constituents_that_a_formula_cannot_take_are_named():
    filler = {"formula": "spheres", "inclusion": "fr4", "matrix": "epoxy", "fraction": 0.2}
    with pytest.raises(MaterialError, match=r"isotropic constituent and 'fr4'") as caught:
        entry(composite=filler).material("m")
    assert caught.value.path == ("m", "composite")
    unlike = BUMPS | {"matrix": "tim-graphite-upright"}
    with pytest.raises(MaterialError, match=r"alike along x and y, which 'tim-graphite-upright' is not"):
        entry(composite=unlike).material("m")
    with pytest.raises(MaterialError, match=r"unknown material 'coper'; did you mean 'copper'"):
        entry(composite=BUMPS | {"inclusion": "coper"}).material("m")


def test_own_materials_may_be_made_of_each_other_and_hide_shipped_ones():
    own = {
        "joint": entry(composite=BUMPS | {"matrix": "filler"}),
        "filler": entry(
            composite={"formula": "spheres", "inclusion": "alumina", "matrix": "epoxy", "fraction": 0.4}
        ),
        "epoxy": entry(**STATED),
    }
    made, errors = resolved(own)
    assert errors == []
    assert made["filler"].k[0] == pytest.approx(float(effective.spheres(5.0, 36.0, 0.4)))
    share = effective.array_share(20.0, 50.0)
    assert made["joint"].k[2] == pytest.approx(share * 401 + (1 - share) * made["filler"].k[2])


def test_everything_wrong_with_composites_is_found_at_once():
    own = {
        "one": entry(composite=BUMPS | {"inclusion": "two"}),
        "two": entry(composite=BUMPS | {"inclusion": "one"}),
        "three": entry(
            composite={"formula": "laminate", "layers": [{"material": "coppr", "thickness_um": 1}]}
        ),
        "four": entry(composite=BUMPS | {"matrix": "three"}),
        "five": entry(
            composite={"formula": "spheres", "inclusion": "fr4", "matrix": "epoxy", "fraction": 0.2}
        ),
        "fine": entry(composite=BUMPS),
    }
    made, errors = resolved(own)
    assert set(made) == {"fine"}
    assert [(error.path, str(error)) for error in errors] == [
        (("two", "composite", "inclusion"), "'one' is made of itself: one -> two -> one"),
        (
            ("three", "composite", "layers", 0, "material"),
            "unknown material 'coppr'; did you mean 'copper'?",
        ),
        (
            ("five", "composite"),
            "the formula needs an isotropic constituent and 'fr4' conducts unlike along its axes",
        ),
    ]


def test_a_constituent_unknown_at_300_k_is_refused():
    cold = entry(**STATED, k_law={"power": {"exponent": 1, "reference_c": -150, "range_c": [-200, -100]}})
    made, errors = resolved({"cold": cold, "mix": entry(composite=BUMPS | {"matrix": "cold"})})
    assert set(made) == {"cold"}
    assert "cold: its conductivity is known from -200 degC to -100 degC" in str(errors[0])


def test_the_shipped_library_is_written_in_this_schema():
    rows = yaml.safe_load(LIBRARY_FILE.read_text(encoding="utf-8"))
    assert set(rows) == set(library())
    for name, row in rows.items():
        assert ("composite" in row) == bool(library()[name].composition)


def test_composites_lie_between_their_constituents():
    """Wiener's bounds, axis by axis, for every shipped composite."""
    rows = yaml.safe_load(LIBRARY_FILE.read_text(encoding="utf-8"))
    composites = {name: entry(**row) for name, row in rows.items() if "composite" in row}
    assert len(composites) >= 30
    for name, row in composites.items():
        assert row.composite is not None
        names, shares = zip(*row.composite.shares(), strict=True)
        parts = [library()[part].k for part in names]
        low = effective.series(shares, [min(k) for k in parts])
        high = effective.parallel(shares, [max(k) for k in parts])
        assert all(low * (1 - 1e-9) <= k <= high * (1 + 1e-9) for k in library()[name].k), name


def test_materials_can_be_sent_to_another_process():
    material = library()["tsv-d5-p20"]
    again = pickle.loads(pickle.dumps(material))
    assert again == material
    assert again.conductivity(350.0) == material.conductivity(350.0)
