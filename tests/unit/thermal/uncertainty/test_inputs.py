"""The section `uncertainty:` of a design file: what it means, and what is said about mistakes in it."""

import pytest

from floorplans.diagnostics import InputError
from floorplans.source import parse_source
from thermal.design import Design
from thermal.uncertainty.inputs import described

BASE = """\
design: small
package:
  outline_mm: [10, 8]
  ambient_c: 25
  top: {htc_w_m2k: 5000}
  layers:
    - name: die
      thickness_um: 300
      material: silicon
      floorplan:
        blocks:
          - {name: cpu, kind: cpu, rect_um: [0, 0, 4000, 8000]}
          - {name: pll, kind: analog, rect_um: [5000, 0, 5100, 100]}
    - {name: tim, thickness_um: 60, material: tim-grease}
power: {die/cpu: 5, die/pll: 0.02}
leakage: {die/cpu: {power_w: 0.5, at_c: 60, beta_per_k: 0.02}}
scenarios:
  idle: {power: {die/cpu: 0}}
uncertainty:
"""
FIRST = BASE.count("\n") + 1
"""Line of the first entry."""


def inputs(*entries):
    text = BASE + "".join(f"  - {entry}\n" for entry in entries)
    return Design.from_source(parse_source(text, "small.yaml")).uncertainty


def message(*entries):
    with pytest.raises(InputError) as caught:
        inputs(*entries)
    return str(caught.value)


def test_a_path_a_pattern_a_kind_a_material():
    line, sink, watts, analog, leak, grease = inputs(
        "{name: bond line, set: package.layers.tim.thickness_um, normal: {sd: 8}}",
        "{set: package.top.htc_w_m2k, relative: true, uniform: [0.85, 1.15]}",
        '{power: "*", normal: {sd: 0.05}}',
        "{power: analog, triangular: [0.5, 1, 2]}",
        '{leakage: "die/*", lognormal: {sd: 0.4}}',
        "{material: tim-grease, lognormal: {sd: 0.2}}",
    )
    assert (line.name, line.base, line.nominal, line.unit) == ("bond line", 60.0, 60.0, "µm")
    assert line.value(66.0) == 66.0
    assert (sink.name, sink.nominal, sink.value(1.1)) == ("package.top.htc_w_m2k", 1.0, 5500.0)
    assert watts.blocks == ("die/cpu", "die/pll")
    assert analog.blocks == ("die/pll",)
    assert leak.blocks == ("die/cpu",)
    assert grease.where == "tim-grease"
    assert [described(item) for item in (line, sink, watts, analog, grease)] == [
        "normal, sd 8 µm",
        "uniform 85 … 115 %",
        "normal, sd 5 %",
        "triangular 50 … 100 … 200 %",
        "lognormal, sd of ln 0.2",
    ]


def test_an_ambient_varies_in_kelvin_about_any_temperature():
    (ambient,) = inputs("{set: package.ambient_c, normal: {sd: 30}}")
    assert described(ambient) == "normal, sd 30 K"
    # Below zero is as good a temperature as any; only absolute zero ends it.
    assert ambient.distribution.quantile(0.05) == pytest.approx(25 - 30 * 1.6449, abs=0.01)


def test_a_positive_quantity_is_cut_above_zero():
    (line,) = inputs("{set: package.layers.tim.thickness_um, normal: {sd: 25}}")
    assert line.distribution.low == pytest.approx(0.6)
    assert line.distribution.quantile(1e-9) == pytest.approx(0.6, rel=1e-3)
    (cut,) = inputs("{set: package.layers.tim.thickness_um, normal: {sd: 50}, min: 20, max: 120}")
    assert (cut.distribution.low, cut.distribution.high) == (20.0, 120.0)


def test_a_scenario_in_which_a_block_idles_keeps_its_inputs():
    text = BASE + '  - {power: "die/cpu", normal: {sd: 0.05}}\n'
    idle = Design.from_source(parse_source(text, "small.yaml")).scenario("idle")
    assert idle.uncertainty[0].blocks == ("die/cpu",)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (
            "{set: package.layers.tin.thickness_um, normal: {sd: 8}}",
            ":11: error: uncertainty.0.set: no 'tin' in 'package.layers'; did you mean 'tim'? (there are:",
        ),
        ("{set: package.layers.tim.thickness_um, normal: {sd: -8}}", "normal.sd: must be > 0 (got -8)"),
        ("{set: package.layers.tim.thickness_um, normal: {sd: 0}}", "normal.sd: must be > 0 (got 0)"),
        (
            "{set: package.layers.tim.thickness_um, uniform: [-10, 90]}",
            "uncertainty.0.uniform: reaches -10 µm, but a thickness must be > 0 µm",
        ),
        (
            "{set: package.layers.tim.thickness_um, normal: {sd: 50}}",
            "12 % of it lies below 0.6 µm, but a thickness must be > 0 µm; use lognormal, a smaller sd,",
        ),
        (
            "{set: package.layers.tim.thickness_um, normal: {sd: 8}, min: -1}",
            "min is -1 µm, but a thickness must be > 0 µm",
        ),
        (
            "{set: package.layers.tim.thickness_um, normal: {sd: 1}, min: 90, max: 95}",
            "nothing of it lies between min and max",
        ),
        (
            "{set: package.outline_mm, uniform: [9, 11]}",
            "'package.outline_mm' cannot be uncertain here; what can:",
        ),
        ("{set: package.top, uniform: [9, 11]}", "'package.top' cannot be uncertain here"),
        (
            "{set: package.ambient_c.x, uniform: [9, 11]}",
            "'package.ambient_c' is a single value and has no 'x'",
        ),
        ("{set: package.ambient_c, relative: true, uniform: [0.9, 1.1]}", "has no meaningful factor"),
        ('{power: "soc/*", normal: {sd: 0.1}}', "no block, and no kind of block, matches 'soc/*'"),
        ("{power: analgo, normal: {sd: 0.1}}", "matches 'analgo'; did you mean 'analog'?"),
        ("{power: analog, relative: false, normal: {sd: 0.1}}", "varied by a factor: leave 'relative' out"),
        (
            "{material: tim-greas, normal: {sd: 0.1}}",
            "unknown material 'tim-greas'; did you mean 'tim-grease'?",
        ),
        ("{power: analog}", "needs a distribution: one of normal, lognormal, uniform, triangular"),
        ("{normal: {sd: 0.1}}", "needs what is uncertain: one of set, power, leakage, material"),
        ("{power: analog, material: silicon, normal: {sd: 0.1}}", "give one of power and material"),
        ("{power: analog, normal: {sd: 0.1}, uniform: [0, 1]}", "give one of normal and uniform"),
        ("{power: analog, uniform: [1.1, 0.9]}", "uniform: the ends must rise (got [1.1, 0.9])"),
        ("{power: analog, triangular: [0.9, 0.8, 1.1]}", "triangular: lower end, mode, upper end must rise"),
        ("{powr: analog, normal: {sd: 0.1}}", "unknown key 'powr'; did you mean 'power'?"),
        ("{power: analog, normal: {sd: .nan}}", "must be a finite number (got nan)"),
        ("3", "must be a mapping with name, set, power"),
    ],
)
def test_mistakes_are_told_with_their_place(entry, expected):
    said = message(entry)
    assert said.startswith(f"small.yaml:{FIRST}:")
    assert expected in said


def test_all_mistakes_at_once():
    said = message(
        "{power: analog}", "{set: package.tap, normal: {sd: 1}}", "{power: analog, normal: {sd: 0.1}, min: 0}"
    )
    assert [line.split(":")[1] for line in said.splitlines()] == [str(FIRST), str(FIRST + 1), str(FIRST + 2)]


def test_two_inputs_of_one_name_and_an_empty_section():
    twice = "{name: x, power: analog, normal: {sd: 0.1}}"
    assert "a second input is called 'x'" in message(twice, twice)
    with pytest.raises(InputError, match="is empty: list an input, or leave the key out"):
        Design.from_source(parse_source(BASE.replace("uncertainty:", "uncertainty: []"), "small.yaml"))
    with pytest.raises(InputError, match="must be a list of inputs with their distributions"):
        Design.from_source(parse_source(BASE.replace("uncertainty:", "uncertainty: {a: 1}"), "small.yaml"))
