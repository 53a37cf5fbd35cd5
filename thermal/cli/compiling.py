"""Tell the user why the first run takes longer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from thermal.cli.exits import say

NOTICE = "compiling kernels, about a minute, once"


@contextmanager
def announced() -> Iterator[None]:
    """Say so on stderr if a kernel of ours is compiled inside, before the first one is, and have others help.

    Numba reports an event when it really compiles, not when it finds the kernel in its cache.
    """
    from numba.core import event

    from thermal.cli import ahead

    class FirstCompilation(event.Listener):
        """Speaks once."""

        told = False

        def on_start(self, event: Any) -> None:
            kernel = event.data["dispatcher"].py_func
            if not self.told and kernel.__module__.startswith("thermal.kernels"):
                FirstCompilation.told = True
                say(NOTICE)
                ahead.start(running)

        def on_end(self, event: Any) -> None:
            pass

    with ahead.helpers() as running, event.install_listener("numba:compile", FirstCompilation()):
        yield
