"""From uncertain inputs to the spread of temperatures: slopes, checks by new solves, samples, shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from floorplans.block import BlockKind
from floorplans.diagnostics import Diagnostic, InputError, Span
from thermal.clock import Progress
from thermal.design import Design
from thermal.kernels.arrays import Floats
from thermal.krylov import NoConvergence
from thermal.limits import Verdict, verdict, worst
from thermal.mesh.resolution import Resolution
from thermal.nonlinear import NoSteadyState
from thermal.solution import Solution
from thermal.uncertainty.distribution import Distribution
from thermal.uncertainty.inputs import Input
from thermal.uncertainty.response import Place, Response
from thermal.uncertainty.sampling import Method, points, rounded_up
from thermal.uncertainty.surrogate import Surrogate
from thermal.uncertainty.vary import EXAMPLES

SAMPLES, CHECKS, SEED = 8192, 8, 1
ACCEPTED = 0.05
"""Deviation of the linear model from new solves, over the width from P5 to P95, beyond which squares and
products are added."""
PRODUCTS = 15
"""Pairs of inputs whose product is measured at most, those with the largest effects first."""
RISK = 0.05
"""Probability of violating a limit from which a design does not hold it: P95 lies above the limit."""


@dataclass(frozen=True, eq=False)
class Spread:
    """The highest temperature of a block, or of a layer with a limit, over the samples; K.

    Attributes
    ----------
    nominal, error
        Of the solve of the design as it is, with its numerical error bar.
    p5, p50, p95, mean, sd
        Of the samples, numerical error left out.
    probability
        Of lying above the limit; None without one. `probable` is the same with the temperatures less and
        plus the numerical error.
    deviation
        Largest distance of the model from the new solves.
    slopes
        ``[inputs]`` K per unit of the input's distribution.
    first, total
        ``[inputs]`` Sobol indices.
    """

    name: str
    kind: BlockKind | None
    nominal: float
    error: float
    limit: float | None
    p5: float
    p50: float
    p95: float
    mean: float
    sd: float
    probability: float | None
    probable: tuple[float, float] | None
    deviation: float
    slopes: Floats
    first: Floats
    total: Floats

    @property
    def margin(self) -> float | None:
        """Limit less P95, K."""
        return None if self.limit is None else self.limit - self.p95

    @property
    def verdict(self) -> Verdict:
        """Of P95 with the numerical error against the limit."""
        return verdict(self.p95, self.error, self.limit)


@dataclass(frozen=True)
class Checked:
    """What new solves on the mesh of the study say of the model.

    Attributes
    ----------
    solves
        Points at which they were made: random ones, and the two corners.
    runaway
        Points without a steady state; none of them is left out of this count.
    linear, final
        Largest deviation over points and places of the linear model, and of the one used: in K, and as a
        part of the width from P5 to P95.
    second_order
        Whether squares and products were added.
    """

    solves: int
    runaway: int
    linear: tuple[float, float]
    final: tuple[float, float]
    second_order: bool


@dataclass(frozen=True, eq=False)
class Uncertainty:
    """Outcome of a study.

    Attributes
    ----------
    solution
        Of the design as it is.
    samples, method, seed
        Of the inputs.
    cells
        Of the mesh on which slopes and checks were solved.
    solves
        On that mesh.
    probability
        Of violating any limit; None without limits.
    """

    solution: Solution
    inputs: tuple[Input, ...]
    spreads: tuple[Spread, ...]
    checked: Checked
    samples: int
    method: Method
    seed: int
    cells: int
    solves: int
    probability: float | None

    @cached_property
    def by_risk(self) -> tuple[Spread, ...]:
        """Least margin of P95 first; those without a limit follow, hottest first."""

        def badness(spread: Spread) -> tuple[bool, float]:
            return spread.margin is None, -spread.p95 if spread.margin is None else spread.margin

        return tuple(sorted(self.spreads, key=badness))

    @property
    def limiting(self) -> Spread:
        """The block or layer nearest to its limit, or beyond it."""
        return self.by_risk[0]

    @property
    def verdict(self) -> Verdict:
        """Of all P95, with their numerical errors; undecided where a point was found that runs away."""
        found = worst(spread.verdict for spread in self.spreads)
        return Verdict.UNDECIDED if self.checked.runaway and found is not Verdict.FAIL else found


def propagate(
    solution: Solution,
    *,
    resolution: Resolution | None = None,
    samples: int = SAMPLES,
    method: Method = "sobol",
    seed: int = SEED,
    checks: int = CHECKS,
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
        Number of samples (a power of two for ``sobol``), kind of sequence, and its seed.
    checks
        Random points at which the model is compared with new solves, besides the two corners.
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
    x = points(laws, rounded_up(samples, method), method, seed)
    tested = _Test(response, _checkpoints(linear, laws, checks, seed), report)
    spreads = _widths(linear.at(x))
    first = tested.deviations(linear)
    final, model = first, linear
    if _worst(first, spreads)[1] > ACCEPTED:
        model = second_order(response, linear, design.uncertainty, report)
        final = tested.deviations(model)
    checked = Checked(
        solves=tested.count,
        runaway=tested.runaway,
        linear=_worst(first, spreads),
        final=_worst(final, spreads),
        second_order=model is not linear,
    )
    shift = model.at(x) - model.base
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


class _Test:
    """New solves at points, and what a model misses there."""

    def __init__(self, response: Response, x: Floats, report: Progress) -> None:
        self.count, self.runaway = x.shape[0], 0
        self._points, self._found = list[Floats](), list[Floats]()
        for i, point in enumerate(x):
            report("solve at samples", i / x.shape[0])
            try:
                found = response.at(point)
            except (NoSteadyState, NoConvergence):
                self.runaway += 1
                continue
            self._points.append(point)
            self._found.append(found)

    def deviations(self, model: Surrogate) -> Floats:
        """Largest |model - solve| of every place, K; nothing where no point could be solved."""
        if not self._points:
            return np.full(model.base.size, np.nan)
        off = np.abs(model.at(np.array(self._points)) - np.array(self._found))
        return np.asarray(off.max(axis=0))


def _widths(t: Floats) -> Floats:
    low, high = np.quantile(t, [0.05, 0.95], axis=0)
    return np.asarray(high - low)


def _worst(deviations: Floats, widths: Floats) -> tuple[float, float]:
    """Largest deviation in K, and over the width from P5 to P95."""
    known = np.nan_to_num(deviations, nan=np.inf)
    return float(known.max()), float((known / np.maximum(widths, 1e-12)).max())


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
    except (NoSteadyState, NoConvergence):
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
        p5, p50, p95 = (float(v) for v in np.quantile(t, [0.05, 0.5, 0.95]))
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
                mean=float(t.mean()),
                sd=float(t.std()),
                probability=above[0] if above else None,
                probable=(above[1], above[2]) if above else None,
                deviation=float(deviations[i]),
                slopes=slopes[i],
                first=first[i],
                total=total[i],
            )
        )
    return tuple(found)
