"""What every workload offers, whatever its architecture."""

from __future__ import annotations

from typing import Protocol, Self, runtime_checkable

from power.workloads.graph import Operator
from power.workloads.phase import Phase
from power.workloads.precision import Format, Precision


@runtime_checkable
class Model(Protocol):
    """A neural network as its parameters, its state and its operator graphs; immutable."""

    @property
    def name(self) -> str:
        """Name for tables."""
        ...

    @property
    def family(self) -> str:
        """Sort of architecture: transformer, ssm, hybrid, encoder, cnn, rnn, mlp, dlrm, onnx."""
        ...

    @property
    def precision(self) -> Precision:
        """Format of every class of tensor."""
        ...

    @property
    def parameters(self) -> int:
        """Exact number of parameters, pruned ones included; tied tensors once."""
        ...

    @property
    def active_parameters(self) -> int:
        """Parameters that one token passes through: all but the experts that it is not sent to."""
        ...

    @property
    def weight_bytes(self) -> int:
        """Bytes of all parameters in their formats, sparsity and scales included."""
        ...

    def state_bytes(self, context: int, batch: int = 1) -> int:
        """Bytes that must be kept between decode steps.

        Parameters
        ----------
        context
            Tokens seen by each sequence.
        batch
            Sequences.
        """
        ...

    def graph(self, phase: Phase) -> tuple[Operator, ...]:
        """The operators of one phase, in order.

        Raises
        ------
        ValueError
            The model has no such phase; the message names those it has.
        """
        ...

    def quantised(self, **formats: str | Format) -> Self:
        """The same model with some classes of tensors in other formats; see `Precision.with_`."""
        ...
