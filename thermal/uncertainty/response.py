"""How the temperatures of a design answer to its uncertain inputs, on one mesh.

Slopes are exact to first order: with F(T, p) = 0 the heat balance of all cells, J = dF/dT,

    J dT/dp = -dF/dp,

solved once an input for all blocks at once. dF/dp is the central difference of the balance assembled at p - h
and p + h with the temperatures held; where an input moves planes, the z nodes move with them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from floorplans.diagnostics import InputError
from thermal.clock import Clock, Progress
from thermal.design import Design
from thermal.equilibrium import equilibrium
from thermal.evaluated import evaluated
from thermal.field import Field
from thermal.kernels.arrays import Floats
from thermal.krylov import NoConvergence, Operator
from thermal.linearised import Linearised
from thermal.mesh.build import build_mesh
from thermal.mesh.columns import Mesh
from thermal.mesh.resolution import Resolution, graded_heights
from thermal.nonlinear import NoSteadyState
from thermal.placement import place
from thermal.runaway import LeakageAlone, ThermalRunaway
from thermal.scene import Scene
from thermal.system import ConductionSystem, assemble
from thermal.uncertainty.inputs import Input
from thermal.uncertainty.variation import Variation

STEP = 0.01
"""Of the difference quotients, in standard deviations."""
WIDE_STEP = 0.5
"""The same where an input changes which layers lie side by side, so that meshes differ."""


@dataclass(frozen=True)
class Place:
    """A block, or a layer with a limit, whose highest temperature is asked for."""

    name: str
    layer: bool


class NoState(Exception):
    """There is no steady state at these inputs, or none was found."""


class Response:
    """Highest temperatures as a function of the inputs.

    Parameters
    ----------
    design
        The design as it is.
    scene
        Its scene.
    inputs
        What varies.
    places
        Whose temperatures are wanted; blocks first, in the order of the scene.
    resolution
        Of the one mesh.
    tolerance
        Of the iterations.
    progress
        Called with the stage and how far it is.
    start
        A field of the scene on any mesh, to start from.
    constant_k, leakage
        As for `thermal.solve`.
    """

    def __init__(
        self,
        design: Design,
        scene: Scene,
        inputs: Sequence[Input],
        places: Sequence[Place],
        resolution: Resolution,
        tolerance: float,
        progress: Progress,
        start: Field | None = None,
        constant_k: bool = False,
        leakage: bool = True,
    ) -> None:
        self.inputs, self.places = tuple(inputs), tuple(places)
        self._variation = Variation(design, inputs)
        self._scene, self._resolution, self._tolerance = scene, resolution, tolerance
        self._constant_k, self._leakage = constant_k, leakage
        self._mesh = build_mesh(scene, resolution)
        self.nominal = np.array([item.nominal for item in inputs])
        self._field = equilibrium(scene, self._mesh, tolerance, Clock(progress), "study: ", start).field
        self._linear = Linearised.at(self._field)
        self.base = self._figures(self._field)
        self.solves = 1

    @property
    def cells(self) -> int:
        """Of the mesh."""
        return self._mesh.cells

    def at(self, x: Floats) -> Floats:
        """Highest temperatures ``[places]`` in K at inputs ``[inputs]``, solved anew.

        Raises
        ------
        NoState
            There is no steady state there, or none was found.
        InputError
            Something there is not possible; says where.
        """
        scene = self._placed(x)
        mesh = self._moved(scene) or self._own_mesh(scene)
        self.solves += 1
        try:
            found = equilibrium(scene, mesh, self._tolerance, Clock(lambda *_: None), "", self._field)
        except (ThermalRunaway, LeakageAlone, NoSteadyState, NoConvergence) as error:
            raise NoState(str(error)) from error
        except InputError as error:
            raise InputError(
                [replace(d, message=f"{self._told(x)}: {d.message}") for d in error.diagnostics]
            ) from None
        return self._figures(found.field)

    def _told(self, x: Floats) -> str:
        values = (f"{item.name} {item.value(float(v)):.4g}" for item, v in zip(self.inputs, x, strict=True))
        return f"at {', '.join(values)}"

    def slope(self, position: int) -> Floats:
        """Change of the highest temperatures ``[places]`` by one unit of an input, K."""
        step = STEP * self.inputs[position].distribution.sd
        scenes = [self._placed(self._shifted(position, sign * step)) for sign in (1.0, -1.0)]
        meshes = [self._moved(scene) for scene in scenes]
        if meshes[0] is None or meshes[1] is None:
            return self._secant(position)
        held = self._field.temperature
        systems = [_at(assemble(x, mesh), held) for x, mesh in zip(scenes, meshes, strict=True) if mesh]
        surplus = self._surplus(systems[0])
        surplus -= self._surplus(systems[1])
        surplus /= 2.0 * step
        self.solves += 1
        moved = self._linear.solve(surplus, tolerance=self._tolerance).x
        moved *= step
        up, down = (
            self._figures(Field(_at(system, held + shift), held + shift))
            for system, shift in zip(systems, (moved, -moved), strict=True)
        )
        return (up - down) / (2.0 * step)

    def _secant(self, position: int) -> Floats:
        step = WIDE_STEP * self.inputs[position].distribution.sd
        up, down = (self.at(self._shifted(position, sign * step)) for sign in (1.0, -1.0))
        return (up - down) / (2.0 * step)

    def _placed(self, x: Floats) -> Scene:
        scene = place(self._variation.at(x))
        return scene.simplified(constant_k=self._constant_k, leakage=self._leakage)

    def _shifted(self, position: int, by: float) -> Floats:
        x = self.nominal.copy()
        x[position] += by
        return x

    def _surplus(self, system: ConductionSystem) -> Floats:
        """Heat that every cell gains at the temperatures of the base, ``[columns, nz]`` W."""
        theta = np.nan_to_num(self._field.temperature - system.reference)
        surplus, passed = system.rhs, np.empty_like(theta)
        operator = Operator(
            self._linear.multigrid, system.lateral, system.vertical, system.loss, system.hanging
        )
        operator.apply(theta, passed)
        surplus -= passed
        return surplus

    def _moved(self, scene: Scene) -> Mesh | None:
        """The mesh with its z nodes moved as the planes did; None if the layers lie otherwise."""
        before, after = self._scene.planes, scene.planes
        if [s.name for s in scene.slabs] != [s.name for s in self._scene.slabs]:
            return None
        if np.array_equal(before, after):
            return self._mesh
        return Mesh(self._mesh.tree, np.interp(self._mesh.z, before, after), self._mesh.slab)

    def _own_mesh(self, scene: Scene) -> Mesh:
        z, slab = graded_heights(scene, self._resolution)
        return Mesh(self._mesh.tree, z, slab)

    def _figures(self, field: Field) -> Floats:
        blocks = {b.name: s for b, s in zip(field.system.scene.blocks, field.of_blocks(), strict=True)}
        found = np.empty(len(self.places))
        for i, there in enumerate(self.places):
            if there.layer:
                extent = field.system.scene.layer(there.name)
                found[i] = field.statistics(extent.outline, extent.z0, extent.z1).t_max
            else:
                found[i] = blocks[there.name].t_max
        return found


def _at(system: ConductionSystem, temperature: Floats) -> ConductionSystem:
    """The system with the conductivities and the leakage that it has at temperatures in K, nan in void."""
    if not system.nonlinear:
        return system
    return evaluated(system, np.nan_to_num(temperature, nan=system.reference))[0]
