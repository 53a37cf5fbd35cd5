"""Comparisons: differences of designs told as a designer would, and of temperatures with their error bars."""

import copy
import json
from dataclasses import replace
from typing import Any

import pytest

import thermal
from tests.unit.thermal.two_blocks import COARSE, DATA
from thermal.changes import design_changes
from thermal.compare import Difference, compare
from thermal.study import study

BASE: dict[str, Any] = {
    "design": "a",
    "package": {
        "outline_mm": [10, 10],
        "ambient_c": 25,
        "top": {"htc_w_m2k": 1000},
        "layers": [
            {"name": "substrate", "thickness_um": 500, "material": "organic-substrate"},
            {
                "name": "dies",
                "fill": "mold-compound",
                "chiplets": [{"die": "soc", "name": "soc0", "at_mm": [1, 1]}],
            },
            {"name": "lid", "thickness_um": 500, "material": "copper"},
        ],
    },
    "dies": {
        "soc": {
            "outline_mm": [4, 4],
            "layers": [
                {
                    "name": "device",
                    "thickness_um": 100,
                    "material": "silicon",
                    "floorplan": {
                        "blocks": [
                            {"name": "cpu", "kind": "cpu", "rect_um": [0, 0, 2000, 2000]},
                            {"name": "pll", "kind": "analog", "rect_um": [3000, 3000, 3050, 3050]},
                            {
                                "name": "ell",
                                "polygon_um": [
                                    [2500, 0], [4000, 0], [4000, 1500], [3500, 1500], [3500, 500], [2500, 500]
                                ],
                            },
                        ]
                    },
                }
            ],
        }
    },
    "materials": {"own": {"k_w_mk": 5, "density_kg_m3": 1000, "specific_heat_j_kgk": 900}},
    "power": {"soc0/cpu": 3},
    "limits": {"cpu": 95},
    "matched_pairs": [["soc0/cpu", "soc0/pll"]],
}  # fmt: skip


def told(**overrides):
    """What `design_changes` says about some overrides of the base, by dotted path with ``__`` for dots."""
    base = thermal.Design.from_dict(BASE)
    assignments = {key.replace("__", "."): value for key, value in overrides.items()}
    return [str(change) for change in design_changes(base, base.overridden(assignments))]


BLOCKS = "dies__soc__layers__device__floorplan__blocks__"


def ell(*corners):
    return {f"{BLOCKS}ell__polygon_um": [list(corner) for corner in corners]}


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ({}, []),
        ({"package__ambient_c": 45}, ["package a: ambient 25.00 °C → 45.00 °C"]),
        ({"package__top__htc_w_m2k": 2000}, ["cooling top: htc 1000 W/(m² K) → 2000 W/(m² K)"]),
        ({"package__bottom": {"htc_w_m2k": 10}}, ["cooling bottom: added"]),
        ({"package__case_layer": "lid"}, ["package a: case layer none → lid"]),
        ({"package__layers__lid__thickness_um": 800}, ["layer lid: thickness 500 µm → 800 µm"]),
        ({"package__layers__lid__material": "aluminium"}, ["layer lid: material copper → aluminium"]),
        (
            {"package__layers__lid__outline_mm": [8, 8]},
            ["layer lid: size that of what it lies in → 8 × 8 mm"],
        ),
        (
            {"package__layers__lid__exposed": {"htc_w_m2k": 5}},
            ["layer lid: exposed none → 5 W/(m² K) to that of the package"],
        ),
        (
            {"package__layers__lid__regions": [{"rect_um": [0, 0, 1, 1], "material": "void"}]},
            ["layer lid: regions 0 → 1, not the same"],
        ),
        (
            {"package__layers__lid__contact_below_m2k_w": 1e-5},
            ["layer lid: contact below none → 1e-05 m² K/W"],
        ),
        (
            {"package__layers__dies__chiplets__soc0__at_mm": [2, 1]},
            ["chiplet soc0: moved at (1, 1) mm → (2, 1) mm"],
        ),
        ({"package__layers__dies__chiplets__soc0__orient": "MX"}, ["chiplet soc0: orient R0 → MX"]),
        ({"power__soc0/cpu": 4}, ["power soc0/cpu: 3 W → 4 W"]),
        ({"power__soc0/pll": 0.02}, ["power soc0/pll: 0 W → 0.02 W"]),
        ({"power__soc0/pll": 0}, []),
        ({"limits__cpu": 90}, ["limit cpu: 95.00 °C → 90.00 °C"]),
        ({"limits__analog": 90}, ["limit analog: none → 90.00 °C"]),
        ({"matched_pairs": []}, ["pair soc0/cpu, soc0/pll: removed"]),
        ({"materials__own__k_w_mk": 6}, ["material own: k 5 W/(m K) → 6 W/(m K)"]),
        (
            {f"{BLOCKS}pll__rect_um": [3100, 2900, 3150, 2950]},
            ["block soc/device/pll: moved at (3000, 3000) µm → (3100, 2900) µm"],
        ),
        (
            {f"{BLOCKS}pll__rect_um": [3000, 3000, 3050, 3080]},
            ["block soc/device/pll: resized 50 × 50 µm → 50 × 80 µm"],
        ),
        (
            {f"{BLOCKS}pll__kind": "pmic", f"{BLOCKS}pll__limit_c": 90},
            ["block soc/device/pll: kind analog → pmic", "block soc/device/pll: limit none → 90.00 °C"],
        ),
        ({f"{BLOCKS}pll__accuracy_k": 0.1}, ["block soc/device/pll: accuracy none → 0.100 K"]),
        (
            ell((2500, 0), (4000, 0), (4000, 1500), (3800, 1500), (3800, 500), (2500, 500)),
            ["block soc/device/ell: reshaped 1.25e+06 µm² → 950000 µm²"],
        ),
        (
            ell((2600, 0), (4000, 0), (4000, 1500), (3600, 1500), (3600, 500), (2600, 500)),
            [
                "block soc/device/ell: moved at (2500, 0) µm → (2600, 0) µm",
                "block soc/device/ell: resized 1500 × 1500 µm → 1400 × 1500 µm",
            ],
        ),
        (
            ell((2400, 0), (3900, 0), (3900, 1500), (3400, 1500), (3400, 500), (2400, 500)),
            ["block soc/device/ell: moved at (2500, 0) µm → (2400, 0) µm"],
        ),
    ],
)
def test_a_change_of_the_design(overrides, expected):
    assert told(**overrides) == expected


def test_parts_added_removed_and_reordered():
    data = copy.deepcopy(BASE)
    layers = data["package"]["layers"]
    layers.reverse()
    layers.append({"name": "tim", "thickness_um": 50, "material": "tim-grease"})
    data["dies"]["soc"]["layers"][0]["floorplan"]["blocks"][1]["name"] = "dll"
    data["matched_pairs"] = []
    changes = design_changes(thermal.Design.from_dict(BASE), thermal.Design.from_dict(data))
    assert [str(change) for change in changes] == [
        "layer tim: added",
        "layer substrate, dies, lid: reordered → lid, dies, substrate",
        "block soc/device/pll: removed",
        "block soc/device/dll: added",
        "pair soc0/cpu, soc0/pll: removed",
    ]


def test_a_map_counts_by_its_content_and_not_by_its_name(tmp_path):
    data = copy.deepcopy(BASE)
    for name, content in (("a.csv", "1,2\n3,4\n"), ("b.csv", "1,2\n3,4\n"), ("c.csv", "1,2\n3,5\n")):
        (tmp_path / name).write_text(content)
    designs = {}
    for name in "abc":
        data["package"]["layers"][2]["power_map_csv"] = f"{name}.csv"
        file = tmp_path / f"{name}.yaml"
        file.write_text(json.dumps(data))
        designs[name] = thermal.load(file)
    assert design_changes(designs["a"], designs["b"]) == ()
    (change,) = design_changes(designs["a"], designs["c"])
    assert (change.subject, change.what) == ("lid", "power map")


@pytest.fixture(scope="module")
def cases():
    base = thermal.Design.from_dict(DATA)
    return [
        study(design, resolution=COARSE).cases[0]
        for design in (base, base.overridden({"power.die/right": 1.5}))
    ]


def test_more_watts_warm_every_block_and_their_own_most(cases):
    found = compare(*cases)
    assert [d.name for d in found.blocks] == ["die/right", "die/left"]
    assert all(d.t_max and d.t_max > 0.0 for d in found.blocks)
    assert all(d.t_avg and d.t_avg > 0.0 for d in found.blocks)


def test_the_other_way_round_has_the_other_sign(cases):
    there, back = compare(*cases), compare(*reversed(cases))
    for a, b in zip(there.blocks, back.blocks, strict=True):
        assert a.t_max is not None
        assert a.t_avg is not None
        assert (a.name, -a.t_max, -a.t_avg, a.error) == (b.name, b.t_max, b.t_avg, b.error)


def test_a_change_within_both_error_bars_is_not_significant(cases):
    block = cases[0].metrics.blocks[0]
    near = Difference("x", replace(block, error=0.2), replace(block, error=0.3, t_max=block.t_max + 0.49))
    far = Difference("x", replace(block, error=0.2), replace(block, error=0.3, t_max=block.t_max + 0.51))
    assert near.error == far.error == 0.5
    assert not near.significant
    assert far.significant


def test_a_block_of_one_design_only_comes_last(cases):
    data = copy.deepcopy(DATA)
    data["package"]["layers"][0]["floorplan"]["blocks"].pop()
    data["power"] = {"die/left": 2}
    data["scenarios"] = {}
    less = study(thermal.Design.from_dict(data), resolution=COARSE).cases[0]
    found = compare(cases[0], less)
    assert [d.name for d in found.blocks] == ["die/left", "die/right"]
    assert found.blocks[-1].after is None
    assert found.blocks[-1].t_max is None
    assert found.blocks[-1].significant
