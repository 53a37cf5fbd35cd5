"""Figures of a workload: what is drawn is what was computed, on one scale, and apart in greyscale."""

from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from matplotlib.colors import to_rgba
from matplotlib.patches import PathPatch, Rectangle

from thermal.design import load
from thermal.placement import place
from thermal.report.power import Run, power_findings
from thermal.viz.roofline import points, roofline
from thermal.viz.workload import (
    GROUPS,
    energy_breakdown,
    energy_by_group,
    heat_maps,
    phase_maps,
    plan_layers,
)


@cache
def run(name="accel-2p5d", model="llama-3.2-1b"):
    design = load(
        name, {"workload.model": model, "workload.batch": 2, "workload.prompt": 512, "workload.output": 9}
    )
    assert design.workload is not None
    return Run("base", design.workload)


@cache
def scene(name="accel-2p5d"):
    return place(load(name))


def test_points_lie_below_both_roofs():
    hardware, served = run().deployment.hardware, run().deployment.served
    for phase in served.phases:
        for point in points(phase, hardware):
            matrix = max(hardware.unit("matrix").peaks[form] for form in ("bf16", "fp32"))
            assert point.rate <= matrix * 1.1  # the clock may be above the nominal one
            assert point.rate <= hardware.main.bandwidth * point.intensity * (1 + 1e-9)
        assert sum(point.share for point in points(phase, hardware)) <= 1.0 + 1e-9


def test_the_roofline_has_a_mark_for_every_operator_and_a_line_for_every_roof():
    figure = roofline(run())
    (axes,) = figure.axes
    served, hardware = run().deployment.served, run().deployment.hardware
    count = sum(len(points(served.named(name)[0], hardware)) for name in served.names)
    assert len(axes.collections) == count
    assert len(axes.lines) == 1 + 2  # memory; bf16 products, fp32 vectors
    assert axes.get_xscale() == axes.get_yscale() == "log"
    legend = axes.get_legend()
    assert legend is not None
    assert {text.get_text() for text in legend.get_texts()} == {"prefill", "decode"}


def test_groups_sum_to_the_energy_of_an_output():
    served = run().deployment.served
    assert sum(energy_by_group(run()).values()) == pytest.approx(served.joules_per_token)
    parts = [energy_by_group(run(), name) for name in served.names]
    for group, joules in energy_by_group(run()).items():
        assert sum(part[group] for part in parts) == pytest.approx(joules)


def test_stacked_bars_are_as_long_as_the_energy():
    figure = energy_breakdown([run()])
    (axes,) = figure.axes
    bars = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
    assert len(bars) == len(GROUPS) * 3  # prefill, decode, all
    longest = max(bar.get_x() + bar.get_width() for bar in bars)
    scale = 1.0 if "J of" in axes.get_xlabel()[:4] else 1e3
    assert longest == pytest.approx(scale * run().deployment.served.joules_per_token)


def test_neighbours_in_a_bar_differ_in_grey():
    (axes,) = energy_breakdown([run()]).axes
    row = [patch for patch in axes.patches if isinstance(patch, Rectangle)][: len(GROUPS)]
    grey = [float(np.dot(to_rgba(bar.get_facecolor())[:3], (0.299, 0.587, 0.114))) for bar in row]
    assert all(b > a + 0.04 for a, b in pairwise(grey))


def test_phases_share_a_scale_and_differ():
    figure = phase_maps(run(), scene())
    sheet, bar = figure.axes
    assert "power density in W/mm²" in bar.get_ylabel()
    titles = [text.get_text() for text in sheet.texts]
    for name in ("prefill", "decode", "all phases"):
        assert any(title.startswith(f"{name}: ") for title in titles)
    assert len([patch for patch in sheet.patches if isinstance(patch, PathPatch)]) > 10


def test_layers_seen_together_do_not_cover_each_other():
    layers = plan_layers(replace(scene("stack-3d"), blocks=scene("stack-3d").blocks))
    assert layers[0] == "cube/logic"
    # A display is too large to be shown with the die beside it.
    assert not any(layer.startswith("display/") for layer in plan_layers(scene("soc-multipurpose")))
    # The memory tiers lie on the logic.
    assert not any(layer.startswith("cube/t") for layer in layers)


def test_maps_of_runs_that_were_not_solved():
    with pytest.raises(ValueError, match="no run was solved"):
        heat_maps([run()])


def test_a_design_without_a_workload_has_no_findings():
    design = load("npu-custom")
    assert power_findings(design, place(design)) is None


def test_a_tornado_is_widest_first_and_moves_both_ways():
    design = load("npu-custom", {"workload.model": "resnet-50"})
    found = power_findings(design, place(design))
    assert found is not None
    spans = [swing.span("watts") for swing in found.tornado.swings]
    assert spans == sorted(spans, reverse=True)
    assert spans[0] > 0.0
    energy = {swing.constant.name: swing.relative("joules") for swing in found.tornado.swings}
    # More joules a bit cost joules; a better regulator saves them.
    assert energy["e_lpddr5"][0] < 0.0 < energy["e_lpddr5"][1]
    assert energy["pmic_efficiency"][0] > 0.0 > energy["pmic_efficiency"][1]
    assert found.tornado.placements[0][0] == "declared"
