"""Conservation from operators to blocks, on every shipped design."""

from typing import Any

import pytest

from floorplans.diagnostics import Problems, Span
from floorplans.nodes import wrapped
from power.workload_reading import read_workload
from thermal.design import load
from thermal.workload import site_of

RUNS: dict[str, dict[str, Any]] = {
    "accel-2p5d": {"model": "llama-3.1-8b", "batch": 4},
    "chiplets-ucie": {"model": "nemotron-h-8b", "precision": "fp8"},
    "npu-custom": {"model": "resnet-50"},
    "soc-multipurpose": {"model": "gemma-2b", "precision": "int4", "batch": 1},
    "stack-3d": {"model": "mamba-1.4b", "serving": "in-flight", "batch": 4},
}


def deployed(name, **keys):
    design = load(name)
    problems = Problems()
    node = wrapped({"prompt": 256, "output": 17, **keys}, Span("a.yaml"))
    made = read_workload(node, site_of(design.source, design.package, design.dies), problems)
    assert list(problems) == []
    assert made is not None
    return made


def shipped(name, **keys):
    given = {**RUNS[name], **keys}
    images = {"prompt": None, "output": None} if given["model"] == "resnet-50" else {}
    return deployed(name, **given, **images)


@pytest.mark.parametrize("name", RUNS)
def test_blocks_get_what_the_causes_sum_to_less_what_is_off_the_package(name):
    made = shipped(name)
    assert made.placed
    for phase in (*made.served.names, ""):
        found = made.balance(phase)
        causes = sum(found[key] for key in ("events", "floor", "leakage", "standing", "conversion"))
        assert found["blocks"] == pytest.approx(causes - found["off-package"], rel=1e-12)
        # Leakage, and what regulators lose on it, come by laws of their own.
        kelvin = made.served.phases[0].step.point.kelvin
        grown = sum(float(law.watts(kelvin)) for law in made.leakage(phase).values())
        assert sum(made.power(phase).values()) == pytest.approx(found["blocks"] - grown, rel=1e-12)
        assert found["leakage"] <= grown * (1 + 1e-12)
        assert grown <= found["leakage"] + found["conversion"]


@pytest.mark.parametrize("name", RUNS)
def test_leakage_laws_give_what_the_map_without_leakage_lacks(name):
    made = shipped(name)
    total, bare, laws = made.total(), made.power(), made.leakage()
    kelvin = made.served.phases[0].step.point.kelvin
    for block in total:
        leaked = float(laws[block].watts(kelvin)) if block in laws else 0.0
        assert total[block] == pytest.approx(bare.get(block, 0.0) + leaked, rel=1e-12)


def test_the_mean_is_the_phases_weighted_by_time():
    made = shipped("accel-2p5d")
    parts = {name: sum(p.seconds for p in made.served.named(name)) for name in made.served.names}
    whole = sum(parts.values())
    block = "soc0/tensor_r00c0"
    mean = sum(made.total(name)[block] * seconds for name, seconds in parts.items()) / whole
    assert made.total()[block] == pytest.approx(mean, rel=1e-12)
    assert made.total("prefill")[block] > 1.5 * made.total("decode")[block]


def test_leakage_of_the_design_takes_the_place_of_that_of_the_hardware():
    made = shipped("accel-2p5d", leakage="design")
    assert made.leakage() == {}
    found = made.balance()
    causes = sum(found[key] for key in ("events", "floor", "standing", "conversion"))
    assert found["blocks"] == pytest.approx(causes - found["off-package"], rel=1e-12)


def test_a_lower_limit_slows_the_clock_and_saves_energy():
    free, held = (shipped("accel-2p5d", batch=32, prompt=2048, power_limit_w=limit) for limit in (700, 350))
    assert held.served.watts <= 350.0
    assert held.served.tokens_per_second < free.served.tokens_per_second
    assert held.served.joules_per_token < free.served.joules_per_token


def test_a_hardware_without_blocks_stands_for_itself():
    made = shipped("accel-2p5d", hardware="h100-sxm")
    assert not made.placed
    assert made.covered == ()
    assert "unit/tensor" in made.total()
    assert made.balance()["blocks"] == pytest.approx(made.served.watts - made.served.off_package, rel=1e-12)


@pytest.mark.parametrize("detail", ["phase", "iteration"])
def test_traces_hold_the_energy_and_the_mean_of_the_map(detail):
    made = shipped("accel-2p5d")
    trace = made.trace(detail)
    assert trace.seconds == pytest.approx(made.served.seconds, rel=1e-9)
    assert trace.energy == pytest.approx(sum(made.power("").values()) * made.served.seconds, rel=1e-9)
    mean = trace.mean()
    for block, watts in made.power("").items():
        assert mean.get(block, 0.0) == pytest.approx(watts, rel=1e-9, abs=1e-12)


def test_traces_are_finer_from_phase_to_iteration_to_operator():
    made = shipped("accel-2p5d")
    phases, iterations, operators = (made.trace(detail) for detail in ("phase", "iteration", "operator"))
    assert len(phases) == len(made.served.phases)
    assert len(iterations) == 1 + 16  # a prefill and a step for each further token
    assert {"attention.qkv", "mlp.up", "attention.decode"} <= set(operators.labels)
    # Operators differ where iterations do not: products are denser than norms.
    block = operators.blocks.index("soc0/tensor_r00c0")
    watts = dict(zip(operators.labels, operators.watts[:, block], strict=True))
    assert watts["mlp.up"] > 1.1 * watts["layer.norm"]


def test_operators_of_an_iteration_take_its_energy():
    made = shipped("npu-custom")
    (phase,) = made.served.phases
    mean, trace = made.power(""), made.trace("operator").mean()
    # Regulators lose more or less than in the mean where the load swings about it; all else adds up.
    curved = {"npu0/ivr", "npu0/ldo", *(block for block in mean if block.startswith("pmu0/"))}
    for block in mean.keys() - curved:
        assert trace.get(block, 0.0) == pytest.approx(mean[block], rel=1e-9)
    assert made.trace("operator").seconds == pytest.approx(phase.step.activity.seconds)
