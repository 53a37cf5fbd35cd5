"""A design as it was read: plain data, the place of every value, and the files it came from."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from floorplans.diagnostics import Diagnostic, InputError, Problems, Span, quoted
from floorplans.diagnostics import Path as Steps
from floorplans.nodes import Node, composed, resolved, wrapped

MAX_BYTES = 256 * 1024 * 1024
"""Largest file that is read."""


@dataclass(frozen=True)
class Source:
    """What was read, before anything is known about its meaning.

    Parameters
    ----------
    root
        The tree; floorplan files it names are already in it.
    file
        The file's name as the user gave it, or ``<text>``.
    directory
        What relative file names in it are relative to.
    path
        The file; None for text and for plain data.
    contents
        SHA-256 of each file read.
    diagnostics
        What is wrong so far but did not prevent reading on.
    """

    root: Node
    file: str
    directory: Path
    path: Path | None = None
    contents: Mapping[Path, str] = field(default_factory=dict)
    diagnostics: tuple[Diagnostic, ...] = ()

    @cached_property
    def data(self) -> Any:
        """The tree as dicts, lists, text and numbers."""
        return self.root.plain

    @property
    def files(self) -> tuple[Path, ...]:
        """Every file read, the design first."""
        return tuple(self.contents)

    def node(self, path: Steps) -> Node | None:
        """The value at `path`; None when there is none."""
        node: Node | None = self.root
        for step in path:
            node = node.child(step) if node is not None else None
        return node

    def span(self, path: Steps, *, key: bool = False) -> Span:
        """Where the value at `path` is, or its key; of a missing value, where its nearest ancestor is."""
        node, span = self.root, self.root.span
        for position, step in enumerate(path):
            if key and position == len(path) - 1 and str(step) in node.keys:
                return node.keys[str(step)]
            child = node.child(step)
            if child is None:
                return span
            node, span = child, child.span
        return span

    def digests(self) -> dict[str, str]:
        """SHA-256 of every file read, by its path relative to the design's folder."""
        return {_relative(path, self.directory): digest for path, digest in self.contents.items()}

    def overridden(self, assignments: Mapping[str, object], *, merge: bool = False) -> Source:
        """The same source with some values replaced.

        Parameters
        ----------
        assignments
            Dotted paths to values. A step into a list is a position or the `name` of an item:
            ``package.layers.tim1.thickness_um``, ``power.soc0/tensor0``.
        merge
            Whether a mapping given for a mapping changes only the keys it has, as in a scenario.

        Raises
        ------
        InputError
            For paths that lead nowhere, all of them at once.
        """
        from floorplans.overrides import assigned

        problems = Problems()
        root = self.root
        for dotted_path, value in assignments.items():
            node = wrapped(value, Span(f"--set {dotted_path}={_flow(value)}"))
            root = assigned(root, dotted_path, node, problems, merge=merge)
        problems.raise_if_any()
        return included(replace(self, root=root))


def _flow(value: object) -> str:
    """A value as it stands on a command line."""
    return value if isinstance(value, str) else quoted(value)


def _relative(path: Path, directory: Path) -> str:
    try:
        return Path(os.path.relpath(path, directory)).as_posix()
    except ValueError:  # another drive
        return path.as_posix()


def parse_assignment(text: str) -> tuple[str, object]:
    """Split ``key=value`` of a command line; the value is read as YAML.

    Raises
    ------
    InputError
        No ``=``, or a value that is not YAML.
    """
    key, equals, value = text.partition("=")
    span = Span(f"--set {text}")
    if not equals or not key.strip():
        raise InputError(Diagnostic(span, "expected key=value, for example package.ambient_c=45"))
    if not value.strip().startswith(("{", "[", '"', "'")):
        return key.strip(), resolved(value.strip())
    problems = Problems()
    try:
        node = composed(value, span.file, problems)
    except InputError as error:
        raise InputError(Diagnostic(span, found.message) for found in error.diagnostics) from None
    problems.raise_if_any()
    return key.strip(), node.plain


def read_source(path: str | Path) -> Source:
    """Read a design file and the floorplan files it names.

    Raises
    ------
    InputError
        The file cannot be read, or is not YAML.
    """
    where = Path(path)
    contents: dict[Path, str] = {}
    text = read_text(where, Span(str(path)), contents)
    return _source(text, str(path), where.resolve(), contents)


def parse_source(text: str, file: str = "<text>") -> Source:
    """Read a design from text; file names in it are relative to the working directory."""
    return _source(text, file, None, {})


def source_of(data: Mapping[str, object]) -> Source:
    """A source from plain data, as `json` or `yaml` would load it."""
    return included(Source(wrapped(data, Span("<data>")), "<data>", Path.cwd()))


def _source(text: str, file: str, path: Path | None, contents: dict[Path, str]) -> Source:
    problems = Problems()
    root = composed(text, file, problems)
    directory = path.parent if path is not None else Path.cwd()
    return included(Source(root, file, directory, path, contents, tuple(problems)))


def included(source: Source) -> Source:
    """The source with every floorplan file it names read into the tree."""
    from floorplans.include import expanded

    problems, contents = Problems(), dict(source.contents)
    root = expanded(source.root, source, contents, problems)
    return replace(source, root=root, contents=contents, diagnostics=(*source.diagnostics, *problems))


def read_bytes(path: Path, span: Span, contents: dict[Path, str]) -> bytes:
    """Read a file and note its SHA-256.

    Raises
    ------
    InputError
        At `span`, saying why the file cannot be read.
    """
    try:
        if path.exists() and not path.is_file():
            kind = "a folder" if path.is_dir() else "not a regular file"
            raise InputError(Diagnostic(span, f"cannot read '{path}': it is {kind}"))
        if path.stat().st_size > MAX_BYTES:
            raise InputError(Diagnostic(span, f"cannot read '{path}': larger than {MAX_BYTES >> 20} MiB"))
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(Diagnostic(span, f"cannot read '{path}': {reason}")) from None
    contents[path.resolve()] = hashlib.sha256(content).hexdigest()
    return content


def read_text(path: Path, span: Span, contents: dict[Path, str]) -> str:
    """Read a text file and note its SHA-256; raises as `read_bytes`."""
    try:
        return read_bytes(path, span, contents).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            Diagnostic(span, f"cannot read '{path}': not UTF-8 text (byte {error.start})")
        ) from None
