"""Temperatures of a case in the formats of its program.

HotSpot: `.steady` has a line for each unit of each layer, `.grid.steady` one for each cell under the die,
row by row from the top. 3D-ICE: what the output instructions of the stack ask for; maps have the lowest y
first. Temperatures are kelvin.
"""

from __future__ import annotations

import numpy as np

from thermal.imposed import Element, ImposedField, Request
from thermal.imposed_steps import Instant
from thermal.kernels.arrays import Floats

PREFIXES = {
    "chip": "",
    "interface": "iface_",
    "spreader": "hsp_",
    "sink": "hsink_",
    "substrate": "sub_",
}
"""What HotSpot puts before the names of units; ``layer_`` where nothing stands here."""

WORDS = {"maximum": "Maximum", "minimum": "Minimum", "average": "Average", "gradient": "Gradient"}


def hotspot_files(field: ImposedField, stem: str) -> dict[str, str]:
    """`.steady` and `.grid.steady` by file name."""
    return {f"{stem}.steady": steady(field), f"{stem}.grid.steady": grid_steady(field)}


def steady(field: ImposedField) -> str:
    """Mean temperature of every unit in every layer; the nodes of HotSpot's lumped rims do not exist here."""
    lines = []
    for name, layer in field.grid.layers.items():
        prefix = PREFIXES.get(name, f"{name}_")
        means = ((e.name, field.statistics(name, e).t_avg) for e in layer.elements)
        lines += [f"{prefix}{unit}\t{mean:.2f}" for unit, mean in means]
    return "\n".join(lines) + "\n"


def grid_steady(field: ImposedField) -> str:
    """Temperature of every cell under the die."""
    lines = []
    names = list(field.grid.layers)
    die = next(iter(field.grid.layers.values()))
    for number, name in enumerate(names):
        lines.append(f"Layer {number}:")
        under = under_die(field, name, die.elements)
        lines += [f"{index}\t{kelvin:.2f}" for index, kelvin in enumerate(under[::-1].ravel().tolist())]
    return "\n".join(lines) + "\n"


def under_die(field: ImposedField, layer: str, elements: tuple[Element, ...]) -> Floats:
    """``[rows, columns]`` K of the cells of a layer that lie under (or above) some elements."""
    touched = np.any([mask for e in elements for mask in field.grid.touched(e)], axis=0)
    rows, columns = np.flatnonzero(touched.any(axis=1)), np.flatnonzero(touched.any(axis=0))
    return np.asarray(field.map(layer)[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], float)


def threedice_lines(request: Request, seconds: float, field: ImposedField) -> list[str]:
    """What an output instruction says of one instant."""
    if request.kind in ("Tmap", "Pmap"):
        return ["  ".join(f"{v:7.3f}" for v in row) for row in _map(request, field)] + [""]
    values = " \t ".join(f"{v:7.3f}" for v in values_of(request, field))
    return [f"{seconds:5.3f} \t {values}"]


def threedice_header(request: Request, field: ImposedField) -> list[str]:
    """The first lines of an output file."""
    return [f"% {line}" for line in _header(request, field)]


def values_of(request: Request, field: ImposedField) -> list[float]:
    """Temperatures in K that an instruction asks for, in the order of its columns."""
    if request.at is not None:
        return [field.at(request.layer, *request.at)]
    found = []
    for element in _elements(request, field):
        stats = field.statistics(request.layer, element)
        values = {"maximum": stats.t_max, "minimum": stats.t_min, "average": stats.t_avg}
        found.append(values.get(request.quantity, stats.t_max - stats.t_min))
    return found


def _elements(request: Request, field: ImposedField) -> tuple[Element, ...]:
    every = field.grid.layers[request.layer].elements
    return tuple(e for e in every if e.name == request.block) if request.block else every


def _map(request: Request, field: ImposedField) -> Floats:
    if request.kind == "Tmap":
        return field.map(request.layer)
    layer = field.grid.layers.get(request.layer)
    empty = np.zeros((len(field.grid.y) - 1, len(field.grid.x) - 1))
    return empty if layer is None else field.grid.watts(layer)


def _header(request: Request, field: ImposedField) -> list[str]:
    if request.kind in ("Tmap", "Pmap"):
        what = "Thermal" if request.kind == "Tmap" else "Power"
        return [f"{what} map for layer {request.element}"]
    if request.at is not None:
        x, y = (1e6 * v for v in request.at)
        return [
            f"Temperature for the location ({x:g}, {y:g}) of the layer {request.element}",
            "Time(s) \t Temperature(K)",
        ]
    word = WORDS[request.quantity]
    if request.block:
        title = f"{word} temperatures for the floorplan element {request.block} of the die {request.element}"
        return [title, f"Time(s) \t {request.element}.{request.block}(K)"]
    names = " \t ".join(f"{e.name}(K)" for e in _elements(request, field))
    return [f"{word} temperatures for the floorplan of the die {request.element}", f"Time(s) \t {names}"]


def threedice_files(field: ImposedField) -> dict[str, str]:
    """Every output of a steady run, by file name."""
    return {
        r.file: _text(threedice_header(r, field) + threedice_lines(r, 0.0, field))
        for r in field.grid.requests
    }


class StepFiles:
    """Output files of a transient run, that grow with its steps."""

    def __init__(self) -> None:
        self._lines: dict[str, list[str]] = {}

    def add(self, instant: Instant) -> None:
        """Note what the instructions want of a step."""
        for request in instant.field.grid.requests:
            lines = self._lines.setdefault(request.file, threedice_header(request, instant.field))
            wanted = {"step": True, "slot": instant.ends_slot, "final": instant.last}[request.when]
            if wanted:
                lines += threedice_lines(request, instant.seconds, instant.field)

    @property
    def texts(self) -> dict[str, str]:
        """Every file by its name."""
        return {name: _text(lines) for name, lines in self._lines.items()}


def _text(lines: list[str]) -> str:
    return "\n".join(lines) + "\n"
