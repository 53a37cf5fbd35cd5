"""Small models of every family, quick to put together."""

from __future__ import annotations

from typing import Any

from power.workloads.config.reader import read_config
from power.workloads.graph import Kind, Operator
from power.workloads.model import Model
from power.workloads.stack import SequenceStack

WIDTHS: dict[str, Any] = {
    "hidden_size": 64,
    "intermediate_size": 192,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "vocab_size": 1000,
}

CONFIGS: dict[str, dict[str, Any]] = {
    "dense": {"model_type": "llama", **WIDTHS},
    "window": {"model_type": "mistral", "sliding_window": 32, **WIDTHS},
    "experts": {"model_type": "mixtral", "num_local_experts": 8, "num_experts_per_tok": 2, **WIDTHS},
    "latent": {
        "model_type": "deepseek_v2",
        "kv_lora_rank": 32,
        "qk_rope_head_dim": 8,
        "qk_nope_head_dim": 16,
        "v_head_dim": 16,
        "n_routed_experts": 8,
        "num_experts_per_tok": 2,
        "moe_intermediate_size": 32,
        "first_k_dense_replace": 1,
        **WIDTHS,
    },
    "mamba": {
        "model_type": "mamba",
        "hidden_size": 64,
        "num_hidden_layers": 3,
        "state_size": 8,
        "vocab_size": 1000,
    },
    "mamba2": {
        "model_type": "mamba2",
        "hidden_size": 64,
        "num_hidden_layers": 3,
        "num_heads": 4,
        "head_dim": 32,
        "state_size": 16,
        "n_groups": 1,
        "chunk_size": 16,
        "vocab_size": 1000,
    },
    "rwkv": {"model_type": "rwkv", "hidden_size": 64, "num_hidden_layers": 3, "vocab_size": 1000},
    "griffin": {"model_type": "recurrent_gemma", "attention_window_size": 32, "head_dim": 16, **WIDTHS},
    "jamba": {"model_type": "jamba", "num_experts": 4, **WIDTHS, "num_hidden_layers": 8},
    "nemotron": {
        "model_type": "nemotron_h",
        "hybrid_override_pattern": "M-M*-",
        "mamba_num_heads": 4,
        "mamba_head_dim": 32,
        "ssm_state_size": 16,
        "n_groups": 2,
        "head_dim": 16,
        **WIDTHS,
        "num_hidden_layers": 5,
    },
}

DECODERS = tuple(CONFIGS)


def small(name: str) -> Model:
    """One of the small models."""
    return read_config(CONFIGS[name], name=name)


def linear_flops(graph: tuple[Operator, ...]) -> float:
    """Operations of the products with weights."""
    return sum(
        each.matrix_flops * each.count for each in graph if each.kind is Kind.GEMM and each.traffic.weights
    )


def stack(model: Model) -> SequenceStack:
    """The layers of a sequence model."""
    assert isinstance(model.architecture, SequenceStack)
    return model.architecture
