"""What holds for every steady conduction problem, whatever its mesh: superposition, reciprocity, symmetry,
balance.

The package has everything that could break them: chiplets of different height, void, a material region, a
contact, layers of several sizes, a polygon, exposed sides and two ambients.
"""

from typing import Any

import numpy as np
import pytest

from floorplans.geometry import Orientation
from thermal import Design, Resolution, Solution, solve

COARSE = Resolution(analog=4, pmic=6, base=20)
# Relative residual of the iterations here. Differences of two solves carry twice the error that it leaves,
# at most 1e-6 of the rise in a package where resistances span six orders of magnitude.
TOLERANCE = 1e-11
SAME = 1e-6
KINDS = {"cpu0": "cpu", "pll0": "analog", "ldo0": "pmic", "npu0": "compute"}
POWER = {"soc0/cpu0": 6.0, "soc0/npu0": 9.0, "soc0/pll0": 0.03, "soc0/ldo0": 0.4, "mem0/array": 1.5}


def data(**changes: Any) -> dict[str, Any]:
    """A small package as plain data; `changes` replace keys of the whole."""
    soc = [
        {"name": "cpu0", "kind": "cpu", "rect_um": [300, 300, 2300, 2800]},
        {
            "name": "npu0",
            "kind": "compute",
            "polygon_um": [[2600, 300], [4700, 300], [4700, 3700], [3600, 3700], [3600, 2000], [2600, 2000]],
        },
        {"name": "pll0", "kind": "analog", "rect_um": [2450, 3050, 2490, 3090]},
        {"name": "ldo0", "kind": "pmic", "rect_um": [600, 3200, 800, 3400]},
    ]
    return {
        "design": "principles",
        "package": {
            "outline_mm": [14, 14],
            "ambient_c": 25,
            "top": {"htc_w_m2k": 2500},
            "bottom": {"htc_w_m2k": 20, "ambient_c": 40},
            "layers": [
                {
                    "name": "substrate",
                    "thickness_um": 600,
                    "material": "organic-substrate",
                    "outline_mm": [13, 13],
                    "exposed": {"htc_w_m2k": 8},
                },
                {
                    "name": "dies",
                    "outline_mm": [12, 12],
                    "fill": "void",
                    "chiplets": [
                        {"die": "soc", "name": "soc0", "at_mm": [1.5, 2.0]},
                        {"die": "memory", "name": "mem0", "at_mm": [8.0, 4.0]},
                    ],
                },
                {
                    "name": "tim",
                    "thickness_um": 50,
                    "material": "tim-grease",
                    "outline_mm": [12, 12],
                    "contact_below_m2k_w": 2e-6,
                },
                {"name": "lid", "thickness_um": 800, "material": "copper", "outline_mm": [13, 13]},
            ],
        },
        "dies": {
            "soc": {
                "outline_mm": [5, 4],
                "layers": [
                    {"name": "bumps", "thickness_um": 70, "material": "c4-underfill"},
                    {
                        "name": "device",
                        "thickness_um": 4,
                        "material": "silicon",
                        "floorplan": {"blocks": soc},
                    },
                    {
                        "name": "bulk",
                        "thickness_um": 300,
                        "material": "silicon",
                        "regions": [{"rect_um": [0, 2900, 5000, 3010], "material": "glass-like"}],
                    },
                ],
            },
            "memory": {
                "outline_mm": [3, 4.5],
                "layers": [
                    {"name": "bumps", "thickness_um": 70, "material": "c4-underfill"},
                    {
                        "name": "dram",
                        "thickness_um": 304,
                        "material": "silicon",
                        "floorplan": {
                            "blocks": [{"name": "array", "kind": "hbm", "rect_um": [0, 0, 3000, 4500]}]
                        },
                    },
                ],
            },
        },
        "materials": {
            "glass-like": {
                "k_w_mk": [1.1, 1.1, 1.1],
                "density_kg_m3": 2200,
                "specific_heat_j_kgk": 800,
                "source": "test",
            }
        },
        "power": dict(POWER),
    } | changes


def solution_of(power: dict[str, float], resolution: Resolution = COARSE) -> Solution:
    # Superposition and reciprocity belong to the linear problem; balance and symmetry are shown of both.
    design = Design.from_dict(data(power=power))
    return solve(design, resolution=resolution, tolerance=TOLERANCE, constant_k=True)


# All solves of one mesh: blocks that dissipate nothing do not ask for cells unless they are sensitive, so
# every block keeps a trace of power.
TRACE = dict.fromkeys(POWER, 1e-9)


@pytest.fixture(scope="module")
def full() -> Solution:
    return solution_of(POWER)


@pytest.fixture(scope="module")
def unheated() -> Solution:
    return solution_of(TRACE)


def means(solution: Solution) -> dict[str, float]:
    return {block.name: block.t_avg for block in solution.metrics.blocks}


def test_sources_superpose(full, unheated):
    halves = [{k: v for k, v in POWER.items() if k.startswith(chip)} for chip in ("soc0", "mem0")]
    one, other = (solution_of(TRACE | half) for half in halves)
    assert one.mesh.cells == other.mesh.cells == full.mesh.cells
    together = one.temperature + other.temperature - unheated.temperature
    rise = np.nanmax(full.temperature) - np.nanmin(full.temperature)
    assert np.nanmax(np.abs(together - full.temperature)) <= SAME * rise


def test_twice_the_power_is_twice_the_rise(full, unheated):
    doubled = solution_of({name: 2 * watts for name, watts in POWER.items()})
    expected = unheated.temperature + 2 * (full.temperature - unheated.temperature)
    rise = np.nanmax(full.temperature) - np.nanmin(full.temperature)
    assert np.nanmax(np.abs(doubled.temperature - expected)) <= SAME * rise


@pytest.mark.parametrize(
    ("one", "other"), [("soc0/cpu0", "mem0/array"), ("soc0/pll0", "soc0/npu0"), ("soc0/ldo0", "soc0/pll0")]
)
def test_two_blocks_heat_each_other_alike(unheated, one, other):
    # The deposited power and this mean are one functional: cell values weighted as the block's heat.
    system, start = unheated.field.system, unheated.temperature

    def weighted(solution: Solution, name: str) -> float:
        index = [block.name for block in solution.scene.blocks].index(name)
        column, fraction = system.deposited.row(index)
        block = solution.scene.blocks[index]
        middle = (solution.mesh.z[1:] + solution.mesh.z[:-1]) / 2
        inside = (middle > block.z0) & (middle < block.z1)
        heights = solution.mesh.heights[inside]
        rise = (solution.temperature - start)[column][:, inside]
        return float(np.sum(rise * fraction[:, None] * heights) / heights.sum())

    there = solution_of(TRACE | {one: 1.0})
    back = solution_of(TRACE | {other: 1.0})
    # The one-watt solves are the traces' plus a watt less a trace: nine digits.
    assert weighted(there, other) == pytest.approx(weighted(back, one), rel=1e-6)


def test_operator_is_symmetric_and_its_plain_fluxes_an_m_matrix(full):
    system = full.field.system
    matrix = system.to_csr()
    assert abs(matrix - matrix.T).max() <= 1e-15 * matrix.max()
    off = matrix - system.hanging.surplus(system.lateral, system.mesh.columns)
    off.setdiag(0.0)
    assert off.max() <= 1e-15 * matrix.max()
    # What a row does not pass on goes to an ambient.
    surplus = np.asarray(matrix.sum(axis=1)).ravel()
    assert surplus.min() >= -1e-12 * matrix.diagonal().max()


def test_nothing_is_colder_than_the_coldest_ambient_nor_hottest_without_power(full, unheated):
    assert np.nanmin(full.temperature) >= 298.15 - 1e-9
    hottest = np.unravel_index(np.nanargmax(full.temperature), full.temperature.shape)
    assert full.field.system.source[hottest] > 0.0
    # Without power the field lies between the ambients.
    assert np.nanmin(unheated.temperature) >= 298.15 - 1e-6
    assert np.nanmax(unheated.temperature) <= 313.15 + 1e-6


def test_more_power_is_nowhere_colder(full):
    more = solution_of(POWER | {"soc0/pll0": 0.1})
    assert np.nanmin(more.temperature - full.temperature) >= -1e-9


def test_energy_balances(full, unheated):
    for solution in (full, unheated, solve(Design.from_dict(data()), resolution=COARSE)):
        evidence = solution.evidence
        out = evidence.heat_top + evidence.heat_bottom + evidence.heat_sides
        through = abs(evidence.heat_top) + abs(evidence.heat_bottom) + abs(evidence.heat_sides)
        assert abs(out - evidence.power) <= 1e-8 * through
        assert evidence.energy_balance_rel <= 1e-8
    assert full.evidence.power == pytest.approx(sum(POWER.values()), rel=1e-12)


# ---------------------------------------------------------------------- translation and orientation

# Everything here may move as one within the package, which is cooled uniformly over its own outline only.
FRAME = 14.0


def block_rises(solution: Solution) -> dict[str, tuple[float, float]]:
    return {b.name: (b.t_max - 298.15, b.t_avg - 298.15) for b in solution.metrics.blocks}


def moved(dx_mm: float, dy_mm: float) -> dict[str, Any]:
    """The package with every part shifted inside a larger empty outline."""
    tree = data()
    package = tree["package"]
    package["outline_mm"] = [24, 24]
    for layer in package["layers"]:
        wide, deep = layer["outline_mm"]
        layer["at_mm"] = [(FRAME - wide) / 2 + dx_mm, (FRAME - deep) / 2 + dy_mm]
        for chiplet in layer.get("chiplets", []):
            chiplet["at_mm"] = [chiplet["at_mm"][0] + dx_mm, chiplet["at_mm"][1] + dy_mm]
    return tree


@pytest.mark.parametrize("shift", [(1.0, 2.0), (5.5, 0.25), (9.1, 8.7)])
def test_moving_everything_changes_nothing_beyond_the_error_bar(shift):
    here, there = (solve(Design.from_dict(moved(*at)), resolution=COARSE) for at in ((0.0, 0.0), shift))
    bars = {b.name: b.error for b in here.metrics.blocks}
    other = {b.name: b.error for b in there.metrics.blocks}
    for name, (hottest, mean) in block_rises(here).items():
        found = block_rises(there)[name]
        slack = bars[name] + other[name]
        assert found == pytest.approx((hottest, mean), abs=slack), name


def turned(orient: Orientation) -> dict[str, Any]:
    """The square package turned as a whole: each chiplet placed where the turn takes it."""
    tree = data()
    sizes = {"soc": (5.0, 4.0), "memory": (3.0, 4.5)}
    for layer in tree["package"]["layers"]:
        for chiplet in layer.get("chiplets", []):
            wide, deep = sizes[chiplet["die"]]
            x, y = chiplet["at_mm"]
            corners = [image(orient, px, py) for px in (x, x + wide) for py in (y, y + deep)]
            chiplet["at_mm"] = [round(min(c[k] for c in corners), 9) for k in (0, 1)]
            chiplet["orient"] = orient.value
    return tree


def image(orient: Orientation, x: float, y: float) -> tuple[float, float]:
    """Where a point of the package goes: LEF orientations about its centre (mirror first, then turn)."""
    u, v = x - FRAME / 2, y - FRAME / 2
    mirrors = {"MX": (1, -1), "MY": (-1, 1), "MX_R90": (1, -1), "MY_R90": (-1, 1)}
    a, b = mirrors.get(orient.value, (1, 1))
    u, v = a * u, b * v
    quarter = {"R90": 1, "R180": 2, "R270": 3, "MX_R90": 1, "MY_R90": 1}.get(orient.value, 0)
    for _ in range(quarter):
        u, v = -v, u
    return u + FRAME / 2, v + FRAME / 2


@pytest.mark.parametrize("orient", list(Orientation))
def test_eight_orientations_give_the_same_temperatures(full, orient):
    design = Design.from_dict(turned(orient))
    solution = solve(design, resolution=COARSE, tolerance=TOLERANCE, constant_k=True)
    assert solution.mesh.cells == full.mesh.cells
    base, rotated = block_rises(full), block_rises(solution)
    for name, figures in base.items():
        # Turned geometry differs by rounding of coordinates: 1e-16 of 14 mm in cells of 10 um.
        assert rotated[name] == pytest.approx(figures, rel=SAME), name
    where = {b.name: b.at for b in full.metrics.blocks}
    for block in solution.metrics.blocks:
        x, y, z = where[block.name]
        expected = (*image(orient, x * 1e3, y * 1e3), z * 1e3)
        if block.name != "mem0/array":  # its hottest place is flat to rounding, so it may be anywhere
            assert [v * 1e3 for v in block.at] == pytest.approx(expected, abs=1e-3), block.name


def test_symmetric_design_has_a_symmetric_field():
    tree = data()
    tree["dies"] = {
        "core": {
            "outline_mm": [4, 4],
            "layers": [
                {
                    "name": "device",
                    "thickness_um": 300,
                    "material": "silicon",
                    "floorplan": {
                        "blocks": [{"name": "c", "kind": "cpu", "rect_um": [500, 1000, 2500, 3500]}]
                    },
                }
            ],
        }
    }
    tree["package"]["layers"][1]["chiplets"] = [
        {"die": "core", "name": "left", "at_mm": [2.0, 5.0]},
        {"die": "core", "name": "right", "at_mm": [8.0, 5.0], "orient": "MY"},
    ]
    tree["power"] = {"left/c": 8.0, "right/c": 8.0}
    solution = solve(Design.from_dict(tree), resolution=COARSE, tolerance=TOLERANCE)
    random = np.random.default_rng(5)
    x, y, z = random.uniform(0, 1, (3, 400)) * np.array([[14e-3], [14e-3], [1.7e-3]])
    left, right = solution.at(x, y, z), solution.at(14e-3 - x, y, z)
    both = np.isfinite(left) & np.isfinite(right)
    assert both.sum() >= 250
    assert left[both] == pytest.approx(right[both], abs=SAME * 100)
    found = solution.metrics
    assert found.block("left/c").t_max == pytest.approx(found.block("right/c").t_max, abs=SAME * 100)
