"""Temperatures that a run begins with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from floorplans.diagnostics import Diagnostic, InputError, Span
from thermal.clock import Clock
from thermal.equilibrium import carried, equilibrium
from thermal.field import Field
from thermal.kernels.arrays import Floats
from thermal.mesh.columns import Mesh
from thermal.report.wholefile import write_whole
from thermal.scene import Scene
from thermal.solution import Solution
from thermal.transient.excitation import Excitation, Interval

AMBIENT, STEADY, DESIGN = "ambient", "steady", "design"
"""Names of starts: ambient, and the steady states of the trace's first power and of the design's."""

Initial = str | Path | Field | Solution

TOLERANCE = 1e-9


def first_field(
    initial: Initial, scene: Scene, excitation: Excitation, first: Interval, clock: Clock
) -> Floats:
    """``[columns, nz]`` K above the reference.

    Parameters
    ----------
    initial
        One of the names, a saved field (`save_field`), a field or a solution of the same scene.
    scene
        With the design's power.
    """
    system = excitation.system
    if isinstance(initial, Solution):
        initial = initial.field
    if isinstance(initial, Field):
        return carried(initial, system)
    if initial == AMBIENT:
        return np.full(system.vertical.shape, scene.ambient - system.reference)
    if initial in {STEADY, DESIGN}:
        if initial == STEADY:
            scene = powered(excitation.scene, dict(zip(excitation.blocks, first.first.tolist(), strict=True)))
        solved = equilibrium(scene, system.mesh, TOLERANCE, clock, "steady start: ")
        return carried(solved.field, system)
    return np.nan_to_num(load_field(Path(initial), system.mesh) - system.reference)


def powered(scene: Scene, watts: dict[str, float]) -> Scene:
    """The scene with some blocks' power changed, W."""
    blocks = tuple(replace(b, power=watts.get(b.name, b.power)) for b in scene.blocks)
    return replace(scene, blocks=blocks)


def save_field(path: Path, field: Field, time: float | None = None) -> None:
    """Write temperatures and their mesh to an ``.npz``.

    It holds ``temperature`` ``[columns, nz]`` K (nan in void), ``bounds`` ``[4, columns]`` m of the columns
    (x0, y0, x1, y1), ``z`` ``[nz + 1]`` m, and ``time_s``.
    """
    import io

    buffer = io.BytesIO()
    mesh = field.mesh
    np.savez(
        buffer,
        temperature=field.temperature,
        bounds=np.array(mesh.tree.bounds),
        z=mesh.z,
        time_s=np.array(np.nan if time is None else time),
    )
    write_whole(path, buffer.getvalue())


def load_field(path: Path, mesh: Mesh) -> Floats:
    """``[columns, nz]`` K of a saved field on the same mesh.

    Raises
    ------
    InputError
        No such file, no saved field, or one of another mesh.
    """

    def wrong(text: str) -> InputError:
        return InputError(Diagnostic(Span(str(path)), text))

    if not path.exists():
        names = ", ".join(f"'{n}'" for n in (AMBIENT, STEADY, DESIGN))
        raise wrong(f"no such file; a run begins with {names}, or a saved field (.npz)")
    try:
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            found, bounds, z = (np.asarray(file[n], float) for n in ("temperature", "bounds", "z"))
    except (OSError, ValueError, KeyError, BadZipFile, EOFError) as error:
        raise wrong(f"holds no saved field ({error})") from error
    own = np.array(mesh.tree.bounds)
    alike = bounds.shape == own.shape and z.shape == mesh.z.shape
    if not (
        alike and np.allclose(bounds, own, rtol=0, atol=1e-9) and np.allclose(z, mesh.z, rtol=0, atol=1e-12)
    ):
        raise wrong(
            f"was saved on another mesh ({bounds.shape[-1]} columns x {z.size - 1} heights; this one has "
            f"{mesh.columns} x {mesh.nz}): use the same design and resolution"
        )
    return found
