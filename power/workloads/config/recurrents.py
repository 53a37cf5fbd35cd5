"""State-space models, linear RNNs and hybrids: Mamba, RWKV, Jamba, RecurrentGemma, Nemotron-H, Bamba."""

from __future__ import annotations

from dataclasses import replace

from floorplans.diagnostics import quoted
from power.workloads.attention import Attention
from power.workloads.component import Component
from power.workloads.config.keys import Keys
from power.workloads.config.transformers import activation, alike, decoder, grouped
from power.workloads.feedforward import FeedForward
from power.workloads.griffin import GatedRecurrence
from power.workloads.mamba import Mamba
from power.workloads.mamba2 import Mamba2
from power.workloads.moe import MixtureOfExperts
from power.workloads.operations import Activation, Norm
from power.workloads.rwkv import ChannelMixing, TimeMixing
from power.workloads.stack import Layer, SequenceStack


def mamba(keys: Keys) -> SequenceStack:
    """Mamba-1: one mixer per layer."""
    return _mamba(keys, tied=True)


def falcon_mamba(keys: Keys) -> SequenceStack:
    """Falcon-Mamba: Mamba-1 with norms without weights on what is selected."""
    return _mamba(keys, tied=False)


def _mamba(keys: Keys, *, tied: bool) -> SequenceStack:
    hidden = keys.whole("hidden_size", "d_model")
    inner = keys.whole("intermediate_size", "d_inner", default=keys.whole("expand", default=2) * hidden)
    mixer = Mamba(
        hidden,
        inner,
        keys.whole("state_size", default=16),
        keys.whole("conv_kernel", default=4),
        _rank(keys, "time_step_rank", hidden),
        projection_bias=keys.flag("use_bias"),
        convolution_bias=keys.flag("use_conv_bias", default=True),
    )
    layers = alike(keys.layers("num_hidden_layers", "n_layer"), (mixer,), norms=1)
    return decoder(keys, hidden, layers, tied=tied)


def _rank(keys: Keys, name: str, hidden: int) -> int:
    """Width of the time step; ``auto`` is a sixteenth of the stream."""
    automatic = -(-hidden // 16)
    child = keys.node.child(name)
    if child is not None and child.plain == "auto":
        return automatic
    return keys.whole(name, default=automatic)


def mamba2(keys: Keys) -> SequenceStack:
    """Mamba-2: one mixer per layer."""
    hidden = keys.whole("hidden_size", "d_model")
    heads, size = keys.whole("num_heads"), keys.whole("head_dim", default=64)
    inner = keys.whole("expand", default=2) * hidden
    given = heads * size
    keys.needs(
        given == inner,
        "num_heads",
        f"num_heads x head_dim must be expand x hidden_size ({inner}; got {given})",
    )
    groups = keys.whole("n_groups", default=8)
    keys.divides(groups, heads, "n_groups", "num_heads")
    mixer = Mamba2(
        hidden,
        heads,
        size,
        keys.whole("state_size", default=128),
        groups,
        keys.whole("conv_kernel", default=4),
        keys.whole("chunk_size", default=256),
        projection_bias=keys.flag("use_bias"),
        convolution_bias=keys.flag("use_conv_bias", default=True),
    )
    return decoder(keys, hidden, alike(keys.layers("num_hidden_layers"), (mixer,), norms=1), tied=False)


def rwkv(keys: Keys) -> SequenceStack:
    """RWKV-4."""
    hidden = keys.whole("hidden_size")
    inner = keys.whole("intermediate_size", default=4 * hidden)
    time = TimeMixing(hidden, keys.whole("attention_hidden_size", default=hidden))
    layers = alike(keys.layers("num_hidden_layers"), (time, ChannelMixing(hidden, inner)), Norm.LAYER)
    return decoder(keys, hidden, layers, norm=Norm.LAYER, embedding_norm=Norm.LAYER)


def jamba(keys: Keys) -> SequenceStack:
    """Jamba: one attention layer in eight, Mamba-1 in the others, experts in every other layer."""
    hidden, inner = keys.whole("hidden_size"), keys.whole("intermediate_size")
    attention: Component = replace(grouped(keys, hidden), rotary_size=0)
    mixer: Component = Mamba(
        hidden,
        keys.whole("mamba_expand", default=2) * hidden,
        keys.whole("mamba_d_state", default=16),
        keys.whole("mamba_d_conv", default=4),
        _rank(keys, "mamba_dt_rank", hidden),
        projection_bias=keys.flag("mamba_proj_bias"),
        convolution_bias=keys.flag("mamba_conv_bias", default=True),
        inner_norm=True,
    )
    dense = FeedForward(hidden, inner, activation(keys, "hidden_act", default="silu"))
    experts = keys.whole("num_experts", default=16)
    chosen = keys.whole("num_experts_per_tok", default=2)
    keys.at_most(chosen, experts, "num_experts_per_tok", "num_experts")
    mixture = MixtureOfExperts(replace(dense, name="moe.expert"), experts, min(chosen, experts))
    block: Component = mixture if experts > 1 else dense
    period, offset = _period(keys, "attn_layer", 8, 4)
    every, first = _period(keys, "expert_layer", 2, 1)
    layers = tuple(
        Layer(
            (
                attention if position % period == offset else mixer,
                block if position % every == first else dense,
            )
        )
        for position in range(keys.layers("num_hidden_layers"))
    )
    return decoder(keys, hidden, layers)


def _period(keys: Keys, name: str, period: int, offset: int) -> tuple[int, int]:
    return (
        keys.whole(f"{name}_period", default=period),
        keys.whole(f"{name}_offset", default=offset, least=0),
    )


def recurrent_gemma(keys: Keys) -> SequenceStack:
    """RecurrentGemma (Griffin): two recurrent blocks to one with local attention."""
    hidden, inner = keys.whole("hidden_size"), keys.whole("intermediate_size")
    bias = keys.flag("attention_bias")
    attention = grouped(keys, hidden, bias=bias, output_bias=True)
    local: Component = replace(
        attention,
        window=keys.whole("attention_window_size", default=2048),
        rotary_size=max(2, int(attention.head_size * keys.real("partial_rotary_factor", default=0.5))),
    )
    width = keys.whole("lru_width", default=hidden)
    keys.divides(attention.heads, width, "num_attention_heads", "lru_width")
    recurrence: Component = GatedRecurrence(
        hidden, width, attention.heads, keys.whole("conv1d_width", default=4)
    )
    # The key counts both halves of the gated layer.
    feed = FeedForward(hidden, max(1, inner // 2), Activation.GELU, up_bias=True, down_bias=True)
    kinds = keys.items("block_types") or keys.items("_block_types") or ["recurrent", "recurrent", "attention"]
    layers = tuple(
        Layer((local if kinds[position % len(kinds)] == "attention" else recurrence, feed))
        for position in range(keys.layers("num_hidden_layers"))
    )
    return decoder(keys, hidden, layers, tied=True)


def nemotron_h(keys: Keys) -> SequenceStack:
    """Nemotron-H and Nemotron-Nano 2: a pattern of Mamba-2 (M), attention (*) and feed-forward (-) layers."""
    hidden, pattern = keys.whole("hidden_size"), keys.text("hybrid_override_pattern")
    bias = keys.flag("attention_bias")
    size = keys.whole("attention_head_dim", "head_dim", default=128)
    heads = keys.whole("num_attention_heads")
    key_heads = keys.whole("num_key_value_heads", default=heads)
    keys.divides(key_heads, heads, "num_key_value_heads", "num_attention_heads")
    attention = Attention(hidden, heads, key_heads, size, qkv_bias=bias, output_bias=bias)
    mixer = Mamba2(
        hidden,
        keys.whole("mamba_num_heads"),
        keys.whole("mamba_head_dim", default=64),
        keys.whole("ssm_state_size", default=128),
        keys.whole("n_groups", default=8),
        keys.whole("conv_kernel", default=4),
        keys.whole("chunk_size", default=128),
        projection_bias=keys.flag("use_bias") or keys.flag("mamba_proj_bias"),
        convolution_bias=keys.flag("use_conv_bias", default=True),
    )
    up = keys.flag("mlp_bias")
    feed = FeedForward(
        hidden,
        keys.whole("intermediate_size"),
        activation(keys, "mlp_hidden_act", default="relu2"),
        gated=False,
        up_bias=up,
        down_bias=up,
    )
    kinds: dict[str, Component] = {"M": mixer, "*": attention, "-": feed}
    strange = sorted(set(pattern) - set(kinds))
    if strange:
        keys.wrong("hybrid_override_pattern", f"may hold M, * and - only (got {quoted(''.join(strange))})")
    count = keys.whole("num_hidden_layers", default=len(pattern))
    if pattern and count != len(pattern):
        keys.wrong("num_hidden_layers", f"must be the pattern's length {len(pattern)} (got {count})")
    layers = tuple(Layer((kinds[kind],), norms=1) for kind in pattern if kind in kinds)
    return decoder(keys, hidden, layers)


def bamba(keys: Keys) -> SequenceStack:
    """Bamba: Mamba-2 in most layers, attention in those listed, a gated feed-forward block in each."""
    hidden, inner = keys.whole("hidden_size"), keys.whole("intermediate_size")
    attention: Component = grouped(keys, hidden)
    heads = keys.whole("mamba_n_heads", default=128)
    width = keys.whole("mamba_expand", default=2) * hidden
    keys.divides(heads, width, "mamba_n_heads", "mamba_expand x hidden_size")
    mixer: Component = Mamba2(
        hidden,
        heads,
        max(1, width // heads),
        keys.whole("mamba_d_state", default=256),
        keys.whole("mamba_n_groups", default=1),
        keys.whole("mamba_d_conv", default=4),
        keys.whole("mamba_chunk_size", default=256),
        projection_bias=keys.flag("mamba_proj_bias"),
        convolution_bias=keys.flag("mamba_conv_bias", default=True),
    )
    feed = FeedForward(hidden, inner, activation(keys, "hidden_act", default="silu"))
    chosen = set(keys.items("attn_layer_indices") or ())
    layers = tuple(
        Layer((attention if position in chosen else mixer, feed))
        for position in range(keys.layers("num_hidden_layers"))
    )
    return decoder(keys, hidden, layers)
