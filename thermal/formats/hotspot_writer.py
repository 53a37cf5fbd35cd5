"""Designs as cases of HotSpot: a configuration, a layer file, a floorplan a layer and a power trace."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import shapely

from floorplans.geometry import TOUCH, rectangle
from power.formats.ptrace import write_ptrace
from thermal.cover import rectangles
from thermal.design import Design
from thermal.formats.losses import PlainBlock, PlainLayer, PlainStack, htc, word


def hotspot_of(design: Design) -> tuple[dict[str, str], list[str]]:
    """Files by name, the configuration first, and what of the design they do not say.

    The two topmost layers become spreader and sink where both are square and bare; HotSpot knows no stack
    without them, so that otherwise a nanometre of each is put on top.
    """
    plain = PlainStack.of(design)
    lost = list(plain.lost)
    stem = word(plain.name)
    layers = list(plain.layers)
    top = layers[-2:] if len(layers) > 2 and all(_plate(x) for x in layers[-2:]) else []
    body = layers[: len(layers) - len(top)]
    if not top:
        lost.append("HotSpot needs a spreader and a sink: a nanometre of each is put on top")
    if plain.bottom.cools:
        lost.append("cooling of the bottom face: HotSpot has it behind a board of its own only")
    _note_outlines(body, lost)
    body = [_filled(x, lost) for x in body]
    files = {f"{stem}.config": _config(plain, body, top, stem), f"{stem}.lcf": _layers(body, lost)}
    files |= {f"{word(x.name)}.flp": _floorplan(x) for x in body}
    names, watts = [], []
    for layer in body:
        for block in layer.blocks:
            for part, share in _shares(block.rectangles, block.name):
                names.append(part)
                watts.append(block.power * share)
    files[f"{stem}.ptrace"] = write_ptrace(names, np.array([watts]))
    lost += [f"power of '{b.name}'" for layer in top for b in layer.blocks]
    return files, lost


def _plate(layer: PlainLayer) -> bool:
    x0, y0, x1, y1 = layer.outline
    square = abs((x1 - x0) - (y1 - y0)) <= 1e-9 * (x1 - x0)
    return square and not layer.blocks and layer.material.isotropic


def _note_outlines(body: list[PlainLayer], lost: list[str]) -> None:
    sizes = {(round(x.outline[2] - x.outline[0], 9), round(x.outline[3] - x.outline[1], 9)) for x in body}
    if len(sizes) > 1:
        lost.append("layers below the spreader have several sizes: HotSpot takes them for one")


def _number(value: float) -> str:
    return repr(float(f"{value:.15g}"))


def _config(plain: PlainStack, body: list[PlainLayer], top: list[PlainLayer], stem: str) -> str:
    x0, y0, x1, y1 = body[-1].outline
    side = max(x1 - x0, y1 - y0)
    values = {
        "grid_layer_file": f"{stem}.lcf",
        "p": f"{stem}.ptrace",
        "ambient": _number(plain.top.ambient),
        "init_temp": _number(plain.top.ambient),
        "c_convec": "0",
        "model_type": "grid",
    }
    plates = [("spreader", top[0] if top else None), ("sink", top[1] if top else None)]
    area = side * side
    for name, layer in plates:
        if layer is not None:
            area = (layer.outline[2] - layer.outline[0]) ** 2
        wide = side if layer is None else layer.outline[2] - layer.outline[0]
        material = body[-1].material if layer is None else layer.material
        values |= {
            f"s_{name}": _number(wide),
            f"t_{name}": "1e-9" if layer is None else _number(layer.thickness),
            f"k_{name}": _number(material.k[2]),
            f"p_{name}": _number(material.volumetric_heat_capacity),
        }
    face = plain.top
    resistance = face.resistance if face.resistance is not None else 1.0 / (htc(face, area) * area)
    values["r_convec"] = _number(resistance)
    return "".join(f"-{name} {value}\n" for name, value in values.items())


def _layers(body: list[PlainLayer], lost: list[str]) -> str:
    lines = []
    for number, layer in enumerate(body):
        material = layer.material
        if not material.isotropic:
            lost.append(f"layer '{layer.name}': conducts alike along all axes, as through the plane")
        lines += [
            f"# {layer.name}",
            str(number),
            "Y",
            "Y" if layer.blocks else "N",
            _number(material.volumetric_heat_capacity),
            str(Decimal(1) / Decimal(repr(material.k[2]))),
            _number(layer.thickness),
            f"{word(layer.name)}.flp",
            "",
        ]
    return "\n".join(lines)


def _shares(boxes: tuple[tuple[float, float, float, float], ...], name: str) -> list[tuple[str, float]]:
    """Names of the rectangles of a block, each with its share of the area."""
    if len(boxes) == 1:
        return [(name, 1.0)]
    areas = [(x1 - x0) * (y1 - y0) for x0, y0, x1, y1 in boxes]
    return [(f"{name}.{i}", area / sum(areas)) for i, area in enumerate(areas, start=1)]


def _filled(layer: PlainLayer, lost: list[str]) -> PlainLayer:
    """The layer with units of 0 W where it has no blocks: a floorplan of HotSpot covers its whole die."""
    if not layer.blocks:
        return layer
    blocks = shapely.union_all([rectangle(*box) for b in layer.blocks for box in b.rectangles])
    rest = shapely.difference(rectangle(*layer.outline), blocks)
    if rest.area <= 1e-9 * shapely.box(*layer.outline).area:
        return layer
    parts = rectangles(rest) if isinstance(rest, shapely.Polygon | shapely.MultiPolygon) else None
    if parts is None:
        lost.append(f"layer '{layer.name}': space between its blocks is left open")
        return layer
    lost.append(f"layer '{layer.name}': units of 0 W fill the space between its blocks")
    rows = [(a, b, c, d) for a, b, c, d in parts.tolist() if min(c - a, d - b) > TOUCH]
    more = [PlainBlock(f"rest_{i}", (row,), 0.0) for i, row in enumerate(rows, start=1)]
    return replace(layer, blocks=(*layer.blocks, *more))


def _floorplan(layer: PlainLayer) -> str:
    x0, y0 = layer.outline[:2]
    lines = ["# name width height left-x bottom-y (metres)"]
    rows = [
        (name, box)
        for block in layer.blocks
        for (name, _), box in zip(_shares(block.rectangles, block.name), block.rectangles, strict=True)
    ]
    rows = rows or [(word(layer.name), layer.outline)]
    for name, (a, b, c, d) in rows:
        values = (c - a, d - b, a - x0, b - y0)
        lines.append("\t".join([name, *(_metres(v) for v in values)]))
    return "\n".join(lines) + "\n"


def _metres(value: float) -> str:
    return f"{round(Decimal(repr(value)), 12).normalize():f}"
