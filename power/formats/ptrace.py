"""Power traces of HotSpot (`.ptrace`): a line of names of units, then a line of watts an interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from floorplans.diagnostics import Problems, Span, quoted
from floorplans.formats.tokens import finite


@dataclass(frozen=True, eq=False)
class Ptrace:
    """A power trace.

    Parameters
    ----------
    names
        Units, in the order of the columns.
    spans
        Where each is named.
    watts
        Intervals x units [W].
    """

    names: tuple[str, ...]
    spans: tuple[Span, ...]
    watts: NDArray[np.float64]

    @property
    def mean(self) -> NDArray[np.float64]:
        """Mean watts of every unit, which is what HotSpot's steady temperatures are of."""
        return np.asarray(self.watts.mean(axis=0), float)


def parse_ptrace(text: str, file: str, problems: Problems) -> Ptrace:
    """Read a power trace; `problems` receives what is wrong, cell by cell."""
    lines = [(n, line) for n, line in enumerate(text.splitlines(), start=1) if line.strip()]
    if not lines:
        problems.add(Span(file, 1, 1), "the power trace is empty")
        return Ptrace((), (), np.zeros((1, 0)))
    number, header = lines[0]
    names = tuple(header.split())
    spans = tuple(Span(file, number, column) for column in _columns(header))
    rows = [_row(line, names, n, file, problems) for n, line in lines[1:]]
    if not rows:
        problems.add(Span(file, number, 1), "the power trace has names but no watts")
        rows = [[0.0] * len(names)]
    return Ptrace(names, spans, np.array(rows, float).reshape(len(rows), len(names)))


def _columns(line: str) -> list[int]:
    """Where each word of a line begins, from 1."""
    starts, position = [], 0
    for word in line.split():
        position = line.index(word, position)
        starts.append(position + 1)
        position += len(word)
    return starts


def _row(line: str, names: tuple[str, ...], number: int, file: str, problems: Problems) -> list[float]:
    cells = line.split()
    if len(cells) != len(names):
        message = f"{len(cells)} values for {len(names)} units"
        problems.add(Span(file, number, 1), message)
        return [0.0] * len(names)
    watts = []
    for cell, column, name in zip(cells, _columns(line), names, strict=True):
        value = finite(cell)
        if value is None or value < 0:
            what = "not a number" if value is None else "must be at least 0"
            problems.add(Span(file, number, column), f"power of '{name}': {what} (got {quoted(cell)})")
        watts.append(0.0 if value is None or value < 0 else float(value))
    return watts


def write_ptrace(names: list[str], rows: NDArray[np.float64]) -> str:
    """A power trace as text."""
    lines = ["\t".join(names), *("\t".join(f"{float(w)!r}" for w in row) for row in rows)]
    return "\n".join(lines) + "\n"
