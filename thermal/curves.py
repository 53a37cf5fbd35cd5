"""How the conductivities of a scene change with temperature: curves, and which column follows which.

A cell's conductivity is its stated value times a factor that depends on its own temperature. Each
material with a law has a curve; a cell that several materials share takes their factors weighted with what
they conduct along z. Equations: ``docs/theory/nonlinear.md``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from floorplans.conductivity import ConductivityLaw, TableLaw
from floorplans.material import Material
from thermal.kernels.arrays import Floats, Ints
from thermal.scene import Scene

# Cubics on a grid of this ratio follow T^-n to 1e-9.
STEP = 1.01
# Beyond these no solid of a package is left; laws without limits are followed between them.
COLDEST, HOTTEST = 50.0, 5000.0
# A stand-in where a law gives no positive number, so that iterates stay finite until it is reported.
LEAST = 1e-9


@dataclass(frozen=True, eq=False)
class Curves:
    """Factors by temperature of all materials that have a law.

    Attributes
    ----------
    materials
        One per curve.
    start, breaks, coefficients
        As `thermal.kernels.laws.factors` takes them.
    axis
        ``[3]`` which of the factors kept holds along x, y and z; materials usually need one or two.
    """

    materials: tuple[Material, ...]
    start: Ints
    breaks: Floats
    coefficients: Floats
    axis: Ints

    @classmethod
    def of(cls, scene: Scene) -> Curves:
        """The curves of a scene; none where all conductivities are constant."""
        materials: list[Material] = []
        for slab in scene.slabs:
            for area in slab.areas:
                made_of = area.material
                if made_of is not None and made_of.k_law is not None and _place(made_of, materials) < 0:
                    materials.append(made_of)
        return cls.following(materials)

    @classmethod
    def following(cls, materials: Iterable[Material]) -> Curves:
        """Curves of materials that have a law."""
        listed = tuple(materials)
        breaks = [_breaks(m) for m in listed]
        cubics = [_cubics(m, b) for m, b in zip(listed, breaks, strict=True)]
        start = np.cumsum([0, *(b.size for b in breaks)]).astype(np.int64)
        if not listed:
            return cls((), start, np.empty(0), np.empty((0, 1, 4)), np.zeros(3, np.int64))
        every = np.concatenate(cubics)
        kept, axis = _axes(every)
        return cls(listed, start, np.concatenate(breaks), np.ascontiguousarray(every[:, kept]), axis)

    def __len__(self) -> int:
        return len(self.materials)

    @cached_property
    def axes(self) -> int:
        """How many different factors a cell has."""
        return int(self.coefficients.shape[1])

    def index(self, material: Material | None) -> int:
        """Curve of a material, -1 where it has none."""
        if material is None or material.k_law is None:
            return -1
        return _place(material, self.materials)


def _place(material: Material, among: Iterable[Material]) -> int:
    for i, other in enumerate(among):
        if other is material or (other.k == material.k and other.k_law == material.k_law):
            return i
    return -1


def _kinks(law: ConductivityLaw | None) -> list[float]:
    """Temperatures at which a law, or that of a constituent, changes its slope."""
    if isinstance(law, TableLaw):
        return list(law.temperatures)
    found = [t for part in getattr(law, "parts", ()) for t in _kinks(part.k_law)]
    return found + list(getattr(law, "temperatures", ()))


def _breaks(material: Material) -> Floats:
    law = material.k_law
    assert law is not None
    low, high = max(law.valid[0], COLDEST), min(law.valid[1], HOTTEST)
    if isinstance(law, TableLaw):
        return np.array(law.temperatures, float)
    count = int(np.ceil(np.log(high / low) / np.log(STEP)))
    grid = np.concatenate([np.geomspace(low, high, count + 1)[1:-1], _kinks(law)])
    inside = grid[(grid > low * (1 + 1e-9)) & (grid < high * (1 - 1e-9))]
    return np.unique(np.concatenate([[low, high], inside]))


def _cubics(material: Material, breaks: Floats) -> Floats:
    """``[breaks, 3, 4]`` cubic from each break to the next, through four points of the law."""
    u = np.arange(4) / 3.0
    t = breaks[:-1, None] + u * np.diff(breaks)[:, None]
    t[:, 3] = breaks[1:]
    values = np.empty((breaks.size, 3, 4))
    with np.errstate(all="ignore"):
        found = material.conductivity(t.ravel())
    for axis in range(3):
        factor = np.broadcast_to(np.asarray(found[axis], float), t.size) / material.k[axis]
        values[:-1, axis] = np.where(factor > LEAST, factor, LEAST).reshape(t.shape)
    # The last break begins no interval.
    values[-1] = values[-2]
    values[~np.isfinite(values)] = LEAST
    # Coefficients in u of the polynomial through values at u.
    return np.asarray(values @ np.linalg.inv(np.vander(u, increasing=True)).T, float)


def _axes(cubics: Floats) -> tuple[list[int], Ints]:
    kept: list[int] = []
    axis = np.empty(3, np.int64)
    for a in range(3):
        same = [i for i, b in enumerate(kept) if np.allclose(cubics[:, a], cubics[:, b], 1e-10, 1e-13)]
        if not same:
            kept.append(a)
        axis[a] = same[0] if same else len(kept) - 1
    return kept, axis
