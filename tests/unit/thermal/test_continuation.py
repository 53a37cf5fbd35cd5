"""Changes of a scene along a branch of steady states, points on it, and branches without a fold."""

from dataclasses import replace

import numpy as np
import pytest

from power.leakage import Exponential, Leakage
from tests.unit.thermal.scenes import MM, area, block, scene, slab, uniform
from thermal.clock import Clock
from thermal.continuation import Branch, Parameter, changed, fold
from thermal.krylov import NoConvergence
from thermal.nonlinear import newton
from thermal.runaway import explained, margin_of, margin_on
from thermal.scene import Face, Scene
from thermal.system import assemble

SIDE = 4 * MM
WHOLE = (0.0, 0.0, SIDE, SIDE)
AREA = SIDE * SIDE
SILENT = Clock(lambda _stage, _done: None)


def leaking(watts: float = 4.0, leak: float = 1.0, beta: float = 0.02) -> Scene:
    """A block under a film of 12.5 K/W, with some heat put in at the bottom face and an exposed layer."""
    hot = replace(block("hot", WHOLE, (0.0, MM), watts), leakage=Leakage(Exponential(leak, 350.0, beta)))
    slabs = [slab(MM, area(200.0, *WHOLE), exposed=(10.0, 295.0))]
    bottom = Face(310.0, 20.0, flux=np.full((1, 1), 0.5))
    return scene((SIDE, SIDE), slabs, blocks=[hot], top=Face(300.0, 5000.0), bottom=bottom)


def test_power_scales_everything_but_leakage():
    found = changed(leaking(), Parameter.POWER, 2.0)
    assert found.power == pytest.approx(9.0)
    assert found.blocks[0].leakage == leaking().blocks[0].leakage


def test_ambients_shift_together():
    found = changed(leaking(), Parameter.AMBIENT, 5.0)
    exposure = found.slabs[0].exposures[0]
    assert (found.top.ambient, found.bottom.ambient, exposure.ambient) == (305.0, 315.0, 300.0)


def test_cooling_goes_down_by_a_factor():
    weaker = changed(leaking(), Parameter.COOLING, np.log(2.0))
    exposure = weaker.slabs[0].exposures[0]
    assert (weaker.top.htc, weaker.bottom.htc, exposure.htc) == pytest.approx((2500.0, 10.0, 5.0))
    lumped = replace(leaking(), top=Face(300.0, resistance=2.0))
    assert changed(lumped, Parameter.COOLING, np.log(2.0)).top.resistance == pytest.approx(4.0)


@pytest.mark.parametrize("parameter", Parameter)
def test_the_neutral_value_changes_nothing(parameter: Parameter):
    before, after = leaking(), changed(leaking(), parameter, parameter.neutral)
    assert (after.power, after.top.htc, after.top.ambient) == (
        before.power,
        before.top.htc,
        before.top.ambient,
    )


@pytest.mark.parametrize("parameter", Parameter)
def test_a_point_is_a_steady_state_of_the_changed_scene(parameter: Parameter):
    placed = leaking()
    mesh = uniform(placed, 2, 2, 3)
    root = newton(assemble(placed, mesh), tolerance=1e-9)
    branch = Branch(root.system, parameter)
    start = branch.start(root.temperature, parameter.neutral)
    assert start.mu == pytest.approx(parameter.neutral, abs=1e-6)
    point = branch.after(start, start.tau + 5.0)
    assert point.cell == start.cell
    assert point.temperature.reshape(-1)[point.cell] == pytest.approx(start.tau + 5.0, abs=1e-5)
    other = point.seen_from(0)
    assert other.tau == pytest.approx(point.temperature[0, 0])
    assert other.tangent[0, 0] == pytest.approx(1.0)
    assert other.slope * point.tangent[0, 0] == pytest.approx(point.slope)
    again = newton(assemble(changed(placed, parameter, point.mu), mesh), tolerance=1e-9)
    assert again.temperature == pytest.approx(point.temperature, abs=1e-3)
    # The slope is what the parameter changes by.
    near = branch.after(point, point.tau + 0.1)
    assert (near.mu - point.mu) / 0.1 == pytest.approx(0.5 * (point.slope + near.slope), rel=1e-3)


def test_a_branch_without_a_fold():
    placed = leaking(leak=1e-3, beta=1e-4)
    mesh = uniform(placed, 2, 2, 2)
    root = newton(assemble(placed, mesh))
    branch = Branch(root.system, Parameter.POWER)
    assert fold(branch, branch.start(root.temperature, 1.0)) is None
    margin = margin_of(root.system, root.temperature, SILENT)
    assert (margin.power, margin.ambient, margin.cooling) == (None, None, None)
    assert margin.stable
    assert explained(margin) == "no thermal runaway up to 1227 degC in hot"


def test_all_margins_shrink_together_with_the_power():
    found = [margin_on(leaking(watts), uniform(leaking(), 2, 2, 2), SILENT) for watts in (2.0, 5.0, 8.0)]
    for few, many in ((found[0], found[1]), (found[1], found[2])):
        for name in ("power", "ambient", "cooling"):
            assert getattr(many, name) < getattr(few, name)
    # The fold is one and the same place: 3 W more leave 3 W less to it.
    left = [margin.power for margin in found if margin.power is not None]
    assert left[0] - left[1] == pytest.approx(3.0, abs=0.02)


def test_the_curve_turns_back_at_the_fold():
    margin = margin_on(leaking(), uniform(leaking(), 2, 2, 2), SILENT)
    t, watts = np.array(margin.curve).T
    top = int(np.argmax(watts))
    assert np.all(np.diff(t) > 0.0)
    assert top > 0
    assert watts[top] == pytest.approx(margin.dynamic + (margin.power or 0.0), rel=1e-3)


def test_a_place_that_cannot_be_reached_is_said():
    placed = leaking()
    root = newton(assemble(placed, uniform(placed, 2, 2, 2)))
    branch = Branch(root.system, Parameter.COOLING)
    # No film is good enough to keep the block below the ambient.
    with pytest.raises(NoConvergence):
        branch.corrected(root.temperature, 0.0, 0, 280.0)
