"""stdout is data, stderr is words; in pipes, on full disks, without colour and without Unicode."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numba
import pytest
from rich.cells import cell_len

from tests.cli.conftest import COARSE
from thermal.cli.compiling import NOTICE, announced

ESCAPE = "\x1b["
FULL = Path("/dev/full")


def launched(*arguments, stdout=subprocess.PIPE, **surroundings):
    """Run the program as a process of its own, on one thread; returns it finished, with bytes."""
    return subprocess.run(
        [sys.executable, "-m", "thermal", *arguments],
        stdout=stdout,
        stderr=subprocess.PIPE,
        env={**os.environ, "NUMBA_NUM_THREADS": "1", **surroundings},
        check=False,
    )


def words(finished):
    """Lines on stderr, but for that of a first run."""
    return [line for line in finished.stderr.decode().splitlines() if NOTICE not in line]


@pytest.mark.parametrize(
    "arguments",
    [
        ["solve", "tiny.yaml", *COARSE, "--map", "--all-blocks", "--probe", "3.5,3.5,552.5"],
        ["solve", "tiny.yaml", *COARSE, "--scenario", "all"],
        ["compare", "tiny.yaml", *COARSE, "--set-b", "package.layers.tim.thickness_um=150"],
        ["check", "tiny.yaml"],
        ["materials"],
        ["materials", "c4-underfill"],
        ["solve", "--help"],
    ],
)
def test_nothing_is_wider_than_80_columns(design, arguments):
    from click.testing import CliRunner

    from thermal.cli.main import cli

    printed = CliRunner().invoke(cli, arguments).stdout
    assert printed
    assert [line for line in printed.splitlines() if cell_len(line) > 80] == []


def test_long_names_fold_and_are_not_cut(run, edited):
    name = "pll_of_the_fourth_serdes_quad_in_the_north_west_corner"
    long = edited(("pll0", name), ("soc0/", "accelerator_die_0/"), ("name: soc0", "name: accelerator_die_0"))
    printed = run("solve", long, *COARSE).stdout
    assert all(cell_len(line) <= 80 for line in printed.splitlines())
    (row,) = re.findall(r"Blocks, least(?:.*\n)*?\n", printed)
    folded = "".join(line[1:].split("  ")[0].strip() for line in row.splitlines())
    assert f"accelerator_die_0/{name}" in folded


def test_no_escape_codes_in_a_pipe(design):
    finished = launched("solve", design, *COARSE, "--map")
    assert finished.returncode == 0
    assert ESCAPE not in finished.stdout.decode()
    assert ESCAPE not in finished.stderr.decode()


def test_colour_where_it_is_forced_and_none_with_no_color(run, design, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setenv("TERM", "xterm-256color")
    coloured = run("solve", design, *COARSE, "--map").stdout
    assert f"{ESCAPE}38;2;" in coloured
    assert "▀" in coloured
    monkeypatch.setenv("NO_COLOR", "1")
    plain = run("solve", design, *COARSE, "--map").stdout
    assert not re.search(r"\x1b\[[0-9;]*(3[0-9]|4[0-9])[;m]", plain)
    assert "▀" not in plain


def test_without_unicode(design):
    finished = launched("solve", design, *COARSE, "--map", PYTHONIOENCODING="ascii")
    assert finished.returncode == 0, finished.stderr
    printed = finished.stdout.decode("ascii")
    assert "+- 0." in printed
    assert "deg C" in printed
    assert "?" not in printed


def test_a_reader_that_leaves_is_no_error(design):
    reader, writer = os.pipe()
    os.close(reader)
    finished = launched("solve", design, *COARSE, stdout=writer)
    os.close(writer)
    assert finished.returncode == 0
    assert words(finished) == []


@pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full")
def test_a_full_disk_under_stdout(design):
    with FULL.open("w") as nowhere:
        finished = launched("solve", design, *COARSE, stdout=nowhere)
    assert finished.returncode == 3
    assert words(finished) == ["thermal: error: cannot write standard output: No space left on device"]


def kernel(module):
    """A new compiled function that claims to be of a module."""

    def doubled(x):
        return 2 * x

    doubled.__module__ = module
    return numba.njit(doubled)


def test_the_compile_notice_comes_once_when_a_kernel_of_ours_is_compiled_and_only_then(capsys):
    first, second, foreign = kernel("thermal.kernels.a"), kernel("thermal.kernels.b"), kernel("elsewhere")
    with announced():
        assert foreign(1) == 2
        assert capsys.readouterr().err == ""
        assert first(1) == 2
        assert capsys.readouterr().err == f"thermal: {NOTICE}\n"
        assert second(1) == first(1)
    with announced():
        assert first(1) == 2
    assert capsys.readouterr().err == ""
