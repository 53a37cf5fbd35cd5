"""Cooled faces: maps of heat-transfer coefficients and fluxes, and the exposed faces of layers, by hand."""

import numpy as np
import pytest

from tests.unit.thermal.scenes import MM, UM, area, scene, slab, uniform
from thermal.scene import Face
from thermal.system import ConductionSystem, assemble

SIDE = 2 * MM
WHOLE = (0.0, 0.0, SIDE, SIDE)
A = SIDE * SIDE
LEFT = (0.0, 0.0, SIDE / 2, SIDE)


class TestMaps:
    def test_htc_map_acts_cell_by_cell_through_the_half_cell(self):
        htc = np.array([[100.0, 0.0], [300.0, 800.0]])
        placed = scene((SIDE, SIDE), [slab(1 * MM, area(10.0, *WHOLE))], top=Face(300.0, htc))
        mesh = uniform(placed, 2, 2)
        system = assemble(placed, mesh)
        a = A / 4
        expected = [a / (1 / h + 0.5 * MM / 10.0) if h else 0.0 for h in htc.ravel()]
        cx, cy, _ = mesh.centres
        order = np.lexsort((cx, cy))
        np.testing.assert_allclose(system.ends[order, 1], expected, rtol=1e-12)
        np.testing.assert_array_equal(system.ends[:, 0], 0.0)

    def test_a_map_finer_than_the_mesh_is_averaged(self):
        htc = np.random.default_rng(4).uniform(10.0, 100.0, (6, 9))
        placed = scene((SIDE, SIDE), [slab(1 * UM, area(1e6, *WHOLE))], top=Face(300.0, htc))
        system = assemble(placed, uniform(placed, 1, 1))
        assert system.ends[0, 1] == pytest.approx(A * htc.mean(), rel=1e-9)

    def test_nothing_cools_void(self):
        placed = scene((SIDE, SIDE), [slab(1 * MM, area(10.0, *LEFT))])
        system = assemble(placed, uniform(placed, 4, 1))
        np.testing.assert_array_equal(system.ends[:, 1] > 0.0, [True, True, False, False])

    def test_an_empty_face_with_a_resistance_cools_nothing(self):
        slabs = [slab(1 * MM, area(10.0, *WHOLE)), slab(1 * MM, area(None, *WHOLE))]
        placed = scene((SIDE, SIDE), slabs, top=Face(300.0, resistance=1.0), bottom=Face(300.0, 10.0))
        system = assemble(placed, uniform(placed, 2, 2))
        np.testing.assert_array_equal(system.ends[:, 1], 0.0)
        assert np.all(system.ends[:, 0] > 0.0)

    def test_face_flux_lands_where_the_map_says(self):
        flux = np.array([[0.0, 1.0], [0.0, 0.0]])
        placed = scene((SIDE, SIDE), [slab(1 * MM, area(10.0, *WHOLE))], bottom=Face(300.0, flux=flux))
        source = assemble(placed, uniform(placed, 2, 2)).source[:, 0]
        np.testing.assert_allclose(source, [0.0, 1.0, 0.0, 0.0])


class TestExposedFaces:
    @staticmethod
    def films(lower, upper, nx=4, **kwargs) -> ConductionSystem:
        placed = scene((SIDE, SIDE), [lower, upper], **kwargs)
        return assemble(placed, uniform(placed, nx, nx))

    def test_total_conductance_is_htc_times_the_exposed_area_by_hand(self):
        """A tower of 1 x 1 x 0.5 mm in the corner, beside void: two inner sides, two outer."""
        tower = slab(0.5 * MM, area(1e9, 0.0, 0.0, 1 * MM, 1 * MM), exposed=(40.0, 300.0))
        system = self.films(slab(1 * MM, area(1e9, *WHOLE)), tower, top=Face(300.0), bottom=Face(300.0, 10.0))
        sides = 4 * (1 * MM * 0.5 * MM) * 40.0
        assert system.loss.sum() - system.ends.sum() == pytest.approx(sides, rel=1e-6)

    def test_a_plate_under_a_tower_is_cooled_where_it_is_bare_and_on_its_rim(self):
        plate = slab(1 * MM, area(1e9, *WHOLE), exposed=(40.0, 300.0))
        tower = slab(0.5 * MM, area(1e9, 0.0, 0.0, 1 * MM, 1 * MM))
        system = self.films(plate, tower, top=Face(300.0), bottom=Face(300.0, 10.0))
        bare, rim = A - 1 * MM * MM, 4 * SIDE * MM
        assert system.loss.sum() - system.ends.sum() == pytest.approx(40.0 * (bare + rim), rel=1e-6)

    def test_the_side_of_a_cut_cell_is_cooled_even_if_its_centre_lies_outside(self):
        """The tower ends 0.2 cells behind a grid line."""
        tower = slab(0.5 * MM, area(1e9, 0.0, 0.0, 1.1 * MM, SIDE), exposed=(40.0, 300.0))
        system = self.films(slab(1 * MM, area(1e9, *WHOLE)), tower, top=Face(300.0), bottom=Face(300.0, 10.0))
        sides = (2 * SIDE + 2 * 1.1 * MM) * 0.5 * MM * 40.0
        got = system.loss.sum() - system.ends.sum()
        # The rim of the cut cell counts whole: 0.4 mm too much on each of the two outer sides.
        assert sides <= got * (1 + 1e-6) <= sides + 2 * 0.4 * MM * 0.5 * MM * 40.0 * (1 + 1e-5)

    def test_films_act_through_the_half_cell(self):
        plate = slab(1 * MM, area(5.0, *WHOLE), exposed=(40.0, 280.0))
        placed = scene((SIDE, SIDE), [plate])
        system = assemble(placed, uniform(placed, 1, 1))
        sides = 4 * SIDE * MM / (1 / 40.0 + 0.5 * SIDE / 5.0)
        top = A / (1e-3 + 0.5 * MM / 5.0)
        assert system.loss.sum() == pytest.approx(sides + top, rel=1e-12)
        assert system.inflow.sum() == pytest.approx(-20.0 * sides, rel=1e-12)

    def test_mirrored_exposed_scenes_lose_as_much(self):
        """A sliver of void at the left border, or at the right one."""
        found = []
        for low, high in ((0.0, 0.3 * MM), (SIDE - 0.3 * MM, SIDE)):
            plate = slab(1 * MM, area(5.0, *WHOLE), area(None, low, 0.0, high, SIDE), exposed=(40.0, 300.0))
            placed = scene((SIDE, SIDE), [plate])
            found.append(assemble(placed, uniform(placed, 4, 4)).loss.sum())
        assert found[0] == pytest.approx(found[1], rel=1e-12)

    def test_faces_between_solids_are_not_exposed(self):
        inner = slab(1 * MM, area(5.0, *LEFT), area(7.0, SIDE / 2, 0, SIDE, SIDE), exposed=(40.0, 300.0))
        both = self.films(inner, slab(1 * MM, area(5.0, *WHOLE)))
        rim = both.loss.sum() - both.ends.sum()
        expected = SIDE * MM / (1 / 40.0 + SIDE / 8 / 5.0) + 2 * SIDE / 2 * MM / (1 / 40.0 + SIDE / 8 / 5.0)
        assert rim == pytest.approx(expected, rel=1e-12)
