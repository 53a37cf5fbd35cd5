"""Counts of other simulators: operations, bytes and joules by hand, on the accelerator with round numbers."""

import pytest

from floorplans.diagnostics import InputError
from power.dvfs import boost
from power.energy import Cause
from power.formats.simulated import simulated
from power.workload_entry import WorkloadEntry
from tests.unit.power.devices import plain
from tests.unit.power.formats.test_accelergy import ACCELERGY, TIMELOOP
from tests.unit.power.formats.test_scalesim import written

PLACES = {"*mac*": "unit/matrix", "*glb*": "memory/cache", "*dram*": "memory/dram"}


def run(path, **keys):
    entry = WorkloadEntry.model_validate({"activity": str(path), **keys})
    hardware = plain()
    return simulated(path, entry, hardware, boost(hardware))


def test_scalesim_becomes_operations_bytes_and_seconds(tmp_path):
    served = run(written(tmp_path), word_bytes=1.0)
    (phase,) = served.phases
    work = phase.step.activity
    # 1000 and 400 cycles at 1 GHz; 100 TFLOP/s are 1e5 operations a cycle, half and a quarter of them used.
    assert work.seconds == pytest.approx(1.4e-6)
    assert work.operations == pytest.approx({("matrix", "bf16"): 1e5 * (500 + 100)})
    assert work.moved == pytest.approx({"dram": 15 + 24, "cache": 60 + 6})
    assert served.unit == "sample"
    assert [timing.name for timing in work.timings] == ["layer 0", "layer 1"]


def test_a_format_that_the_unit_lacks_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"plain has no int8 products \(it has bf16, fp8\)"):
        run(written(tmp_path), format="int8")


def test_energies_are_placed_and_every_watt_is_accounted_for(tmp_path):
    file = tmp_path / "energy_estimation.yaml"
    file.write_text(ACCELERGY, encoding="utf-8")
    served = run(file, seconds=1e-9, places=PLACES)
    events = {
        part.component: part.watts
        for part in served.phases[0].step.dissipation.contributions
        if part.cause is Cause.EVENTS
    }
    assert events["unit/matrix"] == pytest.approx(4.0)
    assert events["memory/cache"] == pytest.approx(0.3)
    assert events["memory/dram"] == 0.0
    # Floor, leakage, standing and losses of the accelerator come on top.
    assert served.watts > 50.0


def test_cycles_of_timeloop_give_the_time(tmp_path):
    file = tmp_path / "run.stats.txt"
    file.write_text(TIMELOOP, encoding="utf-8")
    places = {"mac": "unit/matrix", "*spad": "memory/cache", "DRAM": "memory/dram"}
    assert run(file, places=places).seconds == pytest.approx(2e-6)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"places": PLACES}, "does not say how long the run takes: give 'seconds'"),
        (
            {"seconds": 1.0, "places": {"*mac*": "unit/matrix"}},
            r"'places' says of no unit or memory \(of unit/matrix, .*\) that it holds chip\.glb",
        ),
        (
            {"seconds": 1.0, "places": {**PLACES, "*mac*": "unit/tensor"}},
            r"'\*mac\*' is placed in 'unit/tensor', which is none of unit/matrix",
        ),
    ],
)
def test_energy_without_a_place_or_a_time(tmp_path, keys, message):
    file = tmp_path / "energy_estimation.yaml"
    file.write_text(ACCELERGY, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        run(file, **keys)
