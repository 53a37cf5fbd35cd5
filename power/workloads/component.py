"""Parts that sequence models are built of, and what each must be able to say about itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, Self, runtime_checkable

from power.workloads.graph import Operator
from power.workloads.precision import Precision
from power.workloads.sparsity import Sparsity
from power.workloads.step import Step


@dataclass(frozen=True, slots=True)
class Parameters:
    """Exact numbers of parameters by what becomes of them; add them with ``+``.

    Parameters
    ----------
    linear, expert
        Weights of linear layers and convolutions, and of routed experts: quantised and pruned.
    wide
        Embeddings, head, norms, biases, routers: neither.
    idle
        Those of them that one token does not pass through: experts it is not sent to.
    """

    linear: int = 0
    expert: int = 0
    wide: int = 0
    idle: int = 0

    @property
    def total(self) -> int:
        """All parameters."""
        return self.linear + self.expert + self.wide

    @property
    def active(self) -> int:
        """Those that one token passes through."""
        return self.total - self.idle

    def __add__(self, other: Parameters) -> Parameters:
        return Parameters(
            self.linear + other.linear,
            self.expert + other.expert,
            self.wide + other.wide,
            self.idle + other.idle,
        )

    def times(self, count: int) -> Parameters:
        """`count` equal parts."""
        return Parameters(self.linear * count, self.expert * count, self.wide * count, self.idle * count)

    def storage(self, precision: Precision, sparsity: Sparsity) -> int:
        """Bytes."""
        return (
            sparsity.storage(self.linear, precision.weights)
            + sparsity.storage(self.expert, precision.expert_weights)
            + precision.embeddings.storage(self.wide)
        )


@dataclass(frozen=True, slots=True)
class State:
    """Numbers kept per sequence between decode steps, by class; add them with ``+``.

    Parameters
    ----------
    kv
        Keys and values, or the latent they are made from.
    recurrent
        SSM, linear-attention and RNN state.
    tail
        Last inputs of causal convolutions and token shifts, kept in the activations' format.
    """

    kv: int = 0
    recurrent: int = 0
    tail: int = 0

    def __add__(self, other: State) -> State:
        return State(self.kv + other.kv, self.recurrent + other.recurrent, self.tail + other.tail)

    def times(self, count: int) -> State:
        """`count` equal parts."""
        return State(self.kv * count, self.recurrent * count, self.tail * count)

    def storage(self, precision: Precision) -> int:
        """Bytes."""
        return (
            precision.kv.storage(self.kv)
            + precision.state.storage(self.recurrent)
            + precision.activations.storage(self.tail)
        )


@runtime_checkable
class Component(Protocol):
    """One residual branch of a layer: a token mixer or a feed-forward block; immutable."""

    @property
    def parameters(self) -> Parameters:
        """Parameters of one such branch, its own norm not included."""
        ...

    def state(self, context: int) -> State:
        """State per sequence after `context` tokens."""
        ...

    def operators(self, step: Step) -> tuple[Operator, ...]:
        """What one execution does."""
        ...

    def narrowed(self, width: float) -> Self:
        """The branch with its inner width times `width`; what it adds to the stream keeps its own."""
        ...


def narrowed_to(count: int, width: float, multiple: int = 1) -> int:
    """`count` times `width`, rounded to a positive multiple of `multiple`, at most `count`."""
    return min(count, max(multiple, round(count * width / multiple) * multiple))
