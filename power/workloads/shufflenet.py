"""ShuffleNet V2 (arXiv 1807.11164): half of the channels pass by, half go through a small branch."""

from __future__ import annotations

from dataclasses import dataclass, replace

from power.workloads.component import Component
from power.workloads.convolution import Canvas
from power.workloads.layered import Layered, deepened, widened
from power.workloads.operations import Activation


@dataclass(frozen=True, slots=True)
class ShuffleNet(Layered):
    """A shuffle network.

    Parameters
    ----------
    depths
        Units per stage, the one that halves the image included.
    widths
        Output channels per stage.
    stem, last
        Channels of the first and of the last convolution.
    image
        Height and width of the image.
    classes
        Outputs.
    """

    depths: tuple[int, ...] = (4, 8, 4)
    widths: tuple[int, ...] = (116, 232, 464)
    stem: int = 24
    last: int = 1024
    image: tuple[int, int] = (224, 224)
    classes: int = 1000

    @property
    def layers(self) -> tuple[Component, ...]:
        """Stem, stages, last convolution, classifier."""
        canvas = Canvas(3, self.image).convolved("stem.conv", self.stem, 3, 2).pooled("stem.pool", 3, 2)
        for stage, (depth, width) in enumerate(zip(self.depths, self.widths, strict=True)):
            for unit in range(depth):
                canvas = _unit(canvas, f"stage{stage + 2}", width, halves=not unit)
        canvas = canvas.convolved("head.conv", self.last, 1)
        return canvas.averaged("head.pool").dense("head.dense", self.classes).layers

    def pruned(self, depth: float, width: float) -> ShuffleNet:
        """Fewer units per stage, fewer channels."""
        return replace(
            self,
            depths=deepened(self.depths, depth),
            widths=widened(self.widths, width, 4),
            last=widened((self.last,), width)[0],
        )


def _unit(canvas: Canvas, name: str, width: int, *, halves: bool) -> Canvas:
    """Both branches put side by side, and their channels shuffled: a copy."""
    half = width // 2
    branch = canvas if halves else replace(canvas, channels=half)
    if halves:
        aside = canvas.convolved(
            f"{name}.aside_depthwise",
            canvas.channels,
            3,
            2,
            groups=canvas.channels,
            activation=Activation.NONE,
        )
        branch = replace(branch, layers=aside.convolved(f"{name}.aside", half, 1).layers)
    branch = branch.convolved(f"{name}.reduce", half, 1)
    branch = branch.convolved(
        f"{name}.depthwise", half, 3, 2 if halves else 1, groups=half, activation=Activation.NONE
    )
    branch = branch.convolved(f"{name}.expand", half, 1)
    return replace(branch, channels=width).copied(f"{name}.shuffle")
