"""What uncertain inputs may name, as the file declares it, whether or not its parts could be built."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from floorplans.addresses import items, text
from floorplans.block import BlockKind
from floorplans.material import library
from floorplans.nodes import Node
from floorplans.package import VOID


@dataclass(frozen=True)
class Surroundings:
    """The tree of a design, its watts by block, and the blocks that leak."""

    root: Node
    power: Mapping[str, float]
    leakage: Collection[str] = ()

    @cached_property
    def kinds(self) -> dict[str, str]:
        """Kind of every block, by address."""
        return {
            f"{owner}/{text(block, 'name')}": text(block, "kind") or BlockKind.OTHER.value
            for owner, layer in self._layers()
            for block in items(layer.child("floorplan"), "blocks")
        }

    @cached_property
    def materials(self) -> dict[str, None]:
        """Names of the materials that layers and regions are of."""
        found: dict[str, None] = {}
        for _, layer in self._layers():
            for part in (layer, *items(layer, "regions")):
                found |= dict.fromkeys(text(part, key) for key in ("material", "fill"))
        return {name: None for name in found if name not in ("", VOID)}

    def known(self, material: str) -> bool:
        """Whether there is a material of this name, in use or not."""
        own = self.root.child("materials")
        return material in library() or (own is not None and material in own.keys)

    def _layers(self) -> Iterator[tuple[str, Node]]:
        """Layers with the name that the addresses of their blocks begin with."""
        dies = self.root.child("dies")
        for layer in items(self.root.child("package"), "layers"):
            yield text(layer, "name"), layer
            for chiplet in items(layer, "chiplets"):
                die = dies.child(text(chiplet, "die")) if dies is not None else None
                for inner in items(die, "layers"):
                    yield text(chiplet, "name"), inner
