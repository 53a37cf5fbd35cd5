"""A unit that computes: peaks and energies per number format, efficiencies, and how a product fills it."""

from __future__ import annotations

import math
from typing import Literal, Self

from pydantic import Field, model_validator

from floorplans.diagnostics import Diagnostic, InputError
from floorplans.schema import Model, Positive
from power.hardware.quantities import Picojoules, Share, Teraflops
from power.workloads.graph import Gemm, Kind
from power.workloads.precision import Format

_WIDER = ("fp16", "bf16", "fp32", "fp64")
FALLBACKS: dict[str, tuple[str, ...]] = {
    "nvfp4": ("fp4", "fp8", "bf16", *_WIDER),
    "fp4": ("nvfp4", "fp8", "bf16", *_WIDER),
    "mxfp8": ("fp8", "bf16", *_WIDER),
    "fp8": ("bf16", *_WIDER),
    "int4": ("int8", "bf16", *_WIDER),
    "int8": ("bf16", *_WIDER),
    "bf16": ("fp16", "fp32", "fp64"),
    "fp16": ("bf16", "fp32", "fp64"),
    "tf32": ("fp32", "fp64"),
    "fp32": ("fp64",),
    "fp64": (),
}
"""Formats that can stand in for one that a unit lacks, the first it has being used."""


class SystolicArray(Model):
    """Weight-stationary arrays of `rows` x `columns` multipliers, `count` of them.

    With `shadow_weights` the next tile of weights is loaded while the present one is used.
    """

    rows: int = Field(gt=0)
    columns: int = Field(gt=0)
    count: int = Field(gt=0, default=1)
    shadow_weights: bool = True

    def fill(self, gemm: Gemm) -> float:
        """Share of the multipliers' time that is useful.

        A pass loads one tile of weights (rows x columns), then streams m rows: 2 rows + columns + m - 2
        cycles (Samajdar et al., SCALE-Sim, arXiv 1811.02883, weight stationary). With shadow weights a pass
        takes the longer of loading and streaming, and filling and draining are paid once. Passes are divided
        among the arrays; where there are fewer passes than arrays the rows are divided too.
        """
        passes = math.ceil(gemm.k / self.rows) * math.ceil(gemm.n / self.columns) * max(1.0, gemm.batch)
        split = max(1.0, math.floor(self.count / passes))
        rounds = math.ceil(passes * split / self.count - 1e-9)
        streamed, drained = gemm.m / split, self.rows + self.columns - 2
        if self.shadow_weights:
            cycles = self.rows + rounds * max(streamed, self.rows) + drained
        else:
            cycles = rounds * (self.rows + streamed + drained)
        useful = gemm.m * gemm.n * gemm.k * gemm.batch
        return min(1.0, useful / (cycles * self.rows * self.columns * self.count))


class TileGrid(Model):
    """Cores that each compute an output tile at a time: waves of tiles, cut edges, split sums.

    Attributes
    ----------
    cores
        Tiles computed at once.
    tiles
        Rows and columns of output tiles, with the speed of each relative to the largest.
    least_k
        Shortest piece of a sum that is worth a core of its own.
    attention_rows
        Query rows of one tile of fused attention; a decode step fills few of them.
    """

    cores: int = Field(gt=0)
    tiles: tuple[tuple[int, int, Share], ...] = (
        (128, 256, 1.0),
        (128, 128, 0.95),
        (64, 128, 0.85),
        (64, 64, 0.7),
        (32, 64, 0.6),
        (16, 64, 0.4),
    )
    least_k: int = Field(gt=0, default=512)
    attention_rows: int = Field(gt=0, default=64)

    def padded(self, gemm: Gemm) -> float:
        """Rows that fused attention multiplies over those asked for: idle rows burn power all the same."""
        return math.ceil(gemm.m / self.attention_rows) * self.attention_rows / gemm.m

    def fill(self, gemm: Gemm) -> float:
        """Useful share of the cores' time with the best tile; sums are split where tiles are too few."""
        return max(self._fill(gemm, rows, columns) * speed for rows, columns, speed in self.tiles)

    def _fill(self, gemm: Gemm, rows: int, columns: int) -> float:
        tiles = math.ceil(gemm.m / rows) * math.ceil(gemm.n / columns) * max(1.0, gemm.batch)
        most = max(1, int(gemm.k // self.least_k))
        split = min(most, max(1, int(self.cores // tiles)))
        waves = math.ceil(tiles * split / self.cores - 1e-9) / split
        useful = gemm.m * gemm.n * max(1.0, gemm.batch)
        return min(1.0, useful / (waves * self.cores * rows * columns))


class Unit(Model):
    """One kind of arithmetic unit, all copies together.

    Attributes
    ----------
    kind
        ``matrix`` takes products, ``vector`` the rest.
    clock
        Its clock domain.
    peaks
        Dense operations per second at the domain's nominal clock, by format.
    energies
        Joules per operation at the domain's highest voltage, by format.
    efficiency
        Share of the peak reached, by kind of operator; ``default`` for the others.
    format_efficiency
        Further share where a format needs work around its products: scaling, casting.
    array, grid
        How products fill it; at most one of them.
    structured_speedup
        Speed-up on weights with structured sparsity.
    rail, blocks
        Regulator that feeds it; weights of the blocks it lives in.
    """

    kind: Literal["matrix", "vector"]
    clock: str
    peaks: dict[str, Teraflops] = Field(alias="peak_tflops", min_length=1)
    energies: dict[str, Picojoules] = Field(alias="energy_pj_flop")
    efficiency: dict[str, Share]
    format_efficiency: dict[str, Share] = Field(default_factory=dict)
    array: SystolicArray | None = None
    grid: TileGrid | None = None
    structured_speedup: Positive = 1.0
    rail: str = ""
    blocks: dict[str, float] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if lacking := [form for form in self.peaks if form not in self.energies]:
            raise ValueError(f"energy_pj_flop lacks {', '.join(lacking)}, which peak_tflops has")
        if unknown := [form for form in self.peaks if form not in FALLBACKS]:
            raise ValueError(f"unknown formats {', '.join(unknown)} (known: {', '.join(FALLBACKS)})")
        if "default" not in self.efficiency:
            raise ValueError("efficiency needs a 'default'")
        kinds = {kind.value for kind in Kind} | {"default"}
        if strange := [kind for kind in self.efficiency if kind not in kinds]:
            known = ", ".join(sorted(kinds))
            raise ValueError(f"unknown kinds of operator {', '.join(strange)} (known: {known})")
        if self.array is not None and self.grid is not None:
            raise ValueError("give either 'array' or 'grid'")
        return self

    def carries(self, form: Format) -> str:
        """The format in which `form` is computed here: itself, or its fallback.

        Raises
        ------
        InputError
            Nothing that is wide enough.
        """
        for name in (form.name, *FALLBACKS[form.name]):
            if name in self.peaks:
                return name
        has = ", ".join(self.peaks)
        message = f"the {self.kind} unit has no {form.name} and nothing to do it in (it has {has})"
        raise InputError(Diagnostic(None, message))

    def efficiency_of(self, kind: Kind, form: str = "") -> float:
        """Share of the peak of a format that operators of this kind reach, fill apart."""
        return self.efficiency.get(kind.value, self.efficiency["default"]) * self.format_efficiency.get(
            form, 1.0
        )

    def fill(self, gemm: Gemm) -> float:
        """Share of the unit that a product keeps useful: edges, waves, pipeline fill."""
        shape = self.array or self.grid
        return shape.fill(gemm) if shape is not None else 1.0
