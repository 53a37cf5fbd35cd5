"""What is wrong with an input, and where: every error of a file at once, in the style of a compiler."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import Literal

Path = tuple[str | int, ...]
"""Keys and list positions that lead from the root of a design to one value."""


@dataclass(frozen=True, slots=True)
class Span:
    """A place in an input.

    Parameters
    ----------
    file
        File name as the user gave it, or a description such as ``--set package.ambient_c=45``.
    line, col
        Position counted from 1; 0 where the input has no lines.
    """

    file: str
    line: int = 0
    col: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.col}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One message about an input.

    Parameters
    ----------
    span
        Where; None when no place in a file can be named.
    message
        What is wrong, what was given, what is allowed.
    path
        Dotted path of the value, such as ``package.layers.2.thickness_um``.
    severity
        An input with an error is refused; a warning is only shown.
    """

    span: Span | None
    message: str
    path: str = ""
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        parts = [str(self.span)] if self.span is not None else []
        parts.append(self.severity)
        if self.path:
            parts.append(self.path)
        return ": ".join([*parts, self.message])


class InputError(Exception):
    """The input cannot be used; carries everything that is wrong with it.

    Parameters
    ----------
    diagnostics
        One or more diagnostics, in the order in which they are to be read.
    """

    def __init__(self, diagnostics: Diagnostic | Iterable[Diagnostic]) -> None:
        found = (diagnostics,) if isinstance(diagnostics, Diagnostic) else tuple(diagnostics)
        self.diagnostics: tuple[Diagnostic, ...] = found
        super().__init__(found)

    def __str__(self) -> str:
        return "\n".join(str(diagnostic) for diagnostic in self.diagnostics)


class Problems:
    """Collects diagnostics while an input is read, so that they are reported together."""

    def __init__(self, found: Iterable[Diagnostic] = ()) -> None:
        self._found = list(found)

    def add(self, span: Span | None, message: str, path: Path | str = ()) -> None:
        """Note one error."""
        self._found.append(Diagnostic(span, message, path if isinstance(path, str) else dotted(path)))

    def extend(self, found: Iterable[Diagnostic]) -> None:
        """Note errors found elsewhere."""
        self._found.extend(found)

    def __len__(self) -> int:
        return len(self._found)

    def __iter__(self) -> Iterator[Diagnostic]:
        return iter(self._found)

    def raise_if_any(self) -> None:
        """Raise `InputError` with all of them, ordered by place, if there are any."""
        if self._found:
            raise InputError(sorted(dict.fromkeys(self._found), key=_place))


def _place(diagnostic: Diagnostic) -> tuple[str, int, int]:
    span = diagnostic.span or Span("")
    return (span.file, span.line, span.col)


def dotted(path: Path) -> str:
    """`path` as the user writes it: ``package.layers.2.thickness_um``."""
    return ".".join(str(step) for step in path)


def did_you_mean(name: object, options: Iterable[str]) -> str:
    """Suggest the option nearest to `name`, as text to append to a message; empty when nothing is near."""
    near = _nearest(str(name), tuple(options))
    return f"; did you mean '{near}'?" if near else ""


@lru_cache(maxsize=1024)
def _nearest(name: str, options: tuple[str, ...]) -> str:
    """The option nearest to `name`; cached, for a wrong name is often used many times."""
    by_fold = {option.casefold(): option for option in options}
    near = get_close_matches(name.casefold(), by_fold, n=1, cutoff=0.6)
    return by_fold[near[0]] if near else ""


def listed(names: Sequence[str], most: int = 12) -> str:
    """The names for a message, the first `most` of them."""
    shown = ", ".join(names[:most])
    return f"{shown} … ({len(names)} in all)" if len(names) > most else shown


def quoted(value: object, most: int = 60) -> str:
    """A value as the user might have written it, cut to `most` characters."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        text = f"{value!r}"
    elif isinstance(value, dict):
        text = "{" + ", ".join(str(key) for key in value) + "}"
    else:
        text = repr(value)
    return text if len(text) <= most else text[: most - 1] + "…"
