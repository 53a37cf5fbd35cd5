"""A workload as plain data: what ``thermal power --json`` prints."""

from __future__ import annotations

from power.constants import Constant
from power.deployment import Deployment
from power.tornado import Swing
from power.utilisation import PhaseSummary
from thermal.report.document import Document
from thermal.report.power import PowerFindings, Run, memory, used_constants
from thermal.report.words import celsius
from thermal.version import __version__

SCHEMA = "thermal-floorplan/power/1"


def power_document(found: PowerFindings) -> Document:
    """The document; watts of blocks are those of the phase that heats the design, leakage among them."""
    return {
        "schema": SCHEMA,
        "version": __version__,
        "design": found.scene.name,
        "runs": [run_row(run) for run in found.runs],
        "failures": [
            {"variant": label, "prompt": prompt, "reason": why} for label, prompt, why in found.failures
        ],
        "tornado": {
            "constants": [_swing(swing) for swing in found.tornado.swings],
            "floor_placements": [
                {"floor_in": name, "densest_block": block, "density_w_mm2": 1e-6 * density}
                for name, block, density in found.tornado.placements
            ],
        },
        "constants": [_constant(each) for each in used_constants(found.base.deployment)],
    }


def run_row(run: Run) -> Document:
    """One variant at one length of prompt."""
    made = run.deployment
    served, entry = made.served, made.entry
    return {
        "variant": run.label,
        "model": made.name,
        "hardware": made.hardware.name,
        "parameters": None if made.model is None else made.model.parameters,
        "mode": served.mode,
        "batch": served.batch,
        "devices": served.devices,
        "prompt": run.prompt if served.unit == "token" else None,
        "unit": served.unit,
        "per_second": served.tokens_per_second,
        "joules_each": served.joules_per_token,
        "ttft_s": served.ttft,
        "itl_s": served.itl,
        "board_w": served.watts,
        "power_limit_w": entry.power_limit_w or made.hardware.power_limit,
        "memory": _memory(made),
        "phases": [_phase(each) for each in run.phases],
        "heats_with": entry.phase,
        "balance_w": made.balance(),
        "blocks": dict(made.total()),
        "notes": list(made.notes),
        "hottest_c": None if run.hottest is None else celsius(run.hottest),
    }


def _memory(made: Deployment) -> Document | None:
    found = memory(made)
    if found is None:
        return None
    return {
        "capacity_b": found.capacity,
        "weights_b": found.weights,
        "state_b": found.sequence * made.served.batch,
    }


def _phase(phase: PhaseSummary) -> Document:
    return {
        "name": phase.name,
        "seconds": phase.seconds,
        "share": phase.share,
        "outputs": phase.tokens,
        "clock_mhz": 1e-6 * phase.hertz,
        "clock_reason": phase.reason,
        "bound": phase.bound,
        "operations": {f"{unit} {form}": count for (unit, form), count in phase.operations.items()},
        "bytes": dict(phase.moved),
        "sent_bytes": dict(phase.sent),
        "path_bytes": dict(phase.carried),
        "utilisation": dict(phase.utilisation),
        "joules": dict(phase.joules),
        "watts_by_cause": {cause.value: watts for cause, watts in phase.causes.items()},
        "board_w": phase.board,
        "package_w": phase.package,
    }


def _swing(swing: Swing) -> Document:
    return {
        **_constant(swing.constant),
        "base": dict(swing.base),
        "at_low": dict(swing.low),
        "at_high": dict(swing.high),
    }


def _constant(each: Constant) -> Document:
    return {
        "name": each.name,
        "value": each.value,
        "low": each.low,
        "high": each.high,
        "unit": each.unit,
        "confidence": each.confidence,
        "source": each.source,
    }
