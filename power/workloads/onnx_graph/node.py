"""One node of an ONNX graph as a component whose work grows with the batch."""

from __future__ import annotations

from dataclasses import dataclass, replace

from power.workloads.component import Parameters, State
from power.workloads.graph import Gemm, Kind, Operator, Sharding, Traffic
from power.workloads.precision import Tensor
from power.workloads.step import Step


@dataclass(frozen=True, slots=True)
class OnnxNode:
    """Work of a node for one sample.

    Parameters
    ----------
    name
        Lower-case operator type.
    kind
        What sort of work.
    gemms
        Products; those with weights grow in `m` with the batch, others in `batch`.
    vector_flops
        Vector operations.
    weights, wide
        Parameters read, of linear layers and of norms and biases.
    inputs, outputs
        Activation elements read and written.
    steps
        Time steps that follow each other and share their weights.
    """

    name: str
    kind: Kind
    gemms: tuple[Gemm, ...] = ()
    vector_flops: float = 0.0
    weights: int = 0
    wide: int = 0
    inputs: float = 0.0
    outputs: float = 0.0
    steps: int = 1

    @property
    def parameters(self) -> Parameters:
        """Counted by the graph, for nodes may share them."""
        return Parameters()

    def state(self, context: int) -> State:  # noqa: ARG002
        """None."""
        return State()

    def operators(self, step: Step) -> tuple[Operator, ...]:
        """The node for as many samples as the step has."""
        samples, precision = step.sequences, step.precision
        gemms = tuple(
            replace(each, m=each.m * samples) if self.weights else replace(each, batch=each.batch * samples)
            for each in self.gemms
        )
        traffic = Traffic(
            step.weight_bytes(self.weights) + step.weight_bytes(self.wide, Tensor.EMBEDDINGS),
            step.activation_bytes(self.inputs * samples),
            step.activation_bytes(self.outputs * samples),
        )
        weighted = bool(self.weights)
        return (
            Operator(
                self.name,
                self.kind,
                matrix_flops=sum(each.flops for each in gemms),
                vector_flops=self.vector_flops * samples,
                traffic=traffic,
                gemms=gemms,
                count=self.steps,
                steps=self.steps,
                math=precision.multiplying(Tensor.WEIGHTS) if weighted else precision.attending,
                accumulate=precision.accumulators,
                weight_format=precision.weights,
                density=step.sparsity.density if weighted else 1.0,
                structured=step.sparsity.structured and weighted,
                sharding=Sharding.SPLIT,
            ),
        )

    def narrowed(self, width: float) -> OnnxNode:  # noqa: ARG002
        """Itself."""
        return self
