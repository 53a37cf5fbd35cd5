"""Memories and links: bytes held, bytes per second, joules per bit."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from floorplans.schema import Model
from power.hardware.quantities import Gigabytes_s, Megabytes, Microseconds, Picojoules, Share, Watts
from power.workloads.graph import Kind


class MemoryLevel(Model):
    """One level of the hierarchy.

    Attributes
    ----------
    role
        ``main`` holds weights and state; ``cache`` keeps what passes between operators.
    capacity
        [B]
    bandwidth
        [B/s], at the nominal clock of its domain if it has one.
    efficiency
        Share of the bandwidth reached, by kind of operator; ``default`` for the others.
    energy
        Joules per bit moved, at the highest voltage of its domain if it has one.
    background
        Watts that do not depend on traffic: refresh, standby, idle PHY.
    clock
        Its clock domain; empty where clock and voltage are its own and fixed.
    rail, blocks
        Regulator that feeds it; weights of the blocks it lives in, DRAM and PHY together.
    """

    role: Literal["main", "cache"]
    capacity: Megabytes = Field(alias="capacity_mb")
    bandwidth: Gigabytes_s = Field(alias="bandwidth_gb_s")
    efficiency: dict[str, Share]
    energy: Picojoules = Field(alias="energy_pj_bit")
    background: Watts = Field(alias="background_w", default=0.0)
    clock: str = ""
    rail: str = ""
    blocks: dict[str, float] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if "default" not in self.efficiency:
            raise ValueError("efficiency needs a 'default'")
        return self

    def efficiency_of(self, kind: Kind) -> float:
        """Share of the bandwidth that operators of this kind reach."""
        return self.efficiency.get(kind.value, self.efficiency["default"])


class Link(Model):
    """What devices exchange results over.

    Attributes
    ----------
    bandwidth
        Bytes per second and direction of one device, all its ports together.
    efficiency
        Share of it that a collective reaches.
    latency
        Seconds that a collective takes at least.
    energy
        Joules per bit sent, at this end.
    idle
        Watts without traffic.
    rail, blocks
        Regulator that feeds it; weights of the blocks it lives in.
    """

    bandwidth: Gigabytes_s = Field(alias="bandwidth_gb_s")
    efficiency: Share
    latency: Microseconds = Field(alias="latency_us")
    energy: Picojoules = Field(alias="energy_pj_bit")
    idle: Watts = Field(alias="idle_w", default=0.0)
    rail: str = ""
    blocks: dict[str, float] = Field(default_factory=dict)


HOST = "host"
"""What a path may carry besides memories and links: inputs that come from the host."""


class Path(Model):
    """Wires on the way of bytes: a network on the chip, a link between dies, the link to the host.

    Attributes
    ----------
    carries
        A memory or link whose bytes cross it, or ``host``: the inputs of each step.
    share
        Share of them that do.
    bandwidth
        Bytes per second over all of it, at the nominal clock of its domain if it has one.
    efficiency
        Share of it that is reached.
    energy
        Joules per bit, at the highest voltage of its domain if it has one; above that of the memory or link.
    idle
        Watts without traffic.
    clock
        Its clock domain; empty where clock and voltage are its own and fixed.
    rail, blocks
        Regulator that feeds it; weights of the blocks it lives in.
    """

    carries: str
    share: Share = 1.0
    bandwidth: Gigabytes_s = Field(alias="bandwidth_gb_s")
    efficiency: Share
    energy: Picojoules = Field(alias="energy_pj_bit")
    idle: Watts = Field(alias="idle_w", default=0.0)
    clock: str = ""
    rail: str = ""
    blocks: dict[str, float] = Field(default_factory=dict)


class Standing(Model):
    """Watts that neither work nor clock change: I/O, management, sensors, fans.

    Attributes
    ----------
    power
        [W]
    off_package
        Whether they are outside of the package.
    rail, blocks
        Regulator that feeds it; weights of the blocks it lives in.
    """

    power: Watts = Field(alias="power_w")
    off_package: bool = False
    rail: str = ""
    blocks: dict[str, float] = Field(default_factory=dict)


class LeakageShare(Model):
    """Leakage of what hangs on a clock domain's supply.

    Attributes
    ----------
    power
        Watts at temperature `at` and the domain's highest voltage.
    at
        [degC] of the statement.
    beta
        Relative growth per kelvin.
    dibl
        Relative growth per volt.
    clock
        The domain whose voltage it sees.
    rail, blocks
        Regulator that feeds it; weights of the blocks that leak.
    """

    power: Watts = Field(alias="power_w")
    at_c: float
    beta: Share = Field(alias="beta_per_k")
    dibl: float = Field(alias="dibl_per_v", ge=0.0)
    clock: str
    rail: str = ""
    blocks: dict[str, float] = Field(default_factory=dict)
