"""A small accelerator that every test of the throttle loop can afford: one die, one stack, one lid."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from thermal.design import Design
from thermal.mesh.resolution import Resolution
from thermal.rom.building import build
from thermal.rom.model import ReducedModel
from thermal.throttle.site import REACH, site

COARSE = Resolution(scale=4.0)
BLOCKS = [
    {"name": "tensor", "kind": "compute", "rect_um": [0, 0, 12000, 10000]},
    {"name": "vector", "kind": "vector", "rect_um": [0, 10000, 12000, 14000]},
    {"name": "l2", "kind": "sram", "rect_um": [12000, 0, 16000, 16000]},
    {"name": "phy", "kind": "phy", "rect_um": [0, 14000, 12000, 16000]},
    {"name": "ts", "kind": "sensor", "rect_um": [17000, 8000, 17400, 8400]},
    {"name": "io", "kind": "io", "rect_um": [16200, 10000, 18000, 16000]},
]
PLACES = {
    "clocks.core.blocks": {"soc/tensor": 0.6, "soc/vector": 0.2, "soc/l2": 0.2},
    "units.tensor.blocks": {"soc/tensor": 1.0},
    "units.vector.blocks": {"soc/vector": 1.0},
    "memories.hbm.blocks": {"hbm/dram": 0.8, "soc/phy": 0.2},
    "memories.l2.blocks": {"soc/l2": 1.0},
    "links.nvlink.blocks": {"soc/io": 1.0},
    "leakage.die.blocks": {"soc/tensor": 0.6, "soc/vector": 0.2, "soc/l2": 0.2},
    "standing.io.blocks": {"soc/io": 1.0},
}
WORKLOAD: dict[str, Any] = {
    "model": "llama-3.2-1b",
    "hardware": "h100-sxm",
    "hardware_values": PLACES,
    "prompt": 512,
    "output": 64,
    "batch": 16,
}
PLAIN: dict[str, Any] = {
    "design": "small",
    "package": {
        "outline_mm": [36, 26],
        "ambient_c": 40,
        "top": {"resistance_k_w": 0.06},
        "layers": [
            {
                "name": "dies",
                "outline_mm": [32, 20],
                "fill": "mold-compound",
                "chiplets": [
                    {"die": "soc", "name": "soc", "at_mm": [3, 4]},
                    {"die": "hbm", "name": "hbm", "at_mm": [22, 6]},
                ],
            },
            {"name": "tim", "thickness_um": 60, "material": "tim-indium", "outline_mm": [32, 20]},
            {"name": "lid", "thickness_um": 2000, "material": "copper"},
        ],
    },
    "dies": {
        "soc": {
            "outline_mm": [18, 16],
            "layers": [
                {"name": "device", "thickness_um": 5, "material": "silicon", "floorplan": {"blocks": BLOCKS}},
                {"name": "bulk", "thickness_um": 700, "material": "silicon"},
            ],
        },
        "hbm": {
            "outline_mm": [10, 10],
            "layers": [
                {
                    "name": "core",
                    "thickness_um": 700,
                    "material": "hbm-stack",
                    "floorplan": {
                        "blocks": [{"name": "dram", "kind": "hbm", "rect_um": [0, 0, 10000, 10000]}]
                    },
                }
            ],
        },
    },
    "limits": {"compute": 105, "hbm": 95},
    "workload": WORKLOAD,
    "sensors": {"die": {"chiplet": "soc", "at_um": [6000, 5000]}, "stack": {"block": "hbm/dram"}},
    "throttle": {"seconds": 4, "serving": {"concurrency": 16}},
}


def design(controllers: list[dict[str, Any]] | None = None, **changes: Any) -> Design:
    """The accelerator with controllers, and other keys of `throttle:`."""
    serving = changes.pop("serving", {"concurrency": 16})
    sensors = changes.pop("sensors", PLAIN["sensors"])
    workload = WORKLOAD | changes.pop("workload", {})
    package = PLAIN["package"] | changes.pop("package", {})
    throttle = {"seconds": 4, "serving": serving, "controllers": controllers or []} | changes
    more = {"throttle": throttle, "sensors": sensors, "workload": workload, "package": package}
    return Design.from_dict(PLAIN | more)


@lru_cache(maxsize=1)
def model() -> ReducedModel:
    """Its reduced model, frozen at the base case."""
    ready = site(design())
    return build(ready.scene, resolution=COARSE, groups=ready.groups(), reach=REACH, cache=False)
