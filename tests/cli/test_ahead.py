"""Kernels compiled ahead by helpers: the record is of kernels that exist and that the main job needs."""

import subprocess
import sys
from importlib import import_module

import pytest
from numba import types as nb

from thermal.cli import ahead

LOADED = """
import sys
from numba.core.dispatcher import Dispatcher
from thermal.cli.ahead import PACKAGE, encoded
from thermal.cli.main import main
sys.argv = ["thermal", "report", "accel-2p5d", "--coarser", "4", "--output", sys.argv[1]]
try:
    main()
finally:
    for name, module in list(sys.modules.items()):
        for function, found in vars(module).items() if name.startswith(PACKAGE) else ():
            if isinstance(found, Dispatcher) and found.py_func.__module__ == name:
                for types in found.signatures:
                    print("kernel", f"{name.removeprefix(PACKAGE)}:{function}", encoded(types))
"""


def test_types_are_told_in_words():
    types = (nb.Array(nb.float32, 2, "C"), nb.Array(nb.int64, 1, "C", readonly=True), nb.boolean, nb.float64)
    assert ahead.encoded(types) == "float32:2 int64:1r bool float64"
    assert ahead.decoded("float32:2 int64:1r bool float64") == types


def test_types_without_a_word_are_refused():
    with pytest.raises(ValueError, match="no word for the type"):
        ahead.encoded((nb.Array(nb.float64, 1, "A"),))


def test_the_record_is_of_kernels_that_exist():
    found = ahead.recorded()
    assert len(found) > 50
    for name, words in found:
        module, _, function = name.partition(":")
        kernel = getattr(import_module(ahead.PACKAGE + module), function)
        assert kernel.py_func.__code__.co_argcount == len(ahead.decoded(words)), name
        assert ahead.encoded(ahead.decoded(words)) == words


def test_the_main_job_needs_what_is_recorded(tmp_path):
    command = [sys.executable, "-c", LOADED, str(tmp_path / "a.pdf")]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    needed = {tuple(line.split(" ", 2)[1:]) for line in printed if line.startswith("kernel ")}
    # Kernels that others call are compiled with them, and not loaded on their own.
    missing = needed - set(ahead.recorded())
    assert not missing, "stale thermal/cli/ahead.txt"


def test_shares_are_the_whole_record(monkeypatch):
    compiled: list[str] = []

    class Kernel:
        def __init__(self, name: str) -> None:
            self.name = name

        def compile(self, types: tuple[object, ...]) -> None:
            assert types == (nb.float64,)
            compiled.append(self.name)

    class Module:
        def __getattr__(self, name: str) -> Kernel:
            return Kernel(name)

    names = ["a", "b", "c", "twice", "twice"]
    monkeypatch.setattr(ahead, "recorded", lambda: [(f"m:{name}", "float64") for name in names])
    monkeypatch.setattr(ahead, "import_module", lambda _name: Module())
    ahead.compile_share(0, 1)
    # From the end; a kernel with two variants is left to the run itself.
    assert compiled == ["c", "b", "a"]
    compiled.clear()
    ahead.compile_share(0, 2)
    ahead.compile_share(1, 2)
    assert sorted(compiled) == ["a", "b", "c"]


@pytest.mark.parametrize(("cores", "expected"), [(1, 0), (2, 1), (64, ahead.MOST)])
def test_a_core_is_left_to_the_run(monkeypatch, cores, expected):
    monkeypatch.setattr(ahead, "_cores", lambda: cores)
    monkeypatch.setattr(ahead, "PACKAGE", "nothing.")
    with ahead.helpers() as running:
        ahead.start(running)
        assert len(running) == expected
    assert all(helper.returncode is not None for helper in running)
