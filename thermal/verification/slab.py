"""Exact temperature of a stack heated uniformly in its plane: one-dimensional conduction.

Within a layer of thickness d that releases q'' (W/m2) evenly through its thickness, the upward flux
grows from F to F + q'' and, with zeta the height above the layer's bottom face,

    T(zeta) = T_bottom - F zeta / k - q'' zeta^2 / (2 d k).

F at the bottom of the stack follows from the two convective faces.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermal.verification.stack import LayeredStack


@dataclass(frozen=True)
class Slab:
    """One-dimensional solution of a stack.

    Parameters
    ----------
    stack : LayeredStack
    flux : ndarray [layers]
        Upward flux that enters each layer through its bottom face, W/m2.
    foot : ndarray [layers]
        Temperature of each layer's bottom face, K.
    heating : ndarray [layers]
        Heat released in each layer, W/m2.
    """

    stack: LayeredStack
    flux: NDArray[np.float64]
    foot: NDArray[np.float64]
    heating: NDArray[np.float64]

    def at(self, z: float, layer: int | None = None) -> float:
        """Temperature (K) at height `z` (m); `layer` chooses the side of an interface with a contact."""
        index = self.stack.layer_at(z) if layer is None else layer
        return self._local(index, z - float(self.stack.faces[index]))

    def mean(self, layer: int) -> float:
        """Mean temperature of a layer, K."""
        resistance = self._resistance(layer)
        return float(
            self.foot[layer] - self.flux[layer] * resistance / 2 - self.heating[layer] * resistance / 6
        )

    def maximum(self, layer: int) -> tuple[float, float]:
        """Highest temperature of a layer (K) and the height where it is (m)."""
        return self._extreme(layer, 1)

    def minimum(self, layer: int) -> tuple[float, float]:
        """Lowest temperature of a layer (K) and the height where it is (m)."""
        return self._extreme(layer, -1)

    @property
    def heat_out_top(self) -> float:
        """Heat that leaves through the top face, W."""
        return float(self.flux[-1] + self.heating[-1]) * self.stack.area

    @property
    def heat_out_bottom(self) -> float:
        """Heat that leaves through the bottom face, W."""
        return -float(self.flux[0]) * self.stack.area

    def _local(self, layer: int, zeta: float) -> float:
        part = self.stack.layers[layer]
        curvature = self.heating[layer] / (2 * part.thickness * part.kz)
        return float(self.foot[layer] - self.flux[layer] * zeta / part.kz - curvature * zeta**2)

    def _resistance(self, layer: int) -> float:
        part = self.stack.layers[layer]
        return part.thickness / part.kz

    def _extreme(self, layer: int, sign: int) -> tuple[float, float]:
        thickness = self.stack.layers[layer].thickness
        places = [0.0, thickness]
        if self.heating[layer]:
            places.append(float(np.clip(-self.flux[layer] * thickness / self.heating[layer], 0, thickness)))
        best = max(places, key=lambda zeta: sign * self._local(layer, zeta))
        return self._local(layer, best), float(self.stack.faces[layer]) + best


def slab(stack: LayeredStack, power: Mapping[int, float] | None = None) -> Slab:
    """Solve a stack whose layers are heated uniformly.

    Parameters
    ----------
    stack : LayeredStack
    power : mapping of layer index to W, optional
        Uniform volumetric power of each heated layer. None is the unheated stack between its ambients.

    Raises
    ------
    ValueError
        For a layer that the stack has not.
    """
    count = len(stack.layers)
    heating = np.zeros(count)
    for layer, watts in (power or {}).items():
        if not 0 <= layer < count:
            raise ValueError(f"layer must be 0 .. {count - 1} (got {layer})")
        heating[layer] = watts / stack.area
    resistance = np.array([layer.thickness / layer.kz for layer in stack.layers])
    contact = np.array([layer.contact_below for layer in stack.layers])
    below = np.cumsum(heating) - heating
    drop = float(np.sum(below * (resistance + contact) + heating * resistance / 2))
    total = float(np.sum(heating))
    entering, ground = _foot(stack, float(np.sum(resistance + contact)), drop, total)
    flux = entering + below
    foot = np.empty(count)
    top = ground
    for index in range(count):
        foot[index] = top - flux[index] * contact[index]
        top = foot[index] - (flux[index] + heating[index] / 2) * resistance[index]
    return Slab(stack, flux, foot, heating)


def _foot(stack: LayeredStack, resistance: float, drop: float, total: float) -> tuple[float, float]:
    """Flux entering at the bottom (W/m2) and temperature of the bottom face (K)."""
    if stack.h_bottom == 0:
        return 0.0, stack.ambient_top + total / stack.h_top + drop
    if stack.h_top == 0:
        return -total, stack.ambient_bottom + total / stack.h_bottom
    driving = stack.ambient_bottom - stack.ambient_top - drop - total / stack.h_top
    entering = driving / (1 / stack.h_bottom + resistance + 1 / stack.h_top)
    return entering, stack.ambient_bottom - entering / stack.h_bottom
