"""Power-density maps of layers: exact polygons, or a raster where a power map lies over the blocks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from matplotlib.figure import Figure

from thermal.kernels.arrays import Floats
from thermal.scene import PlacedBlock, PlacedRaster, Scene
from thermal.solution import Solution
from thermal.viz.frame import Bounds, Frame
from thermal.viz.maps import MANY, SCREEN_SIZE, Paint, Size, blocks_of, framed, layer_window, pixels
from thermal.viz.scale import Scale, power_scale
from thermal.viz.style import MUTED, PAPER, styled


@styled
def power_map(
    solution: Solution,
    layer: str,
    *,
    scale: Scale | None = None,
    size: Size = SCREEN_SIZE,
    title: str | None = None,
) -> Figure:
    """Power density of a layer in W/mm²; what releases the densest 5 % of the heat may lie beyond the scale.

    Parameters
    ----------
    layer
        Name such as ``soc0/device``; KeyError lists near misses.
    scale
        Colours; default for this layer alone.
    size
        Width and height in points.
    """
    scene = solution.dissipating
    window = layer_window(scene, layer)
    scale = scale or shared_power_scale(scene, [layer])
    heading = title if title is not None else f"{scene.name}: power density of {layer}"
    figure, frame = framed(window, size, heading, scale)
    power(scene, layer, scale)(frame)
    return figure


def power(scene: Scene, layer: str, scale: Scale) -> Paint:
    """Paint a layer's power density."""

    def paint(frame: Frame) -> None:
        frame.background(PAPER)
        blocks = blocks_of(scene, layer)
        rasters = [r for r in scene.rasters if r.layer == layer]
        if rasters:
            frame.raster(density(blocks, rasters, frame.window, pixels(frame)), frame.window, scale)
        else:
            for value, group in _by_density(blocks):
                frame.outlines([b.outline for b in group], face=scale.colour(value), edge="none")
        frame.outlines([b.outline for b in blocks], edge=MUTED, width=0.2 if len(blocks) <= MANY else 0.05)

    return paint


def density(
    blocks: Sequence[PlacedBlock], rasters: Sequence[PlacedRaster], window: Bounds, shape: tuple[int, int]
) -> Floats:
    """W/mm² of blocks and rasters together at the pixels of a window, row 0 at the lowest y."""
    x0, y0, x1, y1 = window
    ny, nx = shape
    x, y = x0 + (np.arange(nx) + 0.5) * (x1 - x0) / nx, y0 + (np.arange(ny) + 0.5) * (y1 - y0) / ny
    found = np.zeros(shape)
    for raster in rasters:
        rows, columns = raster.watts.shape
        column = np.floor((x - raster.x0) / (raster.x1 - raster.x0) * columns).astype(int)
        row = np.floor((y - raster.y0) / (raster.y1 - raster.y0) * rows).astype(int)
        on_x, on_y = (column >= 0) & (column < columns), (row >= 0) & (row < rows)
        found[np.ix_(on_y, on_x)] += raster.watts[np.ix_(row[on_y], column[on_x])] / cell_area(raster) * 1e-6
    for block in blocks:
        a, b, c, d = block.outline.bounds
        i = slice(*np.searchsorted(y, [b, d]))
        j = slice(*np.searchsorted(x, [a, c]))
        inside = shapely.intersects_xy(block.outline, *np.meshgrid(x[j], y[i]))
        found[i, j] += np.where(inside, density_of(block), 0.0)
    return found


def cell_area(raster: PlacedRaster) -> float:
    """Area of a cell of a power map in m2."""
    return (raster.x1 - raster.x0) * (raster.y1 - raster.y0) / raster.watts.size


def _by_density(blocks: Sequence[PlacedBlock]) -> list[tuple[float, list[PlacedBlock]]]:
    groups: dict[float, list[PlacedBlock]] = {}
    for block in blocks:
        groups.setdefault(density_of(block), []).append(block)
    return sorted(groups.items(), key=lambda group: group[0])


def density_of(block: PlacedBlock) -> float:
    """W/mm² of a block, to six digits: blocks that are the same but for rounding are painted together."""
    return float(f"{block.power / block.outline.area * 1e-6:.6g}")


def shared_power_scale(scene: Scene, layers: Sequence[str]) -> Scale:
    """One power scale for the named layers."""
    rows = [(density_of(b), b.outline.area) for b in scene.blocks if b.layer in layers and b.power > 0.0]
    for raster in scene.rasters:
        if raster.layer in layers:
            area = cell_area(raster)
            rows += [(w / area * 1e-6, area) for w in raster.watts.ravel().tolist() if w > 0.0]
    return power_scale(rows)
