"""Order of accuracy on a smooth manufactured field, on uniform and on locally refined meshes."""

from itertools import pairwise

import numpy as np
import pytest

from tests.verification.manufactured import (
    EXACT,
    STACK,
    Errors,
    errors_on,
    locally_refined_mesh,
    uniform_mesh,
)
from thermal.mesh.build import refined
from thermal.verification import CosineMode, ManufacturedSolution, fitted_order

# The reference field bends strongly through the thickness; this one in the plane only, where a mesh is
# refined locally, and so where the faces between two sizes of cell show.
IN_PLANE = ManufacturedSolution(
    STACK, (CosineMode(0, 0, 40.0, 0.0), CosineMode(4, 3, 20.0, 0.0), CosineMode(7, 1, 5.0, 0.0))
)
DOUBLINGS = (1, 2, 4, 8)
NORMS = ("cells", "points", "boxes")


def orders(runs: list[Errors]) -> dict[str, float]:
    widths = [1 / n for n in DOUBLINGS]
    return {norm: fitted_order(widths, [getattr(run, norm) for run in runs], label=norm) for norm in NORMS}


@pytest.mark.parametrize("exact", [EXACT, IN_PLANE], ids=["reference field", "in-plane field"])
def test_uniform_meshes_are_of_second_order(exact):
    runs = [errors_on(uniform_mesh((12 * n, 10 * n), (2 * n, n, 4 * n)), exact) for n in DOUBLINGS]
    found = orders(runs)
    assert min(found.values()) >= 1.9, found
    assert max(run.balance for run in runs) <= 1e-12


def test_locally_refined_meshes_converge_and_their_order_is_reported(record_property):
    runs = [errors_on(locally_refined_mesh((12 * n, 10 * n), (2 * n, n, 3 * n)), IN_PLANE) for n in DOUBLINGS]
    found = orders(runs)
    for norm, order in found.items():
        record_property(f"order_{norm}", round(order, 2))
    # The means of ten boxes happen to be right on the coarsest mesh.
    widths = [1 / n for n in DOUBLINGS[1:]]
    found["boxes"] = fitted_order(widths, [run.boxes for run in runs[1:]], label="boxes")
    assert min(found.values()) >= 1.9, found
    uniform = [errors_on(uniform_mesh((12 * n, 10 * n), (2 * n, n, 3 * n)), IN_PLANE) for n in DOUBLINGS[:2]]
    # More cells where they were asked for do no harm to the rest.
    assert all(fine.cells <= 1.05 * plain.cells for fine, plain in zip(runs[:2], uniform, strict=True))


def test_a_pattern_of_refinement_halved_again_and_again_is_of_second_order(record_property):
    # Unlike above, the faces between two sizes of cell stay where they are: what they err does not move away.
    meshes = [locally_refined_mesh((12, 10), (2, 1, 3))]
    for _ in DOUBLINGS[1:]:
        meshes.append(refined(meshes[-1]))
    assert all(fine.cells == 8 * coarse.cells for coarse, fine in pairwise(meshes))
    unequal = [np.ptp(mesh.tree.level[mesh.faces[0]], axis=1).sum() for mesh in meshes]
    assert all(fine == 2 * coarse for coarse, fine in pairwise(unequal))
    found = orders([errors_on(mesh, IN_PLANE) for mesh in meshes])
    for norm, order in found.items():
        record_property(f"order_of_a_fixed_pattern_{norm}", round(order, 2))
    # With plain fluxes there it is of first order.
    assert min(found.values()) >= 1.9, found


def test_power_of_the_cells_is_that_of_the_field():
    mesh = uniform_mesh((12, 10), (2, 1, 4))
    from tests.verification.manufactured import boxes_of

    powers = EXACT.box_power(boxes_of(mesh))
    total = EXACT.heat_out_top + EXACT.heat_out_bottom
    assert powers.sum() == pytest.approx(total, abs=1e-12 * np.abs(powers).sum())
