"""Compile kernels on the other cores while the first run compiles its own.

Numba compiles one kernel after the other, in the order in which they are first called. ``ahead.txt`` holds
the kernels of the main job in that order, with the types that they are compiled for; helpers go through it
from its end and leave what they compile in Numba's cache, where the run finds it when it gets there.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.resources import files
from typing import Any

MOST = 3
"""Helpers at most: beyond that, the kernels that take longest decide."""
PACKAGE = "thermal.kernels."


def encoded(types: tuple[Any, ...]) -> str:
    """Types of a kernel's arguments in one word each.

    ``float64`` a number, ``float64:2`` an array of two dimensions, ``float64:2r`` one that is read-only.

    Raises
    ------
    ValueError
        An argument that is neither a number nor a C-contiguous array of numbers.
    """
    from numba import types as nb

    words: list[str] = []
    for kind in types:
        if isinstance(kind, nb.Array) and kind.layout == "C":
            words.append(f"{kind.dtype}:{kind.ndim}" + ("" if kind.mutable else "r"))
        elif isinstance(kind, nb.Number | nb.Boolean):
            words.append(str(kind))
        else:
            raise ValueError(f"no word for the type {kind}")
    return " ".join(words)


def decoded(words: str) -> tuple[Any, ...]:
    """The types that `encoded` wrote."""
    from numba import from_dtype
    from numba import types as nb
    from numpy import dtype

    def kind(word: str) -> Any:
        name, _, shape = word.partition(":")
        item = from_dtype(dtype(name))
        return nb.Array(item, int(shape.rstrip("r")), "C", readonly=shape.endswith("r")) if shape else item

    return tuple(kind(word) for word in words.split())


def recorded() -> list[tuple[str, str]]:
    """Kernels of the main job, as ``module:function`` below `PACKAGE`, with the words of their types."""
    lines = files("thermal.cli").joinpath("ahead.txt").read_text("utf-8").splitlines()
    return [(name, words) for name, _, words in (line.partition(" ") for line in lines)]


def compile_share(first: int, step: int) -> None:
    """Compile every `step`-th kernel of the record, from the one that is `first` from its end."""
    found = recorded()
    kinds = Counter(name for name, _ in found)
    for name, words in found[::-1][first::step]:
        # Two processes that save two variants of one kernel at the same time would spoil its cache.
        if kinds[name] == 1:
            module, _, function = name.partition(":")
            getattr(import_module(PACKAGE + module), function).compile(decoded(words))


@contextmanager
def helpers() -> Iterator[list[subprocess.Popen[bytes]]]:
    """A list of helpers to fill with `start`; those still at work at the end are stopped."""
    running: list[subprocess.Popen[bytes]] = []
    try:
        yield running
    finally:
        for helper in running:
            helper.terminate()
            helper.wait()


def start(running: list[subprocess.Popen[bytes]]) -> None:
    """Start a helper on every core but one."""
    count = min(_cores() - 1, MOST)
    for first in range(count):
        command = [sys.executable, "-m", __name__, str(first), str(count)]
        null = subprocess.DEVNULL
        running.append(subprocess.Popen(command, stdin=null, stdout=null, stderr=null))


def _cores() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1


if __name__ == "__main__":
    compile_share(int(sys.argv[1]), int(sys.argv[2]))
