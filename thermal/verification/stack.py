"""The layered rectangle that the exact solutions are written for."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Rect = tuple[float, float, float, float]
"""(x0, y0, x1, y1) in m, lower-left and upper-right corner."""


@dataclass(frozen=True)
class StackLayer:
    """One homogeneous orthotropic layer.

    Parameters
    ----------
    thickness : float
        In m.
    kx, ky, kz : float
        Conductivities along the axes, W/(m K).
    contact_below : float
        Contact resistance between this layer and the one under it, m2 K/W.
    """

    thickness: float
    kx: float
    ky: float
    kz: float
    contact_below: float = 0.0

    def __post_init__(self) -> None:
        for name in ("thickness", "kx", "ky", "kz"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value > 0):
                raise ValueError(f"{name} must be finite and > 0 (got {value})")
        if not (math.isfinite(self.contact_below) and self.contact_below >= 0):
            raise ValueError(f"contact_below must be finite and >= 0 (got {self.contact_below})")


@dataclass(frozen=True)
class LayeredStack:
    """Layers of one rectangular size between two convective faces, side walls adiabatic.

    ::

            ambient_top, h_top
        +-----------------------+  z = height
        |      layers[-1]       |
        +-----------------------+
        |      layers[0]        |
        +-----------------------+  z = 0
          ambient_bottom, h_bottom

    Parameters
    ----------
    size : (float, float)
        Extent along x and y, m.
    layers : tuple of StackLayer
        Bottom to top. The first may not carry a contact resistance.
    h_top, h_bottom : float
        Heat-transfer coefficients, W/(m2 K). Zero is adiabatic; not both may be zero.
    ambient_top, ambient_bottom : float
        In K.
    """

    size: tuple[float, float]
    layers: tuple[StackLayer, ...]
    h_top: float
    h_bottom: float
    ambient_top: float
    ambient_bottom: float

    def __post_init__(self) -> None:
        if not self.layers:
            raise ValueError("a stack needs at least one layer")
        if self.layers[0].contact_below:
            raise ValueError("the first layer has nothing below it: put its contact resistance into h_bottom")
        if not all(math.isfinite(side) and side > 0 for side in self.size):
            raise ValueError(f"size must be finite and > 0 (got {self.size})")
        for name in ("h_top", "h_bottom"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0):
                raise ValueError(f"{name} must be finite and >= 0 (got {value})")
        if not (math.isfinite(self.ambient_top) and math.isfinite(self.ambient_bottom)):
            raise ValueError(f"ambients must be finite (got {self.ambient_top} and {self.ambient_bottom})")
        if self.h_top == 0 and self.h_bottom == 0:
            raise ValueError("no cooling: h_top and h_bottom are both 0, so there is no steady state")

    @property
    def area(self) -> float:
        """Of either face, m2."""
        return self.size[0] * self.size[1]

    @cached_property
    def faces(self) -> NDArray[np.float64]:
        """Heights of the ``len(layers) + 1`` faces, bottom to top, m."""
        return np.concatenate(([0.0], np.cumsum([layer.thickness for layer in self.layers])))

    def layer_at(self, z: float) -> int:
        """Index of the layer that holds height `z` (m); an interface belongs to the layer under it."""
        if not self.faces[0] <= z <= self.faces[-1]:
            raise ValueError(f"z must lie in 0 .. {self.faces[-1]:g} m (got {z:g})")
        return max(int(np.searchsorted(self.faces, z, side="left")) - 1, 0)

    def upside_down(self) -> LayeredStack:
        """The same stack seen from below: layer ``i`` becomes layer ``len(layers) - 1 - i``."""
        above = [layer.contact_below for layer in self.layers[1:]] + [0.0]
        turned = tuple(
            replace(layer, contact_below=contact) for layer, contact in zip(self.layers, above, strict=True)
        )
        return LayeredStack(
            self.size, turned[::-1], self.h_bottom, self.h_top, self.ambient_bottom, self.ambient_top
        )


@dataclass(frozen=True)
class RectSource:
    """Power spread uniformly over a rectangle times the full thickness of a layer.

    Parameters
    ----------
    layer : int
        Index into the layers of the stack, bottom to top.
    rect : Rect
        x0, y0, x1, y1 in m.
    power : float
        In W.
    """

    layer: int
    rect: Rect
    power: float

    def __post_init__(self) -> None:
        x0, y0, x1, y1 = self.rect
        if not (x1 > x0 and y1 > y0):
            raise ValueError(f"rect must have x1 > x0 and y1 > y0 (got {self.rect})")


def check_rect(stack: LayeredStack, rect: Rect, layer: int) -> None:
    """Raise ValueError unless `rect` lies in the stack's outline and `layer` is one of its layers."""
    x0, y0, x1, y1 = rect
    slack = 1e-9 * max(stack.size)
    if not (-slack <= x0 < x1 <= stack.size[0] + slack and -slack <= y0 < y1 <= stack.size[1] + slack):
        raise ValueError(f"rect {rect} must lie within 0 .. {stack.size[0]:g} x 0 .. {stack.size[1]:g} m")
    if not 0 <= layer < len(stack.layers):
        raise ValueError(f"layer must be 0 .. {len(stack.layers) - 1} (got {layer})")
