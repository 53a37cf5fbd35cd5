"""What an architecture must be able to say, so that `Model` can do the rest."""

from __future__ import annotations

from typing import Protocol, Self, runtime_checkable

from floorplans.diagnostics import Diagnostic
from power.workloads.component import Parameters, State
from power.workloads.graph import Operator
from power.workloads.step import Step


@runtime_checkable
class Architecture(Protocol):
    """The layers of a network, apart from formats and kernels; immutable."""

    @property
    def parameters(self) -> Parameters:
        """Exact parameters by class."""
        ...

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Warnings on what of its source is not counted."""
        ...

    @property
    def decodes(self) -> bool:
        """Whether it produces one token at a time from a cache or a recurrent state."""
        ...

    @property
    def tokens(self) -> int:
        """Sequence length of an inference or a training sample when none is given; 1 for images and rows."""
        ...

    def state(self, context: int) -> State:
        """State per sequence after `context` tokens."""
        ...

    def operators(self, step: Step) -> tuple[Operator, ...]:
        """Operators of one forward pass, in order."""
        ...

    def pruned(self, depth: float, width: float) -> Self:
        """The architecture with shares `depth` of its layers and `width` of their inner width."""
        ...
