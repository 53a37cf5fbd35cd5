"""Power over time: energy is kept, whatever the resolution."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from power.dvfs import boost
from power.energy import dissipation
from power.hardware.reading import load_hardware
from power.host import host_named
from power.powermap import PowerMap
from power.roofline import run
from power.serving import Server
from power.trace import PowerTrace, operators_trace, phases_trace, trace_of
from power.workloads.phase import Decode
from power.workloads.presets import preset

MODEL, H100 = preset("llama-3.2-1b"), load_hardware("h100-sxm")

STEPS = st.lists(st.tuples(st.floats(1e-3, 10.0), st.floats(0.0, 100.0)), min_size=1, max_size=20)


@given(STEPS, st.floats(1e-2, 20.0))
def test_resampling_keeps_the_energy(steps, tick):
    trace = trace_of(("x", seconds, PowerMap({"a": watts, "b": 1.0})) for seconds, watts in steps)
    ticks = trace.resampled(tick)
    assert ticks.energy == pytest.approx(trace.energy, rel=1e-9, abs=1e-9)
    assert ticks.seconds == pytest.approx(trace.seconds)
    assert (np.diff(ticks.edges)[:-1] == pytest.approx(tick)) or len(ticks) == 1


def test_the_mean_is_weighted_by_time():
    trace = trace_of([("x", 1.0, PowerMap({"a": 10.0})), ("y", 3.0, PowerMap({"a": 2.0, "b": 4.0}))])
    assert dict(trace.mean()) == pytest.approx({"a": 4.0, "b": 3.0})
    assert trace.at(0.5)["a"] == 10.0
    assert trace.at(1.0)["a"] == 2.0
    assert trace.at(4.0)["b"] == 4.0
    with pytest.raises(ValueError, match="runs from 0 to 4 s"):
        trace.at(4.1)


def test_phases_of_serving_keep_their_energy():
    served = Server(MODEL, H100).static(4, 256, 32)
    trace = phases_trace(served)
    wanted = sum(phase.step.dissipation.package * phase.seconds for phase in served.phases)
    assert trace.energy == pytest.approx(wanted, rel=1e-12)
    assert set(trace.labels) == {"prefill", "decode"}


@pytest.mark.parametrize("host", ["ideal", "vllm", "eager"])
def test_operators_of_a_step_keep_its_energy(host):
    # Regulators of constant efficiency: with a load curve the sum over operators differs by the curve's bend.
    around = host_named(host)
    activity = run(MODEL.graph(Decode(16, 500)), H100, boost(H100), host=around)
    trace = operators_trace(activity, H100)
    assert trace.energy == pytest.approx(dissipation(activity, H100).package * activity.seconds, rel=1e-9)
    assert trace.seconds == pytest.approx(activity.seconds)


@pytest.mark.parametrize(
    ("edges", "watts", "message"),
    [
        ([0, 1, 1], [[1.0], [1.0]], "must rise"),
        ([0, 1], [[-1.0]], ">= 0"),
        ([0, 1], [[np.nan]], "finite"),
        ([0, 1, 2], [[1.0]], "steps x blocks, 2 x 1 \\(got 1 x 1\\)"),
    ],
)
def test_impossible_traces_are_refused(edges, watts, message):
    with pytest.raises(ValueError, match=message):
        PowerTrace(("a",), np.array(edges, float), np.array(watts, float))
