"""Traces of inputs as CSV, in and out."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np

from floorplans.diagnostics import Diagnostic, InputError, Span, did_you_mean
from thermal.kernels.arrays import Floats
from thermal.rom.model import ReducedModel, Response

ZERO_CELSIUS = 273.15
TIME = "time_s"


def read_trace(path: Path, model: ReducedModel, *, linear: bool) -> tuple[Floats, Floats, float]:
    """Lengths of intervals, inputs (``[intervals, m]``, or their ends), and the time of the first row.

    Columns are inputs of the model; what has none stays at the design's value. Each row holds until the next,
    the last one only ends the trace.

    Raises
    ------
    InputError
        Unknown columns, times that do not rise, values that are no finite numbers; with line and column.
    """
    with path.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.reader(file) if row]
    problems: list[Diagnostic] = []

    def wrong(line: int, text: str) -> None:
        problems.append(Diagnostic(Span(f"{path}:{line}"), text))

    header = [name.strip() for name in rows[0]] if rows else []
    if header[:1] != [TIME] or len(rows) < 3:
        wrong(1, f"a trace has a first column {TIME!r}, inputs beside it, and at least two rows")
        raise InputError(problems)
    for name in header[1:]:
        if name not in model.names:
            wrong(1, f"no input {name!r}{did_you_mean(name, list(model.names))}")
    values = _values(rows, header, wrong)
    if problems:
        raise InputError(problems)
    inputs = np.tile(model.u0, (values.shape[0], 1))
    for j, name in enumerate(header[1:], start=1):
        offset = ZERO_CELSIUS if name.startswith("ambient:") else 0.0
        inputs[:, model.names.index(name)] = values[:, j] + offset
    return np.diff(values[:, 0]), inputs if linear else inputs[:-1], float(values[0, 0])


def _values(rows: list[list[str]], header: list[str], wrong: Callable[[int, str], None]) -> Floats:
    """Numbers of all rows but the first; what is amiss is told."""
    values = np.full((len(rows) - 1, len(header)), np.nan)
    for i, row in enumerate(rows[1:]):
        if len(row) != len(header):
            wrong(i + 2, f"{len(row)} values in a table of {len(header)} columns")
            continue
        for j, text in enumerate(row):
            values[i, j] = _number(text)
            if not np.isfinite(values[i, j]):
                wrong(i + 2, f"{header[j]}: {text.strip()!r} is no finite number")
    for i in np.flatnonzero(np.diff(values[:, 0]) <= 0.0).tolist():
        wrong(i + 3, f"time must rise (got {values[i + 1, 0]:g} s after {values[i, 0]:g} s)")
    return values


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def written(told: Response, began: float) -> str:
    """CSV of temperatures in degC."""
    lines = [",".join([TIME, *told.names])]
    for t, row in zip(told.times + began, told.temperatures - ZERO_CELSIUS, strict=True):
        lines.append(",".join([f"{t:.9g}", *(f"{v:.4f}" for v in row)]))
    return "\n".join(lines) + "\n"
