"""Networks that are one list of layers: convolutional, recurrent, perceptrons, recommenders."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce

from floorplans.diagnostics import Diagnostic
from power.workloads.component import Component, Parameters, State
from power.workloads.graph import Operator
from power.workloads.step import Step


class Layered:
    """What follows from a list of layers; a base of architectures that build such a list."""

    __slots__ = ()

    @property
    def layers(self) -> tuple[Component, ...]:
        """Layers in order."""
        raise NotImplementedError

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """None."""
        return ()

    @property
    def decodes(self) -> bool:
        """These answer once per input."""
        return False

    @property
    def tokens(self) -> int:
        """One image or row."""
        return 1

    @property
    def parameters(self) -> Parameters:
        """Sum over layers."""
        return reduce(Parameters.__add__, (each.parameters for each in self.layers), Parameters())

    def state(self, context: int) -> State:
        """Sum over layers."""
        return reduce(State.__add__, (each.state(context) for each in self.layers), State())

    def operators(self, step: Step) -> tuple[Operator, ...]:
        """Layers one after the other."""
        return tuple(operator for each in self.layers for operator in each.operators(step))


def deepened(counts: Iterable[int], depth: float) -> tuple[int, ...]:
    """Repeats of each stage times `depth`, at least one."""
    return tuple(max(1, round(count * depth)) for count in counts)


def widened(channels: Iterable[int], width: float, multiple: int = 8) -> tuple[int, ...]:
    """Channels times `width`, multiples of `multiple`; unchanged for a width of 1."""
    if width == 1.0:
        return tuple(channels)
    return tuple(max(multiple, round(each * width / multiple) * multiple) for each in channels)
