"""Convolutional, recurrent and recommender networks; keys of ours where there is no published set."""

from __future__ import annotations

from typing import get_args

from power.workloads.config.keys import Keys
from power.workloads.efficientnet import EfficientNet
from power.workloads.perceptron import CollaborativeFiltering, Dlrm, Perceptron
from power.workloads.recurrent import Cell, DeepSpeech2, RecurrentNetwork
from power.workloads.resnet import ResNet
from power.workloads.retinanet import RetinaNet
from power.workloads.shufflenet import ShuffleNet

IMAGE = 224

MOST_REPEATS = 1000
"""Largest number of blocks in a stage that is believed."""


def _image(keys: Keys, default: int = IMAGE) -> tuple[int, int]:
    size = keys.wholes("image_size", default=(default,)) if _is_list(keys) else ()
    if not size:
        side = keys.whole("image_size", default=default)
        return side, side
    return (size[0], size[-1])


def _is_list(keys: Keys) -> bool:
    child = keys.node.child("image_size")
    return child is not None and isinstance(child.value, list)


def _resnet(keys: Keys, *, classes: int, side: int, frozen: bool) -> ResNet:
    bottleneck = keys.one_of("layer_type", ("bottleneck", "basic"), default="bottleneck") == "bottleneck"
    widths = keys.wholes("hidden_sizes", default=(256, 512, 1024, 2048))
    depths = keys.wholes("depths", most=MOST_REPEATS)
    if "depths" in keys and len(depths) != len(widths):
        keys.wrong("depths", f"must have as many stages as hidden_sizes ({len(widths)}) (got {len(depths)})")
    stem, image = keys.whole("embedding_size", default=64), _image(keys, side)
    keys.check()
    return ResNet(depths, widths, bottleneck, stem, image, classes, frozen)


def resnet(keys: Keys) -> ResNet:
    """ResNet, with the keys of Hugging Face: depths, hidden_sizes, layer_type, embedding_size."""
    return _resnet(keys, classes=keys.whole("num_labels", default=1000), side=IMAGE, frozen=False)


def retinanet(keys: Keys) -> RetinaNet:
    """RetinaNet on a ResNet: its keys, and num_labels, pyramid_width."""
    classes, width = keys.whole("num_labels", default=91), keys.whole("pyramid_width", default=256)
    return RetinaNet(_resnet(keys, classes=0, side=800, frozen=True), classes, width)


def shufflenet(keys: Keys) -> ShuffleNet:
    """ShuffleNet V2: depths, hidden_sizes, stem_channels, last_channels, image_size."""
    widths = keys.wholes("hidden_sizes", default=(116, 232, 464), least=2)
    depths = keys.wholes("depths", default=(4, 8, 4), most=MOST_REPEATS)
    if len(depths) != len(widths):
        keys.wrong("depths", f"must have as many stages as hidden_sizes ({len(widths)}) (got {len(depths)})")
    found = ShuffleNet(
        depths,
        widths,
        keys.whole("stem_channels", default=24),
        keys.whole("last_channels", default=1024),
        _image(keys),
        keys.whole("num_labels", default=1000),
    )
    keys.check()
    return found


def efficientnet(keys: Keys) -> EfficientNet:
    """EfficientNet: width_coefficient, depth_coefficient, image_size."""
    found = EfficientNet(
        keys.real("width_coefficient", default=1.0, most=100),
        keys.real("depth_coefficient", default=1.0, most=100),
        _image(keys),
        keys.whole("num_labels", default=1000),
    )
    keys.check()
    return found


def recurrent(keys: Keys) -> RecurrentNetwork:
    """lstm, gru, rnn: input_size, hidden_size, num_layers, bidirectional, vocab_size, num_labels."""
    kind = keys.text("model_type", default="lstm")
    cell: Cell = next(each for each in get_args(Cell) if each == kind)
    found = RecurrentNetwork(
        cell,
        keys.whole("input_size"),
        keys.whole("hidden_size"),
        keys.layers("num_layers"),
        keys.flag("bidirectional"),
        keys.whole("vocab_size", default=0, least=0),
        keys.whole("num_labels", default=0, least=0),
        keys.whole("biases", default=2, least=0),
        keys.whole("sequence_length", default=100),
    )
    keys.check()
    return found


def deepspeech2(keys: Keys) -> DeepSpeech2:
    """Deep Speech 2: cell, hidden_size, num_layers, frequencies, num_labels, sequence_length."""
    named = keys.one_of("cell", get_args(Cell), default="lstm")
    cell: Cell = next(each for each in get_args(Cell) if each == named)
    found = DeepSpeech2(
        cell,
        keys.whole("hidden_size", default=1024),
        keys.whole("num_layers", default=5, most=1000),
        keys.whole("frequencies", default=161, least=8),
        keys.whole("num_labels", default=29),
        keys.whole("sequence_length", default=1400, least=2),
    )
    keys.check()
    return found


def perceptron(keys: Keys) -> Perceptron:
    """mlp: layer_sizes, input and output included."""
    widths = keys.wholes("layer_sizes")
    if "layer_sizes" in keys and len(widths) < 2:
        keys.wrong("layer_sizes", f"must name at least input and output (got {len(widths)} sizes)")
    keys.check()
    return Perceptron(widths)


def dlrm(keys: Keys) -> Dlrm:
    """dlrm: bottom_mlp, embedding_rows, top_mlp, lookups_per_table."""
    found = Dlrm(
        keys.wholes("bottom_mlp"),
        keys.wholes("embedding_rows"),
        keys.wholes("top_mlp"),
        keys.whole("lookups_per_table", default=1),
    )
    keys.check()
    return found


def collaborative(keys: Keys) -> CollaborativeFiltering:
    """ncf: num_users, num_items, factors, num_layers."""
    found = CollaborativeFiltering(
        keys.whole("num_users"),
        keys.whole("num_items"),
        keys.whole("factors", default=32),
        keys.whole("num_layers", default=3, most=30),
    )
    keys.check()
    return found
