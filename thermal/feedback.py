"""Leakage on a mesh: heat that depends on the temperature it makes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from power.leakage import Leakage, LeakageModel
from thermal.cover import Shares
from thermal.kernels.arrays import Floats, Ints
from thermal.mesh.columns import Mesh
from thermal.scene import PlacedBlock, Scene


def cells_of(block: PlacedBlock, mesh: Mesh, shared: tuple[Ints, Floats]) -> tuple[Ints, Floats]:
    """Cells of a block, counted through columns and then z, and their shares of its volume.

    Parameters
    ----------
    shared
        Columns that the block touches, and the areas it shares with them, or fractions of its heat.
    """
    column, area = shared
    middle = 0.5 * (mesh.z[1:] + mesh.z[:-1])
    inside = np.flatnonzero((middle > block.z0) & (middle < block.z1))
    share = mesh.heights[inside] / mesh.heights[inside].sum()
    weight = (area / area.sum())[:, None] * share
    return (column[:, None] * mesh.nz + inside).ravel().astype(np.int64), weight.ravel()


@dataclass(frozen=True, eq=False)
class Feedback:
    """The leaking blocks of a scene and the cells that they share.

    Attributes
    ----------
    blocks
        ``[leaking]`` index of each in the scene.
    laws
        Of each.
    start
        ``[leaking + 1]`` ranges into the other two.
    cell
        Cells of each block, counted through columns and then z.
    weight
        Share of the block's heat; a block's shares sum to one.
    """

    blocks: Ints
    laws: tuple[Leakage, ...]
    start: Ints
    cell: Ints
    weight: Floats

    @classmethod
    def of(cls, scene: Scene, mesh: Mesh, deposited: Shares) -> Feedback | None:
        """The leaking blocks of a scene, None if there are none; `deposited` spreads their heat."""
        blocks, laws, cells, weights = [], [], [], []
        for i, block in enumerate(scene.blocks):
            if block.leakage is None:
                continue
            cell, weight = cells_of(block, mesh, deposited.row(i))
            blocks.append(i)
            laws.append(block.leakage)
            cells.append(cell)
            weights.append(weight)
        if not blocks:
            return None
        start = np.cumsum([0, *(c.size for c in cells)]).astype(np.int64)
        found = np.array(blocks, np.int64), tuple(laws), start
        return cls(*found, np.concatenate(cells), np.concatenate(weights))

    @cached_property
    def of_mean(self) -> Ints:
        """Positions of the blocks whose leakage depends on their mean temperature."""
        return np.array(
            [i for i, law in enumerate(self.laws) if law.model is LeakageModel.BLOCK_MEAN], np.int64
        )

    @cached_property
    def _distinct(self) -> tuple[Ints, Ints]:
        cells, position = np.unique(self.cell, return_inverse=True)
        return cells, position.astype(np.int64)

    def row(self, i: int) -> tuple[Ints, Floats]:
        """Cells and weights of the leaking block at position `i`."""
        part = slice(self.start[i], self.start[i + 1])
        return self.cell[part], self.weight[part]

    def mean(self, i: int, temperature: Floats) -> float:
        """Mean of the cell temperatures over the leaking block at position `i`, void left out."""
        cell, weight = self.row(i)
        t = temperature.ravel()[cell]
        solid = ~np.isnan(t)
        return float(t[solid] @ weight[solid] / weight[solid].sum())

    def heat(self, temperature: Floats, means: Floats, source: Floats) -> Floats:
        """Add the leakage to `source`, in W, ``[columns, nz]``.

        Parameters
        ----------
        temperature
            K, nan in void.
        means
            Mean temperatures in K of the blocks `of_mean`.

        Returns
        -------
        array
            Watts of every leaking block.
        """
        mean = dict(zip(self.of_mean.tolist(), means.tolist(), strict=True))
        flat, t = source.reshape(-1), temperature.reshape(-1)
        watts = np.empty(len(self.laws))
        for i, law in enumerate(self.laws):
            cell, weight = self.row(i)
            if i in mean:
                heat = float(law.watts(np.array(mean[i]))) * weight
            else:
                here = t[cell]
                heat = np.where(np.isnan(here), 0.0, law.watts(here) * weight)
            flat[cell] += heat
            watts[i] = heat.sum()
        return watts

    def slope(self, temperature: Floats) -> tuple[Ints, Floats]:
        """Cells of blocks that leak pointwise, and what their heat grows by in W/K."""
        t = temperature.reshape(-1)
        slopes = np.zeros(self.cell.size)
        for i, law in enumerate(self.laws):
            if law.model is LeakageModel.POINTWISE:
                cell, weight = self.row(i)
                here = t[cell]
                slopes[self.start[i] : self.start[i + 1]] = np.where(
                    np.isnan(here), 0.0, law.slope(here) * weight
                )
        cells, position = self._distinct
        return cells, np.asarray(np.bincount(position, slopes, cells.size), float)

    def mean_slopes(self, means: Floats) -> list[tuple[Ints, Floats, float]]:
        """Of every block `of_mean`: cells, weights, and watts per kelvin of its mean."""
        return [
            (*self.row(int(i)), float(self.laws[int(i)].slope(np.array(t))))
            for i, t in zip(self.of_mean, means, strict=True)
        ]
