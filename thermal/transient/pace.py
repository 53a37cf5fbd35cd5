"""Lengths of steps: predictive control of the error, times of power edges, short steps after them."""

from __future__ import annotations

from dataclasses import dataclass, replace

# Of an estimate of third order in the step.
POWER = 1.0 / 3.0
SAFETY = 0.9
SHRINK, GROW = 0.2, 5.0
# Right after an edge the first guess may be far too short.
GROW_FIRST = 10.0
# A step within these factors of the wanted one is kept: its operator is there already.
KEEP = (0.95, 1.25)
# Tolerances that the explicit slope after a jump may bridge in the first step: cells much faster than
# the step are damped, so that the error is far less than this.
BRIDGED = 4.0


@dataclass(frozen=True)
class Pace:
    """Memory of the controller.

    Attributes
    ----------
    step
        Wanted next, s.
    error, taken
        Of the last accepted step over the tolerance, and its length, s; 0 where there is none.
    fresh
        Whether no step has been taken since an edge.
    first, jump
        Step that would have been right after the last edge, s, and the jump of the slope there, tolerances
        per second. Its error grows less than with the square of the step.
    """

    step: float
    error: float = 0.0
    taken: float = 0.0
    fresh: bool = True
    first: float = 0.0
    jump: float = 0.0

    def after_edge(self, jump: float, longest: float) -> Pace:
        """For a jump of the slope by so many tolerances per second, before an interval of `longest` s."""
        if jump * longest <= 1.0:
            # Nothing to speak of has changed.
            return self
        guess = BRIDGED / jump
        if self.first > 0.0:
            # What was right after the last edge, in proportion.
            guess = max(guess, self.first * min(self.jump / jump, 4.0))
        return replace(self, step=min(guess, longest), error=0.0, fresh=True, jump=jump)

    def fitted(self, remaining: float) -> float:
        """The step to take: lands on the next edge, without a sliver before it."""
        if self.step >= 0.999 * remaining:
            return remaining
        return 0.5 * remaining if 2.0 * self.step > remaining else self.step

    def accepted(self, step: float, error: float) -> Pace:
        """After a step that was good enough."""
        error = max(error, 1e-6)
        factor = SAFETY * error**-POWER
        if self.error > 0.0:
            # Gustafsson 1994: an error that grows from step to step goes on to grow.
            factor *= min(1.0, step / self.taken * (self.error / error) ** POWER)
        factor = min(max(factor, SHRINK), GROW_FIRST if self.fresh else GROW)
        wanted = step if KEEP[0] < factor < KEEP[1] else step * factor
        # A step cut short by an edge says little about what is possible.
        if step < 0.99 * self.step:
            wanted = max(wanted, self.step)
        first = step * min(0.7 * error**-POWER, GROW) if self.fresh else self.first
        return replace(self, step=wanted, error=error, taken=step, fresh=False, first=first)

    def rejected(self, step: float, error: float) -> Pace:
        """After a step that was not."""
        factor = max(SHRINK, SAFETY * error**-POWER) if error > 0.0 else SHRINK
        return replace(self, step=step * min(factor, 0.7), error=0.0)
