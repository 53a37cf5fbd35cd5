"""The accelerator: its parts by name, and what a floorplan must have for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from pydantic import Field, PrivateAttr

from floorplans.diagnostics import Diagnostic, InputError, listed
from floorplans.schema import Finite, Model, Name, Positive
from power.constants import Constants, shipped_constants
from power.delivery import Regulator
from power.hardware.clock import ClockDomain
from power.hardware.memory import HOST, LeakageShare, Link, MemoryLevel, Path, Standing
from power.hardware.placement import Shares, unmatched
from power.hardware.quantities import Fraction, Microseconds
from power.hardware.unit import Unit

Component = ClockDomain | Unit | MemoryLevel | Link | Path | Standing | LeakageShare


class Accelerator(Model):
    """One device: a die or package that runs a model, alone or with others of its kind.

    Attributes
    ----------
    name, description, sources
        For tables; where the facts are from.
    design
        Shipped design in whose blocks it lives; empty for none.
    power_limit
        Board power that the device may draw [W]; None for no limit.
    clocks, units, memories, links, paths, leakage, standing, regulators
        Its parts, by name.
    throttled
        The clock domain that a power limit slows.
    kernel_overhead
        Seconds from the end of one kernel to the work of the next.
    resident_share
        Share of the cache that activations may take and still be there for the next operator.
    """

    name: Name = Field(alias="accelerator")
    description: str = ""
    sources: tuple[str, ...] = Field(default=(), alias="sources")
    design: str = ""
    power_limit: Positive | None = Field(alias="power_limit_w", default=None)
    clocks: dict[Name, ClockDomain] = Field(min_length=1)
    units: dict[Name, Unit] = Field(min_length=1)
    memories: dict[Name, MemoryLevel] = Field(min_length=1)
    links: dict[Name, Link] = Field(default_factory=dict)
    paths: dict[Name, Path] = Field(default_factory=dict)
    leakage: dict[Name, LeakageShare] = Field(default_factory=dict)
    standing: dict[Name, Standing] = Field(default_factory=dict)
    regulators: dict[Name, Regulator] = Field(default_factory=dict)
    throttled: str
    kernel_overhead: Microseconds = Field(alias="kernel_us")
    resident_share: Fraction
    junction_c: Finite = 65.0
    _constants: tuple[str, ...] = PrivateAttr(default=())
    _known: Constants = PrivateAttr(default_factory=shipped_constants)

    @cached_property
    def components(self) -> dict[str, Component]:
        """Everything that dissipates, by ``part/name``."""
        parts: dict[str, Mapping[str, Component]] = {
            "clock": self.clocks,
            "unit": self.units,
            "memory": self.memories,
            "link": self.links,
            "path": self.paths,
            "leakage": self.leakage,
            "standing": self.standing,
        }
        return {f"{part}/{name}": each for part, found in parts.items() for name, each in found.items()}

    @property
    def constants_used(self) -> tuple[str, ...]:
        """Names of the constants that its file refers to."""
        return self._constants

    @property
    def constants(self) -> Constants:
        """The constants it was read with."""
        return self._known

    def unit(self, kind: str) -> Unit:
        """The matrix or the vector unit; products go to the vector unit where there is no matrix unit."""
        for each in self.units.values():
            if each.kind == kind:
                return each
        return next(iter(self.units.values()))

    def unit_name(self, kind: str) -> str:
        """Name of the unit that `unit` gives."""
        wanted = self.unit(kind)
        return next(name for name, each in self.units.items() if each is wanted)

    @property
    def main(self) -> MemoryLevel:
        """The memory that holds weights and state."""
        return self.memories[self.main_name]

    @property
    def main_name(self) -> str:
        """Its name."""
        return next(name for name, each in self.memories.items() if each.role == "main")

    @property
    def cache_name(self) -> str:
        """Name of the memory that keeps what passes between operators; empty for none."""
        return next((name for name, each in self.memories.items() if each.role == "cache"), "")

    @property
    def cache(self) -> MemoryLevel | None:
        """The memory that keeps what passes between operators."""
        return self.memories.get(self.cache_name)

    @property
    def link(self) -> Link | None:
        """The first link, which collectives use."""
        return next(iter(self.links.values()), None)

    def carried(self, moved: Mapping[str, float], sent: Mapping[str, float]) -> dict[str, float]:
        """Bytes over each path, of bytes by memory and by link; those from the host are among the latter."""
        every = {**moved, **sent}
        return {
            name: path.share * every.get(name if path.carries == HOST else path.carries, 0.0)
            for name, path in self.paths.items()
        }

    def placements(self) -> dict[str, Shares]:
        """Weights of every component and regulator that names blocks."""
        found: dict[str, Shares] = {name: each.blocks for name, each in self.components.items()}
        found |= {f"regulator/{name}": each.blocks for name, each in self.regulators.items()}
        return {name: weights for name, weights in found.items() if weights}

    def lives_in(self, blocks: Iterable[str]) -> bool:
        """Whether a floorplan answers to most of its names and patterns; two may share a few by chance."""
        every, missing = self._missing(blocks)
        return 2 * len(missing) < len(every)

    def _missing(self, blocks: Iterable[str]) -> tuple[list[str], list[str]]:
        """Its names and patterns, and those that no block answers to."""
        known = list(blocks)
        every = list(dict.fromkeys(name for weights in self.placements().values() for name in weights))
        return every, [name for name in every if unmatched({name: 1.0}, known)]

    def check_blocks(self, blocks: Iterable[str]) -> None:
        """See that every block it names is in a floorplan.

        Raises
        ------
        InputError
            With all that are not, each with the nearest name.
        """
        known = list(blocks)
        every, missing = self._missing(known)
        if every and 2 * len(missing) >= len(every):
            its = f"those of the design {self.design}" if self.design else "others"
            message = f"lives in other blocks, {its}: here is no {listed(missing, 4)}"
            raise InputError(Diagnostic(None, message, self.name))
        wrong = [
            Diagnostic(None, what, f"{self.name}.{owner.replace('/', '.')}")
            for owner, weights in self.placements().items()
            for what in unmatched(weights, known)
        ]
        if wrong:
            raise InputError(wrong)

    def fallback(self, form: str) -> str:
        """What a format is computed in where the matrix unit lacks it, in words; empty where it has it."""
        from power.workloads.precision import format_named

        wanted = format_named(form)
        carried = self.unit("matrix").carries(wanted)
        if carried == wanted.name:
            return ""
        return f"{self.name} has no {wanted.name} products: they run in {carried}"
