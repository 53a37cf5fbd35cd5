"""Number formats, and which class of tensor is kept in which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from types import MappingProxyType

from floorplans.diagnostics import did_you_mean, listed


@dataclass(frozen=True, slots=True)
class Format:
    """One way to store and multiply a number.

    Parameters
    ----------
    name
        Name used in files and on hardware, such as ``bf16``.
    bits
        Bits an element takes in memory.
    integer
        Fixed-point; a floating-point format otherwise.
    block
        Elements that share one scale; 0 for a scale per tensor or per channel, whose size is neglected.
    scale_bits
        Bits of scale and zero point per block.
    """

    name: str
    bits: int
    integer: bool = False
    block: int = 0
    scale_bits: int = 0

    @property
    def bits_per_element(self) -> float:
        """Bits an element takes with its share of the scales."""
        return self.bits + (self.scale_bits / self.block if self.block else 0.0)

    @property
    def bytes_per_element(self) -> float:
        """Bytes an element takes with its share of the scales."""
        return self.bits_per_element / 8.0

    def storage(self, elements: int) -> int:
        """Bytes that `elements` numbers occupy, scales included, rounded up to a byte."""
        blocks = -(-elements // self.block) if self.block else 0
        return -(-(elements * self.bits + blocks * self.scale_bits) // 8)

    def __str__(self) -> str:
        return self.name


# int4 as group-wise quantisers store it: 128 weights share a 16-bit scale and a 4-bit zero point.
# fp4 and mxfp8 are Open Compute microscaling formats (32 elements, 8-bit scale); nvfp4 has blocks of 16.
FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        form.name: form
        for form in (
            Format("fp64", 64),
            Format("fp32", 32),
            Format("tf32", 32),
            Format("bf16", 16),
            Format("fp16", 16),
            Format("fp8", 8),
            Format("mxfp8", 8, block=32, scale_bits=8),
            Format("int8", 8, integer=True),
            Format("fp4", 4, block=32, scale_bits=8),
            Format("nvfp4", 4, block=16, scale_bits=8),
            Format("int4", 4, integer=True, block=128, scale_bits=20),
        )
    }
)
"""Every format by name."""

ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "float32": "fp32",
        "float16": "fp16",
        "half": "fp16",
        "bfloat16": "bf16",
        "float8": "fp8",
        "e4m3": "fp8",
        "float8_e4m3fn": "fp8",
        "mxfp4": "fp4",
    }
)


def format_named(name: str | Format) -> Format:
    """The format called `name`.

    Raises
    ------
    ValueError
        There is none; the message lists those there are.
    """
    if isinstance(name, Format):
        return name
    key = ALIASES.get(name, name)
    if key not in FORMATS:
        raise ValueError(
            f"unknown number format '{name}'{did_you_mean(name, (*FORMATS, *ALIASES))} "
            f"(known: {listed(tuple(FORMATS))})"
        )
    return FORMATS[key]


def multiplied(one: Format, other: Format) -> Format:
    """The format in which a product of two tensors is computed.

    The narrower operand is converted to the wider; int8 times fp8 goes through bf16, as no unit
    multiplies them.
    """
    if one.name == other.name:
        return one
    if one.bits == other.bits:
        return FORMATS["bf16"] if one.bits < 16 else max(one, other, key=lambda form: form.name == "fp32")
    wide, narrow = (one, other) if one.bits > other.bits else (other, one)
    return FORMATS["bf16"] if wide.integer and not narrow.integer else wide


class Tensor(StrEnum):
    """Classes of parameters."""

    WEIGHTS = "weights"
    EXPERTS = "experts"
    EMBEDDINGS = "embeddings"


@dataclass(frozen=True, slots=True)
class Precision:
    """The format of every class of tensor; immutable.

    Parameters
    ----------
    weights
        Matrices of linear layers and convolutions.
    embeddings
        Token tables, output head, norms, biases and routers, which quantisers leave wide.
    activations
        What passes between operators, and the moving operand of linear layers.
    attention
        Operands of the two attention products and naive score matrices; a narrower cache is converted.
    kv
        Key and value cache.
    state
        Recurrent state: SSM, convolution tail, hidden and cell state.
    accumulators
        Sums of products, softmax and normalisation statistics.
    experts
        Matrices of routed experts, which some models quantise alone; None for the format of `weights`.
    """

    weights: Format = FORMATS["bf16"]
    embeddings: Format = FORMATS["bf16"]
    activations: Format = FORMATS["bf16"]
    attention: Format = FORMATS["bf16"]
    kv: Format = FORMATS["bf16"]
    state: Format = FORMATS["fp32"]
    accumulators: Format = FORMATS["fp32"]
    experts: Format | None = None

    def with_(self, **formats: str | Format) -> Precision:
        """The same assignment with some classes replaced.

        Raises
        ------
        ValueError
            Unknown class or format, all of them in one message.
        """
        known = [each.name for each in fields(self)]
        wrong = [
            f"unknown tensor class '{name}'{did_you_mean(name, known)} (known: {listed(known)})"
            for name in formats
            if name not in known
        ]
        chosen: dict[str, Format] = {}
        for name, form in formats.items():
            try:
                chosen[name] = format_named(form)
            except ValueError as error:
                wrong.append(f"{name}: {error}")
        if wrong:
            raise ValueError("; ".join(wrong))
        return replace(self, **chosen)

    @property
    def expert_weights(self) -> Format:
        """Format of routed experts."""
        return self.experts or self.weights

    def stored(self, tensor: Tensor) -> Format:
        """Format of a class of parameters."""
        if tensor is Tensor.EXPERTS:
            return self.expert_weights
        return self.weights if tensor is Tensor.WEIGHTS else self.embeddings

    def multiplying(self, tensor: Tensor) -> Format:
        """Format in which a class of parameters is multiplied with activations."""
        return multiplied(self.stored(tensor), self.activations)

    @property
    def attending(self) -> Format:
        """Format in which attention multiplies."""
        return self.attention


BF16 = Precision()
"""Everything in bf16, sums and recurrent state in fp32."""


def uniform(name: str | Format) -> Precision:
    """Everything in one format; below 16 bits embeddings, attention and, below 8, activations stay wider.

    Raises
    ------
    ValueError
        Unknown format.
    """
    form = format_named(name)
    wide = form if form.bits >= 16 else FORMATS["bf16"]
    moving = wide if form.bits < 8 else form  # 4-bit multiplications of activations are the exception
    cache = moving if form.bits >= 8 else wide
    sums = FORMATS["fp64"] if form.bits == 64 else FORMATS["fp32"]
    return Precision(form, wide, moving, wide, cache, FORMATS["fp32"], sums)
