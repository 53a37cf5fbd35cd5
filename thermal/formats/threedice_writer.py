"""Designs as stack descriptions of 3D-ICE."""

from __future__ import annotations

from decimal import Decimal

from thermal.design import Design
from thermal.formats.losses import PlainBlock, PlainStack, htc, word

CELLS = 100
"""Cells along the longer side of the chip that the stack asks for."""


def threedice_of(design: Design) -> tuple[dict[str, str], list[str]]:
    """Files by name, the stack first, and what of the design they do not say."""
    plain = PlainStack.of(design)
    lost = list(plain.lost)
    stem = word(plain.name)
    files = {f"{stem}.stk": _stack(plain, lost)}
    for layer in plain.layers:
        if layer.blocks:
            files[f"{word(layer.name)}.flp"] = _floorplan(layer.blocks)
    return files, lost


def _number(value: float, shift: int = 0) -> str:
    """A number times a power of ten, to its last digit."""
    return f"{Decimal(repr(value)).scaleb(shift).normalize()}"


def _um(value: float) -> str:
    """Metres as micrometres; sums of lengths keep a thousandth of a nanometre."""
    return f"{round(Decimal(repr(value)).scaleb(6), 6).normalize():f}"


def _stack(plain: PlainStack, lost: list[str]) -> str:
    lines: list[str] = []
    for material in {layer.material.name: layer.material for layer in plain.layers}.values():
        k = material.k[:1] if material.isotropic else material.k
        lines += [
            f"material {word(material.name)} :",
            f"   thermal conductivity {', '.join(_number(v, -6) for v in k)} ;",
            f"   volumetric heat capacity {_number(material.volumetric_heat_capacity, -18)} ;",
            "",
        ]
    for layer in plain.layers:
        wide, deep = layer.outline[2] - layer.outline[0], layer.outline[3] - layer.outline[1]
        if wide * deep < plain.size[0] * plain.size[1] * (1.0 - 1e-9):
            lost.append(f"layer '{layer.name}': {wide * 1e3:g} x {deep * 1e3:g} mm become the whole chip")
    area = plain.size[0] * plain.size[1]
    for side, face in (("top", plain.top), ("bottom", plain.bottom)):
        if face.cools:
            lines += [
                f"{side} heat sink :",
                f"   heat transfer coefficient {_number(htc(face, area), -12)} ;",
                f"   temperature {_number(round(face.ambient, 9))} ;",
                "",
            ]
    cell = max(plain.size) / CELLS
    counts = [max(1, round(side / cell)) for side in plain.size]
    cells = [f"{Decimal(repr(side)).scaleb(6) / n:.9g}" for side, n in zip(plain.size, counts, strict=True)]
    lines += [
        "dimensions :",
        f"   chip length {_um(plain.size[0])}, width {_um(plain.size[1])} ;",
        f"   cell length {cells[0]}, width {cells[1]} ;",
        "",
    ]
    lines += _parts(plain)
    ambient = (plain.top if plain.top.cools else plain.bottom).ambient
    lines += ["solver :", "   steady ;", f"   initial temperature {_number(round(ambient, 9))} ;", ""]
    lines += ["output :"]
    lines += [
        f'   Tflp ({word(x.name)}, "{word(x.name)}_{q}.txt", {q}, final) ;'
        for x in plain.layers
        if x.blocks
        for q in ("maximum", "average")
    ]
    return "\n".join(lines) + "\n"


def _parts(plain: PlainStack) -> list[str]:
    """Layers, dies and the stack, whose first line is its top."""
    lines, stack = [], []
    for layer in reversed(plain.layers):
        name = word(layer.name)
        kind = f"{name}_kind"
        height, material = _um(layer.thickness), word(layer.material.name)
        if layer.blocks:
            lines += [f"die {kind} :", f"   source {height} {material} ;", ""]
            stack.append(f'   die {name} {kind} floorplan "{name}.flp" ;')
        else:
            lines += [f"layer {kind} :", f"   height {height} ;", f"   material {material} ;", ""]
            stack.append(f"   layer {name} {kind} ;")
    return [*lines, "stack :", *stack, ""]


def _floorplan(blocks: tuple[PlainBlock, ...]) -> str:
    lines = []
    for block in blocks:
        lines.append(f"{word(block.name)} :")
        for x0, y0, x1, y1 in block.rectangles:
            x, y = _um(x0), _um(y0)
            wide, deep = Decimal(_um(x1)) - Decimal(x), Decimal(_um(y1)) - Decimal(y)
            lines.append(f"   rectangle ({x}, {y}, {wide}, {deep}) ;")
        lines += [f"   power values {_number(block.power)} ;", ""]
    return "\n".join(lines)
