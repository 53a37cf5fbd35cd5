"""Ten surface power maps against Cadence Celsius 3D.

Case of DeepOHeat (Liu et al., DAC 2023, arXiv 2302.12949, section V.A): 1 x 1 x 0.5 mm of 0.1 W/mK, a map of
20 x 20 tiles of heat flux on the top, 500 W/m2K to 298.15 K below, sides adiabatic. Bars are those that an
independent finite-volume solve left: rms 30 mK on every map, hottest point 0.1 K, and 0.2 K on c6, whose
small tiles of four times the flux leave the steepest edges.
"""

import csv
from pathlib import Path

import numpy as np
import pytest

from thermal import Design, Resolution, Solution, solve
from thermal.verification import FourierSeries, LayeredStack, RectSource, StackLayer

HERE = Path(__file__).parent / "celsius"
TILE_W = 6.25e-6
MAPS = ("map_10_10", "map_20_20", "map_5_5", *(f"map_c{n}" for n in range(1, 8)))
# 80 cells along a side, 64 through the thickness: four to a tile, so what remains is Celsius's own mesh.
FINE = Resolution(base=10, scale=0.125)


def carried(name: str) -> dict[str, np.ndarray]:
    """Rows of a carried table by map."""
    with (HERE / name).open(encoding="utf-8") as lines:
        rows = [row for row in csv.reader(lines) if not row[0].startswith("#")]
    return {key: np.array([row[1:] for row in rows if row[0] == key], float) for key in MAPS}


POWERS, TEMPERATURES = carried("power_maps.csv"), carried("temperatures.csv")


def design(watts: Path) -> Design:
    return Design.from_dict(
        {
            "design": "celsius",
            "package": {
                "outline_mm": [1, 1],
                "ambient_c": 25,
                "top": {"power_map_csv": str(watts)},
                "bottom": {"htc_w_m2k": 500},
                "layers": [{"name": "block", "thickness_um": 500, "material": "weak"}],
            },
            "materials": {
                "weak": {
                    "k_w_mk": 0.1,
                    "density_kg_m3": 1000,
                    "specific_heat_j_kgk": 1000,
                    "source": "arXiv 2302.12949",
                }
            },
        }
    )


@pytest.fixture(scope="module", params=MAPS)
def solved(request, tmp_path_factory) -> tuple[str, Solution]:
    path = tmp_path_factory.mktemp("celsius") / "watts.csv"
    np.savetxt(path, POWERS[request.param] * TILE_W, delimiter=",", fmt="%.12g")
    return request.param, solve(design(path), resolution=FINE)


def rms(values: np.ndarray) -> float:
    return float(np.sqrt(np.mean(values**2)))


def test_carried_points_are_met(solved):
    name, solution = solved
    x, y, z, kelvin = TEMPERATURES[name].T
    difference = solution.at(x * 1e-3, y * 1e-3, z * 1e-3) - kelvin
    assert rms(difference[2:]) < 0.03
    hottest = kelvin[0]
    assert solution.metrics.t_max == pytest.approx(hottest, abs=0.2 if name == "map_c6" else 0.1)
    assert solution.metrics.t_min == pytest.approx(kelvin[1], abs=0.03)
    assert solution.evidence.power == pytest.approx(POWERS[name].sum() * TILE_W, rel=1e-9)


def test_every_point_of_the_reference_folder_is_met(solved, reference):
    name, solution = solved
    table = reference / "published" / "celsius_2d_power_maps" / f"{name}_temperature_K.csv"
    x, y, z, kelvin = np.loadtxt(table, delimiter=",", skiprows=1).T
    assert rms(solution.at(x * 1e-3, y * 1e-3, z * 1e-3) - kelvin) < 0.03


def test_uniform_map_is_exact(tmp_path):
    np.savetxt(tmp_path / "watts.csv", POWERS["map_20_20"] * TILE_W, delimiter=",")
    solution = solve(design(tmp_path / "watts.csv"), resolution=Resolution(base=4), tolerance=1e-10)
    assert float(solution.at(0.4e-3, 0.7e-3, 0.5e-3)) == pytest.approx(298.15 + 5.0 + 12.5, abs=1e-6)
    assert float(solution.at(0.4e-3, 0.7e-3, 0.0)) == pytest.approx(298.15 + 5.0, abs=1e-6)


def test_quarter_map_is_met_by_the_series_too(tmp_path):
    np.savetxt(tmp_path / "watts.csv", POWERS["map_10_10"] * TILE_W, delimiter=",")
    solution = solve(design(tmp_path / "watts.csv"), resolution=FINE)
    # A flux is the limit of a thin source: 1 nm of 0.5 mm.
    layers = tuple(StackLayer(thickness, 0.1, 0.1, 0.1) for thickness in (0.5e-3 - 1e-9, 1e-9))
    stack = LayeredStack((1e-3, 1e-3), layers, 0.0, 500.0, 298.15, 298.15)
    exact = FourierSeries(stack, [RectSource(1, (0.5e-3, 0.0, 1e-3, 0.5e-3), 0.625e-3)], tolerance=1e-4)
    x, y, z, _ = TEMPERATURES["map_10_10"].T
    points = zip(x * 1e-3, y * 1e-3, z * 1e-3, strict=True)
    difference = [float(solution.at(*point)) - exact.at(*point).value for point in points]
    # Second order with cells of 12.5 um, a tenth of which is lost at the edge of the square.
    assert rms(np.array(difference)) < 5e-3
