"""A design of two blocks on one slab: what several tests of figures and reports solve."""

from typing import Any

from thermal.mesh.resolution import Resolution

COARSE = Resolution(scale=4.0)

DATA: dict[str, Any] = {
    "design": "two-blocks",
    "package": {
        "outline_mm": [6, 4],
        "ambient_c": 20,
        "top": {"htc_w_m2k": 4000},
        "layers": [
            {
                "name": "die",
                "thickness_um": 400,
                "material": "silicon",
                "floorplan": {
                    "blocks": [
                        {"name": "left", "kind": "cpu", "rect_um": [0, 0, 3000, 4000]},
                        {"name": "right", "kind": "compute", "rect_um": [3000, 0, 6000, 4000]},
                    ]
                },
            }
        ],
    },
    "power": {"die/left": 2, "die/right": 1},
    "limits": {"cpu": 60},
    "scenarios": {
        "moved": {"power": {"die/left": 1, "die/right": 2}},
        "off": {"power": {"die/left": 0, "die/right": 0}},
    },
}
