"""Operators that all architectures share: linear layers, norms, element-wise work, look-ups.

Vector operations per element, an exponential, root or division being one: RMSNorm 4 (square, sum, scale,
weight), LayerNorm 7 (sum, subtract, square, sum, scale, weight, bias), softmax 5 (maximum, subtract,
exponential, sum, divide), SiLU 4 (negate, exponential, add, divide), tanh-GELU 9, residual addition 1.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

from power.workloads.graph import Collective, Gemm, Kind, Operator, Sharding, Traffic
from power.workloads.precision import Tensor
from power.workloads.sparsity import DENSE
from power.workloads.step import Step

SOFTMAX_FLOPS = 5.0
RESIDUAL_FLOPS = 1.0


class Norm(StrEnum):
    """Normalisation over features."""

    RMS = "rms"
    LAYER = "layer"
    PLAIN = "plain"
    """LayerNorm without weight and bias."""

    def parameters(self, width: int) -> int:
        """Weights of one norm over `width` features."""
        return width * {Norm.RMS: 1, Norm.LAYER: 2, Norm.PLAIN: 0}[self]

    @property
    def flops(self) -> float:
        """Vector operations per element."""
        return 4.0 if self is Norm.RMS else 7.0 if self is Norm.LAYER else 5.0


class Activation(StrEnum):
    """Non-linearity of a feed-forward layer, with its vector operations per element."""

    NONE = "none"
    RELU = "relu"
    RELU2 = "relu2"
    SILU = "silu"
    GELU = "gelu"
    SIGMOID = "sigmoid"
    TANH = "tanh"

    @property
    def flops(self) -> float:
        """Vector operations per element."""
        return _ACTIVATION_FLOPS[self]


_ACTIVATION_FLOPS = {
    Activation.NONE: 0.0,
    Activation.RELU: 1.0,
    Activation.RELU2: 2.0,
    Activation.SILU: 4.0,
    Activation.GELU: 9.0,
    Activation.SIGMOID: 4.0,
    Activation.TANH: 5.0,
}


def linear(
    step: Step,
    name: str,
    tokens: float,
    features: tuple[int, int],
    *,
    groups: float = 1.0,
    bias: bool = False,
    tensor: Tensor = Tensor.WEIGHTS,
    sharding: Sharding = Sharding.COLUMN,
    extra_flops: float = 0.0,
) -> Operator:
    """A linear layer of `features` (in, out) on `tokens` rows, its bias and activation in the epilogue.

    Parameters
    ----------
    step
        Formats and sparsity.
    name
        Name of the operator.
    tokens
        Rows per group.
    features
        Input and output features of one group.
    groups
        Independent layers of this shape side by side, each with its own rows: experts, diagonal blocks.
    bias
        Whether there is one.
    tensor
        Class of its weights; output heads and routers are of the embeddings' class, and are not pruned.
    sharding
        How tensor parallelism divides it; `ROW` is followed by an all-reduce of the output.
    extra_flops
        Vector operations per output element that are fused behind the product.
    """
    k, n = features
    precision = step.precision
    product = Gemm(tokens, n, k, groups)
    outputs = step.activation_bytes(tokens * n * groups)
    weights = step.weight_bytes(float(n * k) * groups, tensor)
    weights += step.weight_bytes(n * groups, Tensor.EMBEDDINGS) if bias else 0.0
    reduced = sharding is Sharding.ROW
    sparsity = DENSE if tensor is Tensor.EMBEDDINGS else step.sparsity
    return Operator(
        name,
        Kind.GEMM,
        matrix_flops=product.flops,
        vector_flops=tokens * n * groups * (float(bias) + extra_flops),
        traffic=Traffic(weights, step.activation_bytes(tokens * k * groups), outputs),
        gemms=(product,),
        math=precision.multiplying(tensor),
        accumulate=precision.accumulators,
        weight_format=precision.stored(tensor),
        density=sparsity.density,
        structured=sparsity.structured,
        sharding=sharding,
        collective=Collective.ALL_REDUCE if reduced else Collective.NONE,
        collective_bytes=outputs if reduced else 0.0,
    )


def elementwise(
    step: Step,
    name: str,
    elements: float,
    flops: float,
    *,
    reads: float = 1.0,
    writes: float = 1.0,
    weights: float = 0.0,
    kind: Kind = Kind.ELEMENTWISE,
    sharding: Sharding = Sharding.SPLIT,
) -> Operator:
    """Vector work on `elements`, with `flops`, `reads` and `writes` per element and `weights` parameters."""
    form = step.precision.activations
    return Operator(
        name,
        kind,
        vector_flops=elements * flops,
        traffic=Traffic(
            step.weight_bytes(weights, Tensor.EMBEDDINGS),
            step.activation_bytes(elements * reads),
            step.activation_bytes(elements * writes),
        ),
        math=form,
        accumulate=step.precision.accumulators,
        weight_format=step.precision.embeddings,
        sharding=sharding,
    )


def normalised(
    step: Step, name: str, rows: float, width: int, norm: Norm, *, residual: bool = True
) -> Operator:
    """A norm over `width` features of `rows`; with `residual` it first adds the branch to the stream."""
    extra = 1.0 if residual else 0.0
    return elementwise(
        step,
        name,
        rows * width,
        norm.flops + extra * RESIDUAL_FLOPS,
        reads=1.0 + extra,
        writes=1.0 + extra,
        weights=norm.parameters(width),
        kind=Kind.NORM,
        sharding=Sharding.REPLICATED,
    )


def looked_up(step: Step, name: str, rows: float, width: float, *, tables: int = 1) -> Operator:
    """`rows` rows of `width` from each of `tables` tables, summed where there are several."""
    read = step.weight_bytes(rows * width * tables, Tensor.EMBEDDINGS)
    written = step.activation_bytes(rows * width)
    return Operator(
        name,
        Kind.GATHER,
        vector_flops=rows * width * (tables - 1),
        traffic=Traffic(weights=read, outputs=written),
        math=step.precision.embeddings,
        accumulate=step.precision.accumulators,
        weight_format=step.precision.embeddings,
        sharding=Sharding.SPLIT,
        collective=Collective.ALL_REDUCE,
        collective_bytes=written,
    )


def depthwise(step: Step, name: str, tokens: float, channels: int, window: int, *, bias: bool) -> Operator:
    """A causal depth-wise convolution over tokens: vector work, one filter of `window` taps per channel."""
    operator = elementwise(
        step, name, tokens * channels, 2.0 * window + float(bias), weights=channels * (window + int(bias))
    )
    return replace(operator, kind=Kind.CONVOLUTION)
