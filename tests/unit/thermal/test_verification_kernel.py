"""Mode response against a dense solution of the same equations, and compression by octaves."""

import numpy as np
import pytest

from thermal.verification import LayeredStack, StackLayer, slab
from thermal.verification.kernel import StackKernel
from thermal.verification.spectrum import NODES, ModeAxis

STACK = LayeredStack(
    (0.012, 0.01),
    (
        StackLayer(3e-4, 15.0, 12.0, 0.5),
        StackLayer(2e-6, 120.0, 110.0, 130.0, contact_below=3e-6),
        StackLayer(4e-4, 130.0, 130.0, 120.0),
        StackLayer(6e-5, 4.0, 5.0, 3.0, contact_below=1e-6),
        StackLayer(1e-3, 390.0, 390.0, 390.0),
    ),
    9000.0,
    40.0,
    300.0,
    300.0,
)


def dense_amplitude(a: float, b: float, source: int) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Coefficients of exp(-g zeta) and exp(-g (d - zeta)) in each layer, and the particular part."""
    layers = STACK.layers
    count = len(layers)
    g = [np.sqrt((layer.kx * a**2 + layer.ky * b**2) / layer.kz) for layer in layers]
    fixed = [1 / (layer.kz * g[k] ** 2) if k == source else 0.0 for k, layer in enumerate(layers)]
    decay = [np.exp(-g[k] * layer.thickness) for k, layer in enumerate(layers)]
    # Columns: A_k of exp(-g zeta), B_k of exp(-g (d - zeta)).
    matrix, right = np.zeros((2 * count, 2 * count)), np.zeros(2 * count)
    slope = [layer.kz * g[k] for k, layer in enumerate(layers)]
    matrix[0, 0] = -slope[0] - STACK.h_bottom
    matrix[0, 1] = (slope[0] - STACK.h_bottom) * decay[0]
    right[0] = STACK.h_bottom * fixed[0]
    for k in range(1, count):
        low, high, row = 2 * (k - 1), 2 * k, 2 * k - 1
        up_flux_low = np.array([slope[k - 1] * decay[k - 1], -slope[k - 1]])
        up_flux_high = np.array([slope[k], -slope[k] * decay[k]])
        matrix[row, low : low + 2] = up_flux_low
        matrix[row, high : high + 2] = -up_flux_high
        matrix[row + 1, low : low + 2] = np.array([decay[k - 1], 1.0]) - layers[k].contact_below * up_flux_low
        matrix[row + 1, high : high + 2] = -np.array([1.0, decay[k]])
        right[row + 1] = fixed[k] - fixed[k - 1]
    matrix[-1, -2] = (slope[-1] - STACK.h_top) * decay[-1]
    matrix[-1, -1] = -slope[-1] - STACK.h_top
    right[-1] = STACK.h_top * fixed[-1]
    solved = np.linalg.solve(matrix / np.abs(matrix).max(axis=1)[:, None], right / np.abs(matrix).max(axis=1))
    return [solved.reshape(-1, 2)[k] for k in range(count)], [
        np.array([g[k], fixed[k]]) for k in range(count)
    ]


@pytest.mark.parametrize("source", range(5))
@pytest.mark.parametrize(("m", "n"), [(1, 0), (0, 3), (7, 5), (60, 11), (400, 900)])
def test_response_solves_the_mode_equations(source, m, n):
    a, b = m * np.pi / 0.012, n * np.pi / 0.01
    coefficients, parts = dense_amplitude(a, b, source)
    kernel = StackKernel(STACK, np.array([a]), np.array([b]))
    scale = max(float(kernel.mean(source, source)[0, 0]), 1e-300)
    # The dense system loses about cond(A) eps; relative to the source layer that stays below 1e-9 here.
    for layer, part in enumerate(STACK.layers):
        (up, down), (g, fixed) = coefficients[layer], parts[layer]
        for share in (0.0, 0.3, 1.0):
            zeta = share * part.thickness
            exact = fixed + up * np.exp(-g * zeta) + down * np.exp(-g * (part.thickness - zeta))
            assert kernel.at(source, layer, zeta)[0, 0] == pytest.approx(exact, abs=1e-9 * scale, rel=1e-9)
        mean = fixed + (up + down) * -np.expm1(-g * part.thickness) / (g * part.thickness)
        assert kernel.mean(source, layer)[0, 0] == pytest.approx(mean, abs=1e-9 * scale, rel=1e-9)


@pytest.mark.parametrize("source", range(5))
def test_mode_zero_is_the_one_dimensional_stack(source):
    kernel = StackKernel(STACK, np.zeros(1), np.zeros(1))
    density = 1.0 / (STACK.area * STACK.layers[source].thickness)
    solved = slab(STACK, {source: 1.0})
    for layer, part in enumerate(STACK.layers):
        assert density * kernel.mean(source, layer)[0, 0] == pytest.approx(
            solved.mean(layer) - 300.0, rel=1e-10
        )
        for share in (0.0, 0.4, 1.0):
            z = float(STACK.faces[layer]) + share * part.thickness
            exact = solved.at(z, layer) - 300.0
            assert density * kernel.at(source, layer, share * part.thickness)[0, 0] == pytest.approx(
                exact, rel=1e-10
            )


def test_response_is_finite_and_positive_at_any_wavenumber():
    wavenumbers = np.concatenate(([0.0], np.logspace(-3, 9, 200)))
    kernel = StackKernel(STACK, wavenumbers, wavenumbers)
    for source in range(5):
        for layer in range(5):
            values = kernel.mean(source, layer)
            assert np.all(np.isfinite(values))
            assert np.all(values >= 0)


def test_response_is_reciprocal():
    wavenumbers = np.linspace(0.0, 2e5, 40)
    kernel = StackKernel(STACK, wavenumbers, wavenumbers[:7])
    for source in range(5):
        for layer in range(source):
            there = kernel.mean(source, layer) * STACK.layers[layer].thickness
            back = kernel.mean(layer, source) * STACK.layers[source].thickness
            assert there == pytest.approx(back, rel=1e-10)


@pytest.mark.parametrize("octaves", [1, 3, 5])
def test_compressed_sums_equal_plain_sums(octaves):
    x_axis, y_axis = ModeAxis(0.012, octaves), ModeAxis(0.01, octaves)
    plain = StackKernel(STACK, x_axis.wavenumbers, y_axis.wavenumbers)
    compressed = StackKernel(STACK, x_axis.nodes, y_axis.nodes)
    left = x_axis.sources(0.004, 0.0041) * np.cos(x_axis.wavenumbers * 0.00403)
    right = y_axis.sources(0.002, 0.0022) * np.cos(y_axis.wavenumbers * 0.00219)
    for layer, zeta in [(1, 0.0), (1, 1.1e-6), (2, 2e-4), (0, 1e-4), (3, 0.0), (4, 1e-3)]:
        exact = left @ plain.at(1, layer, zeta) @ right
        short = x_axis.compressed(left) @ compressed.at(1, layer, zeta) @ y_axis.compressed(right)
        assert short == pytest.approx(exact, rel=1e-11)
        mean = left @ plain.mean(1, layer) @ right
        assert x_axis.compressed(left) @ compressed.mean(1, layer) @ y_axis.compressed(
            right
        ) == pytest.approx(mean, rel=1e-11)


def test_fewer_octaves_are_a_part_of_more():
    long, short = ModeAxis(0.01, 4), ModeAxis(0.01, 3)
    amplitudes = np.cos(np.arange(long.count))
    assert np.array_equal(long.nodes[: short.nodes.size], short.nodes)
    both = long.compressed(amplitudes)[: short.nodes.size], short.compressed(amplitudes[: short.count])
    assert both[0] == pytest.approx(both[1], abs=1e-12)
    assert long.count == NODES * 2**4
