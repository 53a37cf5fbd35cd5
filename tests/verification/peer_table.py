"""Cases of the peers, side by side; `python -m tests.verification.peer_table FOLDER` prints the table."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from thermal import Resolution, solve
from thermal.formats.case import Case, read_case
from thermal.imposed import solve_imposed


@dataclass(frozen=True)
class Row:
    """One figure of a case, K: theirs, on the imposed grid, and converged with its error bar."""

    case: str
    figure: str
    theirs: float
    imposed: float
    imposed_cells: int
    imposed_s: float
    converged: float
    error: float
    cells: int
    seconds: float


def recorded(folder: Path, case: str) -> list[dict[str, object]]:
    """Runs of a case as they were recorded."""
    runs = json.loads((folder / case / "reference.json").read_text())["runs"]
    return list(runs.values()) if isinstance(runs, dict) else runs


def row(name: str, case: Case, layer: str, block: str, theirs: float, *, mean: bool) -> Row:
    """Solve a case on its grid and on a mesh of its own."""
    begin = time.perf_counter()
    design, grid = case.design, case.imposed()
    found = solve_imposed(design, grid)
    imposed_s = time.perf_counter() - begin
    element = next(e for e in grid.layers[layer].elements if e.name == block)
    stats = found.field.statistics(layer, element)
    begin = time.perf_counter()
    solution = solve(design, resolution=Resolution(scale=0.5))
    seconds = time.perf_counter() - begin
    figures = solution.metrics.block(f"{layer}/{block}")
    return Row(
        name,
        f"{block}, {'mean' if mean else 'max'}",
        theirs,
        stats.t_avg if mean else stats.t_max,
        found.solved.run.cells,
        imposed_s,
        figures.t_avg if mean else figures.t_max,
        figures.error,
        solution.evidence.cells,
        seconds,
    )


def rows(folder: Path) -> list[Row]:
    """All steady cases with a grid."""

    def hotspot(name: str, layer: str, unit: str, prefix: str, run: int, **options: str) -> Row:
        case = read_case(folder / name / "input" / "example.config", options)
        nodes = recorded(folder, name)[run]["nodes_K"]
        assert isinstance(nodes, dict)
        return row(f"{name} {options or ''}".strip(), case, layer, unit, nodes[prefix + unit], mean=True)

    def ice(name: str, stack: str, run: str, layer: str, unit: str, file: str) -> Row:
        case = read_case(folder / name / "input" / stack)
        runs = json.loads((folder / name / "reference.json").read_text())["runs"]
        table = next(v for k, v in runs.items() if k.startswith(run))[file]
        column = [c.split("(")[0] for c in table["columns"]].index(unit)
        return row(f"{name} {stack}", case, layer, unit, table["rows"][0][column], mean=False)

    grid = {"grid_rows": "64", "grid_cols": "64"}
    return [
        hotspot("hotspot_ev6_steady", "chip", "IntReg_0", "", 1, **grid),
        hotspot("hotspot_ev6_secondary", "chip", "IntReg_0", "", 0, model_secondary="1", **grid),
        hotspot("hotspot_3d_stack", "layer_2", "IntReg", "layer_2_", 0, **grid),
        hotspot("hotspot_3d_tsv", "layer_4", "IntReg_1_0", "layer_4_", 1, **grid),
        hotspot("hotspot_3d_tsv", "layer_4", "IntReg_1_0", "layer_4_", 0, detailed_3D="on", **grid),
        ice("ice_solid2die_steady", "case.stk", "50x50", "die1", "background", "die1_max.txt"),
        ice("ice_dram5_steady", "case.stk", "20x40", "MPSOC_DIE", "CPUs", "MPSOC_DIE_max.txt"),
        *(
            ice("ice_two_sinks", f"case_{k}.stk", k, "TOP", "B1", "max.txt")
            for k in (
                "top_nonuniform_false",
                "top_nonuniform_true",
                "bottom_nonuniform_false",
                "both_nonuniform_false",
                "both_nonuniform_true",
            )
        ),
    ]


def main(folder: str) -> None:
    """Print the table."""
    lines = ["| case | block | theirs, K | on the imposed grid | cells | s | converged | cells | s |"]
    lines.append("|---|---|---|---|---|---|---|---|---|")
    lines += [
        f"| {r.case} | {r.figure} | {r.theirs:.3f} | {r.imposed:.3f} | {r.imposed_cells} "
        f"| {r.imposed_s:.2f} | {r.converged:.3f} ± {r.error:.3f} | {r.cells} | {r.seconds:.2f} |"
        for r in rows(Path(folder))
    ]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
