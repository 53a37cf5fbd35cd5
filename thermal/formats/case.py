"""A case of another program: the design it describes, and what it asks for besides."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from floorplans.diagnostics import Diagnostic, InputError, Span
from floorplans.nodes import Node
from floorplans.source import Source

if TYPE_CHECKING:
    from thermal.design import Design
    from thermal.imposed import ImposedGrid

SUFFIXES = (".config", ".stk")
"""Files that are read as cases of HotSpot and of 3D-ICE."""


@dataclass(frozen=True, eq=False)
class Case:
    """What was read.

    Attributes
    ----------
    source
        The design, every value at its place in the files of the case.
    program
        ``HotSpot`` or ``3D-ICE``.
    notes
        What a user should know: files found beside the case, what is left out.
    grid
        The grid of the case, with what its program writes; None where it cannot be imposed.
    refusal
        Why the grid cannot be imposed.
    """

    source: Source
    program: str
    notes: tuple[str, ...] = ()
    grid: ImposedGrid | None = None
    refusal: Diagnostic | None = None

    @property
    def design(self) -> Design:
        """The design; raises InputError with everything that is wrong."""
        from thermal.design import Design

        return Design.from_source(self.source)

    def imposed(self) -> ImposedGrid:
        """The grid of the case; raises InputError where it cannot be imposed."""
        if self.grid is None:
            raise InputError(self.refusal or Diagnostic(self.source.root.span, "this case has no grid"))
        return self.grid


def read_case(path: str | Path, options: dict[str, str] | None = None) -> Case:
    """Read a case of HotSpot (`.config`) or 3D-ICE (`.stk`).

    Parameters
    ----------
    options
        Of HotSpot: what stands on its command line, without the dashes.

    Raises
    ------
    InputError
        With what is wrong, at its file and line.
    """
    from thermal.formats.hotspot import read_hotspot
    from thermal.formats.threedice import read_threedice

    if Path(path).suffix == ".config":
        return read_hotspot(path, options or {})
    if options:
        message = "options of HotSpot's command line are for its .config files"
        raise InputError(Diagnostic(Span(str(path)), message))
    return read_threedice(path)


def grown(value: Any, span: Span) -> Node:
    """Plain data as a node at `span`; nodes among them keep their own places."""
    if isinstance(value, Node):
        return value
    if isinstance(value, dict):
        children = {str(key): grown(child, span) for key, child in value.items()}
        size = 1 + sum(child.size for child in children.values())
        return Node(children, span, {key: child.span for key, child in children.items()}, size)
    if isinstance(value, list | tuple):
        items = [grown(child, span) for child in value]
        return Node(items, span, size=1 + sum(item.size for item in items))
    return Node(value, span)
