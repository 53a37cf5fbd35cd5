"""Cases of HotSpot and 3D-ICE on the command line."""

import json
import subprocess
import sys

import pytest

from tests.unit.thermal.formats.cases import STACK, hotspot, threedice
from thermal.design import load


def thermal(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "thermal", *(str(a) for a in arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_case_becomes_a_design_file_of_the_same_design(tmp_path):
    path = threedice(tmp_path)
    run = thermal("convert", path, tmp_path)
    assert run.returncode == 0
    assert run.stdout.strip() == str(tmp_path / "case.yaml")
    assert load(tmp_path / "case.yaml") == load(path)
    assert "first of 2 time slots" in run.stderr


def test_as_given_prints_one_document_and_writes_the_files(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    run = thermal("solve", hotspot(tmp_path), "--grid", "as-given", "--json", "-o", out)
    assert run.returncode == 0
    document = json.loads(run.stdout)
    assert document["schema"] == "thermal-floorplan/solve-as-given/1"
    assert document["residual"] <= 1e-8
    assert {path.name for path in out.iterdir()} == {"die.steady", "die.grid.steady"}
    assert "die.flp, which lies beside it" in run.stderr


def test_what_is_lost_is_told(tmp_path):
    run = thermal("convert", "npu-custom", tmp_path, "--to", "hotspot")
    assert run.returncode == 0
    assert "lost: limits" in run.stderr
    assert load(tmp_path / "npu_custom.config").power.total > 0.0


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--grid", "as-given", "--set", "package.ambient_c=45"], 2, "leave out --set"),
        (["-o", "."], 2, "goes with --grid"),
        (["--hotspot", "f=a.flp"], 3, "for its .config files"),
        (["--hotspot", "nothing", "--grid", "as-given"], 2, "expected NAME=VALUE"),
    ],
)
def test_wrong_use_is_told(tmp_path, arguments, code, said):
    run = thermal("solve", threedice(tmp_path), *arguments)
    assert (run.returncode, run.stdout) == (code, "")
    assert said in " ".join(run.stderr.split())


def test_malformed_case_exits_with_three_and_its_line(tmp_path):
    path = threedice(tmp_path, STACK.replace("layer 60 SI", "layer 60 SO"))
    run = thermal("solve", path)
    assert run.returncode == 3
    assert f"{path}:17:13: error: unknown material 'SO'" in run.stderr


def test_grid_needs_a_case():
    run = thermal("solve", "npu-custom", "--grid", "as-given")
    assert run.returncode == 2
    assert "needs a case of HotSpot (.config) or 3D-ICE (.stk)" in run.stderr


def test_transient_stack_is_run_in_its_own_steps(tmp_path):
    stack = STACK.replace("   steady ;", "   transient step 0.01, slot 0.02 ;").replace(
        "average, final", "average, step"
    )
    run = thermal("solve", threedice(tmp_path, stack), "--grid", "as-given", "--json", "-o", tmp_path)
    assert run.returncode == 0
    document = json.loads(run.stdout)
    assert (document["schema"], document["steps"]) == ("thermal-floorplan/steps-as-given/1", 4)
    assert [slot["time_s"] for slot in document["slots"]] == pytest.approx([0.02, 0.04])
    rows = [line for line in (tmp_path / "avg.txt").read_text().splitlines() if not line.startswith("%")]
    assert len(rows) == 4
