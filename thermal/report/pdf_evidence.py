"""The numerical evidence: mesh, iterations, residuals, energy balance, error bars."""

from __future__ import annotations

from functools import partial

import numpy as np
from reportlab.platypus import Flowable

from thermal.report.pdf_findings import Findings
from thermal.report.pdf_page import SUBHEAD, WIDTH, Beside, Drawn, text, under
from thermal.report.pdf_table import Column, Table
from thermal.report.verification import evidence_line
from thermal.report.words import (
    ABSENT,
    counted,
    difference,
    error_bar,
    fixed,
    grouped,
    micrometres,
    newton_steps,
    significant,
    temperature,
    watts,
)
from thermal.solution import Evidence, MeshRun
from thermal.study import Case
from thermal.verify.run import quick
from thermal.viz import convergence

LONGEST = 8
"""Blocks of the longest error bars that are listed."""

BARS = (
    "Each design is solved on three nested meshes: one of twice the cell size, one with the columns of that "
    "and heights halved, and the reported one, with columns halved too. What halving the columns and "
    "halving the heights changes adds up, whatever the signs; the error bar is the root of the sum of "
    "squares for maximum and mean. It bounds what is left if the method converges with first order or better."
)

VERDICTS = (
    "It is a numerical error only: it knows nothing of wrong materials, coefficients or watts. A verdict is "
    "pass where even T max + error is within the limit, fail where even T max − error is above it, and "
    "undecided otherwise."
)

ROUNDING = 1e-16


def evidence(findings: Findings) -> list[Flowable]:
    """Contents of the section."""
    left = [text("Convergence", SUBHEAD), _history(findings)]
    right: list[Flowable] = [text("What the error bars are", SUBHEAD), *(text(x) for x in _about(findings))]
    return [
        _meshes(findings),
        Beside([(0.5 * WIDTH, left), (0.48 * WIDTH, right)], 0.02 * WIDTH),
        *under(f"The longest error bars{findings.of_scenario()}", _errors(findings)),
    ]


def _history(findings: Findings) -> Flowable:
    runs = {case.scenario: case.evidence for case in findings.study.cases}
    return Drawn(0.5 * WIDTH, 190.0, partial(convergence.residual_history, runs))


def _meshes(findings: Findings) -> Table:
    columns = [
        Column("scenario", 1.6, align="left"),
        Column("mesh", 1.7, align="left"),
        Column("cells", 1.3),
        Column("columns", 1.1),
        Column("along z", 0.8),
        Column("cell sizes", 1.6, "µm, in plane"),
        Column("iterations", 1.0),
        Column("residual", 1.1, "relative"),
        Column("balance", 1.2, "relative"),
        Column("heat in", 0.9, "W"),
        Column("out: top", 0.9, "W"),
        Column("bottom", 0.9, "W"),
        Column("sides", 0.9, "W"),
    ]
    rows = [row for case in findings.study.cases for row in _runs(case)]
    return Table(columns, rows)


def _runs(case: Case) -> list[list[str]]:
    found = case.evidence
    sizes = f"{micrometres(found.smallest)} – {micrometres(found.largest)}"
    heat = [
        watts(found.power),
        watts(found.heat_top),
        watts(found.heat_bottom),
        _small(found.heat_sides, found),
    ]
    return [
        [case.scenario, "reported", *_run(found.fine, sizes), *heat],
        ["", "columns twice as wide", *_run(found.mixed, ""), "", "", "", ""],
        ["", "twice as coarse", *_run(found.coarse, ""), "", "", "", ""],
    ]


def _run(run: MeshRun, sizes: str) -> list[str]:
    return [
        grouped(run.cells),
        grouped(run.columns),
        str(run.layers),
        sizes,
        str(run.iterations),
        f"{run.residuals[-1]:.1e}" if run.residuals else "0",
        relative(run.energy_balance_rel),
    ]


def relative(value: float) -> str:
    """A relative error; what double precision cannot tell from nothing is said to be below that."""
    return f"{value:.1e}" if value > ROUNDING else "below 1e-16"


def _small(heat: float, found: Evidence) -> str:
    # What is left over when the other faces are taken away is rounding where no side is cooled.
    return "0" if abs(heat) <= 1e-9 * abs(found.power) else watts(heat)


def _about(findings: Findings) -> list[str]:
    found = findings.solution.evidence
    errors = np.array([b.error for b in findings.solution.metrics.blocks])
    words = [BARS, VERDICTS]
    if errors.size:
        half, longest = error_bar(float(np.median(errors))), error_bar(float(errors.max()))
        words.append(
            f"{counted(int(errors.size), 'block')}: half of the error bars are below {half} K, the longest "
            f"is {longest} K. {counted(found.unknowns, 'cell')} hold material; the iteration stops at a "
            f"residual of {found.tolerance:g}."
        )
    if found.fine.outer:
        words.append(f"Newton: {newton_steps(found.fine)}; on the coarser mesh {newton_steps(found.coarse)}.")
    return [*words, evidence_line(quick())]


def _errors(findings: Findings) -> Flowable:
    solution = findings.solution
    pairs = list(zip(solution.metrics.blocks, solution.block_errors, strict=True))
    order = sorted(range(len(pairs)), key=lambda i: (-pairs[i][0].error, i))[:LONGEST]
    if not order:
        return text("The design has no blocks.")
    columns = [
        Column("block", 3.4, align="left"),
        Column("cells", 0.8, "across"),
        Column("T max", 1.2, "°C"),
        Column("columns", 1.0, "K"),
        Column("heights", 1.0, "K"),
        Column("T avg", 1.2, "°C"),
        Column("columns", 1.0, "K"),
        Column("heights", 1.0, "K"),
        Column("error ±", 1.0, "K"),
        Column("asked", 0.9, "K"),
        Column("margin", 1.0, "K"),
    ]
    rows = []
    for i in order:
        block, bar = pairs[i]
        rows.append(
            [
                block.name,
                fixed(block.cells_across, 1),
                temperature(block.t_max, 3),
                difference(bar.maximum.plane, 3),
                difference(bar.maximum.height, 3),
                temperature(block.t_avg, 3),
                difference(bar.mean.plane, 3),
                difference(bar.mean.height, 3),
                significant(block.error, 3),
                significant(block.accuracy, 2) if block.accuracy else ABSENT,
                difference(block.margin),
            ]
        )
    return Table(columns, rows)
