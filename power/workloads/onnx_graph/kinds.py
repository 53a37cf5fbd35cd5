"""What the operator types of ONNX cost: vector operations per output element, or nothing at all."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from power.workloads.graph import Kind


def _words(text: str) -> list[str]:
    return text.split()


FREE = frozenset(
    _words(
        "Reshape Flatten Squeeze Unsqueeze Identity Shape Size Constant ConstantOfShape Dropout Range "
        "SequenceConstruct SequenceAt Optional"
    )
)
"""Change of view, or shape arithmetic: no work on data."""

ELEMENTWISE: Mapping[str, float] = MappingProxyType(
    dict.fromkeys(
        _words("Add Sub Mul Div Max Min Neg Abs Relu Sqrt Reciprocal Exp Log Floor Ceil Round Sign"), 1.0
    )
    | dict.fromkeys(
        _words("And Or Xor Not Equal Greater Less GreaterOrEqual LessOrEqual Where Clip Mod Sum Mean"), 1.0
    )
    | dict.fromkeys(_words("BitShift BitwiseAnd BitwiseOr BitwiseXor BitwiseNot IsNaN IsInf"), 1.0)
    | dict.fromkeys(_words("LeakyRelu PRelu ThresholdedRelu Pow Sin Cos Softsign Shrink"), 2.0)
    | dict.fromkeys(_words("QuantizeLinear DequantizeLinear HardSigmoid"), 2.0)
    | dict.fromkeys(_words("Elu Selu Celu Softplus"), 3.0)
    | dict.fromkeys(_words("Sigmoid Swish HardSwish"), 4.0)
    | {"Tanh": 5.0, "Erf": 8.0, "Gelu": 9.0, "Mish": 8.0, "DynamicQuantizeLinear": 4.0}
)
"""Vector operations per output element; an exponential, root or division is one."""

MOVES = frozenset(
    _words(
        "Transpose Concat Split Slice Pad Expand Tile Cast DepthToSpace SpaceToDepth Resize Upsample "
        "ReverseSequence Trilu EyeLike OneHot Compress CastLike"
    )
)
"""Copies: bytes without operations."""

GATHERS = frozenset(_words("Gather GatherElements GatherND ScatterElements ScatterND Scatter"))

NORMS: Mapping[str, float] = MappingProxyType(
    {
        "BatchNormalization": 2.0,
        "InstanceNormalization": 7.0,
        "GroupNormalization": 7.0,
        "LayerNormalization": 7.0,
        "RMSNormalization": 4.0,
        "SimplifiedLayerNormalization": 4.0,
        "LpNormalization": 3.0,
        "MeanVarianceNormalization": 5.0,
        "LRN": 7.0,
    }
)

SOFTMAX = frozenset(("Softmax", "LogSoftmax", "Hardmax"))

POOLS = frozenset(("MaxPool", "AveragePool", "LpPool", "GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool"))

REDUCTIONS = frozenset(
    _words(
        "ReduceSum ReduceMean ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp "
        "ReduceSumSquare ArgMax ArgMin TopK CumSum"
    )
)
"""About one operation per input element."""

PRODUCTS = frozenset(("MatMul", "Gemm", "MatMulInteger", "QLinearMatMul"))
CONVOLUTIONS = frozenset(("Conv", "ConvTranspose", "ConvInteger", "QLinearConv"))
RECURRENT: Mapping[str, int] = MappingProxyType({"LSTM": 4, "GRU": 3, "RNN": 1})
"""Gates."""


def vector_kind(op_type: str) -> Kind | None:
    """The kind of a type that is all vector work or movement; None for others."""
    for names, kind in (
        (ELEMENTWISE, Kind.ELEMENTWISE),
        (MOVES, Kind.ELEMENTWISE),
        (GATHERS, Kind.GATHER),
        (NORMS, Kind.NORM),
        (SOFTMAX, Kind.SOFTMAX),
        (POOLS, Kind.POOL),
        (REDUCTIONS, Kind.POOL),
    ):
        if op_type in names:
            return kind
    return None


def flops_per_element(op_type: str, inputs: float, outputs: float) -> float:
    """Vector operations per output element, where `inputs` and `outputs` are elements of data."""
    if op_type in SOFTMAX:
        return 5.0
    if op_type in POOLS or op_type in REDUCTIONS:
        return inputs / outputs if outputs else 0.0
    return ELEMENTWISE.get(op_type, 0.0) + NORMS.get(op_type, 0.0)
