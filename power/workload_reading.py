"""The section `workload:` of a design file: from words to a served model, mistakes with their places."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from floorplans.diagnostics import Diagnostic, InputError, Problems, Span, listed
from floorplans.nodes import Node
from floorplans.schema import validated
from floorplans.source import read_bytes
from power.constants import shipped_constants
from power.deployment import Deployment
from power.dvfs import OperatingPoint, boost, locked
from power.hardware.accelerator import Accelerator
from power.hardware.reading import load_hardware, shipped_hardware
from power.host import host_named
from power.served import Served
from power.serving import Server
from power.workload_entry import BATCH, MEAN, OUTPUT, PROMPT, WorkloadEntry
from power.workloads.config.reader import read_config
from power.workloads.model import Model
from power.workloads.phase import Inference, Prefill
from power.workloads.precision import FORMATS
from power.workloads.presets import preset, preset_card, preset_names
from power.workloads.servable import Servable
from power.workloads.speculative import SpeculativeDecoding

T = TypeVar("T")
Kept = tuple[Accelerator, Served, Servable | None, tuple[str, ...]]

GENERATING, BATCHED = ("static", "in-flight"), ("inference", "training")
_ONLY: Mapping[str, tuple[str, ...]] = {
    "prompt": GENERATING,
    "output": GENERATING,
    "tokens": BATCHED,
    "optimiser": ("training",),
}
"""Keys that belong to some ways of serving alone."""

_KEPT: dict[str, Kept] = {}
_MOST_KEPT = 64


@dataclass(eq=False)
class Site:
    """Where a workload is to run: what its reading needs to know of the design.

    Parameters
    ----------
    name
        Of the design; shipped hardware of the same name is meant unless another is given.
    directory
        What file names are relative to.
    areas
        Area of every block [m2], by address; None without a floorplan.
    contents
        Receives the SHA-256 of every file read.
    elsewhere
        Whether hardware that has none of its blocks here may run all the same, without a floorplan.
    """

    name: str
    directory: Path
    areas: Mapping[str, float] | None = None
    contents: dict[Path, str] = field(default_factory=dict)
    elsewhere: bool = False


def read_workload(node: Node, site: Site, problems: Problems) -> Deployment | None:
    """Serve what a section asks for.

    Parameters
    ----------
    node
        The section.
    site
        The design around it.
    problems
        Receives everything that is wrong, with its place.

    Returns
    -------
    Deployment or None
        None if anything is wrong.
    """
    entry = validated(WorkloadEntry, node, ("workload",), problems)
    if entry is None:
        return None
    return _Reading(entry, node, site, problems).deployment()


class _Reading:
    """One pass over a section."""

    def __init__(self, entry: WorkloadEntry, node: Node, site: Site, problems: Problems) -> None:
        self.entry, self.node, self.site, self.problems = entry, node, site, problems

    def tried(self, key: str, make: Callable[[], T]) -> T | None:
        """The result, or None and a diagnostic at `key`; one that knows its own line keeps it."""
        path = f"workload.{key}" if key else "workload"
        try:
            return make()
        except InputError as error:
            for found in error.diagnostics:
                if found.span is not None and found.span.line:
                    self.problems.extend([found])
                    continue
                inner = "" if found.path in ("", key) or " " in found.path else f"{found.path}: "
                self.problems.add(self.span(key), f"{inner}{found.message}", path)
        except ValueError as error:
            self.problems.add(self.span(key), str(error), path)
        return None

    def span(self, key: str) -> Span:
        child = self.node.child(key)
        return child.span if child is not None else self.node.span

    def deployment(self) -> Deployment | None:
        before = len(self.problems)
        self._check_keys()
        found = None if len(self.problems) > before else self._kept()
        if found is None:
            return None
        hardware, served, model, notes = found
        areas = self.site.areas
        if areas is not None and self.site.elsewhere and not hardware.lives_in(areas):
            areas = None
        made = Deployment(self.entry, hardware, served, model, areas, notes)
        if made.placed and areas is not None:
            self.tried("hardware", partial(hardware.check_blocks, areas))
            if len(self.problems) == before:
                self.tried("hardware", made.total)
        if self.entry.phase != MEAN:
            self.tried("phase", lambda: served.named(made.phase))
        return made if len(self.problems) == before else None

    def _check_keys(self) -> None:
        given = self.entry.serving
        for key, modes in _ONLY.items():
            if given is not None and given not in modes and key in self.node.keys:
                message = f"belongs to serving {' and '.join(modes)} (serving is {given})"
                self.problems.add(self.node.keys[key], message, f"workload.{key}")

    def _kept(self) -> Kept | None:
        """From what was served before, where nothing is different: scenarios share most of it."""
        named = {key: getattr(self.entry, key) for key in ("model", "hardware", "activity")}
        digests = [self._noted(key, self._file(name)) for key, name in named.items()]
        asked = self.entry.model_dump(exclude={"phase", "leakage"})
        told = [asked, self.site.name, str(self.site.directory), digests]
        key = json.dumps(told, sort_keys=True, default=str)
        if key not in _KEPT:
            made = self._served()
            if made is None:
                return None
            if len(_KEPT) >= _MOST_KEPT:
                _KEPT.pop(next(iter(_KEPT)))
            _KEPT[key] = made
        return _KEPT[key]

    def _noted(self, key: str, path: Path | None) -> str:
        """The digest of a file that is read; empty for what is none."""
        if path is None or not path.is_file():
            return ""
        self.tried(key, partial(read_bytes, path, self.span(key), self.site.contents))
        return self.site.contents.get(path.resolve(), "")

    def _file(self, name: str | None) -> Path | None:
        """The file that a name stands for; None where it is a shipped thing."""
        if name is None or name in preset_names() or name in shipped_hardware():
            return None
        path = self.site.directory / name
        return path / "config.json" if path.is_dir() and (path / "config.json").is_file() else path

    def _served(self) -> Kept | None:
        hardware = self._hardware()
        if self.entry.activity is not None:
            from power.formats.simulated import simulated

            if hardware is None:
                return None
            path = self.site.directory / self.entry.activity
            read = partial(simulated, path, self.entry, hardware)
            served = self.tried("activity", lambda: read(self._point(hardware)))
            return None if served is None else (hardware, served, None, ())
        model = self._model()
        if hardware is None or model is None:
            return None
        notes = self.tried("precision", lambda: _notes(model, hardware))
        served = self._run(model, hardware)
        return None if served is None or notes is None else (hardware, served, model, notes)

    def _hardware(self) -> Accelerator | None:
        name = self.entry.hardware
        if name is None:
            name = self.site.name
            if name not in shipped_hardware():
                known = listed(list(shipped_hardware()), 30)
                message = (
                    f"needs 'hardware', for none is shipped for the design '{name}': "
                    f"a file, or one of {known}"
                )
                self.problems.add(self.node.span, message, "workload")
                return None
        where: str | Path = name
        if name not in shipped_hardware() and Path(name).suffix:
            where = self.site.directory / name
        constants = self.tried("constants", lambda: shipped_constants().with_(self.entry.constants))
        if constants is None:
            return None
        return self.tried("hardware", lambda: load_hardware(where, self.entry.hardware_values, constants))

    def _model(self) -> Servable | None:
        entry = self.entry
        assert entry.model is not None
        named = entry.model
        made = self.tried("model", lambda: self._read(named))
        steps: list[tuple[str, Callable[[Model], Model]]] = []
        if entry.kernel is not None:
            kernel = entry.kernel
            steps.append(("kernel", lambda m: m.with_kernel(kernel)))
        if entry.depth < 1.0 or entry.width < 1.0:
            key = "depth" if entry.depth < 1.0 else "width"
            steps.append((key, lambda m: m.pruned(depth=entry.depth, width=entry.width)))
        if entry.sparsity is not None:
            sparsity = entry.sparsity
            steps.append(("sparsity", lambda m: m.sparse(sparsity)))
        if entry.precision is not None:
            steps.append(("precision", self._quantised))
        for key, change in steps:
            if made is None:
                return None
            before = made
            made = self.tried(key, partial(change, before))
        return made if made is None or entry.draft is None else self._drafted(made)

    def _read(self, name: str) -> Model:
        path, changes = self._file(name), self.entry.changes
        if path is None:
            return preset(name, **changes)
        if path.suffix == ".onnx":
            if changes:
                raise ValueError("a file in ONNX has no configuration whose keys could be replaced")
            from power.workloads.onnx_graph.reader import read_onnx

            return read_onnx(path)
        if not path.exists() and path.suffix != ".json":
            preset_card(name)
        return read_config(path, **changes)

    def _quantised(self, model: Model) -> Model:
        asked = self.entry.precision
        return model.quantised(asked) if isinstance(asked, str) else model.quantised(**(asked or {}))

    def _drafted(self, target: Model) -> Servable | None:
        entry = self.entry.draft
        assert entry is not None
        draft = self.tried("draft", lambda: self._read_draft(entry.model))
        if draft is None:
            return None
        if self.entry.precision is not None:
            draft = self._quantised(draft)
        small = draft
        return self.tried("draft", lambda: SpeculativeDecoding(target, small, entry.tokens, entry.acceptance))

    def _read_draft(self, name: str) -> Model:
        path = self._file(name)
        return preset(name) if path is None else read_config(path)

    def _point(self, hardware: Accelerator) -> OperatingPoint:
        clock, kelvin = self.entry.clock_mhz, self.entry.junction_c
        return boost(hardware, kelvin) if clock is None else locked(hardware, 1e6 * clock, kelvin)

    def _run(self, model: Servable, hardware: Accelerator) -> Served | None:
        entry = self.entry
        mode = entry.serving or ("static" if model.decodes else "inference")
        if mode in GENERATING and not model.decodes:
            what = f"{model.name} ({model.family})"
            message = f"{what} generates no tokens: it is served as inference or training"
            self.problems.add(self.span("serving"), message, "workload.serving")
            return None
        host = self.tried("host", lambda: host_named(entry.host, hardware.constants))
        start = self.tried("clock_mhz", lambda: self._point(hardware))
        if host is None or start is None:
            return None
        server = Server(model, hardware, entry.devices, host, entry.power_limit_w, start)

        def serve() -> Served:
            prompt, output, batch = entry.prompt or PROMPT, entry.output or OUTPUT, entry.batch or BATCH
            if mode == "static":
                return server.static(batch, prompt, output)
            if mode == "in-flight":
                return server.in_flight(prompt, output, batch=entry.batch)
            if mode == "inference":
                return server.inference(batch, entry.tokens)
            return server.training(batch, entry.tokens, entry.optimiser)

        return self.tried("model", serve)


def _notes(model: Servable, hardware: Accelerator) -> tuple[str, ...]:
    """What of a model is not counted, and formats that the hardware lacks.

    Raises
    ------
    InputError
        A format that nothing of the hardware can stand in for.
    """
    phase = Prefill(1, 16) if model.decodes else Inference(1, 16)
    formats = {each.math.name for each in model.graph(phase) if each.matrix_flops}
    fallbacks = [hardware.fallback(form) for form in sorted(formats)]
    said = [found.message for found in model.diagnostics]
    return tuple([text for text in fallbacks if text] + _widened(model, formats) + said)


def _widened(model: Servable, formats: set[str]) -> list[str]:
    """Weights that are kept in fewer bits than any product is made in."""
    if not isinstance(model, Model):
        return []
    kept = model.precision.weights
    widest = {form for form in formats if FORMATS[form].bits > kept.bits}
    if not formats or widest != formats:
        return []
    run = " and ".join(sorted(formats))
    return [f"weights in {kept.name} save bytes only: products run in {run}, as the activations are"]


def check_placed(found: Deployment, node: Node, problems: Problems) -> bool:
    """See that the hardware lives in the design; whether it does."""
    if found.placed:
        return True
    child, name = node.child("hardware"), found.hardware.name
    message = (
        f"{name} names no blocks, so it cannot heat a floorplan; say in a hardware file with 'like: {name}' "
        "which 'blocks' its clocks, units, memories, leakage and regulators live in"
    )
    span = child.span if child is not None else node.span
    problems.extend([Diagnostic(span, message, "workload.hardware")])
    return False
