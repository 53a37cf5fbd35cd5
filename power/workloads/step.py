"""One forward pass as the parts of a model see it: which tokens, in which formats, with which kernels."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from power.workloads.phase import Prefill
from power.workloads.precision import BF16, Format, Precision, Tensor
from power.workloads.sparsity import DENSE, Sparsity


class AttentionKernel(StrEnum):
    """How attention is computed."""

    FLASH = "flash"
    """Tiles stay on chip: no score matrix in memory, masked tiles skipped; keys and values are streamed once
    per block of queries (Dao et al., arXiv 2205.14135)."""
    NAIVE = "naive"
    """Three kernels: the whole score matrix, masked or not, is written, normalised and read."""
    EAGER = "eager"
    """As a framework without fused kernels: as naive, with scale, causal mask and padding mask each a further
    pass over the score matrix, and a cache that every decode step copies to append to it."""
    PER_HEAD = "per-head"
    """As flash, but decode steps read keys and values once per query head even where heads share them, as
    kernels did before they knew grouped queries."""


@dataclass(frozen=True, slots=True)
class Step:
    """One forward pass.

    Parameters
    ----------
    parts
        Groups of equal sequences; see `Iteration`.
    precision, sparsity, kernel
        How numbers are kept, which weights are left, how attention is computed.
    cached
        Whether keys, values and recurrent state are kept for later steps.
    training
        Whether batch statistics are computed: batch norms are then operators of their own, otherwise folded
        into the convolution before them.
    """

    parts: tuple[Prefill, ...]
    precision: Precision = BF16
    sparsity: Sparsity = DENSE
    kernel: AttentionKernel = AttentionKernel.FLASH
    cached: bool = True
    training: bool = False

    @property
    def tokens(self) -> float:
        """New tokens of all sequences."""
        return sum(part.batch * part.tokens for part in self.parts)

    @property
    def logits(self) -> float:
        """Tokens that go through the output head."""
        return sum(part.batch * part.logits for part in self.parts)

    @property
    def sequences(self) -> float:
        """Sequences."""
        return sum(part.batch for part in self.parts)

    def weight_bytes(self, weights: float, tensor: Tensor = Tensor.WEIGHTS) -> float:
        """Bytes read for `weights` parameters of a class; those of embeddings are never pruned."""
        form = self.precision.stored(tensor)
        if tensor is Tensor.EMBEDDINGS:
            return weights * form.bytes_per_element
        return weights * self.sparsity.bytes_per_weight(form)

    def activation_bytes(self, elements: float, form: Format | None = None) -> float:
        """Bytes of `elements` activations."""
        return elements * (form or self.precision.activations).bytes_per_element
