"""Curves of conductivity over temperature follow the laws they are made of, column by column as painted."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from shapely import Polygon

from floorplans.conductivity import PowerLaw, TableLaw, Values
from floorplans.material import Material, library
from tests.unit.thermal.scenes import MM, area, material, scene, slab, uniform
from thermal.cover import Conductivities
from thermal.curves import Curves
from thermal.kernels import laws
from thermal.scene import Area

SIDE = 4 * MM
WHOLE = (0.0, 0.0, SIDE, SIDE)
SILICON = replace(material(148.0), k_law=PowerLaw(1.3, valid=(200.0, 1000.0)))
TABLED = replace(material(400.0), k_law=TableLaw((250.0, 300.0, 420.0), (410.0, 400.0, 310.0)))


def evaluated(
    found: Conductivities, t: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Factors and rates on the slabs of a scene, one z-cell each."""
    curves = found.curves
    factor = np.empty((curves.axes, *t.shape))
    rate = np.empty(factor.shape, np.float32)
    arrays = found.law, found.mixture, curves.start, curves.breaks, curves.coefficients
    laws.factors(found.pattern, *arrays, t, factor, rate)
    return factor, rate


def one(of: Material, t: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Factors ``[axis, temperature]`` of a material, x, y and z."""
    placed = scene((SIDE, SIDE), [slab(MM, area(of, *WHOLE))])
    found = Conductivities.of(placed, uniform(placed, t.size, 1))
    factor, rate = evaluated(found, t[:, None])
    return factor[found.curves.axis, :, 0], rate[found.curves.axis, :, 0]


@pytest.mark.parametrize(
    "of", [SILICON, TABLED, library()["silicon"], library()["hbm-stack"], library()["copper"]]
)
def test_a_curve_is_its_law(of: Material):
    assert of.k_law is not None
    low, high = of.k_law.valid
    t = np.linspace(low, high, 997)
    factor, _ = one(of, t)
    exact = np.array([np.broadcast_to(k, t.shape) for k in of.conductivity(t)]) / np.array(of.k)[:, None]
    assert factor == pytest.approx(exact, rel=1e-8)
    # Between kinks the rate is the logarithmic derivative.
    step = 1e-4
    inside = t[(t > low + 1) & (t < high - 1)][::10] + 0.0123
    up, down = (one(of, inside + d)[0] for d in (step, -step))
    found = one(of, inside)[1]
    assert found == pytest.approx((np.log(up) - np.log(down)) / (2 * step), rel=1e-3, abs=1e-8)


def test_outside_its_range_a_curve_stays_at_its_end():
    factor, rate = one(TABLED, np.array([200.0, 250.0, 420.0, 900.0]))
    assert factor[0] == pytest.approx([410 / 400, 410 / 400, 310 / 400, 310 / 400])
    assert rate[0, [0, 3]] == pytest.approx([0.0, 0.0])


def test_axes_that_change_alike_share_a_factor():
    assert Curves.following([SILICON, TABLED]).axes == 1
    assert Curves.following([SILICON, library()["hbm-stack"]]).axes >= 2
    placed = scene((SIDE, SIDE), [slab(MM, area(148.0, *WHOLE))])
    assert len(Curves.of(placed)) == 0


def test_slabs_of_one_outline_and_k_but_another_law_are_told_apart():
    other = replace(SILICON, k_law=PowerLaw(0.5))
    placed = scene(
        (SIDE, SIDE), [slab(MM, area(m, *WHOLE)) for m in (SILICON, other, material(148.0), SILICON)]
    )
    found = Conductivities.of(placed, uniform(placed, 2, 2))
    assert found.pattern.tolist() == [0, 1, 2, 0]
    factor, _ = evaluated(found, np.full((4, 4), 400.0))
    exact = [(4 / 3) ** -1.3, (4 / 3) ** -0.5, 1.0, (4 / 3) ** -1.3]
    assert factor[0, 0] == pytest.approx(exact, rel=1e-8)


def test_a_cut_column_takes_its_materials_by_what_they_conduct():
    # A quarter silicon, a quarter copper with a law, half constant.
    quarter, half = 0.25 * SIDE, 0.5 * SIDE
    areas = (
        area(50.0, *WHOLE),
        area(SILICON, 0.0, 0.0, quarter, SIDE),
        area(TABLED, quarter, 0.0, half, SIDE),
    )
    placed = scene((SIDE, SIDE), [slab(MM, *areas)])
    found = Conductivities.of(placed, uniform(placed, 1, 1))
    t = 380.0
    shares = np.array([0.25 * 148.0, 0.25 * 400.0, 0.5 * 50.0])
    laws_ = np.array([(t / 300.0) ** -1.3, np.interp(t, [300.0, 420.0], [400.0, 310.0]) / 400.0, 1.0])
    factor, _ = evaluated(found, np.full((1, 1), t))
    assert factor[0, 0, 0] == pytest.approx(float(shares @ laws_ / shares.sum()), rel=1e-8)


def test_an_oblique_edge_shares_a_column_by_exact_areas():
    triangle = Area(Polygon([(0.0, 0.0), (SIDE, 0.0), (0.0, SIDE)]), SILICON)
    placed = scene((SIDE, SIDE), [slab(MM, area(TABLED, *WHOLE), triangle)])
    found = Conductivities.of(placed, uniform(placed, 1, 1))
    factor, _ = evaluated(found, np.full((1, 1), 400.0))
    one_, other = 148.0 * (4 / 3) ** -1.3, 400.0 * np.interp(400.0, [300.0, 420.0], [400.0, 310.0]) / 400.0
    assert factor[0, 0, 0] == pytest.approx((one_ + other) / 548.0, rel=1e-8)


def test_void_has_no_law():
    placed = scene((SIDE, SIDE), [slab(MM, area(SILICON, *WHOLE), area(None, 0.0, 0.0, 0.5 * SIDE, SIDE))])
    found = Conductivities.of(placed, uniform(placed, 2, 1))
    factor, rate = evaluated(found, np.array([[350.0], [350.0]]))
    assert factor[0, :, 0] == pytest.approx([1.0, (350 / 300) ** -1.3], rel=1e-8)
    assert rate[0, 0, 0] == 0.0


class Falling:
    """A law that reaches zero at 400 K."""

    valid = (200.0, 600.0)

    def conductivity(
        self, k: tuple[float, float, float], temperature: Values
    ) -> tuple[Values, Values, Values]:
        f = (400.0 - temperature) / 100.0
        return k[0] * f, k[1] * f, k[2] * f

    def __str__(self) -> str:
        return "falling"


def test_a_law_that_gives_nothing_positive_keeps_iterates_finite():
    factor, _ = one(replace(material(10.0), k_law=Falling()), np.array([350.0, 450.0, 590.0]))
    assert factor[0, 0] == pytest.approx(0.5)
    assert np.all(factor[0, 1:] > 0.0)
