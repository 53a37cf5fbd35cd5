"""Griffin's and RecurrentGemma's recurrent block (arXiv 2402.19427): a gated linear recurrence per channel.

Two projections, one through a causal convolution and the real-gated linear recurrent unit (RG-LRU), the other
through GELU; their product is projected back. The RG-LRU's gates are block-diagonal.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from power.workloads.component import Parameters, State, narrowed_to
from power.workloads.graph import Kind, Operator, Sharding
from power.workloads.mamba import with_state, with_tail
from power.workloads.operations import Activation, depthwise, elementwise, linear
from power.workloads.step import Step

RECURRENCE_FLOPS = 20.0
"""Per token and channel: two sigmoids 8, log a = -c r softplus 3, exponentials 2, root of 1 - a^2 with
product 3, input gate 1, update 2, output gate 1."""


@dataclass(frozen=True, slots=True)
class GatedRecurrence:
    """A Griffin recurrent block.

    Parameters
    ----------
    hidden
        Width of the residual stream.
    inner
        Channels of the recurrence.
    blocks
        Diagonal blocks of its gates.
    window
        Taps of the causal convolution.
    """

    hidden: int
    inner: int
    blocks: int
    window: int = 4

    @property
    def parameters(self) -> Parameters:
        """Projections and gate blocks; biases, convolution and decay stay wide."""
        gates = 2 * self.inner * (self.inner // self.blocks)
        wide = 2 * self.inner + self.hidden  # biases of the projections
        wide += self.inner * (self.window + 1) + 2 * self.inner + self.inner
        return Parameters(3 * self.hidden * self.inner + gates, wide=wide)

    def state(self, context: int) -> State:  # noqa: ARG002
        """One number per channel and the convolution's tail."""
        return State(recurrent=self.inner, tail=self.inner * (self.window - 1))

    def operators(self, step: Step) -> tuple[Operator, ...]:
        """Projections, convolution, gates, recurrence, projection back."""
        tokens, inner = step.tokens, self.inner
        size = inner // self.blocks
        convolution = depthwise(step, "griffin.convolution", tokens, inner, self.window, bias=True)
        scan = elementwise(
            step,
            "griffin.recurrence",
            tokens * inner,
            RECURRENCE_FLOPS + Activation.GELU.flops,
            reads=4.0,
            weights=inner,
            kind=Kind.SCAN,
        )
        return (
            linear(step, "griffin.in", tokens, (self.hidden, 2 * inner), bias=True),
            with_tail(convolution, step, inner, self.window),
            linear(
                step,
                "griffin.gates",
                tokens,
                (size, 2 * size),
                groups=self.blocks,
                bias=True,
                sharding=Sharding.SPLIT,
            ),
            with_state(scan, step, inner, inner),
            linear(step, "griffin.out", tokens, (inner, self.hidden), bias=True, sharding=Sharding.ROW),
        )

    def narrowed(self, width: float) -> GatedRecurrence:
        """Fewer diagonal blocks of the same size."""
        blocks = narrowed_to(self.blocks, width)
        return replace(self, inner=self.inner // self.blocks * blocks, blocks=blocks)
