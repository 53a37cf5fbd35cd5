"""What is published of serving under limits, in its direction: phases, caps, long contexts, kernels."""

from typing import Any

import numpy as np
import pytest

from tests.unit.thermal.throttle import small
from thermal.throttle.loop import detailed
from thermal.throttle.prepared import Prepared, prepared
from thermal.throttle.result import Pace
from thermal.throttle.site import site
from thermal.throttle.summary import alone_with_channels

DECODE: dict[str, Any] = {"prompt": 16, "output": 256}
PREFILL: dict[str, Any] = {"prompt": 4096, "output": 2}


def plan(serving: dict[str, Any] | None = None, **workload: Any) -> Prepared:
    given: dict[str, Any] = {} if serving is None else {"serving": serving}
    return prepared(site(small.design(workload=workload, seconds=1, **given)), small.model())


def alone(ready: Prepared, part: float, seconds: float = 4.0) -> tuple[Pace, np.ndarray]:
    return alone_with_channels(ready, ready.loop.top * part, seconds)


def test_decode_hardly_loses_throughput_when_clocks_fall_while_prefill_does():
    kept = {}
    for name, workload in {"decode": DECODE, "prefill": PREFILL}.items():
        ready = plan(**workload)
        kept[name] = alone(ready, 0.6)[0].rate / alone(ready, 1.0)[0].rate
    # Decode is bound by the memory, whose clock stays; its kernels' launches and vectors are the rest.
    assert kept["decode"] > 0.85
    assert kept["prefill"] < 0.78


def test_a_power_cap_costs_decode_less_than_prefill():
    rule = {"kind": "nvidia", "software_c": 400, "hardware_c": 410, "shutdown_c": 420, "power_limit_w": 330}
    kept = {}
    for name, workload in {"decode": DECODE, "prefill": PREFILL}.items():
        design = small.design([rule | {"period_ms": 10, "hold_ms": 10}], workload=workload, window=0.5)
        result = detailed(design, model=small.model(), certify=False).result
        assert result.residency["core"]["sw_power_cap"] > 0.0
        assert result.sustained.watts == pytest.approx(330.0, rel=0.05)
        kept[name] = result.kept
    assert kept["decode"] > 0.95
    assert kept["prefill"] < 0.75


def test_at_long_context_a_state_space_model_sustains_more_tokens_than_the_transformer_of_its_size():
    rule = {"kind": "pid", "target_c": 75, "sensors": ["die"], "kp_per_k": 0.01, "period_ms": 20}
    rates = {}
    for name in ("llama-3.2-3b", "mamba-2-2.7b"):
        workload = {"model": name, "prompt": 32768, "output": 4096}
        design = small.design([rule], workload=workload, serving={"concurrency": 4}, seconds=8, window=0.5)
        rates[name] = detailed(design, model=small.model(), certify=False).result.sustained.rate
    assert rates["mamba-2-2.7b"] > 1.2 * rates["llama-3.2-3b"]


def test_flash_attention_lowers_the_heat_of_the_memory_in_prefill():
    watts, per_prompt = {}, {}
    for kernel in ("naive", "flash"):
        ready = plan({"concurrency": 4, "chunk": 4096, "mixed": False}, kernel=kernel, **PREFILL)
        pace, mean = alone(ready, 1.0, 8.0)
        group = ready.plant.model.groups.index("like:hbm/dram")
        watts[kernel] = float(mean[-ready.plant.groups :][group])
        per_prompt[kernel] = watts[kernel] / pace.rate
    assert watts["flash"] < watts["naive"]
    assert per_prompt["flash"] < 0.8 * per_prompt["naive"]
