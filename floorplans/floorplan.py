"""A floorplan: the blocks of one layer."""

from __future__ import annotations

import shapely

from floorplans.block import Block
from floorplans.geometry import Bounds, Size, overhang, overlaps
from floorplans.schema import Model


class Floorplan(Model):
    """Blocks on one layer.

    Attributes
    ----------
    blocks
        In the order of the file.
    """

    blocks: tuple[Block, ...] = ()

    def block(self, name: str) -> Block:
        """The block called `name`; KeyError if there is none."""
        for block in self.blocks:
            if block.name == name:
                return block
        raise KeyError(f"no block '{name}'")

    @property
    def area(self) -> float:
        """Area covered by blocks [m2]."""
        return sum(float(block.outline.area) for block in self.blocks)

    def coverage(self, size: Size) -> float:
        """Part of a die of `size` [m] that blocks cover."""
        return self.area / (size[0] * size[1])

    def overlaps(self) -> list[tuple[Block, Block, float]]:
        """Pairs of blocks that cover common ground, and the area of it [m2]."""
        found = overlaps([block.outline for block in self.blocks])
        return [(self.blocks[i], self.blocks[j], area) for i, j, area in found]

    def outside(self, size: Size) -> list[tuple[Block, float]]:
        """Blocks that stick out of a layer of `size` [m], and how far [m]."""
        frame: Bounds = (0.0, 0.0, *size)
        if not self.blocks:
            return []
        bounds = shapely.bounds([block.outline for block in self.blocks])
        far = [overhang((b[0], b[1], b[2], b[3]), frame) for b in bounds.tolist()]
        return [(block, distance) for block, distance in zip(self.blocks, far, strict=True) if distance > 0.0]
