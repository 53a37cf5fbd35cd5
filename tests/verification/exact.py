"""Layered stacks with exact solutions, as designs that the solver reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from thermal.design import Design
from thermal.verification import ExactValue, FourierSeries, LayeredStack, RectSource

KELVIN = 273.15


@dataclass(frozen=True)
class ExactBlock:
    """A block and the source that it is in the exact solution."""

    name: str
    kind: str
    source: RectSource


def layer_names(stack: LayeredStack) -> list[str]:
    """Names that `design_of` gives to the layers."""
    return [f"layer{index}" for index in range(len(stack.layers))]


def design_of(stack: LayeredStack, blocks: Sequence[ExactBlock]) -> Design:
    """A design whose continuous problem is that of the stack with these blocks."""
    materials = {}
    layers = []
    for index, (name, layer) in enumerate(zip(layer_names(stack), stack.layers, strict=True)):
        materials[f"material{index}"] = {
            "k_w_mk": [layer.kx, layer.ky, layer.kz],
            "density_kg_m3": 2330,
            "specific_heat_j_kgk": 710,
            "source": "exact case",
        }
        entry: dict[str, object] = {
            "name": name,
            "thickness_um": layer.thickness * 1e6,
            "material": f"material{index}",
        }
        if layer.contact_below:
            entry["contact_below_m2k_w"] = layer.contact_below
        here = [block for block in blocks if block.source.layer == index]
        if here:
            entry["floorplan"] = {
                "blocks": [
                    {"name": b.name, "kind": b.kind, "rect_um": [edge * 1e6 for edge in b.source.rect]}
                    for b in here
                ]
            }
        layers.append(entry)
    package: dict[str, object] = {
        "outline_mm": [side * 1e3 for side in stack.size],
        "ambient_c": stack.ambient_top - KELVIN,
        "layers": layers,
    }
    for face, htc, ambient in (
        ("top", stack.h_top, stack.ambient_top),
        ("bottom", stack.h_bottom, stack.ambient_bottom),
    ):
        if htc:
            package[face] = {"htc_w_m2k": htc, "ambient_c": ambient - KELVIN}
    power = {f"layer{b.source.layer}/{b.name}": b.source.power for b in blocks}
    return Design.from_dict({"design": "exact", "package": package, "materials": materials, "power": power})


def series_of(stack: LayeredStack, blocks: Sequence[ExactBlock], tolerance: float = 1e-4) -> FourierSeries:
    """The exact solution of the same."""
    return FourierSeries(stack, [block.source for block in blocks], tolerance)


def exact_figures(solution: FourierSeries, block: ExactBlock) -> tuple[ExactValue, ExactValue]:
    """Maximum and mean of a block."""
    rect, layer = block.source.rect, block.source.layer
    return solution.maximum(rect, layer), solution.mean(rect, layer)
