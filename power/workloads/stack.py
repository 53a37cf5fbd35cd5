"""Sequence models: an embedding, residual layers of any mixers and feed-forward blocks, a head.

Transformer decoders and encoders, state-space models, linear RNNs and their hybrids are all stacks; they
differ in the branches of their layers.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import reduce

import numpy as np

from floorplans.diagnostics import Diagnostic
from power.workloads.component import Component, Parameters, State
from power.workloads.graph import Collective, Kind, Operator, Sharding
from power.workloads.operations import (
    SOFTMAX_FLOPS,
    Activation,
    Norm,
    elementwise,
    linear,
    looked_up,
    normalised,
)
from power.workloads.precision import Tensor
from power.workloads.step import Step


@dataclass(frozen=True, slots=True)
class Layer:
    """One residual layer.

    Parameters
    ----------
    branches
        Mixer, feed-forward block, or one of them alone.
    norm
        Normalisation.
    norms
        Norms over the stream: one per branch as a rule, one for parallel branches, two per branch with a
        norm on both sides.
    """

    branches: tuple[Component, ...]
    norm: Norm = Norm.RMS
    norms: int = 2

    def parameters(self, hidden: int) -> Parameters:
        """Branches and norms."""
        norms = Parameters(wide=self.norms * self.norm.parameters(hidden))
        return reduce(Parameters.__add__, (each.parameters for each in self.branches), norms)

    def state(self, context: int) -> State:
        """State of its mixers."""
        return reduce(State.__add__, (each.state(context) for each in self.branches), State())

    def operators(self, step: Step, hidden: int) -> tuple[Operator, ...]:
        """Norm, branch, norm, branch; further norms stand behind the branches."""
        found: list[Operator] = []
        for position, branch in enumerate(self.branches):
            if position < self.norms:
                found.append(normalised(step, "layer.norm", step.tokens, hidden, self.norm))
            found += branch.operators(step)
        behind = normalised(step, "layer.post_norm", step.tokens, hidden, self.norm, residual=False)
        return (*found, *(behind for _ in range(self.norms - len(self.branches))))

    def narrowed(self, width: float) -> Layer:
        """Every branch narrowed."""
        return replace(self, branches=tuple(each.narrowed(width) for each in self.branches))


@dataclass(frozen=True, slots=True)
class Embedding:
    """Token table and what is added to it.

    Parameters
    ----------
    vocabulary
        Rows of the token table.
    positions, types
        Rows of learned position and token-type tables.
    norm
        Norm behind it; None for none.
    """

    vocabulary: int
    positions: int = 0
    types: int = 0
    norm: Norm | None = None

    def parameters(self, hidden: int) -> Parameters:
        """Tables and norm."""
        norm = self.norm.parameters(hidden) if self.norm is not None else 0
        return Parameters(wide=(self.vocabulary + self.positions + self.types) * hidden + norm)

    def operators(self, step: Step, hidden: int) -> tuple[Operator, ...]:
        """Look-up and norm."""
        tables = 1 + bool(self.positions) + bool(self.types)
        found = looked_up(step, "embedding.lookup", step.tokens, hidden, tables=tables)
        if self.norm is None:
            return (found,)
        return (
            found,
            normalised(step, "embedding.norm", step.tokens, hidden, self.norm, residual=False),
        )


@dataclass(frozen=True, slots=True)
class Head:
    """What makes the output of the last layer's stream.

    Parameters
    ----------
    outputs
        Rows of the last projection: vocabulary or classes; 0 for none.
    tied
        It is the token table, and adds no parameters but its bias.
    bias
        Whether it has a bias.
    dense
        A square layer with bias before it: the pooler of an encoder, the transform of a masked language
        model.
    dense_norm
        Norm behind that layer.
    pooled
        Whether one token per sequence goes through it; otherwise every token whose logits are asked for.
    generates
        Whether a token is sampled from the outputs.
    """

    outputs: int = 0
    tied: bool = False
    bias: bool = False
    dense: bool = False
    dense_norm: Norm | None = None
    pooled: bool = False
    generates: bool = True

    def parameters(self, hidden: int) -> Parameters:
        """Projection, bias, square layer."""
        wide = self.outputs * (hidden * (not self.tied) + self.bias)
        wide += hidden * (hidden + 1) * self.dense
        wide += self.dense_norm.parameters(hidden) if self.dense_norm is not None else 0
        return Parameters(wide=wide)

    def operators(self, step: Step, hidden: int) -> tuple[Operator, ...]:
        """Square layer, projection, sampling."""
        rows = step.sequences if self.pooled else step.logits
        if not rows:
            return ()
        found = []
        if self.dense:
            flops = Activation.GELU.flops if self.dense_norm is not None else Activation.TANH.flops
            found.append(
                linear(
                    step,
                    "head.dense",
                    rows,
                    (hidden, hidden),
                    bias=True,
                    tensor=Tensor.EMBEDDINGS,
                    sharding=Sharding.REPLICATED,
                    extra_flops=flops,
                )
            )
        if self.dense_norm is not None:
            found.append(normalised(step, "head.norm", rows, hidden, self.dense_norm, residual=False))
        if self.outputs:
            logits = linear(
                step, "head.logits", rows, (hidden, self.outputs), bias=self.bias, tensor=Tensor.EMBEDDINGS
            )
            payload = logits.traffic.outputs
            found.append(replace(logits, collective=Collective.ALL_GATHER, collective_bytes=payload))
        if self.outputs and self.generates:
            found.append(
                elementwise(
                    step,
                    "head.sample",
                    rows * self.outputs,
                    SOFTMAX_FLOPS,
                    writes=0.0,
                    kind=Kind.SOFTMAX,
                    sharding=Sharding.REPLICATED,
                )
            )
        return tuple(found)


@dataclass(frozen=True, slots=True)
class SequenceStack:
    """A sequence model.

    Parameters
    ----------
    hidden
        Width of the residual stream.
    layers
        Layers in order.
    embedding, head
        Ends.
    final_norm
        Norm behind the last layer; None for none.
    decodes
        Whether it generates token by token.
    tokens
        Sequence length of an inference or a training sample when none is given.
    """

    hidden: int
    layers: tuple[Layer, ...]
    embedding: Embedding
    head: Head
    final_norm: Norm | None = Norm.RMS
    decodes: bool = True
    tokens: int = 512

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """None."""
        return ()

    @property
    def kinds(self) -> Counter[Layer]:
        """Different layers with their numbers, in order of first appearance."""
        return Counter(self.layers)

    @property
    def parameters(self) -> Parameters:
        """All parameters; a tied table is counted at the embedding."""
        total = self.embedding.parameters(self.hidden) + self.head.parameters(self.hidden)
        if self.final_norm is not None:
            total += Parameters(wide=self.final_norm.parameters(self.hidden))
        for layer, count in self.kinds.items():
            total += layer.parameters(self.hidden).times(count)
        return total

    def state(self, context: int) -> State:
        """State of all layers."""
        total = State()
        for layer, count in self.kinds.items():
            total += layer.state(context).times(count)
        return total

    def operators(self, step: Step) -> tuple[Operator, ...]:
        """Embedding, layers, final norm, head; equal layers are one with a count."""
        found = [*self.embedding.operators(step, self.hidden)]
        for layer, count in self.kinds.items():
            found += [each.times(count) for each in layer.operators(step, self.hidden)]
        if self.final_norm is not None:
            found.append(normalised(step, "head.final_norm", step.tokens, self.hidden, self.final_norm))
        return (*found, *self.head.operators(step, self.hidden))

    def pruned(self, depth: float, width: float) -> SequenceStack:
        """Layers taken out evenly, first and last kept; branches narrowed, the stream as wide as before."""
        count = len(self.layers)
        kept = np.unique(np.round(np.linspace(0, count - 1, max(1, round(depth * count)))).astype(int))
        layers = tuple(self.layers[position] for position in kept)
        if width < 1.0:
            layers = tuple(layer.narrowed(width) for layer in layers)
        return replace(self, layers=layers)
