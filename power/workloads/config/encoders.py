"""Encoders: BERT, RoBERTa."""

from __future__ import annotations

from dataclasses import replace

from power.workloads.config.keys import Keys
from power.workloads.config.transformers import activation, alike, grouped
from power.workloads.feedforward import FeedForward
from power.workloads.operations import Norm
from power.workloads.stack import Embedding, Head, SequenceStack


def bert(keys: Keys) -> SequenceStack:
    """BERT and RoBERTa, with the head that the architecture's name asks for."""
    hidden, inner = keys.whole("hidden_size"), keys.whole("intermediate_size")
    attention = replace(grouped(keys, hidden, bias=True, output_bias=True), causal=False, rotary_size=0)
    feed = FeedForward(
        hidden,
        inner,
        activation(keys, "hidden_act", default="gelu"),
        gated=False,
        up_bias=True,
        down_bias=True,
    )
    vocabulary = keys.whole("vocab_size")
    positions = keys.whole("max_position_embeddings")
    embedding = Embedding(vocabulary, positions, keys.whole("type_vocab_size"), Norm.LAYER)
    count = keys.layers("num_hidden_layers")
    named = (keys.items("architectures") or [""])[0]
    labels = keys.whole("num_labels", default=_labels(keys))
    keys.check()
    return SequenceStack(
        hidden,
        alike(count, (attention, feed), Norm.LAYER),
        embedding,
        _head(str(named), vocabulary, labels),
        final_norm=None,
        decodes=False,
        tokens=min(positions, 512),
    )


def _labels(keys: Keys) -> int:
    child = keys.node.child("id2label")
    return len(child.value) if child is not None and isinstance(child.value, dict) and child.value else 2


def _head(architecture: str, vocabulary: int, labels: int) -> Head:
    if architecture.endswith("ForMaskedLM"):
        return Head(vocabulary, tied=True, bias=True, dense=True, dense_norm=Norm.LAYER, generates=False)
    if architecture.endswith("ForQuestionAnswering"):
        return Head(2, bias=True, generates=False)
    if architecture.endswith("ForSequenceClassification"):
        return Head(labels, bias=True, dense=True, pooled=True, generates=False)
    return Head(dense=True, pooled=True, generates=False)
