"""What uncertain constants do to results."""

import pytest

from power.hardware.accelerator import Accelerator
from power.hardware.placement import block_areas
from power.hardware.reading import load_hardware
from power.host import host_named
from power.serving import Server
from power.tornado import floor_placements, tornado
from power.workloads.phase import Decode
from power.workloads.presets import preset
from thermal.design import load


def decode(hardware: Accelerator) -> dict[str, float]:
    host = host_named("compiled", hardware.constants)
    step = Server(preset("llama-3.2-1b"), hardware, host=host).step(Decode(1, 100))
    return {"watts": step.dissipation.board, "seconds": step.activity.seconds}


def test_swings_are_ranked_and_have_the_right_sign():
    swings = tornado("h100-sxm", decode, names=["step_overhead"])
    spans = [swing.span("watts") for swing in swings]
    assert spans == sorted(spans, reverse=True)
    by_name = {swing.constant.name: swing for swing in swings}
    assert by_name["floor_h100"].low["watts"] < by_name["floor_h100"].high["watts"]
    assert by_name["hbm_efficiency"].low["seconds"] > by_name["hbm_efficiency"].high["seconds"]
    assert by_name["step_overhead"].relative("seconds")[1] > 0.0
    assert by_name["e_flop_fp8_4n"].span("watts") == 0.0


def test_the_floor_can_be_placed_elsewhere_without_changing_its_watts():
    design, hardware = load("accel-2p5d"), load_hardware("accel-2p5d")
    areas = block_areas(design.package, design.dies)
    maps = {}
    for name, overrides in floor_placements(hardware).items():
        device = load_hardware("accel-2p5d", overrides)
        maps[name] = Server(preset("llama-3.2-1b"), device).step(Decode(1, 100)).dissipation.power_map(areas)
    assert set(maps) == {"declared", "products", "vector work", "leakage"}
    totals = [each.total for each in maps.values()]
    assert totals == pytest.approx([totals[0]] * 4, rel=1e-12)
    assert maps["vector work"]["soc0/vector_r00c0"] > 2 * maps["declared"]["soc0/vector_r00c0"]
