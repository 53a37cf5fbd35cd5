"""A case solved on its own grid, as text and as plain data."""

from __future__ import annotations

from typing import Any

from thermal.imposed import ImposedField, ImposedSolution
from thermal.imposed_steps import Instant
from thermal.report.words import celsius

SCHEMA = "thermal-floorplan/solve-as-given/1"
STEPS_SCHEMA = "thermal-floorplan/steps-as-given/1"
SLOTS = 5
"""Time slots that a line of the terminal has room for."""


def imposed_document(name: str, program: str, solution: ImposedSolution) -> dict[str, Any]:
    """What ``--json`` prints; temperatures in degC."""
    run = solution.solved.run
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
        "blocks": _blocks(solution.field),
    }


def steps_document(name: str, program: str, instants: list[Instant], wall_s: float) -> dict[str, Any]:
    """What ``--json`` prints of a transient case: its blocks at the end of every time slot."""
    last = instants[-1].field
    return {
        "schema": STEPS_SCHEMA,
        "design": name,
        "grid_of": program,
        "cells": last.mesh.cells,
        "columns": last.mesh.columns,
        "iterations": sum(i.iterations for i in instants),
        "steps": len(instants),
        "wall_s": wall_s,
        "slots": [{"time_s": i.seconds, "blocks": _blocks(i.field)} for i in instants if i.ends_slot],
    }


def steps_text(document: dict[str, Any]) -> str:
    """A table of mean temperatures: a row a block, a column a time slot, the last few of them."""
    slots = document["slots"][-SLOTS:]
    titles = [f"{b['layer']}/{b['name']}" for b in slots[0]["blocks"]]
    width = min(max(len(t) for t in titles), 24)
    where = f"{document['grid_of']}, {document['cells']} cells"
    times = "  ".join(f"{s['time_s']:>6g}" for s in slots)
    lines = [
        f"{document['design']}: {document['steps']} steps on the grid of {where}",
        "",
        f"{'t_avg, degC, at s':<{width}}  {times}",
    ]
    for index, title in enumerate(titles):
        values = "  ".join(f"{s['blocks'][index]['t_avg_c']:6.2f}" for s in slots)
        lines.append(f"{title[:width]:<{width}}  {values}")
    lines += [
        "",
        f"backward Euler, {document['iterations']} iterations, {document['wall_s']:.2f} s; no error bars",
    ]
    return "\n".join(lines) + "\n"


def _blocks(field: ImposedField) -> list[dict[str, Any]]:
    """Figures of every floorplan element."""
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
    return rows


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
