"""`python -m benchmarks accuracy`: error over cells on an exact case, uniform meshes against refined ones."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from rich.table import Table

from benchmarks.exact_case import BLOCKS, DEVICE, SIDE_MM
from benchmarks.process import measure

SCHEMA = "thermal-floorplan/benchmark-accuracy/1"
KINDS = {f"{DEVICE}/{block.name}": block.kind for block in BLOCKS}
SCALES = (4.0, 2.0, 1.0, 0.5)
# Cells along the side of a grid that is uniform in the plane and as fine along z as the refined one.
UNIFORM = (50, 100, 200, 400, 800)
# Accuracy asked of analog and PMIC blocks, K.
ASKED = (0.5, 0.3, 0.2, 0.1)


@dataclass(frozen=True)
class Row:
    """One mesh.

    Parameters
    ----------
    mesh : str
        How it was made.
    cells : int
        Cells of the reported mesh.
    analog_k, pmic_k : float
        Largest error of t_max over the blocks of the kind, K.
    other_k : float
        The same over all other blocks, K.
    bar_k : float or None
        Largest error bar of an analog or PMIC block, K; a mesh made by hand has none.
    covered : int or None
        Blocks whose error bar contains the exact value, of `blocks`.
    blocks : int
        Blocks of the case.
    seconds : float
        Whole solve and metrics, kernels loaded, s.
    """

    mesh: str
    cells: int
    analog_k: float
    pmic_k: float
    other_k: float
    bar_k: float | None
    covered: int | None
    blocks: int
    seconds: float


def _meshes() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for count in UNIFORM:
        yield f"uniform, {1000 * SIDE_MM / count:.0f} µm", "uniform", {"count": count}
    for scale in SCALES:
        yield f"quadtree, scale {scale:g}", "refined", {"scale": scale}
    for asked in ASKED:
        yield f"adaptive, {asked:g} K asked", "refined", {"scale": 2.0, "asked": asked}


def run() -> Iterator[Row]:
    """Solve the case on every mesh; rows come as they are done."""
    exact: dict[str, float] = measure("exact")["t_max"]
    for title, job, arguments in _meshes():
        found = measure(job, **arguments)
        miss = {name: abs(found["t_max"][name] - value) for name, value in exact.items()}
        bars: dict[str, float] = found.get("error", {})
        sensitive = [name for name in exact if KINDS[name] in ("analog", "pmic")]
        yield Row(
            mesh=title,
            cells=found["cells"],
            analog_k=max(miss[name] for name in exact if KINDS[name] == "analog"),
            pmic_k=max(miss[name] for name in exact if KINDS[name] == "pmic"),
            other_k=max(miss[name] for name in exact if name not in sensitive),
            bar_k=max(bars[name] for name in sensitive) if bars else None,
            covered=sum(miss[name] <= bars[name] for name in exact) if bars else None,
            blocks=len(exact),
            seconds=found["seconds"],
        )


def line(row: Row) -> str:
    """Return a row as one line of progress."""
    return f"{row.cells:>12,} {row.mesh}: analog {row.analog_k:.3f} K, PMIC {row.pmic_k:.3f} K"


def document(rows: Iterable[Row], machine: dict[str, Any]) -> dict[str, Any]:
    """Return the JSON form of a run."""
    return {"schema": SCHEMA, "machine": machine, "rows": [asdict(row) for row in rows]}


def table(rows: Iterable[Row]) -> Table:
    """Return the rows as a table for the terminal."""
    sheet = Table(title="Error of t_max against the exact solution of an eight-layer flip chip")
    sheet.add_column("mesh")
    for heading in ("cells", "analog K", "PMIC K", "others K", "error bar K", "covered", "seconds"):
        sheet.add_column(heading, justify="right")
    for row in rows:
        sheet.add_row(
            row.mesh,
            f"{row.cells:,}",
            f"{row.analog_k:.3f}",
            f"{row.pmic_k:.3f}",
            f"{row.other_k:.3f}",
            "–" if row.bar_k is None else f"{row.bar_k:.3f}",
            "–" if row.covered is None else f"{row.covered}/{row.blocks}",
            f"{row.seconds:.1f}",
        )
    return sheet
