"""From a design and a power trace to temperatures over time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from pathlib import Path

import numpy as np

from floorplans.diagnostics import Diagnostic, InputError
from power.trace import PowerTrace
from thermal import memory
from thermal.capacity import NoCapacity, heat_capacity
from thermal.clock import Clock, Progress
from thermal.design import Design, load
from thermal.field import Field
from thermal.kernels.arrays import Floats
from thermal.mesh.build import Family
from thermal.mesh.columns import Mesh
from thermal.mesh.resolution import Resolution
from thermal.placement import place
from thermal.scene import Scene
from thermal.solution import Solution
from thermal.transient import checkpoint
from thermal.transient.excitation import Excitation, Interval, Trace, intervals_of
from thermal.transient.initial import AMBIENT, Initial, first_field
from thermal.transient.periodic import Orbit
from thermal.transient.record import Probe, Reader, Records, chosen_blocks
from thermal.transient.run import Run, Saving
from thermal.transient.solution import Snapshot, TransientEvidence, TransientSolution
from thermal.transient.tolerance import Tolerance

EVERY = 60.0
"""Wall seconds between checkpoints."""


def simulate(
    design: Design | Scene | str | Path,
    trace: Trace | PowerTrace,
    *,
    initial: Initial = AMBIENT,
    periodic: bool | None = None,
    resolution: Resolution | None = None,
    mesh: Mesh | None = None,
    tolerance: Tolerance | None = None,
    times: Sequence[float] | Floats | None = None,
    blocks: Sequence[str] | None = None,
    probes: Sequence[Probe] = (),
    snapshots: Sequence[float] | Floats = (),
    saved: Path | None = None,
    every: float = EVERY,
    scenario: str | None = None,
    constant_k: bool = False,
    leakage: bool = True,
    max_memory: int | None = None,
    progress: Progress | None = None,
) -> TransientSolution:
    """March through a power trace.

    Parameters
    ----------
    design
        A design, a file, the name of a shipped design, or a placed scene.
    trace
        Watts of blocks; blocks that it does not name keep the power of the design. Anything with `blocks` and
        `intervals()`, each ``(start, end, watts at the start, watts at the end)``, is read as it goes.
    initial
        ``ambient``, ``steady`` (of the trace's first power), ``design`` (the steady state of the design's
        power), a saved field, or a field or solution of the same design.
    periodic
        Whether the trace repeats for ever: the state that repeats with it is found, and one period of it
        reported. `initial` is without effect then. Default: what the trace says by its attribute `periodic`,
        else not.
    resolution
        Cells wanted; default those of `thermal.solve`.
    mesh
        Of the scene, instead.
    tolerance
        Of every step; default `Tolerance()`.
    times
        Of the outputs, s; default the ends of all steps.
    blocks
        Addresses to report; default all.
    probes
        Points to report, m.
    snapshots
        Times of whole fields, s.
    saved
        Checkpoint: written every so often and at an interruption, taken up if it is there, and removed at
        the end.
    every
        Wall seconds between checkpoints.
    scenario, constant_k, leakage, max_memory, progress
        As in `thermal.solve`; the stage ``march`` tells its progress in the trace where its length is known.

    Raises
    ------
    InputError
        The design, the trace or the checkpoint is wrong, or a material stores no heat.
    MemoryLimit
        The run would not fit.
    TooShort
        Temperatures run away, or the tolerance cannot be met.
    NoRepetition
        No state that repeats with a periodic trace was found.
    """
    clock = Clock(progress or (lambda _stage, _done: None))
    asked = tolerance or Tolerance()
    repeats = bool(getattr(trace, "periodic", False)) if periodic is None else periodic
    with clock.stage("read and place"):
        scene = _scene(design, scenario).simplified(constant_k=constant_k, leakage=leakage)
        chosen = chosen_blocks(scene, blocks)
    with clock.stage("mesh"):
        if mesh is None:
            mesh = Family.of(scene, resolution or Resolution()).fine
        memory.check(memory.predicted_for(scene, mesh), max_memory)
        capacity = _capacity(scene, mesh)
        excitation = Excitation(scene, mesh, trace.blocks)
    allowed = asked.of_cells(excitation.system)
    wanted, pictures = _rising(times, "times"), _rising(snapshots, "snapshots")
    reader = Reader(excitation.system, chosen, probes)
    records = Records(reader, wanted, np.zeros(0) if pictures is None else pictures)
    saving = None
    if saved is not None:
        told = (
            repr(asked),
            repr(chosen),
            repr(tuple(probes)),
            repr(repeats),
            *_of_start(initial),
            wanted,
            pictures,
        )
        saving = Saving(saved, every, checkpoint.fingerprint(*_of_system(excitation, capacity), *told))

    def plain() -> Run:
        return Run(excitation, capacity, allowed, asked.relative)

    run = Run(excitation, capacity, allowed, asked.relative, records, saving, _march_of(trace, clock))
    orbit = Orbit(scene, plain, lambda: intervals_of(trace), allowed, clock) if repeats else None
    intervals = intervals_of(trace)
    if saving is not None and saving.path.exists():
        run.resume(checkpoint.read(saving.path, saving.fingerprint))
    else:
        first = next(intervals)
        run.start(_start(orbit, run, initial, scene, first, clock), first)
        intervals = chain([first], intervals)
    with clock.stage("march"):
        run.march(intervals)
    return _solution(scene, run, records, asked, clock, orbit)


def _start(
    orbit: Orbit | None, run: Run, initial: Initial, scene: Scene, first: Interval, clock: Clock
) -> Floats:
    if orbit is None:
        return first_field(initial, scene, run.excitation, first, clock)
    with clock.stage("find the state that repeats"):
        found = orbit.start()
    run.searched = orbit.periods
    return found


def _capacity(scene: Scene, mesh: Mesh) -> Floats:
    try:
        return heat_capacity(scene, mesh)
    except NoCapacity as error:
        raise InputError(Diagnostic(None, str(error))) from error


def _of_system(excitation: Excitation, capacity: Floats) -> tuple[np.ndarray | str, ...]:
    """What a system is made of."""
    system, mesh = excitation.system, excitation.system.mesh
    laws = repr([(b.name, b.power, b.leakage) for b in system.scene.blocks])
    made_of = repr([[a.material for a in slab.areas] for slab in system.scene.slabs])
    arrays = mesh.z, np.array(mesh.tree.bounds), capacity, system.lateral, system.loss, system.source
    return *arrays, laws, made_of, ",".join(excitation.blocks)


def _of_start(initial: Initial) -> tuple[np.ndarray | str, ...]:
    """What a start is."""
    if isinstance(initial, str | Path):
        return (str(initial),)
    field = initial.field if isinstance(initial, Solution) else initial
    return (field.temperature,)


def _march_of(trace: Trace | PowerTrace, clock: Clock) -> Callable[[float], None]:
    """Tells how much of a trace is done, where it knows its own `edges`."""
    edges = getattr(trace, "edges", None)

    def told(now: float) -> None:
        if edges is not None:
            clock.progress("march", float(np.clip((now - edges[0]) / (edges[-1] - edges[0]), 0.0, 1.0)))

    return told


def _scene(design: Design | Scene | str | Path, scenario: str | None) -> Scene:
    if isinstance(design, str | Path):
        design = load(design)
    if scenario is not None and isinstance(design, Design):
        design = design.scenario(scenario)
    return place(design) if isinstance(design, Design) else design


def _rising(times: Sequence[float] | Floats | None, name: str) -> Floats | None:
    if times is None:
        return None
    found = np.asarray(times, float).ravel()
    if not np.isfinite(found).all() or (np.diff(found) <= 0.0).any():
        raise InputError(Diagnostic(None, f"{name}: must be finite and rise"))
    return found


def _solution(
    scene: Scene, run: Run, records: Records, asked: Tolerance, clock: Clock, orbit: Orbit | None
) -> TransientSolution:
    state, mesh = run.state, run.excitation.system.mesh
    system = run.stages.field_system(state.theta)
    solid = system.solid[mesh.slab].T

    def shown(temperature: Floats) -> Field:
        return Field(system, temperature)

    rows = records.packed()
    evidence = TransientEvidence(
        tally=state.tally,
        cells=mesh.cells,
        columns=mesh.columns,
        tolerance=asked,
        hierarchies=run.stages.hierarchies.built,
        error=rows["row_error"].max(axis=0, initial=0.0),
        stored=float(np.vdot(run.capacity, state.theta - run.begun)),
        periods=1 + run.searched,
        defect=orbit.defect(run) if orbit is not None else None,
        stages=dict(clock.stages),
    )
    return TransientSolution(
        scene=scene,
        times=rows["row_times"],
        blocks=tuple(scene.blocks[i].name for i in records.reader.chosen),
        block_max=rows["row_max"],
        block_avg=rows["row_avg"],
        block_error=rows["row_error"],
        probe_points=records.reader.probes,
        probes=rows["row_probes"],
        snapshots=tuple(Snapshot(t, shown(p)) for t, p in records.snapshots),
        peak=shown(np.where(solid, records.peak + system.reference, np.nan)),
        last=shown(np.where(solid, state.theta + system.reference, np.nan)),
        evidence=evidence,
    )
