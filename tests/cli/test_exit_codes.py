"""Every exit code, and that each says what happened in a line a user can act on."""

from functools import partial

import pytest

import thermal.equilibrium
import thermal.linearised
from tests.cli.conftest import COARSE
from thermal.krylov import conjugate_gradients


def test_0_within_limits(run, design):
    result = run("solve", design, *COARSE)
    assert result.stdout.startswith("tiny  PASS  within all limits\n")
    assert result.stderr in ("", "thermal: compiling kernels, about 20 s, once\n")


def test_0_without_limits(run, design):
    result = run("solve", design, *COARSE, "--set", "limits={}")
    assert result.stdout.startswith("tiny  no limits given\nHottest: soc0/cpu (cpu)")


def test_1_a_limit_is_violated_and_the_report_is_printed_all_the_same(run, design):
    result = run("solve", design, *COARSE, "--set", "limits.cpu=50", code=1)
    first, second = result.stdout.splitlines()[:2]
    assert first == "tiny  FAIL  1 block above the limit"
    assert second.startswith("Worst: soc0/cpu (cpu) 6")
    assert "K over." in second
    assert "Numerical evidence" in result.stdout


def test_1_a_layer_violates_its_limit(run, design):
    result = run("solve", design, *COARSE, "--set", "limits.lid=40", code=1)
    assert result.stdout.startswith("tiny  FAIL  1 layer above the limit\nWorst: layer lid ")


def test_1_undecided_says_what_refinement_would_decide(run, document, design):
    (cpu,) = [b for b in document("solve", design, *COARSE)["blocks"] if b["name"] == "soc0/cpu"]
    near = cpu["t_max_c"] + 0.6 * cpu["error_k"]
    result = run("solve", design, *COARSE, "--set", f"limits.cpu={near}", code=1)
    words = " ".join(result.stdout.split())
    assert "tiny UNDECIDED 1 block within the error bar of the limit" in words
    assert f"the error bar must fall below {near - cpu['t_max_c']:.3f} K: --finer 2 " in words


def test_1_hopelessly_undecided_says_so(run, document, design):
    (cpu,) = [b for b in document("solve", design, *COARSE)["blocks"] if b["name"] == "soc0/cpu"]
    result = run("solve", design, *COARSE, "--set", f"limits.cpu={cpu['t_max_c'] + 1e-5}", code=1)
    assert "treat the limit as reached" in " ".join(result.stdout.split())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["sovle", "x"], "no command 'sovle'; did you mean 'solve'?"),
        (["solve"], "Missing argument 'DESIGN'"),
        (["solve", "x", "--hotter"], "No such option"),
        (["solve", "x", "--finer", "2", "--coarser", "2"], "--finer and --coarser exclude each other"),
        (["solve", "x", "--finer", "0.5"], "0.5 is not in the range"),
        (["solve", "x", "--tolerance", "1"], "1.0 is not in the range"),
        (["solve", "x", "--max-memory", "lots"], "'lots' is no amount of memory; examples: 8GiB, 500MB"),
        (
            ["solve", "x", "--probe", "1,2"],
            "'1,2' is no point; write x_mm,y_mm,z_um, for example 12.5,8,1400",
        ),
        (["solve", "x", "--probe", "1,2,nan"], "'1,2,nan' has a coordinate that is not finite"),
        (["solve", "x", "--map", "--json"], "--map and --json exclude each other"),
        (["compare", "x"], "compare needs a second design"),
        (["compare", "x", "y", "--scenario", "all"], "compare takes one scenario"),
    ],
)
def test_2_wrong_usage(run, arguments, message):
    assert message in run(*arguments, code=2).stderr


def test_3_invalid_input_shows_every_diagnostic_as_it_is(run, edited):
    wrong = ("material: tim-grease", "material: tim-greese"), ("thickness_um: 300", "thickness_um: -300")
    result = run("solve", edited(*wrong, name="tiny.yaml"), code=3)
    assert result.stdout == ""
    first, second = result.stderr.splitlines()
    assert first.startswith(
        "tiny.yaml:13:47: error: package.layers.2.material: unknown material 'tim-greese'"
    )
    assert "did you mean 'tim-grease'?" in first
    assert second.startswith("tiny.yaml:30:36: error: ")
    assert "(got -300)" in second


def test_4_no_convergence(run, design, monkeypatch):
    monkeypatch.setattr(thermal.linearised, "conjugate_gradients", partial(conjugate_gradients, limit=2))
    result = run("solve", design, *COARSE, "--constant-k", code=4)
    assert result.stdout == ""
    assert "error: no convergence: residual" in result.stderr
    assert "after 2 iterations, asked for 1e-08; look for extreme ratios" in result.stderr


def test_5_a_missing_package_names_the_extra_that_brings_it(run, design, monkeypatch):
    def missing(*_, **__):
        raise ModuleNotFoundError("No module named 'xarray'", name="xarray.core")

    monkeypatch.setattr(thermal.equilibrium, "assemble", missing)
    result = run("solve", design, *COARSE, code=5)
    assert "needs the package 'xarray', which is not installed: pip install 'thermal-floorplan[data]'" in (
        result.stderr
    )


def test_3_no_place_for_compiled_kernels(run, design, monkeypatch):
    def uncached(*_, **__):
        raise RuntimeError("cannot cache function 'clipped_area': no locator available for file 'cover.py'")

    monkeypatch.setattr(thermal.equilibrium, "assemble", uncached)
    assert "set NUMBA_CACHE_DIR to a folder that can be written" in (
        run("solve", design, *COARSE, code=3).stderr
    )


def test_3_out_of_memory(run, design, monkeypatch):
    def exhausted(*_, **__):
        raise MemoryError

    monkeypatch.setattr(thermal.equilibrium, "assemble", exhausted)
    assert "error: out of memory; use a coarser grid (--coarser 2)" in (
        run("solve", design, *COARSE, code=3).stderr
    )


def broken(*_, **__):
    raise KeyError("a bug")


def test_70_an_internal_error_is_one_line_that_says_how_to_see_more(run, design, monkeypatch):
    monkeypatch.setattr(thermal.equilibrium, "assemble", broken)
    result = run("solve", design, *COARSE, code=70)
    (line,) = result.stderr.splitlines()
    assert line == (
        "thermal: internal error: KeyError: 'a bug' (this is a bug; THERMAL_DEBUG=1 or --debug shows the "
        "traceback)"
    )


@pytest.mark.parametrize("switch", ["option", "variable"])
def test_70_with_its_traceback(design, monkeypatch, switch):
    from click.testing import CliRunner

    from thermal.cli.main import cli

    monkeypatch.setattr(thermal.equilibrium, "assemble", broken)
    monkeypatch.setenv("THERMAL_DEBUG", "1" if switch == "variable" else "0")
    arguments = ["--debug"] if switch == "option" else []
    result = CliRunner().invoke(cli, [*arguments, "solve", design, *COARSE])
    assert result.exit_code == 70
    assert "Traceback" in result.stderr
    assert "in broken" in result.stderr


def test_130_interrupted(run, design, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(thermal.equilibrium, "assemble", interrupted)
    result = run("solve", design, *COARSE, code=130)
    assert result.stderr.strip().endswith("thermal: interrupted")
