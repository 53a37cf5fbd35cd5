"""The manufactured field: figures, equation, boundaries, box integrals."""

from dataclasses import replace

import numpy as np
import pytest

from thermal.verification import CosineMode, LayeredStack, ManufacturedSolution, StackLayer

LAYERS = (
    StackLayer(6e-4, 130.0, 130.0, 130.0),
    StackLayer(1e-4, 4.0, 4.0, 4.0),
    StackLayer(1.8e-3, 350.0, 300.0, 90.0),
)
STACK = LayeredStack((0.012, 0.01), LAYERS, 9000.0, 800.0, 300.0, 300.0)
MODES = (CosineMode(0, 0, 40.0, 0.3), CosineMode(1, 2, 12.0, -0.55), CosineMode(3, 1, 5.0, 0.8))
FIELD = ManufacturedSolution(STACK, MODES)

# Closed form (reference/exact/mms, error bar 1e-10): points, and mean K and power W of boxes.
POINTS = {
    (0.0, 0.0, 0.0003): 357.27910772428294,
    (0.003, 0.004, 0.00065): 343.3332770368702,
    (0.0077, 0.0061, 0.0016): 341.0897483383743,
    (0.012, 0.01, 0.0025): 327.51227794371954,
    (0.006, 0.005, 0.0007): 348.93394643844243,
}
BOXES = {
    (0.0, 0.0, 0.0, 0.012, 0.01, 0.0006): (340.3859115229385, -46.602225590128604),
    (0.001, 0.001, 0.0, 0.004, 0.003, 0.0006): (341.80761628101885, -1.6497664794538291),
    (0.006, 0.005, 0.0006, 0.012, 0.01, 0.0007): (346.49113530928656, 29.387634042592655),
    (0.001, 0.001, 0.0007, 0.004, 0.003, 0.0025): (340.94313842420456, -2.2438563994874876),
}


def test_reference_points():
    for (x, y, z), exact in POINTS.items():
        assert FIELD.temperature(x, y, z) == pytest.approx(exact, abs=2e-10)


def test_reference_boxes():
    means, powers = np.array(list(BOXES.values())).T
    assert FIELD.box_mean(list(BOXES)) == pytest.approx(means, abs=2e-10)
    assert FIELD.box_power(list(BOXES)) == pytest.approx(powers, abs=1e-10)
    assert FIELD.heat_out_top == pytest.approx(36.01607294450558, abs=1e-10)
    assert FIELD.heat_out_bottom == pytest.approx(3.84, abs=1e-12)


def random_boxes(count: int) -> np.ndarray:
    random = np.random.default_rng(7)
    layer = random.integers(0, 3, count)
    faces = STACK.faces
    low, high = np.empty((count, 3)), np.empty((count, 3))
    for axis, size in enumerate(STACK.size):
        pair = np.sort(random.uniform(0, size, (count, 2)), axis=1)
        low[:, axis], high[:, axis] = pair.T
    pair = np.sort(random.uniform(0, 1, (count, 2)), axis=1) * (faces[layer + 1] - faces[layer])[:, None]
    low[:, 2], high[:, 2] = (faces[layer][:, None] + pair).T
    return np.concatenate((low, high), axis=1)


@pytest.mark.parametrize("ambients", [(300.0, 300.0), (310.0, 285.0)])
def test_box_integrals_agree_with_quadrature(ambients):
    field = ManufacturedSolution(replace(STACK, ambient_top=ambients[0], ambient_bottom=ambients[1]), MODES)
    nodes, weights = np.polynomial.legendre.leggauss(20)
    for box in random_boxes(20):
        middle, half = (box[:3] + box[3:]) / 2, (box[3:] - box[:3]) / 2
        x, y, z = np.meshgrid(*(middle[k] + half[k] * nodes for k in range(3)), indexing="ij")
        weight = np.einsum("i,j,k->ijk", weights, weights, weights)
        mean = np.sum(weight * field.temperature(x, y, z)) / 8
        density = np.sum(weight * field.source(x, y, z)) / 8
        volume = 8 * np.prod(half)
        assert field.box_mean(box) == pytest.approx(mean, abs=1e-9)
        scale = np.max(np.abs(field.source(x, y, z))) * volume
        assert field.box_power(box) == pytest.approx(density * volume, abs=1e-11 * scale)


def test_source_balances_conduction():
    random = np.random.default_rng(3)
    for index, layer in enumerate(LAYERS):
        x, y = random.uniform(0.001, 0.009, (2, 30))
        z = STACK.faces[index] + layer.thickness * random.uniform(0.2, 0.8, 30)
        total = FIELD.source(x, y, z)
        steps = (1e-4, 1e-4, layer.thickness / 50)
        scale = np.zeros_like(total)
        for axis, (k, step) in enumerate(zip((layer.kx, layer.ky, layer.kz), steps, strict=True)):
            shift = np.zeros(3)
            shift[axis] = step
            # Fourth-order second difference.
            samples = [
                FIELD.temperature(x + j * shift[0], y + j * shift[1], z + j * shift[2])
                for j in (-2, -1, 0, 1, 2)
            ]
            second = (-samples[0] + 16 * samples[1] - 30 * samples[2] + 16 * samples[3] - samples[4]) / (
                12 * step**2
            )
            total = total + k * second
            scale = scale + np.abs(k * second)
        assert np.max(np.abs(total) / scale.max()) < 1e-5


def test_flux_is_continuous_and_meets_the_convective_faces():
    x, y, step = 0.0031, 0.0072, 1e-8

    def flux(z: float, side: int) -> float:
        k = LAYERS[STACK.layer_at(z + side * step)].kz
        low, high = sorted((z, z + side * step))
        return float(k * (FIELD.temperature(x, y, high) - FIELD.temperature(x, y, low)) / step)

    for face in STACK.faces[1:-1]:
        assert flux(float(face), 1) == pytest.approx(flux(float(face), -1), rel=1e-3)
    top, height = float(FIELD.temperature(x, y, STACK.faces[-1])), float(STACK.faces[-1])
    assert -flux(height, -1) == pytest.approx(9000.0 * (top - 300.0), rel=1e-3)
    assert flux(0.0, 1) == pytest.approx(800.0 * (float(FIELD.temperature(x, y, 0.0)) - 300.0), rel=1e-3)


@pytest.mark.parametrize("ambients", [(300.0, 300.0), (310.0, 285.0)])
def test_heat_in_is_heat_out(ambients):
    field = ManufacturedSolution(replace(STACK, ambient_top=ambients[0], ambient_bottom=ambients[1]), MODES)
    faces = STACK.faces
    layers = [(0.0, 0.0, faces[k], *STACK.size, faces[k + 1]) for k in range(3)]
    powers = field.box_power(layers)
    assert field.heat_out_top + field.heat_out_bottom == pytest.approx(
        powers.sum(), abs=1e-12 * np.abs(powers).sum()
    )


def test_contacts_and_malformed_boxes_are_refused():
    jump = replace(STACK, layers=(LAYERS[0], replace(LAYERS[1], contact_below=1e-6)))
    with pytest.raises(ValueError, match="contact resistances"):
        ManufacturedSolution(jump, MODES)
    with pytest.raises(ValueError, match=r"shape \[\.\.\., 6\]"):
        FIELD.box_power([0.0, 0.0, 1.0])
