"""The operator: one piece of work of a model, with what it computes, reads and writes.

A graph is a tuple of operators in order of execution. Numbers are for one execution; `count` says how often
it is executed, in equal layers (other weights each time) or in equal time steps (`steps`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from enum import StrEnum

from power.workloads.precision import FORMATS, Format


class Kind(StrEnum):
    """What sort of work an operator is; hardware may have an efficiency for each."""

    GEMM = "gemm"
    CONVOLUTION = "convolution"
    ATTENTION = "attention"
    SCAN = "scan"
    """State-space or linear recurrence over tokens."""
    SOFTMAX = "softmax"
    NORM = "norm"
    ELEMENTWISE = "elementwise"
    POOL = "pool"
    GATHER = "gather"
    """Table look-up: embeddings, expert dispatch."""
    OPTIMISER = "optimiser"


class Stage(StrEnum):
    """Where in a training step an operator belongs; inference is all forward."""

    FORWARD = "forward"
    BACKWARD = "backward"
    OPTIMISER = "optimiser"


class Sharding(StrEnum):
    """How tensor parallelism over p devices divides an operator."""

    REPLICATED = "replicated"
    """Every device does all of it."""
    COLUMN = "column"
    """Output features are divided: weights, FLOPs and outputs by p, inputs whole."""
    ROW = "row"
    """Input features are divided: weights, FLOPs and inputs by p, outputs whole and to be summed."""
    SPLIT = "split"
    """Heads, channels or experts are divided: everything by p, state by at most `state_shards`."""


class Collective(StrEnum):
    """What devices must exchange after an operator that is divided among them."""

    NONE = "none"
    ALL_REDUCE = "all-reduce"
    ALL_GATHER = "all-gather"
    ALL_TO_ALL = "all-to-all"
    """Only where experts are divided (expert parallelism); the all-reduce behind them then falls away."""


@dataclass(frozen=True, slots=True)
class Gemm:
    """`batch` independent products of (m, k) by (k, n).

    For a linear layer m counts tokens, n output and k input features. A convolution is its implicit product:
    m = images x output pixels, n = output channels, k = input channels x window, batch = groups. Attention
    has one product per sequence and key head: m = new tokens x query heads per key head. Expected sizes may
    be fractional (tokens per expert).
    """

    m: float
    n: float
    k: float
    batch: float = 1.0

    @property
    def flops(self) -> float:
        """Multiplications and additions."""
        return 2.0 * self.m * self.n * self.k * self.batch


@dataclass(frozen=True, slots=True)
class Traffic:
    """Bytes of one execution by class of tensor, each tensor counted once; add them with ``+``.

    Parameters
    ----------
    weights
        Parameters read.
    inputs, outputs
        Activations read and written, score matrices of naive attention included.
    state_read, state_written
        KV cache, SSM state, hidden state.
    restreamed
        Bytes of inputs, weights or state that are read again after their first time (keys and values by each
        further block of queries). They stay in a cache that is large enough and are no part of `total`.
    """

    weights: float = 0.0
    inputs: float = 0.0
    outputs: float = 0.0
    state_read: float = 0.0
    state_written: float = 0.0
    restreamed: float = 0.0

    @property
    def read(self) -> float:
        """Bytes read."""
        return self.weights + self.inputs + self.state_read

    @property
    def written(self) -> float:
        """Bytes written."""
        return self.outputs + self.state_written

    @property
    def activations(self) -> float:
        """Activation bytes, in and out: what stays on chip where it fits."""
        return self.inputs + self.outputs

    @property
    def state(self) -> float:
        """State bytes, both ways."""
        return self.state_read + self.state_written

    @property
    def total(self) -> float:
        """Bytes read and written."""
        return self.read + self.written

    def __add__(self, other: Traffic) -> Traffic:
        return Traffic(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))

    def scaled(self, factor: float) -> Traffic:
        """Every class times `factor`."""
        return Traffic(*(getattr(self, each.name) * factor for each in fields(self)))


@dataclass(frozen=True, slots=True)
class Operator:
    """One piece of work of a model.

    Parameters
    ----------
    name
        Dotted, from the part of the layer to the step: ``attention.qkv``, ``mamba2.scan``.
    kind
        What sort of work.
    matrix_flops
        Floating-point or integer operations, 2 per multiply-add, that a matrix unit can do. Pruned weights
        are counted as if they were there: see `density`.
    vector_flops
        Operations left to vector units; an exponential, a square root or a division counts as one.
    traffic
        Bytes by class.
    gemms
        The products behind `matrix_flops`, for fill and tile-edge loss; their FLOPs sum to `matrix_flops`.
    count
        Executions in the graph, one after the other.
    math
        Format of the multiplied operands.
    accumulate
        Format of sums and of vector work.
    weight_format
        Format the weights are stored in; narrower than `math` where they are converted on the way.
    steps
        Executions in a row that read the same weights (time steps of an RNN), which may then stay on chip:
        there are `count` / `steps` different sets of weights.
    density, structured
        Share of weights that are not pruned, and whether hardware with structured sparsity can skip the rest.
    sharding, state_shards
        How tensor parallelism divides it, and into how many parts its state can be cut (key heads).
    collective, collective_bytes
        What is exchanged after it, and the payload per device, when it is divided.
    experts
        Experts it holds in all, 0 if it is not part of a mixture: expert parallelism divides these.
    launches
        Kernels that one execution takes.
    stage
        Part of a training step.
    """

    name: str
    kind: Kind
    matrix_flops: float = 0.0
    vector_flops: float = 0.0
    traffic: Traffic = Traffic()
    gemms: tuple[Gemm, ...] = ()
    count: int = 1
    math: Format = FORMATS["bf16"]
    accumulate: Format = FORMATS["fp32"]
    weight_format: Format = FORMATS["bf16"]
    steps: int = 1
    density: float = 1.0
    structured: bool = False
    sharding: Sharding = Sharding.REPLICATED
    state_shards: int = 1
    collective: Collective = Collective.NONE
    collective_bytes: float = 0.0
    experts: int = 0
    launches: int = 1
    stage: Stage = Stage.FORWARD

    @property
    def flops(self) -> float:
        """Operations of both unit classes, one execution."""
        return self.matrix_flops + self.vector_flops

    @property
    def intensity(self) -> float:
        """Operations per byte [1/B]; infinite without traffic."""
        return self.flops / self.traffic.total if self.traffic.total else math.inf

    @property
    def useful_flops(self) -> float:
        """Operations of one execution without those on pruned weights."""
        return self.matrix_flops * self.density + self.vector_flops

    @property
    def group(self) -> str:
        """First part of the name: ``attention``, ``mlp``, ``head``."""
        return self.name.partition(".")[0]

    @property
    def same_weights(self) -> bool:
        """Whether executions in a row read the same weights."""
        return self.steps > 1

    def times(self, count: int) -> Operator:
        """The same operator executed `count` times as often."""
        return replace(self, count=self.count * count)


@dataclass(frozen=True, slots=True)
class Work:
    """Sum of a graph over all executions: operations and bytes.

    Parameters
    ----------
    matrix_flops, vector_flops, useful_flops
        As of `Operator`.
    traffic
        Bytes by class.
    launches
        Kernels started.
    """

    matrix_flops: float = 0.0
    vector_flops: float = 0.0
    useful_flops: float = 0.0
    traffic: Traffic = Traffic()
    launches: int = 0

    @property
    def flops(self) -> float:
        """Operations of both unit classes."""
        return self.matrix_flops + self.vector_flops


def work(graph: Iterable[Operator]) -> Work:
    """Everything a graph does."""
    operators = tuple(graph)
    traffic = Traffic()
    for each in operators:
        traffic += each.traffic.scaled(each.count)
    return Work(
        math.fsum(each.matrix_flops * each.count for each in operators),
        math.fsum(each.vector_flops * each.count for each in operators),
        math.fsum(each.useful_flops * each.count for each in operators),
        traffic,
        sum(each.launches * each.count for each in operators),
    )


def merged(graph: Iterable[Operator]) -> tuple[Operator, ...]:
    """The graph with operators that differ in nothing but their count put together, in order of first use."""
    counts: dict[Operator, int] = {}
    for each in graph:
        one = replace(each, count=1)
        counts[one] = counts.get(one, 0) + each.count
    return tuple(replace(one, count=count) for one, count in counts.items())
