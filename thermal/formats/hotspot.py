"""Cases of HotSpot 7 as designs: die, spreader, sink and the path to the board, each as large as it is.

HotSpot lumps what lies outside the die into twelve nodes (28 with the board); here it is geometry. Sink and
board hand their heat to the ambient through `r_convec` and `r_convec_sec` over their whole faces; the
capacitances of these films are added to the sink's and the board's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from floorplans.diagnostics import Diagnostic, InputError, Problems, Span, did_you_mean
from floorplans.formats.flp import FlpUnit, parse_flp
from floorplans.formats.hotspot_config import Given, HotspotOptions, parse_hotspot_config
from floorplans.formats.hotspot_layers import (
    HotspotLayer,
    HotspotMaterial,
    parse_hotspot_layers,
    parse_hotspot_materials,
)
from floorplans.nodes import Node
from floorplans.source import Source, read_text
from power.formats.ptrace import Ptrace, parse_ptrace
from thermal.formats.case import Case, grown
from thermal.formats.hotspot_grid import hotspot_grid

ZERO = Decimal("273.15")
DENSITY = 1000.0
"""kg/m3, by convention: HotSpot knows the product with the specific heat only."""

LEAKAGE_W_M2, LEAKAGE_BETA, LEAKAGE_C = 1.5e4, 0.036, 110.0
"""HotSpot's own leakage: W/m2 of a block's area at 110 degC, and its growth per kelvin."""

BOARD = (
    # name, side, thickness, W/(m K), J/(m3 K): HotSpot's constants for the path to the board, from below.
    ("pcb", "s_pcb", "t_pcb", Decimal(1) / Decimal("0.333"), Decimal("1.32e6")),
    ("solder", "s_solder", "t_solder", Decimal(1) / Decimal("0.06"), Decimal("2.1e6")),
    ("substrate", "s_sub", "t_sub", Decimal(2), Decimal("1.6e6")),
    ("c4", "", "t_c4", Decimal("1.25"), Decimal("1.65e6")),
    ("metal", "", "t_metal", Decimal(400), Decimal("3.55e6")),
)


@dataclass(frozen=True)
class Slice:
    """A layer of the stack: m, W/(m K), J/(m3 K); `side` None for one of the die's size."""

    name: str
    thickness: Decimal
    k: Decimal
    capacity: Decimal
    span: Span
    side: Decimal | None = None
    units: tuple[FlpUnit, ...] = ()
    powered: bool = False
    lateral: bool = True


class _Reader:
    """Reads the files that a configuration names or that lie beside it."""

    def __init__(self, path: Path, options: dict[str, str]) -> None:
        self.path, self.file = path, str(path)
        self.contents: dict[Path, str] = {}
        self.problems = Problems()
        self.notes: list[str] = []
        text = read_text(path, Span(self.file), self.contents)
        self.options = parse_hotspot_config(text, self.file, self.problems, options)
        self.problems.raise_if_any()

    def beside(self, option: str, ending: str, what: str, *, needed: bool) -> Given | None:
        """The file that an option names, else the only one of its kind beside the configuration."""
        named = self.options.file(option)
        if named is not None:
            return named
        found = sorted(p.name for p in self.path.parent.glob(f"*{ending}") if p.is_file())
        if len(found) == 1:
            self.notes.append(f"{what}: {found[0]}, which lies beside it")
            return Given(found[0], self.options.start)
        if not found and not needed:
            return None
        there = f"beside it are {', '.join(found)}" if found else f"there is no {ending} beside it"
        message = f"no {what} named, and {there}; name one: --hotspot {option}=FILE"
        raise InputError(Diagnostic(self.options.start, message))

    def text(self, given: Given) -> tuple[str, str]:
        """Contents of a file, and its name as messages show it."""
        # Relative to the configuration, as where HotSpot is run in its folder.
        text = read_text(self.path.parent / given.text, given.span, self.contents)
        return text, str(self.path.parent / given.text)

    def floorplan(self, given: Given) -> tuple[FlpUnit, ...]:
        units = parse_flp(*self.text(given), self.problems)
        self.problems.raise_if_any()
        return units


def read_hotspot(path: str | Path, options: dict[str, str]) -> Case:
    """Read a configuration and the files that go with it.

    Parameters
    ----------
    options
        Of HotSpot's command line, without dashes: ``{"f": "ev6.flp", "model_secondary": "1"}``.

    Raises
    ------
    InputError
        With what is wrong, at its file and line.
    """
    reader = _Reader(Path(path), options)
    _refuse(reader.options)
    materials = _materials(reader)
    slices = _stack(reader, materials)
    trace_file = reader.beside("p", ".ptrace", "power trace", needed=True)
    assert trace_file is not None
    trace = parse_ptrace(*reader.text(trace_file), reader.problems)
    reader.problems.raise_if_any()
    root = _design(reader, slices, trace)
    reader.problems.raise_if_any()
    where = reader.path.resolve()
    source = Source(root, reader.file, where.parent, where, reader.contents)
    grid = hotspot_grid(reader.options, slices, root)
    return Case(source, "HotSpot", tuple(reader.notes), grid)


def _refuse(options: HotspotOptions) -> None:
    for name in ("use_microchannels", "use_microfluidic_cooling"):
        if options.flag(name):
            message = f"-{name}: liquid cooling in channels is not supported yet"
            raise InputError(Diagnostic(options.span(name), message))
    if options.flag("package_model_used"):
        message = "-package_model_used: the fan-and-fin package model is not supported yet; give -r_convec"
        raise InputError(Diagnostic(options.span("package_model_used"), message))
    if options.flag("leakage_used") and options.flag("leakage_mode"):
        raise InputError(Diagnostic(options.span("leakage_mode"), "-leakage_mode: only mode 0 exists"))


def _materials(reader: _Reader) -> dict[str, HotspotMaterial]:
    named = reader.beside("materials_file", ".materials", "materials file", needed=False)
    return {} if named is None else parse_hotspot_materials(*reader.text(named))


def _conduction(
    reader: _Reader, materials: dict[str, HotspotMaterial], part: str
) -> tuple[Decimal, Decimal, Span]:
    """W/(m K) and J/(m3 K) of chip, interface, spreader or sink; a named material wins over numbers."""
    options = reader.options
    named = options.given.get(f"material_{part}")
    if named is None:
        return options.number(f"k_{part}"), options.number(f"p_{part}"), options.span(f"k_{part}")
    found = materials.get(named.text)
    if found is None or found.fluid:
        what = "a fluid" if found is not None else f"unknown{did_you_mean(named.text, materials)}"
        raise InputError(Diagnostic(named.span, f"-material_{part}: material '{named.text}' is {what}"))
    return found.k, found.capacity, named.span


def _stack(reader: _Reader, materials: dict[str, HotspotMaterial]) -> list[Slice]:
    """From the board up."""
    options = reader.options
    assumed = options.assumed(("r_convec", "s_sink", "t_sink", "s_spreader", "t_spreader", "ambient"))
    if assumed:
        reader.notes.append(f"HotSpot's own values stand for {', '.join('-' + name for name in assumed)}")
    layers = reader.beside("grid_layer_file", ".lcf", "layer file", needed=False)
    stack = _chip(reader, materials) if layers is None else _layered(reader, layers, materials)
    if options.flag("model_secondary"):
        stack = _board(options) + stack
    for part in ("spreader", "sink"):
        k, capacity, span = _conduction(reader, materials, part)
        thickness, side = options.number(f"t_{part}"), options.number(f"s_{part}")
        if part == "sink":
            capacity += options.number("c_convec") / (side * side * thickness)
        stack.append(Slice(part, thickness, k, capacity, span, side))
    return stack


def _board(options: HotspotOptions) -> list[Slice]:
    found = []
    for name, side, thickness, k, capacity in BOARD:
        t = options.number(thickness)
        more = Decimal(0)
        if name == "pcb":
            more = options.number("c_convec_sec") / (options.number(side) ** 2 * t)
        wide = options.number(side) if side else None
        found.append(Slice(name, t, k, capacity + more, options.span(thickness), wide))
    return found


def _chip(reader: _Reader, materials: dict[str, HotspotMaterial]) -> list[Slice]:
    given = reader.beside("f", ".flp", "floorplan", needed=True)
    assert given is not None
    units = reader.floorplan(given)
    k, capacity, span = _conduction(reader, materials, "chip")
    ki, ci, spani = _conduction(reader, materials, "interface")
    thickness, interface = reader.options.number("t_chip"), reader.options.number("t_interface")
    return [
        Slice("chip", thickness, k, capacity, span, units=units, powered=True),
        Slice("interface", interface, ki, ci, spani),
    ]


def _layered(reader: _Reader, given: Given, materials: dict[str, HotspotMaterial]) -> list[Slice]:
    layers = parse_hotspot_layers(*reader.text(given), materials)
    seen: dict[str, tuple[FlpUnit, ...]] = {}
    stack = []
    for layer in layers:
        if layer.floorplan not in seen:
            seen[layer.floorplan] = reader.floorplan(Given(layer.floorplan, layer.floorplan_span))
        stack.append(_slice(layer, seen[layer.floorplan]))
    own = any(u.resistivity is not None for units in seen.values() for u in units)
    if own and not reader.options.flag("detailed_3D"):
        reader.notes.append(
            "resistivities of units are left out, as HotSpot does unless told --hotspot detailed_3D=on"
        )
    if not all(layer.lateral for layer in layers):
        reader.notes.append("layers without lateral heat flow conduct a millionth sideways")
    return stack


def _slice(layer: HotspotLayer, units: tuple[FlpUnit, ...]) -> Slice:
    return Slice(
        f"layer_{layer.number}",
        layer.thickness,
        layer.k,
        layer.capacity,
        layer.span,
        units=units,
        powered=layer.powered,
        lateral=layer.lateral,
    )


def bounds(units: tuple[FlpUnit, ...]) -> tuple[float, float, float, float]:
    """x0, y0, x1, y1 of a floorplan, um."""
    boxes = [u.rect_um for u in units]
    low, high = zip(*((b[:2], b[2:]) for b in boxes), strict=True)
    return min(x for x, _ in low), min(y for _, y in low), max(x for x, _ in high), max(y for _, y in high)


def die_size(slices: list[Slice]) -> tuple[float, float]:
    """Width and height of the largest floorplan, um."""
    boxes = [bounds(s.units) for s in slices if s.units]
    return max(b[2] - b[0] for b in boxes), max(b[3] - b[1] for b in boxes)


def _design(reader: _Reader, slices: list[Slice], trace: Ptrace) -> Node:
    options = reader.options
    die = die_size(slices)
    widest = [float(s.side * 1000) for s in slices if s.side is not None]
    size = max([die[0] / 1e3, *widest]), max([die[1] / 1e3, *widest])
    corner = (size[0] - die[0] / 1e3) / 2, (size[1] - die[1] / 1e3) / 2
    package: dict[str, Any] = {
        "outline_mm": list(size),
        "ambient_c": Node(float(options.number("ambient") - ZERO), options.span("ambient")),
        "top": _film(options, "r_convec"),
        "layers": [],
    }
    if options.flag("model_secondary"):
        package["bottom"] = _film(options, "r_convec_sec")
    materials: dict[str, Any] = {}
    for part in slices:
        package["layers"].append(_layer(part, die, corner, materials, own=options.flag("detailed_3D")))
    root: dict[str, Any] = {
        "design": "".join(c if c.isalnum() or c in "-_" else "-" for c in reader.path.stem) or "case",
        "description": "from a configuration of HotSpot",
        "package": package,
        "materials": materials,
        "power": _power(slices, trace, reader.problems),
    }
    if options.flag("leakage_used"):
        root["leakage"] = _leakage(slices, options)
    return grown(root, options.start)


def _film(options: HotspotOptions, name: str) -> Node:
    return grown({"resistance_k_w": float(options.number(name))}, options.span(name))


def _layer(
    part: Slice,
    die: tuple[float, float],
    corner: tuple[float, float],
    materials: dict[str, Any],
    *,
    own: bool,
) -> Node:
    entry: dict[str, Any] = {
        "name": part.name,
        "thickness_um": float(part.thickness.scaleb(6)),
        "material": f"{part.name}-material",
    }
    materials[entry["material"]] = _material(part.k, part.capacity, part.span, lateral=part.lateral)
    if part.side is not None:
        entry["outline_mm"] = [float(part.side * 1000)] * 2
        return grown(entry, part.span)
    box = bounds(part.units) if part.units else (0.0, 0.0, *die)
    entry["outline_mm"] = [(box[2] - box[0]) / 1e3, (box[3] - box[1]) / 1e3]
    entry["at_mm"] = list(corner)
    if own:
        entry |= _regions(part, box, materials)
    if part.powered:
        blocks = [grown({"name": u.name, "rect_um": _moved(u, box)}, u.span) for u in part.units]
        entry["floorplan"] = {"blocks": blocks}
    return grown(entry, part.span)


def _moved(unit: FlpUnit, box: tuple[float, float, float, float]) -> list[float]:
    x0, y0, x1, y1 = unit.rect_um
    return [x0 - box[0], y0 - box[1], x1 - box[0], y1 - box[1]]


def _regions(
    part: Slice, box: tuple[float, float, float, float], materials: dict[str, Any]
) -> dict[str, list[Node]]:
    """Units of another material than their layer."""
    found = []
    for unit in part.units:
        if unit.resistivity is not None:
            capacity = part.capacity if unit.capacity is None else Decimal(repr(unit.capacity))
            name = f"r{unit.resistivity:g}-c{float(capacity):g}"
            materials[name] = _material(1 / Decimal(repr(unit.resistivity)), capacity, unit.span)
            found.append(grown({"rect_um": _moved(unit, box), "material": name}, unit.span))
    return {"regions": found} if found else {}


def _material(k: Decimal, capacity: Decimal, span: Span, *, lateral: bool = True) -> Node:
    entry = {
        "k_w_mk": float(k) if lateral else [float(k) * 1e-6, float(k) * 1e-6, float(k)],
        "density_kg_m3": DENSITY,
        "specific_heat_j_kgk": float(capacity) / DENSITY,
        "source": "HotSpot case; density by convention, its product with the specific heat is given",
    }
    return grown(entry, span)


def _power(slices: list[Slice], trace: Ptrace, problems: Problems) -> dict[str, Node]:
    """Mean watts of the trace; of equal names in several layers each column is for the next layer up."""
    free: dict[str, list[str]] = {}
    for part in slices:
        for unit in part.units if part.powered else ():
            free.setdefault(unit.name, []).append(f"{part.name}/{unit.name}")
    power: dict[str, Node] = {}
    for name, span, watts in zip(trace.names, trace.spans, trace.mean.tolist(), strict=True):
        if free.get(name):
            power[free[name].pop(0)] = Node(watts, span)
        elif name in free:
            problems.add(span, f"second column for unit '{name}'")
        else:
            near = did_you_mean(name, free) or "; layers without power have no columns"
            problems.add(span, f"no unit '{name}' in the floorplans{near}")
    left = [address for addresses in free.values() for address in addresses]
    if left and not len(problems):
        where = trace.spans[0] if trace.spans else Span("<trace>")
        problems.add(where, f"the trace has no column for {', '.join(left[:5])}")
    return power


def _leakage(slices: list[Slice], options: HotspotOptions) -> Node:
    entries = {}
    for part in slices:
        for unit in part.units if part.powered else ():
            x0, y0, x1, y1 = unit.rect_um
            watts = LEAKAGE_W_M2 * (x1 - x0) * (y1 - y0) * 1e-12
            entry = {"power_w": watts, "at_c": LEAKAGE_C, "beta_per_k": LEAKAGE_BETA}
            entries[f"{part.name}/{unit.name}"] = grown(entry, unit.span)
    return grown(entries, options.span("leakage_used"))
