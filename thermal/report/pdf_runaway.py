"""The section on thermal runaway: scenarios without a steady state, and margins of those that have one."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from reportlab.platypus import CondPageBreak, Flowable

from thermal.report.pdf_findings import Findings
from thermal.report.pdf_page import SUBHEAD, WIDTH, Beside, Drawn, Heading, Pages, text
from thermal.report.runaway import margin_words
from thermal.runaway import RunawayMargin
from thermal.study import Study
from thermal.viz.runaway import branch

LEAD = (
    "Leakage grows with temperature. Beyond a fold of the steady states its heat can no longer leave, and "
    "temperatures rise until something gives. Each margin is what changes alone."
)
TALL = 230.0
"""Of a chart, points."""


def told(study: Study) -> bool:
    """Whether there is anything to say."""
    return bool(study.runaways) or any(case.margin is not None for case in study.cases)


def runaway(findings: Findings) -> list[Flowable]:
    """Contents of the section."""
    return list(_parts(findings.study))


def only_runaways(study: Study, pages: Pages) -> list[Flowable]:
    """All pages of a report without any steady state."""
    name = study.runaways[0].scene.name
    said = "No temperatures can be reported: there is no steady state."
    return [Heading(pages, "runaway", f"{name}: thermal runaway", LEAD), text(said), *_parts(study)]


def _parts(study: Study) -> Iterator[Flowable]:
    for error in study.runaways:
        yield from _part(f"Scenario {error.scenario}: no steady state", error.margin)
    for case in study.cases:
        if case.margin is not None:
            yield from _part(f"Scenario {case.scenario}: margin", case.margin)


def _part(heading: str, margin: RunawayMargin) -> Iterator[Flowable]:
    yield CondPageBreak(TALL + 30.0)
    yield text(heading, SUBHEAD)
    said: list[Flowable] = [
        text(f"{name[0].upper()}{name[1:]}: {what}.") for name, what in margin_words(margin)
    ]
    if not margin.curve:
        yield from said
        return
    chart = Drawn(0.47 * WIDTH, TALL, partial(branch, margin))
    yield Beside([(0.5 * WIDTH, said), (0.47 * WIDTH, [chart])], 0.03 * WIDTH)
