"""What a model is asked to do once: a prefill, a decode step, an inference, a training step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from power.workloads.precision import FORMATS, Format


@dataclass(frozen=True, slots=True)
class Prefill:
    """Process `tokens` new tokens of each of `batch` sequences whose state already holds `past` tokens.

    Parameters
    ----------
    batch
        Sequences.
    tokens
        New tokens per sequence; means over unequal sequences may be fractional.
    past
        Tokens in the cache before: 0 for a whole prompt, more for a chunk of one.
    logits
        Tokens per sequence that go through the output head: 1 for generation, 0 for a chunk that is not the
        last, `tokens` for scoring and for the verification of a draft.
    """

    batch: float
    tokens: float
    past: float = 0.0
    logits: float = 1.0

    def __post_init__(self) -> None:
        _positive(self, "batch", "tokens")
        _not_negative(self, "past", "logits")
        if self.logits > self.tokens:
            raise ValueError(f"logits must be <= tokens (got {self.logits:g} > {self.tokens:g})")


@dataclass(frozen=True, slots=True)
class Decode:
    """Produce one token for each of `batch` sequences with `context` tokens in the cache before the step.

    The step reads `context` cached positions, writes one, and attends to `context` + 1: it is exactly
    ``Prefill(batch, 1, context)``.
    """

    batch: float
    context: float

    def __post_init__(self) -> None:
        _positive(self, "batch")
        _not_negative(self, "context")

    @property
    def prefill(self) -> Prefill:
        """The same step as a prefill of one token."""
        return Prefill(self.batch, 1.0, self.context)


@dataclass(frozen=True, slots=True)
class Iteration:
    """One step of a serving engine: prompts, chunks and decodes that share every weight read.

    Linear layers see the tokens of all parts together; attention and recurrences are handled part by part.
    """

    parts: tuple[Prefill | Decode, ...]

    def __post_init__(self) -> None:
        if not self.parts:
            raise ValueError("an iteration needs at least one part")

    @property
    def prefills(self) -> tuple[Prefill, ...]:
        """Every part as a prefill."""
        return tuple(part.prefill if isinstance(part, Decode) else part for part in self.parts)


@dataclass(frozen=True, slots=True)
class Inference:
    """One forward pass without a cache: `batch` images, rows or sequences.

    Parameters
    ----------
    batch
        Images, rows or sequences.
    tokens
        Sequence length of an encoder or a recurrent network; the model's own default when None.
    """

    batch: float
    tokens: float | None = None

    def __post_init__(self) -> None:
        _positive(self, "batch")
        if self.tokens is not None:
            _positive(self, "tokens")


@dataclass(frozen=True, slots=True)
class TrainingStep:
    """Forward, backward and optimiser for `batch` samples.

    Parameters
    ----------
    batch
        Samples.
    tokens
        As for `Inference`.
    optimiser
        ``sgd`` (plain), ``momentum`` (one moment) or ``adam`` (two moments).
    master
        Format of gradients' sums, moments and, when wider than the weights, of a master copy.
    """

    batch: float
    tokens: float | None = None
    optimiser: Literal["sgd", "momentum", "adam"] = "momentum"
    master: Format = FORMATS["fp32"]

    def __post_init__(self) -> None:
        _positive(self, "batch")
        if self.tokens is not None:
            _positive(self, "tokens")
        if self.optimiser not in {"sgd", "momentum", "adam"}:
            raise ValueError(f"optimiser must be sgd, momentum or adam (got '{self.optimiser}')")

    @property
    def forward(self) -> Inference:
        """The forward pass of the step."""
        return Inference(self.batch, self.tokens)


Phase = Prefill | Decode | Iteration | Inference | TrainingStep


def _positive(owner: object, *names: str) -> None:
    for name in names:
        if not getattr(owner, name) > 0:
            raise ValueError(f"{name} must be > 0 (got {getattr(owner, name)!r})")


def _not_negative(owner: object, *names: str) -> None:
    for name in names:
        if not getattr(owner, name) >= 0:
            raise ValueError(f"{name} must be >= 0 (got {getattr(owner, name)!r})")
