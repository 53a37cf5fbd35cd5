"""RNN, LSTM and GRU networks.

A layer is one product of all time steps with the input weights, then one small product per time step with the
recurrent weights: the steps depend on each other, so that their count, not their operations, takes the time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from power.workloads.component import Component, Parameters, State, narrowed_to
from power.workloads.convolution import Canvas
from power.workloads.graph import Operator, Sharding, Traffic
from power.workloads.layered import Layered, deepened
from power.workloads.operations import linear, looked_up
from power.workloads.precision import Tensor
from power.workloads.step import Step

Cell = Literal["lstm", "gru", "rnn"]

GATES: dict[str, int] = {"lstm": 4, "gru": 3, "rnn": 1}
KEPT: dict[str, int] = {"lstm": 2, "gru": 1, "rnn": 1}
"""Vectors of state: hidden, and the cell of an LSTM."""

CELL_FLOPS: dict[str, float] = {"lstm": 26.0, "gru": 18.0, "rnn": 5.0}
"""Per unit and step. LSTM: three sigmoids 12, two tanh 10, f c + i g 3, o tanh 1. GRU: two sigmoids 8,
tanh 5, r h 1, mixing 3, addition 1. Plain: tanh 5."""


@dataclass(frozen=True, slots=True)
class RecurrentLayer:
    """One layer, in one direction or both.

    Parameters
    ----------
    cell
        Sort of unit.
    inputs, hidden
        Features in; units per direction.
    directions
        1 or 2.
    biases
        Bias vectors per gate: 2 as common libraries have them.
    stride
        Input tokens per time step.
    """

    cell: Cell
    inputs: int
    hidden: int
    directions: int = 1
    biases: int = 2
    stride: int = 1

    @property
    def parameters(self) -> Parameters:
        """Both matrices; biases stay wide."""
        rows = GATES[self.cell] * self.hidden * self.directions
        return Parameters(rows * (self.inputs + self.hidden), wide=rows * self.biases)

    def state(self, context: int) -> State:  # noqa: ARG002
        """Hidden and cell state."""
        return State(recurrent=KEPT[self.cell] * self.hidden * self.directions)

    def operators(self, step: Step) -> tuple[Operator, ...]:
        """One product over time, then step after step, part by part."""
        rows = GATES[self.cell] * self.hidden
        found = []
        for part in step.parts:
            steps = max(1, round(part.tokens / self.stride))
            over = linear(
                step,
                f"{self.cell}.inputs",
                part.batch * steps,
                (self.inputs, rows * self.directions),
                bias=self.biases > 0,
            )
            found += [over, self._recurrence(step, part.batch, steps)]
        return tuple(found)

    def _recurrence(self, step: Step, batch: float, steps: int) -> Operator:
        """One time step; both directions run as two products side by side."""
        rows, units = GATES[self.cell] * self.hidden, batch * self.hidden * self.directions
        bare = linear(
            step,
            f"{self.cell}.recurrence",
            batch,
            (self.hidden, rows),
            groups=self.directions,
            extra_flops=1.0 + CELL_FLOPS[self.cell] / GATES[self.cell],
            sharding=Sharding.SPLIT,
        )
        state = units * KEPT[self.cell] * step.precision.state.bytes_per_element
        weights = bare.traffic.weights + step.weight_bytes(
            rows * self.directions * (self.biases > 1), Tensor.EMBEDDINGS
        )
        traffic = Traffic(
            weights,
            step.activation_bytes(units * GATES[self.cell]),
            step.activation_bytes(units),
            state,
            state,
        )
        return replace(bare, traffic=traffic, count=steps, steps=steps, state_shards=self.hidden)

    def narrowed(self, width: float) -> RecurrentLayer:
        """Fewer units."""
        return replace(self, hidden=narrowed_to(self.hidden, width))


@dataclass(frozen=True, slots=True)
class TokenTable:
    """An embedding in front of a recurrent network."""

    rows: int
    width: int

    @property
    def parameters(self) -> Parameters:
        """The table."""
        return Parameters(wide=self.rows * self.width)

    def state(self, context: int) -> State:  # noqa: ARG002
        """None."""
        return State()

    def operators(self, step: Step) -> tuple[Operator, ...]:
        """Look-up."""
        return (looked_up(step, "embedding.lookup", step.tokens, self.width),)

    def narrowed(self, width: float) -> TokenTable:  # noqa: ARG002
        """Itself."""
        return self


@dataclass(frozen=True, slots=True)
class Output:
    """A linear layer on every time step."""

    inputs: int
    outputs: int
    stride: int = 1
    bias: bool = True

    @property
    def parameters(self) -> Parameters:
        """Matrix; the bias stays wide."""
        return Parameters(self.inputs * self.outputs, wide=self.outputs * self.bias)

    def state(self, context: int) -> State:  # noqa: ARG002
        """None."""
        return State()

    def operators(self, step: Step) -> tuple[Operator, ...]:
        """One product."""
        rows = step.tokens / self.stride
        return (linear(step, "head.dense", rows, (self.inputs, self.outputs), bias=self.bias),)

    def narrowed(self, width: float) -> Output:  # noqa: ARG002
        """Itself."""
        return self


@dataclass(frozen=True, slots=True)
class RecurrentNetwork(Layered):
    """Embedding or features, recurrent layers, output.

    Parameters
    ----------
    cell
        Sort of unit.
    inputs
        Features per time step; the embedding's width where there is one.
    hidden, depth
        Units per direction; layers.
    bidirectional
        Whether layers run both ways and their outputs are put side by side.
    vocabulary
        Rows of an embedding; 0 for none.
    outputs
        Outputs per time step; 0 for none.
    biases
        Bias vectors per gate.
    length
        Time steps of a sample when none are given.
    """

    cell: Cell
    inputs: int
    hidden: int
    depth: int = 1
    bidirectional: bool = False
    vocabulary: int = 0
    outputs: int = 0
    biases: int = 2
    length: int = 100

    @property
    def decodes(self) -> bool:
        """In one direction it runs step by step."""
        return not self.bidirectional

    @property
    def tokens(self) -> int:
        """Time steps of a sample."""
        return self.length

    @property
    def layers(self) -> tuple[Component, ...]:
        """Layers in order."""
        directions = 1 + self.bidirectional
        found: list[Component] = [TokenTable(self.vocabulary, self.inputs)] if self.vocabulary else []
        width = self.inputs
        for _ in range(self.depth):
            found.append(RecurrentLayer(self.cell, width, self.hidden, directions, self.biases))
            width = self.hidden * directions
        if self.outputs:
            found.append(Output(width, self.outputs))
        return tuple(found)

    def pruned(self, depth: float, width: float) -> RecurrentNetwork:
        """Fewer layers, fewer units."""
        return replace(self, depth=deepened((self.depth,), depth)[0], hidden=narrowed_to(self.hidden, width))


@dataclass(frozen=True, slots=True)
class DeepSpeech2(Layered):
    """Speech recogniser (arXiv 1512.02595): two convolutions over the spectrogram, bidirectional layers.

    Both directions of a layer are added. A token is one spectrogram frame of 10 ms.

    Parameters
    ----------
    cell, hidden, depth
        Recurrent layers.
    frequencies
        Bins of the spectrogram.
    letters
        Outputs.
    length
        Frames of a sample when none are given; recurrent layers see half of them.
    """

    cell: Cell = "lstm"
    hidden: int = 1024
    depth: int = 5
    frequencies: int = 161
    letters: int = 29
    length: int = 1400

    @property
    def tokens(self) -> int:
        """Frames of a sample."""
        return self.length

    @property
    def layers(self) -> tuple[Component, ...]:
        """Convolutions over the default length, then layers over half of it."""
        canvas = Canvas(1, (self.frequencies, self.length))
        canvas = canvas.convolved("frontend.conv", 32, (41, 11), (2, 2), bias=True)
        canvas = canvas.convolved("frontend.conv", 32, (21, 11), (2, 1), bias=True)
        found, width = list(canvas.layers), canvas.channels * canvas.size[0]
        for _ in range(self.depth):
            found.append(RecurrentLayer(self.cell, width, self.hidden, 2, stride=2))
            width = self.hidden
        return (*found, Output(width, self.letters, stride=2, bias=False))

    def operators(self, step: Step) -> tuple[Operator, ...]:
        """As of its layers, with the spectrogram of the step's own length."""
        length = max(1, round(step.tokens / step.sequences))
        drawn = replace(self, length=length).layers
        return tuple(operator for each in drawn for operator in each.operators(step))

    def pruned(self, depth: float, width: float) -> DeepSpeech2:
        """Fewer recurrent layers, fewer units."""
        return replace(self, depth=deepened((self.depth,), depth)[0], hidden=narrowed_to(self.hidden, width))
