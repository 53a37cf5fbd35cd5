"""``thermal power calibrate``: base power, energy per operation and per bit from a log."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from thermal.cli import options

if TYPE_CHECKING:
    from power.calibration import Calibration
    from power.hardware.accelerator import Accelerator

SCHEMA = "thermal-floorplan/calibration/1"


class Rates(options.ParamType):
    """TFLOP/s,GB/s; becomes operations and bits per second."""

    name = "tflops,gb_s"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[float, float]:
        """Text to SI."""
        if isinstance(value, tuple):
            return value
        try:
            flops, moved = (float(part) for part in value.split(","))
        except ValueError:
            self.fail(f"{value!r} are no rates; write TFLOP/s,GB/s, for example 350,2100", param, ctx)
        if not (0.0 <= flops < 1e9 and 0.0 <= moved < 1e9):
            self.fail(f"{value!r} are no rates that could be", param, ctx)
        return 1e12 * flops, 8e9 * moved


@click.command("calibrate")
@click.argument("log", type=click.Path(path_type=Path), metavar="LOG.csv")
@click.option("--hardware", metavar="H", help="A shipped accelerator or a file: its peaks, its power limit.")
@click.option("--format", "form", metavar="F", default="bf16", show_default=True, help="Of the products.")
@click.option("--at", type=Rates(), metavar="TFLOP/s,GB/s", help="Say what the fit gives there.")
@options.json_option
def calibrate(
    log: Path, hardware: str | None, form: str, at: tuple[float, float] | None, as_json: bool
) -> None:
    """Fit P = base + J/FLOP x FLOP/s + J/bit x bit/s to a log, with error bars.

    LOG.csv is what nvidia-smi or DCGM write, or a table of power_w, tflops and gb_s. Activity counters need
    --hardware. Rows at the power limit are left out. With --hardware, values for a hardware file follow.
    """
    from power.calibration import calibrate as fit
    from power.calibration import rates
    from power.formats.telemetry import read_telemetry
    from power.hardware.reading import load_hardware
    from thermal.cli.exits import say
    from thermal.cli.streams import put, shown
    from thermal.report.document import dumped

    device = None if hardware is None else load_hardware(hardware)
    if device is not None:
        _check_format(device, form)
    telemetry = read_telemetry(log)
    flops, bits = rates(telemetry, device, form)
    limit = None if device is None else device.power_limit
    found = fit(telemetry.columns["watts"], flops, bits, limit=limit)
    values = {} if device is None else found.overrides(device, form)
    warnings = found.warnings(*(at or (None, None)))
    if as_json:
        put(dumped(_document(found, values, warnings, at)))
    else:
        put(shown(_table(found, values, at, device)))
    for warning in warnings:
        say(f"warning: {warning}")


def _check_format(device: Accelerator, form: str) -> None:
    from floorplans.diagnostics import Diagnostic, InputError, Span, did_you_mean

    has = device.unit("matrix").peaks
    if form not in has:
        message = f"{device.name} has no {form} products{did_you_mean(form, has)} (it has {', '.join(has)})"
        raise InputError(Diagnostic(Span(f"--format {form}"), message))


def _document(
    found: Calibration, values: dict[str, float], warnings: list[str], at: tuple[float, float] | None
) -> dict[str, Any]:
    def estimate(name: str) -> dict[str, Any]:
        each = getattr(found, name)
        return {"value": each.value, "low": each.low, "high": each.high, "unit": each.unit}

    return {
        "schema": SCHEMA,
        **{name: estimate(name) for name in ("base", "flop", "bit")},
        "rows": found.rows,
        "left_out": found.left_out,
        "mean_error": found.mean_error,
        "worst_error": found.worst_error,
        "flops_range": list(found.flops),
        "bits_range": list(found.bits),
        "correlation": found.correlation,
        "at_w": None if at is None else found.watts(*at),
        "hardware_values": values,
        "warnings": warnings,
    }


def _table(
    found: Calibration, values: dict[str, float], at: tuple[float, float] | None, device: Accelerator | None
) -> Any:
    from rich.console import Group, RenderableType
    from rich.text import Text

    from thermal.report.tables import table
    from thermal.report.words import percent, significant

    made = table("quantity", "value", "2.5 %", "97.5 %", "unit", left=("quantity", "unit"))
    for name, each, scale, unit in (
        ("base", found.base, 1.0, "W"),
        ("energy of an operation", found.flop, 1e12, "pJ/FLOP"),
        ("energy of a bit", found.bit, 1e12, "pJ/bit"),
    ):
        cells = [significant(scale * value, 3) for value in (each.value, each.low, each.high)]
        made.add_row(name, *cells, unit)
    used = f"{found.rows} rows used, {found.left_out} left out"
    errors = f"mean error {percent(found.mean_error)} %, worst {percent(found.worst_error)} %"
    low, high = (significant(value / 1e12, 3) for value in found.flops)
    few, many = (significant(value / 8e9, 3) for value in found.bits)
    parts: list[RenderableType] = [
        Text(f"{used}; {errors}", "bold"),
        made,
        Text(f"holds from {low} to {high} TFLOP/s and from {few} to {many} GB/s", "dim"),
    ]
    if at is not None:
        where = f"{at[0] / 1e12:g} TFLOP/s and {at[1] / 8e9:g} GB/s"
        parts += [Text(f"at {where}: {significant(found.watts(*at), 4)} W")]
    if values and device is not None:
        parts += [
            Text(),
            Text(f"For a hardware file with 'like: {device.name}', or hardware_values:", "bold"),
        ]
        parts += [Text(f"  {path}: {significant(value, 4)}") for path, value in values.items()]
    return Group(*parts)
