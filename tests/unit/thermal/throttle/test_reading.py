"""What can be wrong with `throttle:` and `sensors:`, and what is said of it, with its place."""

import pytest

from floorplans.diagnostics import InputError
from floorplans.source import parse_source
from thermal.design import Design

HEAD = """design: a
package:
  outline_mm: [10, 10]
  ambient_c: 35
  top: {htc_w_m2k: 5000}
  layers: [{name: dies, outline_mm: [8, 8], chiplets: [{die: soc, name: soc0, at_mm: [1, 1]}]}]
dies:
  soc:
    outline_mm: [8, 8]
    layers:
      - {name: device, thickness_um: 100, material: silicon, floorplan: {blocks: [
          {name: core, kind: compute, rect_um: [0, 0, 8000, 8000]}]}}
"""
CASES = {
    "a sensor outside of its die": (
        "sensors:\n  t0: {chiplet: soc0, at_um: [9000, 10]}\n",
        (
            "a.yaml:14:30: error: sensors.t0.at_um: the sensor is outside of 'soc0', which is "
            "8000 x 8000 um (got 9000, 10)"
        ),
    ),
    "a sensor in no block": (
        "sensors:\n  t0: {block: soc0/cores}\n",
        "a.yaml:14:15: error: sensors.t0.block: there is no block 'soc0/cores'; did you mean 'soc0/core'?",
    ),
    "a sensor on no chiplet": (
        "sensors:\n  t0: {chiplet: soc1, at_um: [1, 1]}\n",
        (
            "a.yaml:14:17: error: sensors.t0.chiplet: no chiplet or layer 'soc1' with blocks; "
            "did you mean 'soc0'? (there are soc0)"
        ),
    ),
    "a sensor nowhere": (
        "sensors:\n  t0: {lag_ms: 1}\n",
        "a.yaml:14:7: error: sensors.t0: give either 'block', or 'chiplet' with 'at_um'",
    ),
    "trips that contradict each other": (
        "throttle:\n  controllers:\n    - {kind: nvidia, software_c: 87, hardware_c: 85, shutdown_c: 95}\n",
        (
            "a.yaml:15:50: error: throttle.controllers.0.hardware_c: must be above software_c "
            "(got 85 after 87 degC)"
        ),
    ),
    "a controller of no kind": (
        "throttle:\n  controllers:\n    - {kind: nvida}\n",
        (
            "a.yaml:15:14: error: throttle.controllers.0.kind: unknown kind 'nvida'; did you mean "
            "'nvidia'?; give 'kind': bang-bang, step-wise, power-allocator, nvidia, intel, pid, hbm, "
            "predictive"
        ),
    ),
    "a sensor that nobody has": (
        (
            "sensors:\n  t0: {block: soc0/core}\n"
            "throttle:\n  controllers:\n    - {kind: pid, target_c: 80, sensors: [t1]}\n"
        ),
        "a.yaml:17:42: error: throttle.controllers.0.sensors: no sensor 't1' (there are t0)",
    ),
    "a tick that is too long": (
        "throttle: {tick_ms: 5000}\n",
        "a.yaml:13:21: error: throttle.tick_ms: must be at most 1000 (got 5000)",
    ),
    "two sorts of load": (
        "throttle: {serving: {concurrency: 4, rate_per_s: 2}}\n",
        "a.yaml:13:21: error: throttle.serving: give one of concurrency, rate_per_s, trace_csv",
    ),
    "an unknown key": (
        "throttle: {controlers: []}\n",
        "a.yaml:13:12: error: throttle.controlers: unknown key 'controlers'; did you mean 'controllers'?",
    ),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_one_mistake_gives_one_message(text: str, expected: str):
    with pytest.raises(InputError) as caught:
        Design.from_source(parse_source(HEAD + text, "a.yaml"))
    assert str(caught.value) == expected
