"""RWKV-4 (arXiv 2305.13048): a decaying weighted mean, numerator over denominator, in place of attention.

Time mixing keeps numerator, denominator and their common exponent per channel and the last token's stream;
channel mixing keeps the last token's stream.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from power.workloads.component import Parameters, State, narrowed_to
from power.workloads.graph import Kind, Operator, Sharding
from power.workloads.mamba import with_state, with_tail
from power.workloads.operations import Activation, elementwise, linear
from power.workloads.step import Step

MIX_FLOPS = 3.0
"""Per mixed copy and feature: x mu + x' (1 - mu)."""

RECURRENCE_FLOPS = 20.0
"""Per token and channel: maxima 2, additions before exponentials 5, exponentials 4, updates 6, output 3."""


@dataclass(frozen=True, slots=True)
class TimeMixing:
    """The token mixer.

    Parameters
    ----------
    hidden
        Width of the residual stream.
    inner
        Channels of the recurrence.
    """

    hidden: int
    inner: int

    @property
    def parameters(self) -> Parameters:
        """Key, value, receptance and output; decay, first-token bonus and mixing weights stay wide."""
        return Parameters(4 * self.hidden * self.inner, wide=2 * self.inner + 3 * self.hidden)

    def state(self, context: int) -> State:  # noqa: ARG002
        """Numerator, denominator and exponent per channel; the last token."""
        return State(recurrent=3 * self.inner, tail=self.hidden)

    def operators(self, step: Step) -> tuple[Operator, ...]:
        """Mixing with the last token, projections, recurrence, output."""
        tokens = step.tokens
        mix = elementwise(
            step, "rwkv.mix", tokens * self.hidden, 3 * MIX_FLOPS, writes=3.0, weights=3 * self.hidden
        )
        mean = elementwise(
            step,
            "rwkv.recurrence",
            tokens * self.inner,
            RECURRENCE_FLOPS + Activation.SIGMOID.flops,
            reads=3.0,
            weights=2 * self.inner,
            kind=Kind.SCAN,
        )
        return (
            with_tail(mix, step, self.hidden, 2),
            linear(step, "rwkv.in", tokens, (self.hidden, 3 * self.inner)),
            with_state(mean, step, 3 * self.inner, self.inner),
            linear(step, "rwkv.out", tokens, (self.inner, self.hidden), sharding=Sharding.ROW),
        )

    def narrowed(self, width: float) -> TimeMixing:
        """Fewer channels."""
        return replace(self, inner=narrowed_to(self.inner, width, 64 if self.inner % 64 == 0 else 1))


@dataclass(frozen=True, slots=True)
class ChannelMixing:
    """The feed-forward block, with a squared rectifier and a receptance gate.

    Parameters
    ----------
    hidden
        Width of the residual stream.
    inner
        Inner width.
    """

    hidden: int
    inner: int

    @property
    def parameters(self) -> Parameters:
        """Key, value and receptance; mixing weights stay wide."""
        return Parameters(self.hidden * (2 * self.inner + self.hidden), wide=2 * self.hidden)

    def state(self, context: int) -> State:  # noqa: ARG002
        """The last token."""
        return State(tail=self.hidden)

    def operators(self, step: Step) -> tuple[Operator, ...]:
        """Mixing with the last token, key, value, receptance gate."""
        tokens = step.tokens
        mix = elementwise(
            step, "rwkv.channel_mix", tokens * self.hidden, 2 * MIX_FLOPS, writes=2.0, weights=2 * self.hidden
        )
        return (
            with_tail(mix, step, self.hidden, 2),
            linear(
                step,
                "rwkv.key",
                tokens,
                (self.hidden, self.inner),
                extra_flops=Activation.RELU2.flops,
            ),
            linear(step, "rwkv.value", tokens, (self.inner, self.hidden), sharding=Sharding.ROW),
            linear(
                step,
                "rwkv.receptance",
                tokens,
                (self.hidden, self.hidden),
                sharding=Sharding.REPLICATED,
                extra_flops=Activation.SIGMOID.flops + 1.0,
            ),
        )

    def narrowed(self, width: float) -> ChannelMixing:
        """A smaller inner width."""
        return replace(self, inner=narrowed_to(self.inner, width, 64 if self.inner % 64 == 0 else 1))
