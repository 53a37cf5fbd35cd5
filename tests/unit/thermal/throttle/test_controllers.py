"""Ladders, clock modulation, PID, memory: what each does at the edges of its rules."""

import math

import numpy as np
import pytest

from thermal.kernels import control
from thermal.throttle.controllers import Hbm, Intel, Nvidia, Pid, Setting
from thermal.throttle.controllers.base import Packed

TOP, LOW, STEP = 2000e6, 500e6, 15e6
SETTING = Setting((TOP,), (LOW,), (STEP,), 1e-3, 700.0)
ZERO = 273.15


def row(packed: Packed) -> np.ndarray:
    out = np.zeros(64)
    out[: control.OWN] = packed.kind, 1, packed.lever, len(packed.levels), packed.why
    out[control.OWN : control.OWN + len(packed.own)] = packed.own
    return out


class Ladder:
    """An NVIDIA-like controller with its memory."""

    def __init__(self, **keys: object) -> None:
        base = {"kind": "nvidia", "software_c": 87, "hardware_c": 89, "shutdown_c": 95, "period_ms": 100}
        self.p = row(Nvidia.model_validate(base | {"hold_ms": 200} | keys).packed(SETTING))
        self.m = np.zeros(24)

    def __call__(
        self, celsius: float, watts: float = 500.0, time: float = 0.0, memory: float = 0.0
    ) -> tuple[float, set[str]]:
        hertz, why = control.ladder(self.p, self.m, celsius + ZERO, memory + ZERO, watts, time, TOP)
        return hertz, {name for i, name in enumerate(control.REASONS) if why >> i & 1}


def test_software_limits_step_down_and_a_hold_comes_before_every_step_up():
    tick = Ladder()
    assert tick(80.0) == (TOP, set())
    assert tick(87.0) == (TOP - STEP, {"sw_thermal_slowdown"})
    assert tick(80.0, watts=701.0) == (TOP - 2 * STEP, {"sw_power_cap"})
    # The hold is two ticks; until the ladder is climbed the reason is the one that took the clock down.
    assert [tick(80.0)[0] for _ in range(5)] == [TOP - x * STEP for x in (2, 1, 1, 0, 0)]
    assert tick(80.0) == (TOP, set())


def test_both_software_reasons_are_told():
    assert Ladder()(88.0, watts=800.0)[1] == {"sw_thermal_slowdown", "sw_power_cap"}


def test_a_hot_memory_slows_the_core_too():
    tick = Ladder(memory_c=95)
    assert tick(60.0, memory=94.9) == (TOP, set())
    assert tick(60.0, memory=95.0) == (TOP - STEP, {"sw_thermal_slowdown"})


def test_hardware_halves_the_clock_until_it_is_cooler_by_the_hysteresis():
    tick = Ladder(hysteresis_k=2)
    hertz, why = tick(89.0)
    assert hertz == 0.5 * (TOP - STEP)
    assert why == {"sw_thermal_slowdown", "hw_thermal_slowdown"}
    assert "hw_thermal_slowdown" in tick(87.0)[1]
    assert "hw_thermal_slowdown" not in tick(86.9)[1]


def test_a_brake_halves_the_clock_while_it_is_asserted():
    tick = Ladder(brake_s=[[1.0, 2.0]])
    assert tick(50.0, time=0.9) == (TOP, set())
    assert tick(50.0, time=1.0) == (0.5 * TOP, {"hw_power_brake_slowdown"})
    assert tick(50.0, time=2.0) == (TOP, set())


def test_shutdown_is_told():
    assert "shutdown" in Ladder()(95.0)[1]


def test_the_ladder_ends_at_the_lowest_clock():
    tick = Ladder()
    for _ in range(200):
        hertz, _ = tick(88.0)
    assert hertz == LOW


class Tcc:
    """An Intel-like controller with its memory."""

    def __init__(self, **keys: object) -> None:
        base = {"kind": "intel", "tj_max_c": 100, "tcc_offset_k": 10, "hysteresis_k": 2, "hold_ms": 2}
        self.p, self.m = row(Intel.model_validate(base | keys).packed(SETTING)), np.zeros(24)

    def __call__(self, celsius: float, time: float = 0.0) -> tuple[float, float, set[str]]:
        hertz, duty, why = control.tcc(self.p, self.m, celsius + ZERO, time, TOP)
        return hertz, duty, {name for i, name in enumerate(control.REASONS) if why >> i & 1}


def test_tcc_is_active_at_tj_max_less_offset_and_modulates_only_at_the_lowest_ratio():
    tick = Tcc()
    assert tick(89.9) == (TOP, 1.0, set())
    assert tick(90.0) == (TOP - 100e6, 1.0, {"tcc"})
    for _ in range(14):
        hertz, duty, _ = tick(91.0)
    assert (hertz, duty) == (LOW, 1.0)
    assert tick(91.0) == (LOW, 0.375, {"tcc", "clock_modulation"})
    # Between trip and hysteresis it stays; below, modulation goes first, then ratios, each after the hold.
    assert tick(89.0)[1] == 0.375
    told = [tick(80.0)[:2] for _ in range(5)]
    assert told == [(LOW, 0.375), (LOW, 1.0), (LOW, 1.0), (LOW + 100e6, 1.0), (LOW + 100e6, 1.0)]


def test_prochot_from_outside_forces_the_lowest_ratio():
    tick = Tcc(prochot_s=[[0.5, 0.6]])
    assert tick(40.0, 0.55) == (LOW, 1.0, {"prochot"})
    assert tick(40.0, 0.6) == (TOP, 1.0, set())


@pytest.mark.parametrize("windup", ["clamp", "back-calculation"])
def test_an_integral_at_its_end_comes_back_at_once(windup: str):
    entry = Pid.model_validate(
        {"kind": "pid", "target_c": 80, "kp_per_k": 0.01, "ki_per_ks": 1.0, "windup": windup, "period_ms": 10}
    )
    p, m = row(entry.packed(SETTING)), np.zeros(24)
    # A minute 30 K too cold must leave no more than the output's end in the integral …
    for _ in range(6000):
        assert control.pid(p, m, 50.0 + ZERO) == 1.0
    assert m[0] <= 1.0 + 0.5
    # … so that 5 K too hot is answered within (1 + what is left) / (ki e period) looks, not a minute later.
    count = 0
    while control.pid(p, m, 85.0 + ZERO) > 0.9 and count < 6000:
        count += 1
    assert count < 40


def test_pid_holds_a_first_order_plant_at_its_target_without_error():
    entry = Pid.model_validate({"kind": "pid", "target_c": 80, "kp_per_k": 0.01, "ki_per_ks": 0.05})
    p, m = row(entry.packed(SETTING)), np.zeros(24)
    # dT/dt = (40 + 80 u - T) / tau: u = 0.5 holds 80 degC.
    t, tau, h = 40.0, 2.0, 0.1
    for _ in range(3000):
        u = control.pid(p, m, t + ZERO)
        t += (40.0 + 80.0 * u - t) * -math.expm1(-h / tau)
    assert t == pytest.approx(80.0, abs=1e-6)
    assert u == pytest.approx(0.5, abs=1e-6)


def test_memory_doubles_refresh_then_gives_up_bandwidth_step_by_step():
    entry = Hbm.model_validate({"kind": "hbm", "refresh_share": 0.9, "step": 0.25, "lowest": 0.25})
    p, m = row(entry.packed(SETTING)), np.zeros(24)
    told = [control.hbm(p, m, t + ZERO) for t in (84.9, 85.0, 83.0, 82.9, 95.0, 96.0, 94.0, 92.9, 105.0)]
    shares = [share for share, _, _ in told]
    assert shares == pytest.approx([1.0, 0.9, 0.9, 1.0, 0.675, 0.45, 0.45, 0.675, 0.45])
    assert [doubled for _, doubled, _ in told] == [False, True, True, False, True, True, True, True, True]
    assert told[-1][2] & control.SHUTDOWN
    assert not told[-2][2] & control.SHUTDOWN
