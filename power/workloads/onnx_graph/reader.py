"""ONNX files, with shape inference, as models."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from floorplans.diagnostics import Diagnostic, InputError, Span, listed
from power.workloads.component import Component, Parameters
from power.workloads.layered import Layered
from power.workloads.model import Model
from power.workloads.onnx_graph.tensors import Tensors, loaded
from power.workloads.onnx_graph.translate import translated
from power.workloads.precision import FORMATS, Precision, uniform


@dataclass(frozen=True, slots=True)
class OnnxArchitecture(Layered):
    """The nodes of an ONNX graph.

    Parameters
    ----------
    nodes
        Nodes that do work, in order.
    counts
        Parameters: the initialisers that are no indices, each once.
    skipped
        Nodes by type that are not understood: their bytes are counted, their operations are not.
    unshaped
        Nodes by type whose shapes could not be inferred: nothing of them is counted.
    free
        Nodes that do no work: views, shape arithmetic, work on constants alone.
    span
        The file.
    """

    nodes: tuple[Component, ...]
    counts: Parameters
    skipped: tuple[tuple[str, int], ...]
    unshaped: tuple[tuple[str, int], ...]
    free: int
    span: Span

    @property
    def layers(self) -> tuple[Component, ...]:
        """The nodes."""
        return self.nodes

    @property
    def parameters(self) -> Parameters:
        """As counted in the file."""
        return self.counts

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Warnings on what is not counted."""
        found = []
        for nodes, what in (
            (self.skipped, "types not understood, of which bytes but no operations are counted"),
            (self.unshaped, "nodes without inferred shapes, not counted at all"),
        ):
            if nodes:
                names = [f"{name} x {count}" for name, count in nodes]
                found.append(
                    Diagnostic(self.span, f"operator {what}: {listed(names, 99)}", severity="warning")
                )
        return tuple(found)

    def pruned(self, depth: float, width: float) -> OnnxArchitecture:
        """Not possible: a graph has no notion of its layers.

        Raises
        ------
        ValueError
            Unless nothing is pruned.
        """
        if depth == 1.0 and width == 1.0:
            return self
        raise ValueError("an ONNX graph cannot be pruned in depth or width: export a smaller model")


def read_onnx(
    path: str | Path, *, dimensions: Mapping[str, int] | None = None, name: str | None = None
) -> Model:
    """A model from an ONNX file.

    Parameters
    ----------
    path
        The file; weights in other files beside it are not needed.
    dimensions
        Sizes of symbolic dimensions by name, such as ``{"sequence": 128}``; 1 where none is given. The first
        dimension of the first input is the batch, and is set by the phase.
    name
        Name of the model; the file's when None.

    Returns
    -------
    Model
        Of family ``onnx``, with the phases `Inference` and `TrainingStep`. Its architecture has
        `diagnostics` on what was not understood. Formats are those of the file's weights.

    Raises
    ------
    ModuleNotFoundError
        The extra ``onnx`` is not installed.
    InputError
        The file cannot be read, is not ONNX, or holds nothing that is understood.
    """
    span = Span(str(path))
    tensors = loaded(Path(path), span, dict(dimensions or {}))
    nodes: list[Component] = []
    skipped: Counter[str] = Counter()
    unshaped: Counter[str] = Counter()
    free = 0
    for node in tensors.nodes():
        found = translated(node, tensors)
        if found is None:
            unshaped[node.op_type] += 1
        elif isinstance(found, str):
            free += 1
        else:
            skipped[node.op_type] += not found.known
            nodes.append(found.node)
    if not nodes:
        names = [f"{each} x {count}" for each, count in unshaped.items()] or ["no nodes"]
        raise InputError(Diagnostic(span, f"nothing in this graph is understood ({listed(names)})"))
    architecture = OnnxArchitecture(
        tuple(nodes),
        tensors.parameters(),
        tuple(sorted((+skipped).items())),
        tuple(sorted(unshaped.items())),
        free,
        span,
    )
    return Model(name or Path(path).stem, "onnx", architecture, _precision(tensors))


def _precision(tensors: Tensors) -> Precision:
    """Formats of the file: those of most weights."""
    named = tensors.format_of_weights()
    return uniform(FORMATS[named]) if named in FORMATS else uniform("fp32")
