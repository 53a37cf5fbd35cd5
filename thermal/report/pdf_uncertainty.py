"""The section on uncertain inputs: intervals against limits, shares of the variance, and the inputs."""

from __future__ import annotations

from functools import partial

from reportlab.platypus import Flowable

from thermal.report.pdf_findings import Findings, look_of
from thermal.report.pdf_page import WIDTH, Beside, Drawn, text, under
from thermal.report.pdf_table import Column, Table
from thermal.report.uncertainty import (
    by_share,
    chance,
    headline,
    modelled,
    nominal,
    risk_words,
    sampled,
    tested,
)
from thermal.report.words import difference, error_bar, fixed, temperature
from thermal.uncertainty.inputs import described
from thermal.uncertainty.result import Spread, Uncertainty
from thermal.viz.uncertainty import intervals, shares

DRAWN, LISTED = 14, 24
"""Blocks in the charts, and in the table."""
TALL = 250.0
"""Of a chart, points."""


def uncertainty(findings: Findings) -> list[Flowable]:
    """Contents of the section; none without a study of the inputs."""
    found = findings.uncertainty
    if found is None:
        return []
    half = 0.49 * WIDTH
    charts: list[tuple[float, list[Flowable]]] = [
        (half, [Drawn(half, TALL, partial(draw, found, DRAWN))]) for draw in (intervals, shares)
    ]
    said = headline(found)
    return [
        text(f"{said[0].upper()}{said[1:]} {risk_words()}"),
        Beside(charts, 0.02 * WIDTH),
        *under(f"Inputs, and what they do to {found.limiting.name}", _inputs(found)),
        *under("How it was computed", *(text(f"{line[0].upper()}{line[1:]}.") for line in _method(found))),
        *under("Blocks and layers of least margin", _temperatures(found)),
    ]


def _method(found: Uncertainty) -> list[str]:
    return [sampled(found), f"In place of a solve at each: {modelled(found)}", tested(found)]


def _inputs(found: Uncertainty) -> Table:
    columns = [
        Column("input", 2.6, align="left"),
        Column("what varies", 3.4, align="left"),
        Column("nominal", 1.4),
        Column("distribution", 3.0, align="left"),
        Column("effect", 1.0, "K per sd"),
        Column("share", 0.9, "alone"),
        Column("share", 0.9, "in total"),
    ]
    worst, rows = found.limiting, []
    for i in by_share(worst):
        item = found.inputs[i]
        kind = "" if item.target == "set" else f"{item.target}: "
        rows.append(
            [
                item.name,
                f"{kind}{item.where}",
                nominal(item),
                described(item),
                difference(float(worst.slopes[i]) * item.distribution.sd),
                fixed(float(worst.first[i]), 3),
                fixed(float(worst.total[i]), 3),
            ]
        )
    return Table(columns, rows)


def _temperatures(found: Uncertainty) -> Table:
    columns = [
        Column("block or layer", 3.2, align="left"),
        Column("nominal", 1.0, "°C"),
        Column("error ±", 0.8, "K, numerical"),
        Column("P5", 0.9, "°C"),
        Column("P50", 0.9, "°C"),
        Column("P95", 0.9, "°C"),
        Column("limit", 0.9, "°C"),
        Column("margin of P95", 1.2, "K"),
        Column("P(above limit)", 1.7, "%"),
        Column("model off by", 1.0, "K at most"),
    ]
    shown = found.by_risk[:LISTED]
    return Table(columns, [_row(s) for s in shown], {(i, 7): look_of(s.verdict) for i, s in enumerate(shown)})


def _row(s: Spread) -> list[str]:
    return [
        s.name,
        temperature(s.nominal),
        error_bar(s.error),
        *(temperature(t) for t in (s.p5, s.p50, s.p95, s.limit)),
        difference(s.margin),
        chance(s),
        error_bar(s.deviation),
    ]
