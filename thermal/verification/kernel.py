"""Response of a layered stack to one cosine mode: exact through the thickness.

A mode cos(a x) cos(b y) of the temperature rise obeys, in each layer, kz th'' - kz g^2 th + q = 0 with
g^2 = (kx a^2 + ky b^2) / kz. Looking from a face, everything beyond it acts as an admittance Y (W/m2 K):
a convective face has Y = h, and a layer with Y at its far side shows

    Y' = (Y + kz g tanh(g d)) / (1 + Y tanh(g d) / (kz g))

at its near side; behind a contact resistance R, Y becomes Y / (1 + Y R). Let phi_b(z) = cosh(g z)
+ Y_b sinh(g z) / (kz g), which satisfies the lower boundary of the source layer, phi_t the same seen from
the top, and Phi their integrals from their own face. A unit source density then gives

    th(z) = [phi_t(d - z) Phi_b(z) + phi_b(z) Phi_t(d - z)] / W,
    W = (kz g^2 + Y_b Y_t / kz) sinh(g d) / g + (Y_b + Y_t) cosh(g d).

Every term is positive, so nothing cancels; every hyperbolic function is scaled by exp(-g z), so only decaying
exponentials are evaluated; and the mode (0, 0) needs no case of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from thermal.verification.stack import LayeredStack, StackLayer

Array = NDArray[np.float64]


def _scaled(u: Array) -> tuple[Array, Array, Array]:
    """cosh(u), sinh(u) / u and (cosh(u) - 1) / u^2, each times exp(-u)."""
    lost = np.expm1(-u)
    ratio = np.divide(lost, u, out=np.full_like(u, -1.0), where=u != 0)
    return 0.5 * (1 + (1 + lost) ** 2), -0.5 * ratio * (2 + lost), 0.5 * ratio**2


def _phi(layer: StackLayer, g: Array, admittance: Array, zeta: float) -> tuple[Array, Array]:
    """Return phi at `zeta` from the face that shows `admittance`, and its integral, times exp(-g zeta)."""
    cosh, sinh_over, cosh_over = _scaled(g * zeta)
    share = admittance * (zeta / layer.kz)
    return cosh + share * sinh_over, zeta * (sinh_over + share * cosh_over)


def _upward(stack: LayeredStack, g: list[Array]) -> tuple[list[Array], list[Array]]:
    """Admittances looking up: at the top face of each layer, and at its bottom face."""
    count = len(stack.layers)
    at_top: list[Array] = [np.empty(0)] * count
    at_bottom: list[Array] = [np.empty(0)] * count
    beyond = np.full_like(g[-1], stack.h_top)
    for index in reversed(range(count)):
        layer = stack.layers[index]
        at_top[index] = beyond
        cosh, sinh_over, _ = _scaled(g[index] * layer.thickness)
        # tanh(g d) / (g d), which tends to 1 at g = 0.
        ratio = layer.thickness * sinh_over / cosh
        at_bottom[index] = (beyond + layer.kz * g[index] ** 2 * ratio) / (1 + beyond * ratio / layer.kz)
        beyond = at_bottom[index] / (1 + layer.contact_below * at_bottom[index])
    return at_top, at_bottom


class StackKernel:
    """Mode amplitudes of a stack for unit sources, on a grid of wavenumbers.

    Parameters
    ----------
    stack : LayeredStack
    a, b : ndarray
        Wavenumbers along x and y, 1/m; the kernel's arrays are ``[len(a), len(b)]``.
    storing : sequence of complex, optional
        Of each layer, Laplace variable x volumetric heat capacity, W/(m3 K): then all amplitudes are those
        of Laplace transforms, and complex.
    """

    def __init__(
        self, stack: LayeredStack, a: Array, b: Array, storing: Sequence[complex] | None = None
    ) -> None:
        self.stack = stack
        self._turned = stack.upside_down()
        square_a, square_b = a[:, None] ** 2, b[None, :] ** 2
        more = [0.0] * len(stack.layers) if storing is None else storing
        self._g = [
            np.sqrt((layer.kx * square_a + layer.ky * square_b + stored) / layer.kz)
            for layer, stored in zip(stack.layers, more, strict=True)
        ]
        self._up_top, self._up_bottom = _upward(stack, self._g)
        down_top, down_bottom = _upward(self._turned, self._g[::-1])
        self._down_bottom, self._down_top = down_top[::-1], down_bottom[::-1]
        self._wronskians: dict[int, Array] = {}

    def at(self, source: int, layer: int, zeta: float) -> Array:
        """Amplitude (K per W/m3 in layer `source`) at height `zeta` (m) above the bottom face of `layer`."""
        if source == layer:
            return self._inside(source, zeta)
        if layer > source:
            return self._beyond(source, layer, zeta)
        thickness = self.stack.layers[layer].thickness
        return self._beyond(source, layer, thickness - zeta)

    def mean(self, source: int, layer: int) -> Array:
        """Amplitude (K per W/m3 in layer `source`) averaged through the thickness of `layer`."""
        if source == layer:
            return self._mean_inside(source)
        return self._beyond(source, layer, None)

    def _inside(self, index: int, zeta: float) -> Array:
        layer, g = self.stack.layers[index], self._g[index]
        below, above = self._down_bottom[index], self._up_top[index]
        rest = layer.thickness - zeta
        from_below, integral_below = _phi(layer, g, below, zeta)
        from_above, integral_above = _phi(layer, g, above, rest)
        weighted = from_above * integral_below + from_below * integral_above
        return np.asarray(weighted / self._wronskian(index))

    def _wronskian(self, index: int) -> Array:
        if index not in self._wronskians:
            layer, g = self.stack.layers[index], self._g[index]
            below, above = self._down_bottom[index], self._up_top[index]
            cosh, sinh_over, _ = _scaled(g * layer.thickness)
            slope = (layer.kz * g**2 + below * above / layer.kz) * layer.thickness
            self._wronskians[index] = slope * sinh_over + (below + above) * cosh
        return self._wronskians[index]

    def _mean_inside(self, index: int) -> Array:
        """From the heat balance of the layer; by quadrature where that would cancel."""
        layer, g = self.stack.layers[index], self._g[index]
        lost = self._up_top[index] * self._inside(index, layer.thickness)
        lost += self._down_bottom[index] * self._inside(index, 0.0)
        thick = np.abs(g * layer.thickness) > 1
        balance = (layer.thickness - lost) / (layer.kz * np.where(thick, g, 1.0) ** 2 * layer.thickness)
        nodes, weights = np.polynomial.legendre.leggauss(8)
        heights = layer.thickness * (1 + nodes) / 2
        quadrature = sum(
            0.5 * float(weight) * self._inside(index, float(zeta))
            for zeta, weight in zip(heights, weights, strict=True)
        )
        return np.where(thick, balance, quadrature)

    def _beyond(self, source: int, layer: int, distance: float | None) -> Array:
        """At `distance` from the face of `layer` that the heat enters by (None: mean over the layer)."""
        direction: Literal[-1, 1] = 1 if layer > source else -1
        far = self._up_top if direction > 0 else self._down_bottom
        near = self._up_bottom if direction > 0 else self._down_top
        amplitude = self._inside(source, self.stack.layers[source].thickness if direction > 0 else 0.0)
        for index in range(source + direction, layer + direction, direction):
            part, g = self.stack.layers[index], self._g[index]
            contact = part.contact_below if direction > 0 else self.stack.layers[index + 1].contact_below
            amplitude = amplitude / (1 + contact * near[index])
            whole, whole_integral = _phi(part, g, far[index], part.thickness)
            if index != layer:
                amplitude = amplitude * np.exp(-g * part.thickness) / whole
            elif distance is None:
                amplitude = amplitude * whole_integral / (part.thickness * whole)
            else:
                rest = part.thickness - distance
                amplitude = amplitude * np.exp(-g * distance) * _phi(part, g, far[index], rest)[0] / whole
        return np.asarray(amplitude)
