"""Effective-medium formulas against exact solutions, values by hand, and their ranges."""

import math
from functools import cache

import numpy as np
import pytest

from floorplans import effective


@cache
def lattice_sum(order: int, hexagonal: bool) -> float:
    """Sum of (x + iy)^-order over the other points of a lattice of unit pitch; order 2 after Rayleigh."""
    if order == 2:
        return math.pi * (2.0 / math.sqrt(3.0) if hexagonal else 1.0)
    i, j = np.meshgrid(np.arange(-60, 61), np.arange(-60, 61))
    z = (i + 0.5 * j) + 1j * (math.sqrt(3.0) / 2.0) * j if hexagonal else i + 1j * j
    z = z[(np.abs(z) > 1e-9) & (np.abs(z) < 48.0)]
    return float((z**-order).sum().real)


def exact_array(contrast: float, share: float, hexagonal: bool, orders: int = 21) -> float:
    """Conductivity across an array of cylinders from Rayleigh's identity, with `orders` multipoles.

    The field of one cylinder's multipoles, seen at its neighbours, has to reproduce itself.
    """
    area = math.sqrt(3.0) / 2.0 if hexagonal else 1.0
    radius = math.sqrt(share * area / math.pi)
    odd = [2 * n + 1 for n in range(orders)]
    sums = {n + m: lattice_sum(n + m, hexagonal) for n in odd for m in odd}
    matrix = np.array([[math.comb(n + m - 1, n) * sums[n + m] * radius ** (n + m) for m in odd] for n in odd])
    matrix += np.eye(orders) * (1.0 + contrast) / (1.0 - contrast)
    dipole = np.linalg.solve(matrix, np.eye(orders)[0] * radius)[0]
    return 1.0 - 2.0 * math.pi * float(dipole) * radius / area


@pytest.mark.parametrize("contrast", [1e-6, 0.05, 20.0, 1e6])
@pytest.mark.parametrize(
    ("arrangement", "share", "tolerance"),
    [
        ("square", 0.2, 1e-8),
        ("square", 0.5, 1e-5),
        ("square", 0.70, 1e-2),
        ("hexagonal", 0.3, 1e-8),
        ("hexagonal", 0.7, 1e-5),
        ("hexagonal", 0.85, 1e-2),
    ],
)
def test_cylinder_arrays_agree_with_rayleighs_identity(arrangement, share, tolerance, contrast):
    exact = exact_array(contrast, share, arrangement == "hexagonal")
    formula = effective.cylinders_across(1.0, contrast, share, arrangement)
    assert formula == pytest.approx(exact, rel=tolerance)


@pytest.mark.parametrize(("share", "tabulated"), [(0.1, 1.222), (0.3, 1.860), (0.5, 3.080), (0.6, 4.342)])
def test_perfect_conductors_on_a_square_grid_match_published_values(share, tabulated):
    # Perrins, McKenzie and McPhedran (1979): conductivity of the array over that of the matrix.
    assert effective.cylinders_across(1.0, 1e12, share) == pytest.approx(tabulated, abs=2e-3)


def test_the_range_of_an_array_ends_where_it_is_one_percent_wrong():
    with pytest.raises(ValueError, match=r"the square cylinders must be between 0 and 0\.7 \(got 0\.71\)"):
        effective.cylinders_across(1.0, 10.0, 0.71)
    with pytest.raises(ValueError, match=r"the hexagonal cylinders must be between 0 and 0\.85"):
        effective.cylinders_across(1.0, 10.0, 0.86, "hexagonal")
    assert effective.cylinders_across(1.0, 10.0, 1.0, "assemblage") == pytest.approx(10.0)


def test_spheres_by_hand():
    # Fused silica in epoxy, 80 %: 0.2 (1.38 + 0.4 + 2 * 0.8 * 1.18) / (1.38 + 0.4 - 0.8 * 1.18).
    assert effective.spheres(0.2, 1.38, 0.8) == pytest.approx(0.2 * 3.668 / 0.836, rel=1e-12)
    dilute = (effective.spheres(1.0, 5.0, 1e-6) - 1.0) / 1e-6
    assert dilute == pytest.approx(3.0 * (5.0 - 1.0) / (5.0 + 2.0), rel=1e-5)


def test_a_coated_cylinder_is_invisible_in_its_own_effective_medium():
    """Neutral inclusion: in surroundings of the effective k it leaves the far field undisturbed."""
    core, coat, share = 400.0, 1.4, 0.7
    outside = float(effective.coated_cylinder(core, coat, share)[0])
    inner = math.sqrt(share)
    # Core a r; coat b r + c / r; outside r + d / r. Temperature and flux match at r = inner and r = 1.
    matrix = np.array(
        [
            [inner, -inner, -1.0 / inner, 0.0],
            [core, -coat, coat / inner**2, 0.0],
            [0.0, 1.0, 1.0, -1.0],
            [0.0, coat, -coat, outside],
        ]
    )
    dipole = np.linalg.solve(matrix, [0.0, 0.0, 1.0, outside])[3]
    assert dipole == pytest.approx(0.0, abs=1e-12)


def test_a_coat_of_the_core_itself_changes_nothing():
    across, along = effective.coated_cylinder(50.0, 50.0, 0.4)
    assert across == pytest.approx(50.0)
    assert along == pytest.approx(50.0)


def test_laminate_by_hand():
    # 30 um at 400 and 10 um at (2, 4, 8): in the plane by thickness, upright by resistance.
    k = effective.laminate([30.0, 10.0], [(400.0, 400.0, 400.0), (2.0, 4.0, 8.0)])
    assert k == pytest.approx((300.5, 301.0, 40.0 / (30.0 / 400.0 + 10.0 / 8.0)))


def test_wiring_levels_by_hand():
    along, across = 0.25 * 400 + 0.75 * 1.0, 1.0 / (0.25 / 400 + 0.75 / 1.0)
    assert effective.wires(400.0, 1.0, 0.25, "x") == pytest.approx((along, across, along))
    assert effective.wires(400.0, 1.0, 0.25, "y") == pytest.approx((across, along, along))
    both = effective.wires(400.0, 1.0, 0.25, "both")
    assert both == pytest.approx(((along + across) / 2, (along + across) / 2, along))
    # A plane with round openings: k_m (1 - f) / (1 + f) if the openings insulate.
    plane = effective.sheet(400.0, 1e-9, 0.8)
    assert plane == pytest.approx((400 * 0.8 / 1.2, 400 * 0.8 / 1.2, 320.0))
    assert effective.vias(400.0, 1.0, 0.01)[2] == pytest.approx(4.99)


def test_formulas_take_a_value_for_every_place():
    k = np.array([100.0, 150.0, np.nan])
    values = effective.cylinders_across(k, 400.0, 0.1)
    assert isinstance(values, np.ndarray)
    assert values[:2] == pytest.approx([effective.cylinders_across(v, 400.0, 0.1) for v in (100.0, 150.0)])
    assert np.isnan(values[2])


def test_column_shares():
    assert effective.array_share(25.0, 50.0) == pytest.approx(math.pi / 16)
    assert effective.array_share(1.0, 1.0, "hexagonal") == pytest.approx(0.9069, abs=1e-4)


def test_weight_and_heat_of_a_mixture_are_those_of_its_parts():
    shares, density, heat = (0.2, 0.8), (8933.0, 2330.0), (385.0, 712.0)
    rho = effective.mixture_density(shares, density)
    c = effective.mixture_specific_heat(shares, density, heat)
    assert rho == pytest.approx(0.2 * 8933 + 0.8 * 2330)
    assert rho * c == pytest.approx(0.2 * 8933 * 385 + 0.8 * 2330 * 712)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: effective.parallel((0.5, 0.6), (1.0, 2.0)), r"must add up to 1 \(got 1\.1\)"),
        (lambda: effective.series((0.5,), (1.0, 2.0)), r"a value for each share \(got 2 for 1\)"),
        (lambda: effective.parallel((), ()), r"a value for each share \(got 0 for 0\)"),
        (lambda: effective.spheres(1.0, 2.0, -0.1), r"share of the spheres .* between 0 and 1 \(got -0\.1\)"),
        (lambda: effective.spheres(1.0, 2.0, math.nan), r"share of the spheres .* \(got nan\)"),
        (lambda: effective.spheres(0.0, 2.0, 0.1), r"finite and > 0 \(got 0\.0\)"),
        (lambda: effective.spheres(1.0, math.inf, 0.1), r"finite and > 0 \(got inf\)"),
        (lambda: effective.laminate([1.0, 0.0], [(1.0,) * 3] * 2), r"thickness .* finite and > 0 \(got 0\)"),
        (lambda: effective.wires(1.0, 2.0, 1.2, "x"), r"share of the metal must be between 0 and 1"),
        (lambda: effective.hashin_shtrikman(1.0, 2.0, 0.5, 4), r"2 or 3 dimensions \(got 4\)"),
        (lambda: effective.array_share(60.0, 50.0), r"diameter 60 do not fit at a pitch of 50"),
        (lambda: effective.array_share(0.0, 50.0), r"finite and > 0 \(got 0 and 50\)"),
        (
            lambda: effective.cylinders_across(1.0, 2.0, 0.1, "triangle"),  # type: ignore[arg-type]
            r"one of square, hexagonal, assemblage \(got 'triangle'\)",
        ),
    ],
)
def test_inputs_outside_the_range_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
