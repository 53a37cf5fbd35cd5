"""Watts over a whole round of serving in equal ticks, and beside those of other blocks."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from io import StringIO

import numpy as np

from power.deployment import Deployment
from power.served import ServedPhase
from power.trace import Floats, PowerTrace, operators_trace


def ticks(found: Deployment, tick: float) -> PowerTrace:
    """Every iteration of a round, operator by operator, averaged over ticks; leakage left out.

    Where an iteration is no longer than a tick, its mean stands for it.

    Parameters
    ----------
    found
        What runs.
    tick
        [s]
    """
    areas = found.areas if found.placed else None
    lengths: list[Floats] = []
    parts: list[tuple[tuple[str, ...], Floats]] = []
    for phase in found.served.phases:
        pattern = _pattern(found, phase, areas, tick)
        count = max(1, round(phase.times))
        # Phases hold means over unequal steps, so their number need not be whole.
        lengths.append(np.tile(np.diff(pattern.edges) * (phase.seconds / (count * pattern.seconds)), count))
        parts.append((pattern.blocks, np.tile(pattern.watts, (count, 1))))
    blocks = tuple(dict.fromkeys(block for names, _ in parts for block in names))
    edges = np.concatenate([[0.0], np.cumsum(np.concatenate(lengths))])
    watts = np.concatenate([_spread(names, rows, blocks) for names, rows in parts])
    return PowerTrace(blocks, edges, watts).resampled(tick)


def _pattern(
    found: Deployment, phase: ServedPhase, areas: Mapping[str, float] | None, tick: float
) -> PowerTrace:
    """One iteration of a phase: its operators, or its mean where a tick is longer."""
    activity = phase.step.activity
    if activity.timings and activity.seconds > tick:
        return operators_trace(activity, found.hardware, areas, leakage=False)
    mean = phase.step.dissipation.power_map(areas, leakage=False)
    watts = np.array([[mean[block] for block in mean]], float)
    return PowerTrace(tuple(mean), np.array([0.0, activity.seconds]), watts)


def _spread(names: tuple[str, ...], rows: Floats, blocks: tuple[str, ...]) -> Floats:
    """Columns in the order of `blocks`; those that `names` lacks are 0."""
    found = np.zeros((rows.shape[0], len(blocks)))
    found[:, [blocks.index(name) for name in names]] = rows
    return found


def csv_of(trace: PowerTrace) -> str:
    """A trace as text: ``time_s`` and the blocks, a row where a step begins, and one where the last ends.

    Watts hold from a row to the next; those of the last row are those of the step that ends there.
    """
    rows = np.column_stack([trace.edges, np.concatenate([trace.watts, trace.watts[-1:]])])
    sink = StringIO()
    csv.writer(sink, lineterminator="\n").writerow(["time_s", *trace.blocks])
    np.savetxt(sink, rows, fmt=["%.12g", *["%.9g"] * len(trace.blocks)], delimiter=",")
    return sink.getvalue()


def beside(trace: PowerTrace, others: Mapping[str, float]) -> PowerTrace:
    """A trace with more blocks, whose watts stay as they are."""
    constant = np.tile(np.array(list(others.values()), float), (len(trace), 1))
    watts = np.concatenate([trace.watts, constant.reshape(len(trace), len(others))], axis=1)
    return PowerTrace((*trace.blocks, *others), trace.edges, watts, trace.labels)
