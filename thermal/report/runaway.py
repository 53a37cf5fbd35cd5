"""Thermal runaway in words: how far away it is, or how far a design is beyond it."""

from __future__ import annotations

from thermal.report.words import grouped, temperature, watts
from thermal.runaway import RunawayMargin, explained, remedies


def gain_words(gain: float) -> str:
    """What a loop gain says."""
    return f"feeds back with a loop gain of {gain:.2g}; 1 is thermal runaway"


def margin_words(margin: RunawayMargin) -> list[tuple[str, str]]:
    """A margin as names and what they are."""
    if margin.t_critical is None:
        return [("runaway", explained(margin))]
    stable = margin.stable
    rows = [("runaway at", "; ".join(remedies(margin)))] if stable else [("why", _why(margin))]
    if not stable:
        rows.append(("to restore", "; or ".join(remedies(margin))))
    rows.append(("critical", _critical(margin)))
    found = f"by continuation on a mesh of {grouped(margin.cells)} cells"
    if margin.extended:
        found += f"; beyond the known range of {', '.join(margin.extended)}, continued from its end"
    rows.append(("found", found))
    return rows


def _why(margin: RunawayMargin) -> str:
    return (
        f"there is no steady state: with {watts(margin.dynamic)} W dissipated besides, leakage grows faster "
        "than its heat can leave"
    )


def _critical(margin: RunawayMargin) -> str:
    leaked = "" if margin.leakage is None else f", with {watts(margin.leakage)} W of leakage in all"
    last = f"{temperature(margin.t_critical, 1)} °C at the last steady state"
    return f"{margin.critical}: a place in it heats fastest, {last}{leaked}"
