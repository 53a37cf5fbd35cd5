"""Tables for a notebook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from thermal.compare import compare
from thermal.metrics import BlockMetrics
from thermal.report.words import (
    ABSENT,
    VERDICT_WORDS,
    difference,
    error_bar,
    fixed,
    temperature,
    watts,
)
from thermal.solution import Solution
from thermal.study import Case

MOST = 12
"""Rows of a table unless asked for more."""


@dataclass(frozen=True)
class TableView:
    """Rows of text under a heading, shown as a table by a notebook and as lines elsewhere."""

    heading: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def __str__(self) -> str:
        lines = (self.heading, *self.rows)
        widths = [max(len(line[i]) for line in lines) for i in range(len(self.heading))]
        return "\n".join(
            "  ".join(
                cell.ljust(w) if i == 0 else cell.rjust(w)
                for i, (cell, w) in enumerate(zip(line, widths, strict=True))
            ).rstrip()
            for line in lines
        )

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{escape(cell)}</th>" for cell in self.heading)
        body = "".join(
            "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in self.rows
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def block_table(solution: Solution, blocks: Sequence[str] | None = None, most: int = MOST) -> TableView:
    """Blocks with their watts, temperatures, margins and verdicts.

    Parameters
    ----------
    blocks
        Addresses; default the `most` of least margin.
    """
    metrics = solution.metrics
    if blocks is not None:
        found = [metrics.block(name) for name in blocks]
    else:
        found = sorted(metrics.blocks, key=lambda b: (b.margin is None, b.margin or 0.0, -b.t_max))[:most]
    heading = ("block", "W", "max °C", "± K", "limit °C", "margin K", "verdict")
    return TableView(heading, tuple(_row(block) for block in found))


def _row(block: BlockMetrics) -> tuple[str, ...]:
    return (
        block.name,
        watts(block.power),
        temperature(block.t_max),
        error_bar(block.error),
        temperature(block.limit, 1),
        difference(block.margin),
        VERDICT_WORDS[block.verdict],
    )


def change_table(before: Solution, after: Solution, most: int = MOST) -> TableView:
    """The blocks whose maximum changed most between two solved designs.

    The last column says whether the change is larger than both error bars together.
    """
    rows = []
    for found in compare(Case.of(before), Case.of(after)).blocks[:most]:
        was, now = (part.t_max if part is not None else None for part in (found.before, found.after))
        change = ABSENT if found.t_max is None else fixed(found.t_max, 3)
        told = "yes" if found.significant else "within the error bars"
        rows.append((found.name, temperature(was), temperature(now), change, error_bar(found.error), told))
    return TableView(("block", "before °C", "after °C", "change K", "± K", "real"), tuple(rows))
