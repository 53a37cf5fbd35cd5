"""The design-review PDF."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import matplotlib as mpl
from reportlab import rl_config
from reportlab.platypus import Flowable, PageBreak

from thermal.report import pdf_fonts
from thermal.report.pdf_cover import Cover
from thermal.report.pdf_evidence import evidence
from thermal.report.pdf_findings import Findings, Section
from thermal.report.pdf_inputs import assumptions, provenance
from thermal.report.pdf_maps import close_ups, heat, power
from thermal.report.pdf_package import package, plans
from thermal.report.pdf_page import Closing, Heading, Pages, Review
from thermal.report.pdf_power import CONSTANTS_LEAD, constant_table, workload
from thermal.report.pdf_power import LEAD as WORKLOAD_LEAD
from thermal.report.pdf_runaway import LEAD, only_runaways, runaway, told
from thermal.report.pdf_sensitivity import LEAD as SENSITIVITY_LEAD
from thermal.report.pdf_sensitivity import sensitivity
from thermal.report.pdf_summary import summary
from thermal.report.pdf_tables import block_table, sensitive_table
from thermal.report.pdf_uncertainty import uncertainty
from thermal.report.sensitivity import Findings as Sensitivities
from thermal.report.wholefile import write_whole
from thermal.solution import Solution
from thermal.study import Case, Study
from thermal.uncertainty.result import Uncertainty
from thermal.viz.style import SETTINGS

SECTIONS = (
    Section(
        "summary",
        "Summary",
        "A verdict weighs T max with its numerical error bar against the limit: pass, fail, or undecided.",
        summary,
    ),
    Section(
        "package",
        "Package",
        "Heights are not to scale: they grow with the cube root of the thickness, so that thin layers can be "
        "seen. Widths are to scale. Thicknesses are in the labels.",
        package,
        mapped=True,
    ),
    Section(
        "floorplans", "Floorplans", "To scale, in the frame of the package; names where they fit.", plans
    ),
    Section(
        "power",
        "Power density",
        "One scale for all layers. Small dense blocks may lie beyond it, where the colour bar has a tip.",
        power,
        mapped=True,
    ),
    Section(
        "heat",
        "Temperatures",
        "Every layer that releases heat at half its height, on one scale. Numbers: the hottest places of a "
        "layer. Outlines: blocks, the analog, PMIC and sensor ones in light blue.",
        heat,
        mapped=True,
    ),
    Section(
        "zoom",
        "Analog, PMIC and sensor blocks, close up",
        "Blocks of least margin first, each with the grid it was solved on and with its own colour bar. "
        "Outlined: the block.",
        close_ups,
        mapped=True,
    ),
    Section(
        "blocks",
        "All blocks",
        "Least margin first. T max is the highest temperature anywhere in a block.",
        block_table,
    ),
    Section(
        "sensitive",
        "Analog, PMIC and sensor blocks",
        "Gradient: largest less smallest temperature on the block's mid-plane. Cells: across its shorter "
        "side. Wanted: accuracy_k of the design file.",
        sensitive_table,
    ),
    Section("evidence", "Numerical evidence", "", evidence),
    Section("assumptions", "Assumptions and materials", "", assumptions),
    Section("provenance", "Provenance", "", provenance),
)


UNCERTAIN = Section(
    "uncertainty",
    "Uncertain inputs",
    "What the spread of the inputs does to the highest temperature of every block. Numerical error is told "
    "apart: grey bars and brackets.",
    uncertainty,
    mapped=True,
)
"""Comes before the evidence, where inputs were varied."""


RUNAWAYS = Section("runaway", "Thermal runaway", LEAD, runaway)
"""Comes after the summary, where a scenario runs away or its margin was asked for."""


SENSITIVE = Section(
    "sensitivity",
    "Sensitivities",
    SENSITIVITY_LEAD,
    lambda findings: [] if findings.sensitivity is None else sensitivity(findings.sensitivity),
    mapped=True,
)
"""Comes before the evidence, where it was asked for."""


WORKLOAD = Section(
    "workload",
    "Workload",
    WORKLOAD_LEAD,
    lambda findings: [] if findings.workload is None else workload(findings.workload),
    mapped=True,
)
"""Comes before the temperatures, where the watts are those of a workload."""

CONSTANTS = Section(
    "constants",
    "Constants of the power model",
    CONSTANTS_LEAD,
    lambda findings: [] if findings.workload is None else [constant_table(findings.workload)],
)
"""Comes before the provenance, where the watts are those of a workload."""


def sections(findings: Findings) -> list[Section]:
    """The sections of a report, in their order."""
    found = list(SECTIONS)
    if told(findings.study):
        found.insert(1, RUNAWAYS)
    if findings.study.limiting.design.workload is not None:
        found.insert([section.key for section in found].index("heat"), WORKLOAD)
        found.insert([section.key for section in found].index("provenance"), CONSTANTS)
    if findings.sensitivity is not None:
        found.insert([section.key for section in found].index("evidence"), SENSITIVE)
    if findings.uncertainty is not None:
        found.insert([section.key for section in found].index("evidence"), UNCERTAIN)
    return found


def write_pdf(solutions: Sequence[Solution], path: str | Path) -> Path:
    """Write the design-review PDF of a design's solved scenarios.

    The same solutions give the same bytes. The file appears whole or not at all.

    Parameters
    ----------
    solutions
        Of one design, one a scenario; maps are drawn of the one that decides the verdict.
    path
        File to write.

    Raises
    ------
    ValueError
        No solution, or one of a bare scene, which knows neither materials' nor files' origins.
    OSError
        The file cannot be written; nothing is left of it.
    """
    if not solutions:
        raise ValueError("a report needs at least one solution")
    if any(solution.design is None for solution in solutions):
        raise ValueError("a report needs the design: solve a design, not a bare scene")
    study = Study(tuple(Case.of(solution) for solution in solutions))
    return write_review(study, solutions[study.cases.index(study.limiting)], path)


def write_review(
    study: Study,
    solution: Solution,
    path: str | Path,
    uncertainty: Uncertainty | None = None,
    sensitivity: Sensitivities | None = None,
) -> Path:
    """As `write_pdf`, from a study and the solution of its limiting case; the other fields are not needed."""
    target = Path(path)
    write_whole(target, review(Findings(study, solution, uncertainty, sensitivity)))
    return target


def write_runaways(study: Study, path: str | Path) -> Path:
    """The PDF of a study in which no scenario has a steady state: why, and what would restore one."""
    target, pages, sink = Path(path), Pages(), io.BytesIO()
    pdf_fonts.register()
    with mpl.rc_context(SETTINGS), _binary_streams():
        document = Review(sink, study.runaways[0].scene.name, pages, cover=False)
        document.build([*only_runaways(study, pages), Closing(pages)])
    write_whole(target, sink.getvalue())
    return target


def review(findings: Findings) -> bytes:
    """The document."""
    pdf_fonts.register()
    sink = io.BytesIO()
    with mpl.rc_context(SETTINGS), _binary_streams():
        pages = Pages()
        Review(sink, findings.study.limiting.design.name, pages).build(list(_story(findings, pages)))
    return sink.getvalue()


@contextmanager
def _binary_streams() -> Iterator[None]:
    """Streams as they are: reportlab's text encoding of them takes a second and a quarter more bytes."""
    before = rl_config.useA85
    rl_config.useA85 = 0
    try:
        yield
    finally:
        rl_config.useA85 = before


def _story(findings: Findings, pages: Pages) -> Iterator[Flowable]:
    chosen = sections(findings)
    yield Cover(findings, chosen)
    for section in chosen:
        yield PageBreak()
        title = section.title + (findings.of_scenario() if section.mapped else "")
        yield Heading(pages, section.key, title, section.lead)
        yield from section.make(findings)
    yield Closing(pages)
