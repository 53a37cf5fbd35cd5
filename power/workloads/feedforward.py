"""The dense feed-forward branch of a layer: two matrices, or three with a gate."""

from __future__ import annotations

from dataclasses import dataclass, replace

from power.workloads.component import Parameters, State, narrowed_to
from power.workloads.graph import Operator, Sharding
from power.workloads.operations import Activation, elementwise, linear
from power.workloads.step import Step


@dataclass(frozen=True, slots=True)
class FeedForward:
    """Up, activation, down.

    Parameters
    ----------
    hidden
        Width of the residual stream.
    inner
        Width between the matrices.
    activation
        Non-linearity.
    gated
        The activated projection multiplies a second one (SwiGLU, GeGLU).
    up_bias, down_bias
        Biases.
    name
        First part of its operators' names.
    """

    hidden: int
    inner: int
    activation: Activation = Activation.SILU
    gated: bool = True
    up_bias: bool = False
    down_bias: bool = False
    name: str = "mlp"

    @property
    def parameters(self) -> Parameters:
        """Two or three matrices; biases stay wide."""
        ups = 1 + self.gated
        wide = ups * self.inner * self.up_bias + self.hidden * self.down_bias
        return Parameters((ups + 1) * self.hidden * self.inner, wide=wide)

    def state(self, context: int) -> State:  # noqa: ARG002
        """None."""
        return State()

    def operators(self, step: Step) -> tuple[Operator, ...]:
        """Up (and gate, fused), activation, down."""
        tokens, ups = step.tokens, 1 + self.gated
        return (
            linear(step, f"{self.name}.up", tokens, (self.hidden, ups * self.inner), bias=self.up_bias),
            elementwise(
                step,
                f"{self.name}.activation",
                tokens * self.inner,
                self.activation.flops + self.gated,
                reads=float(ups),
            ),
            linear(
                step,
                f"{self.name}.down",
                tokens,
                (self.inner, self.hidden),
                bias=self.down_bias,
                sharding=Sharding.ROW,
            ),
        )

    def narrowed(self, width: float) -> FeedForward:
        """A smaller inner width, a multiple of 64 where it was one."""
        return replace(self, inner=narrowed_to(self.inner, width, 64 if self.inner % 64 == 0 else 1))
