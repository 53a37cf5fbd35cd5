"""Sustained states without marching against the loop itself, over whole cycles."""

from typing import Any

import numpy as np
import pytest

from tests.unit.thermal.throttle import small
from thermal.throttle.cycle import relay
from thermal.throttle.loop import Run, detailed
from thermal.throttle.plant import ThermalPlant
from thermal.throttle.shortcut import Point, Shortcut

HOT = {"sensors": ["die"]}
PID = {"kind": "pid", "target_c": 80, "period_ms": 20, "kp_per_k": 0.005, "ki_per_ks": 0.02, **HOT}
LADDER = {"kind": "nvidia", "software_c": 80, "hardware_c": 90, "shutdown_c": 99, "power_limit_w": 2000}
CONTROLLERS: dict[str, dict[str, Any]] = {
    "pid": PID,
    "predictive": {"kind": "predictive", "limit_c": 80, **HOT},
    "bang-bang": {"kind": "bang-bang", "trip_c": 80, "hysteresis_k": 3, "period_ms": 2, **HOT},
    "step-wise": {"kind": "step-wise", "trips": [{"trip_c": 80}], "period_ms": 20, **HOT},
    "nvidia": LADDER | {"period_ms": 20, **HOT},
    "intel": {"kind": "intel", "tj_max_c": 80, **HOT},
    "hbm": {"kind": "hbm", "refresh_c": 60, "throttle_c": 64, "shutdown_c": 99, "sensors": ["stack"]},
}


def ran(rule: dict[str, Any], **changes: Any) -> Run:
    design = small.design([rule], **({"seconds": 24, "window": 0.75} | changes))
    return detailed(design, model=small.model(), certify=False)


@pytest.mark.parametrize("name", CONTROLLERS)
def test_short_stretches_after_jumps_agree_with_marching(name: str):
    """Bursts of prompts, overshoots and rungs included: mean throughput within 0.5 %."""
    run = ran(CONTROLLERS[name])
    _, found = Shortcut(run.prepared).polished()
    assert found.rate == pytest.approx(run.result.sustained.rate, rel=0.005)


@pytest.mark.parametrize("name", ["pid", "predictive"])
def test_fixed_points_agree_with_marching_where_their_loop_is_calm(name: str):
    # A slow sensor sees means; a fast one is sampled in step with prompts, and is off by a kelvin.
    slow = {"die": small.PLAIN["sensors"]["die"] | {"lag_ms": 200}}
    run = ran(CONTROLLERS[name], sensors=slow, seconds=90, window=0.5)
    told = Shortcut(run.prepared).steady()
    assert told.kind == "fixed point"
    assert told.loop_gain < 1.0
    assert told.reading == pytest.approx(80.0 + 273.15, abs=0.05)
    assert told.rate == pytest.approx(run.result.sustained.rate, rel=0.005)


def test_nothing_is_slowed_where_it_stays_cold():
    told = Shortcut(ran(PID | {"target_c": 400}, seconds=1).prepared).steady()
    assert (told.kind, told.binding) == ("free", "")


def test_the_lowest_clock_is_not_always_enough():
    told = Shortcut(ran(PID | {"target_c": 41}, seconds=1).prepared).steady()
    assert told.kind == "bottom"
    assert told.reading > 41.0 + 273.15


def test_random_arrivals_have_an_interval_that_holds_the_rate_asked_for():
    run = ran(PID | {"target_c": 200}, serving={"rate_per_s": 40}, seconds=10)
    told = Shortcut(run.prepared).steady()
    expected = 40.0 * small.WORKLOAD["output"]
    assert 0.0 < told.interval < 0.1 * expected
    # Tokens of requests still on their way at the end are missing: less than a life's worth of arrivals.
    assert told.rate == pytest.approx(expected, abs=1.5 * told.interval + 0.02 * expected)


def watched(
    plant: ThermalPlant, levels: tuple[Point, Point], row: np.ndarray, step: float, band: tuple[float, float]
):
    """The relay marched in small exact steps until it repeats: period, lowest, highest."""
    decay, held, _ = (a[0] for a in plant.model.steps(np.array([step])))
    state, hot = np.zeros(plant.model.states), True
    switches: list[float] = []
    values: list[float] = []
    for t in range(400_000):
        level = levels[0 if hot else 1]
        leak = plant.leaked(state, level.factor) - plant.model.frozen
        watts = (level.watts - plant.model.u0[: plant.groups]) @ plant.model.inputs[: plant.groups]
        state = decay * state + held * (watts + leak @ plant.model.spread)
        value = float(row @ state)
        if hot and value >= band[1]:
            hot = False
        elif not hot and value <= band[0]:
            hot = True
            switches.append(t * step)
            values = []
        values.append(value)
        if len(switches) > 25:
            break
    return switches[-1] - switches[-2], values


def test_the_closed_form_of_the_relay_is_what_small_steps_come_to():
    plan = ran(CONTROLLERS["bang-bang"], seconds=0.1).prepared
    shortcut = Shortcut(plan)
    levels = (shortcut.at(1.0), shortcut.at(shortcut.lowest))
    row, offset = plan.seen.rows[1], plan.seen.offset[1]
    # The stack is slow: its cycle is long against these steps.
    middle = 0.5 * (levels[0].readings[1] + levels[1].readings[1]) - offset
    band = (middle - 0.5, middle + 0.5)
    cycle = relay(plan.plant, levels, row, offset, (band[0] + offset, band[1] + offset), 0.0)
    step = 2e-4
    period, _ = watched(plan.plant, levels, row, step, band)
    # Each switch comes up to a step late.
    assert cycle.period == pytest.approx(period, abs=4.0 * step + 2e-3 * period)
    assert cycle.low <= band[0] + offset + 1e-4
    assert cycle.high >= band[1] + offset - 1e-4
