"""Kernels of controllers: one tick each, with the state in `memory`. Rules: ``docs/theory/throttle.md``.

The first parameters of every controller are the same (`KIND` to `WHY`); its own follow from `OWN` on, in the
order of its class in `thermal.throttle.controllers`.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from thermal.kernels.arrays import Floats

KIND, EVERY, LEVER, LEVELS, WHY, OWN = range(6)

USER, BANG_BANG, STEP_WISE, ALLOCATOR, LADDER, TCC, PID, HBM, PREDICTIVE = range(9)
CLOCK, DUTY, SHARE, SEQUENCES, VARIANT = range(5)

REASONS = (
    "sw_power_cap",
    "sw_thermal_slowdown",
    "hw_thermal_slowdown",
    "hw_power_brake_slowdown",
    "tcc",
    "clock_modulation",
    "prochot",
    "thermal_trip",
    "power_allocator",
    "pid",
    "predictive",
    "refresh_doubled",
    "hbm_throttle",
    "user",
    "shutdown",
)
(
    POWER_CAP,
    SW_THERMAL,
    HW_THERMAL,
    BRAKE,
    TCC_ACTIVE,
    MODULATED,
    PROCHOT,
    TRIP,
    ALLOCATED,
    BY_PID,
    PREDICTED,
    REFRESH,
    THROTTLED,
    BY_USER,
    SHUTDOWN,
) = (1 << i for i in range(len(REASONS)))


@njit(cache=True)
def bang_bang(p: Floats, m: Floats, hot: float) -> float:
    """State 0 or 1. Own: trip, hysteresis (K). Memory: state."""
    trip, hysteresis = p[OWN], p[OWN + 1]
    if hot >= trip:
        m[0] = 1.0
    elif hot < trip - hysteresis:
        m[0] = 0.0
    return float(m[0])


@njit(cache=True)
def step_wise(p: Floats, m: Floats, hot: float) -> float:
    """Cooling state. Own: number of trips, then trip (K), lower, upper of each.

    Memory: whether it has run, last temperature, state, then the target of each trip (-1: none).
    """
    trips = int(p[OWN])
    state = m[2]
    if m[0] == 0.0:
        trend = 0.0
        for i in range(trips):
            m[3 + i] = -1.0
    else:
        trend = np.sign(hot - m[1])
    deepest = 0.0
    for i in range(trips):
        trip, lower, upper = p[OWN + 1 + 3 * i], p[OWN + 2 + 3 * i], p[OWN + 3 + 3 * i]
        throttle = hot >= trip
        if m[0] == 0.0:
            m[3 + i] = min(max(state + 1.0, lower), upper) if throttle else -1.0
        elif throttle and trend > 0.0:
            m[3 + i] = min(max(state + 1.0, lower), upper)
        elif not throttle and trend < 0.0:
            m[3 + i] = -1.0 if state <= lower else min(max(state - 1.0, lower), upper)
        deepest = max(deepest, m[3 + i])
    m[0], m[1], m[2] = 1.0, hot, deepest
    return float(deepest)


@njit(cache=True)
def allocate(
    p: Floats, m: Floats, hot: float, request: Floats, weight: Floats, highest: Floats, grant: Floats
) -> float:
    """Watts granted to actors, all of it in floating point; returns the budget, inf below the first trip.

    Own: switch-on (K; -inf for always), desired (K), sustainable (W), k_po, k_pu, k_i, k_d (W/K), cutoff (K),
    period (ms), exact, memory of actors from there. Memory: sum of errors, last error.
    """
    if hot < p[OWN]:
        m[0], m[1] = 0.0, 0.0
        grant[:] = highest
        return np.inf
    most = highest.sum()
    error = p[OWN + 1] - hot
    proportional = (p[OWN + 3] if error < 0.0 else p[OWN + 4]) * error
    integral = p[OWN + 5] * m[0]
    if error < p[OWN + 7]:
        following = integral + p[OWN + 5] * error
        if abs(following) < most:
            integral = following
            m[0] += error
    derivative = p[OWN + 6] * (error - m[1]) / p[OWN + 8]
    m[1] = error
    budget = min(max(p[OWN + 2] + proportional + integral + derivative, 0.0), most)
    total = (weight * request).sum()
    extra = room = 0.0
    for i in range(request.size):
        grant[i] = request[i] * budget / total if total > 0.0 else budget / request.size
        if grant[i] > highest[i]:
            extra += grant[i] - highest[i]
            grant[i] = highest[i]
        room += highest[i] - grant[i]
    if extra > 0.0 and room > 0.0:
        extra = min(extra, room)
        for i in range(request.size):
            grant[i] += (highest[i] - grant[i]) * extra / room
    return float(budget)


@njit(cache=True)
def _fraction(x: int, y: int) -> int:
    """x y / 1024, rounded down as an arithmetic shift does."""
    return (x * y) >> 10


@njit(cache=True)
def _nearest(x: int, y: int) -> int:
    """x / y of what is not negative, rounded to the nearest."""
    return (x + y // 2) // y


@njit(cache=True)
def allocate_exact(
    p: Floats, m: Floats, hot: float, request: Floats, weight: Floats, highest: Floats, grant: Floats
) -> float:
    """As `allocate`, in the integers of the kernel: mW, m degC, ten bits after the point.

    Constants arrive in those units: k_po … k_i in 1/1024 mW per m degC, k_d likewise, as in sysfs.
    """
    temperature = int(np.round((hot - 273.15) * 1000.0))
    if not np.isinf(p[OWN]) and temperature < int(np.round((p[OWN] - 273.15) * 1000.0)):
        m[0], m[1] = 0.0, 0.0
        grant[:] = highest
        return np.inf
    n = request.size
    asked = np.empty(n, np.int64)
    weighted = np.empty(n, np.int64)
    highs = np.empty(n, np.int64)
    for i in range(n):
        asked[i] = int(np.round(request[i] * 1000.0))
        weighted[i] = _fraction(int(np.round(weight[i] * 1024.0)), asked[i])
        highs[i] = int(np.round(highest[i] * 1000.0))
    most = highs.sum()
    error = (int(np.round((p[OWN + 1] - 273.15) * 1000.0)) - temperature) << 10
    gain = int(p[OWN + 3]) if error < 0 else int(p[OWN + 4])
    k_i = int(p[OWN + 5])
    integral = _fraction(k_i, int(m[0]))
    if error < int(np.round(p[OWN + 7] * 1000.0)) << 10:
        following = integral + _fraction(k_i, error)
        if abs(following) < most << 10:
            integral = following
            m[0] += error
    # The quotient of the kernel is cut towards zero.
    change = _fraction(int(p[OWN + 6]), error - int(m[1])) << 10
    derivative = int(change / int(p[OWN + 8]))
    m[1] = error
    told = (_fraction(gain, error) + integral + derivative) >> 10
    budget = min(max(int(np.round(p[OWN + 2] * 1000.0)) + told, 0), most)
    total = max(weighted.sum(), 1)
    given = np.empty(n, np.int64)
    extra = room = 0
    for i in range(n):
        given[i] = _nearest(asked[i] * budget, total)
        if given[i] > highs[i]:
            extra += given[i] - highs[i]
            given[i] = highs[i]
        room += highs[i] - given[i]
    share = min(extra, room)
    for i in range(n):
        more = _nearest((highs[i] - given[i]) * share, room) if share > 0 else 0
        grant[i] = (given[i] + more) / 1000.0
    return budget / 1000.0


@njit(cache=True)
def ladder(
    p: Floats, m: Floats, hot: float, memory_hot: float, watts: float, time: float, top: float
) -> tuple[float, int]:
    """Hz and reasons of a ladder of software and hardware slowdowns.

    Own: software, hardware, shutdown, memory's software (K), hysteresis (K), power limit (W), steps (Hz),
    hold (ticks of control), lowest (Hz), weight of a new power reading, number of brakes, their begins and
    ends (s).
    Memory: Hz below the top, ticks held, mean power, whether the hardware slows, reasons.
    """
    m[2] = watts if m[2] == 0.0 else m[2] + p[OWN + 9] * (watts - m[2])
    why = 0
    if m[2] > p[OWN + 5]:
        why |= POWER_CAP
    if hot >= p[OWN] or memory_hot >= p[OWN + 3]:
        why |= SW_THERMAL
    if why:
        m[0] = min(m[0] + p[OWN + 6], top - p[OWN + 8])
        m[1] = 0.0
        m[4] = why
    else:
        m[1] += 1.0
        if m[1] >= p[OWN + 7] and m[0] > 0.0:
            m[0] = max(0.0, m[0] - p[OWN + 6])
            m[1] = 0.0
    # What holds the clock down is what took it there.
    why = int(m[4]) if m[0] > 0.0 else 0
    hertz = top - m[0]
    if hot >= p[OWN + 1]:
        m[3] = 1.0
    elif hot < p[OWN + 1] - p[OWN + 4]:
        m[3] = 0.0
    braked = False
    for i in range(int(p[OWN + 10])):
        braked |= p[OWN + 11 + 2 * i] <= time < p[OWN + 12 + 2 * i]
    if m[3] > 0.0 or braked:
        hertz = max(p[OWN + 8], 0.5 * hertz)
        why |= (HW_THERMAL if m[3] > 0.0 else 0) | (BRAKE if braked else 0)
    if hot >= p[OWN + 2]:
        why |= SHUTDOWN
    return hertz, why


@njit(cache=True)
def tcc(p: Floats, m: Floats, hot: float, time: float, top: float) -> tuple[float, float, int]:
    """Hz, duty and reasons of a thermal control circuit.

    Own: activation (K), hysteresis (K), hold (ticks of control), steps (Hz), lowest (Hz), duty of modulation,
    shutdown (K), number of PROCHOT pulses from outside, their begins and ends (s). Memory: Hz below the top,
    ticks held, modulated.
    """
    if hot >= p[OWN]:
        if m[0] >= top - p[OWN + 4] - 1e-3:
            m[2] = 1.0
        m[0] = min(m[0] + p[OWN + 3], top - p[OWN + 4])
        m[1] = 0.0
    elif hot < p[OWN] - p[OWN + 1]:
        m[1] += 1.0
        if m[1] >= p[OWN + 2]:
            if m[2] > 0.0:
                m[2] = 0.0
            else:
                m[0] = max(0.0, m[0] - p[OWN + 3])
            m[1] = 0.0
    hertz, why = top - m[0], (TCC_ACTIVE if m[0] > 0.0 else 0)
    for i in range(int(p[OWN + 7])):
        if p[OWN + 8 + 2 * i] <= time < p[OWN + 9 + 2 * i]:
            hertz, why = p[OWN + 4], why | PROCHOT
    if m[2] > 0.0:
        why |= MODULATED
    if hot >= p[OWN + 6]:
        why |= SHUTDOWN
    return hertz, (p[OWN + 5] if m[2] > 0.0 else 1.0), why


@njit(cache=True)
def pid(p: Floats, m: Floats, hot: float) -> float:
    """Output between its ends.

    Own: set point (K), kp (1/K), ki (1/(K s)), kd (s/K), low, high, period (s), kb (1/s; 0: the integral
    stands still at an end). Memory: integral, last error, whether it has run.
    """
    error = p[OWN] - hot
    low, high, period = p[OWN + 4], p[OWN + 5], p[OWN + 6]
    if m[2] == 0.0:
        m[0], m[1], m[2] = high, error, 1.0
    change = (error - m[1]) / period
    m[1] = error
    wanted = p[OWN + 1] * error + m[0] + p[OWN + 3] * change
    told = min(max(wanted, low), high)
    step = p[OWN + 2] * error * period
    if p[OWN + 7] > 0.0:
        m[0] += step + p[OWN + 7] * (told - wanted) * period
    elif wanted == told or (wanted - told) * error < 0.0:
        m[0] += step
    return told


@njit(cache=True)
def hbm(p: Floats, m: Floats, hot: float) -> tuple[float, bool, int]:
    """Share of the bandwidth, whether refresh is doubled, reasons.

    Own: refresh (K), hysteresis (K), share of the bandwidth that is left with refresh doubled, throttle (K),
    step of the share, lowest share, shutdown (K). Memory: doubled, share.
    """
    if hot >= p[OWN]:
        m[0] = 1.0
    elif hot < p[OWN] - p[OWN + 1]:
        m[0] = 0.0
    if m[1] == 0.0:
        m[1] = 1.0
    if hot >= p[OWN + 3]:
        m[1] = max(p[OWN + 5], m[1] - p[OWN + 4])
    elif hot < p[OWN + 3] - p[OWN + 1]:
        m[1] = min(1.0, m[1] + p[OWN + 4])
    why = (REFRESH if m[0] > 0.0 else 0) | (THROTTLED if m[1] < 1.0 else 0)
    if hot >= p[OWN + 6]:
        why |= SHUTDOWN
    return m[1] * (p[OWN + 2] if m[0] > 0.0 else 1.0), m[0] > 0.0, why
