"""Conductivity that falls with a power of temperature, by Kirchhoff's transform.

With k(T) = k0 (T / T0)^-n everywhere and one face at a fixed temperature T_f (the others adiabatic),

    u = T_f + 1 / k0 * integral of k from T_f to T

obeys the linear equation k0 div grad u + q = 0 with u = T_f on that face: it is the temperature that the body
would have with the conductivity k0. The transform rises with T, so maxima go to maxima. (H. S. Carslaw and
J. C. Jaeger, *Conduction of Heat in Solids*, 2nd ed. 1959, section 1.6.)
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class PowerLawTransform:
    """From the temperature at constant conductivity to that with a power law.

    Parameters
    ----------
    face : float
        Temperature of the fixed face, K.
    exponent : float
        n.
    reference : float
        T0 at which the conductivity is the stated one, K.
    """

    face: float
    exponent: float
    reference: float

    def temperature(self, u: float) -> float:
        """Temperature (K) where it would be `u` (K) at constant conductivity.

        Raises
        ------
        ValueError
            No finite temperature carries that heat: the integral of k up to infinity is finite for n > 1.

        Examples
        --------
        >>> round(PowerLawTransform(300.0, 1.0, 300.0).temperature(330.0), 4)
        331.5513
        """
        rise = (u - self.face) / self.reference
        start = self.face / self.reference
        if self.exponent == 1.0:
            return self.face * math.exp(rise)
        power = 1.0 - self.exponent
        grown = start**power + power * rise
        if grown <= 0.0:
            raise ValueError(f"no temperature carries a rise of {u - self.face:g} K at constant conductivity")
        return float(self.reference * grown ** (1.0 / power))

    def slope(self, u: float) -> float:
        """dT/du = k0 / k(T)."""
        return float((self.temperature(u) / self.reference) ** self.exponent)
