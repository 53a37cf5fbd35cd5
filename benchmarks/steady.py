"""`python -m benchmarks solve`: this solver against references on the same matrices."""

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from rich.table import Table

from benchmarks.process import MeasurementFailed, measure
from benchmarks.references import REFERENCES, Reference
from thermal.memory import available_bytes

SCHEMA = "thermal-floorplan/benchmark-solve/1"
SIZES = (100_000, 300_000, 1_000_000, 3_000_000, 10_000_000)
TOLERANCE = 1e-8
OWN = "thermal-floorplan"
# A reference may take this share of the memory that is free; the rest is for being wrong.
MEMORY_SHARE = 0.8


@dataclass(frozen=True)
class Row:
    """One solver on one size; `note` says why there are no numbers, where there are none.

    Parameters
    ----------
    cells : int
        Cells of the mesh, void included; bytes are counted per cell of this number.
    unknowns : int
        Rows of the matrix.
    solver : str
        Who solved.
    iterations, sweeps : int or None
        Krylov iterations, and smoothing sweeps per level and iteration.
    setup_s, solve_s : float or None
        From the assembled fine operator to a ready preconditioner, and from there to the solution.
    whole_s : float or None
        From the design to the solution, this solver only.
    bytes_per_cell : float or None
        Peak resident memory above the imported process, over cells.
    residual : float or None
        Relative, 2-norm.
    ratio : float or None
        Set-up and solve time over those of this solver.
    note : str
        Why it was not run.
    """

    cells: int
    unknowns: int
    solver: str
    iterations: int | None = None
    sweeps: int | None = None
    setup_s: float | None = None
    solve_s: float | None = None
    whole_s: float | None = None
    bytes_per_cell: float | None = None
    residual: float | None = None
    ratio: float | None = None
    note: str = ""

    @property
    def total_s(self) -> float | None:
        """Set-up and solve together, s."""
        if self.setup_s is None or self.solve_s is None:
            return None
        return self.setup_s + self.solve_s


def _own_row(size: int) -> tuple[Row, float]:
    """Measure this solver near a size; also returns the scale of the resolution that gave it."""
    scale = float(measure("calibrate", cells=size)["scale"])
    found = measure("own", size=size, scale=scale, tolerance=TOLERANCE)
    fields = {name: found[name] for name in Row.__dataclass_fields__ if name in found}
    return Row(solver=OWN, ratio=1.0, **fields), scale


def _refusal(reference: Reference, unknowns: int, last: tuple[int, int] | None) -> str:
    """Say why a reference is not run at a size; empty when it is."""
    if unknowns > reference.most_unknowns:
        return f"not run: time grows as n^2; at most {reference.most_unknowns:,.0f} unknowns"
    need, free = reference.predicted_bytes(unknowns, last), MEMORY_SHARE * available_bytes()
    if need > free:
        return f"not run: would need {need / 2**30:.1f} GiB, {free / 2**30:.1f} GiB may be used"
    return ""


def _reference_row(
    name: str, own: Row, folder: str, last: dict[str, tuple[int, int]], limit_s: float | None
) -> Row:
    reference = REFERENCES[name]
    refusal = _refusal(reference, own.unknowns, last.get(name))
    if refusal:
        return Row(own.cells, own.unknowns, reference.title, note=refusal)
    try:
        found = measure("reference", limit_s=limit_s, name=name, folder=folder, tolerance=TOLERANCE)
    except MeasurementFailed as failure:
        return Row(own.cells, own.unknowns, reference.title, note=str(failure))
    peak = int(found.pop("peak_bytes"))
    last[name] = own.unknowns, peak
    total = found["setup_s"] + found["solve_s"]
    return Row(
        own.cells,
        own.unknowns,
        reference.title,
        bytes_per_cell=peak / own.cells,
        ratio=total / own.total_s if own.total_s else None,
        **found,
    )


def run(sizes: Iterable[int], references: Iterable[str], limit_s: float | None = None) -> Iterator[Row]:
    """Measure every solver at every size, smallest first; rows come as they are done.

    Parameters
    ----------
    sizes : iterable of int
        Cells, about.
    references : iterable of str
        Keys of `REFERENCES`.
    limit_s : float, optional
        A reference that takes longer is stopped, and its row says so.
    """
    last: dict[str, tuple[int, int]] = {}
    names = tuple(references)
    for size in sorted(sizes):
        own, scale = _own_row(size)
        yield own
        if not names:
            continue
        with tempfile.TemporaryDirectory(prefix="thermal-benchmark-") as folder:
            measure("matrix", size=size, scale=scale, folder=folder)
            for name in names:
                yield _reference_row(name, own, folder, last, limit_s)


def document(rows: Iterable[Row], machine: dict[str, Any]) -> dict[str, Any]:
    """Return the JSON form of a run."""
    return {
        "schema": SCHEMA,
        "tolerance": TOLERANCE,
        "machine": machine,
        "rows": [asdict(row) | {"total_s": row.total_s} for row in rows],
    }


def line(row: Row) -> str:
    """Return a row as one line of progress."""
    if row.note:
        return f"{row.cells:>12,} {row.solver}: {row.note}"
    return f"{row.cells:>12,} {row.solver}: {row.iterations} iterations, {row.total_s:.2f} s"


def _shown(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)


def table(rows: Iterable[Row]) -> Table:
    """Return the rows as a table for the terminal."""
    sheet = Table(title=f"Steady solve to a relative residual of {TOLERANCE:.0e}", caption=CAPTION)
    sheet.add_column("cells", justify="right")
    sheet.add_column("solver")
    for heading in (
        "iterations",
        "sweeps",
        "set-up s",
        "solve s",
        "both s",
        "whole s",
        "bytes/cell",
        "ratio",
    ):
        sheet.add_column(heading, justify="right")
    for row in rows:
        sheet.add_row(
            f"{row.cells:,}",
            f"{row.solver}\n[dim]{row.note}[/dim]" if row.note else row.solver,
            _shown(row.iterations, "d"),
            _shown(row.sweeps, "d"),
            _shown(row.setup_s, ".2f"),
            _shown(row.solve_s, ".2f"),
            _shown(row.total_s, ".2f"),
            _shown(row.whole_s, ".2f"),
            _shown(row.bytes_per_cell, ".0f"),
            _shown(row.ratio, ".1f"),
            end_section=row.solver == list(REFERENCES.values())[-1].title,
        )
    return sheet


CAPTION = (
    "sweeps: per level and iteration, before and after coarse correction together. set-up and solve: from "
    "the assembled matrix on. whole: from the design on. ratio: set-up and solve over this solver's. "
    "bytes/cell: peak resident memory above the imported process; for references the matrix is included."
)
