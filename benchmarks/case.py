"""The benchmark case: a 2.5D package that has everything that makes a thermal matrix hard.

Cells from a few micrometres (PLLs of 40 µm) to most of a millimetre (sink base), layers of 2 µm to 5 mm,
copper beside underfill, voids between chiplets of different heights. Small sizes have fewer memory
stacks and fewer small blocks, so that the blocks there are stay resolved.
"""

from typing import Any

DIE_MM = (24.0, 28.0)
HBM_MM = (8.0, 10.0)
TENSOR_GRID = (6, 6)
TENSOR_UM = (3600, 4200)
PLL_UM = 40
IVR_UM = 300
# Up to so many cells: PLL and regulator sites, memory stacks.
FEATURES = ((250_000, 1, 1), (800_000, 2, 2), (None, 8, 4))


def features(cells: int) -> dict[str, int]:
    """Return what a package of about so many cells holds, as arguments of `document`."""
    sites, stacks = next((s, m) for most, s, m in FEATURES if most is None or cells < most)
    return {"sites": sites, "stacks": stacks}


def _tensors() -> list[dict[str, Any]]:
    """Compute clusters in rows, with channels for the small blocks between them."""
    columns, rows = TENSOR_GRID
    pitch_x, pitch_y = (int(1000 * DIE_MM[0]) // columns, int(1000 * DIE_MM[1]) // rows)
    return [
        {
            "name": f"tensor{row}{column}",
            "kind": "compute",
            "rect_um": [
                column * pitch_x,
                row * pitch_y,
                column * pitch_x + TENSOR_UM[0],
                row * pitch_y + TENSOR_UM[1],
            ],
        }
        for row in range(rows)
        for column in range(columns)
    ]


def _small_blocks(sites: int) -> list[dict[str, Any]]:
    """PLLs and regulators in the channel between clusters, off any round grid line."""
    blocks: list[dict[str, Any]] = []
    for index, (row, channel) in enumerate([(r, c) for r in range(4) for c in (0, 3)][:sites]):
        x, y = 4000 * channel + 3617, 4666 * row + 1203
        blocks.append(
            {"name": f"pll{index}", "kind": "analog", "rect_um": [x, y, x + PLL_UM, y + PLL_UM]},
        )
        blocks.append(
            {"name": f"ivr{index}", "kind": "pmic", "rect_um": [x + 60, y, x + 60 + IVR_UM, y + IVR_UM]},
        )
    return blocks


def _dies(sites: int) -> dict[str, Any]:
    floorplan = {"blocks": _tensors() + _small_blocks(sites)}
    return {
        "accelerator": {
            "outline_mm": list(DIE_MM),
            "layers": [
                {"name": "ubump", "thickness_um": 30, "material": "ubump-underfill"},
                {"name": "beol", "thickness_um": 8, "material": "beol"},
                {"name": "device", "thickness_um": 2, "material": "silicon", "floorplan": floorplan},
                {"name": "bulk", "thickness_um": 700, "material": "silicon"},
            ],
        },
        "hbm": {
            "outline_mm": list(HBM_MM),
            "layers": [
                {"name": "ubump", "thickness_um": 30, "material": "ubump-underfill"},
                {"name": "base", "thickness_um": 60, "material": "silicon", "floorplan": _whole("phy")},
                {"name": "core", "thickness_um": 650, "material": "hbm-stack", "floorplan": _whole("dram")},
            ],
        },
    }


def _whole(name: str) -> dict[str, Any]:
    width, height = (int(1000 * side) for side in HBM_MM)
    return {"blocks": [{"name": name, "kind": "hbm", "rect_um": [0, 0, width, height]}]}


def _chiplets(stacks: int) -> list[dict[str, Any]]:
    placed: list[dict[str, Any]] = [{"die": "accelerator", "name": "soc", "at_mm": [15.5, 13.5]}]
    for index in range(stacks):
        left, row = index % 2 == 0, index // 2
        x = 15.5 - HBM_MM[0] - 0.7 if left else 15.5 + DIE_MM[0] + 0.7
        placed.append({"die": "hbm", "name": f"hbm{index}", "at_mm": [round(x, 3), 15.0 + 13.0 * row]})
    return placed


def document(sites: int = 8, stacks: int = 4) -> dict[str, Any]:
    """Return the design as the tree that a design file would hold.

    Parameters
    ----------
    sites : int
        PLLs, and regulators beside them; at most 8.
    stacks : int
        Memory stacks beside the accelerator; at most 4.
    """
    power: dict[str, float] = {f"soc/{block['name']}": 12.0 for block in _tensors()}
    power |= {f"soc/pll{i}": 0.02 for i in range(sites)} | {f"soc/ivr{i}": 1.5 for i in range(sites)}
    power |= {f"hbm{i}/phy": 4.0 for i in range(stacks)} | {f"hbm{i}/dram": 9.0 for i in range(stacks)}
    return {
        "design": "benchmark-2p5d",
        "package": {
            "outline_mm": [55, 55],
            "ambient_c": 35,
            "top": {"htc_w_m2k": 15000},
            "bottom": {"htc_w_m2k": 15},
            "layers": [
                {"name": "substrate", "thickness_um": 1200, "material": "organic-substrate"},
                {"name": "c4", "thickness_um": 80, "material": "c4-underfill", "outline_mm": [45, 32]},
                {"name": "interposer", "thickness_um": 100, "material": "silicon", "outline_mm": [45, 32]},
                {"name": "dies", "outline_mm": [45, 32], "fill": "void", "chiplets": _chiplets(stacks)},
                {"name": "tim1", "thickness_um": 60, "material": "tim-grease", "outline_mm": [45, 32]},
                {"name": "lid", "thickness_um": 2000, "material": "copper", "outline_mm": [50, 50]},
                {"name": "tim2", "thickness_um": 100, "material": "tim-grease", "outline_mm": [50, 50]},
                {"name": "sink", "thickness_um": 5000, "material": "copper"},
            ],
        },
        "dies": _dies(sites),
        "power": power,
    }
