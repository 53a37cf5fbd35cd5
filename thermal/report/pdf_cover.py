"""The cover: design, verdict, what decides it, key figures, the hottest layer, contents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from reportlab.lib.colors import HexColor
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable

from thermal.limits import Verdict
from thermal.metrics import BlockMetrics, LayerMetrics
from thermal.report import pdf_fonts
from thermal.report.pdf_findings import Findings, Section
from thermal.report.pdf_page import PAGE, SMALL, TEXT, number_form, text
from thermal.report.pdf_renderer import draw_figure
from thermal.report.pdf_summary import nearest_table
from thermal.report.pdf_table import broken
from thermal.report.words import (
    VERDICT_SENTENCES,
    celsius,
    counted,
    error_bar,
    fixed,
    resistance,
    shortened,
    temperature,
    watts,
)
from thermal.scene import Scene
from thermal.study import Case
from thermal.version import __version__
from thermal.viz.maps import heat_map
from thermal.viz.scale import temperature_scale
from thermal.viz.section import ADIABATIC, cooling
from thermal.viz.style import ACCENT, HAIRLINE, INK, MUTED, VERDICT_COLOURS

EDGE = 48.0
LEFT = 400.0
"""Width of the column of words in points."""

NEAREST = 5
"""Blocks of least margin on the cover."""

SPAN = 290.0
"""Height of the map on the cover."""


class Cover(Flowable):
    """The first page.

    Parameters
    ----------
    findings
        What the report is about.
    sections
        What the contents list.
    """

    def __init__(self, findings: Findings, sections: Sequence[Section]) -> None:
        super().__init__()
        self.findings, self.sections = findings, sections

    def wrap(self, *_: float) -> tuple[float, float]:
        """The whole page."""
        return PAGE[0], PAGE[1]

    def draw(self) -> None:
        """Draw the page."""
        canvas = self.canv
        canvas.bookmarkPage("cover")
        canvas.addOutlineEntry("Cover", "cover", level=0)
        canvas.setFillColor(HexColor(ACCENT))
        canvas.rect(0, PAGE[1] - 12.0, PAGE[0], 12.0, stroke=0, fill=1)
        y = self._title(canvas, PAGE[1] - 62.0)
        y = self._verdict(canvas, y - 14.0)
        self._figures(canvas, min(y - 26.0, 340.0))
        self._nearest(canvas)
        self._map(canvas)
        self._contents(canvas)
        canvas.setFont(pdf_fonts.REGULAR, 7)
        canvas.setFillColor(HexColor(MUTED))
        canvas.drawString(
            EDGE, 26, f"thermal-floorplan {__version__} · steady state · error bars are numerical only"
        )

    def _title(self, canvas: Canvas, y: float) -> float:
        design = self.findings.study.limiting.design
        canvas.setFillColor(HexColor(MUTED))
        canvas.setFont(pdf_fonts.REGULAR, 10)
        canvas.drawString(EDGE, y, "Thermal design review")
        size = 26.0
        while size > 12.0 and pdf_fonts.width(design.name, pdf_fonts.BOLD, size) > LEFT:
            size -= 1.0
        lines = broken(pdf_fonts.shown(design.name), LEFT, pdf_fonts.BOLD, size)[:4]
        canvas.setFillColor(HexColor(INK))
        canvas.setFont(pdf_fonts.BOLD, size)
        for line in lines:
            y -= 1.25 * size
            canvas.drawString(EDGE, y, line)
        y -= 8.0
        if design.description:
            words = text(design.description, TEXT)
            high = words.wrap(LEFT, 96.0)[1]
            if high > 96.0:
                words = text(design.description[:420].rstrip() + " …", TEXT)
                high = words.wrap(LEFT, 96.0)[1]
            words.drawOn(canvas, EDGE, y - high)
            y -= high
        return y

    def _verdict(self, canvas: Canvas, y: float) -> float:
        study = self.findings.study
        verdict = study.verdict
        words = "Thermal runaway: no steady state" if study.runaways else VERDICT_SENTENCES[verdict]
        wide = pdf_fonts.width(words, pdf_fonts.BOLD, 14) + 28.0
        canvas.setFillColor(HexColor(VERDICT_COLOURS[verdict]))
        canvas.roundRect(EDGE, y - 32.0, wide, 30.0, 4.0, stroke=0, fill=1)
        canvas.setFillColor(HexColor("#ffffff"))
        canvas.setFont(pdf_fonts.BOLD, 14)
        canvas.drawString(EDGE + 14.0, y - 22.0, words)
        y -= 38.0
        for line in (self._decided(), self._counts()):
            said = text(line, TEXT)
            high = said.wrap(LEFT, 80.0)[1]
            said.drawOn(canvas, EDGE, y - high)
            y -= high + 2.0
        return y

    def _decided(self) -> str:
        case = self.findings.study.limiting
        part = case.limiting
        if part is None:
            return "The design has no blocks."
        where = f" in scenario {case.scenario}" if self.findings.many else ""
        reached = f"{temperature(part.t_max, 1)} ± {error_bar(part.error)}\u00a0°C"
        return f"{shortened(part.name, 60)} reaches {reached}{where}{_against(part)}."

    def _counts(self) -> str:
        study = self.findings.study
        number = Counter(w.figures.verdict for w in study.worst_blocks)
        number += Counter(w.figures.verdict for w in study.worst_layers)
        limited = sum(number.values()) - number[Verdict.NONE]
        if not limited:
            return "No block and no layer has a limit."
        return (
            f"{limited} limits on blocks and layers: {number[Verdict.PASS]} pass, "
            f"{number[Verdict.FAIL]} fail, {number[Verdict.UNDECIDED]} undecided"
            + (f", each in the worst of {len(study.cases)} scenarios." if self.findings.many else ".")
        )

    def _figures(self, canvas: Canvas, y: float) -> None:
        """Six key figures in two rows."""
        case = self.findings.study.limiting
        found, metrics = case.metrics.resistances, case.metrics
        hottest = max(metrics.blocks, key=lambda b: b.t_max, default=None)
        sensitive = max(metrics.sensitive, key=lambda b: b.t_max, default=None)
        kinds = len({b.kind for b in metrics.blocks})
        chiplets = len(case.design.package.chiplets)
        figures = [
            (
                "heat",
                f"{watts(case.evidence.power)} W",
                _leaking(case) + _ambient(case.scene),
            ),
            (
                "hottest block",
                f"{temperature(hottest.t_max, 1)} °C" if hottest else "–",
                hottest.name if hottest else "",
            ),
            (
                "hottest analog, PMIC, sensor",
                f"{temperature(sensitive.t_max, 1)} °C" if sensitive else "–",
                sensitive.name if sensitive else "there is none",
            ),
            ("θJA in K/W", resistance(found.theta_ja), f"θJC {resistance(found.theta_jc)}"),
            (
                "blocks",
                str(len(metrics.blocks)),
                f"{counted(kinds, 'kind')} in {counted(chiplets, 'chiplet')}",
            ),
            (
                "longest error bar",
                f"{error_bar(max((b.error for b in metrics.blocks), default=0.0))} K",
                f"{counted(case.evidence.cells, 'cell')}",
            ),
        ]
        wide = LEFT / 3.0
        for i, (name, value, note) in enumerate(figures):
            x, base = EDGE + wide * (i % 3), y - 66.0 * (i // 3)
            _figure(canvas, x, base, wide - 12.0, (name, value, note))
        if self.findings.many:
            canvas.setFont(pdf_fonts.REGULAR, 7)
            canvas.setFillColor(HexColor(MUTED))
            words = f"Figures of scenario {case.scenario}, which decides the verdict."
            canvas.drawString(EDGE, y - 124.0, shortened(words, 90))

    def _nearest(self, canvas: Canvas) -> None:
        if not self.findings.study.worst_blocks:
            return
        table = nearest_table(self.findings, NEAREST)
        _, high = table.wrap(LEFT)
        table.drawOn(canvas, EDGE, max(44.0, 172.0 - high))

    def _map(self, canvas: Canvas) -> None:
        solution = self.findings.solution
        layers = [x for x in solution.metrics.layers if x.powered]
        if not layers:
            return
        hottest = max(layers, key=lambda x: x.t_max).name
        wide = PAGE[0] - 2.0 * EDGE - LEFT - 24.0
        figure = heat_map(
            solution,
            hottest,
            scale=temperature_scale([solution]),
            size=(wide, SPAN),
            names=False,
            title=hottest,
        )
        canvas.saveState()
        canvas.translate(EDGE + LEFT + 24.0, PAGE[1] - 44.0 - SPAN)
        draw_figure(figure, canvas)
        canvas.restoreState()

    def _contents(self, canvas: Canvas) -> None:
        x, right = EDGE + LEFT + 44.0, PAGE[0] - EDGE
        step = min(16.0, (PAGE[1] - 92.0 - SPAN - 40.0) / max(1, len(self.sections)))
        y = PAGE[1] - 74.0 - SPAN
        canvas.setFillColor(HexColor(MUTED))
        canvas.setFont(pdf_fonts.REGULAR, 8)
        canvas.drawString(x, y, "Contents")
        canvas.setStrokeColor(HexColor(HAIRLINE))
        canvas.setLineWidth(0.5)
        canvas.line(x, y - 5.0, right, y - 5.0)
        for i, section in enumerate(self.sections):
            base = y - 20.0 - step * i
            canvas.setFillColor(HexColor(INK))
            canvas.setFont(pdf_fonts.REGULAR, 8.5)
            canvas.drawString(x, base, section.title)
            canvas.saveState()
            canvas.translate(right, base)
            canvas.doForm(number_form(section.key))
            canvas.restoreState()
            canvas.linkAbsolute(section.title, section.key, (x, base - 4.0, right, base + 9.0), thickness=0)


def _leaking(case: Case) -> str:
    leakage = case.evidence.leakage
    return f"{watts(leakage)} W of it leakage; " if leakage else ""


def _ambient(scene: Scene) -> str:
    side, face = ("top", scene.top) if cooling(scene.top) != ADIABATIC else ("bottom", scene.bottom)
    return f"to {fixed(celsius(face.ambient), 1)} °C at the {side}"


def _against(part: BlockMetrics | LayerMetrics) -> str:
    if part.limit is None or part.margin is None:
        return ", the hottest block"
    side = "below" if part.margin >= 0.0 else "above"
    return f", {fixed(abs(part.margin), 1)}\u00a0K {side} its limit of {temperature(part.limit, 1)}\u00a0°C"


def _figure(canvas: Canvas, x: float, y: float, width: float, words: tuple[str, str, str]) -> None:
    name, value, note = words
    canvas.setStrokeColor(HexColor(HAIRLINE))
    canvas.setLineWidth(0.5)
    canvas.line(x, y + 12.0, x + width, y + 12.0)
    canvas.setFillColor(HexColor(MUTED))
    canvas.setFont(pdf_fonts.REGULAR, 7)
    canvas.drawString(x, y, name)
    canvas.setFillColor(HexColor(INK))
    canvas.setFont(pdf_fonts.BOLD, 15)
    canvas.drawString(x, y - 19.0, value)
    said = text(shortened(note, 44), SMALL)
    high = said.wrap(width, 40.0)[1]
    said.drawOn(canvas, x, y - 25.0 - high)
