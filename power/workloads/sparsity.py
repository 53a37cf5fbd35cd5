"""Pruned weights: how many are left, what an index costs, and whether hardware can skip the rest."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from power.workloads.precision import Format


@dataclass(frozen=True, slots=True)
class Sparsity:
    """Share of the weights of linear layers that are kept.

    Bytes and FLOPs are apart: bytes shrink wherever weights are stored compressed, FLOPs only on hardware
    that skips this pattern (`Operator.structured`).

    Parameters
    ----------
    density
        Weights kept / weights, in (0, 1].
    structured
        A fixed number in every group, such as 2 of 4; anywhere otherwise.
    index_bits
        Bits per original weight that say which are kept: 1 for a bitmap; n ceil(log2 m) / m for n of m.
    """

    density: float = 1.0
    structured: bool = False
    index_bits: float = 0.0

    def __post_init__(self) -> None:
        if not 0.0 < self.density <= 1.0:
            raise ValueError(f"density must be in (0, 1] (got {self.density!r})")
        if not self.index_bits >= 0.0:
            raise ValueError(f"index_bits must be >= 0 (got {self.index_bits!r})")

    def bytes_per_weight(self, form: Format) -> float:
        """Bytes per original weight; never more than stored densely."""
        kept = self.density * form.bytes_per_element + self.index_bits / 8.0
        return min(kept, form.bytes_per_element)

    def storage(self, weights: int, form: Format) -> int:
        """Bytes of `weights` original weights, rounded up."""
        if self.density == 1.0:
            return form.storage(weights)
        return math.ceil(weights * self.bytes_per_weight(form))


DENSE = Sparsity()


def sparsity_named(pattern: str | float | Sparsity) -> Sparsity:
    """Sparsity from ``"2:4"``, ``"dense"`` or the density of an unstructured pattern.

    Raises
    ------
    ValueError
        Not such a pattern.
    """
    if isinstance(pattern, Sparsity):
        return pattern
    if isinstance(pattern, int | float) and not isinstance(pattern, bool):
        return DENSE if pattern == 1.0 else Sparsity(float(pattern), index_bits=1.0)
    if pattern == "dense":
        return DENSE
    match = re.fullmatch(r"([1-9]\d{0,2}):([1-9]\d{0,2})", str(pattern))
    if match is None or int(match[1]) > int(match[2]):
        raise ValueError(
            f"sparsity must be a pattern such as 2:4, a density in (0, 1], or dense (got {pattern!r})"
        )
    kept, group = int(match[1]), int(match[2])
    if kept == group:
        return DENSE
    return Sparsity(kept / group, structured=True, index_bits=kept * math.ceil(math.log2(group)) / group)
