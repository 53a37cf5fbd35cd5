"""Options that several commands take, and the types of their values."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from floorplans.diagnostics import Diagnostic
    from thermal.design import Design
    from thermal.mesh.resolution import Resolution

    ParamType = click.ParamType[Any]

else:  # older releases of click cannot be subscripted
    ParamType = click.ParamType

F = TypeVar("F", bound=Callable[..., Any])

UNITS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}


class Memory(ParamType):
    """Bytes with a unit: 8GiB, 8G, 500MB, 1000000."""

    name = "bytes"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Text to bytes; GiB and G are powers of 1024, GB of 1000."""
        if isinstance(value, int):
            return value
        found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)(b?)\s*", value, re.IGNORECASE)
        if found is None:
            self.fail(f"{value!r} is no amount of memory; examples: 8GiB, 500MB", param, ctx)
        number, unit, binary, byte = found.groups()
        step = 1000 if byte and not binary else 1024
        return int(float(number) * step ** UNITS[unit.lower()])


class Cells(ParamType):
    """A number of cells: 500k, 8M, 1000000."""

    name = "cells"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Text to a number of at least 1000."""
        if isinstance(value, int):
            return value
        found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([km]?)\s*", value, re.IGNORECASE)
        count = float(found[1]) * 1000 ** UNITS[found[2].lower()] if found else 0.0
        if count < 1000:
            self.fail(f"{value!r} is no number of cells of at least 1000; examples: 500k, 8M", param, ctx)
        return int(count)


class Point(ParamType):
    """A point as x_mm,y_mm,z_um; becomes metres."""

    name = "x_mm,y_mm,z_um"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[float, float, float]:
        """Text to metres."""
        if isinstance(value, tuple):
            return value
        try:
            x, y, z = (float(part) for part in value.split(","))
        except ValueError:
            self.fail(f"{value!r} is no point; write x_mm,y_mm,z_um, for example 12.5,8,1400", param, ctx)
        if not all(abs(v) < 1e9 for v in (x, y, z)):
            self.fail(f"{value!r} has a coordinate that is not finite", param, ctx)
        return x / 1e3, y / 1e3, z / 1e6


class Factor(click.FloatRange):
    """A number of at least 1."""

    name = "N"

    def __init__(self) -> None:
        super().__init__(min=1.0, max=1000.0)

    def _describe_range(self) -> str:
        return "N>=1"


design_argument = click.argument("design", metavar="DESIGN")

set_option = click.option(
    "--set",
    "assignments",
    metavar="KEY=VALUE",
    multiple=True,
    help="Replace a value of the design, such as package.ambient_c=45. Repeatable.",
)

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


def stacked(*options: Callable[[F], F]) -> Callable[[F], F]:
    """Several options as one decorator, in the order in which help lists them."""

    def decorate(function: F) -> F:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


finer_option = click.option(
    "--finer", type=Factor(), metavar="N", help="Make cells smaller by a factor; errors shrink with it."
)

coarser_option = click.option(
    "--coarser", type=Factor(), metavar="N", help="Make cells larger by a factor: less time and memory."
)

numerical_options = stacked(
    finer_option,
    coarser_option,
    click.option(
        "--tolerance",
        type=click.FloatRange(1e-14, 1e-2),
        metavar="X",
        default=1e-8,
        show_default=True,
        help="Of the solver: residual relative to the right-hand side.",
    ),
    click.option(
        "--max-memory",
        type=Memory(),
        metavar="SIZE",
        help="Refuse a solve that needs more, such as 8GiB.  [default: 80 % of what is free]",
    ),
)

refinement_options = stacked(
    click.option(
        "--refine/--no-refine",
        default=False,
        help="Refine the mesh until every block is as accurate as asked of it, or nothing more is gained.",
    ),
    click.option(
        "--max-cells",
        type=Cells(),
        metavar="N",
        help="Cells at which refinement ends, such as 500k or 8M.  [default: 12M]",
    ),
)

physics_options = stacked(
    click.option(
        "--constant-k",
        is_flag=True,
        help="Keep conductivities at their stated values, whatever the temperature.",
    ),
    click.option(
        "--no-leakage", "leakage", is_flag=True, flag_value=False, default=True, help="Let no block leak."
    ),
)

runaway_option = click.option(
    "--runaway-margin",
    "runaway",
    is_flag=True,
    help="Say how far thermal runaway is, in watts, ambient and cooling; takes some seconds more.",
)

scenario_option = click.option(
    "--scenario",
    metavar="NAME|all",
    help="Solve a scenario of the design, or the base and all of them with the worst case per block.",
)

probe_option = click.option(
    "--probe",
    "probes",
    type=Point(),
    metavar="X_MM,Y_MM,Z_UM",
    multiple=True,
    help="Add the temperature at a point of the package. Repeatable.",
)

map_option = click.option(
    "--map",
    "map_layer",
    is_flag=False,
    flag_value="",
    metavar="[LAYER]",
    help="Draw a heat map of a layer, or of the hottest powered one.",
)

all_option = click.option("--all-blocks", is_flag=True, help="Print every block, layer and hotspot.")


model_option = click.option(
    "--model",
    metavar="M",
    help="Watts from an AI model that runs on the design: a shipped model, a config.json, an .onnx file.",
)


def loaded(
    design: str, assignments: tuple[str, ...], model: str | None = None, hotspot: tuple[str, ...] = ()
) -> Design:
    """Read a design and replace values in it; raises InputError with everything that is wrong.

    Parameters
    ----------
    model
        What ``--model`` names.
    hotspot
        What ``--hotspot`` gives.
    """
    from thermal.design import Design, load

    values = assigned(assignments)
    if hotspot or Path(design).suffix in (".config", ".stk"):
        from thermal.cli.imposing import case_of

        if model is not None:
            raise click.UsageError("--model goes with designs that have a workload")
        source = case_of(design, hotspot).source
        return Design.from_source(source.overridden(values) if values else source)
    if model is not None:
        values["workload.model"] = str(Path(model).resolve()) if Path(model).exists() else model
    return load(design, values)


def assigned(assignments: tuple[str, ...]) -> dict[str, object]:
    """What ``--set`` replaces, by dotted path; raises InputError with everything that is wrong."""
    from floorplans.diagnostics import InputError
    from floorplans.source import parse_assignment

    values: dict[str, object] = {}
    problems: list[Diagnostic] = []
    for text in assignments:
        try:
            key, value = parse_assignment(text)
            values[key] = value
        except InputError as error:
            problems += error.diagnostics
    if problems:
        raise InputError(problems)
    return values


def resolution(finer: float | None, coarser: float | None) -> Resolution:
    """The cells wanted."""
    refuse_both(("--finer", finer is not None), ("--coarser", coarser is not None))
    from thermal.mesh.resolution import Resolution

    return Resolution(scale=(coarser or 1.0) / (finer or 1.0))


def refuse_both(*given: tuple[str, bool]) -> None:
    """Refuse options that exclude each other."""
    names = [name for name, present in given if present]
    if len(names) > 1:
        raise click.UsageError(f"{' and '.join(names)} exclude each other")
