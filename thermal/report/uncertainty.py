"""A study of uncertain inputs as a document and for the terminal."""

from __future__ import annotations

import math
from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from thermal.limits import Verdict
from thermal.report.document import Document
from thermal.report.tables import pairs_of_words, table
from thermal.report.terminal_words import STYLES, counted, signed, with_error
from thermal.report.words import celsius, fixed, significant, temperature
from thermal.uncertainty.inputs import Input, described
from thermal.uncertainty.result import RISK, Spread, Uncertainty
from thermal.version import __version__

SCHEMA = "thermal-floorplan/uncertainty/1"
MOST = 12
METHODS = {"sobol": "Sobol", "lhs": "Latin-hypercube"}
WORDS = {Verdict.PASS: "PASS", Verdict.FAIL: "FAIL", Verdict.UNDECIDED: "UNDECIDED", Verdict.NONE: ""}


def uncertainty_document(found: Uncertainty) -> Document:
    """The document; temperatures in degC, differences in K, probabilities from 0 to 1."""
    checked = found.checked
    return {
        "schema": SCHEMA,
        "version": __version__,
        "design": found.solution.scene.name,
        "scenario": found.solution.scenario,
        "verdict": found.verdict.value,
        "probability_any": found.probability,
        "samples": found.samples,
        "method": found.method,
        "seed": found.seed,
        "cells": found.cells,
        "solves": found.solves,
        "model": {
            "direct": checked.direct,
            "second_order": checked.second_order,
            "checks": checked.solves,
            "runaway": checked.runaway,
            "linear_deviation_k": checked.linear[0],
            "linear_deviation_share": checked.linear[1],
            "deviation_k": checked.final[0],
            "deviation_share": checked.final[1],
        },
        "inputs": [_input(item) for item in found.inputs],
        "blocks": [_spread(s, found.inputs) for s in found.spreads if s.kind is not None],
        "layers": [_spread(s, found.inputs) for s in found.spreads if s.kind is None],
    }


def _input(item: Input) -> Document:
    law = item.distribution
    return {
        "name": item.name,
        item.target: item.where,
        "nominal": item.base if item.target == "set" else None,
        "relative": item.relative,
        "unit": item.unit,
        "law": law.law,
        "parameters": list(law.parameters),
        "min": law.low,
        "max": law.high,
        "mean": law.mean,
        "sd": law.sd,
    }


def _spread(spread: Spread, inputs: tuple[Input, ...]) -> Document:
    return {
        "name": spread.name,
        "kind": spread.kind.value if spread.kind is not None else None,
        "nominal_c": celsius(spread.nominal),
        "error_k": spread.error,
        "p5_c": celsius(spread.p5),
        "p50_c": celsius(spread.p50),
        "p95_c": celsius(spread.p95),
        "mean_c": celsius(spread.mean),
        "sd_k": spread.sd,
        "limit_c": None if spread.limit is None else celsius(spread.limit),
        "probability": spread.probability,
        "probability_with_error": spread.probable,
        "model_deviation_k": spread.deviation,
        "inputs": [
            {
                "name": item.name,
                "k_per_unit": float(spread.slopes[i]),
                "k_per_sd": float(spread.slopes[i]) * item.distribution.sd,
                "first": float(spread.first[i]),
                "total": float(spread.total[i]),
            }
            for i, item in enumerate(inputs)
        ],
    }


def uncertainty_report(found: Uncertainty, everything: bool = False) -> Group:
    """The study for a terminal of 80 columns or more."""
    return Group(*_parts(found, everything))


def _parts(found: Uncertainty, everything: bool) -> Iterator[RenderableType]:
    yield _headline(found)
    shown = found.by_risk if everything else found.by_risk[:MOST]
    left = len(found.spreads) - len(shown)
    rest = f" ({len(shown)} of {len(found.spreads)}; --all-blocks shows the other {left})" if left else ""
    yield from _section(f"Highest temperatures, least margin of P95 first{rest}", _temperatures(shown))
    yield Text(" ± numerical error of the nominal solve; in brackets: with it taken off and added", "dim")
    yield from _section(f"Inputs, and what they do to {found.limiting.name}", _inputs(found))
    yield Text(" first: share of the variance explained alone; total: with interactions too", "dim")
    yield from _section("How it was computed", pairs_of_words(_evidence(found)))


def _section(heading: str, content: RenderableType) -> Iterator[RenderableType]:
    yield Text()
    yield Text(heading, "bold")
    yield Padding(content, (0, 0, 0, 1), expand=False)


def _headline(found: Uncertainty) -> Text:
    verdict = found.verdict
    line = Text(WORDS[verdict], STYLES[verdict]).append("  " if WORDS[verdict] else "", "default")
    line.append(f"{found.solution.scene.name}: {headline(found)}", "default")
    return line


def headline(found: Uncertainty) -> str:
    """What the study found, in a sentence or two."""
    worst = found.limiting
    if worst.margin is None:
        return f"no limits given; {worst.name} reaches {temperature(worst.p95)} °C (P95)."
    side = "below" if worst.margin >= 0.0 else "above"
    said = (
        f"a limit is violated with a probability of {percent(found.probability)} %; "
        f"P95 of {worst.name} is {abs(worst.margin):.2f} K {side} its limit."
    )
    if found.checked.runaway:
        said += f" {found.checked.runaway} of {found.checked.solves} solved points have no steady state."
    return said


def percent(probability: float | None) -> str:
    """A probability in percent, to a tenth; nothing is said to be below that."""
    if probability is None:
        return "–"
    return "<0.1" if 0.0 <= probability < 5e-4 else fixed(100.0 * probability, 1)


def chance(spread: Spread) -> str:
    """Probability of violating the limit, and with the numerical error taken off and added."""
    if spread.probability is None or spread.probable is None:
        return "–"
    low, high = (percent(p) for p in spread.probable)
    said = percent(spread.probability)
    return said if low == high == said else f"{said} ({low}–{high})"


def _temperatures(shown: tuple[Spread, ...]) -> Table:
    made = table("block", "nominal °C", "P5", "P50", "P95", "limit", "P(>limit) %", left=("block",))
    for s in shown:
        made.add_row(
            s.name,
            with_error(s.nominal, s.error),
            *(temperature(t, 1) for t in (s.p5, s.p50, s.p95, s.limit)),
            chance(s),
        )
    return made


def _inputs(found: Uncertainty) -> Table:
    made = table(
        "input", "nominal", "distribution", "K per sd", "first", "total", left=("input", "distribution")
    )
    made.columns[0].no_wrap = made.columns[2].no_wrap = False
    worst = found.limiting
    for i in by_share(worst):
        item = found.inputs[i]
        made.add_row(
            item.name,
            nominal(item),
            described(item),
            signed(float(worst.slopes[i]) * item.distribution.sd),
            fixed(float(worst.first[i]), 3),
            fixed(float(worst.total[i]), 3),
        )
    return made


def by_share(spread: Spread) -> list[int]:
    """Positions of the inputs, those that explain most of a spread first."""
    return sorted(range(spread.total.size), key=lambda i: (-float(spread.total[i]), i))


def nominal(item: Input) -> str:
    """The nominal value with its unit; nothing for a factor on watts or a material."""
    return "" if item.target != "set" else f"{significant(item.base, 4)} {item.unit}"


def _evidence(found: Uncertainty) -> list[tuple[str, str]]:
    return [("samples", sampled(found)), ("model", modelled(found)), ("checks", tested(found))]


def sampled(found: Uncertainty) -> str:
    """How the inputs were sampled."""
    many = counted(found.samples, f"{METHODS[found.method]} sample")
    return f"{many} of {counted(len(found.inputs), 'input')}, seed {found.seed}"


def modelled(found: Uncertainty) -> str:
    """What stood for the solver at the samples."""
    where = f"{counted(found.solves, 'solve')} on {found.cells:,} cells, twice as large as those of a solve"
    kind = "tangents, squares and products" if found.checked.second_order else "tangents"
    if found.checked.direct:
        return f"none: every sample was solved; shares are from {kind}; {where}"
    return f"{kind} from {where}"


def tested(found: Uncertainty) -> str:
    """How far the model is from new solves."""
    checked = found.checked
    corners = "" if checked.direct else ", two of them at corners"
    said = (
        f"{counted(checked.solves, 'new solve')}{corners}: the linear model is off by {_off(checked.linear)}"
    )
    if checked.second_order:
        said += f", with squares and products by {_off(checked.final)}"
    if checked.runaway:
        lost = "counted as violating every limit" if checked.direct else "which the model does not know"
        said += f"; {checked.runaway} have no steady state, {lost}"
    return said


def _off(deviation: tuple[float, float]) -> str:
    if not math.isfinite(deviation[0]):
        return "an unknown amount"
    return f"{deviation[0]:.2g} K ({100.0 * deviation[1]:.2g} % of a width P5 to P95) at most"


def risk_words() -> str:
    """When a design does not hold its limits in a study."""
    return f"A design holds a limit when it is violated with a probability of less than {100.0 * RISK:g} %."
