"""A study as plain data: what ``--json`` prints.

Temperatures are in degC, differences in K, lengths in mm and um. With one scenario the top level is that
scenario. With several, ``blocks``, ``layers`` and ``verdict`` are the worst case over all of them, each row
naming its scenario; everything else at the top level belongs to the scenario named by ``scenario``, the one
that decides the verdict; and ``scenarios`` holds each of them in full.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from power.deployment import Deployment
from thermal.metrics import BlockMetrics, LayerMetrics, Resistances
from thermal.report.words import celsius
from thermal.runaway import RunawayMargin, explained
from thermal.scene import Face, Scene
from thermal.solution import Evidence, MeshRun
from thermal.study import Case, Probe, Study
from thermal.version import __version__

SOLVE_SCHEMA = "thermal-floorplan/solve/1"

RUNAWAY = "runaway"
"""Verdict where there is no steady state."""

DEFINITIONS = {
    "theta_jc": "(hottest junction - hottest point of the case) / heat leaving through the top",
    "theta_ja": "(hottest junction - ambient) / total heat",
    "psi_jt": "(hottest junction - centre of the top face) / total heat",
}
"""What the thermal resistances mean."""

Document = dict[str, Any]


def solve_document(study: Study) -> Document:
    """The document of a study; see the module.

    ``runaways`` lists scenarios without a steady state; ``verdict`` is then ``runaway``. If all of them are,
    the rest is left out.
    """
    if study.runaways and not study.cases:
        head = {"schema": SOLVE_SCHEMA, "version": __version__, "design": study.runaways[0].scene.name}
        return {**head, "verdict": RUNAWAY, "runaways": runaway_rows(study)}
    case = study.limiting
    document = {"schema": SOLVE_SCHEMA, "version": __version__, **case_document(case)}
    document["verdict"] = RUNAWAY if study.runaways else study.verdict.value
    document["runaways"] = runaway_rows(study)
    document["wall_s"] = sum(c.evidence.wall_s for c in study.cases)
    document["blocks"] = [block_row(w.figures) | {"scenario": w.scenario} for w in study.worst_blocks]
    document["layers"] = [
        _layer_row(w.figures, _scene_of(study, w.scenario)) | {"scenario": w.scenario}
        for w in study.worst_layers
    ]
    many = len(study.cases) > 1
    document["scenarios"] = [case_document(c) if many else summary(c) for c in study.cases]
    document["inputs"] = _inputs(case)
    return document


def case_document(case: Case) -> Document:
    """Everything about one scenario."""
    metrics, evidence = case.metrics, case.evidence
    return {
        **summary(case),
        "cells": evidence.cells,
        "columns": evidence.columns,
        "iterations": evidence.iterations,
        "energy_balance_rel": evidence.energy_balance_rel,
        "balance_shift_k": evidence.fine.balance_shift,
        "wall_s": evidence.wall_s,
        "workload": None if case.design.workload is None else workload_row(case.design.workload),
        "ambient": _ambient(case.scene),
        "heat": _heat(evidence),
        "resistances": _resistances(metrics.resistances),
        "blocks": [block_row(b) for b in metrics.blocks],
        "layers": [_layer_row(x, case.scene) for x in metrics.layers],
        "hotspots": [
            {"layer": h.layer, "rank": h.rank, "t_c": celsius(h.t), **_place(h.x, h.y, h.z), "block": h.block}
            for h in metrics.hotspots
        ],
        "pairs": [
            {"first": p.first, "second": p.second, "delta_k": p.delta, "error_k": p.error}
            for p in metrics.pairs
        ],
        "probes": [_probe(p) for p in case.probes],
        "loop_gain": evidence.loop_gain,
        "runaway_margin": None if case.margin is None else margin_row(case.margin),
        "evidence": _evidence(evidence),
    }


def runaway_rows(study: Study) -> list[Document]:
    """Scenarios that have no steady state, and by how much."""
    return [{"scenario": r.scenario, **margin_row(r.margin)} for r in study.runaways]


def margin_row(margin: RunawayMargin) -> Document:
    """Distance to thermal runaway; below zero beyond it."""
    return {
        "stable": margin.stable,
        "explanation": explained(margin),
        "power_w": margin.power,
        "ambient_k": margin.ambient,
        "htc_percent": None if margin.cooling is None else 100.0 * margin.cooling,
        "critical": margin.critical,
        "critical_c": None if margin.t_critical is None else celsius(margin.t_critical),
        "leakage_w": margin.leakage,
        "dynamic_w": margin.dynamic,
        "cells": margin.cells,
        "curve": [{"t_c": celsius(t), "dynamic_w": w} for t, w in margin.curve],
    }


def summary(case: Case) -> Document:
    """The line of a scenario in a table."""
    limiting = case.limiting
    return {
        "design": case.design.name,
        "scenario": case.scenario,
        "verdict": case.metrics.verdict.value,
        "power_w": case.evidence.power,
        "t_max_c": celsius(case.metrics.t_max),
        "t_min_c": celsius(case.metrics.t_min),
        "limiting": None if limiting is None else limiting.name,
        "margin_k": None if limiting is None else limiting.margin,
    }


def workload_row(run: Deployment) -> Document:
    """What runs on a design; `thermal power --json` has the rest."""
    served = run.served
    return {
        "model": run.name,
        "hardware": run.hardware.name,
        "mode": served.mode,
        "batch": served.batch,
        "unit": served.unit,
        "per_second": served.tokens_per_second,
        "joules_each": served.joules_per_token,
        "board_w": served.watts,
        "phase": run.entry.phase,
    }


def block_row(block: BlockMetrics) -> Document:
    """One block."""
    return {
        "name": block.name,
        "kind": block.kind.value,
        "layer": block.layer,
        "power_w": block.power,
        "leakage_w": block.leakage,
        **_temperatures(block),
        "gradient_k": block.gradient,
        "cells_across": block.cells_across,
        "accuracy_k": block.accuracy,
        "at": _place(*block.at),
    }


def _layer_row(layer: LayerMetrics, scene: Scene) -> Document:
    extent = scene.layer(layer.name)
    return {
        "name": layer.name,
        **_temperatures(layer),
        "powered": layer.powered,
        "material": extent.material,
        "z0_um": extent.z0 * 1e6,
        "z1_um": extent.z1 * 1e6,
    }


def _temperatures(part: BlockMetrics | LayerMetrics) -> Document:
    return {
        "t_max_c": celsius(part.t_max),
        "t_avg_c": celsius(part.t_avg),
        "t_min_c": celsius(part.t_min),
        "error_k": part.error,
        "limit_c": None if part.limit is None else celsius(part.limit),
        "margin_k": part.margin,
        "verdict": part.verdict.value,
    }


def _scene_of(study: Study, scenario: str) -> Scene:
    return next(case.scene for case in study.cases if case.scenario == scenario)


def _probe(probe: Probe) -> Document:
    where = _place(probe.x, probe.y, probe.z)
    return where | {"t_c": celsius(probe.t), "layer": probe.layer, "block": probe.block}


def _place(x: float, y: float, z: float) -> Document:
    return {"x_mm": x * 1e3, "y_mm": y * 1e3, "z_um": z * 1e6}


def _ambient(scene: Scene) -> Document:
    faces = {"top": scene.top, "bottom": scene.bottom}
    return {f"{side}_c": celsius(face.ambient) if cooled(face) else None for side, face in faces.items()}


def cooled(face: Face) -> bool:
    """Whether heat can leave through a face."""
    htc = face.htc
    return face.resistance is not None or bool(htc.any() if not isinstance(htc, int | float) else htc)


def _heat(evidence: Evidence) -> Document:
    return {
        "power_w": evidence.power,
        "leakage_w": evidence.leakage,
        "top_w": evidence.heat_top,
        "bottom_w": evidence.heat_bottom,
        "sides_w": evidence.heat_sides,
    }


def _resistances(found: Resistances) -> Document:
    return {
        "theta_jc_k_w": found.theta_jc,
        "theta_ja_k_w": found.theta_ja,
        "psi_jt_k_w": found.psi_jt,
        "t_junction_c": celsius(found.t_junction),
        "t_case_c": celsius(found.t_case),
        "t_top_c": celsius(found.t_top),
        "definitions": DEFINITIONS,
    }


def _evidence(evidence: Evidence) -> Document:
    return {
        "tolerance": evidence.tolerance,
        "unknowns": evidence.unknowns,
        "smallest_cell_um": evidence.smallest * 1e6,
        "largest_cell_um": evidence.largest * 1e6,
        "fine": _run(evidence.fine),
        "mixed": _run(evidence.mixed),
        "coarse": _run(evidence.coarse),
        "refinement": {
            "stop": evidence.refinement.stop.name.lower(),
            "rounds": [asdict(r) for r in evidence.refinement.rounds],
        },
        "predicted_bytes": evidence.predicted_bytes,
        "peak_bytes": evidence.peak_bytes,
        "stages_s": dict(evidence.stages),
    }


def _run(run: MeshRun) -> Document:
    return asdict(run)


def _inputs(case: Case) -> Sequence[Document]:
    return [{"file": name, "sha256": digest} for name, digest in case.design.source.digests().items()]


def dumped(document: Document) -> str:
    """JSON text; what is not a finite number is null."""
    return json.dumps(_finite(document), indent=2, allow_nan=False) + "\n"


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(child) for key, child in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(child) for child in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    return value
