"""``thermal rom``: from a design to a model, to temperatures, to other programs."""

import numpy as np
import pytest

from tests.cli.conftest import COARSE


@pytest.fixture
def model(run, design, tmp_path, monkeypatch):
    """File of a model of the small design."""
    monkeypatch.setenv("THERMAL_CACHE_DIR", str(tmp_path / "cache"))
    run("rom", "build", design, *COARSE, "-o", "tiny.npz")
    return "tiny.npz"


def trace(tmp_path, text):
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    return "t.csv"


def rows(printed):
    lines = [line.split(",") for line in printed.splitlines()]
    return lines[0], np.array(lines[1:], float)


def test_info_fits_80_columns_and_names_inputs_with_their_ranges(run, document, model):
    printed = run("rom", "info", model).stdout
    assert max(map(len, printed.splitlines())) <= 80
    assert "soc*/device:cpu" in printed
    told = document("rom", "info", model)
    assert told["schema"] == "thermal-rom-info/1"
    cpu = next(i for i in told["inputs"] if i["name"] == "soc*/device:cpu")
    assert cpu["certified_to_w"] == pytest.approx(2 * cpu["watts"]) == 10.0


def test_a_long_trace_ends_at_the_steady_state_that_solve_finds(run, document, design, model, tmp_path):
    file = trace(tmp_path, "time_s,soc*/device:cpu\n0,5\n1e5,5\n")
    names, values = rows(run("rom", "run", model, "--trace", file, "--from", "ambient").stdout)
    solved = {b["name"]: b["t_max_c"] for b in document("solve", design, *COARSE)["blocks"]}
    # Meshes differ: solve's is nested in a coarser one.
    for name, t in zip(names[1:], values[-1, 1:], strict=True):
        assert abs(t - solved[name]) < 1.0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("time_s,soc*/device:cpv\n0,1\n1,1\n", "did you mean 'soc*/device:cpu'"),
        ("time_s,soc*/device:cpu\n0,1\n0,1\n", "t.csv:3: error: time must rise"),
        ("time_s,soc*/device:cpu\n0,1\n1,nan\n", "t.csv:3: error: soc*/device:cpu: 'nan' is no finite"),
        ("soc*/device:cpu\n0\n1\n", "a first column 'time_s'"),
    ],
)
def test_mistakes_in_traces_are_told_by_line(run, model, tmp_path, text, message):
    assert message in run("rom", "run", model, "--trace", trace(tmp_path, text), code=3).stderr


def test_watts_beyond_the_range_are_warned_of(run, model, tmp_path):
    file = trace(tmp_path, "time_s,soc*/device:cpu\n0,50\n1,50\n")
    told = run("rom", "run", model, "--trace", file).stderr
    assert "leaves the range" in told
    assert "expect errors of up to" in told


def test_files_of_other_programs_are_written(run, model, tmp_path):
    from scipy.io import loadmat

    run("rom", "export", model, "m.mat", "--block", "soc0/cpu")
    found = loadmat(tmp_path / "m.mat")
    steady = found["y0"].ravel()
    assert found["C"].shape == (1, found["A"].shape[0])
    assert 298.15 < steady[0] < 400.0
    run("rom", "export", model, "m.cir", "--block", "soc0/cpu")
    assert (tmp_path / "m.cir").read_text().splitlines()[-1] == ".ends thermal_rom"


def test_what_is_no_model_or_no_format_is_refused(run, design, model):
    assert "no reduced model" in run("rom", "info", design, code=3).stderr
    assert "must end in .npz, .mat" in run("rom", "export", model, "m.fmu", code=2).stderr
    assert "write NAME=PATTERN" in run("rom", "build", design, "--group", "x", code=2).stderr
