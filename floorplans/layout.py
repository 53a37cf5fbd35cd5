"""Building a package and its dies from a source, and checking that everything fits.

Parts are built from the innermost outwards. A part that cannot be built is reported and left out, so that the
rest is still checked and all errors of a file are found at once.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path as FilePath

from pydantic import TypeAdapter, ValidationError

from floorplans.addresses import Addresses
from floorplans.block import Block
from floorplans.diagnostics import InputError, Path, Problems, did_you_mean, quoted
from floorplans.fit import Fit, Row
from floorplans.floorplan import Floorplan
from floorplans.geometry import Size
from floorplans.nodes import Node
from floorplans.package import VOID, Chiplet, Cooling, Die, Exposed, Layer, Package, Region
from floorplans.raster import read_raster
from floorplans.schema import M, Side, validated, written_with_another_unit

Checked = dict[tuple[int, Size | None], tuple[Node, Floorplan]]
"""Floorplans found right on a layer of some size, by the id of their node; keeping the node keeps its id."""

_SIZE: TypeAdapter[Size] = TypeAdapter(tuple[Side, Side])


class Layout:
    """Builds the package and the dies of one source.

    Parameters
    ----------
    problems
        Receives every error.
    materials
        Names of the materials there are.
    directory
        Folder that names of CSV files are relative to.
    contents
        Receives the SHA-256 of each CSV file read.
    checked
        Floorplans that need not be looked at again: scenarios share those of their base.
    """

    def __init__(
        self,
        problems: Problems,
        materials: Collection[str],
        directory: FilePath,
        contents: dict[FilePath, str],
        checked: Checked | None = None,
    ) -> None:
        self._problems, self._materials = problems, materials
        self._directory, self._contents = directory, contents
        self._checked: Checked = {} if checked is None else checked
        self._fit = Fit(problems)
        self._rows: list[Row] = []
        self._cooling_is_known = True

    def read(self, root: Node) -> tuple[Package | None, dict[str, Die]]:
        """Build what can be built of a design; the package is None if it is missing or wrong."""
        package, dies = root.child("package"), root.child("dies")
        built = self._dies(dies)
        if package is None:
            return None, built
        read = self._package(package, ("package",))
        layers = Addresses(root).package_layers
        known = list(dies.value) if dies is not None and isinstance(dies.value, dict) else []
        self._fit.chiplets(self._rows, built, known, layers)
        self._fit.case_layer(package.child("case_layer"), ("package", "case_layer"), layers)
        return read, built

    def _dies(self, node: Node | None) -> dict[str, Die]:
        if node is None or node.value is None:
            return {}
        if not isinstance(node.value, dict):
            message = f"must be a mapping of dies by name (got {quoted(node.plain)})"
            self._problems.add(node.span, message, "dies")
            return {}
        dies = {name: self._die(child, ("dies", name)) for name, child in node.value.items()}
        return {name: die for name, die in dies.items() if die is not None}

    def _die(self, node: Node, path: Path) -> Die | None:
        layers = self._layers(node, path, in_die=True)
        return validated(Die, node, path, self._problems, {"layers": layers})

    def _package(self, node: Node, path: Path) -> Package | None:
        built: dict[str, object] = {"layers": self._layers(node, path, in_die=False)}
        for face in ("top", "bottom"):
            if (child := node.child(face)) is not None:
                built[face] = self._boundary(Cooling, child, (*path, face))
        package = validated(Package, node, path, self._problems, built)
        if package is not None and self._cooling_is_known:
            self._fit.cooling(package, node, path)
        return package

    def _boundary(self, model: type[M], node: Node, path: Path) -> M | None:
        built = self._files(node, path, ("map_csv", "power_map_csv"))
        boundary = validated(model, node, path, self._problems, built)
        self._cooling_is_known &= boundary is not None
        return boundary

    def _layers(self, node: Node, path: Path, *, in_die: bool) -> tuple[Layer, ...] | None:
        if node.child("layers") is None:
            return None
        size = _size(node.child("outline_mm"))
        found = self._items(node, "layers", path, "layer")
        layers = [self._layer(child, where, size, in_die=in_die) for child, where in found]
        self._fit.names([child for child, _ in found], (*path, "layers"), "layer")
        self._fit.names_of_blocks(node, path, in_die=in_die)
        return tuple(layer for layer in layers if layer is not None)

    def _layer(self, node: Node, path: Path, parent: Size | None, *, in_die: bool) -> Layer | None:
        size = _size(node.child("outline_mm")) or parent
        chiplets = self._chiplets(node, path)
        built: dict[str, object] = self._files(node, path, ("power_map_csv",))
        if (floorplan := node.child("floorplan")) is not None:
            built["floorplan"] = self._floorplan(floorplan, (*path, "floorplan"), size)
        if node.child("regions") is not None:
            built["regions"] = self._regions(node, path, size)
        if node.child("chiplets") is not None:
            built["chiplets"] = tuple(chiplet for chiplet, _, _ in chiplets)
        if (exposed := node.child("exposed")) is not None:
            built["exposed"] = self._boundary(Exposed, exposed, (*path, "exposed"))
        layer = validated(Layer, node, path, self._problems, built)
        self._check_keys(node, path, in_die=in_die)
        for key in ("material", "fill"):
            self._check_material(node.child(key), (*path, key))
        row = Row("", None, chiplets)
        if layer is not None and parent is not None:
            self._fit.layer(layer, node, path, parent, "die" if in_die else "package")
            row = Row(layer.name, layer.bounds(parent), chiplets)
        if chiplets and not in_die:
            self._rows.append(row)
        return layer

    def _check_keys(self, node: Node, path: Path, *, in_die: bool) -> None:
        """Which keys a plain layer and a layer of chiplets need, and which they cannot have."""
        if not isinstance(node.value, dict):
            return
        if "chiplets" not in node.value:
            self._require(node, path, ("thickness_um", "material"))
            self._refuse(node, path, ("fill",), "fills the space around chiplets, and this layer has none")
        elif in_die:
            why = "a die cannot hold chiplets: give it more layers, or stack the dies in the package"
            self._refuse(node, path, ("chiplets",), why)
        else:
            why = "a layer of chiplets is as thick as its tallest chiplet"
            self._refuse(node, path, ("thickness_um",), why)
            why = "a layer of chiplets has a 'fill' around them in place of a material"
            self._refuse(node, path, ("material",), why)
            why = "a layer of chiplets has no power but that of its chiplets"
            self._refuse(node, path, ("floorplan", "power_map_csv"), why)

    def _require(self, node: Node, path: Path, keys: tuple[str, ...]) -> None:
        for key in keys:
            if node.child(key) is None and not written_with_another_unit(key, node):
                self._problems.add(node.span, "is required", (*path, key))

    def _refuse(self, node: Node, path: Path, keys: tuple[str, ...], why: str) -> None:
        for key in keys:
            if key in node.keys:
                self._problems.add(node.keys[key], why, (*path, key))

    def _check_material(self, node: Node | None, path: Path) -> None:
        if node is None or not isinstance(node.value, str):
            return
        if node.value != VOID and node.value not in self._materials:
            near = did_you_mean(node.value, [*self._materials, VOID])
            hint = near or "; `thermal materials` lists those there are"
            self._problems.add(node.span, f"unknown material '{node.value}'{hint}", path)

    def _regions(self, node: Node, path: Path, size: Size | None) -> tuple[Region, ...]:
        regions = []
        for child, where in self._items(node, "regions", path):
            region = validated(Region, child, where, self._problems)
            self._check_material(child.child("material"), (*where, "material"))
            if region is not None:
                regions.append(region)
                if size is not None:
                    self._fit.region(region, child, where, size)
        return tuple(regions)

    def _chiplets(self, node: Node, path: Path) -> tuple[tuple[Chiplet, Node, Path], ...]:
        chiplets = []
        if node.child("chiplets") is not None:
            for child, where in self._items(node, "chiplets", path, "chiplet"):
                chiplet = validated(Chiplet, child, where, self._problems)
                if chiplet is not None:
                    chiplets.append((chiplet, child, where))
        return tuple(chiplets)

    def _floorplan(self, node: Node, path: Path, size: Size | None) -> Floorplan | None:
        if (id(node), size) in self._checked:
            return self._checked[id(node), size][1]
        before = len(self._problems)
        blocks: list[Block] = []
        places: list[tuple[Node, Path]] = []
        for child, where in self._items(node, "blocks", path):
            block = validated(Block, child, where, self._problems)
            if block is not None:
                blocks.append(block)
                places.append((child, where))
        floorplan = validated(Floorplan, node, path, self._problems, {"blocks": tuple(blocks)})
        if floorplan is not None:
            self._fit.floorplan(floorplan, places, size)
        if floorplan is not None and len(self._problems) == before:
            self._checked[id(node), size] = node, floorplan
        return floorplan

    def _items(self, node: Node, key: str, path: Path, noun: str = "") -> list[tuple[Node, Path]]:
        """The items of a list, each with its path; with a `noun` there must be one."""
        found = node.child(key)
        if found is not None and found.value is not None and not isinstance(found.value, list):
            self._problems.add(found.span, f"must be a list (got {quoted(found.plain)})", (*path, key))
            return []
        children = found.value if found is not None and isinstance(found.value, list) else []
        if noun and not children:
            self._problems.add((found or node).span, f"needs at least one {noun}", (*path, key))
        return [(child, (*path, key, position)) for position, child in enumerate(children)]

    def _files(self, node: Node, path: Path, keys: tuple[str, ...]) -> dict[str, object]:
        """CSV files a part names, as absolute paths; each is read once to see that it can be used."""
        built: dict[str, object] = {}
        for key in keys:
            child = node.child(key)
            if child is None or not isinstance(child.value, str):
                continue
            file = (self._directory / child.value).resolve()
            built[key] = file
            try:
                grid = read_raster(file, child.span, self._contents)
            except InputError as error:
                self._problems.extend(error.diagnostics)
                continue
            if key == "map_csv" and not grid.total > 0.0:
                self._problems.add(child.span, "every cell is 0: this face cools nothing", (*path, key))
        return built


def _size(node: Node | None) -> Size | None:
    """Width and height [m] of an `outline_mm`, if it is right; if not, it is reported where it is built."""
    try:
        return _SIZE.validate_python(node.plain) if node is not None else None
    except ValidationError:
        return None
