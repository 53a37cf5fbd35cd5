"""Cases of other programs on the command line: notes, options of HotSpot, their own grids and files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from thermal.cli.compiling import announced
from thermal.cli.exits import Exit, say
from thermal.cli.files import check_writable, writing
from thermal.cli.streams import encodable, progress, put

if TYPE_CHECKING:
    from thermal.design import Design
    from thermal.formats.case import Case
    from thermal.imposed import ImposedSolution


def hotspot_options(texts: tuple[str, ...]) -> dict[str, str]:
    """``NAME=VALUE`` texts as a mapping."""
    found = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.strip("- ") or not value.strip():
            raise click.UsageError(f"--hotspot {text}: expected NAME=VALUE, for example f=ev6.flp")
        found[name.strip("- ")] = value.strip()
    return found


def case_of(design: str, texts: tuple[str, ...]) -> Case:
    """Read a case, with its notes on stderr."""
    from thermal.formats.case import SUFFIXES, read_case

    if Path(design).suffix not in SUFFIXES:
        raise click.UsageError(f"this needs a case of HotSpot (.config) or 3D-ICE (.stk), not '{design}'")
    case = read_case(design, hotspot_options(texts))
    for note in case.notes:
        say(f"{design}: {note}")
    return case


def refuse_with_grid(
    assignments: tuple[str, ...],
    model: str | None,
    map_layer: str | None,
    finer: float | None,
    coarser: float | None,
    settings: dict[str, Any],
) -> None:
    """Refuse options that a case solved just as it is given cannot follow."""
    given = {
        "--set": bool(assignments),
        "--model": model is not None,
        "--map": map_layer is not None,
        "--finer": finer is not None,
        "--coarser": coarser is not None,
        "--scenario": settings["scenario"] is not None,
        "--probe": bool(settings["probes"]),
        "--runaway-margin": settings["runaway"],
        "--refine": settings["refine"],
    }
    names = [name for name, present in given.items() if present]
    if names:
        raise click.UsageError(f"--grid as-given solves a case just as it is; leave out {', '.join(names)}")


def solve_as_given(case: Case, *, tolerance: float, as_json: bool, folder: str | None) -> Exit:
    """Solve a case on its own grid, print it, and write its files into `folder`."""
    from thermal.formats.written import hotspot_files, threedice_files

    grid = case.imposed()
    design = case.design
    where = Path(folder) if folder is not None else None
    if where is not None and not where.is_dir():
        raise click.UsageError(f"-o {folder}: is no folder")
    if grid.step is not None:
        return _steps(case, design, tolerance=tolerance, as_json=as_json, where=where)
    with announced(), progress() as report:
        from thermal.imposed import solve_imposed

        solution = solve_imposed(design, grid, tolerance=tolerance, progress=report)
    if where is not None:
        stem = Path(case.source.file).stem
        named = case.program == "HotSpot"
        files = hotspot_files(solution.field, stem) if named else threedice_files(solution.field)
        for name, text in files.items():
            written(where / name, text)
    _print(design.name, case.program, solution, as_json=as_json)
    return Exit.OK


def _steps(case: Case, design: Design, *, tolerance: float, as_json: bool, where: Path | None) -> Exit:
    """A transient case in its own time steps."""
    import time

    from thermal.formats.written import StepFiles
    from thermal.report.document import dumped
    from thermal.report.imposed import steps_document, steps_text

    grid, begin = case.imposed(), time.perf_counter()
    files, kept = StepFiles(), []
    with announced(), progress() as report:
        from thermal.imposed_steps import steps

        for instant in steps(design, grid, tolerance=tolerance):
            report("time steps", instant.seconds / (grid.slots * (grid.slot or 1.0)))
            if where is not None:
                files.add(instant)
            kept.append(instant if instant.ends_slot else instant.bare())
    for name, text in files.texts.items():
        written((where or Path()) / name, text)
    document = steps_document(design.name, case.program, kept, time.perf_counter() - begin)
    put(dumped(document) if as_json else encodable(steps_text(document), sys.stdout))
    return Exit.OK


def written(path: Path, text: str) -> Path:
    """Write a text file whole; returns its path."""
    from thermal.report.wholefile import write_whole

    check_writable(path)
    with writing(path):
        write_whole(path, text.encode())
    return path


def _print(name: str, program: str, solution: ImposedSolution, *, as_json: bool) -> None:
    from thermal.report.document import dumped
    from thermal.report.imposed import imposed_document, imposed_text

    if as_json:
        put(dumped(imposed_document(name, program, solution)))
    else:
        put(encodable(imposed_text(name, program, solution), sys.stdout))
