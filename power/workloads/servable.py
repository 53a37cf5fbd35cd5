"""What serving asks of a model: a network, or a network together with a draft."""

from __future__ import annotations

from typing import Protocol, Self

from floorplans.diagnostics import Diagnostic
from power.workloads.graph import Operator
from power.workloads.phase import Phase
from power.workloads.precision import Format, Precision


class Servable(Protocol):
    """Weights, state between steps, and the operators of a phase; `Model` and `SpeculativeDecoding` are."""

    @property
    def name(self) -> str:
        """Name for tables."""
        ...

    @property
    def family(self) -> str:
        """Sort of architecture."""
        ...

    @property
    def precision(self) -> Precision:
        """Formats of its tensors."""
        ...

    @property
    def decodes(self) -> bool:
        """Whether it produces one token after the other."""
        ...

    @property
    def tokens_per_step(self) -> float:
        """Tokens that a decode step yields a sequence, on average."""
        ...

    @property
    def parameters(self) -> int:
        """Exact number of parameters."""
        ...

    @property
    def active_parameters(self) -> int:
        """Parameters that one token passes through."""
        ...

    @property
    def weight_bytes(self) -> int:
        """Bytes of all parameters in their formats."""
        ...

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Warnings on what of its source is not counted."""
        ...

    def state_bytes(self, context: int, batch: int = 1) -> int:
        """Bytes to keep between decode steps."""
        ...

    def graph(self, phase: Phase) -> tuple[Operator, ...]:
        """The operators of one phase."""
        ...

    def quantised(self, scheme: str | Format | None = None, /, **formats: str | Format) -> Self:
        """The same model with tensors in other formats."""
        ...
