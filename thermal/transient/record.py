"""What is kept of a run: blocks and probes over time, snapshots, and the peak of every cell."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from floorplans.diagnostics import Diagnostic, InputError, did_you_mean
from thermal.field import Field
from thermal.kernels.arrays import Floats, Ints
from thermal.scene import Scene
from thermal.system import ConductionSystem

Probe = tuple[float, float, float]
"""x, y, z in m."""


class Reader:
    """Reads the maxima and means of some blocks, and probes, of one field after the other.

    Maxima are suprema of the reconstructed field, as in `thermal.metrics`.
    """

    def __init__(self, system: ConductionSystem, chosen: Sequence[int], probes: Sequence[Probe]) -> None:
        blocks, shares = system.scene.blocks, system.shares
        self.chosen = tuple(chosen)
        self.probes = np.array(probes, float).reshape(-1, 3)
        heights: dict[tuple[float, float], list[int]] = {}
        for place, i in enumerate(self.chosen):
            heights.setdefault((blocks[i].z0, blocks[i].z1), []).append(place)
        self._parts: list[tuple[float, float, Ints, Ints, Floats, Floats, Ints]] = []
        for (z0, z1), members in heights.items():
            rows = [shares.row(self.chosen[m]) for m in members]
            boxes = [blocks[self.chosen[m]].outline.bounds for m in members]
            sizes = [c.size for c, _ in rows]
            self._parts.append(
                (
                    z0,
                    z1,
                    np.array(members, np.int64),
                    np.concatenate([c for c, _ in rows]),
                    np.concatenate([a for _, a in rows]),
                    np.repeat(np.array(boxes, float), sizes, axis=0),
                    np.cumsum([0, *sizes[:-1]]).astype(np.int64),
                )
            )

    def read(self, field: Field) -> tuple[Floats, Floats, Floats]:
        """Maxima ``[blocks]``, means ``[blocks]`` and probes ``[probes]``, K."""
        highest, mean = np.empty(len(self.chosen)), np.empty(len(self.chosen))
        for z0, z1, members, column, area, boxes, start in self._parts:
            rows = field.over(column, area, boxes, z0, z1)
            highest[members] = np.maximum.reduceat(rows[:, 0], start)
            volume = np.add.reduceat(rows[:, 6], start)
            mean[members] = np.add.reduceat(rows[:, 5], start) / np.where(volume > 0.0, volume, np.nan)
        return highest, mean, field.at(*self.probes.T)

    def largest(self, change: Floats, z: Floats) -> Floats:
        """``[blocks]`` largest size of a change of cells in each block, K; `z` are the nodes of the mesh."""
        found = np.empty(len(self.chosen))
        middle = 0.5 * (z[1:] + z[:-1])
        for z0, z1, members, column, _, _, start in self._parts:
            inside = np.flatnonzero((middle > z0) & (middle < z1))
            size = np.abs(change[column, inside[0] : inside[-1] + 1]).max(axis=1)
            found[members] = np.maximum.reduceat(size, start)
        return found


class Records:
    """Rows and snapshots so far.

    Parameters
    ----------
    times
        Instants asked for, rising, s; None for the ends of all steps.
    pictures
        Instants of snapshots, rising, s.
    """

    def __init__(self, reader: Reader, times: Floats | None, pictures: Floats) -> None:
        self.reader, self.times, self.pictures = reader, times, pictures
        self.rows: list[tuple[float, Floats, Floats, Floats, Floats]] = []
        self.snapshots: list[tuple[float, Floats]] = []
        self.peak: Floats = np.empty(0)

    def line(self, time: float, field: Field, error: Floats) -> None:
        """Keep a row; `error` is that of each block's temperatures, K."""
        self.rows.append((time, *self.reader.read(field), error))

    def picture(self, time: float, temperature: Floats) -> None:
        """Keep a snapshot, ``[columns, nz]`` K."""
        self.snapshots.append((time, temperature))

    def cut(self, lines: int, pictures: int) -> None:
        """Forget what came after a state."""
        del self.rows[lines:]
        del self.snapshots[pictures:]

    def packed(self) -> dict[str, np.ndarray]:
        """As arrays, to be written."""
        blocks, probes = len(self.reader.chosen), len(self.reader.probes)
        n = len(self.rows)
        out = {"peak": self.peak, "row_times": np.array([r[0] for r in self.rows], float)}
        widths = {"row_max": blocks, "row_avg": blocks, "row_probes": probes, "row_error": blocks}
        for k, (name, width) in enumerate(widths.items(), start=1):
            out[name] = np.array([r[k] for r in self.rows], float).reshape(n, width)
        out["picture_times"] = np.array([t for t, _ in self.snapshots], float)
        shape = (len(self.snapshots), *self.peak.shape)
        out["pictures"] = np.array([p for _, p in self.snapshots], float).reshape(shape)
        return out

    def unpack(self, read: dict[str, np.ndarray]) -> None:
        """Take up what `packed` gave."""
        self.peak = read["peak"]
        columns = [read[k] for k in ("row_max", "row_avg", "row_probes", "row_error")]
        self.rows = [(float(t), *row) for t, *row in zip(read["row_times"], *columns, strict=True)]
        kept = zip(read["picture_times"].tolist(), read["pictures"], strict=True)
        self.snapshots = [(t, p) for t, p in kept]


def chosen_blocks(scene: Scene, names: Sequence[str] | None) -> list[int]:
    """Places of some blocks in the scene, all of them for None.

    Raises
    ------
    InputError
        The scene has no such block.
    """
    index = {b.name: i for i, b in enumerate(scene.blocks)}
    if names is None:
        return list(index.values())
    unknown = [n for n in names if n not in index]
    if unknown:
        raise InputError([Diagnostic(None, f"no block '{n}'{did_you_mean(n, list(index))}") for n in unknown])
    return [index[n] for n in names]
