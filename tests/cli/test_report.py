"""``thermal report``: the file is whole or not there, whatever happens."""

import errno
import os
import signal
import subprocess
import sys

import pypdf
import pytest

from tests.cli.conftest import COARSE


def left(folder):
    """Names of what lies in a folder beside the design."""
    return sorted(path.name for path in folder.iterdir() if path.name != "tiny.yaml")


def test_the_pdf_and_the_terminal_report(run, design, tmp_path):
    result = run("report", design, *COARSE)
    assert left(tmp_path) == ["tiny.pdf"]
    assert result.stderr.splitlines()[-1] == "thermal: wrote tiny.pdf"
    assert result.stdout.startswith("tiny  PASS")
    pages = pypdf.PdfReader("tiny.pdf").pages
    assert "tiny" in pages[0].extract_text()


def test_a_violated_limit_still_gets_its_report(run, design, tmp_path):
    run("report", design, *COARSE, "--set", "limits.cpu=50", "-o", "failed.pdf", code=1)
    assert left(tmp_path) == ["failed.pdf"]


def test_a_scenario_has_a_file_of_its_own(run, design, tmp_path):
    run("report", design, *COARSE, "--scenario", "idle")
    assert left(tmp_path) == ["tiny-idle.pdf"]


def test_all_scenarios_in_one_report(document, design, tmp_path):
    found = document("report", design, *COARSE, "--scenario", "all", code=1)
    assert left(tmp_path) == ["tiny.pdf"]
    assert found["report"] == "tiny.pdf"
    assert len(found["scenarios"]) == 3
    text = "".join(page.extract_text() for page in pypdf.PdfReader("tiny.pdf").pages)
    assert all(name in text for name in ("base", "hot", "idle"))


def test_identical_input_gives_identical_bytes(run, design, tmp_path):
    run("report", design, *COARSE, "-o", "first.pdf")
    run("report", design, *COARSE, "-o", "second.pdf")
    assert (tmp_path / "first.pdf").read_bytes() == (tmp_path / "second.pdf").read_bytes()


@pytest.mark.parametrize(
    ("output", "reason"),
    [("nowhere/out.pdf", "No such file or directory"), (".", "it is a folder")],
)
def test_an_unwritable_file_is_refused_before_the_solve(run, design, monkeypatch, output, reason):
    monkeypatch.setattr("thermal.study.solve", lambda *_, **__: pytest.fail("solved in vain"))
    result = run("report", design, "-o", output, code=3)
    assert result.stderr == f"thermal: error: cannot write '{output}': {reason}\n"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_protected_folder_is_refused(run, design, tmp_path):
    (tmp_path / "locked").mkdir(mode=0o555)
    assert "Permission denied" in run("report", design, "-o", "locked/out.pdf", code=3).stderr


def full(*_):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def interrupted(*_):
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("accident", "code", "message"),
    [
        (full, 3, "thermal: error: cannot write 'out.pdf': No space left on device"),
        (interrupted, 130, "thermal: interrupted"),
    ],
)
def test_nothing_half_written_remains(run, design, tmp_path, monkeypatch, accident, code, message):
    monkeypatch.setattr(os, "fsync", accident)
    result = run("report", design, *COARSE, "-o", "out.pdf", code=code)
    assert result.stderr.splitlines()[-1] == message
    assert result.stdout == ""
    assert left(tmp_path) == []


def test_a_disk_that_fills_leaves_the_old_report(run, design, tmp_path, monkeypatch):
    (tmp_path / "out.pdf").write_bytes(b"the report of yesterday")
    monkeypatch.setattr(os, "fsync", full)
    run("report", design, *COARSE, "-o", "out.pdf", code=3)
    assert (tmp_path / "out.pdf").read_bytes() == b"the report of yesterday"
    assert left(tmp_path) == ["out.pdf"]


INTERRUPTED_WHILE_SOLVING = """
import os, signal, thermal.equilibrium
from thermal.cli.main import main

# A shell that starts jobs in the background has them ignore the signal.
signal.signal(signal.SIGINT, signal.default_int_handler)
assemble = thermal.equilibrium.assemble
def then_the_user_gives_up(*arguments):
    os.kill(os.getpid(), signal.SIGINT)
    return assemble(*arguments)
thermal.equilibrium.assemble = then_the_user_gives_up
main()
"""


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_a_real_signal_ends_with_130_and_leaves_nothing(design, tmp_path):
    command = [sys.executable, "-c", INTERRUPTED_WHILE_SOLVING, "report", design, *COARSE, "-o", "out.pdf"]
    finished = subprocess.run(
        command,
        capture_output=True,
        text=True,
        env={**os.environ, "NUMBA_NUM_THREADS": "1"},
        check=False,
    )
    assert finished.returncode == 128 + signal.SIGINT
    assert finished.stdout == ""
    assert finished.stderr.splitlines()[-1] == "thermal: interrupted"
    assert left(tmp_path) == []
