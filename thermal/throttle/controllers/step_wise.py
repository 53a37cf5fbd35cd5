"""A cooling state that climbs while it gets warmer above a trip, and falls while it gets colder below.

Rule: Linux ``drivers/thermal/gov_step_wise.c``.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from floorplans.schema import Model
from thermal.throttle.controllers.base import Controller, Lever, Packed, Setting, Temperature, released

MOST_TRIPS = 6
State = Annotated[int, Field(strict=True, ge=0, le=1000)]


class Trip(Model):
    """A trip and the states that it may ask for."""

    trip: Temperature = Field(alias="trip_c")
    lower: State = 0
    upper: State | None = None


class StepWise(Controller):
    """One state at a time; state 0 is unlimited. Of several trips the deepest target counts.

    Attributes
    ----------
    trips_at
        Trips, rising.
    states
        Number of states; they divide the range of the clock evenly.
    lever
        Values by state instead.
    """

    kind: Literal["step-wise"]
    trips_at: tuple[Trip, ...] = Field(alias="trips", min_length=1, max_length=MOST_TRIPS)
    states: State = 20
    lever: Lever | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        for trip in self.trips_at:
            if trip.upper is not None and trip.upper < trip.lower:
                raise ValueError(f"upper must be at least lower (got {trip.upper} < {trip.lower})")
        return self

    @property
    def trips(self) -> dict[str, float]:
        """Trips by key, in their order."""
        return {f"trips.{i}.trip_c": each.trip for i, each in enumerate(self.trips_at)}

    @property
    def ends(self) -> tuple[float, ...]:
        """Nothing can be said before it is run: states take time."""
        return ()

    def packed(self, setting: Setting) -> Packed:
        """Numbers for the kernel."""
        from thermal.kernels import control

        if self.lever is None:
            lever, span = control.CLOCK, (setting.top[0] - setting.low[0]) / max(1, self.states)
            values = tuple(setting.top[0] - i * span for i in range(1, self.states + 1))
        else:
            lever, values = self.lever.values(setting)
        own = [float(len(self.trips_at))]
        for trip in self.trips_at:
            upper = len(values) if trip.upper is None else min(trip.upper, len(values))
            own += [trip.trip, float(trip.lower), float(upper)]
        levels = (released(lever, setting), *values)
        return Packed(control.STEP_WISE, lever, control.TRIP, tuple(own), levels)
