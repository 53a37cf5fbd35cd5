"""``thermal verify``: known answers, solved here."""

from dataclasses import replace

import pytest

from thermal.verify import run as cases_module
from thermal.verify.check import Case, Check

QUICK = ("--case", "slab-cooled", "--case", "fourier-die")


def test_every_quantity_stands_beside_its_exact_value_and_its_bar(document):
    found = document("verify", *QUICK)
    assert found["schema"] == "thermal-floorplan/verify/1"
    assert found["within"] is True
    assert [case["case"] for case in found["cases"]] == ["slab-cooled", "fourier-die"]
    for case in found["cases"]:
        for row in case["checks"]:
            assert row["error"] == pytest.approx(row["computed"] - row["exact"], abs=1e-9)
            assert row["within"] == (abs(row["error"]) <= row["bar"])
    # 80 W through five layers: a closed form with 40 digits.
    hottest = found["cases"][0]["checks"][0]
    assert hottest["exact"] == pytest.approx(354.056283678102 - 273.15, abs=1e-9)


def test_the_table_fits_eighty_columns(run):
    printed = run("verify", *QUICK).stdout
    assert max(len(line) for line in printed.splitlines()) <= 80
    assert "WITHIN  2 cases with known answers: all 6 quantities within their error bars" in printed
    assert "…" not in printed


def test_an_error_beyond_its_bar_is_told_and_exits_1(run, document, monkeypatch):
    wrong = Check("die, hottest", "K", 350.0, 350.3, 0.2)
    bad = Case("wrong", "a solver that errs", lambda _: (wrong, replace(wrong, computed=350.1)))
    monkeypatch.setattr(cases_module, "CASES", (bad,))
    printed = run("verify", code=1).stdout
    assert "OUTSIDE  1 case with known answers: 1 of 2 quantities outside their error bars" in printed
    assert document("verify", code=1)["within"] is False


def test_an_unknown_case(run):
    message = run("verify", "--case", "fourrier", code=2).stderr
    assert "no case 'fourrier'; did you mean 'fourier'? (there are: slab-adiabatic," in message
