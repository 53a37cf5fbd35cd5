"""Mamba-1 (arXiv 2312.00752): a selective state space with a diagonal state per channel.

Per token and number of state the scan takes 7 vector operations: dt A, exponential, (dt x) B, two for the
update h = a h + b, two for C h. The whole state is read and written each decode step; in a prefill it stays
on chip and is written once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from power.workloads.component import Parameters, State, narrowed_to
from power.workloads.graph import Kind, Operator, Sharding, Traffic
from power.workloads.operations import Norm, depthwise, elementwise, linear
from power.workloads.step import Step

SCAN_FLOPS = 7.0
"""Per token and state number."""

CHANNEL_FLOPS = 10.0
"""Per token and channel: softplus of dt 3, dt x 1, D x and its addition 2, SiLU gate 4."""


def with_tail(operator: Operator, step: Step, channels: int, window: int) -> Operator:
    """A causal convolution that also reads and writes its last inputs as state."""
    if not step.cached:
        return operator
    form = step.precision.activations.bytes_per_element
    kept = channels * (window - 1) * form
    old = sum(part.batch for part in step.parts if part.past > 0.0) * kept
    traffic = operator.traffic + Traffic(state_read=old, state_written=step.sequences * kept)
    return replace(operator, traffic=traffic, state_shards=channels)


def with_state(operator: Operator, step: Step, numbers: int, shards: int) -> Operator:
    """An operator that also reads its state of `numbers` per sequence, where there is one, and writes it."""
    if not step.cached:
        return operator
    size = numbers * step.precision.state.bytes_per_element
    old = sum(part.batch for part in step.parts if part.past > 0.0) * size
    traffic = operator.traffic + Traffic(state_read=old, state_written=step.sequences * size)
    return replace(operator, traffic=traffic, state_shards=shards)


@dataclass(frozen=True, slots=True)
class Mamba:
    """A Mamba-1 mixer.

    Parameters
    ----------
    hidden
        Width of the residual stream.
    inner
        Channels.
    state_size
        Numbers of state per channel.
    window
        Taps of the causal convolution.
    rank
        Width of the low-rank time step.
    projection_bias, convolution_bias
        Biases.
    inner_norm
        Whether time step, B and C are normalised with weights (Jamba).
    """

    hidden: int
    inner: int
    state_size: int
    window: int
    rank: int
    projection_bias: bool = False
    convolution_bias: bool = True
    inner_norm: bool = False

    @property
    def selected(self) -> int:
        """Width of what the token selects: time step, B and C."""
        return self.rank + 2 * self.state_size

    @property
    def parameters(self) -> Parameters:
        """Projections; convolution, A, D, biases and norms stay wide."""
        linears = self.inner * (3 * self.hidden + self.selected + self.rank)
        wide = self.inner * (self.window + self.convolution_bias + self.state_size + 2)
        wide += (2 * self.inner + self.hidden) * self.projection_bias + self.selected * self.inner_norm
        return Parameters(linears, wide=wide)

    def state(self, context: int) -> State:  # noqa: ARG002
        """State of all channels and the convolution's tail, whatever the context."""
        return State(recurrent=self.inner * self.state_size, tail=self.inner * (self.window - 1))

    def operators(self, step: Step) -> tuple[Operator, ...]:
        """In-projection, convolution, selection, time step, scan with gate, out-projection."""
        tokens, inner = step.tokens, self.inner
        bias = self.projection_bias
        convolution = depthwise(
            step, "mamba.convolution", tokens, inner, self.window, bias=self.convolution_bias
        )
        selection = linear(step, "mamba.select", tokens, (inner, self.selected), sharding=Sharding.ROW)
        if self.inner_norm:
            flops = selection.vector_flops + tokens * self.selected * Norm.RMS.flops
            selection = replace(selection, vector_flops=flops)
        return (
            linear(step, "mamba.in", tokens, (self.hidden, 2 * inner), bias=bias),
            with_tail(convolution, step, inner, self.window),
            selection,
            linear(step, "mamba.time_step", tokens, (self.rank, inner), bias=True),
            self._scan(step),
            linear(step, "mamba.out", tokens, (inner, self.hidden), bias=bias, sharding=Sharding.ROW),
        )

    def _scan(self, step: Step) -> Operator:
        """Reads x, gate, time step, B and C; writes y."""
        channels = step.tokens * self.inner
        bare = elementwise(
            step,
            "mamba.scan",
            channels,
            SCAN_FLOPS * self.state_size + CHANNEL_FLOPS,
            reads=3.0 + 2.0 * self.state_size / self.inner,
            weights=self.inner * (self.state_size + 1),
            kind=Kind.SCAN,
        )
        return with_state(bare, step, self.inner * self.state_size, self.inner)

    def narrowed(self, width: float) -> Mamba:
        """Fewer channels."""
        return replace(self, inner=narrowed_to(self.inner, width, 64 if self.inner % 64 == 0 else 1))
