"""Runs that are killed or interrupted go on to the same numbers, to the bit."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from floorplans.diagnostics import InputError
from tests.unit.thermal import scenes
from tests.unit.thermal.transient import killed, small
from thermal.transient import Tolerance, simulate

ROOT = Path(killed.__file__).parents[4]
DEADLINE = 120.0
"""s to wait for a process; only a test that hangs needs it."""


def begun(saved: Path, result: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.unit.thermal.transient.killed", str(saved), str(result)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )


def stamp(saved: Path) -> int | None:
    try:
        return saved.stat().st_mtime_ns
    except FileNotFoundError:
        return None


def test_killed_again_and_again(tmp_path):
    saved, result = tmp_path / "run.npz", tmp_path / "result.npz"
    stamps: list[int] = []
    # Kill it that many checkpoints after it was begun; there is one after each of some 200 steps.
    for more in (1, 30, 5):
        process = begun(saved, result)
        since, deadline = stamp(saved), time.monotonic() + DEADLINE
        count = 0
        while count < more and process.poll() is None and time.monotonic() < deadline:
            if (now := stamp(saved)) not in (None, since):
                since, count = now, count + 1
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL, "the run ended before it was killed"
        stamps.append(saved.stat().st_mtime_ns)
    assert stamps == sorted(set(stamps))
    assert not result.exists()
    assert begun(saved, result).wait() == 0
    assert not saved.exists()
    whole = killed.numbers(killed.march(None))
    with np.load(result) as resumed:
        for name, expected in whole.items():
            np.testing.assert_array_equal(resumed[name], expected, err_msg=name)


@pytest.mark.parametrize("periodic", [False, True])
def test_interrupted(tmp_path, periodic):
    saved = tmp_path / "run.npz"
    scene = small.scene()

    def march(stop=None, saved=saved):
        def watch(stage, done):
            if stop is not None and stage == "march" and done >= stop:
                raise KeyboardInterrupt

        trace = small.trace(killed.EDGES, *killed.WATTS)
        return simulate(scene, trace, mesh=small.mesh(scene), saved=saved, periodic=periodic, progress=watch)

    whole = march(saved=None)
    with pytest.raises(KeyboardInterrupt):
        march(stop=0.2)
    resumed = march()
    np.testing.assert_array_equal(resumed.block_max, whole.block_max)
    np.testing.assert_array_equal(resumed.last.temperature, whole.last.temperature)
    for name in ("tally", "periods", "defect"):
        assert getattr(resumed.evidence, name) == getattr(whole.evidence, name)
    assert not saved.exists()


@pytest.fixture
def interrupted(tmp_path):
    """A checkpoint, and what goes on from it, changed or not."""
    saved = tmp_path / "run.npz"

    def march(scene=None, stop=None, watts=killed.WATTS, **more):
        def watch(stage, done):
            if stop is not None and stage == "march" and done >= stop:
                raise KeyboardInterrupt

        scene = scene or small.scene()
        trace = small.trace(killed.EDGES, *watts)
        asked = {"mesh": small.mesh(scene), "saved": saved, "progress": watch} | more
        return simulate(scene, trace, **asked)

    with pytest.raises(KeyboardInterrupt):
        march(stop=0.2)
    return saved, march


def other_power():
    return small.scene(replace(small.LEFT, name="elsewhere", power=2.0), small.LEFT, small.RIGHT)


@pytest.mark.parametrize(
    "change",
    [
        {"scene": small.leaking()},
        {"scene": other_power()},
        {"mesh": scenes.uniform(small.scene(), 8, 6, (3, 1))},
        {"tolerance": Tolerance(0.05)},
        {"times": [0.0, 0.5]},
        {"probes": [(1e-3, 1e-3, 6e-4)]},
        {"initial": "steady"},
        {"periodic": True},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_checkpoint_of_another_run_is_refused(interrupted, change):
    saved, march = interrupted
    before = saved.read_bytes()
    with pytest.raises(InputError, match="another run"):
        march(**change)
    assert saved.read_bytes() == before


def test_a_trace_that_was_different_before_is_refused(interrupted):
    _, march = interrupted
    with pytest.raises(InputError, match="not the one"):
        march(watts=((5.1, 1.0), *killed.WATTS[1:]))


def test_a_trace_may_change_after_the_checkpoint(interrupted):
    # It was not yet read there: a log that grows.
    _, march = interrupted
    assert march(watts=(*killed.WATTS[:4], (2.0, 2.0))).times[-1] == 1.0


@pytest.mark.parametrize("keep", [0, 1, 100, -1, -200])
def test_a_truncated_checkpoint_is_told(interrupted, keep):
    saved, march = interrupted
    saved.write_bytes(saved.read_bytes()[:keep])
    with pytest.raises(InputError, match=r"run\.npz.*checkpoint"):
        march()


def test_a_file_that_is_none_is_told(interrupted):
    saved, march = interrupted
    np.savez(saved, theta=np.zeros(3))
    with pytest.raises(InputError, match="no checkpoint"):
        march()
