"""Numbers and verdicts as they stand in the columns of a terminal."""

from __future__ import annotations

import math

from rich.text import Text

from thermal.limits import Verdict
from thermal.report.words import ABSENT, VERDICT_WORDS, error_bar, fixed, temperature

STYLES = {
    Verdict.PASS: "green",
    Verdict.FAIL: "bold red",
    Verdict.UNDECIDED: "bold yellow",
    Verdict.NONE: "dim",
}


def signed(kelvin: float | None, digits: int = 2) -> str:
    """A difference in K with its sign; what rounds to nothing has none."""
    if kelvin is None or not math.isfinite(kelvin):
        return ABSENT
    text = fixed(kelvin, digits)
    return f"+{text}" if float(text) > 0.0 else text


def with_error(kelvin: float, bar: float) -> str:
    """A temperature in degC with its error bar, as one column."""
    return f"{temperature(kelvin)} ±{error_bar(bar):>5}" if math.isfinite(kelvin) else ABSENT


def power(watts: float) -> str:
    """A power in W, mW or µW, to four digits at most."""
    if watts == 0.0:
        return "0 W"
    for unit, size in (("W", 1.0), ("mW", 1e-3)):
        if abs(watts) >= 0.1 * size:
            number = watts / size
            return f"{number:.4g} {unit}" if abs(number) < 1e4 else f"{number:.0f} {unit}"
    return f"{1e6 * watts:.3g} µW"


def share(part: float, whole: float) -> str:
    """A percentage."""
    return f"{100.0 * part / whole:.1f} %" if whole else ABSENT


def length(metres: float) -> str:
    """A length in µm or mm."""
    return f"{1e3 * metres:.3g} mm" if metres >= 1e-3 else f"{1e6 * metres:.3g} µm"


def verdict_word(verdict: Verdict) -> Text:
    """A verdict in its word and colour."""
    return Text(VERDICT_WORDS[verdict], STYLES[verdict])


def counted(number: int, noun: str) -> str:
    """``1 block``, ``2 blocks``, ``3 materials``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


BAR = 14
"""Letters of the longest bar."""


def bar(value: float, longest: float) -> str:
    """A bar of letters, at least one where there is anything to show; a minus where it cools."""
    if not longest > 0.0 or value == 0.0:
        return ""
    sign = "" if value > 0.0 else "-"
    return sign + "█" * max(1, round(BAR * abs(value) / longest))


def seconds(value: float) -> str:
    """A number of seconds, to a hundredth below ten."""
    return f"{value:.2f}" if value < 10.0 else f"{value:.0f}"


def relative(value: float) -> str:
    """A relative error; what double precision cannot tell from nothing is said to be below that."""
    return f"{value:.1e}" if value > 1e-16 else "below 1e-16"
