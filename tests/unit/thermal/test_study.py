"""Scenarios: which is worst, for the whole and for every block."""

from dataclasses import replace

import pytest

import thermal
from floorplans.diagnostics import InputError
from tests.unit.thermal.two_blocks import COARSE, DATA
from thermal.limits import Verdict
from thermal.study import ALL, BASE, Case, Study, study, variants


@pytest.fixture(scope="module")
def design():
    return thermal.Design.from_dict(DATA)


@pytest.fixture(scope="module")
def everything(design):
    return study(design, ALL, resolution=COARSE, probes=[(1e-3, 1e-3, 2e-4)])


def test_all_is_the_base_and_every_scenario(everything):
    assert [case.scenario for case in everything.cases] == [BASE, "moved", "off"]
    assert [case.evidence.power for case in everything.cases] == pytest.approx([3.0, 3.0, 0.0])


def test_each_block_is_reported_where_it_is_worst(everything):
    worst = {w.figures.name: w for w in everything.worst_blocks}
    assert worst["die/left"].scenario == BASE
    # Without a limit the hottest scenario is the worst.
    assert worst["die/right"].scenario == "moved"
    for name, found in worst.items():
        assert found.figures.t_max == max(case.metrics.block(name).t_max for case in everything.cases)


def test_one_solution_is_kept_that_of_the_limiting_scenario(everything):
    assert everything.limiting.scenario == BASE
    assert everything.solution.metrics is everything.limiting.metrics
    assert everything.limiting.limiting.name == "die/left"


def test_a_study_of_figures_alone_holds_no_field(everything):
    with pytest.raises(ValueError, match="holds no field"):
        _ = Study(everything.cases).solution


def test_probes_are_read_in_every_scenario(everything):
    for case in everything.cases:
        (probe,) = case.probes
        assert (probe.layer, probe.block) == ("die", "die/left")
        assert probe.t >= 293.15 - 1e-6
    assert everything.cases[2].probes[0].t == pytest.approx(293.15, abs=1e-6)


def test_the_verdict_of_a_study_is_its_worst(everything):
    assert everything.verdict is Verdict.PASS
    failed = replace(everything.cases[2], metrics=replace(everything.cases[2].metrics, verdict=Verdict.FAIL))
    assert Study((*everything.cases[:2], failed)).verdict is Verdict.FAIL


def changed(case, **values):
    """A case whose first block has other figures."""
    first, *rest = case.metrics.blocks
    blocks = (replace(first, **values), *rest)
    return Case(case.scenario, case.design, case.scene, replace(case.metrics, blocks=blocks), case.evidence)


def test_a_failure_beats_a_smaller_margin_that_is_undecided(everything):
    base, other, _ = everything.cases
    limit = base.metrics.blocks[0].limit
    undecided = changed(base, t_max=limit + 1.0, error=2.0, verdict=Verdict.UNDECIDED)
    failed = changed(other, t_max=limit + 0.5, error=0.1, verdict=Verdict.FAIL)
    worst = Study((undecided, failed)).worst_blocks[0]
    assert worst.scenario == "moved"
    assert worst.figures.verdict is Verdict.FAIL


def test_one_scenario_alone(design):
    found = study(design, "moved", resolution=COARSE)
    assert [case.scenario for case in found.cases] == ["moved"]
    assert found.solution.scenario == "moved"


def test_the_base_can_be_asked_for_by_name(design):
    assert list(variants(design, BASE)) == list(variants(design, None)) == [BASE]


def test_a_scenario_called_base_stays_apart_from_the_base():
    design = thermal.Design.from_dict({**DATA, "scenarios": {"base": {"package": {"ambient_c": 30}}}})
    found = variants(design, ALL)
    assert list(found) == ["(base)", "base"]
    assert [d.package.ambient for d in found.values()] == [293.15, 303.15]


def test_an_unknown_scenario(design):
    with pytest.raises(InputError, match="no scenario 'movd'; did you mean 'moved'"):
        study(design, "movd")


def test_progress_names_the_scenario_and_how_many_there_are(design):
    stages = []
    study(design, ALL, resolution=COARSE, progress=lambda stage, done: stages.append((stage, done)))
    names = [stage for stage, _ in stages]
    assert names[0] == "read and place"
    assert "base (1 of 3): iterate" in names
    assert "off (3 of 3): figures" in names
    assert all(0.0 <= done <= 1.0 for _, done in stages)
