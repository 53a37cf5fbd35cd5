"""Charts of a workload as files: all of them as PDF, or an overview as a picture."""

from __future__ import annotations

import io
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from thermal.report.pdf_page import Closing, Heading, Pages, Review
from thermal.report.pdf_power import LEAD, constants, workload
from thermal.report.power import PowerFindings
from thermal.report.wholefile import write_whole
from thermal.viz.roofline import roofline
from thermal.viz.style import SETTINGS
from thermal.viz.workload import energy_breakdown, heat_maps, phase_maps


def write_figures(found: PowerFindings, path: Path) -> None:
    """Write the charts; the ending of the name says how.

    Raises
    ------
    OSError
        The file cannot be written; nothing is left of it.
    """
    kind = path.suffix.lower().removeprefix(".")
    if kind == "pdf":
        write_whole(path, document(found))
        return
    sink = io.BytesIO()
    metadata = {"Date": None} if kind == "svg" else None
    with mpl.rc_context(SETTINGS):
        picture(found).savefig(sink, format=kind, metadata=metadata)
    write_whole(path, sink.getvalue())


def picture(found: PowerFindings) -> Figure:
    """Heat maps if temperatures are known; else bars of the variants, power maps by phase, or a roofline."""
    if any(run.solution is not None for run in found.runs):
        return heat_maps(found.runs)
    if len(found.runs) > 1:
        return energy_breakdown(found.runs, (520.0, 70.0 + 22.0 * len(found.runs)))
    return phase_maps(found.base, found.scene) if found.base.deployment.placed else roofline(found.base)


def document(found: PowerFindings) -> bytes:
    """All charts and tables, and the constants behind them."""
    sink = io.BytesIO()
    with mpl.rc_context(SETTINGS):
        pages = Pages()
        review = Review(sink, found.scene.name, pages, cover=False)
        parts = [Heading(pages, "workload", "Workload", LEAD), *workload(found), *constants(found, pages)]
        review.build([*parts, Closing(pages)])
    return sink.getvalue()
