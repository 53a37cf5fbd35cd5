"""Grids of numbers in CSV files: watts per cell, or heat transfer coefficients."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from floorplans.diagnostics import Diagnostic, InputError, Problems, Span, quoted
from floorplans.geometry import Orientation
from floorplans.source import read_text


@dataclass(frozen=True, eq=False)
class Raster:
    """Values on a regular grid.

    Parameters
    ----------
    values
        [ny, nx]; the first row is at the lowest y, the first column at the lowest x.
    source
        The file they are from; None for values made in a program.
    """

    values: NDArray[np.float64]
    source: Path | None = None

    def oriented(self, orient: Orientation) -> Raster:
        """The grid turned together with the die it lies on."""
        (a, b), (c, d) = orient.matrix
        turned = self.values.T if orient.swaps_sides else self.values
        # After the axes are swapped, an axis that runs backwards is reversed.
        turned = turned[:, ::-1] if a + b < 0 else turned
        turned = turned[::-1] if c + d < 0 else turned
        return Raster(np.ascontiguousarray(turned), self.source)

    @property
    def total(self) -> float:
        """Sum of all cells."""
        return float(self.values.sum())


def read_raster(path: Path, span: Span | None = None, contents: dict[Path, str] | None = None) -> Raster:
    """Read a grid from a CSV file; its first row is at the lowest y.

    Parameters
    ----------
    path
        File of numbers, comma between them; empty lines and lines that start with ``#`` are passed over.
    span
        Place that names the file, for messages about a file that cannot be read.
    contents
        Receives the SHA-256 of the file.

    Raises
    ------
    InputError
        Not readable, not rectangular, or a cell that is no finite number >= 0; all such cells at once.
    """
    text = read_text(path, span or Span(str(path)), contents if contents is not None else {})
    rows = [
        (number, line.split(","))
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    if not rows:
        raise InputError(Diagnostic(Span(str(path), 1, 1), "the grid has no rows"))
    problems = Problems()
    width = len(rows[0][1])
    values = np.zeros((len(rows), width))
    for position, (number, cells) in enumerate(rows):
        if len(cells) != width:
            message = f"{len(cells)} cells in this row, {width} in the first; a grid is rectangular"
            problems.add(Span(str(path), number, 1), message)
            continue
        values[position] = _row(cells, number, path, problems)
    problems.raise_if_any()
    values.flags.writeable = False
    return Raster(values, path)


def _row(cells: list[str], number: int, path: Path, problems: Problems) -> NDArray[np.float64]:
    try:
        row = np.array(cells, dtype=np.float64)
        if np.isfinite(row).all() and (row >= 0.0).all():
            return row
    except ValueError:
        pass
    column = 1
    for cell in cells:
        message = _wrong(cell)
        if message:
            problems.add(Span(str(path), number, column), message)
        column += len(cell) + 1
    return np.zeros(len(cells))


def _wrong(cell: str) -> str:
    try:
        value = float(cell)
    except ValueError:
        return f"not a number: {quoted(cell.strip())}"
    if not np.isfinite(value):
        return f"must be a finite number (got {cell.strip()})"
    return "" if value >= 0.0 else f"must be at least 0 (got {cell.strip()})"
