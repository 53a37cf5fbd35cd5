"""Numbers and verdicts in the words and units of a report: degC, mm, um."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from floorplans.schema import ZERO_CELSIUS
from thermal.limits import Verdict

if TYPE_CHECKING:
    from thermal.solution import MeshRun

ABSENT = "–"
"""Stands for a value that does not exist."""

VERDICT_WORDS = {
    Verdict.PASS: "pass",
    Verdict.FAIL: "FAIL",
    Verdict.UNDECIDED: "undecided",
    Verdict.NONE: "no limit",
}

VERDICT_SENTENCES = {
    Verdict.PASS: "Within all limits",
    Verdict.FAIL: "A limit is violated",
    Verdict.UNDECIDED: "Undecided: a limit lies inside an error bar",
    Verdict.NONE: "No limits given",
}


def celsius(kelvin: float) -> float:
    """Degrees Celsius of a temperature in K."""
    return kelvin - ZERO_CELSIUS


def temperature(kelvin: float | None, digits: int = 2) -> str:
    """A temperature given in K as a number in degC."""
    return ABSENT if kelvin is None else fixed(celsius(kelvin), digits)


def difference(kelvin: float | None, digits: int = 2) -> str:
    """A temperature difference in K."""
    return ABSENT if kelvin is None else fixed(kelvin, digits)


def error_bar(kelvin: float | None) -> str:
    """An error in K, rounded up to two digits after the point: a bar is never made to look shorter."""
    if kelvin is None or not np.isfinite(kelvin):
        return ABSENT
    return fixed(float(np.ceil(kelvin * 100.0 - 1e-9)) / 100.0, 2)


def fixed(value: float, digits: int) -> str:
    """A number with `digits` after the point and no negative zero."""
    if not np.isfinite(value):
        return ABSENT
    text = f"{value:.{digits}f}"
    return text.removeprefix("-") if float(text) == 0.0 else text


def significant(value: float, digits: int = 3) -> str:
    """A number with `digits` significant digits, never in exponent notation."""
    if not np.isfinite(value):
        return ABSENT
    whole = len(str(int(abs(value)))) if abs(value) >= 1.0 else 0
    return np.format_float_positional(
        value, precision=max(digits, whole), unique=False, fractional=False, trim="-"
    )


def watts(power: float) -> str:
    """A power in W."""
    return significant(power, 4)


def resistance(value: float | None) -> str:
    """A thermal resistance in K/W."""
    return ABSENT if value is None else significant(value, 4)


def millimetres(metres: float, digits: int = 2) -> str:
    """A length in m as a number in mm."""
    return fixed(1e3 * metres, digits)


def micrometres(metres: float) -> str:
    """A length in m as a number in um, three significant digits."""
    return significant(1e6 * metres, 3)


def percent(share: float) -> str:
    """A share of one as a number in percent."""
    return fixed(100.0 * share, 1)


def counted(n: int, noun: str, plural: str = "") -> str:
    """``1 block``, ``12 blocks``, ``1 650 000 cells`` (thin spaces)."""
    return f"{grouped(n)} {noun if n == 1 else plural or noun + 's'}"


def grouped(n: int) -> str:
    """A whole number with its thousands set apart by thin spaces."""
    return f"{n:,}".replace(",", "\u2009")


def shortened(text: str, length: int) -> str:
    """`text` with its middle left out where it is longer than `length` characters."""
    if len(text) <= length:
        return text
    tail = (length - 1) // 2
    return f"{text[: length - 1 - tail]}…{text[len(text) - tail :]}"


def newton_steps(run: MeshRun) -> str:
    """The Newton steps of a solve and the nonlinear residuals they left."""
    steps = len(run.inner)
    left = ", ".join(f"{r:.0e}" for r in run.outer[1:])
    each = " + ".join(str(n) for n in run.inner)
    return (
        f"{counted(steps, 'outer iteration')} ({each} V-cycles), residuals {left}" if steps else "none needed"
    )
