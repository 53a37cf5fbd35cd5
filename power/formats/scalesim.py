"""Reports of SCALE-Sim (Samajdar et al., arXiv 1811.02883): cycles and accesses of every layer.

A folder with ``COMPUTE_REPORT.csv`` and, for the bytes, ``DETAILED_ACCESS_REPORT.csv``, as versions 2 and 3
write them; accesses are counted in words.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from floorplans.diagnostics import Diagnostic, InputError, Problems, Span, listed, quoted
from floorplans.source import read_text

COMPUTE, ACCESS = "COMPUTE_REPORT.csv", "DETAILED_ACCESS_REPORT.csv"

_CYCLES, _BUSY = "total cycles", "overall util %"
_SRAM = ("sram ifmap reads", "sram filter reads", "sram ofmap writes")
_DRAM = ("dram ifmap reads", "dram filter reads", "dram ofmap writes")


@dataclass(frozen=True, slots=True)
class SimulatedLayer:
    """One layer of a simulated network.

    Parameters
    ----------
    name
        As the report numbers it.
    cycles
        Clock cycles it takes, stalls included.
    utilisation
        Multiply-adds done over those that all multipliers could have done in these cycles.
    sram, dram
        Words read from and written to the buffers, and the memory behind them.
    """

    name: str
    cycles: float
    utilisation: float
    sram: float
    dram: float


def read_scalesim(folder: str | Path) -> tuple[SimulatedLayer, ...]:
    """The layers of a run.

    Raises
    ------
    InputError
        Reports or columns that are missing, layers that differ between them, what is no number; all at once.
    """
    where, problems = Path(folder), Problems()
    found = [_table(where / name, wanted, problems) for name, wanted in _REPORTS.items()]
    problems.raise_if_any()
    compute, access = found
    if list(compute) != list(access):
        message = f"{COMPUTE} has the layers {listed(list(compute))}, {ACCESS} has {listed(list(access))}"
        raise InputError(Diagnostic(Span(str(where)), message))
    return tuple(
        SimulatedLayer(
            layer,
            row[_CYCLES],
            row[_BUSY] / 100.0,
            sum(access[layer][name] for name in _SRAM),
            sum(access[layer][name] for name in _DRAM),
        )
        for layer, row in compute.items()
    )


_REPORTS = {COMPUTE: (_CYCLES, _BUSY), ACCESS: (*_SRAM, *_DRAM)}


def _table(path: Path, wanted: tuple[str, ...], problems: Problems) -> dict[str, dict[str, float]]:
    """Columns of a report by layer."""
    try:
        text = read_text(path, Span(str(path)), {})
    except InputError as error:
        problems.extend(error.diagnostics)
        return {}
    rows = list(csv.reader(text.splitlines(), skipinitialspace=True))
    heads = [cell.strip().casefold() for cell in rows[0]] if rows else []
    if missing := [name for name in ("layerid", *wanted) if name not in heads]:
        problems.add(Span(str(path), 1, 1), f"has no column {listed(missing)} (it has {listed(heads, 30)})")
        return {}
    found = {}
    for line, row in enumerate(rows[1:], 2):
        if any(cell.strip() for cell in row):
            cells = {
                name: _number(row, heads.index(name), name, Span(str(path), line, 1), problems)
                for name in wanted
            }
            found[row[heads.index("layerid")].strip()] = cells
    if not found:
        problems.add(Span(str(path), 1, 1), "has a heading but no layers")
    return found


def _number(row: list[str], place: int, name: str, span: Span, problems: Problems) -> float:
    cell = row[place].strip() if place < len(row) else ""
    try:
        value = float(cell)
    except ValueError:
        value = -1.0
    if not 0.0 <= value < 1e30:
        problems.add(span, f"{name}: must be a number >= 0 (got {quoted(cell)})")
        return 0.0
    return value
