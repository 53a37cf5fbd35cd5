"""Activity that another simulator has counted, on an accelerator with its floor, leakage and losses."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path

from floorplans.diagnostics import Diagnostic, InputError, Span, did_you_mean, listed
from power.activity import Activity, OperatorTime, joined
from power.dvfs import Governed, OperatingPoint
from power.energy import dissipation
from power.formats.accelergy import EstimatedEnergy, read_energies
from power.formats.scalesim import SimulatedLayer, read_scalesim
from power.hardware.accelerator import Accelerator
from power.served import Served, ServedPhase
from power.workload_entry import WorkloadEntry


def simulated(path: Path, entry: WorkloadEntry, hardware: Accelerator, point: OperatingPoint) -> Served:
    """The run that a folder of SCALE-Sim, or a file of Accelergy or Timeloop, is about; one sample.

    Parameters
    ----------
    path
        Folder or file.
    entry
        `word_bytes` and `format` for SCALE-Sim; `places` and, for Accelergy, `seconds` for the others.
    hardware, point
        The accelerator and its clocks.

    Raises
    ------
    InputError
        A file that cannot be read, energy that is not placed, a run of unknown length.
    """
    if path.is_dir():
        activity = scalesim_activity(
            read_scalesim(path), hardware, point, form=entry.format, word=entry.word_bytes
        )
    else:
        activity = energy_activity(read_energies(path), hardware, point, entry, str(path))
    step = Governed(point, activity, dissipation(activity, hardware), "none")
    phase = ServedPhase("inference", 1.0, step, 1.0)
    return Served("inference", 1.0, 1, (phase,), 1.0, activity.seconds, 0.0, "sample")


def scalesim_activity(
    layers: tuple[SimulatedLayer, ...],
    hardware: Accelerator,
    point: OperatingPoint,
    *,
    form: str = "bf16",
    word: float = 2.0,
) -> Activity:
    """Layers one after the other on the matrix unit, which the simulated array must be.

    Parameters
    ----------
    form
        Format of the products.
    word
        Bytes of a word that the reports count.

    Raises
    ------
    InputError
        The matrix unit has no such format.
    """
    unit, name = hardware.unit("matrix"), hardware.unit_name("matrix")
    if form not in unit.peaks:
        message = f"{hardware.name} has no {form} products{did_you_mean(form, unit.peaks)}"
        raise InputError(Diagnostic(None, f"{message} (it has {listed(list(unit.peaks))})"))
    clock = hardware.clocks[unit.clock]
    per_cycle, hertz = unit.peaks[form] / clock.nominal, point.hertz[unit.clock]
    parts = []
    for layer in layers:
        operations = {(name, form): layer.utilisation * layer.cycles * per_cycle}
        moved = {hardware.main_name: layer.dram * word}
        if hardware.cache_name:
            moved[hardware.cache_name] = layer.sram * word
        seconds = layer.cycles / hertz
        done = next(iter(operations.values()))
        timing = OperatorTime(
            f"layer {layer.name}", "gemm", "forward", 1, *(seconds, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
            flops=done, operations=operations, moved=moved, sent={},
        )  # fmt: skip
        parts.append(Activity("inference", seconds, seconds, operations, moved, {}, point, timings=(timing,)))
    return joined("inference", parts)


def energy_activity(
    found: EstimatedEnergy, hardware: Accelerator, point: OperatingPoint, entry: WorkloadEntry, file: str
) -> Activity:
    """Energies where `places` says that they arise."""
    seconds = entry.seconds
    if seconds is None and found.cycles is not None:
        seconds = found.cycles / point.hertz[hardware.unit("matrix").clock]
    if seconds is None:
        raise InputError(Diagnostic(Span(file), "does not say how long the run takes: give 'seconds'"))
    owners = [f"unit/{name}" for name in hardware.units] + [f"memory/{name}" for name in hardware.memories]
    wrong = [
        Diagnostic(None, f"'{pattern}' is placed in '{owner}', which is none of {listed(owners)}")
        for pattern, owner in entry.places.items()
        if owner not in owners
    ]
    joules: dict[str, float] = {}
    homeless = []
    for component, energy in found.joules.items():
        at = [owner for pattern, owner in entry.places.items() if fnmatchcase(component, pattern)]
        if at:
            joules[at[0]] = joules.get(at[0], 0.0) + energy
        elif energy:
            homeless.append(component)
    if homeless:
        message = (
            f"'places' says of no unit or memory (of {listed(owners)}) that it holds {listed(homeless, 30)}"
        )
        wrong.append(Diagnostic(None, message))
    if wrong:
        raise InputError(wrong)
    return Activity("inference", seconds, seconds, {}, {}, {}, point, joules)
