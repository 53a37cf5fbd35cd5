"""EfficientNet (arXiv 1905.11946): inverted residuals with squeeze and excitation, scaled as a family."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from power.workloads.component import Component
from power.workloads.convolution import Canvas
from power.workloads.layered import Layered
from power.workloads.operations import Activation

# Expansion, window, stride, output channels, repeats of B0 (Table 1 of the paper).
STAGES = (
    (1, 3, 1, 16, 1),
    (6, 3, 2, 24, 2),
    (6, 5, 2, 40, 2),
    (6, 3, 2, 80, 3),
    (6, 5, 1, 112, 3),
    (6, 5, 2, 192, 4),
    (6, 3, 1, 320, 1),
)


def rounded(channels: float, multiple: int = 8) -> int:
    """The nearest multiple that is not more than a tenth below."""
    near = max(multiple, int(channels + multiple / 2) // multiple * multiple)
    return near + multiple if near < 0.9 * channels else near


@dataclass(frozen=True, slots=True)
class EfficientNet(Layered):
    """A member of the family.

    Parameters
    ----------
    width, depth
        Factors on channels and on repeats: 1 and 1 for B0.
    image
        Height and width of the image.
    classes
        Outputs.
    """

    width: float = 1.0
    depth: float = 1.0
    image: tuple[int, int] = (224, 224)
    classes: int = 1000

    @property
    def layers(self) -> tuple[Component, ...]:
        """Stem, inverted residuals, head."""
        silu = Activation.SILU
        canvas = Canvas(3, self.image).convolved("stem.conv", rounded(32 * self.width), 3, 2, activation=silu)
        for position, (expansion, window, stride, filters, repeats) in enumerate(STAGES):
            for block in range(math.ceil(repeats * self.depth)):
                canvas = _inverted(
                    canvas,
                    f"stage{position + 1}",
                    (expansion, window, 1 if block else stride),
                    rounded(filters * self.width),
                )
        canvas = canvas.convolved("head.conv", 4 * canvas.channels, 1, activation=silu)
        return canvas.averaged("head.pool").dense("head.dense", self.classes).layers

    def pruned(self, depth: float, width: float) -> EfficientNet:
        """Smaller factors."""
        return replace(self, width=self.width * width, depth=self.depth * depth)


def _inverted(canvas: Canvas, name: str, shape: tuple[int, int, int], filters: int) -> Canvas:
    """Expand, depth-wise, squeeze and excite, project, add."""
    expansion, window, stride = shape
    channels, inner = canvas.channels, canvas.channels * expansion
    silu, none = Activation.SILU, Activation.NONE
    if expansion > 1:
        canvas = canvas.convolved(f"{name}.expand", inner, 1, activation=silu)
    canvas = canvas.convolved(f"{name}.depthwise", inner, window, stride, groups=inner, activation=silu)
    squeezed = canvas.averaged(f"{name}.squeeze")
    squeezed = squeezed.convolved(
        f"{name}.squeeze_down", max(1, channels // 4), 1, bias=True, norm=False, activation=silu
    )
    squeezed = squeezed.convolved(
        f"{name}.squeeze_up", inner, 1, bias=True, norm=False, activation=Activation.SIGMOID
    )
    canvas = replace(canvas, layers=squeezed.layers).scaled(f"{name}.excite")
    canvas = canvas.convolved(f"{name}.project", filters, 1, activation=none)
    return canvas.added(f"{name}.add") if stride == 1 and channels == filters else canvas
