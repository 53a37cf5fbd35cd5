"""What a system becomes when one parameter of its scene is scaled: same mesh, same temperatures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from thermal.boundary import STATED, Boundary
from thermal.cover import Conductivities, Shares
from thermal.kernels import assembly, nonlinear
from thermal.kernels.arrays import Floats
from thermal.mesh.columns import Mesh
from thermal.scene import Area, Contact, Exposure, Face, Scene, Slab
from thermal.system import ConductionSystem

EVERYWHERE = (0, 0)
"""Range of z-cells of a change that leaves all conductances between cells alone."""


class Film(NamedTuple):
    """A cooled face (``top``, ``bottom`` or a layer) and what states its cooling, in SI.

    The value is None where it differs from place to place.
    """

    name: str
    quantity: str
    value: float | None
    ambient: float


@dataclass(frozen=True, eq=False)
class Variant:
    """A system after a change.

    Attributes
    ----------
    cells
        Range of z-cells whose conductivity, or the resistance at whose lower face, differs.
    boundary
        None where the cooled faces are as they were.
    sideways, upwards
        Whether conductances between columns, and those along z, differ at all.
    """

    system: ConductionSystem
    cells: tuple[int, int]
    found: Conductivities
    contact: Floats
    boundary: Boundary | None = None
    sideways: bool = True
    upwards: bool = True

    def window(self, margin: int, cells: tuple[int, int] | None = None) -> tuple[int, int]:
        """The changed z-cells, or others, with some more on either side."""
        low, high = cells or self.cells
        return max(low - margin, 0), min(high + margin, self.system.mesh.nz)

    def lateral(self, low: int, high: int) -> Floats:
        """``[faces, n]`` conductances between columns in a range of z-cells, W/K."""
        mesh = self.system.mesh
        pairs, x_faces = mesh.faces
        pattern = self.found.pattern[mesh.slab[low:high]]
        out = np.empty((pairs.shape[0], high - low))
        side = pairs, x_faces, *mesh.widths, mesh.heights[low:high], pattern, self.found.k
        if self.system.factor.size:
            nonlinear.lateral(*side, self.factor(low, high), self.found.curves.axis, out)
        else:
            assembly.lateral(*side, out)
        return out

    def vertical(self, low: int, high: int) -> Floats:
        """``[columns, n]`` conductances to the cell above in a range of z-cells, W/K."""
        mesh = self.system.mesh
        pattern = self.found.pattern[mesh.slab[low:high]]
        out = np.empty((mesh.columns, high - low))
        upward = mesh.areas, mesh.heights[low:high], pattern, self.found.k
        contact = self.contact, self.system.plane[low:high]
        if self.system.factor.size:
            nonlinear.vertical(*upward, *contact, self.factor(low, high), self.found.curves.axis, out)
        else:
            assembly.vertical(*upward, *contact, out)
        return out

    def factor(self, low: int, high: int) -> Floats:
        """Factors on the conductivities of a range of z-cells; empty where they are as stated."""
        factor = self.system.factor
        return factor[:, :, low:high] if factor.size else STATED


class Variations:
    """Changes of a scene that its systems answer to.

    Parameters
    ----------
    system
        At the temperatures of its solution.
    """

    def __init__(self, system: ConductionSystem) -> None:
        self.system = system
        self.scene: Scene = system.scene
        self.mesh: Mesh = system.mesh

    def conductivity(self, layer: str, lateral: float, vertical: float | None = None) -> Variant:
        """The conductivity of a layer times factors in the plane and along z, its regions included.

        Both are `lateral` where the other is not given.
        """
        vertical = lateral if vertical is None else vertical
        scene, mesh = self.scene, self.mesh
        changed = {
            i: replace(slab, areas=tuple(_scaled(a, layer, lateral, vertical) for a in slab.areas))
            for i, slab in enumerate(scene.slabs)
            if any(a.layer == layer and a.material for a in slab.areas)
        }
        found = self._repainted(changed)
        cells = self._cells(changed)
        exposed = any(scene.slabs[i].exposures for i in changed)
        at_ends = cells[0] == 0 or cells[1] == mesh.nz
        boundary = None
        if exposed or at_ends:
            # What is exposed elsewhere is the same before and after.
            near = _exposing(scene, lambda slab, _: slab in changed)
            boundary = self._boundary(scene=near, found=found)
        changes = lateral != 1.0, vertical != 1.0
        return Variant(self.system, cells, found, self.system.contact, boundary, *changes)

    def in_plane(self, layer: str, factor: float) -> Variant:
        """The conductivity of a layer in the plane times a factor."""
        return self.conductivity(layer, factor, 1.0)

    def along_z(self, layer: str, factor: float) -> Variant:
        """The conductivity of a layer along z times a factor."""
        return self.conductivity(layer, 1.0, factor)

    def exposes(self, layer: str) -> bool:
        """Whether a layer has exposed faces, whose area goes with its thickness."""
        return any(e.layer == layer for s in self.scene.slabs for e in s.exposures)

    def stretched(self, layer: str, factor: float) -> Variant:
        """A layer thicker by a factor, in cells that stay as they are.

        They conduct better in the plane and worse along z, and where they are exposed their sides grow.
        """
        variant = self.conductivity(layer, factor, 1.0 / factor)
        if variant.boundary is None or not self.exposes(layer):
            return variant
        # Films act on faces of the true size, through half cells of the true length.
        bare = _exposing(self.scene, lambda *_: False)
        mine = _exposing(self.scene, lambda _, exposure: exposure.layer == layer)
        ends = self._boundary(scene=bare, found=variant.found)
        mesh = self.mesh
        low, high = variant.cells
        heights = mesh.heights.copy()
        heights[low:high] *= factor
        z = np.concatenate([mesh.z[:1], mesh.z[0] + np.cumsum(heights)])
        sides = self._boundary(scene=mine, mesh=Mesh(mesh.tree, z, mesh.slab))
        loss, inflow = sides.loss, sides.inflow
        if loss is sides.ends:
            return replace(variant, boundary=ends)
        loss, inflow = loss.copy(), inflow.copy()
        loss[:, [0, -1]] += ends.ends - sides.ends
        inflow[:, [0, -1]] += ends.end_inflow - sides.end_inflow
        return replace(variant, boundary=replace(ends, loss=loss, inflow=inflow))

    def contact(self, slab: int, contact: Contact, factor: float) -> Variant:
        """A contact resistance below a slab times a factor."""
        mesh, system = self.mesh, self.system
        first = int(np.flatnonzero(mesh.slab == slab)[0])
        parts = list(getattr(contact.outline, "geoms", [contact.outline]))
        column, area = Shares.of(parts, mesh).flat
        resistances = system.contact.copy()
        row = resistances[system.plane[first - 1]]
        np.add.at(row, column, (factor - 1.0) * contact.resistance * area / mesh.areas[column])
        return Variant(system, (first - 1, first + 1), system.conductivities, resistances)

    def films(self) -> Iterator[Film]:
        """All cooled faces: bottom and top, and exposed faces of layers."""
        for name in ("top", "bottom"):
            face: Face = getattr(self.scene, name)
            if face.resistance is not None:
                yield Film(name, "resistance", face.resistance, face.ambient)
            elif face.cools:
                value = None if isinstance(face.htc, np.ndarray) else float(face.htc)
                yield Film(name, "htc", value, face.ambient)
        exposed = {e.layer: e for s in self.scene.slabs for e in s.exposures if e.htc > 0.0}
        for layer, exposure in exposed.items():
            yield Film(layer, "exposed htc", exposure.htc, exposure.ambient)

    def film(self, film: Film, factor: float) -> Variant:
        """The HTC of a cooled face, or its resistance, times a factor."""
        scene = _exposing(self.scene, lambda _, exposure: exposure.layer == film.name)
        if film.quantity == "exposed htc":
            return self._cooled(_with_exposures(scene, film.name, factor, 0.0))
        face: Face = getattr(scene, film.name)
        if face.resistance is not None:
            face = replace(face, resistance=face.resistance * factor)
        else:
            face = replace(face, htc=face.htc * factor)
        return self._cooled(_with_face(scene, film.name, face))

    def ambient(self, film: Film, kelvin: float) -> Variant:
        """The ambient of a cooled face, warmer by some kelvin."""
        scene = _exposing(self.scene, lambda _, exposure: exposure.layer == film.name)
        if film.quantity == "exposed htc":
            return self._cooled(_with_exposures(scene, film.name, 1.0, kelvin))
        face: Face = getattr(scene, film.name)
        return self._cooled(_with_face(scene, film.name, replace(face, ambient=film.ambient + kelvin)))

    def _cooled(self, scene: Scene) -> Variant:
        system = self.system
        boundary = self._boundary(scene=scene)
        return Variant(system, EVERYWHERE, system.conductivities, system.contact, boundary)

    def _boundary(
        self, *, scene: Scene | None = None, mesh: Mesh | None = None, found: Conductivities | None = None
    ) -> Boundary:
        system = self.system
        return Boundary.of(
            scene or self.scene,
            mesh or self.mesh,
            found or system.conductivities,
            system.reference,
            system.factor,
        )

    def _repainted(self, slabs: dict[int, Slab]) -> Conductivities:
        base = self.system.conductivities
        part = replace(self.scene, slabs=tuple(slabs.values()))
        painted = Conductivities.of(part, self.mesh)
        pattern = base.pattern.copy()
        pattern[list(slabs)] = base.k.shape[0] + painted.pattern
        return replace(base, pattern=pattern, k=np.concatenate([base.k, painted.k]))

    def _cells(self, slabs: Iterable[int]) -> tuple[int, int]:
        inside = np.flatnonzero(np.isin(self.mesh.slab, list(slabs)))
        return int(inside[0]), int(inside[-1]) + 1


def _scaled(area: Area, layer: str, lateral: float, vertical: float) -> Area:
    if area.layer != layer or area.material is None:
        return area
    kx, ky, kz = area.material.k
    return replace(area, material=replace(area.material, k=(kx * lateral, ky * lateral, kz * vertical)))


def _exposing(scene: Scene, kept: Callable[[int, Exposure], bool]) -> Scene:
    """A scene with some of its exposed faces, by index of the slab and exposure."""
    slabs = tuple(
        replace(s, exposures=tuple(e for e in s.exposures if kept(i, e))) if s.exposures else s
        for i, s in enumerate(scene.slabs)
    )
    return replace(scene, slabs=slabs)


def _with_face(scene: Scene, side: str, face: Face) -> Scene:
    return replace(scene, top=face) if side == "top" else replace(scene, bottom=face)


def _with_exposures(scene: Scene, layer: str, factor: float, warmer: float) -> Scene:
    slabs = tuple(
        replace(
            s,
            exposures=tuple(
                replace(e, htc=e.htc * factor, ambient=e.ambient + warmer) if e.layer == layer else e
                for e in s.exposures
            ),
        )
        for s in scene.slabs
    )
    return replace(scene, slabs=slabs)
