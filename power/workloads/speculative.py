"""Speculative decoding (arXiv 2211.17192): a small model drafts tokens, a large one checks them in one pass.

With g drafted tokens that are each accepted with probability a, independently, a step yields
(1 - a^(g + 1)) / (1 - a) tokens on average: the accepted ones and one of the target's own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from floorplans.diagnostics import Diagnostic
from power.workloads.graph import Operator, merged
from power.workloads.model import Model
from power.workloads.phase import Decode, Inference, Iteration, Phase, Prefill, TrainingStep
from power.workloads.precision import Format, Precision


@dataclass(frozen=True, slots=True)
class SpeculativeDecoding:
    """A target and its draft; offers what a `Model` offers for serving.

    Parameters
    ----------
    target, draft
        Models that decode.
    draft_tokens
        Tokens drafted per step, g.
    acceptance
        Probability that a drafted token is accepted, a.

    Raises
    ------
    ValueError
        A model that does not decode, no drafted token, a probability outside [0, 1].
    """

    target: Model
    draft: Model
    draft_tokens: int
    acceptance: float

    def __post_init__(self) -> None:
        for role, model in (("target", self.target), ("draft", self.draft)):
            if not model.decodes:
                raise ValueError(
                    f"the {role} must decode token by token; {model.name} ({model.family}) does not"
                )
        if self.draft_tokens < 1:
            raise ValueError(f"draft_tokens must be >= 1 (got {self.draft_tokens})")
        if not 0.0 <= self.acceptance <= 1.0:
            raise ValueError(f"acceptance must be in [0, 1] (got {self.acceptance!r})")

    @property
    def name(self) -> str:
        """Both names."""
        return f"{self.target.name} + {self.draft.name}"

    @property
    def family(self) -> str:
        """That of the target."""
        return self.target.family

    @property
    def precision(self) -> Precision:
        """That of the target."""
        return self.target.precision

    @property
    def decodes(self) -> bool:
        """Always."""
        return True

    @property
    def tokens_per_step(self) -> float:
        """Expected tokens of one decode step."""
        accepted = self.acceptance
        return sum(accepted**position for position in range(self.draft_tokens + 1))

    @property
    def parameters(self) -> int:
        """Of both models."""
        return self.target.parameters + self.draft.parameters

    @property
    def active_parameters(self) -> int:
        """Of the target: what the answer is made with."""
        return self.target.active_parameters

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Of both models."""
        return (*self.target.diagnostics, *self.draft.diagnostics)

    @property
    def weight_bytes(self) -> int:
        """Of both models."""
        return self.target.weight_bytes + self.draft.weight_bytes

    def state_bytes(self, context: int, batch: int = 1) -> int:
        """Of both models; see `Model.state_bytes`."""
        return self.target.state_bytes(context, batch) + self.draft.state_bytes(context, batch)

    def graph(self, phase: Phase) -> tuple[Operator, ...]:
        """Draft steps one after the other, then one pass of the target over all drafted tokens and the last.

        A prefill is done by both models. A decode step yields `tokens_per_step` tokens on average.

        Raises
        ------
        ValueError
            A phase that is not one of serving.
        """
        match phase:
            case Inference() | TrainingStep():
                raise ValueError(
                    f"speculative decoding has the phases Prefill, Decode and Iteration, "
                    f"not {type(phase).__name__}"
                )
            case Iteration():
                parts = phase.parts
            case _:
                parts = (phase,)
        drafted = [_named("draft", self.draft.graph(each)) for each in self._drafts(parts)]
        checked = self.target.graph(Iteration(tuple(self._checked(part) for part in parts)))
        operators = [operator for graph in drafted for operator in graph]
        return merged((*operators, *_named("target", checked)))

    def _drafts(self, parts: tuple[Prefill | Decode, ...]) -> Iterable[Phase]:
        """First the prefills with the first drafted token of all, then the other drafted tokens."""
        yield Iteration(parts)
        decoding = [part for part in parts if isinstance(part, Decode)]
        for position in range(1, self.draft_tokens if decoding else 1):
            yield Iteration(tuple(replace(part, context=part.context + position) for part in decoding))

    def _checked(self, part: Prefill | Decode) -> Prefill:
        if isinstance(part, Prefill):
            return part
        tokens = self.draft_tokens + 1.0
        return Prefill(part.batch, tokens, part.context, logits=tokens)

    def quantised(
        self, scheme: str | Format | None = None, /, **formats: str | Format
    ) -> SpeculativeDecoding:
        """Both models in other formats; see `Model.quantised`."""
        return replace(
            self,
            target=self.target.quantised(scheme, **formats),
            draft=self.draft.quantised(scheme, **formats),
        )


def _named(role: str, graph: tuple[Operator, ...]) -> tuple[Operator, ...]:
    return tuple(replace(each, name=f"{role}.{each.name}") for each in graph)
