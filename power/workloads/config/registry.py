"""Which architectures can be read, and by what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from power.workloads.architecture import Architecture
from power.workloads.config import encoders, mixtures, networks, recurrents, transformers
from power.workloads.config.keys import Keys

Build = Callable[[Keys], Architecture]


@dataclass(frozen=True, slots=True)
class Reader:
    """How one architecture is read.

    Parameters
    ----------
    build
        Turns keys into layers.
    family
        Sort of architecture.
    model_type
        What ``model_type`` says in such files.
    architectures
        What ``architectures`` may say in them.
    """

    build: Build
    family: str
    model_type: str
    architectures: tuple[str, ...]


def _language(build: Build, family: str, model_type: str, name: str, *more: str) -> Reader:
    return Reader(build, family, model_type, (f"{name}ForCausalLM", *more))


_BERT_HEADS = ("Model", "ForMaskedLM", "ForSequenceClassification", "ForQuestionAnswering")

READERS: tuple[Reader, ...] = (
    _language(transformers.llama, "transformer", "llama", "Llama"),
    _language(transformers.llama, "transformer", "mistral", "Mistral"),
    _language(transformers.llama, "transformer", "phi3", "Phi3"),
    _language(transformers.qwen, "transformer", "qwen2", "Qwen2"),
    _language(transformers.qwen3, "transformer", "qwen3", "Qwen3"),
    _language(transformers.gemma, "transformer", "gemma", "Gemma"),
    _language(transformers.gemma2, "transformer", "gemma2", "Gemma2"),
    _language(transformers.gemma3, "transformer", "gemma3_text", "Gemma3"),
    Reader(transformers.gemma3, "transformer", "gemma3", ("Gemma3ForConditionalGeneration",)),
    Reader(transformers.gpt2, "transformer", "gpt2", ("GPT2LMHeadModel",)),
    _language(transformers.gptj, "transformer", "gptj", "GPTJ"),
    _language(transformers.neox, "transformer", "gpt_neox", "GPTNeoX"),
    _language(transformers.opt, "transformer", "opt", "OPT"),
    _language(transformers.bloom, "transformer", "bloom", "Bloom"),
    _language(transformers.falcon, "transformer", "falcon", "Falcon"),
    _language(transformers.phi, "transformer", "phi", "Phi"),
    _language(transformers.olmo2, "transformer", "olmo2", "Olmo2"),
    _language(mixtures.mixtral, "moe", "mixtral", "Mixtral"),
    _language(mixtures.qwen2_moe, "moe", "qwen2_moe", "Qwen2Moe"),
    _language(mixtures.qwen3_moe, "moe", "qwen3_moe", "Qwen3Moe"),
    _language(mixtures.deepseek, "moe", "deepseek_v2", "DeepseekV2"),
    _language(mixtures.deepseek, "moe", "deepseek_v3", "DeepseekV3"),
    _language(mixtures.gpt_oss, "moe", "gpt_oss", "GptOss"),
    _language(mixtures.llama4, "moe", "llama4_text", "Llama4"),
    Reader(mixtures.llama4, "moe", "llama4", ("Llama4ForConditionalGeneration",)),
    _language(recurrents.mamba, "ssm", "mamba", "Mamba"),
    _language(recurrents.falcon_mamba, "ssm", "falcon_mamba", "FalconMamba"),
    _language(recurrents.mamba2, "ssm", "mamba2", "Mamba2"),
    _language(recurrents.rwkv, "linear-rnn", "rwkv", "Rwkv"),
    _language(recurrents.jamba, "hybrid", "jamba", "Jamba"),
    _language(recurrents.recurrent_gemma, "hybrid", "recurrent_gemma", "RecurrentGemma"),
    _language(recurrents.nemotron_h, "hybrid", "nemotron_h", "NemotronH"),
    _language(recurrents.bamba, "hybrid", "bamba", "Bamba"),
    Reader(encoders.bert, "encoder", "bert", tuple(f"Bert{head}" for head in _BERT_HEADS)),
    Reader(encoders.bert, "encoder", "roberta", tuple(f"Roberta{head}" for head in _BERT_HEADS)),
    Reader(networks.resnet, "cnn", "resnet", ("ResNetForImageClassification",)),
    Reader(networks.efficientnet, "cnn", "efficientnet", ("EfficientNetForImageClassification",)),
    Reader(networks.shufflenet, "cnn", "shufflenet_v2", ()),
    Reader(networks.retinanet, "detector", "retinanet", ()),
    Reader(networks.recurrent, "rnn", "lstm", ()),
    Reader(networks.recurrent, "rnn", "gru", ()),
    Reader(networks.recurrent, "rnn", "rnn", ()),
    Reader(networks.deepspeech2, "rnn", "deepspeech2", ()),
    Reader(networks.perceptron, "mlp", "mlp", ()),
    Reader(networks.dlrm, "dlrm", "dlrm", ()),
    Reader(networks.collaborative, "dlrm", "ncf", ()),
)

BY_ARCHITECTURE: Mapping[str, Reader] = MappingProxyType(
    {name: reader for reader in READERS for name in reader.architectures}
)
BY_MODEL_TYPE: Mapping[str, Reader] = MappingProxyType({reader.model_type: reader for reader in READERS})
