"""Charts of sensitivities as files: all of them as PDF, or one as a picture."""

from __future__ import annotations

import io
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from thermal.report.pdf_page import Closing, Heading, Pages, Review
from thermal.report.pdf_sensitivity import LEAD, sensitivity
from thermal.report.sensitivity import Findings
from thermal.report.wholefile import write_whole
from thermal.viz.sensitivity import influence_map, tornado
from thermal.viz.style import SETTINGS


def write_figures(found: Findings, path: Path) -> None:
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


def picture(found: Findings) -> Figure:
    """The influence matrix if there is one, else the chart of the first block."""
    return tornado(found.of[0]) if found.matrix is None else influence_map(found.matrix)


def document(found: Findings) -> bytes:
    """All charts and tables."""
    sink = io.BytesIO()
    in_scenario = f" · scenario {found.scenario}" if found.scenario else ""
    with mpl.rc_context(SETTINGS):
        pages = Pages()
        review = Review(sink, found.scene.name, pages, cover=False)
        title = f"Sensitivities{in_scenario}"
        review.build([Heading(pages, "sensitivity", title, LEAD), *sensitivity(found), Closing(pages)])
    return sink.getvalue()
