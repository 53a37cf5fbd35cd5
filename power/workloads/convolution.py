"""Layers of convolutional networks, and the canvas on which a network is drawn layer by layer.

A convolution is counted as its implicit matrix product; one with a single input channel per group is vector
work. Inputs and outputs are counted once each, as if the window's overlap always hit on chip.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from power.workloads.component import Component, Parameters, State
from power.workloads.graph import Kind, Operator, Traffic
from power.workloads.operations import Activation, elementwise, linear
from power.workloads.precision import Tensor
from power.workloads.step import Step

BATCH_NORM_FLOPS = 8.0
"""Per element in training: mean 1, variance 3, normalise 2, weight and bias 2."""


@dataclass(frozen=True, slots=True)
class Convolution:
    """A two-dimensional convolution with its batch norm and activation.

    Parameters
    ----------
    name
        Name of its operator.
    channels, filters
        Input and output channels.
    window
        Height and width of the window.
    size, out
        Height and width of input and output.
    groups
        Groups of channels that do not see each other.
    bias
        Whether there is one.
    norm
        Whether a batch norm with weight and bias follows.
    activation
        Non-linearity behind it.
    frozen_norm
        The norm's weights are constants, not parameters.
    shared
        Its weights are those of an earlier layer, and counted there.
    """

    name: str
    channels: int
    filters: int
    window: tuple[int, int]
    size: tuple[int, int]
    out: tuple[int, int]
    groups: int = 1
    bias: bool = False
    norm: bool = True
    activation: Activation = Activation.RELU
    frozen_norm: bool = False
    shared: bool = False

    @property
    def taps(self) -> int:
        """Inputs of one output."""
        return self.channels // self.groups * self.window[0] * self.window[1]

    @property
    def parameters(self) -> Parameters:
        """Filters; bias and norm stay wide."""
        if self.shared:
            return Parameters()
        norm = 2 * self.filters if self.norm and not self.frozen_norm else 0
        return Parameters(self.taps * self.filters, wide=self.filters * self.bias + norm)

    def state(self, context: int) -> State:  # noqa: ARG002
        """None."""
        return State()

    def operators(self, step: Step) -> tuple[Operator, ...]:
        """The convolution; in training the batch norm as well."""
        images, pixels = step.sequences, self.out[0] * self.out[1]
        apart = self.norm and step.training
        extra = 0.0 if apart else self.activation.flops + self.norm
        inputs = step.activation_bytes(images * self.channels * self.size[0] * self.size[1])
        outputs = step.activation_bytes(images * self.filters * pixels)
        if self.groups == self.channels:
            found = elementwise(
                step, self.name, images * self.filters * pixels, 2.0 * self.taps + self.bias + extra
            )
            weights = step.weight_bytes(self.taps * self.filters)
        else:
            features = (self.taps, self.filters // self.groups)
            found = linear(
                step,
                self.name,
                images * pixels,
                features,
                groups=self.groups,
                bias=self.bias,
                extra_flops=extra,
            )
            weights = found.traffic.weights
        weights += step.weight_bytes(2 * self.filters * (self.norm and not apart), Tensor.EMBEDDINGS)
        found = replace(found, kind=Kind.CONVOLUTION, traffic=Traffic(weights, inputs, outputs))
        return (found, self._norm(step)) if apart else (found,)

    def _norm(self, step: Step) -> Operator:
        """Statistics, then normalisation and activation: the input is read twice."""
        elements = step.sequences * self.filters * self.out[0] * self.out[1]
        return elementwise(
            step,
            f"{self.name}.norm",
            elements,
            BATCH_NORM_FLOPS + self.activation.flops,
            reads=2.0,
            weights=2 * self.filters,
            kind=Kind.NORM,
        )

    def narrowed(self, width: float) -> Convolution:  # noqa: ARG002
        """Itself: widths belong to the network, which is drawn anew."""
        return self


@dataclass(frozen=True, slots=True)
class Pointwise:
    """Vector work on feature maps: pooling, addition, scaling, up-sampling.

    Parameters
    ----------
    name
        Name of its operator.
    elements
        Output elements per image.
    flops, reads
        Operations and elements read per output element.
    kind
        What sort of work.
    """

    name: str
    elements: int
    flops: float
    reads: float
    kind: Kind = Kind.ELEMENTWISE

    @property
    def parameters(self) -> Parameters:
        """None."""
        return Parameters()

    def state(self, context: int) -> State:  # noqa: ARG002
        """None."""
        return State()

    def operators(self, step: Step) -> tuple[Operator, ...]:
        """One kernel."""
        elements = step.sequences * self.elements
        return (elementwise(step, self.name, elements, self.flops, reads=self.reads, kind=self.kind),)

    def narrowed(self, width: float) -> Pointwise:  # noqa: ARG002
        """Itself."""
        return self


@dataclass(frozen=True, slots=True)
class Dense:
    """A fully connected layer on one row per sample.

    Parameters
    ----------
    name
        Name of its operator.
    inputs, outputs
        Features.
    bias
        Whether there is one.
    activation
        Non-linearity behind it.
    """

    name: str
    inputs: int
    outputs: int
    bias: bool = True
    activation: Activation = Activation.NONE

    @property
    def parameters(self) -> Parameters:
        """Matrix; the bias stays wide."""
        return Parameters(self.inputs * self.outputs, wide=self.outputs * self.bias)

    def state(self, context: int) -> State:  # noqa: ARG002
        """None."""
        return State()

    def operators(self, step: Step) -> tuple[Operator, ...]:
        """One product."""
        return (
            linear(
                step,
                self.name,
                step.sequences,
                (self.inputs, self.outputs),
                bias=self.bias,
                extra_flops=self.activation.flops,
            ),
        )

    def narrowed(self, width: float) -> Dense:  # noqa: ARG002
        """Itself."""
        return self


@dataclass(frozen=True, slots=True)
class Canvas:
    """A feature map and the layers that led to it; every method returns the next one.

    Parameters
    ----------
    channels, size
        Shape of the feature map.
    layers
        Layers so far.
    """

    channels: int
    size: tuple[int, int]
    layers: tuple[Component, ...] = ()

    @property
    def elements(self) -> int:
        """Elements of the feature map."""
        return self.channels * self.size[0] * self.size[1]

    def reduced(self, window: tuple[int, int], stride: int | tuple[int, int]) -> tuple[int, int]:
        """Size behind a window with half its width of padding."""
        steps = (stride, stride) if isinstance(stride, int) else stride
        return (
            (self.size[0] + 2 * ((window[0] - 1) // 2) - window[0]) // steps[0] + 1,
            (self.size[1] + 2 * ((window[1] - 1) // 2) - window[1]) // steps[1] + 1,
        )

    def convolved(
        self,
        name: str,
        filters: int,
        window: int | tuple[int, int],
        stride: int | tuple[int, int] = 1,
        *,
        groups: int = 1,
        bias: bool = False,
        norm: bool = True,
        activation: Activation = Activation.RELU,
        frozen_norm: bool = False,
        shared: bool = False,
    ) -> Canvas:
        """Behind a convolution."""
        kernel = (window, window) if isinstance(window, int) else window
        out = self.reduced(kernel, stride)
        layer = Convolution(
            name,
            self.channels,
            filters,
            kernel,
            self.size,
            out,
            groups,
            bias,
            norm,
            activation,
            frozen_norm,
            shared,
        )
        return Canvas(filters, out, (*self.layers, layer))

    def pooled(self, name: str, window: int, stride: int) -> Canvas:
        """Behind a pooling window."""
        out = self.reduced((window, window), stride)
        elements = self.channels * out[0] * out[1]
        reads = self.elements / elements
        layer = Pointwise(name, elements, float(window * window), reads, Kind.POOL)
        return Canvas(self.channels, out, (*self.layers, layer))

    def averaged(self, name: str) -> Canvas:
        """Behind a mean over all pixels."""
        pixels = self.size[0] * self.size[1]
        layer = Pointwise(name, self.channels, float(pixels), float(pixels), Kind.POOL)
        return Canvas(self.channels, (1, 1), (*self.layers, layer))

    def added(self, name: str, activation: Activation = Activation.NONE) -> Canvas:
        """Behind the addition of a feature map of the same shape."""
        layer = Pointwise(name, self.elements, 1.0 + activation.flops, 2.0)
        return replace(self, layers=(*self.layers, layer))

    def scaled(self, name: str) -> Canvas:
        """Behind a factor per channel."""
        layer = Pointwise(name, self.elements, 1.0, 1.0)
        return replace(self, layers=(*self.layers, layer))

    def copied(self, name: str) -> Canvas:
        """Behind a change of order."""
        layer = Pointwise(name, self.elements, 0.0, 1.0)
        return replace(self, layers=(*self.layers, layer))

    def enlarged(self, name: str, size: tuple[int, int]) -> Canvas:
        """Behind up-sampling to `size` and the addition of a map of that size."""
        elements = self.channels * size[0] * size[1]
        share = self.size[0] * self.size[1] / (size[0] * size[1])
        layer = Pointwise(name, elements, 1.0, 1.0 + share)
        return Canvas(self.channels, size, (*self.layers, layer))

    def dense(self, name: str, outputs: int) -> Canvas:
        """Behind a fully connected layer on all elements."""
        layer = Dense(name, self.elements, outputs)
        return Canvas(outputs, (1, 1), (*self.layers, layer))
