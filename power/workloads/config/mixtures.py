"""Decoders with experts: Mixtral, Qwen-MoE, DeepSeek, gpt-oss, Llama 4."""

from __future__ import annotations

from dataclasses import replace

from power.workloads.component import Component
from power.workloads.config.keys import Keys
from power.workloads.config.transformers import activation, alike, decoder, grouped
from power.workloads.feedforward import FeedForward
from power.workloads.latent import LatentAttention
from power.workloads.moe import MixtureOfExperts
from power.workloads.operations import Activation
from power.workloads.stack import Layer, SequenceStack


def _expert(hidden: int, inner: int, nonlinear: Activation, *, bias: bool = False) -> FeedForward:
    return FeedForward(hidden, inner, nonlinear, up_bias=bias, down_bias=bias, name="moe.expert")


def _chosen(keys: Keys, experts: int, name: str = "num_experts_per_tok", default: int | None = None) -> int:
    chosen = keys.whole(name, default=default)
    keys.at_most(chosen, experts, name, "the number of experts")
    return min(chosen, experts)


def mixtral(keys: Keys) -> SequenceStack:
    """Mixtral: eight experts, two per token."""
    hidden, inner = keys.whole("hidden_size"), keys.whole("intermediate_size")
    attention = replace(grouped(keys, hidden), window=keys.maybe("sliding_window"))
    experts = keys.whole("num_local_experts")
    expert = _expert(hidden, inner, activation(keys, "hidden_act", default="silu"))
    block = MixtureOfExperts(expert, experts, _chosen(keys, experts))
    return decoder(keys, hidden, alike(keys.layers("num_hidden_layers"), (attention, block)))


def qwen2_moe(keys: Keys) -> SequenceStack:
    """Qwen 1.5 and 2 MoE: many small experts and a shared one behind a gate."""
    return _qwen(keys, newer=False)


def qwen3_moe(keys: Keys) -> SequenceStack:
    """Qwen 3 MoE: no shared expert, norms on queries and keys."""
    return _qwen(keys, newer=True)


def _qwen(keys: Keys, *, newer: bool) -> SequenceStack:
    hidden, inner = keys.whole("hidden_size"), keys.whole("intermediate_size")
    attention = grouped(keys, hidden, bias=not newer or keys.flag("attention_bias"))
    if newer:
        attention = replace(attention, head_norm="head")
    nonlinear = activation(keys, "hidden_act", default="silu")
    experts = keys.whole("num_experts")
    shared = (
        None
        if newer
        else FeedForward(hidden, keys.whole("shared_expert_intermediate_size"), nonlinear, name="moe.shared")
    )
    block = MixtureOfExperts(
        _expert(hidden, keys.whole("moe_intermediate_size"), nonlinear),
        experts,
        _chosen(keys, experts),
        shared,
        shared_gate=not newer,
    )
    dense: Component = FeedForward(hidden, inner, nonlinear)
    every = keys.whole("decoder_sparse_step", default=1)
    plain = set(keys.items("mlp_only_layers") or ())
    count = keys.layers("num_hidden_layers")
    sparse = [(position + 1) % every == 0 and position not in plain for position in range(count)]
    layers = tuple(Layer((attention, block if each else dense)) for each in sparse)
    return decoder(keys, hidden, layers)


def deepseek(keys: Keys) -> SequenceStack:
    """DeepSeek V2 and V3: latent attention, dense first layers, shared experts; without the MTP module."""
    hidden, inner = keys.whole("hidden_size"), keys.whole("intermediate_size")
    attention = LatentAttention(
        hidden,
        keys.whole("num_attention_heads"),
        keys.whole("kv_lora_rank"),
        keys.whole("qk_rope_head_dim"),
        keys.whole("qk_nope_head_dim"),
        keys.whole("v_head_dim"),
        keys.maybe("q_lora_rank"),
    )
    nonlinear = activation(keys, "hidden_act", default="silu")
    experts, size = keys.whole("n_routed_experts"), keys.whole("moe_intermediate_size")
    count_shared = keys.whole("n_shared_experts", default=0, least=0)
    shared = FeedForward(hidden, size * count_shared, nonlinear, name="moe.shared") if count_shared else None
    corrected = keys.text("topk_method", default="greedy") == "noaux_tc"
    block = MixtureOfExperts(
        _expert(hidden, size, nonlinear),
        experts,
        _chosen(keys, experts),
        shared,
        router_bias=corrected,
    )
    dense: Component = FeedForward(hidden, inner, nonlinear)
    count, first = keys.layers("num_hidden_layers"), keys.whole("first_k_dense_replace", default=0, least=0)
    every = keys.whole("moe_layer_freq", default=1)
    sparse = [position >= first and position % every == 0 for position in range(count)]
    return decoder(keys, hidden, tuple(Layer((attention, block if each else dense)) for each in sparse))


def gpt_oss(keys: Keys) -> SequenceStack:
    """gpt-oss: biased experts and projections, attention sinks, every other layer with a short window."""
    hidden, inner = keys.whole("hidden_size"), keys.whole("intermediate_size")
    bias = keys.flag("attention_bias", default=True)
    full = replace(grouped(keys, hidden, bias=bias, output_bias=bias, head_size=64), sinks=True)
    local = replace(full, window=keys.whole("sliding_window", default=128))
    experts = keys.whole("num_local_experts")
    block = MixtureOfExperts(
        _expert(hidden, inner, Activation.SILU, bias=True),
        experts,
        _chosen(keys, experts),
        router_bias=True,
    )
    count = keys.layers("num_hidden_layers")
    default = ["full_attention" if position % 2 else "sliding_attention" for position in range(count)]
    types = keys.kinds("layer_types", count, default)
    layers = tuple(Layer((full if kind == "full_attention" else local, block)) for kind in types)
    return decoder(keys, hidden, layers)


def llama4(keys: Keys) -> SequenceStack:
    """Llama 4, text only: one routed and one shared expert per token, in every layer or every other.

    Three of four layers attend within chunks; they are taken as windows of the same length.
    """
    inner = keys.inside("text_config") if "text_config" in keys else keys
    hidden, size = inner.whole("hidden_size"), inner.whole("intermediate_size")
    full = grouped(inner, hidden, head_size=128)
    local = replace(full, window=inner.whole("attention_chunk_size", default=8192))
    nonlinear = activation(inner, "hidden_act", default="silu")
    experts = inner.whole("num_local_experts")
    block = MixtureOfExperts(
        _expert(hidden, size, nonlinear),
        experts,
        _chosen(inner, experts, default=1),
        FeedForward(hidden, size, nonlinear, name="moe.shared"),
    )
    dense: Component = FeedForward(hidden, inner.whole("intermediate_size_mlp"), nonlinear)
    every, count = inner.whole("interleave_moe_layer_step", default=1), inner.layers("num_hidden_layers")
    layers = tuple(
        Layer(
            (
                local if (position + 1) % 4 else full,
                block if (position + 1) % every == 0 else dense,
            )
        )
        for position in range(count)
    )
    return decoder(inner, hidden, layers)
