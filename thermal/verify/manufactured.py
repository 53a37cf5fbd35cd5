"""A manufactured solution put on meshes of the solver: its errors, and their order."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace

import numpy as np

from thermal.clock import Progress
from thermal.equilibrium import balanced
from thermal.field import Field
from thermal.kernels.arrays import Bools, Floats, Ints
from thermal.linearised import Linearised
from thermal.mesh.columns import Mesh
from thermal.mesh.quadtree import QuadTree
from thermal.placement import place
from thermal.system import assemble
from thermal.verification import CosineMode, LayeredStack, ManufacturedSolution, StackLayer, fitted_order
from thermal.verify.check import Case, Check
from thermal.verify.designs import design_of

# Three orthotropic layers, k jumps by a factor of 30, convection on both faces.
STACK = LayeredStack(
    (0.012, 0.010),
    (
        StackLayer(6e-4, 130.0, 130.0, 130.0),
        StackLayer(1e-4, 4.0, 4.0, 4.0),
        StackLayer(1.8e-3, 350.0, 300.0, 90.0),
    ),
    9000.0,
    800.0,
    300.0,
    300.0,
)
EXACT = ManufacturedSolution(
    STACK, (CosineMode(0, 0, 40.0, 0.3), CosineMode(1, 2, 12.0, -0.55), CosineMode(3, 1, 5.0, 0.8))
)
RECTS = ((0.001, 0.001, 0.004, 0.003), (0.006, 0.005, 0.012, 0.010), (0.0051, 0.0017, 0.0053, 0.0063))
"""Boxes whose means are compared, x0, y0, x1, y1 in m."""

ORDER, SLACK = 2.0, 0.1
"""Of a centred scheme in a smooth field; what higher orders may add to a slope over two halvings."""


@dataclass(frozen=True)
class Errors:
    """Errors of a solve, K: of cell means (L2 over the volume), of points (largest), of boxes (largest)."""

    cells: float
    points: float
    boxes: float
    balance: float


def even_lines(side: float, n: int) -> tuple[Floats, Bools]:
    """Equal base cells, of which only the two ends lie on an edge."""
    return np.linspace(0.0, side, n + 1), np.arange(n + 1) % n == 0


def uniform_mesh(lateral: tuple[int, int], vertical: tuple[int, int, int]) -> Mesh:
    """A tensor mesh with so many cells along x, y and through each layer."""
    x, y = (even_lines(side, n) for side, n in zip(STACK.size, lateral, strict=True))
    return Mesh(QuadTree.grown(x, y, np.empty((0, 5)), 0.5), *heights(vertical))


def locally_refined_mesh(lateral: tuple[int, int], vertical: tuple[int, int, int]) -> Mesh:
    """The same with cells of a quarter of the size in a corner, and the transitions around it."""
    x, y = (even_lines(side, n) for side, n in zip(STACK.size, lateral, strict=True))
    wanted = np.array([[0.0, 0.0, 0.003, 0.0025, float(x[0][1] - x[0][0]) / 4]])
    return Mesh(QuadTree.grown(x, y, wanted, 0.3), *heights(vertical))


def heights(vertical: tuple[int, int, int]) -> tuple[Floats, Ints]:
    """z nodes with so many cells through each layer, and the layer of each."""
    faces = STACK.faces
    parts = [np.linspace(faces[k], faces[k + 1], n + 1)[1:] for k, n in enumerate(vertical)]
    return np.concatenate(([0.0], *parts)), np.repeat(np.arange(3), vertical)


def boxes_of(mesh: Mesh) -> Floats:
    """``[columns, nz, 6]`` corners of all cells."""
    x0, y0, x1, y1 = (edge[:, None] for edge in mesh.tree.bounds)
    shape = (mesh.columns, mesh.nz)
    parts = (x0, y0, mesh.z[None, :-1], x1, y1, mesh.z[None, 1:])
    return np.stack([np.broadcast_to(part, shape) for part in parts], axis=-1)


def solve_on(mesh: Mesh, exact: ManufacturedSolution = EXACT) -> tuple[Field, float]:
    """The solver's field with the exact power of every cell, and its energy balance."""
    system = assemble(place(design_of(exact.stack, [])), mesh)
    system = replace(system, source=exact.box_power(boxes_of(mesh)))
    found = Linearised(system).solve(system.rhs, tolerance=1e-11)
    theta, balance = balanced(system, found.x)
    return Field(system, theta + system.reference), balance


def errors_on(mesh: Mesh, exact: ManufacturedSolution = EXACT) -> Errors:
    """Solve and compare."""
    field, balance = solve_on(mesh, exact)
    volume = mesh.areas[:, None] * mesh.heights
    off = field.temperature - exact.box_mean(boxes_of(mesh))
    random = np.random.default_rng(11)
    x, y, z = random.uniform(0.0, 1.0, (3, 500)) * np.array([[0.012], [0.010], [0.0025]])
    points = field.at(x, y, z) - exact.temperature(x, y, z)
    return Errors(
        cells=float(np.sqrt(np.sum(volume * off**2) / volume.sum())),
        points=float(np.abs(points).max()),
        boxes=max(_box_error(field, exact, rect, layer) for rect in RECTS for layer in range(3)),
        balance=balance,
    )


def _box_error(
    field: Field, exact: ManufacturedSolution, rect: tuple[float, float, float, float], layer: int
) -> float:
    from shapely import box

    z0, z1 = (float(face) for face in exact.stack.faces[layer : layer + 2])
    found = field.statistics(box(*rect), z0, z1)
    return abs(found.t_avg - float(exact.box_mean([rect[0], rect[1], z0, rect[2], rect[3], z1])))


def _run(progress: Progress) -> tuple[Check, ...]:
    doublings, runs = (1, 2, 4, 8), []
    for done, n in enumerate(doublings):
        progress("halve the cells", done / len(doublings))
        runs.append(errors_on(uniform_mesh((12 * n, 10 * n), (2 * n, n, 4 * n))))
    # The coarsest mesh has two cells through a layer, where higher orders still show.
    widths, runs = [1.0 / n for n in doublings[1:]], runs[1:]
    named = {"cells": "order, cell means", "points": "order, points", "boxes": "order, means of boxes"}
    checks = []
    for norm, name in named.items():
        order = fitted_order(widths, [getattr(run, norm) for run in runs], stream=io.StringIO())
        checks.append(Check(name, "", ORDER, order, SLACK))
    return tuple(checks)


CASES = (Case("manufactured", "order of accuracy in a smooth field, over two halvings", _run),)
