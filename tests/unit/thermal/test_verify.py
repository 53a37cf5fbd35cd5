"""The built-in cases: what counts as within a bar, and that the solver can also be found wrong."""

import math
from dataclasses import replace

import pytest

from thermal.report.verification import evidence_line
from thermal.verify.check import Case, Check, Outcome
from thermal.verify.run import CASES, quick, verify

CHECK = Check("hottest", "K", 350.0, 350.1, 0.2)


@pytest.mark.parametrize(
    ("computed", "within"),
    [(350.2, True), (349.8, True), (350.21, False), (math.nan, False), (math.inf, False)],
)
def test_a_bar_holds_on_both_sides_and_nan_never_passes(computed, within):
    check = replace(CHECK, computed=computed, bar=0.2 + 1e-9)
    assert check.within is within
    assert (check.share <= 1.0) is within


def test_a_bar_of_nothing_holds_only_what_is_exact():
    assert replace(CHECK, computed=350.0, bar=0.0).within
    assert replace(CHECK, bar=0.0).share == math.inf


@pytest.mark.parametrize("case", [case for case in CASES if case.key != "fourier"], ids=lambda case: case.key)
def test_the_solver_is_within_its_bars(case):
    (outcome,) = verify([case])
    assert [check for check in outcome.checks if not check.within] == []


def test_every_case_has_a_name_of_its_own():
    assert len({case.key for case in CASES}) == len(CASES)
    assert 0 < len(quick()) < len(CASES)


def test_a_wrong_conductivity_is_found(monkeypatch):
    from thermal.verification import StackLayer
    from thermal.verify import slabs
    from thermal.verify.designs import design_of

    wrong = replace(
        slabs.COOLED, layers=(*slabs.LAYERS[:3], StackLayer(50e-6, 4.0, 4.0, 4.001), slabs.LAYERS[4])
    )
    true = design_of
    monkeypatch.setattr(slabs, "design_of", lambda _stack, blocks: true(wrong, blocks))
    (case,) = (case for case in CASES if case.key == "slab-cooled")
    (outcome,) = verify([case])
    # 80 W over a square centimetre through 50 um: 2.5 mK for a quarter of a per mille, over a bar of 10 uK.
    assert not outcome.within


def test_the_line_of_the_report_names_the_check_nearest_to_its_bar():
    case = Case("a", "", lambda _: ())
    near = replace(CHECK, computed=350.0123, bar=0.0201)
    line = evidence_line([Outcome(case, (CHECK,)), Outcome(case, (near,))])
    assert line.startswith("Exact cases on this machine: 2 of 2 within their error bars; ")
    assert "0.012 K off, of 0.02 K" in line
    assert "1 of 2 within" in evidence_line(
        [Outcome(case, (CHECK,)), Outcome(case, (replace(CHECK, computed=351.0),))]
    )
