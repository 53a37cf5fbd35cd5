"""Addresses of blocks and layers, as the file declares them, whether or not the parts could be built."""

from __future__ import annotations

from collections.abc import Iterator

from floorplans.nodes import Node


class Addresses:
    """What can be named by power, limits and matched pairs.

    Parameters
    ----------
    root
        Tree of a design.

    Attributes
    ----------
    blocks
        ``chiplet/block``, and ``layer/block`` for a block on a package layer.
    layers
        ``layer`` of the package, and ``chiplet/layer``.
    """

    def __init__(self, root: Node) -> None:
        self.blocks: dict[str, None] = {}
        self.layers: dict[str, None] = {}
        self._unsettled: set[str] = set()
        for layer in items(root.child("package"), "layers"):
            if name := text(layer, "name"):
                self.layers[name] = None
                self._blocks(name, layer)
            for chiplet in items(layer, "chiplets"):
                self._chiplet(chiplet, root.child("dies"))

    def unsettled(self, address: str) -> bool:
        """Whether `address` is in a chiplet of an unknown die, so that nothing can be said about it."""
        return address.split("/", 1)[0] in self._unsettled

    @property
    def package_layers(self) -> list[str]:
        """Layers of the package only."""
        return [name for name in self.layers if "/" not in name]

    def _chiplet(self, chiplet: Node, dies: Node | None) -> None:
        name, die = text(chiplet, "name"), text(chiplet, "die")
        found = dies.child(die) if dies is not None else None
        if found is None:
            self._unsettled.add(name)
        for layer in items(found, "layers"):
            self.layers[f"{name}/{text(layer, 'name')}"] = None
            self._blocks(name, layer)

    def _blocks(self, owner: str, layer: Node) -> None:
        for block in items(layer.child("floorplan"), "blocks"):
            if name := text(block, "name"):
                self.blocks[f"{owner}/{name}"] = None


def items(node: Node | None, key: str) -> Iterator[Node]:
    """The items of the list under `key`; none if it is no list."""
    child = node.child(key) if node is not None else None
    if child is not None and isinstance(child.value, list):
        yield from child.value


def text(node: Node, key: str) -> str:
    """The text under `key`; empty if it is no text."""
    child = node.child(key)
    return child.value if child is not None and isinstance(child.value, str) else ""
