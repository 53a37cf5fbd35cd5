"""Mamba-2 (arXiv 2405.21060): heads with a scalar decay and a matrix state of head size x state size.

Decode: h = a h + (dt x) B^T, y = C h: 5 vector operations per number of state; the whole state is read and
written. Prefill: chunks of Q tokens as matrix products (state space duality); with G groups, N numbers of
state per channel and I = heads x head size channels, per token 2 Q N G for C B^T, 2 Q I within the chunk, 2
N I into the chunk's state and 2 N I out of the state before it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from power.workloads.component import Parameters, State, narrowed_to
from power.workloads.graph import Gemm, Kind, Operator, Sharding, Traffic
from power.workloads.mamba import with_tail
from power.workloads.operations import Norm, depthwise, linear
from power.workloads.phase import Prefill
from power.workloads.precision import Tensor
from power.workloads.step import Step

DECODE_FLOPS = 5.0
"""Per token and state number."""

MASK_FLOPS = 3.0
"""Per score of a chunk and head: difference of cumulated decays, exponential, product."""

CHANNEL_FLOPS = 8.0
"""Per token and channel: dt x 1, D x and its addition 2, SiLU gate 5."""


@dataclass(frozen=True, slots=True)
class Mamba2:
    """A Mamba-2 mixer.

    Parameters
    ----------
    hidden
        Width of the residual stream.
    heads, head_size
        Heads and channels of each.
    state_size
        Numbers of state per channel.
    groups
        Groups of heads that share B and C.
    window
        Taps of the causal convolution.
    chunk
        Tokens of a chunk in a prefill.
    projection_bias, convolution_bias
        Biases.
    gate_norm
        Whether the gated output is normalised with weights.
    """

    hidden: int
    heads: int
    head_size: int
    state_size: int
    groups: int = 1
    window: int = 4
    chunk: int = 256
    projection_bias: bool = False
    convolution_bias: bool = True
    gate_norm: bool = True

    @property
    def inner(self) -> int:
        """Channels."""
        return self.heads * self.head_size

    @property
    def convolved(self) -> int:
        """Channels of the convolution: x, B and C."""
        return self.inner + 2 * self.groups * self.state_size

    @property
    def projected(self) -> int:
        """Output features of the in-projection: gate, x, B, C and time steps."""
        return self.inner + self.convolved + self.heads

    @property
    def numbers(self) -> int:
        """State of one sequence."""
        return self.inner * self.state_size

    @property
    def parameters(self) -> Parameters:
        """Projections; convolution, A, D, time-step bias and norm stay wide."""
        wide = self.convolved * (self.window + self.convolution_bias) + 3 * self.heads
        wide += self.inner * self.gate_norm + (self.projected + self.hidden) * self.projection_bias
        return Parameters(self.hidden * (self.projected + self.inner), wide=wide)

    def state(self, context: int) -> State:  # noqa: ARG002
        """State of all heads and the convolution's tail, whatever the context."""
        return State(recurrent=self.numbers, tail=self.convolved * (self.window - 1))

    def operators(self, step: Step) -> tuple[Operator, ...]:
        """In-projection, convolution, scan part by part, gated norm within it, out-projection."""
        bias = self.projection_bias
        convolution = depthwise(
            step, "mamba2.convolution", step.tokens, self.convolved, self.window, bias=self.convolution_bias
        )
        return (
            linear(step, "mamba2.in", step.tokens, (self.hidden, self.projected), bias=bias),
            with_tail(convolution, step, self.convolved, self.window),
            *(self._scan(step, part) for part in step.parts),
            linear(
                step,
                "mamba2.out",
                step.tokens,
                (self.inner, self.hidden),
                bias=bias,
                sharding=Sharding.ROW,
            ),
        )

    def _scan(self, step: Step, part: Prefill) -> Operator:
        tokens = part.batch * part.tokens
        size = part.batch * self.numbers * step.precision.state.bytes_per_element
        channels = CHANNEL_FLOPS + (Norm.RMS.flops if self.gate_norm else 0.0)
        weights = 2 * self.heads + self.inner * self.gate_norm
        bare = Operator(
            "mamba2.decode" if part.tokens <= 1.0 else "mamba2.prefill",
            Kind.SCAN,
            vector_flops=tokens * self.inner * channels,
            traffic=Traffic(
                step.weight_bytes(weights, Tensor.EMBEDDINGS),
                step.activation_bytes(tokens * self.projected),
                step.activation_bytes(tokens * self.inner),
                size if step.cached and part.past > 0.0 else 0.0,
                size if step.cached else 0.0,
            ),
            math=step.precision.attending,
            accumulate=step.precision.accumulators,
            sharding=Sharding.SPLIT,
            state_shards=self.heads,
        )
        if part.tokens <= 1.0:
            return replace(bare, vector_flops=bare.vector_flops + DECODE_FLOPS * tokens * self.numbers)
        return self._chunked(bare, part)

    def _chunked(self, bare: Operator, part: Prefill) -> Operator:
        """The dual form: four products per chunk."""
        width = min(float(self.chunk), part.tokens)
        chunks = part.batch * part.tokens / width
        gemms = (
            Gemm(width, width, self.state_size, chunks * self.groups),
            Gemm(width, self.head_size, width, chunks * self.heads),
            Gemm(self.state_size, self.head_size, width, chunks * self.heads),
            Gemm(width, self.head_size, self.state_size, chunks * self.heads),
        )
        masked = MASK_FLOPS * chunks * self.heads * width * width
        carried = 2.0 * chunks * self.numbers
        return replace(
            bare,
            matrix_flops=sum(each.flops for each in gemms),
            vector_flops=bare.vector_flops + masked + carried,
            gemms=gemms,
        )

    def narrowed(self, width: float) -> Mamba2:
        """Fewer heads; groups keep theirs."""
        return replace(self, heads=narrowed_to(self.heads, width, self.groups))
