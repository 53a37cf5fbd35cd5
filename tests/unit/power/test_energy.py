"""Watts: each term by hand, and that nothing is lost between events and blocks."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from power.activity import Activity, joined
from power.dvfs import OperatingPoint, boost, locked
from power.energy import Cause, dissipation, idle
from power.hardware.reading import load_hardware, shipped_hardware
from power.roofline import run
from power.workloads.phase import Decode, Prefill
from power.workloads.presets import preset
from tests.unit.power.devices import AREAS, plain, product, streamed

WARM = 273.15 + 65.0


def nothing(point: OperatingPoint, busy: float = 0.0) -> Activity:
    return Activity("nothing", 1.0, busy, {}, {}, {}, point)


def watts(activity: Activity, component: str) -> float:
    return dissipation(activity, plain()).by_component()[component]


def test_events_are_counts_times_energies_over_time():
    at = boost(plain())
    did = Activity(
        "did", 2.0, 2.0, {("matrix", "bf16"): 1e13}, {"dram": 1e10, "cache": 1e10}, {"ring": 1e9}, at
    )
    assert watts(did, "unit/matrix") == pytest.approx(1e13 * 1e-12 / 2)
    assert watts(did, "memory/dram") == pytest.approx(4 + 8e10 * 5e-12 / 2)
    assert watts(did, "memory/cache") == pytest.approx(8e10 * 1e-12 / 2)
    assert watts(did, "link/ring") == pytest.approx(1 + 8e9 * 2e-12 / 2)


def test_events_on_a_scaled_supply_go_with_its_voltage_squared_and_memory_does_not():
    low = locked(plain(), 500e6)  # 0.8 V
    did = Activity("did", 1.0, 1.0, {("matrix", "bf16"): 1e13}, {"dram": 1e10}, {}, low)
    assert watts(did, "unit/matrix") == pytest.approx(10 * 0.64)
    assert watts(did, "memory/dram") == pytest.approx(4.4)


def test_leakage_grows_with_temperature_and_voltage():
    hot = OperatingPoint({"core": 1e9}, WARM + 10)
    low = OperatingPoint({"core": 500e6}, WARM)
    assert watts(nothing(hot), "leakage/die") == pytest.approx(10 * math.exp(0.2))
    assert watts(nothing(low), "leakage/die") == pytest.approx(10 * math.exp(2 * -0.2))


def test_conversion_loss_is_what_the_tree_loses():
    found = dissipation(nothing(boost(plain()), busy=1.0), plain())
    by = found.by_component()
    on_ivr = by["clock/core"] + by["leakage/die"] + by["standing/pll"] * 1.2 / 0.9
    assert by["regulator/ldo"] == pytest.approx(0.02 * (1.2 / 0.9 - 1))
    efficiency = 0.9 - 0.05 * (on_ivr / 100 - 0.5) / 0.5  # between load 0.5 and 1 of the curve
    assert by["regulator/ivr"] == pytest.approx(on_ivr * (1 / efficiency - 1), rel=1e-12)
    assert by["regulator/vrm"] == pytest.approx((on_ivr + by["regulator/ivr"]) / 9, rel=1e-12)


@settings(max_examples=30)
@given(
    st.floats(0, 1e14),
    st.floats(0, 1e12),
    st.floats(0, 1.0),
    st.floats(100e6, 1e9),
    st.floats(280.0, 400.0),
)
def test_the_blocks_take_exactly_what_is_dissipated_in_the_package(flops, moved, busy, hertz, kelvin):
    point = OperatingPoint({"core": hertz}, kelvin)
    did = Activity("did", 1.0, busy, {("matrix", "bf16"): flops}, {"dram": moved, "cache": moved}, {}, point)
    found = dissipation(did, plain())
    by = found.by_cause()
    assert math.fsum(by.values()) == pytest.approx(found.board, rel=1e-14)
    events_floor_leakage_loss = math.fsum(by.values()) - found.off_package
    assert found.power_map(AREAS).total == pytest.approx(events_floor_leakage_loss, rel=1e-14)
    assert found.package == pytest.approx(events_floor_leakage_loss, rel=1e-14)


@pytest.mark.parametrize("name", list(shipped_hardware()))
@pytest.mark.parametrize("phase", [Prefill(2, 128), Decode(4, 500)], ids=["prefill", "decode"])
def test_nothing_is_lost_on_shipped_hardware(name, phase):
    hardware = load_hardware(name)
    found = dissipation(run(preset("llama-3.2-1b").graph(phase), hardware), hardware)
    assert found.power_map().total == pytest.approx(found.board - found.off_package, rel=1e-14)
    assert all(each.watts >= 0.0 for each in found.contributions)


def test_shares_follow_weights_and_areas():
    floor = dissipation(nothing(boost(plain()), busy=1.0), plain({"leakage": {}}))
    blocks = floor.power_map(AREAS)
    # 50 W: three quarters over a1 and a2 by area, a quarter and the link's watt to b.
    assert blocks["die/a1"] == pytest.approx(50 * 0.75 * 0.25)
    assert blocks["die/a2"] == pytest.approx(50 * 0.75 * 0.75)
    assert blocks["die/b"] == pytest.approx(50 * 0.25 + 1)
    assert blocks["die/pll"] == pytest.approx(0.02)
    assert blocks["dram/x"] == pytest.approx(4)


def test_the_loss_is_heat_in_the_regulator_and_the_fan_is_elsewhere():
    found = dissipation(nothing(boost(plain()), busy=1.0), plain())
    blocks = found.power_map(AREAS)
    assert blocks["die/ivr"] == pytest.approx(found.by_component()["regulator/ivr"])
    assert blocks["die/ldo"] == pytest.approx(found.by_component()["regulator/ldo"])
    assert found.off_package == pytest.approx(7 + found.by_component()["regulator/vrm"])


def test_leakage_can_be_left_to_the_thermal_side():
    found = dissipation(nothing(boost(plain())), plain())
    laws = found.leakage(WARM, AREAS)
    without = found.power_map(AREAS, leakage=False)
    assert set(laws) == {"die/a1", "die/a2", "die/ivr"}
    together = without.total + sum(float(law.law.watts(np.array(WARM))) for law in laws.values())
    assert together == pytest.approx(found.package, rel=1e-12)
    hot = dissipation(nothing(OperatingPoint({"core": 1e9}, WARM + 20)), plain())
    leaks = [float(laws[block].law.watts(np.array(WARM + 20))) for block in ("die/a1", "die/a2")]
    assert sum(leaks) == pytest.approx(hot.by_cause()[Cause.LEAKAGE], rel=1e-12)


def test_what_a_regulator_loses_on_leakage_grows_with_it():
    # At constant efficiency the loss is 1/9 of the load: of 10 W at 65 degC, and e^0.4 of that 20 K on.
    flat = plain({"regulators.ivr.load_efficiency": [[1, 0.9]]})
    found = dissipation(nothing(boost(flat), busy=1.0), flat)
    law = found.leakage(WARM, AREAS)["die/ivr"].law
    assert float(law.watts(np.array(WARM))) == pytest.approx(10 / 9, rel=1e-9)
    hot = dissipation(nothing(OperatingPoint(boost(flat).hertz, WARM + 20), busy=1.0), flat)
    together = found.unheated.power_map(AREAS)["die/ivr"] + float(law.watts(np.array(WARM + 20)))
    assert together == pytest.approx(hot.power_map(AREAS)["die/ivr"], rel=1e-9)
    assert float(law.watts(np.array(WARM + 20))) == pytest.approx(10 / 9 * math.exp(0.4), rel=1e-9)


def test_a_component_that_dissipates_must_live_somewhere():
    homeless = plain({"memories.dram.blocks": {}})
    with pytest.raises(ValueError, match="memory/dram dissipates 4 W but lives in no block"):
        dissipation(nothing(boost(homeless)), homeless).power_map(AREAS)


def test_without_a_floorplan_every_component_is_a_block():
    found = idle(plain())
    assert found.power_map()["memory/dram"] == 4.0


def test_energies_of_joined_activities_add_up():
    one, two = run([product()], plain()), run([streamed(1e8)], plain())
    both = dissipation(joined("both", [one, two]), plain({"regulators.ivr.load_efficiency": [[1, 0.9]]}))
    flat = plain({"regulators.ivr.load_efficiency": [[1, 0.9]]})
    assert both.energy == pytest.approx(
        dissipation(one, flat).energy + dissipation(two, flat).energy, rel=1e-12
    )


def test_only_the_same_point_can_be_joined():
    slow = run([product()], plain(), locked(plain(), 500e6))
    with pytest.raises(ValueError, match="same operating point"):
        joined("both", [run([product()], plain()), slow])


def test_measured_time_spreads_the_same_work():
    did = run([product()], plain())
    longer = did.lasting(2 * did.seconds)
    events = Cause.EVENTS
    assert dissipation(longer, plain()).by_cause()[events] == pytest.approx(
        dissipation(did, plain()).by_cause()[events] / 2
    )


PATHS = {
    "noc": {
        "carries": "cache",
        "share": 0.5,
        "bandwidth_gb_s": 1000,
        "efficiency": 0.5,
        "energy_pj_bit": 3,
        "clock": "core",
        "rail": "ivr",
        "blocks": {"die/b": 1},
    },
    "pcie": {
        "carries": "host",
        "bandwidth_gb_s": 10,
        "efficiency": 1.0,
        "energy_pj_bit": 4,
        "idle_w": 0.5,
        "blocks": {"die/a1": 1},
    },
}


def test_bytes_cost_energy_on_the_paths_that_they_take():
    wired = plain({"paths": PATHS})
    did = Activity("did", 2.0, 2.0, {}, {"dram": 5e9, "cache": 1e10}, {"pcie": 1e9}, boost(wired))
    found = dissipation(did, wired)
    assert found.by_component()["path/noc"] == pytest.approx(0.5 * 8e10 * 3e-12 / 2)
    assert found.by_component()["path/pcie"] == pytest.approx(0.5 + 8e9 * 4e-12 / 2)
    slow = Activity("did", 2.0, 2.0, {}, {"cache": 1e10}, {}, locked(wired, 500e6))
    assert dissipation(slow, wired).by_component()["path/noc"] == pytest.approx(0.64 * 0.5 * 8e10 * 3e-12 / 2)
    assert found.power_map(AREAS).total == pytest.approx(found.package, rel=1e-14)


def test_inputs_of_the_first_operator_come_from_the_host():
    wired = plain({"paths": PATHS})
    did = run([product(count=2), product()], wired)
    assert did.sent == {"pcie": 2 * 2.0 * 512 * 512}
    assert run([product(count=2), product()], plain()).sent == {}
