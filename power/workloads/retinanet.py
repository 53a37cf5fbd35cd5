"""RetinaNet (arXiv 1708.02002): a one-stage detector on a feature pyramid over a ResNet."""

from __future__ import annotations

from dataclasses import dataclass, replace

from power.workloads.component import Component
from power.workloads.convolution import Canvas
from power.workloads.layered import Layered
from power.workloads.operations import Activation
from power.workloads.resnet import ResNet

HEAD_LAYERS = 4
ANCHORS = 9


@dataclass(frozen=True, slots=True)
class RetinaNet(Layered):
    """Backbone, pyramid of five levels, and two heads whose weights all levels share.

    Parameters
    ----------
    backbone
        Without classes.
    classes
        Classes per anchor.
    width
        Channels of pyramid and heads.
    """

    backbone: ResNet
    classes: int = 91
    width: int = 256

    @property
    def layers(self) -> tuple[Component, ...]:
        """Backbone, pyramid, heads level by level."""
        stages = self.backbone.stages()
        found = list(stages[-1].layers)
        levels = self._pyramid(stages[1:])
        for level in levels:
            found += level.layers
        for position, level in enumerate(levels):
            found += self._heads(replace(level, layers=()), shared=position > 0)
        return tuple(found)

    def _pyramid(self, stages: tuple[Canvas, ...]) -> list[Canvas]:
        """Levels from fine to coarse; each canvas holds the layers that are its own."""
        found: list[Canvas] = []
        above: Canvas | None = None
        for stage in reversed(stages):
            canvas = _plain(replace(stage, layers=()), "pyramid.lateral", self.width, 1)
            if above is not None:
                merge = replace(above, layers=canvas.layers).enlarged("pyramid.merge", canvas.size)
                canvas = replace(canvas, layers=merge.layers)
            above = canvas
            found.insert(0, _plain(canvas, "pyramid.output", self.width, 3))
        sixth = _plain(replace(found[-1], layers=()), "pyramid.coarse", self.width, 3, 2)
        seventh = _plain(replace(sixth, layers=()), "pyramid.coarse", self.width, 3, 2)
        return [*found, sixth, seventh]

    def _heads(self, level: Canvas, *, shared: bool) -> tuple[Component, ...]:
        found: tuple[Component, ...] = ()
        for outputs in (ANCHORS * self.classes, ANCHORS * 4):
            canvas = level
            for _ in range(HEAD_LAYERS):
                canvas = canvas.convolved("head.conv", self.width, 3, bias=True, norm=False, shared=shared)
            canvas = canvas.convolved(
                "head.output", outputs, 3, bias=True, norm=False, activation=Activation.NONE, shared=shared
            )
            found += canvas.layers
        return found

    def pruned(self, depth: float, width: float) -> RetinaNet:
        """A smaller backbone; pyramid and heads narrower."""
        narrow = max(8, round(self.width * width / 8) * 8)
        return replace(self, backbone=self.backbone.pruned(depth, width), width=narrow)


def _plain(canvas: Canvas, name: str, filters: int, window: int, stride: int = 1) -> Canvas:
    """Behind a convolution with bias alone."""
    return canvas.convolved(name, filters, window, stride, bias=True, norm=False, activation=Activation.NONE)
