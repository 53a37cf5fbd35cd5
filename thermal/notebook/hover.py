"""A heat map as SVG whose blocks tell their figures when the mouse rests on them; no script, no network."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from xml.sax.saxutils import escape

import numpy as np
from PIL import Image

from thermal.metrics import BlockMetrics
from thermal.report.words import VERDICT_WORDS, difference, error_bar, significant, temperature, watts
from thermal.scene import Shape
from thermal.solution import Solution
from thermal.viz.maps import blocks_of, celsius_of, layer_window
from thermal.viz.scale import Scale, temperature_scale

PIXELS = 480
"""Of the raster along its longer side."""

BAR = 70
"""Width of the colour bar with its labels, pixels."""

TOP = 24
"""Room for the title, pixels."""

STYLE = (
    "<style>.thermal-hover path{fill:transparent;stroke:rgba(255,255,255,.55);stroke-width:.6}"
    ".thermal-hover path:hover{fill:rgba(94,224,255,.35);stroke:#5ee0ff;stroke-width:1.6}"
    ".thermal-hover text{font:11px sans-serif;fill:currentColor}</style>"
)


@dataclass(frozen=True)
class HoverMap:
    """SVG text that a notebook shows as a picture."""

    svg: str

    def _repr_html_(self) -> str:
        return f'<div style="overflow-x:auto">{self.svg}</div>'


def hover_map(solution: Solution, layer: str, *, scale: Scale | None = None, width: int = 640) -> HoverMap:
    """A heat map of a layer whose blocks show name, watts and temperatures on hover.

    Parameters
    ----------
    layer
        Name such as ``soc0/device``; KeyError lists near misses.
    scale
        Colours; default over all powered layers.
    width
        Of the map in pixels.
    """
    scale = scale or temperature_scale([solution], None if solution.scene.layer(layer).powered else [layer])
    x0, y0, x1, y1 = window = layer_window(solution.scene, layer)
    height = max(1, round(width * (y1 - y0) / (x1 - x0)))
    shrink = PIXELS / max(width, height)
    shape = max(2, round(height * shrink)), max(2, round(width * shrink))
    values = celsius_of(solution.plane(solution.hottest_height(layer), window, shape))
    magnify = width / (x1 - x0)
    # y runs down on a screen; the raster's and the polygons' runs up.
    place = f"translate(0 {TOP + height}) scale({magnify:.8g} {-magnify:.8g}) translate({-x0:.9g} {-y0:.9g})"
    figures = {b.name: b for b in solution.metrics.blocks}
    paths = [_path(b.outline, figures[b.name]) for b in blocks_of(solution.scene, layer)]
    title = escape(f"{solution.scene.name}: temperature of {layer}; rest the mouse on a block")
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="thermal-hover" width="{width + BAR}" '
        f'height="{height + TOP + 4}" viewBox="0 0 {width + BAR} {height + TOP + 4}">{STYLE}'
        f'<text x="0" y="14">{title}</text>'
        f"{_image(values, scale, (0, width, height))}"
        f'<g transform="{place}">{"".join(paths)}</g>{_bar(scale, width + 12, height)}</svg>'
    )
    return HoverMap(svg)


def _path(shape: Shape, block: BlockMetrics) -> str:
    drawn = f'vector-effect="non-scaling-stroke" d="{_outline(shape)}"'
    return f"<path {drawn}><title>{_told(block)}</title></path>"


def _outline(shape: Shape) -> str:
    rings = [r for p in getattr(shape, "geoms", [shape]) for r in (p.exterior, *p.interiors)]
    return "".join("M" + "L".join(f"{x:.9g} {y:.9g}" for x, y in r.coords[:-1]) + "Z" for r in rings)


def _told(block: BlockMetrics) -> str:
    lines = [
        f"{block.name} ({block.kind.value}), {watts(block.power)} W",
        f"max {temperature(block.t_max)} ± {error_bar(block.error)} °C, mean {temperature(block.t_avg)} °C",
    ]
    if block.margin is not None:
        limit, margin = temperature(block.limit, 1), difference(block.margin)
        lines.append(f"limit {limit} °C, margin {margin} K: {VERDICT_WORDS[block.verdict]}")
    if block.gradient is not None:
        lines.append(f"gradient {significant(block.gradient, 3)} K across")
    return escape("\n".join(lines))


def _image(values: np.ndarray, scale: Scale, place: tuple[int, int, int]) -> str:
    x, width, height = place
    pixels = scale.cmap(scale.norm(np.ma.masked_invalid(values[::-1])), bytes=True)
    sink = io.BytesIO()
    Image.fromarray(np.asarray(pixels)[:, :, :3]).save(sink, format="png")
    png = base64.b64encode(sink.getvalue()).decode("ascii")
    size = f'x="{x}" y="{TOP}" width="{width}" height="{height}" preserveAspectRatio="none"'
    return f'<image {size} href="data:image/png;base64,{png}"/>'


def _bar(scale: Scale, x: int, height: int) -> str:
    ramp = np.linspace(scale.low, scale.high, 128)[:, None]
    tall = min(height, 300)
    parts = [_image(ramp, scale, (x, 12, tall))]
    for tick in scale.ticks:
        y = TOP + tall * (scale.high - tick) / (scale.high - scale.low)
        parts.append(f'<text x="{x + 16}" y="{y + 4:.1f}">{tick:g} °C</text>')
    return "".join(parts)
