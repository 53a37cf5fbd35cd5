"""The rules of the Linux governors, tick by tick, against tables worked out by hand from the rules."""

import math

import numpy as np
import pytest

from thermal.kernels import control
from thermal.throttle.controllers import BangBang, PowerAllocator, Setting, StepWise
from thermal.throttle.controllers.base import Packed

SETTING = Setting((2e9,), (1e9,), (1e8,), 1e-3, math.inf)
ZERO = 273.15


def row(packed: Packed) -> np.ndarray:
    out = np.zeros(48)
    out[: control.OWN] = packed.kind, 1, packed.lever, len(packed.levels), packed.why
    out[control.OWN : control.OWN + len(packed.own)] = packed.own
    return out


def test_bang_bang_crosses_up_at_the_trip_and_down_below_trip_less_hysteresis():
    p = row(BangBang(kind="bang-bang", trip_c=80, hysteresis_k=5).packed(SETTING))
    memory = np.zeros(24)
    # degC, state: at 75 it is not yet below 80 - 5; at 74.9 it is.
    table = [(70, 0), (79.9, 0), (80, 1), (85, 1), (76, 1), (75, 1), (74.9, 0), (79, 0), (80.1, 1), (60, 0)]
    assert [control.bang_bang(p, memory, t + ZERO) for t, _ in table] == [state for _, state in table]


# One trip at 80, states 0 to 4. degC, cooling state after the tick, and why.
ONE_TRIP = [
    (78.0, 0, "first look, below: no target"),
    (79.0, 0, "below and rising: keep"),
    (80.0, 1, "at the trip and raising: one up"),
    (81.0, 2, "raising: one up"),
    (81.0, 2, "stable above the trip: keep"),
    (80.5, 2, "dropping above the trip: keep"),
    (82.0, 3, "raising"),
    (83.0, 4, "raising"),
    (84.0, 4, "raising, at upper: clamped"),
    (79.5, 3, "below and dropping: one down"),
    (79.8, 3, "below and rising: keep"),
    (79.8, 3, "below and stable: keep"),
    (79.0, 2, "dropping"),
    (78.0, 1, "dropping"),
    (77.0, 0, "dropping: to the lowest state"),
    (76.0, 0, "state at lower: target released"),
    (81.0, 1, "raising above: one up from 0"),
]


def test_step_wise_with_one_trip():
    entry = StepWise.model_validate({"kind": "step-wise", "trips": [{"trip_c": 80}], "states": 4})
    p, memory = row(entry.packed(SETTING)), np.zeros(24)
    for celsius, state, why in ONE_TRIP:
        assert control.step_wise(p, memory, celsius + ZERO) == state, why


def test_step_wise_that_starts_above_its_trip_goes_one_up_at_once():
    entry = StepWise.model_validate({"kind": "step-wise", "trips": [{"trip_c": 80}], "states": 4})
    assert control.step_wise(row(entry.packed(SETTING)), np.zeros(24), 95.0 + ZERO) == 1


# Trips at 80 (states 0 to 2) and 90 (states 3 to 5): the deepest target counts.
TWO_TRIPS = [
    (85.0, 1, "first look: trip 80 asks for 0 + 1, trip 90 for nothing"),
    (88.0, 2, "trip 80: 2"),
    (89.0, 2, "trip 80 at its upper"),
    (91.0, 3, "trip 90: clamp(2 + 1, 3, 5)"),
    (92.0, 4, "trip 90: 4; trip 80: clamp(4, 0, 2) = 2"),
    (93.0, 5, "trip 90: 5"),
    (94.0, 5, "at upper"),
    (89.5, 4, "trip 90 dropping: 4; trip 80 throttles and drops: keeps 2"),
    (89.0, 3, "trip 90: 3"),
    (88.0, 2, "state is trip 90's lower: released; trip 80 keeps 2"),
    (79.0, 1, "trip 80 dropping: 1"),
    (78.0, 0, "trip 80: 0"),
    (77.0, 0, "released"),
]


def test_step_wise_with_two_trips_takes_the_deepest():
    trips = [{"trip_c": 80, "upper": 2}, {"trip_c": 90, "lower": 3, "upper": 5}]
    entry = StepWise.model_validate({"kind": "step-wise", "trips": trips, "states": 5})
    p, memory = row(entry.packed(SETTING)), np.zeros(24)
    for celsius, state, why in TWO_TRIPS:
        assert control.step_wise(p, memory, celsius + ZERO) == state, why


def allocator(**keys: object) -> PowerAllocator:
    base = {"kind": "power-allocator", "switch_on_c": 70, "desired_c": 80, "sustainable_w": 2}
    return PowerAllocator.model_validate(base | keys)


def allocated(
    entry: PowerAllocator, memory: np.ndarray, celsius: float, request: list[float], highest: list[float]
) -> tuple[float, list[float]]:
    grant = np.zeros(len(request))
    rule = control.allocate_exact if entry.kernel_exact else control.allocate
    p = row(entry.packed(SETTING))
    weight = np.ones(len(request))
    budget = rule(p, memory, celsius + ZERO, np.array(request), weight, np.array(highest), grant)
    return budget, grant.tolist()


def test_power_allocator_defaults_give_three_times_the_sustainable_power_at_switch_on():
    sustainable, k_po, k_pu, k_i = allocator().constants(0.0)
    assert (sustainable, k_po, k_pu, k_i) == pytest.approx((2.0, 0.2, 0.4, 0.04))
    for celsius, budget in [(70.0, 6.0), (75.0, 4.0), (80.0, 2.0)]:
        found, _ = allocated(allocator(), np.zeros(24), celsius, [10.0], [10.0])
        assert found == pytest.approx(budget)


def test_power_allocator_in_floating_point_step_by_step():
    # sustainable 2 W, k_po 0.2, k_pu 0.4, k_i 0.04 W/K; cutoff 0: only errors below 0 are summed up.
    entry, memory = allocator(k_i_w_k=0.04), np.zeros(24)
    steps = [
        # degC, budget, sum of errors after
        (69.0, math.inf, 0.0),  # below switch-on: reset, everything allowed
        (76.0, 2 + 0.4 * 4, 0.0),
        (82.0, 2 - 0.2 * 2 - 0.04 * 2, -2.0),  # e = -2: i_next = k_i (0 - 2)
        (81.0, 2 - 0.2 * 1 - 0.04 * 3, -3.0),
        (79.0, 2 + 0.4 * 1 - 0.04 * 3, -3.0),  # e = 1 is not below the cutoff: the sum stays
        (69.9, math.inf, 0.0),
        (79.0, 2 + 0.4 * 1, 0.0),
    ]
    for celsius, budget, total in steps:
        found, _ = allocated(entry, memory, celsius, [3.0, 3.0], [4.0, 4.0])
        assert found == pytest.approx(budget, rel=1e-12)
        assert memory[0] == pytest.approx(total, abs=1e-9)


def test_the_integral_is_not_taken_where_it_would_pass_the_largest_power():
    entry, memory = allocator(k_i_w_k=3.0), np.zeros(24)
    # One actor of at most 4 W: k_i (-1) = -3 is taken, k_i (-2) = -6 is not.
    allocated(entry, memory, 81.0, [3.0], [4.0])
    assert memory[0] == pytest.approx(-1.0)
    allocated(entry, memory, 81.0, [3.0], [4.0])
    assert memory[0] == pytest.approx(-1.0)


def test_the_derivative_is_over_the_milliseconds_of_the_passive_delay():
    entry, memory = allocator(k_i_w_k=0.0, k_d_w_k=50.0, period_ms=100), np.zeros(24)
    allocated(entry, memory, 78.0, [3.0], [10.0])
    budget, _ = allocated(entry, memory, 79.0, [3.0], [10.0])
    assert budget == pytest.approx(2 + 0.4 * 1 + 50.0 * (1.0 - 2.0) / 100.0)


def test_watts_are_divided_by_request_and_what_is_over_a_maximum_by_room():
    # 4 W for requests of 3, 1 and 2: 2, 2/3, 4/3; the first may have 1: 1 W goes to rooms of 1 1/3 and 2/3.
    _, grants = allocated(allocator(), np.zeros(24), 75.0, [3.0, 1.0, 2.0], [1.0, 2.0, 2.0])
    rooms = [2 - 2 / 3, 2 - 4 / 3]
    expected = [1.0, *(g + r / sum(rooms) for g, r in zip([2 / 3, 4 / 3], rooms, strict=True))]
    assert grants == pytest.approx(expected)
    assert sum(grants) == pytest.approx(4.0)


def test_power_allocator_in_the_integers_of_the_kernel():
    # 2000 mW over 10000 m degC: k_po = (2000 << 10) / 10000 = 204, k_pu = 409, k_i = 40 (per 1024).
    entry, memory = allocator(kernel_exact=True), np.zeros(24)
    assert entry.exact_constants(0.0) == (2.0, 204.0, 409.0, 40.0)
    # 75.5 degC: err = 4500 << 10; p = (409 * 4500 * 1024) >> 10 = 1840500; >> 10 is 1797 mW.
    budget, grants = allocated(entry, memory, 75.5, [2.0, 1.0], [3.0, 3.0])
    assert budget == 3.797
    # round(2000 * 3797 / 3000) = 2531, round(1000 * 3797 / 3000) = 1266.
    assert grants == [2.531, 1.266]
    # 81.234 degC: err = -1234 << 10 is below the cutoff; p = 204 * -1234 = -251736;
    # i_next = 40 * -1234 = -49360, within 6000 << 10; sum: (-301096) >> 10 = -295 (downwards: -294.04).
    budget, grants = allocated(entry, memory, 81.234, [2.0, 1.0], [3.0, 3.0])
    assert budget == 2.0 - 0.295
    assert memory[0] == -1234 * 1024
    # round(2000 * 1705 / 3000) = round(1136.67) = 1137; round(568.33) = 568.
    assert grants == [1.137, 0.568]
    # 79.9 degC: p = 409 * 100 = 40900, i stays -49360: (-8460) >> 10 = -9.
    budget, _ = allocated(entry, memory, 79.9, [2.0, 1.0], [3.0, 3.0])
    assert budget == 2.0 - 0.009


def test_both_arithmetics_agree_within_what_integers_cut_off():
    rng = np.random.default_rng(3)
    exact, plain = allocator(kernel_exact=True), allocator()
    one, other = np.zeros(24), np.zeros(24)
    for celsius in rng.uniform(71.0, 84.0, 40).round(3):
        a, _ = allocated(exact, one, float(celsius), [2.0, 1.0], [3.0, 3.0])
        b, _ = allocated(plain, other, float(celsius), [2.0, 1.0], [3.0, 3.0])
        # Constants are cut to 1/1024 mW per m degC: 4, 4 and 10 parts in 1000 at most, plus 1 mW of rounding.
        assert a == pytest.approx(b, abs=0.001 + 0.005 * 0.4 * 14 + 0.025 * abs(0.04 * other[0]))


def test_weights_divide_the_total_but_do_not_multiply_the_request():
    entry = allocator()
    p, grant = row(entry.packed(SETTING)), np.zeros(2)
    control.allocate(
        p, np.zeros(24), 75.0 + ZERO, np.array([2.0, 1.0]), np.array([2.0, 1.0]), np.array([9.0, 9.0]), grant
    )
    # As this version of the kernel has it: 4 W x 2 / (2 x 2 + 1 x 1), 4 W x 1 / 5.
    assert grant.tolist() == pytest.approx([1.6, 0.8])
