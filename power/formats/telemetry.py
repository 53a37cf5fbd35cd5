"""Logs of `nvidia-smi --query-gpu=… --format=csv`, of DCGM, and plain tables of power against work."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from floorplans.diagnostics import Problems, Span, listed, quoted
from floorplans.source import read_text

Floats = NDArray[np.float64]

COLUMNS: Mapping[str, tuple[tuple[str, float], ...]] = {
    "watts": (
        ("power.draw.instant", 1.0),
        ("power.draw.average", 1.0),
        ("power.draw", 1.0),
        ("dcgm_fi_dev_power_usage", 1.0),
        ("power_w", 1.0),
        ("avg_power_watts", 1.0),
    ),
    "hertz": (("clocks.current.sm", 1e6), ("clocks.sm", 1e6), ("dcgm_fi_dev_sm_clock", 1e6), ("sm_mhz", 1e6)),
    "celsius": (("temperature.gpu", 1.0), ("dcgm_fi_dev_gpu_temp", 1.0), ("gpu_c", 1.0)),
    "tensor_active": (("dcgm_fi_prof_pipe_tensor_active", 1.0), ("tensor_active", 1.0)),
    "dram_active": (("dcgm_fi_prof_dram_active", 1.0), ("dram_active", 1.0)),
    "gpu_busy": (("utilization.gpu", 0.01), ("dcgm_fi_dev_gpu_util", 0.01)),
    "flops": (("flops_per_s", 1.0), ("flop_s", 1.0), ("tflops", 1e12)),
    "bytes": (("bytes_per_s", 1.0), ("gb_per_s", 1e9), ("gb_s", 1e9)),
}
"""What is understood: quantity, the headings it may have, and the SI value of a unit there."""

_NOTHING = {"", "n/a", "[n/a]", "[not supported]", "nan", "-"}


@dataclass(frozen=True)
class Telemetry:
    """Columns of a log, equally long; nan where the log has no number.

    Parameters
    ----------
    file
        Where it is from.
    columns
        By quantity: ``watts``, ``hertz``, ``celsius``, ``tensor_active``, ``dram_active``, ``gpu_busy``
        (shares), ``flops`` and ``bytes`` (per second).
    """

    file: str
    columns: Mapping[str, Floats]

    def __len__(self) -> int:
        return int(next(iter(self.columns.values())).size) if self.columns else 0

    def column(self, name: str) -> Floats | None:
        """A column; None if the log has none."""
        return self.columns.get(name)


def read_telemetry(path: str | Path) -> Telemetry:
    """Read a CSV log.

    Headings may carry units (``power.draw [W]``), numbers too (``312.45 W``); columns that are not understood
    are passed over.

    Raises
    ------
    InputError
        No file, no column of power, or something that is no number, with its line.
    """
    file = str(path)
    text = read_text(Path(path), Span(file), {})
    rows = list(csv.reader(text.splitlines(), skipinitialspace=True))
    problems = Problems()
    heads = [_heading(cell) for cell in rows[0]] if rows else []
    places = {name: found for name, known in COLUMNS.items() if (found := _place(heads, known)) is not None}
    if "watts" not in places:
        wanted = listed([name for name, _ in COLUMNS["watts"]])
        problems.add(Span(file, 1, 1), f"no column of power (known headings: {wanted}; got {listed(heads)})")
        problems.raise_if_any()
    columns: dict[str, list[float]] = {name: [] for name in places}
    for line, row in enumerate(rows[1:], 2):
        if not any(cell.strip() for cell in row):
            continue
        for name, (place, scale) in places.items():
            cell = row[place] if place < len(row) else ""
            columns[name].append(_number(cell, Span(file, line, 1), heads[place], problems) * scale)
    if not columns["watts"]:
        problems.add(Span(file, 1, 1), "has a heading but no rows")
    problems.raise_if_any()
    return Telemetry(file, {name: np.array(values) for name, values in columns.items()})


def _heading(cell: str) -> str:
    return re.sub(r"\s*\[.*\]$", "", cell.strip()).casefold()


def _place(heads: list[str], known: tuple[tuple[str, float], ...]) -> tuple[int, float] | None:
    for name, scale in known:
        if name in heads:
            return heads.index(name), scale
    return None


def _number(cell: str, span: Span, heading: str, problems: Problems) -> float:
    text = cell.strip()
    if text.casefold() in _NOTHING:
        return float("nan")
    match = re.match(r"^[-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?", text)
    try:
        return float(match.group()) if match else float(text)
    except ValueError:
        problems.add(span, f"{heading}: must be a number (got {quoted(text)})")
        return float("nan")
