"""What one node of an ONNX graph computes, reads and writes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

from power.workloads.graph import Gemm, Kind
from power.workloads.onnx_graph.kinds import (
    CONVOLUTIONS,
    FREE,
    PRODUCTS,
    RECURRENT,
    flops_per_element,
    vector_kind,
)
from power.workloads.onnx_graph.node import OnnxNode
from power.workloads.onnx_graph.tensors import Tensors
from power.workloads.recurrent import CELL_FLOPS


@dataclass(frozen=True, slots=True)
class Translated:
    """A node, and whether its operator type is known."""

    node: OnnxNode
    known: bool = True


def translated(node: Any, tensors: Tensors) -> Translated | Literal["free"] | None:
    """The work of a node for one sample; ``"free"`` for none, None where shapes are missing."""
    data = [name for name in node.input if name and not tensors.constant(name)]
    if node.op_type in FREE or (not data and node.input):
        return "free"
    shapes = [tensors.shape(name) for name in (*node.input[:2], *node.output[:1]) if name]
    if any(shape is None for shape in shapes):
        return None
    if node.op_type in PRODUCTS:
        return Translated(_product(node, tensors))
    if node.op_type in CONVOLUTIONS:
        return Translated(_convolution(node, tensors))
    if node.op_type in RECURRENT:
        return Translated(_recurrent(node, tensors))
    kind = vector_kind(node.op_type)
    return Translated(_vector(node, tensors, kind or Kind.ELEMENTWISE), kind is not None)


def _moved(node: Any, tensors: Tensors) -> tuple[float, float]:
    """Activation elements in and out per sample."""
    read = sum(tensors.elements(name) or 0 for name in node.input if name and not tensors.constant(name))
    written = sum(tensors.elements(name) or 0 for name in node.output if name)
    return read / tensors.batch, written / tensors.batch


def _held(tensors: Tensors, names: list[str]) -> int:
    """Elements of those of `names` that are constants."""
    return sum(tensors.elements(name) or 0 for name in names if name and tensors.constant(name))


def _attribute(node: Any, name: str, default: int) -> int:
    return next((int(each.i) for each in node.attribute if each.name == name), default)


def _dims(tensors: Tensors, name: str) -> tuple[int, ...]:
    return tensors.shape(name) or ()


def _product(node: Any, tensors: Tensors) -> OnnxNode:
    """MatMul and its relatives."""
    # QLinearMatMul: a, its scale and zero point, then b.
    position = 3 if node.op_type == "QLinearMatMul" else 1
    left, right = _dims(tensors, node.input[0]), _dims(tensors, node.input[position])
    out = _dims(tensors, node.output[0])
    turned = node.op_type == "Gemm" and _attribute(node, "transA", 0)
    k = left[0] if turned else left[-1]
    n = out[-1] if len(right) > 1 else 1
    weighted = tensors.constant(node.input[position])
    outer = math.prod(right[:-2]) if not weighted else 1
    rows = math.prod(out) / n / outer / tensors.batch if outer == 1 else math.prod(out) / n / outer
    groups = outer / tensors.batch if outer > 1 else 1.0
    read, written = _moved(node, tensors)
    bias = node.input[2:3] if node.op_type == "Gemm" else []
    wide = _held(tensors, list(bias))
    return OnnxNode(
        node.op_type.lower(),
        Kind.GEMM,
        (Gemm(rows, n, k, groups),),
        written if wide else 0.0,
        _held(tensors, [node.input[position]]),
        wide,
        read,
        written,
    )


def _convolution(node: Any, tensors: Tensors) -> OnnxNode:
    """Convolutions of any dimension; those with one input channel per group are vector work."""
    # QLinearConv: x, its scale and zero point, then w.
    position = 3 if node.op_type == "QLinearConv" else 1
    filters, out = _dims(tensors, node.input[position]), _dims(tensors, node.output[0])
    source = _dims(tensors, node.input[0])
    groups = _attribute(node, "group", 1)
    transposed = node.op_type == "ConvTranspose"
    # A transposed convolution spreads every input pixel; its filters are (in, out / groups, window).
    pixels = math.prod((source if transposed else out)[2:]) * out[0] / tensors.batch
    taps = math.prod(filters[1:]) if not transposed else filters[0] // groups
    rows = (math.prod(filters[1:]) if transposed else filters[0] // groups) or 1
    product = Gemm(pixels, rows, taps, groups)
    read, written = _moved(node, tensors)
    wide = _held(tensors, list(node.input[position + 1 :])) if node.op_type != "QLinearConv" else 0
    deep = source[1] > groups
    return OnnxNode(
        node.op_type.lower(),
        Kind.CONVOLUTION,
        (product,) if deep else (),
        (written if wide else 0.0) + (0.0 if deep else product.flops),
        _held(tensors, [node.input[position]]),
        wide,
        read,
        written,
    )


def _recurrent(node: Any, tensors: Tensors) -> OnnxNode:
    """LSTM, GRU, RNN: X is (steps, batch, inputs), W (directions, gates x hidden, inputs)."""
    steps, batch, inputs = _dims(tensors, node.input[0])
    directions, rows = _dims(tensors, node.input[1])[:2]
    gates = RECURRENT[node.op_type]
    hidden, samples = rows // gates, batch / tensors.batch
    read, written = _moved(node, tensors)
    return OnnxNode(
        node.op_type.lower(),
        Kind.GEMM,
        (
            Gemm(samples, rows, inputs, directions),
            Gemm(samples, rows, hidden, directions),
        ),
        samples * directions * hidden * CELL_FLOPS[node.op_type.lower()],
        _held(tensors, list(node.input[1:3])),
        _held(tensors, list(node.input[3:4])),
        read / steps,
        written / steps,
        steps,
    )


def _vector(node: Any, tensors: Tensors, kind: Kind) -> OnnxNode:
    """All the rest: vector work and copies. A gather reads the rows it takes, not the whole table."""
    read, written = _moved(node, tensors)
    wide = _held(tensors, list(node.input[1:]))
    if kind is Kind.GATHER:
        table = tensors.constant(node.input[0])
        wide = round(written) if table else 0
        read = read if table else min(read, written)
    if kind is Kind.ELEMENTWISE and node.op_type in {"Resize", "Upsample", "Slice", "Expand", "Tile", "Pad"}:
        wide = 0
        read = min(read, written)
    flops = flops_per_element(node.op_type, read, written)
    return OnnxNode(node.op_type.lower(), kind, (), written * flops, 0, wide, read, written)
