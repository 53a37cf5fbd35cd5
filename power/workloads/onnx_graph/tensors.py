"""Shapes and constants of an ONNX graph."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from floorplans.diagnostics import Diagnostic, InputError, Span, did_you_mean, listed
from power.workloads.component import Parameters
from power.workloads.onnx_graph.kinds import CONVOLUTIONS, PRODUCTS, RECURRENT

# Element types of the format that weights can have; indices and shapes are int32 and int64, masks bool.
WEIGHT_TYPES = {
    1: "fp32",
    2: "int8",
    3: "int8",
    10: "fp16",
    11: "fp64",
    16: "bf16",
    17: "fp8",
    18: "fp8",
    19: "fp8",
    20: "fp8",
    21: "int4",
    22: "int4",
    23: "fp4",
}


def loaded(path: Path, span: Span, dimensions: dict[str, int]) -> Tensors:
    """Read a file, set its symbolic dimensions, infer shapes.

    Raises
    ------
    ModuleNotFoundError
        `onnx` is not installed.
    InputError
        The file cannot be used.
    """
    try:
        import onnx
        import onnx.inliner
    except ModuleNotFoundError:
        raise ModuleNotFoundError(
            "reading ONNX files needs the package 'onnx': pip install 'thermal-floorplan[onnx]'", name="onnx"
        ) from None
    if not path.is_file():
        raise InputError(Diagnostic(span, "cannot read: no such file"))
    try:
        proto = onnx.load(str(path), load_external_data=False)
    except Exception as error:  # noqa: BLE001 - protobuf raises its own, private kinds
        raise InputError(Diagnostic(span, f"not an ONNX file ({type(error).__name__})")) from None
    if not proto.graph.node:
        raise InputError(Diagnostic(span, "not an ONNX model: its graph has no nodes"))
    batch = _bound(proto, span, dimensions)
    if proto.functions:
        proto = onnx.inliner.inline_local_functions(proto)
    try:
        proto = onnx.shape_inference.infer_shapes(proto, data_prop=True)
    except Exception as error:  # noqa: BLE001 - as above
        raise InputError(Diagnostic(span, f"shapes cannot be inferred: {error}")) from None
    return Tensors(proto, batch)


def _bound(proto: Any, span: Span, dimensions: dict[str, int]) -> int:
    """Set the symbolic dimensions of the inputs; the batch the file is then for."""
    initial = {each.name for each in proto.graph.initializer}
    inputs = [each for each in proto.graph.input if each.name not in initial]
    seen: set[str] = set()
    batch = 1
    for position, each in enumerate(inputs):
        for axis, dimension in enumerate(each.type.tensor_type.shape.dim):
            named = dimension.dim_param
            seen.update({named} if named else ())
            if not dimension.HasField("dim_value") or dimension.dim_value <= 0:
                dimension.dim_value = dimensions.get(named, 1)
            if position == 0 and axis == 0:
                batch = dimension.dim_value
    unknown = sorted(set(dimensions) - seen)
    if unknown:
        names = sorted(seen)
        raise InputError(
            Diagnostic(
                span,
                f"has no symbolic dimension {listed([repr(each) for each in unknown])}"
                f"{did_you_mean(unknown[0], names)} (it has: {listed(names) or 'none'})",
            )
        )
    # Sizes stored for a symbolic batch would contradict those that follow from the inputs.
    del proto.graph.value_info[:]
    return max(1, batch)


class Tensors:
    """What is known of the tensors of a graph whose shapes were inferred.

    Parameters
    ----------
    proto
        The model.
    batch
        Samples that the inferred shapes are for.
    """

    def __init__(self, proto: Any, batch: int) -> None:
        self._graph, self.batch = proto.graph, batch
        self._shapes: dict[str, tuple[int, ...]] = {}
        for each in (*proto.graph.value_info, *proto.graph.input, *proto.graph.output):
            dims = each.type.tensor_type.shape.dim
            if each.type.tensor_type.HasField("shape") and all(dim.HasField("dim_value") for dim in dims):
                self._shapes[each.name] = tuple(dim.dim_value for dim in dims)
        self._types: dict[str, int] = {}
        for each in proto.graph.initializer:
            self._shapes[each.name], self._types[each.name] = tuple(each.dims), each.data_type
        for node in proto.graph.node:
            self._note_constant(node)
        self._constants = set(self._types)

    def _note_constant(self, node: Any) -> None:
        if node.op_type != "Constant":
            return
        value = next((each.t for each in node.attribute if each.name == "value"), None)
        shape, kind = (tuple(value.dims), value.data_type) if value is not None else ((), 7)
        self._shapes[node.output[0]], self._types[node.output[0]] = shape, kind

    def nodes(self) -> Iterator[Any]:
        """Nodes in order; work on constants alone makes constants."""
        for node in self._graph.node:
            yield node
            named = [each for each in node.input if each]
            if named and all(each in self._constants for each in named):
                self._constants.update(node.output)

    def constant(self, name: str) -> bool:
        """Whether a tensor does not depend on the inputs."""
        return name in self._constants

    def shape(self, name: str) -> tuple[int, ...] | None:
        """Shape of a tensor; None where it is not known."""
        return self._shapes.get(name)

    def elements(self, name: str) -> int | None:
        """Elements of a tensor; None where they are not known."""
        shape = self.shape(name)
        return None if shape is None else math.prod(shape)

    def _weights(self) -> dict[str, int]:
        """Types of the tensors that are parameters."""
        return {name: kind for name, kind in self._types.items() if kind in WEIGHT_TYPES}

    def parameters(self) -> Parameters:
        """Initialisers that are no indices; those that products read are linear."""
        read = {
            name
            for node in self._graph.node
            if node.op_type in PRODUCTS | CONVOLUTIONS | set(RECURRENT)
            for name in node.input
        }
        # Weights that are decoded or turned on the way belong to the product behind that.
        for node in reversed(self._graph.node):
            if any(output in read for output in node.output) and len(node.output) == 1:
                read.update(name for name in node.input[:1] if self.constant(name))
        linear = wide = 0
        for name in self._weights():
            size = self.elements(name) or 0
            if name in read and len(self.shape(name) or ()) > 1:
                linear += size
            else:
                wide += size
        return Parameters(linear, wide=wide)

    def format_of_weights(self) -> str:
        """Format of most parameters."""
        sizes: Counter[str] = Counter()
        for name, kind in self._weights().items():
            sizes[WEIGHT_TYPES[kind]] += self.elements(name) or 0
        return sizes.most_common(1)[0][0] if sizes else "fp32"
