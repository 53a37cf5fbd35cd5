"""Leakage that grows exponentially with temperature behind a thermal resistance: fixed points and runaway.

A body of mean temperature T = T_a + R (P + L), with leakage L = P0 exp(beta (T - T0)). With

    a = R P0 exp(beta (T_a + R P - T0)),        T = T_a + R P - W(-beta a) / beta,

W the principal branch of Lambert's function for the stable state (R. M. Corless et al., *On the Lambert W
function*, Adv. Comput. Math. 5 (1996) 329-359). There is none where beta a > 1 / e: the watts at which that
happens are the threshold of thermal runaway, and there L = 1 / (beta R).
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class LumpedLeakage:
    """A leaking body behind a resistance.

    Parameters
    ----------
    resistance : float
        R from the body's mean temperature to the ambient, K/W.
    ambient : float
        T_a in K.
    power : float
        P0: leakage at temperature `at`, W.
    at : float
        T0 in K.
    beta : float
        Relative growth per kelvin.
    """

    resistance: float
    ambient: float
    power: float
    at: float
    beta: float

    @property
    def threshold(self) -> float:
        """Other watts beyond which there is no steady state; below zero if leakage alone runs away."""
        gain = self.beta * self.resistance
        return (-1.0 - math.log(gain * self.power) + self.beta * (self.at - self.ambient)) / gain

    def temperature(self, watts: float) -> float:
        """Stable mean temperature (K) with `watts` of other heat.

        Raises
        ------
        ValueError
            Beyond the threshold.

        Examples
        --------
        >>> body = LumpedLeakage(0.7, 300.0, 5.0, 350.0, 0.02)
        >>> t = body.temperature(60.0)
        >>> abs(t - 300.0 - 0.7 * (60.0 + body.leakage(t))) < 1e-9
        True
        """
        if watts > self.threshold:
            raise ValueError(f"{watts:g} W run away: the threshold is {self.threshold:g} W")
        linear = self.ambient + self.resistance * watts
        x = self.beta * self.resistance * self.power * math.exp(self.beta * (linear - self.at))
        return linear + _lambert(x) / self.beta

    def leakage(self, temperature: float) -> float:
        """Leakage in W at a mean temperature in K."""
        return self.power * math.exp(self.beta * (temperature - self.at))


def _lambert(x: float) -> float:
    """The smaller w >= 0 with w exp(-w) = x, 0 <= x <= 1 / e: -W0(-x), by Newton's method from below."""
    w = 0.0
    for _ in range(200):
        step = (x * math.exp(w) - w) / (1.0 - x * math.exp(w)) if x * math.exp(w) < 1.0 else 0.0
        w += step
        if step <= 1e-16 * w:
            break
    return w
