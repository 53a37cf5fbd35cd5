"""What a reduced model is made of."""

from __future__ import annotations

from dataclasses import dataclass

from thermal.field import Field
from thermal.rom.drive import Leaking
from thermal.rom.groups import Group
from thermal.rom.pencil import Pencil
from thermal.system import ConductionSystem


@dataclass(frozen=True, eq=False)
class Source:
    """All that a model is made of, at its reference state."""

    field: Field
    groups: tuple[Group, ...]
    leaking: list[Leaking]
    pencil: Pencil

    @property
    def system(self) -> ConductionSystem:
        """The system, with conductances as they are at the reference."""
        return self.field.system
