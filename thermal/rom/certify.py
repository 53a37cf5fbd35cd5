"""What a reduced model is worth: compared with full solves that its build did not use."""

from __future__ import annotations

import numpy as np

from thermal.clock import Clock
from thermal.field import Field
from thermal.kernels.arrays import Floats
from thermal.rom import drive
from thermal.rom.basis import Basis
from thermal.rom.compression import Modal
from thermal.rom.model import Certificate
from thermal.rom.readings import Places, read_at
from thermal.rom.source import Source

# Full solves at shifts and inputs that the build did not use.
PROBES = 8
# Random fields that places of maxima are chosen from: steady, and on the way.
STEADY, PASSING = 24, 16


def _box(rng: np.random.Generator, source_groups: int, watts: Floats, reach: Floats, leaking: int) -> Floats:
    """Deviations of all inputs in units of their reach: watts between 0 and the end of the range."""
    level = rng.choice([0.0, 0.5, 1.0], size=source_groups)
    groups = level - watts / reach
    ambients = rng.uniform(-1.0, 1.0, 2)
    leaks = rng.uniform(-1.0, 1.0, leaking) * 0.5
    return np.concatenate([groups, ambients, leaks])


def _inputs(source: Source, rng: np.random.Generator) -> Floats:
    watts = np.array([g.watts for g in source.groups])
    reach = np.array([g.reach for g in source.groups])
    return _box(rng, len(source.groups), watts, reach, len(source.leaking))


def physical_fields(source: Source, basis: Basis, rng: np.random.Generator) -> list[Field]:
    """The reference, and fields that inputs lead to: each alone off and at its end, and all at random.

    Steady ones, and some after step changes of all inputs and times of all lengths.
    """
    system, base = source.system, source.field
    rates, modes = np.linalg.eigh(basis.conductance)
    times = [np.inf] * STEADY + np.geomspace(1e-5, 10.0, PASSING).tolist()
    cases = [(t, _inputs(source, rng)) for t in times]
    for i, group in enumerate(source.groups):
        for level in (0.0, 1.0):
            u = np.zeros(basis.inputs.shape[1])
            u[i] = level - group.watts / group.reach
            cases.append((np.inf, u))
    fields = [base]
    for t, u in cases:
        grown = -np.expm1(-rates * t) / rates
        z = modes @ (grown * (modes.T @ (basis.inputs @ u)))
        change = (z @ basis.vectors).reshape(base.temperature.shape)
        fields.append(Field(system, base.temperature + change))
    return fields


def certificate(
    source: Source,
    basis: Basis,
    modal: Modal,
    heat: Floats,
    rows: Floats,
    offset: Floats,
    places: Places,
    tolerance: float,
    band: tuple[float, float],
    clock: Clock,
) -> Certificate:
    """Compare with full solves at unused shifts and inputs, block by block, means and maxima."""
    rng = np.random.default_rng(2)
    shifts = np.concatenate([[0.0], np.geomspace(0.37 / band[1], 3.1 / band[0], PROBES - 1)])
    shown = rows @ modal.mix
    worst = maxima = leak = 0.0
    base = source.field
    count = places.start.size - 1
    with clock.stage("certificate"):
        for k, s in enumerate(shifts.tolist()):
            u = _inputs(source, rng)
            x = source.pencil.solve(s, (u @ heat).reshape(base.temperature.shape), 1e-8)
            true = Field(source.system, base.temperature + x)
            found = true.of_blocks()
            state = (modal.inputs @ u) / (modal.rates + s)
            told = offset + shown @ state
            here = read_at(true, places.at)
            for i in range(count):
                part = slice(places.start[i], places.start[i + 1])
                peak = float(np.max(told[count:][part]))
                worst = max(worst, abs(told[i] - found[i].t_avg), abs(peak - found[i].t_max))
                maxima = max(maxima, found[i].t_max - float(np.max(here[part])))
            leak = max(leak, _leak_error(source, x))
            clock.progress("certificate", (k + 1) / PROBES)
    return Certificate(
        tolerance,
        band,
        float(worst),
        float(max(basis.left)),
        modal.lost,
        float(maxima),
        float(leak),
        len(basis.shifts),
        basis.vectors.shape[0],
    )


def _leak_error(source: Source, x: Floats) -> float:
    """Error of leakage by groups against that of every block, over its slope: K of the group."""
    feedback = source.system.feedback
    if feedback is None:
        return 0.0
    base = np.nan_to_num(source.field.temperature, nan=source.system.reference)
    then = (base + np.nan_to_num(x)).ravel()
    laws = dict(zip(feedback.blocks.tolist(), range(len(feedback.laws)), strict=True))
    worst = 0.0
    rises = np.arange(drive.LOW, drive.HIGH + drive.STEP, drive.STEP)
    by_name = {g.name: g for g in source.groups}
    for group in source.leaking:
        watts = slope = 0.0
        for i in (laws[b] for b in by_name[group.name].members if b in laws):
            cell, weight = feedback.row(i)
            watts += float(feedback.laws[i].watts(then[cell]) @ weight)
            slope += float(feedback.laws[i].slope(then[cell]) @ weight)
        told = float(np.exp(np.interp(group.weight @ x.ravel(), rises, group.table)))
        worst = max(worst, abs(told - watts) / slope if slope > 0.0 else 0.0)
    return worst
