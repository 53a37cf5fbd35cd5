"""Numbers of hardware files: the unit is in the key, attributes are SI."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, Field

from floorplans.schema import Finite


def _over(divisor: float) -> AfterValidator:
    # Dividing by a power of ten rounds once; times 1e-12 does not.
    return AfterValidator(lambda value: value / divisor)


def _times(factor: float) -> AfterValidator:
    return AfterValidator(lambda value: value * factor)


Share = Annotated[Finite, Field(gt=0.0, le=1.0)]
"""A ratio in (0, 1]: an efficiency."""
Fraction = Annotated[Finite, Field(ge=0.0, le=1.0)]
"""A ratio in [0, 1]."""
Teraflops = Annotated[Finite, Field(gt=0.0), _times(1e12)]
"""10^12 operations a second to operations a second."""
Gigabytes = Annotated[Finite, Field(gt=0.0), _times(1e9)]
Megabytes = Annotated[Finite, Field(gt=0.0), _times(1e6)]
Gigabytes_s = Annotated[Finite, Field(gt=0.0), _times(1e9)]
Megahertz = Annotated[Finite, Field(gt=0.0), _times(1e6)]
Microseconds = Annotated[Finite, Field(ge=0.0), _over(1e6)]
Picojoules = Annotated[Finite, Field(ge=0.0), _over(1e12)]
"""10^-12 J to J: per operation or per bit."""
Watts = Annotated[Finite, Field(ge=0.0)]

SCALE: Mapping[str, float] = {
    "energy_pj_flop": 1e-12,
    "energy_pj_bit": 1e-12,
    "latency_us": 1e-6,
    "kernel_us": 1e-6,
    "floor_w": 1.0,
    "idle_share": 1.0,
    "efficiency": 1.0,
    "format_efficiency": 1.0,
    "beta_per_k": 1.0,
    "dibl_per_v": 1.0,
    "resident_share": 1.0,
    "power_w": 1.0,
    "background_w": 1.0,
    "idle_w": 1.0,
}
"""Keys that may name a constant, and the SI value of one of their units."""
