"""A case solved on its own grid, as text and as plain data."""

from __future__ import annotations

from typing import Any

from thermal.imposed import ImposedSolution
from thermal.report.words import celsius

SCHEMA = "thermal-floorplan/solve-as-given/1"


def imposed_document(name: str, program: str, solution: ImposedSolution) -> dict[str, Any]:
    """What ``--json`` prints; temperatures in degC."""
    field, run = solution.field, solution.solved.run
    rows = []
    for layer, elements in field.grid.layers.items():
        for element in elements.elements:
            found = field.statistics(layer, element)
            rows.append(
                {
                    "name": element.name,
                    "layer": layer,
                    "power_w": element.at(0),
                    "t_max_c": celsius(found.t_max),
                    "t_avg_c": celsius(found.t_avg),
                    "t_min_c": celsius(found.t_min),
                }
            )
    return {
        "schema": SCHEMA,
        "design": name,
        "grid_of": program,
        "cells": run.cells,
        "columns": run.columns,
        "iterations": run.iterations,
        "residual": run.residuals[-1],
        "energy_balance_rel": run.energy_balance_rel,
        "wall_s": solution.wall_s,
        "blocks": rows,
    }


def imposed_text(name: str, program: str, solution: ImposedSolution) -> str:
    """A table of all floorplan elements, and what the numbers are."""
    document = imposed_document(name, program, solution)
    field = solution.field
    width = max([len("block"), *(len(f"{r['layer']}/{r['name']}") for r in document["blocks"])])
    width = min(width, 40)
    columns = f"{len(field.grid.x) - 1} x {len(field.grid.y) - 1}"
    balance = f"energy balance {document['energy_balance_rel']:.0e}, {document['wall_s']:.2f} s"
    lines = [
        f"{name}: on the grid of {program}, {columns} columns, {document['cells']} cells",
        "",
        f"{'block':<{width}}  {'W':>9}  {'t_max':>8}  {'t_avg':>8}  {'t_min':>8}  degC",
    ]
    for row in document["blocks"]:
        title = f"{row['layer']}/{row['name']}"
        title = title if len(title) <= width else f"{title[: width - 1]}…"
        temperatures = "  ".join(f"{row[key]:8.3f}" for key in ("t_max_c", "t_avg_c", "t_min_c"))
        lines.append(f"{title:<{width}}  {row['power_w']:9.4g}  {temperatures}")
    lines += [
        "",
        f"{document['iterations']} iterations, residual {document['residual']:.1e}, {balance}",
        "Temperatures of cell centres on an imposed grid: they have no error bar. Without",
        "--grid the same case is solved on a mesh of its own, with error bars.",
    ]
    return "\n".join(lines) + "\n"
