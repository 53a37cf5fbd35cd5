"""The loop as a whole: the same to the bit, energy accounted for, one's own controllers, a certified end."""

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import pytest

from floorplans.diagnostics import InputError
from tests.unit.thermal.throttle import small
from thermal.design import Design
from thermal.rom.model import ReducedModel
from thermal.throttle import Action, Seen, ThrottleResult
from thermal.throttle.loop import Run, detailed

HOT = {"sensors": ["die"]}
PID = {"kind": "pid", "target_c": 80, "period_ms": 20, "kp_per_k": 0.02, **HOT}
BANG = {"kind": "bang-bang", "trip_c": 85, "hysteresis_k": 5, "period_ms": 10, **HOT}


def ran(controllers: list[dict[str, Any]] | None = None, **changes: Any) -> Run:
    return detailed(small.design(controllers, **changes), model=small.model(), certify=False)


def same(one: ThrottleResult, other: ThrottleResult) -> bool:
    for each in fields(one):
        a, b = getattr(one, each.name), getattr(other, each.name)
        if isinstance(a, np.ndarray):
            if not np.array_equal(a, b):
                return False
        elif repr(a) != repr(b):
            return False
    return True


NOISY = {"die": {"chiplet": "soc", "at_um": [6000, 5000], "noise_k": 1.0, "dropout": 0.1, "step_k": 0.5}}


def test_the_same_seed_gives_the_same_result_to_the_bit_and_another_seed_another():
    load = {"serving": {"rate_per_s": 60, "spread": 0.5}, "sensors": NOISY, "seconds": 2}
    one, again, other = (ran([PID], **load, seed=s).result for s in (5, 5, 6))
    assert same(one, again)
    assert not same(one, other)


def test_without_controllers_nothing_is_slowed_and_throughput_is_the_cold_one():
    result = ran(seconds=2).result
    assert result.first_throttle is None
    assert not any(result.residency.values())
    assert np.all(result.clocks == result.tops)
    assert result.sustained.rate == pytest.approx(result.cold.rate, rel=0.01)


def test_energy_is_the_sum_of_board_watts_and_outputs_those_that_were_made():
    result = ran([PID], seconds=2).result
    steps = np.diff(result.times, prepend=0.0)
    assert result.energy == pytest.approx(float(result.board @ steps), rel=1e-9)
    assert result.made == pytest.approx(float(result.rate @ steps), rel=1e-9)


def test_watts_of_the_groups_and_leakage_are_what_the_board_draws_less_its_regulators():
    run = ran(seconds=2)
    result, plan = run.result, run.prepared
    model = small.model()
    k = plan.plant.leaking_groups()
    assert result.leakage_factor.shape[1] == len(k)
    leaked = [
        plan.plant.leaked(x, f).sum()
        for x, f in zip(run.simulation.record.state, result.leakage_factor, strict=True)
    ]
    package = result.watts.sum(axis=1) + np.array(leaked)
    # Nine tenths and more of the board's watts get past the regulators outside; none is made on the way.
    assert np.all(package < result.board)
    assert np.all(package > 0.85 * result.board)
    assert model.groups == result.groups


@dataclass
class Written:
    """The bang-bang rule as a user would write it."""

    period: float = 0.01
    slow: bool = False

    def tick(self, seen: Seen) -> Action:
        hot = seen.readings["die"]
        self.slow = hot >= 85.0 + 273.15 or (self.slow and hot >= 80.0 + 273.15)
        return Action(clocks={"core": 345e6} if self.slow else {})


def test_a_controller_written_in_python_does_what_the_compiled_one_does():
    design = small.design([BANG], seconds=2)
    compiled = detailed(design, model=small.model(), certify=False).result
    written = detailed(design, controllers=[Written()], model=small.model(), certify=False).result
    assert compiled.first_throttle is not None
    assert np.array_equal(compiled.temperatures, written.temperatures)
    assert compiled.made == written.made
    assert written.residency["core"]["user"] == pytest.approx(compiled.residency["core"]["thermal_trip"])


def test_a_lever_may_switch_the_precision():
    variants = {"narrow": {"precision": "fp8"}}
    rule = BANG | {"lever": {"variants": ["narrow"]}}
    result = ran([rule], variants=variants, seconds=3).result
    assert result.in_force("admission", "thermal_trip").any()
    assert np.all(result.clocks == result.tops)
    # Half the bytes and operations of half the energy: more tokens for fewer joules.
    assert result.sustained.rate > result.cold.rate
    assert result.sustained.joules < result.cold.joules


@pytest.mark.parametrize(
    "lever", [{"duty": [0.3]}, {"bandwidth": [0.3]}, {"sequences": [2]}, {"clock_mhz": [600]}]
)
def test_every_lever_cools(lever: dict[str, Any]):
    free = ran(seconds=3).result
    slowed = ran([BANG | {"lever": lever}], seconds=3).result
    mine = slowed.times > slowed.window
    assert slowed.sustained.watts < free.sustained.watts
    assert slowed.true[mine, 0].mean() < free.true[mine, 0].mean() - 5.0


def test_sensors_that_read_low_leave_a_guardband_and_time_unseen():
    low = {"die": {"block": "soc/tensor", "offset_k": -30.0}}
    result = ran([PID | {"target_c": 90}], sensors=low, seconds=6).result
    assert result.guardband > 30.0
    assert result.unseen > 1.0
    assert result.limiting.margin < 0.0


def test_more_arrivals_than_can_be_served_are_said():
    result = ran(serving={"rate_per_s": 1000}, seconds=2).result
    assert result.overloaded
    assert any("the queue grows without bound" in text for text in result.warnings)
    assert result.waiting[-1] > 2.0 * result.waiting[result.waiting.size // 2] * 0.9


def test_a_blind_controller_is_warned_of_with_the_kelvin():
    result = ran([BANG | {"period_ms": 500}], seconds=1).result
    (told,) = [text for text in result.warnings if "between two looks" in text]
    assert told.startswith("soc/ts can move by ")
    assert "500 ms" in told


def test_a_shutdown_ends_the_run_and_is_reported():
    rule = {"kind": "nvidia", "software_c": 50, "hardware_c": 55, "shutdown_c": 60, "period_ms": 10}
    result = ran([rule], start="loaded", seconds=2).result
    assert result.shutdown is not None
    assert result.seconds == pytest.approx(result.shutdown)
    assert any("shuts down" in text for text in result.warnings)


def test_runaway_under_the_lowest_clock_is_reported_with_its_time():
    insulated = {"top": {"resistance_k_w": 0.38}}
    design = small.design([PID], package=insulated, seconds=20)
    result = detailed(design, resolution=small.COARSE, certify=False, cache=False).result
    assert result.runaway
    (told,) = [text for text in result.warnings if "runaway" in text]
    assert "the first limit is passed after" in told


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (PID | {"domains": ["cores"]}, r"no clock domain 'cores'; did you mean 'core'\?"),
        (PID | {"sensors": ["die"]}, ""),
    ],
)
def test_unknown_domains_are_named(rule: dict[str, Any], expected: str):
    if not expected:
        assert ran([rule], seconds=0.1).result.made > 0.0
        return
    with pytest.raises(InputError, match=expected):
        ran([rule], seconds=0.1)


def test_the_end_is_certified_against_the_full_nonlinear_solve():
    model: ReducedModel = small.model()
    run = detailed(
        small.design([PID], seconds=8), model=model, resolution=small.COARSE, cache=False, rounds=3
    )
    found = run.result.certification
    assert found is not None
    assert found.met
    assert found.difference <= 0.2
    # The first model is frozen where the design's own watts lead, some 40 K hotter: k(T) makes a difference.
    assert found.rounds[0].difference > found.difference or len(found.rounds) == 1
    assert found.unsettled < 2.0


def test_a_design_without_workload_or_sensors_says_what_it_needs():
    bare = small.PLAIN | {"workload": None, "throttle": None}
    with pytest.raises(InputError, match="needs a workload"):
        detailed(Design.from_dict({k: v for k, v in bare.items() if v is not None}), certify=False)


def test_results_are_values():
    result = ran(seconds=0.1).result
    assert replace(result, seed=9).seed == 9
