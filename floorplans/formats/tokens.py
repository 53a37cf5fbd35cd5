"""Words, numbers and signs of a text file, each with its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from floorplans.diagnostics import Diagnostic, InputError, Span, did_you_mean, listed, quoted

MAX_TOKENS = 2_000_000
"""Tokens that a file may hold."""

LARGEST_EXPONENT = 300
"""Numbers beyond 1e300 or below 1e-300 are refused: they are no quantities."""


@dataclass(frozen=True, slots=True)
class Token:
    """One word, number, string or sign; `kind` is ``word``, ``number``, ``text``, ``sign`` or ``end``."""

    kind: str
    text: str
    span: Span


def finite(text: str) -> Decimal | None:
    """The number that a text is; None if it is none, not finite, or beyond what a quantity can be."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    if not value.is_finite() or (value and abs(value.adjusted()) > LARGEST_EXPONENT):
        return None
    return value


class Tokens:
    """A file read token by token; the first thing that is wrong raises InputError at its place.

    Parameters
    ----------
    found
        All tokens, the last of kind ``end``.
    """

    def __init__(self, found: list[Token]) -> None:
        self._found, self._next = found, 0

    @property
    def now(self) -> Token:
        """The token that comes next."""
        return self._found[self._next]

    def peek(self, ahead: int) -> Token:
        """The token that comes `ahead` after the next."""
        return self._found[min(self._next + ahead, len(self._found) - 1)]

    def take(self) -> Token:
        """The next token; the end is never passed."""
        token = self.now
        if token.kind != "end":
            self._next += 1
        return token

    def refuse(self, wanted: str) -> InputError:
        """What to raise where something else was wanted."""
        got = "the end of the file" if self.now.kind == "end" else quoted(self.now.text)
        return InputError(Diagnostic(self.now.span, f"expected {wanted} (got {got})"))

    def sign(self, *signs: str) -> None:
        """Take signs that must come next."""
        for sign in signs:
            if self.now.text != sign or self.now.kind != "sign":
                raise self.refuse(f"'{sign}'")
            self.take()

    def words(self, phrase: str) -> None:
        """Take keywords that must come next, such as ``heat transfer coefficient``."""
        for word in phrase.split():
            if self.now.kind != "word" or self.now.text != word:
                raise self.refuse(f"'{phrase}'")
            self.take()

    def is_next(self, phrase: str) -> bool:
        """Whether these keywords come next."""
        words = phrase.split()
        ahead = self._found[self._next : self._next + len(words)]
        return [(t.kind, t.text) for t in ahead] == [("word", w) for w in words]

    def name(self, what: str) -> Token:
        """A name that must come next."""
        if self.now.kind != "word":
            raise self.refuse(what)
        return self.take()

    def string(self, what: str) -> Token:
        """A text in quotation marks that must come next."""
        if self.now.kind != "text":
            raise self.refuse(f"{what} in quotation marks")
        return self.take()

    def choice(self, options: tuple[str, ...], what: str) -> str:
        """One of some words."""
        if self.now.kind == "word" and self.now.text in options:
            return self.take().text
        near = did_you_mean(self.now.text, options)
        error = self.refuse(f"{what}: one of {listed(options)}")
        raise InputError([Diagnostic(d.span, d.message + near) for d in error.diagnostics])

    def number(self, what: str, allowed: Callable[[Decimal], bool] | None = None, must: str = "") -> Decimal:
        """A number that must come next, and what is allowed of it."""
        value = finite(self.now.text) if self.now.kind == "number" else None
        if value is None:
            raise self.refuse(f"{what}, a number")
        if allowed is not None and not allowed(value):
            raise InputError(Diagnostic(self.now.span, f"{what} must be {must} (got {self.now.text})"))
        self.take()
        return value

    def positive(self, what: str) -> Decimal:
        """A number above zero."""
        return self.number(what, lambda v: v > 0, "> 0")

    def whole(self, what: str) -> int:
        """A whole number of at least 1."""
        return int(self.number(what, lambda v: v >= 1 and v == v.to_integral_value(), "a whole number >= 1"))


_PATTERN = re.compile(
    r"(?P<skip>[ \t\r\f\v]+|//[^\n]*|#[^\n]*)|(?P<line>\n)|(?P<open>/\*)"
    r'|"(?P<text>[^"\n]*)"'
    r"|(?P<number>[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?(?![A-Za-z0-9_.]))"
    r"|(?P<word>[A-Za-z0-9_][A-Za-z0-9_-]*)"
    r"|(?P<sign>[:;,.()])"
)


def scanned(text: str, file: str) -> Tokens:
    """The tokens of a text with ``//``, ``#`` and ``/* */`` comments.

    Raises
    ------
    InputError
        A character that belongs nowhere, a comment or a string without its end.
    """
    return Tokens(list(_tokens(text, file)))


def _tokens(text: str, file: str) -> Iterator[Token]:
    line, start, position, count = 1, 0, 0, 0
    while position < len(text):
        span = Span(file, line, position - start + 1)
        found = _PATTERN.match(text, position)
        if found is None:
            what = "a string without its closing quotation mark" if text[position] == '"' else None
            message = what or f"unexpected character {quoted(text[position])}"
            raise InputError(Diagnostic(span, message))
        position = found.end()
        kind = found.lastgroup or ""
        if kind == "open":
            end = text.find("*/", position)
            if end < 0:
                raise InputError(Diagnostic(span, "this comment has no end: '*/' is missing"))
            line += text.count("\n", position, end)
            start = max(start, text.rfind("\n", 0, end) + 1)
            position = end + 2
        elif kind == "line":
            line, start = line + 1, position
        elif kind != "skip":
            count += 1
            if count > MAX_TOKENS:
                raise InputError(Diagnostic(span, f"more than {MAX_TOKENS} words; this file is refused"))
            yield Token(kind, found.group(kind), span)
    yield Token("end", "", Span(file, line, position - start + 1))
