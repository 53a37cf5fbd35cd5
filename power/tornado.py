"""Which uncertain constant moves a result how far: each at its bounds, the others as they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from power.constants import Constant, Constants, shipped_constants
from power.hardware.accelerator import Accelerator
from power.hardware.reading import load_hardware


@dataclass(frozen=True, slots=True)
class Swing:
    """What one constant does to the results.

    Parameters
    ----------
    constant
        With its bounds.
    base, low, high
        Results by name: with every constant as it is, with this one at its low, at its high bound.
    """

    constant: Constant
    base: Mapping[str, float]
    low: Mapping[str, float]
    high: Mapping[str, float]

    def span(self, result: str) -> float:
        """Distance of the results at both bounds."""
        return abs(self.high[result] - self.low[result])

    def relative(self, result: str) -> tuple[float, float]:
        """Change of a result at the low and at the high bound, relative to the base."""
        base = self.base[result]
        return self.low[result] / base - 1.0, self.high[result] / base - 1.0


def tornado(
    hardware: str | Path | Mapping[str, object],
    results: Callable[[Accelerator], Mapping[str, float]],
    *,
    names: Iterable[str] = (),
    constants: Constants | None = None,
    overrides: Mapping[str, object] | None = None,
) -> list[Swing]:
    """Swings of all uncertain constants that a hardware file refers to.

    Parameters
    ----------
    hardware, overrides
        As of `load_hardware`.
    results
        Numbers to watch, for an accelerator; it reads host constants from `Accelerator.constants`.
    names
        Further constants to vary, such as those of a host.
    constants
        The constants; those shipped when None.

    Returns
    -------
    list
        In order of the span of the first result, the widest first.
    """
    known = constants or shipped_constants()
    device = load_hardware(hardware, overrides, known)
    base = dict(results(device))

    def at(name: str, value: float) -> dict[str, float]:
        return dict(results(load_hardware(hardware, overrides, known.with_({name: value}))))

    varied = [
        known[name] for name in dict.fromkeys((*device.constants_used, *names)) if known[name].uncertain
    ]
    swings = [Swing(each, base, at(each.name, each.low), at(each.name, each.high)) for each in varied]
    first = next(iter(base))
    return sorted(swings, key=lambda swing: swing.span(first), reverse=True)


def floor_placements(hardware: Accelerator) -> dict[str, dict[str, object]]:
    """Where else the busy floor might be: overrides for `load_hardware` by a name for each placement.

    The floor is the largest term of many phases and the least known in place. `declared` is the file's own;
    the others put it where products are computed, where vector work is, and where leakage is.
    """
    key = f"clocks.{hardware.throttled}.blocks"
    leaking: dict[str, float] = {}
    for each in hardware.leakage.values():
        for block, weight in each.blocks.items():
            leaking[block] = leaking.get(block, 0.0) + weight * each.power
    candidates: dict[str, Mapping[str, float]] = {
        "products": hardware.unit("matrix").blocks,
        "vector work": hardware.unit("vector").blocks,
        "leakage": leaking,
    }
    found: dict[str, dict[str, object]] = {"declared": {}}
    return found | {name: {key: dict(blocks)} for name, blocks in candidates.items() if blocks}
