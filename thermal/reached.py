"""Whether laws of conductivity and leakage are known at the temperatures that a solve reached."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely

from floorplans.conductivity import ZERO_CELSIUS
from floorplans.diagnostics import Diagnostic, InputError
from floorplans.material import Material
from power.leakage import LeakageModel, LeakageRangeError
from thermal.kernels import laws
from thermal.kernels.arrays import Floats
from thermal.mesh.columns import Mesh
from thermal.scene import PlacedBlock, Scene
from thermal.system import ConductionSystem

# Rounding of a temperature at the very end of a table.
SLACK = 1e-6


def check_reached(system: ConductionSystem, temperature: Floats) -> None:
    """Refuse temperatures at which a law has no value, or none above zero.

    Parameters
    ----------
    temperature
        ``[columns, nz]`` K, finite in void too.

    Raises
    ------
    InputError
        With the material or block, its layer, and the temperature, for every law.
    """
    found = [*_conductivities(system, temperature), *_leakage(system, temperature)]
    problems = [diagnostic for _, diagnostic in found]
    if problems:
        raise InputError(problems)


def beyond_laws(system: ConductionSystem, temperature: Floats) -> tuple[str, ...]:
    """Names of materials and blocks whose laws have no value at the temperatures reached."""
    found = [name for name, _ in (*_conductivities(system, temperature), *_leakage(system, temperature))]
    return tuple(dict.fromkeys(found))


def _conductivities(system: ConductionSystem, temperature: Floats) -> Iterator[tuple[str, Diagnostic]]:
    found, mesh = system.conductivities, system.mesh
    curves = found.curves
    if not len(curves):
        return
    reached = np.tile([np.inf, -np.inf], (len(curves), 1))
    where = np.zeros((len(curves), 2, 2), np.int64)
    solid = np.where(system.solid[mesh.slab].T, temperature, np.nan)
    laws.reach(found.pattern[mesh.slab], found.law, found.mixture, solid, reached, where)
    for material, (low, high), (coldest, hottest) in zip(curves.materials, reached, where, strict=True):
        if not low <= high:
            continue
        assert material.k_law is not None
        first, last = material.k_law.valid
        # On the way from the ambient.
        bad = _not_positive(material, max(min(low, system.reference), first), min(high, last))
        if bad is not None:
            t, k = bad
            said = (
                f"its conductivity is {k:.3g} W/(m K) at {_celsius(t)}, and must be above zero at every "
                "temperature it takes"
            )
            yield material.name, _about(material, system.scene, mesh, hottest, said)
            continue
        if low < first - SLACK or high > last + SLACK:
            worst, cell = (high, hottest) if high > last else (low, coldest)
            said = (
                f"its conductivity is known from {_celsius(first)} to {_celsius(last)} and is not "
                f"extrapolated; it reaches about {_celsius(worst)}"
            )
            yield material.name, _about(material, system.scene, mesh, cell, said)


def _not_positive(material: Material, low: float, high: float) -> tuple[float, float] | None:
    """A temperature within reach at which a conductivity is not above zero, and that conductivity."""
    if low > high:
        return None
    t = np.linspace(low, high, 1001)
    with np.errstate(all="ignore"):
        along = [np.broadcast_to(np.asarray(k, float), t.shape) for k in material.conductivity(t)]
    for k in along:
        bad = np.flatnonzero(~((k > 0.0) & np.isfinite(k)))
        if bad.size:
            return float(t[bad[0]]), float(k[bad[0]])
    return None


def _about(material: Material, scene: Scene, mesh: Mesh, cell: np.ndarray, said: str) -> Diagnostic:
    cx, cy, cz = mesh.centres
    x, y, z = float(cx[cell[0]]), float(cy[cell[0]]), float(cz[cell[1]])
    layers = [e.name for e in scene.layers if e.z0 <= z <= e.z1 and shapely.intersects_xy(e.outline, x, y)]
    block = _block_at(scene, x, y, z)
    place = f"layer '{layers[-1]}'" if layers else f"z = {1e6 * z:.4g} um"
    place += "" if block is None else f", block '{block.name}'"
    return Diagnostic(
        None if block is None else scene.origin(block.name), f"material '{material.name}': {said} in {place}"
    )


def _block_at(scene: Scene, x: float, y: float, z: float) -> PlacedBlock | None:
    inside = [b for b in scene.blocks if b.z0 <= z <= b.z1 and shapely.intersects_xy(b.outline, x, y)]
    return min(inside, key=lambda b: float(b.outline.area)) if inside else None


def _leakage(system: ConductionSystem, temperature: Floats) -> Iterator[tuple[str, Diagnostic]]:
    feedback = system.feedback
    if feedback is None:
        return
    flat = temperature.reshape(-1)
    for i, law in enumerate(feedback.laws):
        if law.model is LeakageModel.BLOCK_MEAN:
            low = high = feedback.mean(i, temperature)
        else:
            here = flat[feedback.row(i)[0]]
            low, high = float(here.min()), float(here.max())
        try:
            law.check(low + SLACK, high - SLACK)
        except LeakageRangeError as error:
            name = system.scene.blocks[int(feedback.blocks[i])].name
            yield name, Diagnostic(system.scene.origin(name), f"block '{name}': {error}")


def _celsius(kelvin: float) -> str:
    return f"{kelvin - ZERO_CELSIUS:.6g} degC"
