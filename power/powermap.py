"""Power by block."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping


class PowerMap(Mapping[str, float]):
    """Watts by block address, such as ``soc0/tensor0``; immutable.

    Parameters
    ----------
    watts
        Finite, none below zero.

    Raises
    ------
    ValueError
        For a power that is not.
    """

    __slots__ = ("_watts",)

    def __init__(self, watts: Mapping[str, float] | None = None) -> None:
        self._watts = {address: float(power) for address, power in (watts or {}).items()}
        for address, power in self._watts.items():
            if not math.isfinite(power) or power < 0.0:
                raise ValueError(
                    f"power of '{address}' must be a finite number of watts >= 0 (got {power!r})"
                )

    def __getitem__(self, address: str) -> float:
        return self._watts[address]

    def __iter__(self) -> Iterator[str]:
        return iter(self._watts)

    def __len__(self) -> int:
        return len(self._watts)

    def __hash__(self) -> int:
        return hash(frozenset(self._watts.items()))

    def __repr__(self) -> str:
        return f"PowerMap({len(self)} blocks, {self.total:g} W)"

    @property
    def total(self) -> float:
        """Sum over all blocks [W]."""
        return math.fsum(self._watts.values())

    def scaled(self, factor: float) -> PowerMap:
        """Every power times `factor`."""
        return PowerMap({address: power * factor for address, power in self.items()})

    def with_(self, watts: Mapping[str, float]) -> PowerMap:
        """The same map with some powers replaced or added."""
        return PowerMap({**self._watts, **watts})
