"""What people ask of a temperature field: blocks, layers, hotspots, pairs, thermal resistances, verdicts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from floorplans.block import SENSITIVE_KINDS, BlockKind
from thermal.cover import Shares
from thermal.error import ErrorBar, asked
from thermal.field import BoxStatistics, Field
from thermal.kernels.arrays import Floats
from thermal.limits import Verdict, verdict, worst
from thermal.scene import LayerExtent, PlacedBlock
from thermal.solution import Solution

HOTSPOTS_PER_LAYER = 5


@dataclass(frozen=True)
class BlockMetrics:
    """A block's temperatures in K; `t_max` is the supremum of the reconstructed field over the closed block.

    `power` is all that the block dissipates, `leakage` the part of it that depends on temperature, W.
    `error` is numerical error only. `at` is where the maximum lies (m). `gradient` is the largest less the
    smallest temperature on the block's mid-plane (sensitive blocks only). `cells_across` counts
    mesh cells across the shorter side.
    """

    name: str
    kind: BlockKind
    layer: str
    power: float
    t_max: float
    t_avg: float
    t_min: float
    error: float
    at: tuple[float, float, float]
    cells_across: float
    limit: float | None
    verdict: Verdict
    gradient: float | None = None
    accuracy: float | None = None
    leakage: float = 0.0

    @property
    def margin(self) -> float | None:
        """Limit less `t_max`, K."""
        return None if self.limit is None else self.limit - self.t_max


@dataclass(frozen=True)
class LayerMetrics:
    """A layer's temperatures in K over its material."""

    name: str
    t_max: float
    t_avg: float
    t_min: float
    error: float
    limit: float | None
    verdict: Verdict
    powered: bool

    @property
    def margin(self) -> float | None:
        """Limit less `t_max`, K."""
        return None if self.limit is None else self.limit - self.t_max


@dataclass(frozen=True)
class Hotspot:
    """A local maximum of a powered layer: K, m, and the block it lies in."""

    layer: str
    rank: int
    t: float
    x: float
    y: float
    z: float
    block: str | None


@dataclass(frozen=True)
class Pair:
    """Difference of the mean temperatures of two blocks that should be alike, K (first less second)."""

    first: str
    second: str
    delta: float
    error: float


@dataclass(frozen=True)
class Resistances:
    """Package figures in K/W; each is None where it has no meaning (no heat, no cooled top).

    theta_jc
        (hottest junction - hottest point of the case face) / heat leaving through the top.
    theta_ja
        (hottest junction - ambient of the top, or of the bottom if the top is adiabatic) / total heat.
    psi_jt
        (hottest junction - centre of the package's top face) / total heat.
    """

    theta_jc: float | None
    theta_ja: float | None
    psi_jt: float | None
    t_junction: float
    t_case: float
    t_top: float
    power: float


@dataclass(frozen=True)
class Metrics:
    """All figures of a solution; temperatures in K."""

    blocks: tuple[BlockMetrics, ...]
    layers: tuple[LayerMetrics, ...]
    hotspots: tuple[Hotspot, ...]
    pairs: tuple[Pair, ...]
    resistances: Resistances
    verdict: Verdict
    t_max: float
    t_min: float

    def block(self, name: str) -> BlockMetrics:
        """The figures of the block at an address; KeyError names near misses."""
        for block in self.blocks:
            if block.name == name:
                return block
        from floorplans.diagnostics import did_you_mean

        raise KeyError(f"no block {name!r}{did_you_mean(name, [b.name for b in self.blocks])}")

    @property
    def worst(self) -> BlockMetrics | None:
        """The block with the least margin; the hottest one where no block has a limit."""
        solid = [b for b in self.blocks if np.isfinite(b.t_max)]
        limited = [b for b in solid if b.margin is not None]
        if limited:
            return min(limited, key=lambda b: b.margin if b.margin is not None else np.inf)
        return max(solid, key=lambda b: b.t_max, default=None)

    @property
    def sensitive(self) -> tuple[BlockMetrics, ...]:
        """Analog, PMIC and sensor blocks."""
        return tuple(b for b in self.blocks if b.kind in SENSITIVE_KINDS)


def evaluate(solution: Solution) -> Metrics:
    """All figures of a solution."""
    scene, field = solution.scene, solution.field
    found = field.of_blocks()
    blocks = tuple(_block(field, i, found[i], bar) for i, bar in enumerate(solution.block_errors))
    layers = tuple(
        _layer(field, layer, bar) for layer, bar in zip(scene.layers, solution.layer_errors, strict=True)
    )
    named = {b.name: b for b in blocks}
    pairs = tuple(
        Pair(a, b, named[a].t_avg - named[b].t_avg, named[a].error + named[b].error) for a, b in scene.pairs
    )
    return Metrics(
        blocks=blocks,
        layers=layers,
        hotspots=tuple(h for layer in scene.layers if layer.powered for h in _hotspots(solution, layer)),
        pairs=pairs,
        resistances=_resistances(solution, blocks, layers),
        verdict=worst([b.verdict for b in blocks] + [x.verdict for x in layers]),
        t_max=float(np.nanmax([x.t_max for x in layers])),
        t_min=float(np.nanmin([x.t_min for x in layers])),
    )


def _block(field: Field, index: int, found: BoxStatistics, bar: ErrorBar) -> BlockMetrics:
    block = field.system.scene.blocks[index]
    error = bar.value
    x0, y0, x1, y1 = block.outline.bounds
    column, _ = field.system.shares.row(index)
    leaked = float(field.system.leaked[index])
    wx, wy = field.mesh.widths
    return BlockMetrics(
        name=block.name,
        kind=block.kind,
        layer=block.layer,
        power=block.power + leaked,
        leakage=leaked,
        t_max=found.t_max,
        t_avg=found.t_avg,
        t_min=found.t_min,
        error=error,
        at=found.at,
        cells_across=min((x1 - x0) / float(wx[column].max()), (y1 - y0) / float(wy[column].max())),
        limit=block.limit,
        verdict=verdict(found.t_max, error, block.limit),
        gradient=_gradient(field, block) if block.kind in SENSITIVE_KINDS else None,
        accuracy=asked(block),
    )


def _gradient(field: Field, block: PlacedBlock) -> float:
    """Largest less smallest temperature on the mid-plane of a block, sampled within every cell."""
    x0, y0, x1, y1 = block.outline.bounds
    n = 33
    x, y = np.meshgrid(np.linspace(x0, x1, n), np.linspace(y0, y1, n))
    t = field.at(x, y, 0.5 * (block.z0 + block.z1))
    import shapely

    t = t[shapely.intersects_xy(block.outline, x, y)]
    return float(np.nanmax(t) - np.nanmin(t))


def _layer(field: Field, layer: LayerExtent, bar: ErrorBar) -> LayerMetrics:
    found = field.statistics(layer.outline, layer.z0, layer.z1)
    error = bar.value
    return LayerMetrics(
        layer.name,
        found.t_max,
        found.t_avg,
        found.t_min,
        error,
        layer.limit,
        verdict(found.t_max, error, layer.limit),
        layer.powered,
    )


def _hotspots(solution: Solution, layer: LayerExtent) -> list[Hotspot]:
    """Columns of a layer hotter than all their neighbours, hottest first."""
    field, mesh = solution.field, solution.mesh
    column, area = Shares.of([*getattr(layer.outline, "geoms", [layer.outline])], mesh).flat
    rows = field.over(column, area, np.array(layer.outline.bounds), layer.z0, layer.z1)
    peak: Floats = np.full(mesh.columns, -np.inf)
    peak[column] = rows[:, 0]
    pairs, _ = mesh.faces
    highest_near = np.full(mesh.columns, -np.inf)
    np.maximum.at(highest_near, pairs[:, 0], peak[pairs[:, 1]])
    np.maximum.at(highest_near, pairs[:, 1], peak[pairs[:, 0]])
    local = np.flatnonzero((rows[:, 0] >= highest_near[column]) & np.isfinite(rows[:, 0]))
    order = local[np.argsort(-rows[local, 0], kind="stable")]
    blocks = [b for b in solution.scene.blocks if b.layer == layer.name]
    x0, y0, x1, y1 = layer.outline.bounds
    apart = 0.02 * max(x1 - x0, y1 - y0)
    found: list[Hotspot] = []
    for i in order:
        t, x, y, z = (float(v) for v in rows[i, :4])
        if any(np.hypot(x - h.x, y - h.y) < apart for h in found):
            continue
        found.append(Hotspot(layer.name, len(found) + 1, t, x, y, z, _block_at(blocks, x, y)))
        if len(found) == HOTSPOTS_PER_LAYER:
            break
    return found


def _block_at(blocks: list[PlacedBlock], x: float, y: float) -> str | None:
    import shapely

    inside = [b for b in blocks if shapely.intersects_xy(b.outline, x, y)]
    return min(inside, key=lambda b: float(b.outline.area)).name if inside else None


def _resistances(
    solution: Solution, blocks: tuple[BlockMetrics, ...], layers: tuple[LayerMetrics, ...]
) -> Resistances:
    scene, evidence = solution.scene, solution.evidence
    powered = [b.t_max for b in blocks if b.power > 0.0] or [x.t_max for x in layers if x.powered]
    junction = max(powered, default=float("nan"))
    top_z = float(scene.planes[-1])
    case_z = scene.case_z if scene.case_z is not None else top_z
    mesh = solution.mesh
    cx, cy, _ = mesh.centres
    case = solution.at(cx, cy, np.nextafter(case_z, 0.0))
    t_case = float(np.nanmax(case)) if np.isfinite(case).any() else float("nan")
    middle = 0.5 * scene.size[0], 0.5 * scene.size[1]
    t_top = float(solution.at(*middle, top_z))
    ambient = scene.top.ambient if scene.top.cools else scene.bottom.ambient
    heat, upward = evidence.power, evidence.heat_top
    return Resistances(
        theta_jc=_ratio(junction - t_case, upward) if scene.top.cools else None,
        theta_ja=_ratio(junction - ambient, heat),
        psi_jt=_ratio(junction - t_top, heat),
        t_junction=junction,
        t_case=t_case,
        t_top=t_top,
        power=heat,
    )


def _ratio(rise: float, heat: float) -> float | None:
    return rise / heat if heat > 0.0 and np.isfinite(rise) else None
