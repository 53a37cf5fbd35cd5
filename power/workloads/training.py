"""A training step made from the forward graph: gradients operator by operator, then the optimiser.

A product with weights, Y = X W, has two products of the same size behind it: dX = dY W^T and dW = X^T dY.
Flash attention has five where the forward pass has two, for it computes the scores again (arXiv
2205.14135). Vector work is taken twice as large, and reads what it read, and the gradient.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from power.workloads.component import Parameters
from power.workloads.graph import Collective, Gemm, Kind, Operator, Sharding, Stage, Traffic
from power.workloads.phase import TrainingStep
from power.workloads.precision import Precision

MOMENTS = {"sgd": 0, "momentum": 1, "adam": 2}
"""Numbers kept per parameter beside itself."""

UPDATE_FLOPS = {"sgd": 2.0, "momentum": 4.0, "adam": 12.0}
"""Vector operations per parameter."""


def training_graph(
    forward: Sequence[Operator], phase: TrainingStep, parameters: Parameters, precision: Precision
) -> tuple[Operator, ...]:
    """Forward, backward in reverse order, optimiser.

    Parameters
    ----------
    forward
        Operators of the forward pass without a cache. The first one's input needs no gradient.
    phase
        Optimiser and the format of its sums.
    parameters
        What is updated.
    precision
        Formats of weights and gradients.
    """
    behind = [
        each
        for position, operator in reversed(tuple(enumerate(forward)))
        for each in backward(operator, input_gradient=position > 0)
    ]
    return (*forward, *behind, optimiser(phase, parameters, precision))


def saved_bytes(forward: Sequence[Operator]) -> float:
    """Activation bytes that the backward pass needs, without recomputation: the input of every operator."""
    return sum(each.traffic.inputs * each.count for each in forward)


def backward(operator: Operator, *, input_gradient: bool = True) -> tuple[Operator, ...]:
    """The gradients of one operator."""
    behind = replace(
        operator, stage=Stage.BACKWARD, collective=Collective.NONE, collective_bytes=0.0, name=operator.name
    )
    if operator.kind is Kind.ATTENTION:
        return (_attention(behind),)
    if not operator.gemms:
        return (_vector(behind),)
    if operator.kind is Kind.SCAN or not operator.traffic.weights:
        return (_twice(behind),)
    weights = _weight_gradient(behind)
    return (_input_gradient(behind), weights) if input_gradient else (weights,)


def _input_gradient(operator: Operator) -> Operator:
    old = operator.traffic
    gemms = tuple(Gemm(each.m, each.k, each.n, each.batch) for each in operator.gemms)
    turned = {Sharding.COLUMN: Sharding.ROW, Sharding.ROW: Sharding.COLUMN}
    sharding = turned.get(operator.sharding, operator.sharding)
    reduced = sharding is Sharding.ROW
    return replace(
        operator,
        name=f"{operator.name}.input_gradient",
        traffic=replace(old, inputs=old.outputs, outputs=old.inputs),
        gemms=gemms,
        sharding=sharding,
        collective=Collective.ALL_REDUCE if reduced else Collective.NONE,
        collective_bytes=old.inputs if reduced else 0.0,
    )


def _weight_gradient(operator: Operator) -> Operator:
    old = operator.traffic
    # Time steps that share their weights have one gradient, made of all of them at once.
    steps = operator.steps
    gemms = tuple(Gemm(each.k, each.n, each.m * steps, each.batch) for each in operator.gemms)
    return replace(
        operator,
        name=f"{operator.name}.weight_gradient",
        count=operator.count // steps,
        steps=1,
        matrix_flops=operator.matrix_flops * steps,
        traffic=Traffic(inputs=(old.inputs + old.outputs) * steps, outputs=old.weights),
        vector_flops=0.0,
        gemms=gemms,
        density=1.0,
        structured=False,
        sharding=Sharding.SPLIT if operator.sharding is not Sharding.REPLICATED else operator.sharding,
    )


def _attention(operator: Operator) -> Operator:
    """Scores again, then dV, dP, dQ and dK; reads Q, K, V, output and its gradient."""
    score, value = operator.gemms
    turned_score = Gemm(score.m, score.k, score.n, score.batch)
    turned_value = Gemm(value.k, value.n, value.m, value.batch)
    gemms = (
        score,
        turned_value,
        Gemm(value.m, value.k, value.n, value.batch),
        turned_score,
        Gemm(score.n, score.k, score.m, score.batch),
    )
    old = operator.traffic
    traffic = replace(
        old, inputs=old.inputs + 2.0 * old.outputs, outputs=old.inputs, restreamed=2.0 * old.restreamed
    )
    return replace(
        operator,
        name=f"{operator.name}.gradient",
        matrix_flops=sum(each.flops for each in gemms),
        vector_flops=2.0 * operator.vector_flops,
        traffic=traffic,
        gemms=gemms,
    )


def _twice(operator: Operator) -> Operator:
    """A product of two activations has a gradient for each."""
    old = operator.traffic
    return replace(
        operator,
        name=f"{operator.name}.gradient",
        matrix_flops=2.0 * operator.matrix_flops,
        vector_flops=2.0 * operator.vector_flops,
        traffic=replace(old, inputs=old.inputs + old.outputs, outputs=old.inputs),
        gemms=operator.gemms * 2,
    )


def _vector(operator: Operator) -> Operator:
    """Reads its input and the gradient behind it, writes the gradient before it and that of its weights."""
    old = operator.traffic
    return replace(
        operator,
        name=f"{operator.name}.gradient",
        vector_flops=2.0 * operator.vector_flops,
        traffic=replace(old, inputs=old.inputs + old.outputs, outputs=old.inputs + old.weights),
    )


def optimiser(phase: TrainingStep, parameters: Parameters, precision: Precision) -> Operator:
    """The update of all parameters, with the all-reduce of gradients that data parallelism needs first."""
    master = phase.master.bytes_per_element
    moments = MOMENTS[phase.optimiser] * master
    stored = held = 0.0
    for count, form in (
        (parameters.linear, precision.weights),
        (parameters.expert, precision.expert_weights),
        (parameters.wide, precision.embeddings),
    ):
        stored += count * form.bytes_per_element
        held += count * (moments + (master if form.bits < phase.master.bits else 0.0))
    return Operator(
        f"optimiser.{phase.optimiser}",
        Kind.OPTIMISER,
        vector_flops=UPDATE_FLOPS[phase.optimiser] * parameters.total,
        # The gradient is an input in the weights' format; moments and a master copy are state.
        traffic=Traffic(stored, stored, stored, held, held),
        math=phase.master,
        accumulate=phase.master,
        weight_format=precision.weights,
        sharding=Sharding.SPLIT,
        collective=Collective.ALL_REDUCE,
        collective_bytes=stored,
        stage=Stage.OPTIMISER,
    )
