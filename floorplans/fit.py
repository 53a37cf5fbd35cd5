"""Whether the parts of a package fit: names are unique, nothing overlaps, nothing sticks out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from floorplans.addresses import items
from floorplans.block import Block, Outlined
from floorplans.diagnostics import Path, Problems, Span, did_you_mean, listed
from floorplans.floorplan import Floorplan
from floorplans.geometry import Bounds, Size, overhang, overlaps, rectangle
from floorplans.nodes import Node
from floorplans.package import Chiplet, Die, Layer, Package, Region

MOST = 20
"""Overlaps reported of one layer; a shifted floorplan would otherwise give thousands of lines."""


@dataclass(frozen=True)
class Row:
    """The chiplets of one layer.

    Parameters
    ----------
    layer
        Its name.
    bounds
        x0, y0, x1, y1 [m] of the layer in the package; None if that is not known.
    chiplets
        Each with the node and the path it is from.
    """

    layer: str
    bounds: Bounds | None
    chiplets: tuple[tuple[Chiplet, Node, Path], ...]


class Fit:
    """Checks parts that are right in themselves against each other.

    Parameters
    ----------
    problems
        Receives every error.
    """

    def __init__(self, problems: Problems) -> None:
        self._problems = problems

    def names(self, nodes: Sequence[Node], path: Path, noun: str) -> None:
        """No two of a list have the same name."""
        first: dict[str, Span] = {}
        for position, node in enumerate(nodes):
            self._name(node, (*path, position), first, noun)

    def names_of_blocks(self, owner: Node, path: Path, *, in_die: bool) -> None:
        """No two blocks of a die, on whichever layers, have the same name; nor two of a package layer."""
        first: dict[str, Span] = {}
        for number, layer in enumerate(items(owner, "layers")):
            first = first if in_die else {}
            where = (*path, "layers", number, "floorplan", "blocks")
            for position, block in enumerate(items(layer.child("floorplan"), "blocks")):
                self._name(block, (*where, position), first, "block")

    def _name(self, node: Node, path: Path, first: dict[str, Span], noun: str) -> None:
        name = node.child("name")
        if name is None or not isinstance(name.value, str):
            return
        if name.value in first:
            message = f"duplicate {noun} name '{name.value}' (first at {first[name.value]})"
            self._problems.add(name.span, message, (*path, "name"))
        first.setdefault(name.value, name.span)

    def floorplan(self, floorplan: Floorplan, places: Sequence[tuple[Node, Path]], size: Size | None) -> None:
        """Blocks lie inside their layer and do not overlap.

        Parameters
        ----------
        floorplan
            The blocks.
        places
            Node and path of each block.
        size
            Width and height [m] of the layer; None if that is not known.
        """
        place = {id(block): where for block, where in zip(floorplan.blocks, places, strict=True)}

        def report(block: Block, message: str) -> None:
            node, path = place[id(block)]
            outline = node.child("rect_um") or node.child("polygon_um") or node
            self._problems.add(outline.span, message, path)

        found = floorplan.overlaps()
        for first, second, area in found[:MOST]:
            report(second, f"block '{second.name}' overlaps block '{first.name}' by {_area(area)}")
        if len(found) > MOST:
            report(found[MOST][1], f"and at least {len(found) - MOST} more overlaps in this floorplan")
        for block, distance in floorplan.outside(size) if size is not None else ():
            message = f"block '{block.name}' sticks out of its layer ({_mm(size)}) by {_length(distance)}"
            report(block, message)

    def region(self, region: Region, node: Node, path: Path, size: Size) -> None:
        """A region lies inside its layer."""
        distance = _overhang_of(region, size)
        if distance:
            message = f"this region sticks out of its layer ({_mm(size)}) by {_length(distance)}"
            self._problems.add(node.span, message, path)

    def layer(self, layer: Layer, node: Node, path: Path, parent: Size, noun: str) -> None:
        """A layer lies inside its package or die."""
        distance = overhang(layer.bounds(parent), (0.0, 0.0, *parent))
        if distance:
            message = f"layer '{layer.name}' sticks out of the {noun} ({_mm(parent)}) by {_length(distance)}"
            self._problems.add(node.span, message, path)

    def chiplets(
        self, rows: Sequence[Row], dies: Mapping[str, Die], known: Sequence[str], layers: Sequence[str]
    ) -> None:
        """Chiplets are of known dies, have names of their own, lie in their layer and do not overlap.

        Parameters
        ----------
        rows
            The chiplets of each layer that has some.
        dies
            The dies that could be built.
        known
            Names of all dies of the file.
        layers
            Names of all layers of the package.
        """
        first: dict[str, Span] = {}
        for row in rows:
            for chiplet, node, path in row.chiplets:
                self._name(node, path, first, "chiplet")
                if chiplet.name in layers:
                    message = f"'{chiplet.name}' is also a layer of the package; addresses would be ambiguous"
                    self._problems.add((node.child("name") or node).span, message, (*path, "name"))
                if chiplet.die not in known:
                    there = f" (there are: {listed(known)})" if known else " (the design has no dies)"
                    message = f"unknown die '{chiplet.die}'{did_you_mean(chiplet.die, known)}{there}"
                    self._problems.add((node.child("die") or node).span, message, (*path, "die"))
            self._row(row, dies)

    def _row(self, row: Row, dies: Mapping[str, Die]) -> None:
        placed = [entry for entry in row.chiplets if entry[0].die in dies]
        boxes = [chiplet.bounds(dies[chiplet.die]) for chiplet, _, _ in placed]
        for (chiplet, node, path), box in zip(placed, boxes, strict=True):
            distance = overhang(box, row.bounds) if row.bounds is not None else 0.0
            if distance:
                x0, y0, x1, y1 = (f"{value * 1e3:.6g}" for value in box)
                message = (
                    f"chiplet '{chiplet.name}' (x {x0} to {x1} mm, y {y0} to {y1} mm) "
                    f"sticks out of its layer '{row.layer}' by {_length(distance)}"
                )
                self._problems.add(node.span, message, path)
        for i, j, area in overlaps([rectangle(*box) for box in boxes])[:MOST]:
            (first, _, _), (second, node, path) = placed[i], placed[j]
            message = f"chiplet '{second.name}' overlaps chiplet '{first.name}' by {_area(area)}"
            self._problems.add(node.span, message, path)

    def cooling(self, package: Package, node: Node, path: Path) -> None:
        """Heat can leave somewhere; without that no steady state exists."""
        if not package.cooled:
            self._problems.add(
                node.span,
                "no cooling: heat cannot leave, so there is no steady temperature; "
                "give 'top' or 'bottom' an htc_w_m2k or resistance_k_w, or a layer 'exposed'",
                path,
            )

    def case_layer(self, case: Node | None, path: Path, names: Sequence[str]) -> None:
        """The case is one of the package's layers."""
        if case is not None and isinstance(case.value, str) and case.value not in names:
            near = did_you_mean(case.value, names)
            message = f"no layer '{case.value}'{near} (there are: {listed(names)})"
            self._problems.add(case.span, message, path)


def _overhang_of(part: Outlined, size: Size) -> float:
    x0, y0, x1, y1 = part.outline.bounds
    return overhang((x0, y0, x1, y1), (0.0, 0.0, *size))


def _mm(size: Size | None) -> str:
    return f"{size[0] * 1e3:g} x {size[1] * 1e3:g} mm" if size is not None else "of unknown size"


def _length(metres: float) -> str:
    return f"{metres * 1e3:.4g} mm" if metres >= 1e-3 else f"{metres * 1e6:.4g} um"


def _area(square_metres: float) -> str:
    return f"{square_metres * 1e6:.4g} mm2" if square_metres >= 1e-7 else f"{square_metres * 1e12:.4g} um2"
