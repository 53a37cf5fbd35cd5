"""Conductivity that depends on temperature, against Kirchhoff's transform.

With theta = integral of k(T)/k0 dT the steady equation in one material is linear in theta, so that a known
linear solution gives the exact nonlinear one, as long as the surface temperature is known: either uniform
(one dimension, T_s = T_ambient + q''/h), or held at the ambient (a film that resists next to nothing).
"""

import numpy as np
import pytest

from tests.verification.exact import ExactBlock, design_of, exact_figures, series_of
from thermal import Resolution, solve
from thermal.verification import LayeredStack, RectSource, StackLayer

SIZE = (0.01, 0.01)
K0, REFERENCE, EXPONENT = 148.0, 300.0, 1.3
POWER = {"power": {"exponent": EXPONENT, "reference_c": REFERENCE - 273.15}}
ROWS = ((0.0, 148.0), (250.0, 68.0), (500.0, 48.0))
TABLE = {"table": [list(row) for row in ROWS], "reference_c": 0.0}
AMBIENT, FILM = 298.15, 2e4


def power_inverse(start: float, rise: np.ndarray) -> np.ndarray:
    """T at which the integral of (T/T0)^-n from `start` is `rise`."""
    m = 1.0 - EXPONENT
    return np.asarray((start**m + m * rise * REFERENCE**-EXPONENT) ** (1.0 / m), float)


def table_inverse(start: float, rise: np.ndarray) -> np.ndarray:
    """The same for the table, whose integral is piecewise a parabola."""
    nodes = np.array([row[0] for row in ROWS]) + 273.15
    k = np.array([row[1] for row in ROWS]) / ROWS[0][1]
    sums = np.concatenate([[0.0], np.cumsum(np.diff(nodes) * 0.5 * (k[1:] + k[:-1]))])

    def integral(t: float) -> float:
        i = int(np.clip(np.searchsorted(nodes, t, side="right") - 1, 0, nodes.size - 2))
        at = np.interp(t, nodes, k)
        return float(sums[i] + (t - nodes[i]) * 0.5 * (k[i] + at))

    wanted = integral(start) + np.atleast_1d(rise)
    i = np.clip(np.searchsorted(sums, wanted, side="right") - 1, 0, nodes.size - 2)
    slope = np.diff(k)[i] / np.diff(nodes)[i]
    # k_i x + slope x^2 / 2 = what is left beyond the node.
    left = wanted - sums[i]
    return np.asarray(nodes[i] + 2.0 * left / (k[i] + np.sqrt(k[i] ** 2 + 2.0 * slope * left)), float)


@pytest.mark.parametrize(
    ("law", "inverse"), [(POWER, power_inverse), (TABLE, table_inverse)], ids=["power", "table"]
)
def test_uniformly_heated_slab(law, inverse):
    # 300 W on 1 cm2 through 5 mm: the conductivity falls by a third on the way.
    thickness, flux = 5e-3, 3e6
    stack = LayeredStack(SIZE, (StackLayer(thickness, K0, K0, K0),), FILM, 0.0, AMBIENT, AMBIENT)
    block = ExactBlock("all", "other", RectSource(0, (0.0, 0.0, *SIZE), flux * SIZE[0] * SIZE[1]))
    design = design_of(stack, [block], laws={0: law})
    surface = AMBIENT + flux / FILM
    z = np.linspace(0.0, thickness, 2001)
    exact = inverse(surface, flux / thickness * (thickness**2 - z**2) / (2.0 * K0))
    mean = float(np.trapezoid(exact, z) / thickness)
    found = solve(design, resolution=Resolution(base=4, other=4, scale=0.5), tolerance=1e-10)
    figures = found.metrics.block("layer0/all")
    assert figures.t_max - AMBIENT == pytest.approx(exact[0] - AMBIENT, rel=1e-3)
    assert figures.t_avg - AMBIENT == pytest.approx(mean - AMBIENT, rel=1e-3)
    assert abs(figures.t_max - exact[0]) <= figures.error
    inner = z[200:-200:400]
    at = found.at(np.full(inner.size, 0.0033), np.full(inner.size, 0.0071), inner)
    assert at == pytest.approx(np.interp(inner, z, exact), abs=1e-3 * (exact[0] - AMBIENT))
    # Without the law the block would be 30 K cooler: the test can tell.
    constant = solve(design, resolution=Resolution(base=4, other=2), constant_k=True)
    assert figures.t_max - constant.metrics.block("layer0/all").t_max > 20.0


def test_second_order_in_the_cell_size():
    thickness, flux = 5e-3, 3e6
    stack = LayeredStack(SIZE, (StackLayer(thickness, K0, K0, K0),), FILM, 0.0, AMBIENT, AMBIENT)
    block = ExactBlock("all", "other", RectSource(0, (0.0, 0.0, *SIZE), flux * SIZE[0] * SIZE[1]))
    design = design_of(stack, [block], laws={0: POWER})
    exact = power_inverse(AMBIENT + flux / FILM, np.array(flux * thickness / (2.0 * K0)))
    errors, heights = [], []
    for scale in (4.0, 2.0, 1.0):
        found = solve(design, resolution=Resolution(base=2, other=2, scale=scale), tolerance=1e-11)
        errors.append(abs(found.metrics.block("layer0/all").t_max - float(exact)))
        heights.append(float(found.mesh.heights.max()))
    orders = np.diff(np.log(errors)) / np.diff(np.log(heights))
    assert np.all(orders > 1.8), (errors, heights)


def test_box_with_a_source_on_a_cold_plate():
    # Silicon alone, 1 mm, its top face held at the ambient: theta is the Fourier series of the linear case.
    # The edges of the source are lines of the mesh.
    layers = (StackLayer(2e-4, K0, K0, K0), StackLayer(8e-4, K0, K0, K0))
    stack = LayeredStack(SIZE, layers, 1e9, 0.0, AMBIENT, AMBIENT)
    block = ExactBlock("hot", "compute", RectSource(0, (2.5e-3, 2.5e-3, 5e-3, 7.5e-3), 300.0))
    linear = series_of(stack, [block], tolerance=1e-3)
    peak, _ = exact_figures(linear, block)
    exact = float(power_inverse(AMBIENT, np.array(peak.value - AMBIENT)))
    found = solve(
        design_of(stack, [block], laws={0: POWER, 1: POWER}),
        resolution=Resolution(base=32, other=32, growth_z=0.06),
        tolerance=1e-9,
    )
    figures = found.metrics.block("layer0/hot")
    rise = exact - AMBIENT
    assert rise - (peak.value - AMBIENT) > 0.1 * rise
    assert abs(figures.t_max - exact) <= figures.error
    assert figures.t_max - AMBIENT == pytest.approx(rise, rel=1e-3)
    assert found.evidence.energy_balance_rel <= 1e-8
