"""Seconds at other clocks are those that the roofline gives there."""

import pytest

from power.dvfs import OperatingPoint, boost, locked
from power.hardware.reading import load_hardware
from power.host import host_named
from power.roofline import run
from power.workloads.phase import Decode, Inference, Phase, Prefill
from power.workloads.presets import preset
from thermal.throttle.retimed import Retimed

CASES = [
    ("llama-3.2-1b", Decode(8, 700.0)),
    ("llama-3.2-1b", Prefill(1, 512, 0)),
    ("mamba-130m", Decode(4, 100.0)),
    ("resnet-50", Inference(8)),
]


@pytest.mark.parametrize("device", ["accel-2p5d", "chiplets-ucie", "stack-3d"])
@pytest.mark.parametrize(("model", "phase"), CASES)
@pytest.mark.parametrize("host", ["compiled", "eager", "vllm"])
def test_as_the_roofline_at_every_clock(device: str, model: str, phase: Phase, host: str):
    hardware = load_hardware(device)
    around = host_named(host, hardware.constants)
    graph = preset(model).graph(phase)
    retimed = Retimed(run(graph, hardware, host=around, sequences=8), hardware)
    points: list[OperatingPoint] = []
    for name, clock in hardware.clocks.items():
        middle = 0.5 * (clock.lowest + clock.highest)
        points += [boost(hardware).with_clock(name, f) for f in (clock.lowest, middle)]
    points.append(locked(hardware, hardware.clocks[hardware.throttled].lowest))
    for point in points:
        found, expected = retimed.at(point), run(graph, hardware, point, host=around, sequences=8)
        assert found.seconds == pytest.approx(expected.seconds, rel=1e-12)
        assert found.busy == pytest.approx(expected.busy, rel=1e-12)
        assert (found.operations, found.moved) == (expected.operations, expected.moved)


def test_half_the_bandwidth_doubles_what_the_memory_binds_and_leaves_the_rest():
    hardware = load_hardware("accel-2p5d")
    slow = hardware.model_copy(deep=True)
    level = slow.memories["hbm"].model_copy(update={"bandwidth": 0.5 * slow.memories["hbm"].bandwidth})
    slow = slow.model_copy(update={"memories": slow.memories | {"hbm": level}})
    for phase in (Decode(8, 700.0), Prefill(1, 512, 0)):
        graph = preset("llama-3.2-1b").graph(phase)
        retimed = Retimed(run(graph, hardware), hardware)
        expected = run(graph, slow).seconds
        assert retimed.at(boost(hardware), 0.5).seconds == pytest.approx(expected, rel=1e-12)
