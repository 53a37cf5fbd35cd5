"""Build a reduced model of a design, or take it from the cache."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from thermal import memory
from thermal.capacity import heat_capacity
from thermal.clock import Clock, Progress
from thermal.design import Design, load
from thermal.equilibrium import equilibrium
from thermal.kernels.arrays import Floats
from thermal.mesh.build import build_mesh
from thermal.mesh.resolution import Resolution
from thermal.placement import place
from thermal.rom import drive
from thermal.rom.basis import Basis, grown
from thermal.rom.certify import certificate, physical_fields
from thermal.rom.compression import Modal, compressed
from thermal.rom.groups import Group, grouped
from thermal.rom.model import SCHEMA, Certificate, Origin, ReducedModel
from thermal.rom.pencil import Pencil
from thermal.rom.readings import Places, chosen_places, read_at, response
from thermal.rom.source import Source
from thermal.scene import Scene
from thermal.system import ConductionSystem

BAND = (1e-5, 10.0)
STATES = 120
# Vectors of the basis before the second compression.
BASIS = 240
# Shares of the tolerance.
GROWING, COMPRESSING = 0.5, 0.25
CACHE_VARIABLE = "THERMAL_CACHE_DIR"


def build(
    design: Design | Scene | str | Path,
    *,
    resolution: Resolution | None = None,
    scenario: str | None = None,
    groups: Mapping[str, Sequence[str]] | None = None,
    tolerance: float = 0.1,
    band: tuple[float, float] = BAND,
    reach: float = 2.0,
    max_states: int = STATES,
    max_memory: int | None = None,
    constant_k: bool = False,
    leakage: bool = True,
    cache: bool = True,
    progress: Progress | None = None,
) -> ReducedModel:
    """Build a reduced model.

    Parameters
    ----------
    resolution
        Cells wanted.
    scenario
        Whose steady state conductivities are frozen at.
    groups
        See `thermal.rom.groups.grouped`.
    tolerance
        Error wanted, K.
    band
        Shortest and longest time of interest, s.
    reach
        Certified watts of every group over those of the design.
    max_memory
        Bytes; default 80 % of what is free.
    cache
        Whether to look for the model in the cache, and to leave it there.

    Raises
    ------
    InputError
        The design or a group is wrong.
    MemoryLimit
        The build would not fit.
    """
    if not 0.0 < band[0] < band[1]:
        raise ValueError(f"the band must rise from above 0 s (got {band[0]:g} to {band[1]:g} s)")
    began = time.perf_counter()
    clock = Clock(progress or (lambda _stage, _done: None))
    with clock.stage("read and place"):
        read = load(design) if isinstance(design, str | Path) else design
        if scenario is not None and isinstance(read, Design):
            read = read.scenario(scenario)
        scene = place(read) if isinstance(read, Design) else read
        scene = scene.simplified(constant_k=constant_k, leakage=leakage)
        found = grouped(scene, groups, reach)
    with clock.stage("mesh"):
        mesh = build_mesh(scene, resolution or Resolution())
        memory.check(predicted_bytes(scene, mesh.columns, mesh.nz, len(found)), max_memory)
    steady = equilibrium(scene, mesh, 1e-9, clock)
    field = steady.field
    pencil = Pencil(field.system, heat_capacity(scene, mesh))
    settings = (tolerance, band, max_states)
    origin = Origin(
        scene.name,
        f"steady state of {scenario or 'the base case'}",
        fingerprint(field.system, pencil.capacity, found, settings),
        mesh.cells,
    )
    kept = cache_file(origin) if cache else None
    if kept is not None and kept.exists():
        return ReducedModel.load(kept)
    source = Source(field, found, drive.leaking_groups(field, found), pencil)
    model = reduced(source, origin, tolerance, band, max_states, clock, began)
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        model.saved(kept)
    return model


def predicted_bytes(scene: Scene, columns: int, nz: int, inputs: int) -> int:
    """Peak of a build: the solve, the inputs twice, the basis and its images."""
    cells = columns * nz
    solve = memory.predicted_bytes(columns, nz, len(scene.slabs), exposed=True, nonlinear=scene.nonlinear)
    leaking = 2 + inputs // 2
    return solve + 8 * cells * (2 * (inputs + leaking) + 3 * BASIS)


def fingerprint(
    system: ConductionSystem, capacity: Floats, groups: tuple[Group, ...], settings: tuple[object, ...]
) -> str:
    """Hash of all that a model depends on: cells, materials, cooling, blocks, watts, leakage, settings."""
    scene = system.scene
    digest = hashlib.sha256(SCHEMA.encode())
    stated = system.conductivities
    arrays = (stated.k, stated.pattern, stated.law, stated.mixture, stated.curves.coefficients)
    more = (system.mesh.z, *system.mesh.tree.bounds, *system.mesh.widths, capacity, system.contact)
    for array in (*arrays, *more):
        digest.update(np.ascontiguousarray(array).tobytes())
    for block in scene.blocks:
        parts = (block.name, block.kind, block.z0, block.z1, block.power, block.leakage, block.outline.wkb)
        digest.update(repr(parts).encode())
    for face in (scene.top, scene.bottom):
        digest.update(repr((face.ambient, face.resistance)).encode())
        for map_ in (face.htc, face.flux):
            digest.update(b"" if map_ is None else np.asarray(map_, float).tobytes())
    for raster in scene.rasters:
        digest.update(np.asarray(raster.watts).tobytes())
    for slab in scene.slabs:
        digest.update(repr([(e.htc, e.ambient, e.outline.wkb) for e in slab.exposures]).encode())
    digest.update(repr((groups, settings)).encode())
    return digest.hexdigest()


def cache_folder() -> Path:
    """Where models are kept: ``THERMAL_CACHE_DIR``, or the user's cache."""
    told = os.environ.get(CACHE_VARIABLE)
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(told) if told else Path(base) / "thermal-floorplan"


def cache_file(origin: Origin) -> Path:
    """File of a model in the cache."""
    return cache_folder() / f"rom-{origin.fingerprint[:32]}.npz"


def reduced(
    source: Source,
    origin: Origin,
    tolerance: float,
    band: tuple[float, float],
    limit: int,
    clock: Clock,
    began: float,
) -> ReducedModel:
    """The reduced model of a source."""
    system = source.system
    heat = _heat(source)
    theta = np.nan_to_num(source.field.temperature - system.reference)
    decades = np.log10(band[1] / band[0])
    inner = np.geomspace(0.1 / band[1], 10.0 / band[0], 2 * round(0.75 * (decades + 2)) + 1)
    shifts = np.concatenate([[0.0], inner])
    with clock.stage("basis"):
        basis = grown(
            source.pencil,
            heat,
            drive.watched_cells(system),
            shifts,
            GROWING * tolerance,
            BASIS,
            [theta],
            lambda done: clock.progress("basis", done),
        )
    with clock.stage("places"):
        rng = np.random.default_rng(1)
        fields = physical_fields(source, basis, rng)
        places = chosen_places(fields, [f.of_blocks() for f in fields])
    with clock.stage("outputs"):
        rows, offset = _rows(source, basis, places, clock)
    cold = basis.vectors @ (source.pencil.capacity.ravel() * theta.ravel())
    with clock.stage("compression"):
        dense = np.concatenate([[0.0], np.geomspace(shifts[1], shifts[-1], 60)])
        modal = compressed(
            basis.conductance, basis.inputs, rows, -cold[:, None], dense, COMPRESSING * tolerance, limit
        )
    proof = certificate(source, basis, modal, heat, rows, offset, places, tolerance, band, clock)
    return _model(
        source, origin, basis, modal, rows, offset, places, -cold, proof, time.perf_counter() - began
    )


def _heat(source: Source) -> Floats:
    """``[m, cells]`` W of every input at the end of its range: groups, ambients, leakage."""
    system = source.system
    groups = [drive.heat_of(system, g) * g.reach for g in source.groups]
    ambients = [row * drive.AMBIENT for row in drive.ambient_heat(system)]
    leaks = [x.heat * x.reach for x in source.leaking]
    return np.array([*groups, *ambients, *leaks])


def _rows(source: Source, basis: Basis, places: Places, clock: Clock) -> tuple[Floats, Floats]:
    """``[blocks + places, n]`` of the basis, and K of the reference."""
    field = source.field
    n = basis.vectors.shape[0]
    means = [s.t_avg for s in field.of_blocks()]
    offset = np.concatenate([means, read_at(field, places.at)])
    rows = np.empty((offset.size, n))
    for i in range(n):
        change = response(source.system, basis.vectors[i])
        rows[: len(means), i] = [s.t_avg for s in change.of_blocks()]
        rows[len(means) :, i] = read_at(change, places.at)
        clock.progress("outputs", (i + 1) / n)
    return np.nan_to_num(rows), np.nan_to_num(offset)


def _model(
    source: Source,
    origin: Origin,
    basis: Basis,
    modal: Modal,
    rows: Floats,
    offset: Floats,
    places: Places,
    cold: Floats,
    proof: Certificate,
    seconds: float,
) -> ReducedModel:
    scene, groups = source.system.scene, source.groups
    leaking = source.leaking
    reach = np.array([g.reach for g in groups] + [drive.AMBIENT] * 2 + [x.reach for x in leaking])
    driven = np.ascontiguousarray((modal.inputs / reach).T)
    m = len(groups) + 2
    member, shape = np.zeros(len(scene.blocks), np.int64), np.zeros(len(scene.blocks))
    for g, group in enumerate(groups):
        member[list(group.members)] = g
        shape[list(group.members)] = group.shape
    weights = np.array([x.weight for x in leaking]).reshape(len(leaking), basis.vectors.shape[1])
    readings = (weights @ basis.vectors.T) @ modal.mix
    steps = round((drive.HIGH - drive.LOW) / drive.STEP) + 1
    return ReducedModel(
        rates=modal.rates,
        inputs=driven[:m],
        names=(*(g.name for g in groups), "ambient:top", "ambient:bottom"),
        u0=np.array([*(g.watts for g in groups), scene.top.ambient, scene.bottom.ambient]),
        reach=reach[:m],
        spread=driven[m:],
        readings=np.ascontiguousarray(readings),
        frozen=np.array([x.watts for x in leaking]),
        leaking=tuple(x.name for x in leaking),
        table=np.array([x.table for x in leaking]).reshape(len(leaking), steps),
        low=drive.LOW,
        step_k=drive.STEP,
        blocks=tuple(b.name for b in scene.blocks),
        rows=np.ascontiguousarray(rows @ modal.mix),
        offset=offset,
        start=places.start,
        cold=modal.mix.T @ cold,
        member=member,
        shape=shape,
        origin=replace(origin, seconds=seconds),
        certificate=proof,
    )
