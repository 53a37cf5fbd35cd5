"""Dense decoders: GPT-2 to Gemma. Each function turns the keys of one architecture into a stack."""

from __future__ import annotations

from dataclasses import replace

from power.workloads.attention import Attention
from power.workloads.component import Component
from power.workloads.config.keys import Keys
from power.workloads.feedforward import FeedForward
from power.workloads.operations import Activation, Norm
from power.workloads.stack import Embedding, Head, Layer, SequenceStack

ACTIVATIONS = {
    "silu": Activation.SILU,
    "swish": Activation.SILU,
    "swiglu": Activation.SILU,
    "gelu": Activation.GELU,
    "gelu_new": Activation.GELU,
    "gelu_fast": Activation.GELU,
    "gelu_pytorch_tanh": Activation.GELU,
    "relu": Activation.RELU,
    "relu2": Activation.RELU2,
}


def activation(keys: Keys, *names: str, default: str) -> Activation:
    """The non-linearity named by the first of `names`."""
    for name in names:
        if name in keys:
            return ACTIVATIONS[keys.one_of(name, tuple(ACTIVATIONS), default=default)]
    return ACTIVATIONS[default]


def grouped(
    keys: Keys, hidden: int, *, bias: bool = False, output_bias: bool = False, head_size: int | None = None
) -> Attention:
    """Attention of the Llama line: `num_attention_heads`, `num_key_value_heads`, `head_dim`."""
    heads = keys.whole("num_attention_heads")
    key_heads = keys.whole("num_key_value_heads", default=heads)
    size = keys.maybe("head_dim") or head_size
    if size is None:
        keys.divides(heads, hidden, "num_attention_heads", "hidden_size")
        size = max(1, hidden // heads)
    keys.divides(key_heads, heads, "num_key_value_heads", "num_attention_heads")
    rotated = max(2, int(size * keys.real("partial_rotary_factor", default=1.0)))
    return Attention(
        hidden, heads, key_heads, size, rotary_size=rotated, qkv_bias=bias, output_bias=output_bias
    )


def alike(
    count: int, branches: tuple[Component, ...], norm: Norm = Norm.RMS, norms: int = 2
) -> tuple[Layer, ...]:
    """`count` equal layers."""
    return (Layer(branches, norm, norms),) * count


def decoder(
    keys: Keys,
    hidden: int,
    layers: tuple[Layer, ...],
    *,
    tied: bool = False,
    norm: Norm | None = Norm.RMS,
    head_bias: bool = False,
    embedding_norm: Norm | None = None,
    positions: int = 0,
) -> SequenceStack:
    """A decoder around its layers; the vocabulary is read here."""
    vocabulary = keys.whole("vocab_size")
    tied = keys.flag("tie_word_embeddings", default=tied)
    keys.check()
    head = Head(vocabulary, tied=tied, bias=head_bias)
    return SequenceStack(
        hidden, layers, Embedding(vocabulary, positions, norm=embedding_norm), head, final_norm=norm
    )


def llama(keys: Keys) -> SequenceStack:
    """Llama 1 to 3, Mistral, Phi-3: RMSNorm, rotary grouped attention, gated SiLU."""
    hidden, inner = keys.whole("hidden_size"), keys.whole("intermediate_size")
    bias = keys.flag("attention_bias")
    attention = replace(grouped(keys, hidden, bias=bias, output_bias=bias), window=_window(keys))
    up = keys.flag("mlp_bias")
    feed = FeedForward(
        hidden, inner, activation(keys, "hidden_act", default="silu"), up_bias=up, down_bias=up
    )
    return decoder(keys, hidden, alike(keys.layers("num_hidden_layers"), (attention, feed)))


def _window(keys: Keys) -> int | None:
    """A window that the configuration does not switch off."""
    return keys.maybe("sliding_window") if keys.flag("use_sliding_window", default=True) else None


def qwen(keys: Keys) -> SequenceStack:
    """Qwen 2 and 2.5: Llama with biased queries, keys and values."""
    hidden, inner = keys.whole("hidden_size"), keys.whole("intermediate_size")
    feed = FeedForward(hidden, inner, activation(keys, "hidden_act", default="silu"))
    plain = grouped(keys, hidden, bias=True)
    return decoder(keys, hidden, _upper_window(keys, plain, feed))


def qwen3(keys: Keys) -> SequenceStack:
    """Qwen 3: no bias, a norm on every head of queries and keys."""
    hidden, inner = keys.whole("hidden_size"), keys.whole("intermediate_size")
    feed = FeedForward(hidden, inner, activation(keys, "hidden_act", default="silu"))
    bias = keys.flag("attention_bias")
    plain = grouped(keys, hidden, bias=bias, output_bias=bias, head_size=128)
    return decoder(keys, hidden, _upper_window(keys, replace(plain, head_norm="head"), feed))


def _upper_window(keys: Keys, plain: Attention, feed: FeedForward) -> tuple[Layer, ...]:
    """Qwen's window, where it is switched on, holds from layer `max_window_layers` upwards."""
    count = keys.layers("num_hidden_layers")
    window = keys.maybe("sliding_window") if keys.flag("use_sliding_window") else None
    full = min(count, keys.whole("max_window_layers", default=count, least=0)) if window else count
    layers = alike(full, (plain, feed))
    return layers + alike(count - full, (replace(plain, window=window), feed))


def gemma(keys: Keys) -> SequenceStack:
    """Gemma 1: tied embeddings, gated GELU, wide heads."""
    hidden, inner = keys.whole("hidden_size"), keys.whole("intermediate_size")
    feed = FeedForward(hidden, inner, Activation.GELU)
    attention = grouped(keys, hidden, head_size=256)
    layers = alike(keys.layers("num_hidden_layers"), (attention, feed))
    return decoder(keys, hidden, layers, tied=True)


def gemma2(keys: Keys) -> SequenceStack:
    """Gemma 2: norms on both sides of each branch, every other layer with a window."""
    return _gemma_local(keys, period=2, window=4096, head_norm=False)


def gemma3(keys: Keys) -> SequenceStack:
    """Gemma 3, text only: five layers with a window to one without, norms on queries and keys."""
    inner = keys.inside("text_config") if "text_config" in keys else keys
    return _gemma_local(inner, period=6, window=1024, head_norm=True)


def _gemma_local(keys: Keys, *, period: int, window: int, head_norm: bool) -> SequenceStack:
    hidden, inner = keys.whole("hidden_size"), keys.whole("intermediate_size")
    feed = FeedForward(hidden, inner, Activation.GELU)
    full = grouped(keys, hidden, head_size=256)
    if head_norm:
        full = replace(full, head_norm="head")
    local = replace(full, window=keys.whole("sliding_window", default=window))
    period = keys.whole("sliding_window_pattern", default=period)
    count = keys.layers("num_hidden_layers")
    default = [
        "sliding_attention" if (position + 1) % period else "full_attention" for position in range(count)
    ]
    types = keys.kinds("layer_types", count, default)
    layers = tuple(Layer((full if kind == "full_attention" else local, feed), norms=4) for kind in types)
    return decoder(keys, hidden, layers, tied=True)


def gpt2(keys: Keys) -> SequenceStack:
    """GPT-2: LayerNorm, biases, learned positions, tied embeddings."""
    hidden = keys.whole("n_embd", "hidden_size")
    heads = keys.whole("n_head", "num_attention_heads")
    keys.divides(heads, hidden, "n_head", "n_embd")
    attention = Attention(hidden, heads, heads, max(1, hidden // heads), qkv_bias=True, output_bias=True)
    inner = keys.whole("n_inner", default=4 * hidden)
    feed = _plain(hidden, inner, activation(keys, "activation_function", default="gelu_new"))
    layers = alike(keys.layers("n_layer", "num_hidden_layers"), (attention, feed), Norm.LAYER)
    positions = keys.whole("n_positions", "max_position_embeddings", "n_ctx")
    return decoder(keys, hidden, layers, tied=True, norm=Norm.LAYER, positions=positions)


def _plain(hidden: int, inner: int, nonlinear: Activation, *, bias: bool = True) -> FeedForward:
    return FeedForward(hidden, inner, nonlinear, gated=False, up_bias=bias, down_bias=bias)


def gptj(keys: Keys) -> SequenceStack:
    """GPT-J: attention and feed-forward side by side behind one LayerNorm; a biased head."""
    hidden = keys.whole("n_embd", "hidden_size")
    heads = keys.whole("n_head", "num_attention_heads")
    keys.divides(heads, hidden, "n_head", "n_embd")
    size = max(1, hidden // heads)
    rotary = keys.whole("rotary_dim", default=size)
    attention = Attention(hidden, heads, heads, size, rotary_size=rotary)
    feed = _plain(hidden, keys.whole("n_inner", default=4 * hidden), Activation.GELU)
    layers = alike(keys.layers("n_layer", "num_hidden_layers"), (attention, feed), Norm.LAYER, 1)
    return decoder(keys, hidden, layers, norm=Norm.LAYER, head_bias=True)


def neox(keys: Keys) -> SequenceStack:
    """GPT-NeoX and Pythia: biases everywhere, a quarter of each head rotated."""
    hidden, inner = keys.whole("hidden_size"), keys.whole("intermediate_size")
    bias = keys.flag("attention_bias", default=True)
    attention = grouped(keys, hidden, bias=bias, output_bias=bias)
    turned = max(2, int(attention.head_size * keys.real("rotary_pct", default=0.25)))
    feed = _plain(hidden, inner, Activation.GELU)
    layers = alike(
        keys.layers("num_hidden_layers"), (replace(attention, rotary_size=turned), feed), Norm.LAYER
    )
    return decoder(keys, hidden, layers, norm=Norm.LAYER)


def opt(keys: Keys) -> SequenceStack:
    """OPT: as GPT-2 with a rectifier and two more positions."""
    hidden, inner = keys.whole("hidden_size"), keys.whole("ffn_dim")
    if keys.whole("word_embed_proj_dim", default=hidden) != hidden:
        keys.wrong(
            "word_embed_proj_dim", f"must equal hidden_size ({hidden}): projected embeddings are not read"
        )
    if not keys.flag("do_layer_norm_before", default=True):
        keys.wrong("do_layer_norm_before", "must be true: norms behind the branches are not read")
    attention = replace(grouped(keys, hidden, bias=True, output_bias=True), rotary_size=0)
    feed = _plain(hidden, inner, activation(keys, "activation_function", default="relu"))
    layers = alike(keys.layers("num_hidden_layers"), (attention, feed), Norm.LAYER)
    positions = keys.whole("max_position_embeddings") + 2
    return decoder(keys, hidden, layers, tied=True, norm=Norm.LAYER, positions=positions)


def bloom(keys: Keys) -> SequenceStack:
    """BLOOM: linear position biases, a norm behind the embedding, tied embeddings."""
    hidden = keys.whole("hidden_size", "n_embed")
    heads = keys.whole("n_head", "num_attention_heads")
    keys.divides(heads, hidden, "n_head", "hidden_size")
    attention = Attention(hidden, heads, heads, max(1, hidden // heads), qkv_bias=True, output_bias=True)
    feed = _plain(hidden, 4 * hidden, Activation.GELU)
    layers = alike(keys.layers("n_layer", "num_hidden_layers"), (attention, feed), Norm.LAYER)
    return decoder(keys, hidden, layers, tied=True, norm=Norm.LAYER, embedding_norm=Norm.LAYER)


def falcon(keys: Keys) -> SequenceStack:
    """Falcon: one key head (7B) or one per group (40B, 180B), parallel branches, tied embeddings."""
    hidden = keys.whole("hidden_size")
    heads = keys.whole("num_attention_heads", "n_head")
    keys.divides(heads, hidden, "num_attention_heads", "hidden_size")
    newer = keys.flag("new_decoder_architecture")
    many = keys.whole("num_kv_heads", "n_head_kv", default=heads)
    key_heads = many if newer else 1 if keys.flag("multi_query", default=True) else heads
    keys.divides(key_heads, heads, "num_kv_heads", "num_attention_heads")
    bias, size = keys.flag("bias"), max(1, hidden // heads)
    attention = Attention(
        hidden,
        heads,
        key_heads,
        size,
        rotary_size=0 if keys.flag("alibi") else size,
        qkv_bias=bias,
        output_bias=bias,
    )
    feed = _plain(hidden, keys.whole("ffn_hidden_size", default=4 * hidden), Activation.GELU, bias=bias)
    single = keys.flag("parallel_attn", default=True) and not newer
    norms = keys.whole("num_ln_in_parallel_attn", default=1 if single else 2)
    count = keys.layers("num_hidden_layers", "n_layer")
    layers = alike(count, (attention, feed), Norm.LAYER, norms)
    return decoder(keys, hidden, layers, tied=True, norm=Norm.LAYER)


def phi(keys: Keys) -> SequenceStack:
    """Phi 1 and 2: parallel branches behind one LayerNorm, biases everywhere."""
    hidden, inner = keys.whole("hidden_size"), keys.whole("intermediate_size")
    attention = grouped(keys, hidden, bias=True, output_bias=True)
    if "partial_rotary_factor" not in keys:
        attention = replace(attention, rotary_size=attention.head_size // 2)
    feed = _plain(hidden, inner, activation(keys, "hidden_act", default="gelu_new"))
    layers = alike(keys.layers("num_hidden_layers"), (attention, feed), Norm.LAYER, 1)
    return decoder(keys, hidden, layers, norm=Norm.LAYER, head_bias=True)


def olmo2(keys: Keys) -> SequenceStack:
    """OLMo 2: norms behind the branches and over all heads of queries and of keys."""
    hidden, inner = keys.whole("hidden_size"), keys.whole("intermediate_size")
    attention = replace(grouped(keys, hidden), head_norm="full")
    feed = FeedForward(hidden, inner, activation(keys, "hidden_act", default="silu"))
    return decoder(keys, hidden, alike(keys.layers("num_hidden_layers"), (attention, feed)))
