"""Stacks of 3D-ICE as designs: one package layer for each layer of the stack, the lowest first."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import shapely

from floorplans.diagnostics import Diagnostic, Problems, Span
from floorplans.formats.ice_floorplan import Corners, IceElement, parse_ice_floorplan
from floorplans.formats.ice_stack import IceLayer, IceMaterial, IceSink, IceStack, parse_ice_stack
from floorplans.geometry import rectangle
from floorplans.nodes import Node
from floorplans.package import VOID
from floorplans.source import Source, read_text
from thermal.formats.case import Case, grown
from thermal.imposed import Element, ImposedGrid, ImposedLayer, Request

ZERO = Decimal("273.15")
DENSITY = 1000.0
"""kg/m3, by convention: 3D-ICE knows the product with the specific heat only."""

Floorplans = dict[str, tuple[IceElement, ...]]
"""Elements by the name of their die in the stack."""


def read_threedice(path: str | Path) -> Case:
    """Read a stack description and the floorplans it names.

    Raises
    ------
    InputError
        At the file and line that is wrong.
    """
    where = Path(path)
    contents: dict[Path, str] = {}
    file = str(path)
    stack = parse_ice_stack(read_text(where, Span(file), contents), file)
    floorplans = _floorplans(stack, where, contents)
    problems = Problems()
    _check_outputs(stack, floorplans, problems)
    root = _design(stack, floorplans, where.stem, problems)
    problems.raise_if_any()
    source = Source(root, file, where.resolve().parent, where.resolve(), contents)
    refusal = _unimposable(stack, floorplans)
    grid = None if refusal else _grid(stack, floorplans)
    return Case(source, "3D-ICE", _notes(floorplans), grid, refusal)


def _floorplans(stack: IceStack, where: Path, contents: dict[Path, str]) -> Floorplans:
    found: Floorplans = {}
    for element in stack.stack:
        if element.floorplan is not None:
            text = read_text(where.parent / element.floorplan.text, element.floorplan.span, contents)
            shown = str(where.parent / element.floorplan.text)
            found[element.name] = parse_ice_floorplan(text, shown, stack.size)
    return found


def _check_outputs(stack: IceStack, floorplans: Floorplans, problems: Problems) -> None:
    for output in stack.outputs:
        names = [e.name for e in floorplans.get(output.element, ())]
        if output.block and output.block not in names:
            message = f"'{output.element}' has no floorplan element '{output.block}'"
            problems.add(output.span, message)
        if output.at is not None:
            outside = any(v < 0 or v > side for v, side in zip(output.at, stack.size, strict=True))
            if outside:
                problems.add(output.span, f"the point {output.at[0]}, {output.at[1]} um lies beyond the chip")
        if output.when != "final" and stack.step is None:
            problems.add(output.span, f"'{output.when}' output of a steady solver; only 'final' is there")


def _notes(floorplans: Floorplans) -> tuple[str, ...]:
    slots = max((len(e.watts) for elements in floorplans.values() for e in elements), default=0)
    if slots < 2:
        return ()
    return (f"powers are those of the first of {slots} time slots",)


def _design(stack: IceStack, floorplans: Floorplans, name: str, problems: Problems) -> Node:
    sinks = {"top": stack.top, "bottom": stack.bottom}
    ambient = next(sink for sink in (stack.top, stack.bottom) if sink is not None)
    package: dict[str, Any] = {
        "outline_mm": [float(side / 1000) for side in stack.size],
        "ambient_c": Node(float(ambient.ambient - ZERO), ambient.span),
    }
    package |= {side: _cooling(sink) for side, sink in sinks.items() if sink is not None}
    layers: list[Node] = []
    power: dict[str, Node] = {}
    for element in reversed(stack.stack):
        many = len(element.layers) > 1
        for number, layer in reversed(list(enumerate(element.layers, start=1))):
            title = element.name if layer.source or not many else f"{element.name}_{number}"
            entry = _layer(layer, title)
            if layer.source:
                blocks, watts = _blocks(floorplans[element.name], title, problems)
                entry["floorplan"] = {"blocks": blocks}
                power |= watts
            layers.append(grown(entry, layer.span))
    package["layers"] = layers
    for material in stack.materials.values():
        if material.name == VOID:
            problems.add(material.span, f"a material cannot be called '{VOID}', which means nothing here")
    return grown(
        {
            "design": "".join(c if c.isalnum() or c in "-_" else "-" for c in name) or "stack",
            "description": "from a stack description of 3D-ICE",
            "package": package,
            "materials": {m.name: _material(m) for m in stack.materials.values()},
            "power": power,
        },
        stack.span,
    )


def _cooling(sink: IceSink) -> Node:
    return grown({"htc_w_m2k": float(sink.htc), "ambient_c": float(sink.ambient - ZERO)}, sink.span)


def _material(material: IceMaterial) -> Node:
    k = [float(value) for value in material.k]
    entry = {
        "k_w_mk": k[0] if k[0] == k[1] == k[2] else k,
        "density_kg_m3": DENSITY,
        "specific_heat_j_kgk": float(material.capacity / Decimal(DENSITY)),
        "source": "stack description; density by convention, its product with the specific heat is given",
    }
    return grown(entry, material.span)


def _layer(layer: IceLayer, title: str) -> dict[str, Any]:
    return {"name": title, "thickness_um": float(layer.height), "material": layer.material}


def _blocks(
    elements: tuple[IceElement, ...], owner: str, problems: Problems
) -> tuple[list[Node], dict[str, Node]]:
    blocks: list[Node] = []
    power: dict[str, Node] = {}
    for element in elements:
        for name, corners, share in _parts(element, problems):
            blocks.append(grown({"name": name, **corners}, element.span))
            watts = float(element.watts[0] if element.watts else 0) * share
            power[f"{owner}/{name}"] = Node(watts, element.span)
    return blocks, power


def _parts(element: IceElement, problems: Problems) -> list[tuple[str, dict[str, Any], float]]:
    """Outlines of an element with their share of its power: one where its rectangles are one piece."""
    boxes = [rectangle(*(float(v) for v in r)) for r in element.rectangles]
    if len(boxes) == 1:
        return [(element.name, {"rect_um": _floats(element.rectangles[0])}, 1.0)]
    union = shapely.union_all(boxes)
    if union.area < float(element.area) * (1.0 - 1e-12):
        problems.add(element.span, f"rectangles of '{element.name}' overlap")
    simple = union.normalize().simplify(0.0)
    box = [float(v) for v in simple.bounds]
    if simple.area >= (box[2] - box[0]) * (box[3] - box[1]) * (1.0 - 1e-12):
        return [(element.name, {"rect_um": box}, 1.0)]
    if isinstance(simple, shapely.Polygon) and not simple.interiors:
        corners = [[float(x), float(y)] for x, y in simple.exterior.coords[:-1]]
        return [(element.name, {"polygon_um": corners}, 1.0)]
    whole = float(element.area)
    return [
        (f"{element.name}.{number}", {"rect_um": _floats(r)}, box.area / whole)
        for number, (r, box) in enumerate(zip(element.rectangles, boxes, strict=True), start=1)
    ]


def _floats(corners: Corners) -> list[float]:
    return [float(value) for value in corners]


def _unimposable(stack: IceStack, floorplans: Floorplans) -> Diagnostic | None:
    """Why no grid of lines through the whole stack is that of the case; None where one is."""
    if not stack.non_uniform:
        for side, cell in zip(stack.size, stack.cell, strict=True):
            count = round(side / cell)
            if abs(side - count * cell) > Decimal("1e-3") * cell:
                message = f"{side} um is no whole number of cells of {cell} um"
                return Diagnostic(stack.cell_span, message)
        return None
    wanted: tuple[object, object] | None = None
    for element in stack.stack:
        lines = _lines(element.cells, floorplans.get(element.name), stack)
        if wanted is not None and lines != wanted:
            message = (
                f"the cells of '{element.name}' are not those of the layers above it: non-uniform cells that "
                "do not meet make no grid of lines; leave --grid out to solve on a mesh with error bars"
            )
            return Diagnostic(element.span, message)
        wanted = lines
    return None


def _lines(
    cells: tuple[int, int] | None, elements: tuple[IceElement, ...] | None, stack: IceStack
) -> tuple[tuple[Decimal, ...], tuple[Decimal, ...]]:
    """Grid lines along x and y of one element of the stack in non-uniform mode, um."""
    x: set[Decimal] = {Decimal(0), stack.size[0]}
    y: set[Decimal] = {Decimal(0), stack.size[1]}
    parts: list[tuple[Corners, tuple[int, int]]] = []
    if elements is None:
        parts.append(((Decimal(0), Decimal(0), *stack.size), cells or (1, 1)))
    for part in elements or ():
        parts += [(r, part.cells or cells or (1, 1)) for r in part.rectangles]
    for (x0, y0, x1, y1), (nx, ny) in parts:
        x |= {_rounded(x0 + (x1 - x0) * i / nx) for i in range(nx + 1)}
        y |= {_rounded(y0 + (y1 - y0) * j / ny) for j in range(ny + 1)}
    return tuple(sorted(x)), tuple(sorted(y))


def _rounded(value: Decimal) -> Decimal:
    return round(value, 6).normalize()


def _grid(stack: IceStack, floorplans: Floorplans) -> ImposedGrid:
    if stack.non_uniform:
        first = stack.stack[0]
        x, y = _lines(first.cells, floorplans.get(first.name), stack)
    else:
        counts = [round(side / cell) for side, cell in zip(stack.size, stack.cell, strict=True)]
        x, y = (tuple(side * i / n for i in range(n + 1)) for side, n in zip(stack.size, counts, strict=True))
    layers = {
        name: ImposedLayer(
            tuple(
                Element(
                    e.name,
                    tuple((_metres(a), _metres(b), _metres(c), _metres(d)) for a, b, c, d in e.rectangles),
                    tuple(float(w) for w in e.watts),
                )
                for e in elements
            )
        )
        for name, elements in floorplans.items()
    }
    requests = tuple(
        Request(
            o.kind,
            _observed(stack, o.element),
            o.element,
            o.file,
            o.when,
            o.block,
            o.quantity,
            None if o.at is None else (_metres(o.at[0]), _metres(o.at[1])),
        )
        for o in stack.outputs
    )
    return ImposedGrid(
        x=tuple(_metres(v) for v in x),
        y=tuple(_metres(v) for v in y),
        layers=layers,
        requests=requests,
        step=None if stack.step is None else float(stack.step),
        slot=None if stack.slot is None else float(stack.slot),
        initial=float(stack.initial),
        face_nodes=True,
    )


def _observed(stack: IceStack, name: str) -> str:
    """The layer of the design that an output of an element of the stack looks at."""
    element = next(e for e in stack.stack if e.name == name)
    return element.name if len(element.layers) == 1 or element.floorplan else f"{element.name}_1"


def _metres(value: Decimal) -> float:
    return float(value.scaleb(-6))
