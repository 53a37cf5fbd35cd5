"""Slopes on one mesh against new solves on the same mesh, for every kind of input."""

from typing import Any

import numpy as np
import pytest

from thermal import Design, Resolution, solve
from thermal.uncertainty.propagation import _places
from thermal.uncertainty.response import Response

COARSE = Resolution(base=8, analog=3, pmic=3, other=3)
ENTRIES: dict[str, dict[str, Any]] = {
    "ambient": {"set": "package.ambient_c", "normal": {"sd": 2}},
    "bottom ambient": {"set": "package.bottom.ambient_c", "normal": {"sd": 2}},
    "htc": {"set": "package.top.htc_w_m2k", "relative": True, "uniform": [0.9, 1.1]},
    "lumped": {"set": "package.bottom.resistance_k_w", "lognormal": {"sd": 0.1}},
    "contact": {"set": "package.layers.tim.contact_below_m2k_w", "relative": True, "normal": {"sd": 0.1}},
    "bond line": {"set": "package.layers.tim.thickness_um", "normal": {"sd": 5}},
    "bulk": {"set": "dies.soc.layers.bulk.thickness_um", "normal": {"sd": 20}},
    "silicon": {"material": "silicon", "normal": {"sd": 0.1}},
    "grease": {"material": "tim-grease", "lognormal": {"sd": 0.2}},
    "watts": {"power": "soc0/*", "normal": {"sd": 0.1}},
    "pll": {"power": "analog", "normal": {"sd": 0.1}},
    "one block": {"set": "power.soc0/cpu", "normal": {"sd": 0.5}},
    "leak": {"leakage": "*", "lognormal": {"sd": 0.3}},
    "steepness": {"set": "leakage.soc0/cpu.beta_per_k", "relative": True, "normal": {"sd": 0.1}},
}


def design(**changes) -> Design:
    blocks = [
        {"name": "cpu", "kind": "cpu", "rect_um": [200, 150, 1900, 2700]},
        {"name": "pll", "kind": "analog", "rect_um": [2310, 1490, 2610, 1790], "limit_c": 60},
    ]
    return Design.from_dict(
        {
            "design": "response",
            "package": {
                "outline_mm": [6, 5],
                "ambient_c": 25,
                "top": {"htc_w_m2k": 6000},
                "bottom": {"resistance_k_w": 40, "ambient_c": 35},
                "layers": [
                    {"name": "board", "thickness_um": 400, "material": "organic-substrate"},
                    {
                        "name": "dies",
                        "outline_mm": [5, 4],
                        "fill": "mold-compound",
                        "chiplets": [{"die": "soc", "name": "soc0", "at_mm": [1.3, 1.1]}],
                    },
                    {
                        "name": "tim",
                        "thickness_um": 50,
                        "material": "tim-grease",
                        "outline_mm": [5, 4],
                        "contact_below_m2k_w": 4e-6,
                    },
                    {"name": "lid", "thickness_um": 500, "material": "copper"},
                ],
            },
            "dies": {
                "soc": {
                    "outline_mm": [3, 3],
                    "layers": [
                        {
                            "name": "device",
                            "thickness_um": 20,
                            "material": "silicon",
                            "floorplan": {"blocks": blocks},
                        },
                        {"name": "bulk", "thickness_um": 300, "material": "silicon"},
                    ],
                }
            },
            "power": {"soc0/cpu": 6.0, "soc0/pll": 0.1},
            "leakage": {"soc0/cpu": {"power_w": 0.6, "at_c": 60, "beta_per_k": 0.02}},
            "limits": {"lid": 70},
            "uncertainty": [{"name": name, **entry} for name, entry in ENTRIES.items()],
        }
        | changes
    )


def response_of(made: Design, constant_k=False, leakage=True) -> Response:
    found = solve(made, resolution=COARSE, constant_k=constant_k, leakage=leakage)
    return Response(
        made,
        found.scene,
        made.uncertainty,
        _places(found),
        COARSE,
        1e-11,
        lambda *_: None,
        found.field,
        constant_k,
        leakage,
    )


@pytest.fixture(scope="module", params=["linear", "k(T) and leakage"])
def response(request) -> Response:
    linear = request.param == "linear"
    return response_of(design(), constant_k=linear, leakage=not linear)


@pytest.mark.parametrize("name", ENTRIES)
def test_slopes_are_those_of_new_solves(response, name):
    position = list(ENTRIES).index(name)
    item = response.inputs[position]
    slope = response.slope(position)
    step = 0.02 * item.distribution.sd
    up, down = (response.at(response._shifted(position, sign * step)) for sign in (1.0, -1.0))
    quotient = (up - down) / (2.0 * step)
    # Central differences of both kinds err by (step / value)^2 of the slope, below 1e-4 of it; the solves
    # are good to 1e-8 K and the effects of a step larger than 1e-4 K where there is one.
    largest = np.abs(quotient).max()
    assert np.abs(slope - quotient).max() <= 2e-4 * largest + 1e-8 / step


def test_places_are_blocks_and_layers_with_a_limit(response):
    assert [place.name for place in response.places] == ["soc0/cpu", "soc0/pll", "lid"]
    assert response.base.shape == (3,)


def test_all_ambients_up_by_a_kelvin_are_all_temperatures_up_by_a_kelvin():
    found = response_of(design(), constant_k=True, leakage=False)
    both = found.slope(0) + found.slope(1)
    # package.ambient_c is that of the top only: the bottom has its own.
    assert both == pytest.approx(np.ones(3), abs=1e-7)


def test_an_input_that_changes_which_layers_lie_side_by_side_still_has_a_slope():
    memory = {
        "outline_mm": [1, 3],
        "layers": [{"name": "dram", "thickness_um": 320, "material": "silicon"}],
    }
    made = design().to_dict()
    made["dies"]["mem"] = memory
    made["package"]["layers"][1]["chiplets"].append({"die": "mem", "name": "mem0", "at_mm": [4.35, 1.1]})
    made["uncertainty"] = [{"set": "dies.mem.layers.dram.thickness_um", "normal": {"sd": 10}}]
    found = response_of(Design.from_dict(made), constant_k=True, leakage=False)
    assert found._moved(found._placed(np.array([325.0]))) is None
    slope = found.slope(0)
    # Where the memory grows, the compute die is topped with mold: 6.1 W through 9 mm2 and 0.9 W/(m K) are
    # 0.75 K a micrometre at most. Where it shrinks, little happens: half of it is the central difference.
    assert 0.0 < slope[0] < 0.5 * 0.75
    assert slope[1] > 0.0
