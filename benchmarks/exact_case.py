"""The accuracy case: a flip chip of eight layers, solved exactly by a double cosine series.

As hard as a layered rectangle can be: a 200 µm regulator of 1.5 W and analog blocks of 30-60 µm in a device
layer of 3 µm, next to blocks of tens of watts.
"""

from dataclasses import dataclass
from typing import Any

from thermal.verification import FourierSeries, LayeredStack, RectSource, StackLayer

SIDE_MM = 10.0
AMBIENT_C = 40.0
ZERO_C = 273.15
TOP_HTC, BOTTOM_HTC = 20_000.0, 60.0
DEVICE = "device"

# name, thickness in µm, conductivity x, y, z in W/(m K); bottom to top
LAYERS: tuple[tuple[str, float, tuple[float, float, float]], ...] = (
    ("substrate", 800.0, (15.0, 15.0, 0.5)),
    ("bumps", 70.0, (1.2, 1.2, 2.5)),
    ("beol", 6.0, (4.0, 4.0, 1.5)),
    (DEVICE, 3.0, (120.0, 120.0, 120.0)),
    ("bulk", 300.0, (130.0, 130.0, 130.0)),
    ("tim1", 40.0, (5.0, 5.0, 5.0)),
    ("lid", 1000.0, (390.0, 390.0, 390.0)),
    ("tim2", 80.0, (4.0, 4.0, 4.0)),
)


@dataclass(frozen=True)
class Heated:
    """One block of the case; rectangle in µm, power in W."""

    name: str
    kind: str
    rect: tuple[float, float, float, float]
    power: float

    @property
    def metres(self) -> tuple[float, float, float, float]:
        """The rectangle in m."""
        x0, y0, x1, y1 = (1e-6 * side for side in self.rect)
        return x0, y0, x1, y1


BLOCKS = (
    Heated("tensor0", "compute", (500.0, 500.0, 4500.0, 5500.0), 28.0),
    Heated("tensor1", "compute", (5200.0, 3000.0, 9400.0, 9300.0), 34.0),
    Heated("sram0", "sram", (500.0, 6200.0, 4200.0, 9400.0), 6.0),
    Heated("ivr0", "pmic", (4713.0, 2157.0, 4913.0, 2357.0), 1.5),
    Heated("pll0", "analog", (4731.0, 5611.0, 4771.0, 5651.0), 0.02),
    Heated("adc0", "analog", (7013.0, 1217.0, 7073.0, 1277.0), 0.04),
    Heated("bgr0", "analog", (4991.0, 2243.0, 5021.0, 2273.0), 0.005),
)


def document() -> dict[str, Any]:
    """Return the case as the tree that a design file would hold."""
    layers: list[dict[str, Any]] = [
        {"name": name, "thickness_um": thickness, "material": f"{name}-exact"}
        for name, thickness, _ in LAYERS
    ]
    layers[_device_index()]["floorplan"] = {
        "blocks": [{"name": b.name, "kind": b.kind, "rect_um": list(b.rect)} for b in BLOCKS]
    }
    return {
        "design": "exact-flip-chip",
        "package": {
            "outline_mm": [SIDE_MM, SIDE_MM],
            "ambient_c": AMBIENT_C,
            "top": {"htc_w_m2k": TOP_HTC},
            "bottom": {"htc_w_m2k": BOTTOM_HTC},
            "layers": layers,
        },
        "materials": {
            f"{name}-exact": {
                "k_w_mk": list(k),
                "density_kg_m3": 2000,
                "specific_heat_j_kgk": 800,
                "source": "chosen for this case",
            }
            for name, _, k in LAYERS
        },
        "power": {f"{DEVICE}/{b.name}": b.power for b in BLOCKS},
    }


def series() -> FourierSeries:
    """Return the exact solution."""
    stack = LayeredStack(
        (1e-3 * SIDE_MM, 1e-3 * SIDE_MM),
        tuple(StackLayer(1e-6 * thickness, *k) for _, thickness, k in LAYERS),
        TOP_HTC,
        BOTTOM_HTC,
        AMBIENT_C + ZERO_C,
        AMBIENT_C + ZERO_C,
    )
    device = _device_index()
    return FourierSeries(stack, [RectSource(device, b.metres, b.power) for b in BLOCKS], tolerance=1e-3)


def exact_maxima() -> dict[str, float]:
    """Return the supremum of the temperature over every block, K, by block address."""
    solution, device = series(), _device_index()
    return {f"{DEVICE}/{b.name}": solution.maximum(b.metres, device).value for b in BLOCKS}


def _device_index() -> int:
    return [name for name, _, _ in LAYERS].index(DEVICE)
