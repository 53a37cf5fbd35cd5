"""Layered stacks with exact solutions, as designs that the solver reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from floorplans.schema import ZERO_CELSIUS
from thermal.design import Design
from thermal.verification import ExactValue, FourierSeries, LayeredStack, RectSource


@dataclass(frozen=True)
class ExactBlock:
    """A block, its kind, and the source that it is in the exact solution."""

    name: str
    kind: str
    source: RectSource

    @property
    def address(self) -> str:
        """Name in the design of `design_of`."""
        return f"layer{self.source.layer}/{self.name}"


def layer_names(stack: LayeredStack) -> list[str]:
    """Names that `design_of` gives to the layers."""
    return [f"layer{index}" for index in range(len(stack.layers))]


def design_of(
    stack: LayeredStack,
    blocks: Sequence[ExactBlock],
    laws: Mapping[int, Mapping[str, object]] | None = None,
    leakage: Mapping[str, Mapping[str, object]] | None = None,
    capacity: Sequence[float] | None = None,
) -> Design:
    """A design whose continuous problem is that of the stack with these blocks.

    Parameters
    ----------
    laws
        ``k_law`` of layers whose conductivity depends on temperature, by index.
    leakage
        Leakage by block address, as in a design file.
    capacity
        Volumetric heat capacity of each layer, J/(m3 K); default that of silicon.
    """
    package: dict[str, object] = {
        "outline_mm": [side * 1e3 for side in stack.size],
        "ambient_c": stack.ambient_top - ZERO_CELSIUS,
        "layers": [_layer(stack, index, blocks) for index in range(len(stack.layers))],
    }
    for face, htc, ambient in (
        ("top", stack.h_top, stack.ambient_top),
        ("bottom", stack.h_bottom, stack.ambient_bottom),
    ):
        if htc:
            package[face] = {"htc_w_m2k": htc, "ambient_c": ambient - ZERO_CELSIUS}
    materials: dict[str, dict[str, object]] = {
        f"material{index}": {
            "k_w_mk": [layer.kx, layer.ky, layer.kz],
            "density_kg_m3": 2330,
            "specific_heat_j_kgk": 710 if capacity is None else capacity[index] / 2330,
            "source": "exact case",
        }
        for index, layer in enumerate(stack.layers)
    }
    for index, law in (laws or {}).items():
        materials[f"material{index}"]["k_law"] = law
    power = {block.address: block.source.power for block in blocks}
    data = {"design": "exact", "package": package, "materials": materials, "power": power}
    return Design.from_dict(data | ({"leakage": leakage} if leakage else {}))


def _layer(stack: LayeredStack, index: int, blocks: Sequence[ExactBlock]) -> dict[str, object]:
    layer = stack.layers[index]
    entry: dict[str, object] = {
        "name": f"layer{index}",
        "thickness_um": layer.thickness * 1e6,
        "material": f"material{index}",
    }
    if layer.contact_below:
        entry["contact_below_m2k_w"] = layer.contact_below
    here = [
        {"name": b.name, "kind": b.kind, "rect_um": [edge * 1e6 for edge in b.source.rect]}
        for b in blocks
        if b.source.layer == index
    ]
    return entry | ({"floorplan": {"blocks": here}} if here else {})


def heated(stack: LayeredStack, watts: dict[int, float]) -> list[ExactBlock]:
    """One block over the whole of each heated layer."""
    return [
        ExactBlock("all", "other", RectSource(layer, (0.0, 0.0, *stack.size), w))
        for layer, w in watts.items()
    ]


def series_of(stack: LayeredStack, blocks: Sequence[ExactBlock], tolerance: float = 1e-4) -> FourierSeries:
    """The exact solution of the same."""
    return FourierSeries(stack, [block.source for block in blocks], tolerance)


def exact_figures(solution: FourierSeries, block: ExactBlock) -> tuple[ExactValue, ExactValue]:
    """Maximum and mean of a block."""
    rect, layer = block.source.rect, block.source.layer
    return solution.maximum(rect, layer), solution.mean(rect, layer)
