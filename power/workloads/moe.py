"""Mixture of experts: every token goes through a few of many feed-forward blocks.

With E experts, k per token and n tokens routed independently and evenly, the expected number of experts
that get any token is E (1 - (1 - k/E)^n); only their weights are read. Real routers are less even, so that
fewer are read.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from power.workloads.component import Parameters, State, narrowed_to
from power.workloads.feedforward import FeedForward
from power.workloads.graph import Collective, Kind, Operator, Sharding
from power.workloads.operations import SOFTMAX_FLOPS, elementwise, linear
from power.workloads.precision import Tensor
from power.workloads.step import Step


@dataclass(frozen=True, slots=True)
class MixtureOfExperts:
    """Router, routed experts and shared ones.

    Parameters
    ----------
    expert
        One routed expert.
    experts, chosen
        Routed experts; how many a token goes through.
    shared
        Block that every token goes through as well.
    shared_gate
        Whether the shared block's output is scaled by a learned gate (one row of weights).
    router_bias
        Whether the router has a bias per expert.
    """

    expert: FeedForward
    experts: int
    chosen: int
    shared: FeedForward | None = None
    shared_gate: bool = False
    router_bias: bool = False

    @property
    def parameters(self) -> Parameters:
        """Experts, shared block and router."""
        each = self.expert.parameters
        routed = Parameters(expert=each.linear, wide=each.wide).times(self.experts)
        router = self.experts * (self.expert.hidden + self.router_bias)
        router += self.expert.hidden * self.shared_gate
        total = routed + Parameters(wide=router, idle=each.total * (self.experts - self.chosen))
        return total + self.shared.parameters if self.shared is not None else total

    def state(self, context: int) -> State:  # noqa: ARG002
        """None."""
        return State()

    def touched(self, tokens: float) -> float:
        """Expected number of experts that get at least one of `tokens`."""
        if self.chosen == self.experts:
            return float(self.experts)
        missed = tokens * math.log1p(-self.chosen / self.experts)
        return -self.experts * math.expm1(missed)

    def operators(self, step: Step) -> tuple[Operator, ...]:
        """Router, dispatch, the experts that are used, combination, shared block."""
        tokens, hidden = step.tokens, self.expert.hidden
        router = linear(
            step,
            "moe.router",
            tokens,
            (hidden, self.experts),
            bias=self.router_bias,
            tensor=Tensor.EMBEDDINGS,
            sharding=Sharding.REPLICATED,
            extra_flops=SOFTMAX_FLOPS,
        )
        routed = tokens * self.chosen * hidden
        dispatch = elementwise(step, "moe.dispatch", routed, 0.0, kind=Kind.GATHER)
        combine = elementwise(step, "moe.combine", routed, 2.0, writes=1.0 / self.chosen, kind=Kind.GATHER)
        dispatch = _exchanged(dispatch, dispatch.traffic.outputs)
        combine = _exchanged(combine, combine.traffic.inputs)
        shared = self._shared(step) if self.shared is not None else ()
        return (router, dispatch, *self._experts(step), combine, *shared)

    def _experts(self, step: Step) -> tuple[Operator, ...]:
        tokens, touched, expert = step.tokens, self.touched(step.tokens), self.expert
        rows, ups = tokens * self.chosen / touched, 1 + expert.gated
        up = linear(
            step,
            "moe.up",
            rows,
            (expert.hidden, ups * expert.inner),
            groups=touched,
            bias=expert.up_bias,
            tensor=Tensor.EXPERTS,
        )
        activation = elementwise(
            step,
            "moe.activation",
            tokens * self.chosen * expert.inner,
            expert.activation.flops + expert.gated,
            reads=float(ups),
        )
        down = linear(
            step,
            "moe.down",
            rows,
            (expert.inner, expert.hidden),
            groups=touched,
            bias=expert.down_bias,
            tensor=Tensor.EXPERTS,
            sharding=Sharding.ROW,
        )
        # Outputs are summed over a token's experts before they are exchanged.
        down = replace(down, collective_bytes=step.activation_bytes(tokens * expert.hidden))
        return tuple(replace(each, experts=self.experts) for each in (up, activation, down))

    def _shared(self, step: Step) -> tuple[Operator, ...]:
        if self.shared is None:
            return ()
        found = self.shared.operators(step)
        if self.shared_gate:
            gate = linear(
                step,
                "moe.shared_gate",
                step.tokens,
                (self.expert.hidden, 1),
                tensor=Tensor.EMBEDDINGS,
                sharding=Sharding.REPLICATED,
            )
            return (gate, *found)
        return found

    def narrowed(self, width: float) -> MixtureOfExperts:
        """Fewer experts, at least as many as a token goes through; their own width stays."""
        experts = max(self.chosen, narrowed_to(self.experts, width))
        shared = self.shared.narrowed(width) if self.shared is not None else None
        return replace(self, experts=experts, shared=shared)


def _exchanged(operator: Operator, payload: float) -> Operator:
    """Tokens that travel to the devices of their experts and back, where experts are divided."""
    return replace(
        operator,
        sharding=Sharding.REPLICATED,
        collective=Collective.ALL_TO_ALL,
        collective_bytes=payload,
    )
