"""The record of an adaptive solve: its meshes, and why the last was the last."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Stop(StrEnum):
    """Why refinement ended."""

    ACCURACY = "every block is as accurate as asked"
    CELLS = "the cell budget is spent"
    MEMORY = "the memory limit is reached"
    STALLED = "further rounds gained nothing"
    ROUNDS = "the number of rounds is reached"
    OFF = "refinement was not asked for"


@dataclass(frozen=True)
class Round:
    """One solve on a family of meshes.

    Attributes
    ----------
    cells, columns, layers
        Of the finest mesh.
    missing
        Blocks whose error bar is larger than asked.
    worst
        Largest error bar relative to what is asked.
    block
        The block that has it; empty where there is none.
    iterations
        V-cycles on the finest mesh.
    """

    cells: int
    columns: int
    layers: int
    missing: int
    worst: float
    block: str
    iterations: int


@dataclass(frozen=True)
class Refinement:
    """All rounds, and why the last one was the last."""

    rounds: tuple[Round, ...]
    stop: Stop
