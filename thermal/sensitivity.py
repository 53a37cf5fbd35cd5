"""What heats a block and what would cool it: derivatives of its mean temperature."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np

from thermal.adjoint import Adjoint
from thermal.cover import raster_integral
from thermal.derivative import Observed
from thermal.kernels.arrays import Floats
from thermal.mesh.resolution import is_sensitive
from thermal.scene import PlacedRaster, Scene
from thermal.variation import Variations

Report = Callable[[str, float], None]
"""Called with what is being done and how far it is, from 0 to 1."""

POWER_MAP = "power map"


def silent(_stage: str, _done: float) -> None:
    """Report to nobody."""


@dataclass(frozen=True)
class Heating:
    """What one source of heat does to the observed mean.

    Attributes
    ----------
    name, kind
        Of a block, or the layer of a power map.
    power
        W, leakage included.
    per_watt
        K of the observed mean per W.
    """

    name: str
    kind: str
    power: float
    per_watt: float

    @property
    def rise(self) -> float:
        """Its power times what each watt does, K."""
        return self.power * self.per_watt


@dataclass(frozen=True)
class LayerEffect:
    """What a layer's conductivity and thickness do to the observed mean, K per relative change of one.

    Where the layer is thicker, all above moves up; what lies beside it keeps its height.
    """

    name: str
    material: str
    height: float
    conductivity: float
    thickness: float


@dataclass(frozen=True)
class Effect:
    """What an interface or a cooled face does to the observed mean.

    Attributes
    ----------
    name
        Layer or face.
    quantity
        ``contact below``, ``htc``, ``resistance`` or ``exposed htc``; ``ambient`` for K per K.
    value
        SI; None where it varies over the face.
    change
        K per relative change of one; K per K for an ambient.
    """

    name: str
    quantity: str
    value: float | None
    change: float


@dataclass(frozen=True)
class MoveEffect:
    """What moving a block does to the observed mean, K per m along x and y; its materials stay.

    It is nan along an axis on which its layer leaves it no room.
    """

    name: str
    x: float
    y: float

    @property
    def steepest(self) -> float:
        """K per m along the direction in which it changes most."""
        return float(np.sqrt(np.nansum([self.x**2, self.y**2])))


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """Derivatives of the mean temperature of one block; lists are ranked, the strongest first.

    Attributes
    ----------
    block
        Address of the observed block.
    t_avg
        Its mean temperature as reported, K.
    reference
        Ambient that rises are measured from, K.
    heating
        Blocks and power maps.
    linear
        Whether the rises of all heat add up to that of the block; with k(T) or leakage they are tangents.
    """

    block: str
    t_avg: float
    reference: float
    heating: tuple[Heating, ...]
    layers: tuple[LayerEffect, ...]
    interfaces: tuple[Effect, ...]
    cooling: tuple[Effect, ...]
    ambients: tuple[Effect, ...]
    moves: tuple[MoveEffect, ...]
    linear: bool = True

    @property
    def rise(self) -> float:
        """Mean temperature above the reference, K."""
        return self.t_avg - self.reference

    @property
    def rest(self) -> float:
        """What the rises of blocks and power maps leave, K: other ambients and fluxes on faces.

        With k(T) or leakage also the difference between a tangent and a curve.
        """
        return self.rise - sum(h.rise for h in self.heating)

    def by(self, name: str) -> Heating:
        """The effect of one block or power map; KeyError names near misses."""
        for heating in self.heating:
            if heating.name == name:
                return heating
        from floorplans.diagnostics import did_you_mean

        raise KeyError(f"no heat source {name!r}{did_you_mean(name, [h.name for h in self.heating])}")


@dataclass(frozen=True, eq=False)
class Influence:
    """K of the mean of some blocks per W in every block.

    Attributes
    ----------
    names
        Observed blocks, rows.
    sources
        All blocks, columns.
    matrix
        ``[names, sources]`` K/W.
    linear
        Whether nothing depends on temperature; else these are tangents.
    """

    names: tuple[str, ...]
    sources: tuple[str, ...]
    matrix: Floats
    linear: bool = True

    @cached_property
    def square(self) -> Floats:
        """``[names, names]`` K/W of the observed blocks on each other."""
        return self.matrix[:, [self.sources.index(n) for n in self.names]]

    @property
    def reciprocity_defect(self) -> float:
        """Largest ``|R_ab - R_ba| / max(|R_ab|, |R_ba|)``: heat flows from a to b as from b to a.

        A mean holds the curvature inside cells, the heat does not: the defect is of the size of the error
        of discretisation. With k(T) or leakage it is also physical.
        """
        r = self.square
        scale = np.maximum(np.maximum(np.abs(r), np.abs(r.T)), np.finfo(float).tiny)
        return float((np.abs(r - r.T) / scale).max(initial=0.0))


def sensitivity(adjoint: Adjoint, block: str, report: Report = silent) -> Sensitivity:
    """Derivatives of a block's mean temperature.

    Parameters
    ----------
    block
        Address such as ``soc0/pll0``.

    Raises
    ------
    KeyError
        There is no such block; names near misses.
    ValueError
        There is no material with a temperature inside it.
    """
    field, scene = adjoint.field, adjoint.system.scene
    index = scene.blocks.index(scene.block(block))
    report(f"adjoint of {block}", 0.0)
    found = adjoint.of_mean(index)
    observed, variations = Observed(field, index, found), Variations(adjoint.system)
    heating = [*_blocks(adjoint, found), *(_raster(adjoint, r, found) for r in scene.rasters)]
    cooling, ambients = _cooling(observed, variations)
    return Sensitivity(
        block=block,
        t_avg=field.of_blocks([index])[0].t_avg,
        reference=adjoint.system.reference,
        heating=tuple(sorted(heating, key=lambda h: (-abs(h.rise), -abs(h.per_watt)))),
        layers=_layers(observed, variations, report),
        interfaces=_interfaces(observed, variations),
        cooling=cooling,
        ambients=ambients,
        moves=_moves(adjoint, index, found),
        linear=not adjoint.system.nonlinear,
    )


def influence(adjoint: Adjoint, names: Sequence[str] | None = None, report: Report = silent) -> Influence:
    """K/W of every block on some.

    Parameters
    ----------
    names
        Observed blocks; default all analog, PMIC and sensor blocks, and those with an `accuracy_k`.

    Raises
    ------
    KeyError, ValueError
        As `sensitivity`.
    """
    scene = adjoint.system.scene
    wanted = tuple(names) if names is not None else sensitive_blocks(scene)
    blocks = [scene.blocks.index(scene.block(name)) for name in wanted]
    rows = []
    for done, (name, index) in enumerate(zip(wanted, blocks, strict=True)):
        report(f"adjoint of {name}", done / len(wanted))
        rows.append(adjoint.per_watt(adjoint.of_mean(index)))
    sources = tuple(b.name for b in scene.blocks)
    matrix = np.array(rows).reshape(-1, len(sources))
    return Influence(wanted, sources, matrix, not adjoint.system.nonlinear)


def sensitive_blocks(scene: Scene) -> tuple[str, ...]:
    """Analog, PMIC and sensor blocks, and those with an accuracy asked for."""
    return tuple(b.name for b in scene.blocks if is_sensitive(b))


def _blocks(adjoint: Adjoint, found: Floats) -> list[Heating]:
    system = adjoint.system
    leaked = system.leaked if system.leaked.size else np.zeros(len(system.scene.blocks))
    per_watt = adjoint.per_watt(found)
    return [
        Heating(b.name, b.kind.value, b.power + float(leaked[i]), float(per_watt[i]))
        for i, b in enumerate(system.scene.blocks)
    ]


def _raster(adjoint: Adjoint, raster: PlacedRaster, found: Floats) -> Heating:
    mesh = adjoint.field.mesh
    low, high = adjoint.field.z_cells(raster.z0, raster.z1)
    height = mesh.heights[low:high]
    watts = raster_integral(raster.watts, (raster.x0, raster.y0, raster.x1, raster.y1), mesh.tree)
    power = float(raster.watts.sum())
    rise = float(watts @ (found[:, low:high] @ (height / height.sum())))
    return Heating(raster.layer, POWER_MAP, power, rise / power if power else 0.0)


def _layers(observed: Observed, variations: Variations, report: Report) -> tuple[LayerEffect, ...]:
    scene = variations.scene
    solid = {a.layer for s in scene.slabs for a in s.areas if a.material}
    layers = [x for x in scene.layers if x.name in solid]
    found = []
    for done, layer in enumerate(layers):
        report(f"layers around {observed.name}", done / len(layers))
        in_plane = observed.by(partial(variations.in_plane, layer.name))
        along_z = observed.by(partial(variations.along_z, layer.name))
        # A layer that is thicker conducts more along itself and less across.
        thicker = in_plane - along_z
        if variations.exposes(layer.name):
            thicker = observed.by(partial(variations.stretched, layer.name))
        made_of = _made_of(variations.scene, layer.name)
        height = layer.z1 - layer.z0
        found.append(LayerEffect(layer.name, made_of, height, in_plane + along_z, thicker))
    return tuple(sorted(found, key=lambda e: -max(abs(e.conductivity), abs(e.thickness))))


def _made_of(scene: Scene, layer: str) -> str:
    """Materials of a layer, its regions included."""
    found = [a.material.name for s in scene.slabs for a in s.areas if a.layer == layer and a.material]
    return " + ".join(dict.fromkeys(found))


def _interfaces(observed: Observed, variations: Variations) -> tuple[Effect, ...]:
    found = [
        Effect(
            contact.layer,
            "contact below",
            contact.resistance,
            observed.by(partial(variations.contact, s, contact)),
        )
        for s, slab in enumerate(variations.scene.slabs)
        for contact in slab.contacts
        if s > 0
    ]
    return _ranked(found)


def _cooling(observed: Observed, variations: Variations) -> tuple[tuple[Effect, ...], tuple[Effect, ...]]:
    cooling, ambients = [], []
    for film in variations.films():
        scaled, warmed = partial(variations.film, film), partial(variations.ambient, film)
        cooling.append(Effect(film.name, film.quantity, film.value, observed.by(scaled)))
        # Linear in the ambient: any step will do.
        warmer = observed.by(warmed, at=0.0, step=1.0)
        ambients.append(Effect(film.name, "ambient", film.ambient, warmer))
    return _ranked(cooling), _ranked(ambients)


def _ranked(effects: Sequence[Effect]) -> tuple[Effect, ...]:
    return tuple(sorted(effects, key=lambda e: -abs(e.change)))


def _moves(adjoint: Adjoint, observed: int, found: Floats) -> tuple[MoveEffect, ...]:
    blocks = adjoint.system.scene.blocks
    change = adjoint.moves.of_heat(found)
    # The mean of the observed block is then taken elsewhere, too.
    change[observed] += adjoint.moves.of_mean(observed)
    moving = [
        MoveEffect(b.name, float(x), float(y))
        for i, (b, (x, y)) in enumerate(zip(blocks, change.tolist(), strict=True))
        if b.power != 0.0 or b.leakage is not None or i == observed
    ]
    return tuple(sorted(moving, key=lambda m: -m.steepest))
