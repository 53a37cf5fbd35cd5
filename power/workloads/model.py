"""A model: an architecture with the formats, the sparsity and the attention kernel it runs with."""

from __future__ import annotations

from dataclasses import dataclass, replace

from floorplans.diagnostics import Diagnostic
from power.workloads.architecture import Architecture
from power.workloads.component import Parameters
from power.workloads.graph import Operator, merged
from power.workloads.phase import Decode, Inference, Iteration, Phase, Prefill, TrainingStep
from power.workloads.precision import BF16, Format, Precision, uniform
from power.workloads.sparsity import DENSE, Sparsity, sparsity_named
from power.workloads.step import AttentionKernel, Step
from power.workloads.training import training_graph


@dataclass(frozen=True, slots=True)
class Model:
    """A neural network as its parameters, its state and its operator graphs; immutable.

    Parameters
    ----------
    name
        Name for tables.
    family
        Sort of architecture: transformer, ssm, linear-rnn, hybrid, encoder, cnn, detector, rnn, mlp, dlrm,
        onnx.
    architecture
        Its layers.
    precision, sparsity, kernel
        Formats of tensors, weights that are left, attention kernel.
    """

    name: str
    family: str
    architecture: Architecture
    precision: Precision = BF16
    sparsity: Sparsity = DENSE
    kernel: AttentionKernel = AttentionKernel.FLASH

    @property
    def parameter_classes(self) -> Parameters:
        """Exact parameters by what becomes of them."""
        return self.architecture.parameters

    @property
    def parameters(self) -> int:
        """Exact number of parameters; tied tensors once, weights that sparsity drops included."""
        return self.parameter_classes.total

    @property
    def active_parameters(self) -> int:
        """Parameters that one token passes through: all but the experts that it is not sent to."""
        return self.parameter_classes.active

    @property
    def weight_bytes(self) -> int:
        """Bytes of all parameters in their formats, with scales and, where sparse, indices."""
        return self.parameter_classes.storage(self.precision, self.sparsity)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Warnings on what of its source is not counted, as for an ONNX file."""
        return self.architecture.diagnostics

    @property
    def decodes(self) -> bool:
        """Whether it has the phases `Prefill`, `Decode` and `Iteration`."""
        return self.architecture.decodes

    @property
    def tokens_per_step(self) -> float:
        """Tokens that a decode step yields a sequence: one."""
        return 1.0

    def state_bytes(self, context: int, batch: int = 1) -> int:
        """Bytes to keep between decode steps: KV cache, SSM and recurrent state, convolution tails.

        Parameters
        ----------
        context
            Tokens seen by each sequence.
        batch
            Sequences.

        Raises
        ------
        ValueError
            A negative number.
        """
        if context < 0 or batch < 0:
            raise ValueError(f"context and batch must be >= 0 (got {context} and {batch})")
        return self.architecture.state(context).times(batch).storage(self.precision)

    def graph(self, phase: Phase) -> tuple[Operator, ...]:
        """The operators of one phase; equal ones are one operator with a count.

        Raises
        ------
        ValueError
            The model has no such phase.
        """
        match phase:
            case TrainingStep():
                forward = self._forward(phase.forward, training=True)
                return merged(training_graph(forward, phase, self.parameter_classes, self.precision))
            case Inference():
                return self._forward(phase)
            case Prefill() | Decode() | Iteration():
                if not self.decodes:
                    raise ValueError(
                        f"{self.name} ({self.family}) keeps no state from token to token: it has the phases "
                        f"Inference and TrainingStep, not {type(phase).__name__}"
                    )
                parts = phase.prefills if isinstance(phase, Iteration) else Iteration((phase,)).prefills
                return merged(self.architecture.operators(self._step(parts, cached=True)))

    def _forward(self, phase: Inference, *, training: bool = False) -> tuple[Operator, ...]:
        tokens = float(self.architecture.tokens if phase.tokens is None else phase.tokens)
        part = Prefill(phase.batch, tokens, logits=tokens)
        step = replace(self._step((part,), cached=False), training=training)
        return merged(self.architecture.operators(step))

    def _step(self, parts: tuple[Prefill, ...], *, cached: bool) -> Step:
        return Step(parts, self.precision, self.sparsity, self.kernel, cached)

    def quantised(self, scheme: str | Format | None = None, /, **formats: str | Format) -> Model:
        """The same model with tensors in other formats.

        Parameters
        ----------
        scheme
            A format for everything that can take it; see `uniform`.
        **formats
            Formats by class of tensor, applied after `scheme`; see `Precision`.

        Raises
        ------
        ValueError
            Unknown classes or formats.
        """
        base = self.precision if scheme is None else uniform(scheme)
        return replace(self, precision=base.with_(**formats))

    def sparse(self, pattern: str | float | Sparsity) -> Model:
        """The same model with weights pruned to ``"2:4"``, to a density, or by a `Sparsity`.

        Raises
        ------
        ValueError
            Not such a pattern.
        """
        return replace(self, sparsity=sparsity_named(pattern))

    def pruned(self, *, depth: float = 1.0, width: float = 1.0) -> Model:
        """A smaller model: shares of the layers and of their inner width that are kept.

        Raises
        ------
        ValueError
            A share outside (0, 1].
        """
        for name, share in (("depth", depth), ("width", width)):
            if not 0.0 < share <= 1.0:
                raise ValueError(f"{name} must be in (0, 1] (got {share!r})")
        return replace(self, architecture=self.architecture.pruned(depth, width))

    def with_kernel(self, kernel: str | AttentionKernel) -> Model:
        """The same model with another attention kernel: flash, naive or per-head.

        Raises
        ------
        ValueError
            No such kernel.
        """
        try:
            return replace(self, kernel=AttentionKernel(kernel))
        except ValueError:
            known = ", ".join(AttentionKernel)
            raise ValueError(f"unknown attention kernel '{kernel}' (known: {known})") from None

    def renamed(self, name: str) -> Model:
        """The same model under another name."""
        return replace(self, name=name)
