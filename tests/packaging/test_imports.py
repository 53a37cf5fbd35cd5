"""What may be imported when, and by whom."""

import json
import subprocess
import sys

import pytest

HEAVY = ["numpy", "scipy", "numba", "matplotlib", "pydantic", "shapely", "reportlab", "rich", "yaml"]

PROBE = """
import json, sys
sys.argv[0] = "thermal"
try:
    {statement}
except SystemExit as leaving:
    assert not leaving.code, leaving.code
sys.stderr.write(json.dumps([name for name in {heavy!r} if name in sys.modules]))
"""


def loaded_by(statement: str, *arguments: str) -> tuple[list[str], str]:
    """Which heavy modules a fresh interpreter holds after a statement, and what it printed."""
    finished = subprocess.run(
        [sys.executable, "-c", PROBE.format(statement=statement, heavy=HEAVY), *arguments],
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(finished.stderr.splitlines()[-1]), finished.stdout


def test_the_probe_sees_a_heavy_import():
    assert "numpy" in loaded_by("import numpy")[0]


@pytest.mark.parametrize("arguments", [["--help"], ["--version"]])
def test_the_first_answer_of_the_command_line_loads_nothing_heavy(arguments):
    """This is how the promise of 0.3 s for `thermal --help` is held without a clock."""
    loaded, printed = loaded_by("from thermal.cli.main import main; main()", *arguments)
    assert loaded == []
    assert printed.strip()


def test_importing_the_facade_loads_nothing_heavy():
    assert loaded_by("import thermal")[0] == []


def test_layers_are_kept(root):
    """thermal → power → floorplans, as pyproject.toml says."""
    program = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports())"
    finished = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
