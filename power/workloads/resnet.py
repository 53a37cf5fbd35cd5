"""ResNet (arXiv 1512.03385), with the stride in the 3 x 3 convolution of a bottleneck."""

from __future__ import annotations

from dataclasses import dataclass, replace

from power.workloads.component import Component
from power.workloads.convolution import Canvas
from power.workloads.layered import Layered, deepened, widened
from power.workloads.operations import Activation


@dataclass(frozen=True, slots=True)
class ResNet(Layered):
    """A residual network.

    Parameters
    ----------
    depths
        Blocks per stage.
    widths
        Output channels per stage.
    bottleneck
        Blocks of 1 x 1, 3 x 3, 1 x 1 on a quarter of the channels; otherwise of two 3 x 3.
    stem
        Channels of the first convolution.
    image
        Height and width of the image.
    classes
        Outputs; 0 for a backbone.
    frozen_norm
        Norms are constants, as in detectors.
    """

    depths: tuple[int, ...] = (3, 4, 6, 3)
    widths: tuple[int, ...] = (256, 512, 1024, 2048)
    bottleneck: bool = True
    stem: int = 64
    image: tuple[int, int] = (224, 224)
    classes: int = 1000
    frozen_norm: bool = False

    @property
    def layers(self) -> tuple[Component, ...]:
        """Stem, stages, classifier."""
        canvas = self.stages()[-1]
        if not self.classes:
            return canvas.layers
        return canvas.averaged("head.pool").dense("head.dense", self.classes).layers

    def stages(self) -> tuple[Canvas, ...]:
        """The canvas behind each stage."""
        canvas = Canvas(3, self.image).convolved("stem.conv", self.stem, 7, 2, frozen_norm=self.frozen_norm)
        canvas = canvas.pooled("stem.pool", 3, 2)
        found = []
        for stage, (depth, width) in enumerate(zip(self.depths, self.widths, strict=True)):
            for block in range(depth):
                stride = 2 if stage and not block else 1
                canvas = self._block(canvas, f"stage{stage + 1}", width, stride)
            found.append(canvas)
        return tuple(found)

    def _block(self, canvas: Canvas, name: str, width: int, stride: int) -> Canvas:
        frozen, none = self.frozen_norm, Activation.NONE
        start = canvas
        if start.channels != width or stride > 1:
            shortcut = start.convolved(
                f"{name}.shortcut", width, 1, stride, activation=none, frozen_norm=frozen
            )
            canvas = replace(start, layers=shortcut.layers)
        if self.bottleneck:
            inner = width // 4
            canvas = canvas.convolved(f"{name}.reduce", inner, 1, frozen_norm=frozen)
            canvas = canvas.convolved(f"{name}.conv", inner, 3, stride, frozen_norm=frozen)
            canvas = canvas.convolved(f"{name}.expand", width, 1, activation=none, frozen_norm=frozen)
        else:
            canvas = canvas.convolved(f"{name}.conv", width, 3, stride, frozen_norm=frozen)
            canvas = canvas.convolved(f"{name}.conv", width, 3, activation=none, frozen_norm=frozen)
        return canvas.added(f"{name}.add", Activation.RELU)

    def pruned(self, depth: float, width: float) -> ResNet:
        """Fewer blocks per stage, fewer channels everywhere."""
        return replace(
            self,
            depths=deepened(self.depths, depth),
            widths=widened(self.widths, width, 32),
            stem=widened((self.stem,), width)[0],
        )
