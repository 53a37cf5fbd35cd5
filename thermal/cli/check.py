"""``thermal check``: what is wrong with a design, what looks forgotten, and what solving it will take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from thermal.cli import options

if TYPE_CHECKING:
    from rich.console import Group, RenderableType

    from thermal.audit import Audit

SCHEMA = "thermal-floorplan/check/1"


@click.command("check", short_help="What is wrong with a design, without solving it.")
@options.design_argument
@options.set_option
@options.finer_option
@options.coarser_option
@options.json_option
def command(
    design: str, assignments: tuple[str, ...], finer: float | None, coarser: float | None, as_json: bool
) -> None:
    """Read DESIGN, place its parts and say what is wrong, what looks forgotten and what a solve will take.

    All errors of a file are shown at once (exit code 3); warnings do not change the exit code.
    """
    from thermal.cli.compiling import announced
    from thermal.cli.exits import say
    from thermal.cli.options import loaded, resolution
    from thermal.cli.streams import put, shown

    wanted = resolution(finer, coarser)
    read = loaded(design, assignments)
    with announced():
        from thermal.audit import audit

        found = audit(read, wanted)
    if as_json:
        from thermal.report.document import dumped

        put(dumped(_document(found)))
        return
    put(shown(_summary(found)))
    for warning in found.warnings:
        say(str(warning), prefix="")


def _document(found: Audit) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "design": found.design.name,
        "power_w": found.power,
        "blocks": sum(found.blocks.values()),
        "blocks_by_kind": {kind.value: count for kind, count in found.blocks.most_common()},
        "floorplans": [
            {"layer": row.layer, "blocks": row.blocks, "power_w": row.power, "coverage": row.coverage}
            for row in found.floorplans
        ],
        "scenarios": [{"name": name, "power_w": power} for name, power in found.scenarios.items()],
        "cells": found.cells,
        "columns": found.columns,
        "predicted_bytes": found.bytes,
        "warnings": [_warning(warning) for warning in found.warnings],
    }


def _warning(warning: Any) -> dict[str, Any]:
    span = warning.span
    return {"file": span.file, "line": span.line, "col": span.col, "message": warning.message}


def _summary(found: Audit) -> Group:
    from rich.console import Group
    from rich.text import Text

    from thermal.memory import available_bytes, readable
    from thermal.report.tables import pairs_of_words, table
    from thermal.report.terminal_words import counted, power

    scene = found.scene
    kinds = ", ".join(f"{count} {kind.value}" for kind, count in found.blocks.most_common())
    rows = [
        ("package", f"{1e3 * scene.size[0]:g} × {1e3 * scene.size[1]:g} mm, {len(scene.layers)} layers"),
        ("blocks", f"{sum(found.blocks.values())}: {kinds}" if found.blocks else "none"),
        ("power", power(found.power)),
    ]
    if found.scenarios:
        rows.append(("scenarios", ", ".join(f"{n} {power(w)}" for n, w in found.scenarios.items())))
    rows.append(("mesh", f"{found.cells:,} cells in {found.columns:,} columns"))
    rows.append(("memory", f"about {readable(found.bytes)} to solve; {readable(available_bytes())} are free"))
    said = counted(len(found.warnings), "warning") if found.warnings else "no warnings"
    floorplans = table("layer", "blocks", "power", "covered", left=("layer",))
    for row in found.floorplans:
        share = f"{100.0 * row.coverage:.1f} %" if row.blocks else "power map"
        floorplans.add_row(row.layer, str(row.blocks), power(row.power), share)
    parts: list[RenderableType] = [Text(f"{found.design.name}  valid, {said}", "bold"), pairs_of_words(rows)]
    if found.floorplans:
        parts += [Text(), floorplans]
    return Group(*parts)
