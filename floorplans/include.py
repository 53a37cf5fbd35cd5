"""Floorplans kept in files of their own: reading them into the tree of a design."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from floorplans.diagnostics import InputError, Problems, did_you_mean, quoted
from floorplans.nodes import Node, composed

if TYPE_CHECKING:
    from floorplans.formats.flp import FlpUnit
    from floorplans.source import Source

READABLE = (".flp", ".yaml", ".yml")
"""Suffixes of floorplan files."""

MAX_NODES = 4_000_000
"""Values that all floorplan files of a design may hold; files that include one another double fast."""

FILE_NODES = 4_000
"""What a file counts beside its values."""


class _Budget:
    """What may still be read."""

    def __init__(self) -> None:
        self.left = MAX_NODES

    def spend(self, nodes: int) -> None:
        self.left -= nodes + FILE_NODES


def expanded(root: Node, source: Source, contents: dict[Path, str], problems: Problems) -> Node:
    """The tree with every file named by a layer's `floorplan` read into it.

    Parameters
    ----------
    root
        Tree of a design.
    source
        Where it came from; gives the folder that file names are relative to.
    contents
        Receives the SHA-256 of each file read.
    problems
        Receives what is wrong with the files.
    """
    stack = (source.path,) if source.path is not None else ()
    shown = Path(source.file).parent if stack else Path()
    reader = _Reader(contents, problems, source.directory, shown, stack, _Budget())
    dies = root.child("dies")
    names = list(dies.value) if dies is not None and isinstance(dies.value, dict) else []
    for path in [("package",), *(("dies", name) for name in names)]:
        root = _layers_expanded(root, path, reader)
    return root


def _layers_expanded(root: Node, path: tuple[str, ...], reader: _Reader) -> Node:
    if not path:
        layers = root.child("layers")
        if layers is None or not isinstance(layers.value, list):
            return root
        for position, layer in enumerate(layers.value):
            floorplan = layer.child("floorplan")
            if floorplan is not None and reader.concerns(floorplan):
                layers = layers.with_child(
                    position, layer.with_child("floorplan", reader.floorplan(floorplan))
                )
        return root if layers is root.child("layers") else root.with_child("layers", layers)
    child = root.child(path[0])
    if child is None:
        return root
    changed = _layers_expanded(child, path[1:], reader)
    return root if changed is child else root.with_child(path[0], changed)


class _Reader:
    """Reads floorplans named by one file: its folder, the same as messages show it, the files being read."""

    def __init__(
        self,
        contents: dict[Path, str],
        problems: Problems,
        directory: Path,
        shown: Path,
        stack: tuple[Path, ...],
        budget: _Budget,
    ) -> None:
        self._contents, self._problems = contents, problems
        self._directory, self._shown, self._stack = directory, shown, stack
        self._budget = budget

    @staticmethod
    def concerns(node: Node) -> bool:
        """Whether a floorplan names files."""
        return isinstance(node.value, str) or node.child("include") is not None

    def floorplan(self, node: Node) -> Node:
        """A floorplan with everything it includes; empty where a file cannot be read."""
        if isinstance(node.value, str):
            return self._file(node)
        include, blocks = node.child("include"), node.child("blocks")
        if include is None:
            return node
        names = include.value if isinstance(include.value, list) else [include]
        found = list(blocks.value) if blocks is not None and isinstance(blocks.value, list) else []
        for name in names:
            found.extend(self._blocks(name))
        span = blocks.span if blocks is not None else include.span
        return node.without("include").with_child("blocks", Node(found, span))

    def _blocks(self, name: Node) -> list[Node]:
        """The blocks of one included file."""
        node = self._file(name)
        blocks = node.child("blocks")
        if blocks is None or not isinstance(blocks.value, list):
            self._problems.add(node.span, "a floorplan file needs a list 'blocks'")
            return []
        for key in node.keys:
            if key != "blocks":
                near = did_you_mean(key, ("blocks", "include"))
                self._problems.add(node.keys[key], f"unknown key '{key}' in a floorplan file{near}")
        return blocks.value

    def _file(self, name: Node) -> Node:
        empty = Node({"blocks": Node([], name.span)}, name.span)
        if not isinstance(name.value, str):
            self._problems.add(name.span, f"a floorplan file must be a name (got {quoted(name.plain)})")
            return empty
        path = self._directory / name.value
        if path.suffix.lower() not in READABLE:
            known = ", ".join(READABLE)
            near = did_you_mean(path.suffix.lower(), READABLE)
            self._problems.add(
                name.span, f"cannot read '{name.value}' as a floorplan: it must end in {known}{near}"
            )
            return empty
        if path.resolve() in self._stack:
            chain = " → ".join(step.name for step in (*self._stack, path))
            self._problems.add(name.span, f"'{name.value}' includes itself: {chain}")
            return empty
        if self._budget.left <= 0:
            self._problems.add(name.span, f"too many floorplan files (or above {MAX_NODES} values in them)")
            return empty
        try:
            return self._read(path, name)
        except InputError as error:
            self._problems.extend(error.diagnostics)
            return empty

    def _read(self, path: Path, name: Node) -> Node:
        from floorplans.formats.flp import parse_flp
        from floorplans.source import read_text

        shown = str(self._shown / str(name.value))
        text = read_text(path, name.span, self._contents)
        if path.suffix.lower() == ".flp":
            units = parse_flp(text, shown, self._problems)
            self._budget.spend(6 * len(units))
            return _nodes(units, name)
        node = composed(text, shown, self._problems)
        self._budget.spend(node.size)
        stack = (*self._stack, path.resolve())
        here = (path.parent, Path(shown).parent)
        inner = _Reader(self._contents, self._problems, *here, stack, self._budget)
        if (wrapped := node.child("floorplan")) is not None:
            node = wrapped
        return inner.floorplan(node)


def _nodes(units: tuple[FlpUnit, ...], name: Node) -> Node:
    """Units of a HotSpot floorplan as if they had been written in the design."""
    blocks = []
    for unit in units:
        rect = Node([Node(value, unit.span) for value in unit.rect_um], unit.span)
        blocks.append(Node({"name": Node(unit.name, unit.span), "rect_um": rect}, unit.span))
    return Node({"blocks": Node(list(blocks), name.span)}, name.span)
