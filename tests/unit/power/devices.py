"""A plain accelerator with round numbers, for sums that can be done by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from power.hardware.accelerator import Accelerator
from power.hardware.reading import load_hardware
from power.workloads.graph import Gemm, Kind, Operator, Traffic
from power.workloads.precision import FORMATS

PLAIN: dict[str, Any] = {
    "accelerator": "plain",
    "power_limit_w": 300,
    "throttled": "core",
    "kernel_us": 0,
    "resident_share": 0.5,
    "clocks": {
        "core": {
            "nominal_mhz": 1000,
            "max_mhz": 1000,
            "min_mhz": 100,
            "step_mhz": 10,
            "mhz_volts": [[500, 0.8], [1000, 1.0]],
            "floor_w": 50,
            "idle_share": 0.2,
            "rail": "ivr",
            "blocks": {"die/a*": 3, "die/b": 1},
        }
    },
    "units": {
        "matrix": {
            "kind": "matrix",
            "clock": "core",
            "peak_tflops": {"bf16": 100, "fp8": 200},
            "energy_pj_flop": {"bf16": 1.0, "fp8": 0.5},
            "efficiency": {"default": 0.5},
            "rail": "ivr",
            "blocks": {"die/a*": 1},
        },
        "vector": {
            "kind": "vector",
            "clock": "core",
            "peak_tflops": {"fp32": 10},
            "energy_pj_flop": {"fp32": 2.0},
            "efficiency": {"default": 1.0},
            "rail": "ivr",
            "blocks": {"die/b": 1},
        },
    },
    "memories": {
        "dram": {
            "role": "main",
            "capacity_mb": 1000,
            "bandwidth_gb_s": 1000,
            "efficiency": {"default": 0.8},
            "energy_pj_bit": 5,
            "background_w": 4,
            "blocks": {"dram/x": 1},
        },
        "cache": {
            "role": "cache",
            "capacity_mb": 10,
            "bandwidth_gb_s": 4000,
            "efficiency": {"default": 1.0},
            "energy_pj_bit": 1,
            "clock": "core",
            "rail": "ivr",
            "blocks": {"die/b": 1},
        },
    },
    "links": {
        "ring": {
            "bandwidth_gb_s": 100,
            "efficiency": 0.5,
            "latency_us": 2,
            "energy_pj_bit": 2,
            "idle_w": 1,
            "blocks": {"die/b": 1},
        }
    },
    "leakage": {
        "die": {
            "power_w": 10,
            "at_c": 65,
            "beta_per_k": 0.02,
            "dibl_per_v": 2,
            "clock": "core",
            "rail": "ivr",
            "blocks": {"die/a1": 1, "die/a2": 1},
        }
    },
    "standing": {
        "pll": {"power_w": 0.02, "rail": "ldo", "blocks": {"die/pll": 1}},
        "fan": {"power_w": 7, "off_package": True},
    },
    "regulators": {
        "vrm": {"kind": "vrm", "efficiency": 0.9, "off_package": True},
        "ivr": {
            "kind": "ivr",
            "rated_w": 100,
            "load_efficiency": [[0.1, 0.8], [0.5, 0.9], [1.0, 0.85]],
            "from": "vrm",
            "blocks": {"die/ivr": 1},
        },
        "ldo": {"kind": "ldo", "in_v": 1.2, "out_v": 0.9, "from": "ivr", "blocks": {"die/ldo": 1}},
    },
}

AREAS = {
    "die/a1": 1.0,
    "die/a2": 3.0,
    "die/b": 2.0,
    "die/pll": 0.1,
    "die/ivr": 0.2,
    "die/ldo": 0.1,
    "dram/x": 9.0,
}
"""A floorplan for it."""


def plain(overrides: Mapping[str, object] | None = None) -> Accelerator:
    """The accelerator, with some values replaced."""
    return load_hardware(PLAIN, overrides)


def product(
    m: float = 512.0, n: float = 512.0, k: float = 512.0, form: str = "bf16", count: int = 1
) -> Operator:
    """A product of bf16 matrices."""
    gemm = Gemm(m, n, k)
    moved = Traffic(2.0 * n * k, 2.0 * m * k, 2.0 * m * n)
    return Operator(
        "product", Kind.GEMM, gemm.flops, traffic=moved, gemms=(gemm,), math=FORMATS[form], count=count
    )


def streamed(size: float, kind: Kind = Kind.ELEMENTWISE) -> Operator:
    """An operator that does nothing but read `size` bytes of state."""
    return Operator("streamed", kind, traffic=Traffic(state_read=size))
