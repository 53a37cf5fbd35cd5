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
        for layer in _items(root.child("package"), "layers"):
            if name := _text(layer, "name"):
                self.layers[name] = None
                self._blocks(name, layer)
            for chiplet in _items(layer, "chiplets"):
                self._chiplet(chiplet, root.child("dies"))

    def _chiplet(self, chiplet: Node, dies: Node | None) -> None:
        name, die = _text(chiplet, "name"), _text(chiplet, "die")
        if not name or not die or dies is None:
            return
        for layer in _items(dies.child(die), "layers"):
            self.layers[f"{name}/{_text(layer, 'name')}"] = None
            self._blocks(name, layer)

    def _blocks(self, owner: str, layer: Node) -> None:
        for block in _items(layer.child("floorplan"), "blocks"):
            if name := _text(block, "name"):
                self.blocks[f"{owner}/{name}"] = None


def _items(node: Node | None, key: str) -> Iterator[Node]:
    child = node.child(key) if node is not None else None
    if child is not None and isinstance(child.value, list):
        yield from child.value


def _text(node: Node, key: str) -> str:
    child = node.child(key)
    return child.value if child is not None and isinstance(child.value, str) else ""
