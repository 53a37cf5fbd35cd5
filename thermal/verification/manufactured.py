"""A manufactured solution on layered orthotropic stacks, for measuring the order of accuracy.

With s(z) the through-thickness resistance (integral of dz / kz) and S its value at the top,

    T = T_1(z) + sum of amplitude cos(m pi x / Lx) cos(n pi y / Ly) f(s(z)),
    f(s) = 1 + h_b s + c s^2 + bump sin^2(pi s / S),   c = -[h_b + h_t (1 + h_b S)] / (2 S + h_t S^2),

T and kz dT/dz = f'(s) are continuous at the interfaces, f'(0) = h_b f(0) and f'(S) = -h_t f(S) meet the
convective faces, and the cosines the adiabatic side walls. T_1 is the unheated stack between its ambients.
The source is

    q = sum of amplitude cos cos [(kx a^2 + ky b^2) f - f'' / kz].

It changes sign in places, which does no harm. Integrals over boxes are closed: dz = kz ds.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from thermal.verification.slab import Slab, slab
from thermal.verification.stack import LayeredStack

Array = NDArray[np.float64]
Boxes = ArrayLike
"""[..., 6]: x0, y0, z0, x1, y1, z1 in m, each box within one layer."""


@dataclass(frozen=True)
class CosineMode:
    """One term of a manufactured field.

    Parameters
    ----------
    m, n : int
        Half-waves along x and y.
    amplitude : float
        In K.
    bump : float
        Weight of sin^2(pi s / S), which curves the field through the thickness; 1.
    """

    m: int
    n: int
    amplitude: float
    bump: float


@dataclass(frozen=True)
class ManufacturedSolution:
    """Field, source and their box integrals.

    Parameters
    ----------
    stack : LayeredStack
        Without contact resistances (the field has no jumps).
    modes : tuple of CosineMode
    """

    stack: LayeredStack
    modes: tuple[CosineMode, ...]

    def __post_init__(self) -> None:
        if any(layer.contact_below for layer in self.stack.layers):
            raise ValueError("a manufactured field is continuous: the stack may not have contact resistances")

    def temperature(self, x: ArrayLike, y: ArrayLike, z: ArrayLike) -> Array:
        """Temperature at points (broadcast together, m), K."""
        height = np.asarray(z, dtype=float)
        s = self._resistance(height)
        total = self._base(height)
        for mode in self.modes:
            a, b = self._wavenumbers(mode)
            shape = mode.amplitude * np.cos(a * np.asarray(x)) * np.cos(b * np.asarray(y))
            total = total + shape * self._profile(mode, s)
        return np.asarray(total)

    def source(self, x: ArrayLike, y: ArrayLike, z: ArrayLike) -> Array:
        """Volumetric source at points strictly inside layers, W/m3."""
        height = np.asarray(z, dtype=float)
        s, layer = self._resistance(height), self._layer(height)
        kx, ky, kz = (self._conductivity[axis][layer] for axis in range(3))
        total = np.zeros_like(s)
        for mode in self.modes:
            a, b = self._wavenumbers(mode)
            shape = mode.amplitude * np.cos(a * np.asarray(x)) * np.cos(b * np.asarray(y))
            lateral = (kx * a**2 + ky * b**2) * self._profile(mode, s)
            total = total + shape * (lateral - self._curvature(mode, s) / kz)
        return np.asarray(total)

    def box_power(self, boxes: Boxes) -> Array:
        """Exact power released in boxes, W; shape of `boxes` less its last axis."""
        low, high = self._split(boxes)
        layer = self._layer((low[..., 2] + high[..., 2]) / 2)
        kx, ky, kz = (self._conductivity[axis][layer] for axis in range(3))
        start, stop = self._resistance(low[..., 2]), self._resistance(high[..., 2])
        total = np.zeros(low.shape[:-1])
        for mode in self.modes:
            a, b = self._wavenumbers(mode)
            plane = mode.amplitude * _cosine_integral(a, low[..., 0], high[..., 0])
            plane = plane * _cosine_integral(b, low[..., 1], high[..., 1])
            held = kz * (self._integral(mode, stop) - self._integral(mode, start))
            passed = self._slope(mode, stop) - self._slope(mode, start)
            total = total + plane * ((kx * a**2 + ky * b**2) * held - passed)
        return np.asarray(total)

    def box_mean(self, boxes: Boxes) -> Array:
        """Exact mean temperature of boxes, K; shape of `boxes` less its last axis."""
        low, high = self._split(boxes)
        middle = (low + high) / 2
        kz = self._conductivity[2][self._layer(middle[..., 2])]
        start, stop = self._resistance(low[..., 2]), self._resistance(high[..., 2])
        # T_1 is linear within a layer, so its mean is its value in the middle.
        total = self._base(middle[..., 2])
        size = high - low
        for mode in self.modes:
            a, b = self._wavenumbers(mode)
            plane = mode.amplitude * _cosine_integral(a, low[..., 0], high[..., 0]) / size[..., 0]
            plane = plane * _cosine_integral(b, low[..., 1], high[..., 1]) / size[..., 1]
            held = kz * (self._integral(mode, stop) - self._integral(mode, start)) / size[..., 2]
            total = total + plane * held
        return np.asarray(total)

    @property
    def heat_out_top(self) -> float:
        """Heat that leaves through the top face, W."""
        uniform = [mode for mode in self.modes if mode.m == 0 and mode.n == 0]
        top = sum(mode.amplitude * float(self._profile(mode, np.asarray(self._total))) for mode in uniform)
        return self._unheated.heat_out_top + self.stack.h_top * self.stack.area * top

    @property
    def heat_out_bottom(self) -> float:
        """Heat that leaves through the bottom face, W."""
        bottom = sum(mode.amplitude for mode in self.modes if mode.m == 0 and mode.n == 0)
        return self._unheated.heat_out_bottom + self.stack.h_bottom * self.stack.area * bottom

    # ------------------------------------------------------------------ through the thickness

    @cached_property
    def _unheated(self) -> Slab:
        return slab(self.stack)

    @cached_property
    def _conductivity(self) -> tuple[Array, Array, Array]:
        layers = self.stack.layers
        return (
            np.array([layer.kx for layer in layers]),
            np.array([layer.ky for layer in layers]),
            np.array([layer.kz for layer in layers]),
        )

    @cached_property
    def _knots(self) -> Array:
        """Return s at the faces of the layers, m2 K/W."""
        steps = [layer.thickness / layer.kz for layer in self.stack.layers]
        return np.concatenate(([0.0], np.cumsum(steps)))

    @property
    def _total(self) -> float:
        return float(self._knots[-1])

    @property
    def _quadratic(self) -> float:
        bottom, top, total = self.stack.h_bottom, self.stack.h_top, self._total
        return -(bottom + top * (1 + bottom * total)) / (2 * total + top * total**2)

    def _layer(self, z: Array) -> NDArray[np.intp]:
        return np.clip(np.searchsorted(self.stack.faces, z, side="right") - 1, 0, len(self.stack.layers) - 1)

    def _resistance(self, z: Array) -> Array:
        return np.asarray(np.interp(z, self.stack.faces, self._knots))

    def _base(self, z: Array) -> Array:
        corners = [self._unheated.at(float(face)) for face in self.stack.faces]
        return np.asarray(np.interp(z, self.stack.faces, corners))

    def _wavenumbers(self, mode: CosineMode) -> tuple[float, float]:
        return mode.m * np.pi / self.stack.size[0], mode.n * np.pi / self.stack.size[1]

    def _profile(self, mode: CosineMode, s: Array) -> Array:
        wave = np.sin(np.pi * s / self._total) ** 2
        return np.asarray(1 + self.stack.h_bottom * s + self._quadratic * s**2 + mode.bump * wave)

    def _slope(self, mode: CosineMode, s: Array) -> Array:
        wave = np.pi / self._total * np.sin(2 * np.pi * s / self._total)
        return np.asarray(self.stack.h_bottom + 2 * self._quadratic * s + mode.bump * wave)

    def _curvature(self, mode: CosineMode, s: Array) -> Array:
        wave = 2 * (np.pi / self._total) ** 2 * np.cos(2 * np.pi * s / self._total)
        return np.asarray(2 * self._quadratic + mode.bump * wave)

    def _integral(self, mode: CosineMode, s: Array) -> Array:
        wave = s / 2 - self._total / (4 * np.pi) * np.sin(2 * np.pi * s / self._total)
        return np.asarray(s + self.stack.h_bottom * s**2 / 2 + self._quadratic * s**3 / 3 + mode.bump * wave)

    def _split(self, boxes: Boxes) -> tuple[Array, Array]:
        corners = np.asarray(boxes, dtype=float)
        if corners.shape[-1:] != (6,):
            raise ValueError(f"boxes must have shape [..., 6] (got {corners.shape})")
        return corners[..., :3], corners[..., 3:]


def _cosine_integral(wavenumber: float, low: Array, high: Array) -> Array:
    """Integral of cos(a x) from low to high; by its mean value, which stays exact for narrow boxes."""
    half = wavenumber * (high - low) / 2
    return np.asarray((high - low) * np.cos(wavenumber * (low + high) / 2) * np.sinc(half / np.pi))
