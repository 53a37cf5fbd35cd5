"""Multi-head latent attention (DeepSeek-V2, arXiv 2405.04434): one low-rank latent per token is cached.

Two forms give the same result. Expanded: keys and values of all positions are made from the latent.
Absorbed: the expansion is folded into queries and outputs, so that all heads attend to the latent itself:
more operations per pair, none per cached position. Each part of a step takes the form with fewer
operations: prompts expand, decode steps absorb.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from power.workloads.attention import ROTARY_FLOPS, Heads, attended, products
from power.workloads.component import Parameters, State, narrowed_to
from power.workloads.graph import Operator, Sharding, Traffic
from power.workloads.operations import Norm, elementwise, linear, normalised
from power.workloads.phase import Prefill
from power.workloads.step import Step


@dataclass(frozen=True, slots=True)
class LatentAttention:
    """Attention over a cached latent.

    Parameters
    ----------
    hidden
        Width of the residual stream.
    heads
        Heads.
    latent
        Width of the cached latent (``kv_lora_rank``).
    rotary
        Width of the rotated key that all heads share (``qk_rope_head_dim``), cached beside the latent.
    plain
        Width per head of the part of a key that is not rotated (``qk_nope_head_dim``).
    value_size
        Width per head of a value.
    query_latent
        Width of the queries' own latent; None for a direct projection.
    """

    hidden: int
    heads: int
    latent: int
    rotary: int
    plain: int
    value_size: int
    query_latent: int | None = None

    @property
    def expanded(self) -> Heads:
        """Shape of the product with keys and values made from the latent."""
        return Heads(self.heads, self.heads, self.plain + self.rotary, self.value_size)

    @property
    def absorbed(self) -> Heads:
        """Shape of the product with the latent as key and value of all heads."""
        return Heads(self.heads, 1, self.latent + self.rotary, self.latent, shared_values=True)

    @property
    def parameters(self) -> Parameters:
        """Projections and the norms of both latents."""
        queries = self.heads * (self.plain + self.rotary)
        if self.query_latent is None:
            made, norms = self.hidden * queries, 0
        else:
            made, norms = self.query_latent * (self.hidden + queries), self.query_latent
        kept = self.hidden * (self.latent + self.rotary)
        back = self.latent * self.heads * (self.plain + self.value_size)
        linears = made + kept + back + self.heads * self.value_size * self.hidden
        return Parameters(linears, wide=norms + self.latent)

    def state(self, context: int) -> State:
        """Latent and rotated key per token."""
        return State(kv=context * self.absorbed.per_token)

    def absorbs(self, part: Prefill) -> bool:
        """Whether the absorbed form takes fewer operations for this part."""
        expanded, absorbed = self.expanded, self.absorbed
        more = absorbed.key_size + absorbed.value_size - expanded.key_size - expanded.value_size
        pairs = attended(part.tokens, part.past)
        return pairs * more < part.past * self.latent * (self.plain + self.value_size)

    def operators(self, step: Step) -> tuple[Operator, ...]:
        """Down-projections, queries, rotation and cache write, products part by part, output."""
        tokens, queries = step.tokens, self.heads * (self.plain + self.rotary)
        lowered = self.latent + self.rotary
        found = []
        if self.query_latent is None:
            found.append(linear(step, "attention.query", tokens, (self.hidden, queries)))
            found.append(self._lowered(step, lowered))
        else:
            found.append(self._lowered(step, lowered + self.query_latent))
            found.append(linear(step, "attention.query", tokens, (self.query_latent, queries)))
        found.append(self._rotated(step))
        for part in step.parts:
            found += self._absorbed(step, part) if self.absorbs(part) else self._expanded(step, part)
        inner = self.heads * self.value_size
        output = linear(step, "attention.output", tokens, (inner, self.hidden), sharding=Sharding.ROW)
        return (*found, output)

    def _lowered(self, step: Step, width: int) -> Operator:
        """Down-projections of both latents with their norms, on every device."""
        low = linear(
            step, "attention.latent", step.tokens, (self.hidden, width), sharding=Sharding.REPLICATED
        )
        normed = width - self.rotary
        norm = normalised(step, "attention.latent_norm", step.tokens, normed, Norm.RMS, residual=False)
        return replace(
            low,
            vector_flops=low.vector_flops + norm.vector_flops,
            traffic=low.traffic + Traffic(weights=norm.traffic.weights),
        )

    def _rotated(self, step: Step) -> Operator:
        turned = step.tokens * self.rotary * (self.heads + 1)
        bare = elementwise(step, "attention.rotary", turned, ROTARY_FLOPS)
        stored = step.tokens * self.absorbed.per_token * step.precision.kv.bytes_per_element
        fresh = step.activation_bytes(step.tokens * self.latent)
        traffic = bare.traffic + Traffic(inputs=fresh, state_written=stored if step.cached else 0.0)
        return replace(bare, traffic=traffic)

    def _expanded(self, step: Step, part: Prefill) -> tuple[Operator, ...]:
        """Keys and values of old and new positions, then attention on them."""
        rows = part.batch * (part.past + part.tokens)
        width = self.heads * (self.plain + self.value_size)
        made = linear(step, "attention.expand", rows, (self.latent, width))
        old = part.batch * part.past * self.absorbed.per_token * step.precision.kv.bytes_per_element
        fresh = step.activation_bytes(part.batch * part.tokens * self.latent)
        made = replace(made, traffic=replace(made.traffic, inputs=fresh, state_read=old))
        # What was just expanded is an activation, not state, also where it belongs to old positions.
        return (
            made,
            *(
                replace(
                    each,
                    traffic=replace(
                        each.traffic, inputs=each.traffic.inputs + each.traffic.state_read, state_read=0.0
                    ),
                )
                for each in products(step, part, self.expanded)
            ),
        )

    def _absorbed(self, step: Step, part: Prefill) -> tuple[Operator, ...]:
        """Queries into the latent space, attention on the latent, values out of it: one product per head."""
        tokens = part.batch * part.tokens
        inward = linear(
            step,
            "attention.absorb",
            tokens,
            (self.plain, self.latent),
            groups=self.heads,
            sharding=Sharding.SPLIT,
        )
        outward = linear(
            step,
            "attention.release",
            tokens,
            (self.latent, self.value_size),
            groups=self.heads,
            sharding=Sharding.SPLIT,
        )
        return (inward, *products(step, part, self.absorbed), outward)

    def narrowed(self, width: float) -> LatentAttention:
        """Fewer heads; the cached latent keeps its width."""
        return replace(self, heads=narrowed_to(self.heads, width))
