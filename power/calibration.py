"""Calibration: base power, joules per operation and joules per bit from a log of power and work.

P = P_base + e_flop FLOP/s + e_bit bit/s, non-negative least squares on relative residuals (Lawson, Hanson,
*Solving Least Squares Problems*, 1974); error bars from a bootstrap of the rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from floorplans.diagnostics import Diagnostic, InputError, Span
from power.formats.telemetry import Telemetry
from power.hardware.accelerator import Accelerator

Floats = NDArray[np.float64]

AT_LIMIT = 0.97
"""Rows above this share of the power limit are left out: there the clock gives way, often unlogged."""

FEWEST = 6
"""Rows that a fit of three numbers needs at least."""

RESAMPLES = 400


@dataclass(frozen=True, slots=True)
class Estimate:
    """A fitted number with the bounds that hold it in 95 of 100 resamples.

    Parameters
    ----------
    value, low, high
        In `unit`.
    unit
        SI.
    """

    value: float
    low: float
    high: float
    unit: str


@dataclass(frozen=True, slots=True)
class Calibration:
    """A fit, and where it holds.

    Parameters
    ----------
    base, flop, bit
        Watts without work, joules per operation, joules per bit.
    rows, left_out
        Rows used, and rows at the power limit or without numbers.
    mean_error, worst_error
        Of the rows used, relative.
    flops, bits
        Lowest and highest rate in the log [1/s], [bit/s].
    correlation
        Between the two rates; near 1 the log cannot tell them apart.
    """

    base: Estimate
    flop: Estimate
    bit: Estimate
    rows: int
    left_out: int
    mean_error: float
    worst_error: float
    flops: tuple[float, float]
    bits: tuple[float, float]
    correlation: float

    def watts(self, flops: float, bits: float) -> float:
        """Board power at rates of operations and bits [W]."""
        return self.base.value + self.flop.value * flops + self.bit.value * bits

    def warnings(self, flops: float | None = None, bits: float | None = None) -> list[str]:
        """What to beware of: rates outside the log's, numbers it does not determine."""
        found = []
        for name, asked, (low, high), unit in (
            ("FLOP/s", flops, self.flops, 1e12),
            ("bit/s", bits, self.bits, 1e12),
        ):
            if asked is not None and not low <= asked <= high:
                span = f"{low / unit:.3g} to {high / unit:.3g}"
                found.append(f"{asked / unit:.3g} T{name} is outside of the log's range, {span} T{name}")
        for name, each in (("base", self.base), ("energy per FLOP", self.flop), ("energy per bit", self.bit)):
            if each.value == 0.0:
                found.append(f"{name} comes out as zero: the log does not determine it")
            elif each.high - each.low > each.value:
                found.append(f"{name} is uncertain by more than itself")
        if self.correlation > 0.97:
            found.append(
                "operations and bytes rise and fall together in this log, so it cannot tell them apart"
            )
        return found

    def overrides(self, hardware: Accelerator, form: str = "bf16") -> dict[str, float]:
        """Values of a hardware file that reproduce the fit, for `load_hardware`.

        The base, less conversion loss, leakage and standing power, becomes the floor of the throttled clock;
        the energy of the matrix unit's other formats goes with that of `form`.

        Raises
        ------
        InputError
            The base is less than leakage and standing power alone.
        """
        from power.dvfs import boost
        from power.energy import Cause, idle

        still = idle(hardware, boost(hardware))
        causes = still.by_cause()
        loss = still.board / (still.board - causes[Cause.CONVERSION])
        floor = self.base.value / loss - causes[Cause.LEAKAGE] - causes[Cause.STANDING]
        if floor < 0.0:
            message = (
                f"a base of {self.base.value:.3g} W is less than the leakage and standing power that "
                f"{hardware.name} states"
            )
            raise InputError(Diagnostic(None, message))
        unit, name = hardware.unit("matrix"), hardware.unit_name("matrix")
        ratio = self.flop.value / loss / unit.energies[form]
        through = hardware.cache.energy if hardware.cache is not None else 0.0
        found = {
            f"clocks.{hardware.throttled}.floor_w": floor,
            f"memories.{hardware.main_name}.energy_pj_bit": 1e12 * max(0.0, self.bit.value / loss - through),
        }
        for each, joules in unit.energies.items():
            found[f"units.{name}.energy_pj_flop.{each}"] = 1e12 * joules * ratio
        return found


def rates(log: Telemetry, hardware: Accelerator | None = None, form: str = "bf16") -> tuple[Floats, Floats]:
    """Operations and bits per second of a log: as it states them, or from activity counters and peaks.

    Raises
    ------
    InputError
        The log has neither.
    """
    flops, moved = log.column("flops"), log.column("bytes")
    if flops is None and hardware is not None and (active := log.column("tensor_active")) is not None:
        unit = hardware.unit("matrix")
        clock = hardware.clocks[unit.clock]
        hertz = log.column("hertz")
        flops = active * unit.peaks[form] * (clock.highest if hertz is None else hertz) / clock.nominal
    if moved is None and hardware is not None and (active := log.column("dram_active")) is not None:
        moved = active * hardware.main.bandwidth
    missing = [name for name, found in (("operations", flops), ("bytes", moved)) if found is None]
    if flops is None or moved is None:
        message = (
            f"tells no {' and no '.join(missing)} per second: it needs columns flops_per_s and bytes_per_s, "
            "or DCGM's counters of tensor and DRAM activity and the name of the hardware"
        )
        raise InputError(Diagnostic(Span(log.file), message))
    return flops, 8.0 * moved


def calibrate(watts: Floats, flops: Floats, bits: Floats, *, limit: float | None = None) -> Calibration:
    """Fit base, joules per operation and joules per bit.

    Parameters
    ----------
    watts, flops, bits
        Board power [W], operations and bits per second, row by row.
    limit
        Power limit of the device [W]; rows at it are left out.

    Raises
    ------
    InputError
        Too few rows.
    """
    table = np.column_stack([np.ones_like(watts), flops, bits])
    good = np.isfinite(table).all(axis=1) & (watts > 0.0)
    if limit is not None:
        good &= watts < AT_LIMIT * limit
    used, power = table[good], watts[good]
    if power.size < FEWEST:
        message = f"a fit needs at least {FEWEST} rows below the power limit (got {power.size})"
        raise InputError(Diagnostic(None, message))
    value = _fit(used, power)
    generator = np.random.default_rng(0)
    picks = generator.integers(0, power.size, (RESAMPLES, power.size))
    samples = np.array([_fit(used[pick], power[pick]) for pick in picks])
    low, high = np.percentile(samples, [2.5, 97.5], axis=0)
    errors = np.abs(used @ value / power - 1.0)
    units = ("W", "J/FLOP", "J/bit")
    base, flop, bit = (
        Estimate(float(v), float(min(v, lo)), float(max(v, hi)), unit)
        for v, lo, hi, unit in zip(value, low, high, units, strict=True)
    )
    return Calibration(
        base,
        flop,
        bit,
        int(power.size),
        int(watts.size - power.size),
        float(errors.mean()),
        float(errors.max()),
        _range(used[:, 1]),
        _range(used[:, 2]),
        _correlation(used[:, 1], used[:, 2]),
    )


def _fit(table: Floats, watts: Floats) -> Floats:
    scale = np.maximum(table.max(axis=0), 1e-300)
    found, _ = nnls(table / scale / watts[:, None], np.ones_like(watts))
    return np.asarray(found / scale)


def _range(values: Floats) -> tuple[float, float]:
    return float(values.min()), float(values.max())


def _correlation(one: Floats, other: Floats) -> float:
    if not (np.ptp(one) > 0.0 and np.ptp(other) > 0.0):
        return 1.0
    return float(abs(np.corrcoef(one, other)[0, 1]))


def calibrated(log: Telemetry, hardware: Accelerator, form: str = "bf16") -> Calibration:
    """Fit a log of `hardware`.

    Raises
    ------
    InputError
        The log says too little.
    """
    flops, bits = rates(log, hardware, form)
    return calibrate(log.columns["watts"], flops, bits, limit=hardware.power_limit)
