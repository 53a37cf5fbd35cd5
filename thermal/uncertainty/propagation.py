"""From uncertain inputs to the spread of temperatures: slopes, checks by new solves, samples, shares."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from floorplans.diagnostics import Diagnostic, InputError, Span
from thermal.clock import Progress
from thermal.design import Design
from thermal.kernels.arrays import Floats
from thermal.mesh.resolution import Resolution
from thermal.solution import Solution
from thermal.uncertainty.distribution import Distribution
from thermal.uncertainty.inputs import Input
from thermal.uncertainty.response import NoState, Place, Response
from thermal.uncertainty.result import Checked, Spread, Uncertainty
from thermal.uncertainty.sampling import Method, points, rounded_up
from thermal.uncertainty.surrogate import Surrogate
from thermal.uncertainty.vary import EXAMPLES

SAMPLES, DIRECT_SAMPLES, CHECKS, SEED = 8192, 64, 8, 1
ACCEPTED = 0.05
"""Deviation of the linear model from new solves, over the width from P5 to P95, beyond which squares and
products are added."""
PRODUCTS = 15
"""Pairs of inputs whose product is measured at most, those with the largest effects first."""


def propagate(
    solution: Solution,
    *,
    resolution: Resolution | None = None,
    samples: int | None = None,
    method: Method = "sobol",
    seed: int = SEED,
    checks: int = CHECKS,
    direct: bool = False,
    tolerance: float = 1e-8,
    constant_k: bool = False,
    leakage: bool = True,
    progress: Progress | None = None,
) -> Uncertainty:
    """What the uncertain inputs of a solved design do to its temperatures.

    Parameters
    ----------
    solution
        Of a design with an ``uncertainty:`` section.
    resolution
        That of the solution; the study uses cells twice as large.
    samples, method, seed
        Number of samples (for ``sobol`` the next power of two; default `SAMPLES`, or `DIRECT_SAMPLES`), kind
        of sequence, and its seed.
    checks
        Random points at which the model is compared with new solves, besides the two corners.
    direct
        Whether every sample is solved anew and no model stands for it; the samples are then the checks, and
        one without a steady state violates every limit.
    tolerance
        Of the iterations.
    constant_k, leakage
        Those of the solution, as for `thermal.solve`.
    progress
        Called with the stage and how far it is.

    Raises
    ------
    InputError
        The design has no uncertain inputs, or a value within their reach is not possible.
    NoConvergence
        The design as it is cannot be solved on the mesh of the study.
    """
    design = solution.design
    if design is None:
        raise ValueError("a study of inputs needs the design: solve a design, not a bare scene")
    check_varies(design)
    report = progress or (lambda *_: None)
    laws = [item.distribution for item in design.uncertainty]
    places = _places(solution)
    response = Response(
        design,
        solution.scene,
        design.uncertainty,
        places,
        (resolution or Resolution()).coarsened(),
        tolerance,
        report,
        solution.field,
        constant_k,
        leakage,
    )
    slopes = []
    for i, item in enumerate(design.uncertainty):
        report(f"slope of {item.name}", i / len(laws))
        slopes.append(response.slope(i))
    linear = Surrogate.linear_only(response.nominal, response.base, np.array(slopes).T)
    count = rounded_up(samples or (DIRECT_SAMPLES if direct else SAMPLES), method)
    x = points(laws, count, method, seed)
    tested = _Solved.at(x if direct else _checkpoints(linear, laws, checks, seed), response, report)
    widths = _widths(linear.at(x))
    first = tested.deviations(linear)
    final, model = first, linear
    if _worst(first, widths)[1] > ACCEPTED:
        model = second_order(response, linear, design.uncertainty, report)
        final = tested.deviations(model)
    checked = Checked(
        solves=len(tested.x),
        runaway=tested.runaway,
        linear=_worst(first, widths),
        final=_worst(final, widths),
        second_order=model is not linear,
        direct=direct,
    )
    shift = (tested.t if direct else model.at(x)) - response.base
    found = _spreads(solution, places, model, linear.linear, shift, final)
    return Uncertainty(
        solution=solution,
        inputs=design.uncertainty,
        spreads=found,
        checked=checked,
        samples=x.shape[0],
        method=method,
        seed=seed,
        cells=response.cells,
        solves=response.solves,
        probability=_any(found, shift),
    )


def check_varies(design: Design) -> None:
    """Refuse a design without uncertain inputs.

    Raises
    ------
    InputError
        It has none.
    """
    if not design.uncertainty:
        message = (
            "no input is uncertain: give the design an 'uncertainty:' section, or name inputs on the command"
        )
        message += f" line: --vary {EXAMPLES}"
        raise InputError(Diagnostic(Span(design.source.file), message))


def _places(solution: Solution) -> list[Place]:
    metrics = solution.metrics
    blocks = [Place(b.name, layer=False) for b in metrics.blocks if np.isfinite(b.t_max)]
    layers = [
        Place(x.name, layer=True) for x in metrics.layers if x.limit is not None and np.isfinite(x.t_max)
    ]
    return blocks + layers


def _checkpoints(linear: Surrogate, laws: Sequence[Distribution], checks: int, seed: int) -> Floats:
    """Random points, and the corners at which every input is at its P95 or P5 for the hottest place."""
    random = points(laws, rounded_up(checks, "sobol"), "sobol", seed + 1)[:checks]
    hottest = int(np.argmax(linear.base))
    low, high = (np.array([law.quantile(p) for law in laws]) for p in (0.05, 0.95))
    heats = linear.linear[hottest] > 0.0
    return np.vstack([random, np.where(heats, high, low), np.where(heats, low, high)])


@dataclass(frozen=True, eq=False)
class _Solved:
    """New solves: inputs ``[points, inputs]`` and K ``[points, places]``, infinite without a steady state."""

    x: Floats
    t: Floats

    @classmethod
    def at(cls, x: Floats, response: Response, report: Progress) -> _Solved:
        t = np.full((x.shape[0], response.base.size), np.inf)
        for i, point in enumerate(x):
            report("solve at samples", i / x.shape[0])
            with suppress(NoState):
                t[i] = response.at(point)
        return cls(x, t)

    @property
    def runaway(self) -> int:
        """Points without a steady state."""
        return int(np.count_nonzero(np.isinf(self.t[:, 0])))

    def deviations(self, model: Surrogate) -> Floats:
        """Largest |model - solve| of every place, K; infinite where no point could be solved."""
        steady = np.isfinite(self.t[:, 0])
        if not steady.any():
            return np.full(model.base.size, np.inf)
        return np.asarray(np.abs(model.at(self.x[steady]) - self.t[steady]).max(axis=0))


def _widths(t: Floats) -> Floats:
    low, high = np.quantile(t, [0.05, 0.95], axis=0)
    return np.asarray(high - low)


def _worst(deviations: Floats, widths: Floats) -> tuple[float, float]:
    """Largest deviation in K, and over the width from P5 to P95."""
    return float(deviations.max()), float((deviations / np.maximum(widths, 1e-12)).max())


def second_order(
    response: Response, linear: Surrogate, inputs: Sequence[Input], report: Progress
) -> Surrogate:
    """Squares from new solves at P5 and P95 of every input, products from solves at pairs of P95.

    A direction in which there is no steady state keeps its tangent.
    """
    n = len(inputs)
    low, high = (np.array([x.distribution.quantile(p) for x in inputs]) for p in (0.05, 0.95))
    slopes, squares = linear.linear.copy(), np.zeros_like(linear.linear)
    ends: dict[int, Floats] = {}
    for i in range(n):
        report("squares", i / n)
        down, up = (_one(response, {i: float(end[i])}) for end in (low, high))
        if up is None or down is None:
            continue
        u, v = high[i] - response.nominal[i], low[i] - response.nominal[i]
        a, b = (up - response.base) / u, (down - response.base) / v
        squares[:, i] = (a - b) / (u - v)
        slopes[:, i] = a - squares[:, i] * u
        ends[i] = up
    products = np.zeros_like(linear.products)
    chosen = _pairs(linear, inputs, list(ends))
    for done, (i, j) in enumerate(chosen):
        report("products", done / len(chosen))
        corner = _one(response, {i: float(high[i]), j: float(high[j])})
        if corner is not None:
            area = (high[i] - response.nominal[i]) * (high[j] - response.nominal[j])
            products[:, i, j] = (corner - ends[i] - ends[j] + response.base) / area
    return Surrogate(linear.centre, linear.base, slopes, squares, products)


def _one(response: Response, values: dict[int, float]) -> Floats | None:
    x = response.nominal.copy()
    for i, value in values.items():
        x[i] = value
    try:
        return response.at(x)
    except NoState:
        return None


def _pairs(linear: Surrogate, inputs: Sequence[Input], among: list[int]) -> list[tuple[int, int]]:
    effect = np.abs(linear.linear).max(axis=0) * [x.distribution.sd for x in inputs]
    both = [(i, j) for i in among for j in among if i < j]
    return sorted(both, key=lambda pair: -effect[pair[0]] * effect[pair[1]])[:PRODUCTS]


def _any(spreads: Sequence[Spread], shift: Floats) -> float | None:
    """Probability that any limit is violated."""
    margins = np.array([np.inf if s.limit is None else s.limit - s.nominal for s in spreads])
    if not np.isfinite(margins).any():
        return None
    return float(np.mean(np.any(shift > margins, axis=1)))


def _spreads(
    solution: Solution,
    places: Sequence[Place],
    model: Surrogate,
    slopes: Floats,
    shift: Floats,
    deviations: Floats,
) -> tuple[Spread, ...]:
    laws = [item.distribution for item in solution.design.uncertainty] if solution.design else []
    _, first, total = model.variances(laws)
    blocks = {b.name: b for b in solution.metrics.blocks}
    layers = {x.name: x for x in solution.metrics.layers}
    found = []
    for i, there in enumerate(places):
        part = layers[there.name] if there.layer else blocks[there.name]
        t = part.t_max + shift[:, i]
        # A quantile between a finite and an infinite sample has no value: the higher sample is taken.
        p5, p50, p95 = (float(v) for v in np.quantile(t, [0.05, 0.5, 0.95], method="higher"))
        steady = t[np.isfinite(t)]
        limit = part.limit
        above = (
            [] if limit is None else [float(np.mean(t + e > limit)) for e in (0.0, -part.error, part.error)]
        )
        found.append(
            Spread(
                name=there.name,
                kind=None if there.layer else blocks[there.name].kind,
                nominal=part.t_max,
                error=part.error,
                limit=limit,
                p5=p5,
                p50=p50,
                p95=p95,
                mean=float(steady.mean()) if steady.size else np.nan,
                sd=float(steady.std()) if steady.size else np.nan,
                probability=above[0] if above else None,
                probable=(above[1], above[2]) if above else None,
                deviation=float(deviations[i]),
                slopes=slopes[i],
                first=first[i],
                total=total[i],
            )
        )
    return tuple(found)
