"""The outcome of the built-in cases as a document, for the terminal, and as one line of the PDF."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group
from rich.text import Text

from thermal.limits import Verdict
from thermal.report.document import Document
from thermal.report.tables import pairs_of_words, table
from thermal.report.terminal_words import STYLES, counted
from thermal.report.words import celsius, significant
from thermal.verify.check import Check, Outcome
from thermal.version import __version__

SCHEMA = "thermal-floorplan/verify/1"
UNIT_WORDS = {"K": "°C", "dK": "K"}
"""Units as they are shown; others as they are."""


def verify_document(outcomes: Sequence[Outcome]) -> Document:
    """The document; temperatures in degC, differences, errors and bars in K."""
    return {
        "schema": SCHEMA,
        "version": __version__,
        "within": all(outcome.within for outcome in outcomes),
        "cases": [
            {
                "case": outcome.case.key,
                "title": outcome.case.title,
                "within": outcome.within,
                "checks": [_row(check) for check in outcome.checks],
            }
            for outcome in outcomes
        ],
    }


def _row(check: Check) -> Document:
    return {
        "quantity": check.quantity,
        "unit": UNIT_WORDS.get(check.unit, check.unit),
        "exact": _shown(check, check.exact),
        "computed": _shown(check, check.computed),
        "error": check.error,
        "bar": check.bar,
        "within": check.within,
    }


def _shown(check: Check, value: float) -> float:
    return celsius(value) if check.unit == "K" else value


def verify_report(outcomes: Sequence[Outcome]) -> Group:
    """Verdict and a table a case, for 80 columns or more."""
    made = table("quantity", "exact", "computed", "error", "bar ±", "verdict", left=("quantity", "verdict"))
    for number, outcome in enumerate(outcomes):
        if number:
            made.add_section()
        made.add_row(Text(outcome.case.key, "bold"))
        for check in outcome.checks:
            made.add_row(
                f" {check.quantity}{_unit(check)}",
                _number(check, check.exact),
                _number(check, check.computed),
                _small(check.error, "+"),
                _small(check.bar),
                _verdict(check.within),
            )
    titles = pairs_of_words([(outcome.case.key, outcome.case.title) for outcome in outcomes])
    return Group(_headline(outcomes), Text(), titles, Text(), made)


def _unit(check: Check) -> str:
    unit = UNIT_WORDS.get(check.unit, check.unit)
    return f" {unit}" if unit else ""


def _small(value: float, sign: str = "") -> str:
    """An error in seven characters."""
    if value == 0.0:
        return "0"
    return f"{value:{sign}.3f}" if 1e-3 <= abs(value) < 100.0 else f"{value:{sign}.0e}"


def _number(check: Check, value: float) -> str:
    shown = _shown(check, value)
    if check.unit == "K" or 1e-3 <= abs(shown) < 1e3:
        return f"{shown:.4f}"
    return "0" if shown == 0.0 else f"{shown:.1e}"


def _verdict(within: bool) -> Text:
    return Text("within", STYLES[Verdict.PASS]) if within else Text("OUTSIDE", STYLES[Verdict.FAIL])


def _headline(outcomes: Sequence[Outcome]) -> Text:
    checks = [check for outcome in outcomes for check in outcome.checks]
    out = sum(not check.within for check in checks)
    word = Text("WITHIN", STYLES[Verdict.PASS]) if not out else Text("OUTSIDE", STYLES[Verdict.FAIL])
    many = counted(len(checks), "quantity").replace("quantitys", "quantities")
    said = f"all {many}" if not out else f"{out} of {many}"
    where = "within their error bars" if not out else "outside their error bars"
    return word.append(f"  {counted(len(outcomes), 'case')} with known answers: {said} {where}", "default")


def evidence_line(outcomes: Sequence[Outcome]) -> str:
    """One sentence; rounded, so that the last bits of a machine do not show."""
    good = sum(outcome.within for outcome in outcomes)
    rises = [check for outcome in outcomes for check in outcome.checks if check.unit == "K"]
    said = f"Exact cases on this machine: {good} of {len(outcomes)} within their error bars"
    if not rises:
        return f"{said}."
    worst = max(rises, key=lambda check: (check.share, check.bar))
    error, bar = significant(abs(worst.error), 2), significant(worst.bar, 2)
    return f"{said}; the nearest to its bar is {error} K off, of {bar} K. `thermal verify` runs them all."
