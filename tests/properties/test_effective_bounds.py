"""What every effective-medium formula has to obey, whatever its inputs."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floorplans import effective

conductivities = st.floats(min_value=1e-3, max_value=5e3)
shares = st.floats(min_value=0.0, max_value=1.0)
arrangements = st.sampled_from(["square", "hexagonal", "assemblage"])
ROUNDING = 1e-9


def within(value, low, high):
    return low * (1.0 - ROUNDING) <= value <= high * (1.0 + ROUNDING)


@given(conductivities, conductivities, shares)
def test_spheres_lie_on_a_hashin_shtrikman_bound(matrix, inclusion, share):
    value = effective.spheres(matrix, inclusion, share)
    bound, other = effective.hashin_shtrikman(matrix, inclusion, share)
    assert value == pytest.approx(bound, rel=1e-9)
    # The better conductor as the matrix gives the upper bound.
    assert within(value, other, math.inf) if matrix >= inclusion else within(value, 0.0, other)


@given(conductivities, conductivities, shares, st.sampled_from([2, 3]))
def test_hashin_shtrikman_lies_between_series_and_parallel(first, second, share, dimensions):
    mix, k = (1.0 - share, share), (first, second)
    for value in effective.hashin_shtrikman(first, second, share, dimensions):
        assert within(value, effective.series(mix, k), effective.parallel(mix, k))


@given(conductivities, conductivities, shares, st.sampled_from([2, 3]))
def test_hashin_shtrikman_does_not_depend_on_the_order_of_the_phases(first, second, share, dimensions):
    one, two = effective.hashin_shtrikman(first, second, share, dimensions)
    assert (two, one) == pytest.approx(
        effective.hashin_shtrikman(second, first, 1.0 - share, dimensions), rel=1e-6
    )


@given(conductivities, conductivities, shares, arrangements)
def test_cylinders_lie_between_series_and_parallel(matrix, inclusion, share, arrangement):
    share *= effective.MAX_SHARE[arrangement]
    mix, k = (1.0 - share, share), (matrix, inclusion)
    value = effective.cylinders_across(matrix, inclusion, share, arrangement)
    assert within(value, effective.series(mix, k), effective.parallel(mix, k))


@given(conductivities, conductivities, shares, arrangements)
def test_cylinders_obey_kellers_theorem(matrix, inclusion, share, arrangement):
    """Across an array with square or hexagonal symmetry k(a in b) k(b in a) = a b (Keller, 1964)."""
    share *= effective.MAX_SHARE[arrangement]
    direct = effective.cylinders_across(matrix, inclusion, share, arrangement)
    swapped = effective.cylinders_across(inclusion, matrix, share, arrangement)
    assert direct * swapped == pytest.approx(matrix * inclusion, rel=1e-6)


@given(conductivities, conductivities, arrangements)
def test_without_inclusions_the_matrix_is_left(matrix, inclusion, arrangement):
    assert effective.cylinders_across(matrix, inclusion, 0.0, arrangement) == pytest.approx(matrix)
    assert effective.spheres(matrix, inclusion, 0.0) == pytest.approx(matrix)
    for level in (effective.wires(inclusion, matrix, 0.0, "both"), effective.vias(inclusion, matrix, 0.0)):
        assert level == pytest.approx((matrix,) * 3)
    assert effective.sheet(inclusion, matrix, 0.0) == pytest.approx((matrix,) * 3)


@given(conductivities, conductivities)
def test_without_a_matrix_the_inclusion_is_left(matrix, inclusion):
    assert effective.spheres(matrix, inclusion, 1.0) == pytest.approx(inclusion)
    assert effective.cylinders_across(matrix, inclusion, 1.0, "assemblage") == pytest.approx(inclusion)
    assert effective.coated_cylinder(inclusion, matrix, 1.0) == pytest.approx((inclusion, inclusion))
    assert effective.coated_cylinder(inclusion, matrix, 0.0) == pytest.approx((matrix, matrix))
    for level in (effective.wires(inclusion, matrix, 1.0, "both"), effective.sheet(inclusion, matrix, 1.0)):
        assert level == pytest.approx((inclusion,) * 3)


@given(conductivities, shares, arrangements)
def test_equal_constituents_make_no_composite(k, share, arrangement):
    assert effective.spheres(k, k, share) == pytest.approx(k)
    assert effective.hashin_shtrikman(k, k, share) == pytest.approx((k, k))
    across = effective.cylinders_across(k, k, share * effective.MAX_SHARE[arrangement], arrangement)
    assert across == pytest.approx(k)


@given(conductivities, conductivities, shares, shares, arrangements)
def test_more_of_the_better_conductor_conducts_better(one, other, share, more, arrangement):
    matrix, inclusion = min(one, other), max(one, other)
    low, high = sorted((share, more))
    largest = effective.MAX_SHARE[arrangement]
    for formula, scale in (
        (effective.spheres, 1.0),
        (lambda m, i, f: effective.cylinders_across(m, i, f, arrangement), largest),
    ):
        assert within(formula(matrix, inclusion, low * scale), 0.0, formula(matrix, inclusion, high * scale))


@given(st.lists(st.tuples(st.floats(0.01, 1000.0), conductivities), min_size=1, max_size=8))
def test_the_order_and_splitting_of_layers_do_not_matter(layers):
    thicknesses, k = [t for t, _ in layers], [(v, 2.0 * v, v) for _, v in layers]
    whole = effective.laminate(thicknesses, k)
    turned = effective.laminate(thicknesses[::-1], k[::-1])
    split = effective.laminate([t / 2 for t in thicknesses] * 2, k * 2)
    assert whole == pytest.approx(turned)
    assert whole == pytest.approx(split)


@given(conductivities, conductivities, shares, st.floats(min_value=1e-3, max_value=1e3))
def test_the_unit_of_conductivity_does_not_matter(matrix, inclusion, share, unit):
    assert effective.spheres(unit * matrix, unit * inclusion, share) == pytest.approx(
        unit * effective.spheres(matrix, inclusion, share)
    )
    assert effective.cylinders_across(unit * matrix, unit * inclusion, 0.7 * share) == pytest.approx(
        unit * effective.cylinders_across(matrix, inclusion, 0.7 * share)
    )
