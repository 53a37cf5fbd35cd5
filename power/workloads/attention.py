"""Softmax attention: many, one or grouped key heads, a sliding window; flash, naive and per-head kernels.

With T new tokens, P cached ones, H query heads, G key heads, key size D and value size V, a causal query i
sees min(P + i, W) positions for a window of W. Summed over the new tokens this is the number of pairs; both
products take 2 pairs H (D + V) operations.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

from power.workloads.component import Parameters, State, narrowed_to
from power.workloads.graph import Gemm, Kind, Operator, Sharding, Traffic
from power.workloads.operations import SOFTMAX_FLOPS, Norm, elementwise, linear
from power.workloads.phase import Prefill
from power.workloads.step import AttentionKernel, Step

QUERY_BLOCK = 128
"""Query rows of one flash tile; keys and values are streamed once per block."""

KEY_BLOCK = 128
"""Key columns of one flash tile; partial sums are rescaled once per tile."""

ROTARY_FLOPS = 3.0
"""Two multiplications and one addition per rotated element."""


def attended(tokens: float, past: float, window: float = math.inf, *, causal: bool = True) -> float:
    """Query-key pairs of one sequence and head.

    Parameters
    ----------
    tokens
        New tokens.
    past
        Cached tokens.
    window
        Positions a query sees, itself included.
    causal
        Whether a query sees only what came before it; otherwise every query sees min(tokens + past, window).
    """
    if not causal:
        return tokens * min(tokens + past, window)

    def up_to(last: float) -> float:
        full = min(last, window)
        return full * (full + 1.0) / 2.0 + (last - full) * (window if last > window else 0.0)

    return up_to(past + tokens) - up_to(past)


@dataclass(frozen=True, slots=True)
class Heads:
    """Shape of an attention product, apart from how its operands were projected.

    Parameters
    ----------
    queries, keys
        Query heads and the key heads they share; `keys` divides `queries`.
    key_size, value_size
        Features per head.
    shared_values
        Values are a part of the keys (latent attention), so that cached bytes are those of the keys alone.
    """

    queries: int
    keys: int
    key_size: int
    value_size: int
    shared_values: bool = False

    @property
    def per_token(self) -> int:
        """Cached numbers per token."""
        return self.keys * (self.key_size + (0 if self.shared_values else self.value_size))


@dataclass(frozen=True, slots=True)
class Attention:
    """Multi-head attention with its projections.

    Parameters
    ----------
    hidden
        Width of the residual stream.
    heads, key_heads
        Query heads; key heads that they share (all: multi-head, 1: multi-query, else grouped).
    head_size
        Features per head.
    window
        Positions a query sees; None for all. The cache is then a ring of this length.
    rotary_size
        Rotated features per head; 0 for none.
    qkv_bias, output_bias
        Biases of the projections.
    head_norm
        Norm of queries and keys: ``none``, ``head`` (one weight vector for all heads), ``full`` (a weight per
        feature of all heads).
    sinks
        A learned logit per query head (gpt-oss).
    causal
        Decoder; an encoder sees both ways.
    """

    hidden: int
    heads: int
    key_heads: int
    head_size: int
    window: int | None = None
    rotary_size: int = 0
    qkv_bias: bool = False
    output_bias: bool = False
    head_norm: Literal["none", "head", "full"] = "none"
    sinks: bool = False
    causal: bool = True

    @property
    def shape(self) -> Heads:
        """Shape of the product."""
        return Heads(self.heads, self.key_heads, self.head_size, self.head_size)

    @property
    def projected(self) -> int:
        """Output features of the fused query, key and value projection."""
        return (self.heads + 2 * self.key_heads) * self.head_size

    @property
    def parameters(self) -> Parameters:
        """Projections; biases, head norms and sinks stay wide."""
        inner = self.heads * self.head_size
        norms = {"none": 0, "head": 2 * self.head_size, "full": inner + self.key_heads * self.head_size}
        wide = norms[self.head_norm] + self.heads * self.sinks
        wide += self.projected * self.qkv_bias + self.hidden * self.output_bias
        return Parameters(self.hidden * (self.projected + inner), wide=wide)

    def state(self, context: int) -> State:
        """Keys and values of the positions still visible."""
        if not self.causal:
            return State()
        kept = context if self.window is None else min(context, self.window)
        return State(kv=kept * self.shape.per_token)

    def operators(self, step: Step) -> tuple[Operator, ...]:
        """Projection, rotation and cache write, products part by part, output projection."""
        inner = self.heads * self.head_size
        found = [
            linear(step, "attention.qkv", step.tokens, (self.hidden, self.projected), bias=self.qkv_bias)
        ]
        if self.head_norm != "none":
            rotated = step.tokens * (self.heads + self.key_heads) * self.head_size
            found.append(elementwise(step, "attention.head_norm", rotated, Norm.RMS.flops, kind=Kind.NORM))
        found += self._prepared(step)
        for part in step.parts:
            found += products(step, part, self.shape, window=self.window, causal=self.causal)
        output = linear(
            step,
            "attention.output",
            step.tokens,
            (inner, self.hidden),
            bias=self.output_bias,
            sharding=Sharding.ROW,
        )
        return (*found, output)

    def _prepared(self, step: Step) -> list[Operator]:
        """Rotation of queries and keys together with the write to the cache: one kernel, or none."""
        cached = step.cached and self.causal
        if not (self.rotary_size or cached):
            return []
        queries = self.heads if self.rotary_size else 0
        turned = self.heads + self.key_heads if self.rotary_size else 0
        read = queries + 2 * self.key_heads if cached else turned
        written = queries if cached else turned
        size = step.tokens * self.head_size
        stored = step.tokens * self.shape.per_token * step.precision.kv.bytes_per_element
        bare = elementwise(step, "attention.rotary", step.tokens * turned * self.rotary_size, ROTARY_FLOPS)
        traffic = Traffic(
            inputs=step.activation_bytes(size * read),
            outputs=step.activation_bytes(size * written),
            state_written=stored if cached else 0.0,
        )
        return [replace(bare, traffic=traffic, state_shards=self.key_heads)]

    def narrowed(self, width: float) -> Attention:
        """Fewer heads; grouped query heads go with their key head."""
        group = self.heads // self.key_heads
        if self.key_heads == 1:
            return replace(self, heads=narrowed_to(self.heads, width))
        keys = narrowed_to(self.key_heads, width)
        return replace(self, heads=keys * group, key_heads=keys)


def products(
    step: Step, part: Prefill, heads: Heads, *, window: int | None = None, causal: bool = True
) -> tuple[Operator, ...]:
    """The two products of attention and the softmax between them, for one part of a step."""
    reach = math.inf if window is None else float(window)
    if step.kernel is AttentionKernel.NAIVE:
        return _naive(step, part, heads, reach)
    if step.kernel is AttentionKernel.EAGER:
        return _eager(step, part, heads, reach)
    return (_flash(step, part, heads, attended(part.tokens, part.past, reach, causal=causal), reach),)


def _cached_bytes(step: Step, part: Prefill, heads: Heads, reach: float) -> tuple[float, float]:
    """Bytes of keys and values read from the cache, and of those just computed."""
    each = heads.per_token * step.precision.kv.bytes_per_element
    fresh = part.batch * part.tokens * each
    return part.batch * min(part.past, reach - 1.0) * each, fresh


def _flash(step: Step, part: Prefill, heads: Heads, pairs: float, reach: float) -> Operator:
    """One kernel: every tile of scores lives on chip."""
    group, seen = heads.queries / heads.keys, pairs / part.tokens
    score = Gemm(part.tokens * group, seen, heads.key_size, part.batch * heads.keys)
    value = Gemm(part.tokens * group, heads.value_size, seen, part.batch * heads.keys)
    past, fresh = _cached_bytes(step, part, heads, reach)
    decoding = part.tokens <= 1.0
    if step.kernel is AttentionKernel.PER_HEAD and decoding:
        past, fresh = past * group, fresh * group
    blocks = max(1.0, part.tokens / QUERY_BLOCK)
    rescaled = part.tokens * heads.value_size * max(0.0, seen / KEY_BLOCK - 1.0)
    rows = part.batch * part.tokens * heads.queries
    # On average a block of queries streams the positions its queries see.
    streamed = seen * heads.per_token * step.precision.kv.bytes_per_element * part.batch
    return Operator(
        "attention.decode" if decoding else "attention.prefill",
        Kind.ATTENTION,
        matrix_flops=score.flops + value.flops,
        vector_flops=part.batch * heads.queries * (pairs * SOFTMAX_FLOPS + rescaled),
        traffic=Traffic(
            inputs=step.activation_bytes(rows * heads.key_size) + fresh,
            outputs=step.activation_bytes(rows * heads.value_size),
            state_read=past,
            restreamed=(blocks - 1.0) * streamed,
        ),
        gemms=(score, value),
        math=step.precision.attending,
        accumulate=step.precision.accumulators,
        sharding=Sharding.SPLIT,
        state_shards=heads.keys,
    )


MASKING = 3
"""Passes over the score matrix beside softmax: scale, causal mask, padding mask."""


def _eager(step: Step, part: Prefill, heads: Heads, reach: float) -> tuple[Operator, ...]:
    """Naive products with a kernel for each element-wise step, on a cache that is copied to grow."""
    product, softmax, weighted = _naive(step, part, heads, reach)
    scores = product.vector_flops
    masked = replace(
        softmax, name="attention.mask", kind=Kind.ELEMENTWISE, vector_flops=scores, count=MASKING
    )
    if not (step.cached and part.past):
        return product, masked, softmax, weighted
    old, _ = _cached_bytes(step, part, heads, reach)
    appended = Operator(
        "attention.append",
        Kind.ATTENTION,  # long runs of cache, as fast as the kernels that read it
        traffic=Traffic(state_read=old, state_written=old),
        accumulate=step.precision.accumulators,
        sharding=Sharding.SPLIT,
        state_shards=heads.keys,
        launches=2,
    )
    return appended, product, masked, softmax, weighted


def _naive(step: Step, part: Prefill, heads: Heads, reach: float) -> tuple[Operator, ...]:
    """Three kernels with the score matrix in memory between them; masked scores are computed all the same."""
    seen = part.tokens + min(part.past, reach - 1.0)
    group, batch = heads.queries / heads.keys, part.batch * heads.keys
    score = Gemm(part.tokens * group, seen, heads.key_size, batch)
    value = Gemm(part.tokens * group, heads.value_size, seen, batch)
    scores = part.batch * heads.queries * part.tokens * seen
    matrix = scores * step.precision.attention.bytes_per_element
    past, fresh = _cached_bytes(step, part, heads, reach)
    keys = heads.key_size / (heads.key_size + (0 if heads.shared_values else heads.value_size))
    values = 1.0 - keys if not heads.shared_values else heads.value_size / heads.key_size
    rows = part.batch * part.tokens * heads.queries
    product = Operator(
        "attention.scores",
        Kind.GEMM,
        matrix_flops=score.flops,
        vector_flops=scores,
        traffic=Traffic(
            inputs=step.activation_bytes(rows * heads.key_size) + fresh * keys,
            outputs=matrix,
            state_read=past * keys,
        ),
        gemms=(score,),
        math=step.precision.attending,
        accumulate=step.precision.accumulators,
        sharding=Sharding.SPLIT,
        state_shards=heads.keys,
    )
    softmax = Operator(
        "attention.softmax",
        Kind.SOFTMAX,
        vector_flops=scores * SOFTMAX_FLOPS,
        traffic=Traffic(inputs=matrix, outputs=matrix),
        math=step.precision.attending,
        accumulate=step.precision.accumulators,
        sharding=Sharding.SPLIT,
    )
    weighted = replace(
        product,
        name="attention.values",
        matrix_flops=value.flops,
        vector_flops=0.0,
        traffic=Traffic(
            inputs=matrix + fresh * values,
            outputs=step.activation_bytes(rows * heads.value_size),
            state_read=past * values,
        ),
        gemms=(value,),
    )
    return product, softmax, weighted
