"""The operator, its boundary and its sources: by hand in one dimension, and as a whole on a mixed scene."""

from typing import ClassVar

import numpy as np
import pytest
from scipy.linalg import eigh
from shapely import Polygon

from floorplans.diagnostics import InputError, Span
from tests.unit.thermal.scenes import (
    MM,
    area,
    block,
    grid,
    material,
    mesh_of,
    scene,
    slab,
    solve_cg,
    temperatures,
    uniform,
)
from thermal.equilibrium import balanced
from thermal.krylov import Operator
from thermal.scene import Area, Face, PlacedBlock, PlacedRaster, Scene
from thermal.system import ConductionSystem, assemble

SIDE = 2 * MM
WHOLE = (0.0, 0.0, SIDE, SIDE)
A = SIDE * SIDE
LEFT = (0.0, 0.0, SIDE / 2, SIDE)


@pytest.fixture(scope="module")
def mixed() -> ConductionSystem:
    """Anisotropic, cut, void, contact, two ambients, an exposed layer and a refined mesh at once."""
    aniso = Area(
        Polygon([(0, 0), (1.3 * MM, 0), (1.3 * MM, 1.7 * MM), (0, 1.1 * MM)]), material(20.0, 5.0, 1.0)
    )
    slabs = [
        slab(0.5 * MM, area(130.0, *WHOLE)),
        slab(0.1 * MM, area(2.0, *WHOLE), area(None, 1.5 * MM, 0.0, SIDE, SIDE), contact=1e-5),
        slab(0.3 * MM, area(1.0, *WHOLE), aniso, exposed=(50.0, 310.0)),
    ]
    blocks = [block("b", (0.1 * MM, 0.2 * MM, 0.75 * MM, 0.9 * MM), (0.0, 0.5 * MM), 2.0)]
    placed = scene((SIDE, SIDE), slabs, blocks=blocks, bottom=Face(290.0, 30.0))
    tree = grid(
        np.linspace(0, SIDE, 5), np.linspace(0, SIDE, 4), [(0.1 * MM, 0.2 * MM, 0.3 * MM, 0.4 * MM, 0.1 * MM)]
    )
    return assemble(placed, mesh_of(placed, tree, (3, 2, 2)))


class TestOperator:
    def test_the_matrix_is_symmetric(self, mixed):
        matrix = mixed.to_csr()
        assert abs(matrix - matrix.T).max() == 0.0

    def test_row_sums_are_the_losses_to_ambient(self, mixed):
        loss = np.where(mixed.solid[mixed.mesh.slab].T, mixed.loss, 1.0)
        sums = np.asarray(mixed.to_csr().sum(axis=1)).reshape(loss.shape)
        np.testing.assert_allclose(sums, loss, atol=1e-12 * mixed.to_csr().max())

    def test_plain_fluxes_make_an_m_matrix_that_preconditions_the_whole(self, mixed):
        whole = mixed.to_csr().toarray()
        plain = whole - mixed.hanging.surplus(mixed.lateral, mixed.mesh.columns).toarray()
        assert np.all(np.diag(plain) > 0.0)
        assert np.all(plain - np.diag(np.diag(plain)) <= 1e-15 * plain.max())
        assert np.linalg.inv(plain).min() >= -1e-12
        assert np.abs(whole - whole.T).max() == 0.0
        values = eigh(whole, plain, eigvals_only=True)
        assert 0.3 < values[0] <= values[-1] < 3.0

    def test_the_matrix_is_what_the_operator_applies(self, mixed):
        operator = Operator(mixed.multigrid(), mixed.lateral, mixed.vertical, mixed.loss, mixed.hanging)
        x = np.random.default_rng(1).normal(size=mixed.vertical.shape)
        x[~mixed.solid[mixed.mesh.slab].T] = 0.0
        out = np.empty_like(x)
        energy = operator.apply(x, out)
        expected = mixed.to_csr() @ x.ravel()
        np.testing.assert_allclose(out.ravel(), expected, atol=1e-13 * np.abs(expected).max())
        assert energy == pytest.approx(float(x.ravel() @ expected), rel=1e-12)

    def test_no_conductance_into_void(self, mixed):
        void = ~mixed.solid[mixed.mesh.slab].T
        assert void.any()
        pairs, _ = mixed.mesh.faces
        assert np.all(mixed.lateral[void[pairs[:, 0]] | void[pairs[:, 1]]] == 0.0)
        assert np.all(mixed.vertical[void] == 0.0)

    def test_the_field_lies_above_the_coldest_ambient_and_balances(self, mixed):
        theta = solve_cg(mixed)
        solid = mixed.solid[mixed.mesh.slab].T
        assert theta[solid].min() + mixed.reference > 290.0
        assert mixed.outflow(theta) == pytest.approx(2.0, rel=1e-8)
        _, left = balanced(mixed, theta)
        assert left < 1e-12


def column(slabs, cells=1, **kwargs) -> tuple[Scene, np.ndarray, np.ndarray]:
    """One-dimensional: temperatures of one of 2 x 2 equal columns, and the z nodes."""
    placed = scene((SIDE, SIDE), slabs, **kwargs)
    mesh = uniform(placed, 2, 2, cells)
    t = temperatures(placed, mesh).temperature
    np.testing.assert_allclose(t, t[:1].repeat(4, axis=0), rtol=1e-12)
    return placed, t[0], mesh.z


def heated(power: float, z: tuple[float, float]) -> list[PlacedBlock]:
    return [block("heater", WHOLE, z, power)]


class TestOneDimension:
    def test_contact_resistance_adds_its_drop_exactly(self):
        for contact in (0.0, 2e-5):
            slabs = [slab(1 * MM, area(100.0, *WHOLE)), slab(2 * MM, area(50.0, *WHOLE), contact=contact)]
            _, t, _ = column(slabs, blocks=heated(4.0, (0.0, 1 * MM)))
            flux = 4.0 / A
            drop = flux * (0.5 * MM / 100.0 + contact + 1 * MM / 50.0)
            assert t[0] - t[1] == pytest.approx(drop, rel=1e-9)
            assert t[1] == pytest.approx(300.0 + flux * (1 * MM / 50.0 + 1e-3), rel=1e-11)

    def test_contact_under_a_part_of_the_columns(self):
        contact = slab(1 * MM, area(100.0, *LEFT), area(100.0, SIDE / 2, 0.0, SIDE, SIDE), contact=1e-4)
        placed = scene((SIDE, SIDE), [slab(1 * MM, area(100.0, *WHOLE)), contact])
        system = assemble(placed, uniform(placed, 4, 1))
        a = A / 4
        bare, touched = a * 100.0 / MM, a / (MM / 100.0 + 1e-4)
        np.testing.assert_allclose(system.vertical[:, 0], [touched, touched, bare, bare])

    def test_resistance_is_that_of_the_whole_material_face(self):
        slabs = [slab(1 * MM, area(100.0, *WHOLE)), slab(1 * MM, area(100.0, *LEFT))]
        placed = scene(
            (SIDE, SIDE), slabs, blocks=heated(3.0, (0.0, 1 * MM)), top=Face(310.0, resistance=7.0)
        )
        field = temperatures(placed, uniform(placed, 4, 4))
        top = field.at(np.linspace(0.1, 0.9, 9) * MM, 1 * MM, 2 * MM)
        assert top.mean() == pytest.approx(310.0 + 21.0, rel=1e-4)

    def test_two_ambients_without_power_are_a_divider(self):
        slabs = [slab(1 * MM, area(10.0, *WHOLE))]
        _, t, z = column(slabs, 4, top=Face(300.0, 1000.0), bottom=Face(400.0, 500.0))
        flux = 100.0 / (1 / 1000.0 + 1 / 500.0 + MM / 10.0)
        middle = 0.5 * (z[1:] + z[:-1])
        np.testing.assert_allclose(t, 400.0 - flux * (1 / 500.0 + middle / 10.0), rtol=1e-11)

    def test_only_the_bottom_cools(self):
        slabs = [slab(1 * MM, area(10.0, *WHOLE))]
        placed, t, _ = column(
            slabs, 4, blocks=heated(1.0, (0.0, 1 * MM)), top=Face(999.0), bottom=Face(320.0, 250.0)
        )
        assert t[0] == pytest.approx(320.0 + 1.0 / A * (1 / 250.0 + 0.125 * MM / 10.0), rel=1e-10)
        assert assemble(placed, uniform(placed, 1, 1)).reference == 320.0

    def test_a_flux_on_a_bare_face_is_felt_as_a_gradient(self):
        watts = np.full((3, 2), 0.5)
        _, t, z = column([slab(1 * MM, area(10.0, *WHOLE))], 4, bottom=Face(300.0, flux=watts))
        middle = 0.5 * (z[1:] + z[:-1])
        np.testing.assert_allclose(t, 300.0 + 3.0 / A * (1e-3 + (MM - middle) / 10.0), rtol=1e-11)

    @pytest.mark.parametrize("cells", [1, 4])
    def test_a_flux_on_a_cooled_face_heats_nothing_below_it_on_any_mesh(self, cells):
        """What the film takes away at the surface never enters: the body is as warm as its surface."""
        placed = scene(
            (SIDE, SIDE), [slab(1 * MM, area(10.0, *WHOLE))], top=Face(300.0, 1000.0, flux=np.array([[2.0]]))
        )
        field = temperatures(placed, uniform(placed, 2, 2, cells))
        surface = 300.0 + 2.0 / A / 1000.0
        np.testing.assert_allclose(field.temperature, surface, rtol=1e-11)
        assert float(field.at(MM, MM, MM)) == pytest.approx(surface, rel=1e-11)
        assert field.system.end_flow(field.temperature - 300.0).sum() == pytest.approx(2.0, rel=1e-9)

    def test_flux_and_film_share_a_cooled_face_exactly(self):
        """Bottom at 400 K, top film to 300 K with a flux: one equation for the surface."""
        placed = scene(
            (SIDE, SIDE),
            [slab(1 * MM, area(10.0, *WHOLE))],
            top=Face(300.0, 1000.0, flux=np.array([[2.0]])),
            bottom=Face(400.0, 500.0),
        )
        field = temperatures(placed, uniform(placed, 2, 2, 3))
        below = 1 / (1 / 500.0 + MM / 10.0)
        surface = (1000.0 * 300.0 + below * 400.0 + 2.0 / A) / (1000.0 + below)
        assert float(field.at(MM, MM, MM)) == pytest.approx(surface, rel=1e-11)


class TestPower:
    outlines: ClassVar[dict[str, list[tuple[float, float]]]] = {
        "rectangle": [(0.13, 0.21), (1.07, 0.21), (1.07, 0.83), (0.13, 0.83)],
        "triangle": [(0.2, 0.1), (1.7, 0.4), (0.6, 1.9)],
        "hexagon": [(0.5, 0.2), (1.5, 0.2), (1.9, 1.0), (1.5, 1.8), (0.5, 1.8), (0.1, 1.0)],
        "sliver": [(0.1, 0.1), (0.11, 0.1), (1.9, 1.9)],
    }

    @pytest.mark.parametrize("name", outlines)
    @pytest.mark.parametrize("turn", range(4))
    @pytest.mark.parametrize("mirror", [False, True])
    def test_power_of_cut_blocks_is_conserved_to_rounding(self, name, turn, mirror):
        points = np.array(self.outlines[name]) * MM - MM
        points = np.linalg.matrix_power(np.array([[0, 1], [-1, 0]]), turn) @ points.T
        points[0] *= -1 if mirror else 1
        outline = Polygon(points.T + MM)
        placed = scene(
            (SIDE, SIDE), [slab(1 * MM, area(9.0, *WHOLE))], blocks=[block("p", outline, (0.0, MM), 1.7)]
        )
        tree = grid(
            np.linspace(0, SIDE, 4),
            np.linspace(0, SIDE, 4),
            [(0.3 * MM, 0.3 * MM, 0.5 * MM, 0.5 * MM, 0.1 * MM)],
        )
        system = assemble(placed, mesh_of(placed, tree, 3))
        assert system.source.sum() == pytest.approx(1.7, rel=1e-14)
        cx, cy, _ = system.mesh.centres
        columns = system.source.sum(axis=1)
        centroid = np.array([cx @ columns, cy @ columns]) / 1.7
        wx, wy = system.mesh.widths
        assert np.hypot(*(centroid - np.array(outline.centroid.coords[0]))) < 0.5 * np.hypot(
            wx.max(), wy.max()
        )

    def test_power_is_uniform_over_the_height_of_the_layer(self):
        placed = scene(
            (SIDE, SIDE),
            [slab(1 * MM, area(9.0, *WHOLE)), slab(2 * MM, area(9.0, *WHOLE))],
            blocks=[block("p", WHOLE, (MM, 3 * MM), 8.0, layer="layer1")],
        )
        source = assemble(placed, uniform(placed, 2, 2, (2, 4))).source
        np.testing.assert_allclose(source, [[0.0, 0.0, 0.5, 0.5, 0.5, 0.5]] * 4, rtol=1e-13)

    def test_rasters_add_to_blocks(self):
        raster = PlacedRaster(
            "layer0", np.array([[1.0, 2.0], [3.0, 4.0]]), 0.2 * MM, 0.3 * MM, 1.7 * MM, 1.9 * MM, 0.0, MM
        )
        placed = scene(
            (SIDE, SIDE),
            [slab(1 * MM, area(9.0, *WHOLE))],
            blocks=[block("p", WHOLE, (0.0, MM), 5.0)],
            rasters=[raster],
        )
        system = assemble(placed, uniform(placed, 5, 3, 2))
        assert system.source.sum() == pytest.approx(15.0, rel=1e-14)
        assert placed.power == pytest.approx(15.0)


class TestPathsToACooledFace:
    island = (0.25 * MM, 0.25 * MM, 0.75 * MM, 0.75 * MM)

    def stack(self, power: float) -> Scene:
        """An island of silicon in a slab of void that nothing lies under; a plate elsewhere is cooled."""
        slabs = [
            slab(0.5 * MM, area(100.0, *self.island), area(100.0, 1 * MM, 0.0, SIDE, SIDE)),
            slab(0.5 * MM, area(100.0, 1 * MM, 0.0, SIDE, SIDE)),
        ]
        blocks = [
            block("die/lost", self.island, (0.0, 0.5 * MM), power),
            block("die/fine", (1.25 * MM, 0.25 * MM, 1.75 * MM, 1 * MM), (0.0, 0.5 * MM), 1.0),
        ]
        placed = scene((SIDE, SIDE), slabs, blocks=blocks)
        object.__setattr__(placed, "locate", lambda name: Span("x.yaml", 7, len(name)))
        return placed

    def test_an_unpowered_island_has_no_temperature(self):
        placed = self.stack(0.0)
        field = temperatures(placed, uniform(placed, 8, 8, 2))
        assert np.isnan(field.at(0.5 * MM, 0.5 * MM, 0.2 * MM))
        assert np.isnan(field.at(0.9 * MM, 0.5 * MM, 0.2 * MM))
        assert field.at(1.5 * MM, 0.5 * MM, 0.2 * MM) > 300.0

    def test_a_powered_island_is_refused_at_its_place_in_the_file(self):
        placed = self.stack(0.1)
        with pytest.raises(InputError) as caught:
            assemble(placed, uniform(placed, 8, 8, 2))
        (found,) = caught.value.diagnostics
        assert found.span == Span("x.yaml", 7, len("die/lost"))
        assert "'die/lost'" in str(found)
        assert "die/fine" not in str(found)
        assert "no path of material leads from it to a cooled face" in str(found)

    def test_a_block_that_overhangs_void_is_refused(self):
        blocks = [block("over", (0.5 * MM, 0.0, 1.5 * MM, SIDE), (0.0, MM), 1.0)]
        placed = scene((SIDE, SIDE), [slab(1 * MM, area(9.0, *LEFT))], blocks=blocks)
        with pytest.raises(InputError, match="'over': powered"):
            assemble(placed, uniform(placed, 4, 4))

    def test_heat_without_any_cooling_is_refused(self):
        placed = scene(
            (SIDE, SIDE), [slab(1 * MM, area(9.0, *WHOLE))], blocks=heated(1.0, (0, MM)), top=Face(300.0)
        )
        with pytest.raises(InputError, match="no path of material"):
            assemble(placed, uniform(placed, 2, 2))

    def test_heat_of_a_map_over_void_is_refused(self):
        raster = PlacedRaster("layer0", np.ones((2, 2)), *WHOLE, 0.0, MM)
        placed = scene((SIDE, SIDE), [slab(1 * MM, area(9.0, *LEFT))], rasters=[raster])
        with pytest.raises(InputError, match="a power map: powered"):
            assemble(placed, uniform(placed, 4, 4))

    def test_only_five_blocks_are_named(self):
        blocks = [
            block(f"b{i}", (1.2 * MM, 0.2 * i * MM, 1.4 * MM, 0.2 * (i + 1) * MM), (0, MM), 1.0)
            for i in range(7)
        ]
        placed = scene((SIDE, SIDE), [slab(1 * MM, area(9.0, *LEFT))], blocks=blocks)
        with pytest.raises(InputError, match=r"'b4' and 2 more: powered"):
            assemble(placed, uniform(placed, 4, 4))

    def test_an_island_cooled_by_its_exposed_faces_is_solved(self):
        slabs = [
            slab(0.5 * MM, area(1e6, *self.island), exposed=(100.0, 305.0)),
            slab(0.5 * MM, area(None, *WHOLE)),
        ]
        placed = scene(
            (SIDE, SIDE), slabs, blocks=[block("i", self.island, (0, 0.5 * MM), 0.1)], top=Face(300.0)
        )
        field = temperatures(placed, uniform(placed, 8, 8))
        faces = 4 * 0.5 * 0.5 * MM * MM + 0.25 * MM * MM
        assert field.at(0.5 * MM, 0.5 * MM, 0.2 * MM) == pytest.approx(
            305.0 + 0.1 / (100.0 * faces), rel=1e-6
        )
