"""Error against cells as a document, for the terminal, and as a picture."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import matplotlib as mpl
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from thermal.converge import Convergence, Level, Needed
from thermal.report.document import Document
from thermal.report.tables import pairs_of_words, table
from thermal.report.terminal_words import counted, seconds, signed
from thermal.report.wholefile import write_whole
from thermal.report.words import celsius, error_bar, significant, temperature
from thermal.version import __version__

SCHEMA = "thermal-floorplan/converge/1"
MOST = 8
"""Blocks less accurate than asked that are named in the terminal."""


def converge_document(found: Convergence) -> Document:
    """The document; temperatures in degC, differences in K, lengths in µm."""
    return {
        "schema": SCHEMA,
        "version": __version__,
        "design": found.scene.name,
        "verdict": found.verdict.value,
        "max_cells": found.max_cells,
        "stop": found.stop.value,
        "missing": [{"name": s.name, "error_k": s.error, "asked_k": s.asked} for s in found.missing],
        "blocks": [_block(found, i) for i in range(len(found.observed))],
    }


def _block(found: Convergence, i: int) -> Document:
    uniform, adaptive = found.by_uniform(i), found.by_adaptive(i)
    return {
        "name": found.scene.blocks[found.observed[i]].name,
        "asked_k": found.asked(i),
        "order": found.order(i),
        "uniform": [_level(x, i) for x in found.uniform],
        "adaptive": [_level(x, i) for x in found.adaptive],
        "given_up": [_level(x, i) for x in found.given_up],
        "grid": None if found.grid is None else _level(found.grid, i),
        "grid_cells": found.grid_cells,
        "uniform_cells": None if uniform is None else uniform.cells,
        "uniform_extrapolated": None if uniform is None else uniform.extrapolated,
        "adaptive_cells": None if adaptive is None else adaptive.cells,
        "ratio": _ratio(uniform, adaptive),
    }


def _level(level: Level, i: int) -> Document:
    return {
        "cells": level.cells,
        "columns": level.columns,
        "layers": level.layers,
        "size": level.size,
        "smallest_um": 1e6 * level.smallest[i],
        "t_max_c": celsius(level.blocks[i].t_max),
        "t_avg_c": celsius(level.blocks[i].t_avg),
        "error_k": level.blocks[i].error,
        "wall_s": level.seconds,
    }


def _ratio(uniform: Needed | None, adaptive: Level | None) -> float | None:
    return None if uniform is None or adaptive is None else uniform.cells / adaptive.cells


def converge_report(found: Convergence) -> Group:
    """Tables for a terminal of 80 columns or more."""
    return Group(*_parts(found))


def _parts(found: Convergence) -> Iterator[RenderableType]:
    yield Text(f"{found.scene.name}: error against cells", "bold")
    for i, position in enumerate(found.observed):
        name = found.scene.blocks[position].name
        yield Text()
        yield Text(f"{name}: {significant(found.asked(i))} K asked", "bold")
        yield _table(found, i)
        yield pairs_of_words([*_words(found, i)])
    yield Text()
    yield _ending(found)


def _table(found: Convergence, i: int) -> Table:
    made = table("mesh", "cells", "T max °C", "change K", "error bar K", "x asked", "seconds", left=("mesh",))
    _rows(made, found, i, "uniform", found.uniform)
    _rows(made, found, i, "adaptive", (*found.adaptive, *found.given_up))
    if found.grid is not None:
        _rows(made, found, i, "grid", (found.grid,))
    return made


def _rows(made: Table, found: Convergence, i: int, family: str, levels: tuple[Level, ...]) -> None:
    before: float | None = None
    for number, level in enumerate(levels):
        of, size = level.blocks[i], level.size
        if size is not None:
            which = f" {significant(size)} h" if size != 1.0 else " h"
        else:
            which = f" {number}" if family == "adaptive" else ""
        mark = " *" if level in found.given_up else ""
        made.add_row(
            family + which + mark,
            f"{level.cells:,}",
            temperature(of.t_max),
            signed(None if before is None else of.t_max - before, 3),
            error_bar(of.error) if of.error >= 0.01 else significant(of.error, 2),
            f"{of.error / found.asked(i):.2f}",
            seconds(level.seconds),
            end_section=level is levels[-1],
        )
        before = of.t_max


def _words(found: Convergence, i: int) -> Iterator[tuple[str, str]]:
    if found.given_up:
        yield "*", "given up: its worst block is no better than that of the last round without a mark"
    order = found.order(i)
    told = "no order: the error bars are zero" if order is None else f"{order:.2f}"
    yield "fitted order", f"{told}, of the error bar over the cell size h, uniform meshes"
    uniform, adaptive = found.by_uniform(i), found.by_adaptive(i)
    if uniform is None:
        yield "uniform", "its error bars do not shrink as they should: nothing to extrapolate from"
    else:
        how = "extrapolated by the fitted order" if uniform.extrapolated else "measured"
        yield "uniform", f"as accurate as asked at {_cells(uniform.cells)} cells ({how})"
    if adaptive is None:
        last = found.adaptive[-1]
        yield "adaptive", f"not as accurate as asked at {_cells(last.cells)} cells: {found.stop.value}"
    else:
        yield "adaptive", f"as accurate as asked at {_cells(adaptive.cells)} cells (measured)"
    if uniform is not None and adaptive is not None:
        yield "uniform / adaptive", f"{significant(uniform.cells / adaptive.cells, 2)} x the cells"
    if i == 0:
        last = found.adaptive[-1]
        how = "counted, not solved" if found.grid is None else "measured"
        size = significant(1e6 * last.smallest[0])
        times = significant(found.grid_cells / last.cells, 2)
        words = (
            f"columns of {size} µm, as under this block in the last round, everywhere: "
            f"{_cells(found.grid_cells)} cells ({how}), {times} x the adaptive ones"
        )
        yield "even grid", words


def _cells(count: float) -> str:
    for unit, size in (("trillion", 1e12), ("billion", 1e9), ("million", 1e6)):
        if count >= size:
            return f"{significant(count / size)} {unit}"
    return f"{count:,.0f}"


def _ending(found: Convergence) -> RenderableType:
    if not found.missing:
        return Text(f"Refinement ended: {found.stop.value}.", "green")
    shown = found.missing[:MOST]
    made = table("block", "error bar K", "asked K", "short by K", left=("block",))
    for s in shown:
        made.add_row(s.name, error_bar(s.error), significant(s.asked), significant(s.error - s.asked, 2))
    left = len(found.missing) - len(shown)
    words = f"{counted(len(found.missing), 'block')} less accurate than asked: {found.stop.value}"
    words += f" (--max-cells {found.max_cells:,})" if found.stop.name == "CELLS" else ""
    return Group(Text(words + (f"; {left} more not shown" if left else ""), "bold yellow"), made)


def write_picture(found: Convergence, path: Path) -> None:
    """Write the chart; the ending of the name says how: .png, .svg or .pdf.

    Raises
    ------
    OSError
        The file cannot be written; nothing is left of it.
    """
    from thermal.viz.converge import error_against_cells
    from thermal.viz.style import SETTINGS

    kind = path.suffix.lower().removeprefix(".")
    undated = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}
    sink = io.BytesIO()
    with mpl.rc_context(SETTINGS):
        error_against_cells(found).savefig(sink, format=kind, metadata=undated.get(kind))
    write_whole(path, sink.getvalue())
