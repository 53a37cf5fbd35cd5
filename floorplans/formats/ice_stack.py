"""Stack descriptions of 3D-ICE 4.0 (`.stk`): materials, sinks, dies, stack, solver and outputs.

Lengths are micrometres, so conductivities are W/(um K), capacities J/(um3 K) and film coefficients W/(um2 K);
stack and dies are listed from the top down. Microchannels, pin fins and pluggable sinks are refused where
they stand.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from floorplans.diagnostics import Diagnostic, InputError, Span, did_you_mean, listed
from floorplans.formats.tokens import Token, Tokens, scanned

MAX_CELLS = 20_000_000
"""Cells along x and y together with layers that an imposed grid may have."""


@dataclass(frozen=True, slots=True)
class IceMaterial:
    """W/(m K) along x, y, z and J/(m3 K)."""

    name: str
    k: tuple[Decimal, Decimal, Decimal]
    capacity: Decimal
    span: Span


@dataclass(frozen=True, slots=True)
class IceSink:
    """W/(m2 K) to a temperature in K."""

    htc: Decimal
    ambient: Decimal
    span: Span


@dataclass(frozen=True, slots=True)
class IceLayer:
    """A layer or the source layer of a die; height in um."""

    height: Decimal
    material: str
    source: bool
    span: Span


@dataclass(frozen=True, slots=True)
class IceElementOfStack:
    """A die or a layer of the stack; layers from the top down.

    Parameters
    ----------
    floorplan
        Name of the floorplan's file and its place; None for a layer.
    cells
        Cells along x and y in non-uniform mode; None where the stack does not say.
    """

    name: str
    layers: tuple[IceLayer, ...]
    floorplan: Token | None
    cells: tuple[int, int] | None
    span: Span


@dataclass(frozen=True, slots=True)
class IceOutput:
    """An output instruction.

    Parameters
    ----------
    kind
        T, Tcell, Tflp, Tflpel, Tmap or Pmap.
    element
        Name in the stack.
    file
        Where it goes.
    when
        final, step or slot.
    block
        Element of the floorplan, for Tflpel.
    quantity
        maximum, minimum, average or gradient; empty where there is none.
    at
        x and y in um, for T and Tcell.
    """

    kind: str
    element: str
    file: str
    when: str
    block: str = ""
    quantity: str = ""
    at: tuple[Decimal, Decimal] | None = None
    span: Span = field(default_factory=lambda: Span(""))


@dataclass(frozen=True, slots=True)
class IceStack:
    """A whole file; lengths in um, `step` and `slot` in s (None for a steady run), the stack top down."""

    materials: dict[str, IceMaterial]
    top: IceSink | None
    bottom: IceSink | None
    size: tuple[Decimal, Decimal]
    cell: tuple[Decimal, Decimal]
    non_uniform: bool
    stack: tuple[IceElementOfStack, ...]
    step: Decimal | None
    slot: Decimal | None
    initial: Decimal
    outputs: tuple[IceOutput, ...]
    span: Span
    cell_span: Span


CHANNELS = ("microchannel", "pinfin", "pin")
SECTIONS = ("material", "top", "bottom", "dimensions", "layer", "die", "stack", "solver", "output")
QUANTITIES = ("maximum", "minimum", "average", "gradient")
OUTPUTS = ("T", "Tcell", "Tflp", "Tflpel", "Tmap", "Pmap", "Tcoolant")


def parse_ice_stack(text: str, file: str) -> IceStack:
    """Read a stack description.

    Raises
    ------
    InputError
        At the first place that is wrong.
    """
    return _Parser(scanned(text, file), file).read()


class _Parser:
    def __init__(self, tokens: Tokens, file: str) -> None:
        self._t, self._start = tokens, Span(file, 1, 1)
        self._materials: dict[str, IceMaterial] = {}
        self._layers: dict[str, IceLayer] = {}
        self._dies: dict[str, tuple[IceLayer, ...]] = {}
        self._sinks: dict[str, IceSink] = {}
        self._seen: dict[str, Span] = {}
        self._size = self._cell = (Decimal(0), Decimal(0))
        self._cell_span = self._start
        self._non_uniform = False
        self._stack: list[IceElementOfStack] = []
        self._step: Decimal | None = None
        self._slot: Decimal | None = None
        self._initial = Decimal(0)
        self._outputs: list[IceOutput] = []

    def read(self) -> IceStack:
        read = {
            "material": self._material,
            "top": lambda: self._sink("top"),
            "bottom": lambda: self._sink("bottom"),
            "dimensions": self._dimensions,
            "layer": self._layer,
            "die": self._die,
            "stack": self._stacked,
            "solver": self._solver,
            "output": self._output,
        }
        while self._t.now.kind != "end":
            self._refuse_liquid()
            word = self._t.choice(SECTIONS, "a section")
            if word not in ("material", "layer", "die"):
                self._once(word)
            read[word]()
        self._complete()
        return IceStack(
            materials=self._materials,
            top=self._sinks.get("top"),
            bottom=self._sinks.get("bottom"),
            size=self._size,
            cell=self._cell,
            non_uniform=self._non_uniform,
            stack=tuple(self._stack),
            step=self._step,
            slot=self._slot,
            initial=self._initial,
            outputs=tuple(self._outputs),
            span=self._start,
            cell_span=self._cell_span,
        )

    def _refuse_liquid(self) -> None:
        token = self._t.now
        if token.text in CHANNELS:
            message = f"'{token.text}': liquid cooling in channels is not supported yet"
            raise InputError(Diagnostic(token.span, message))

    def _once(self, section: str) -> None:
        if section in self._seen:
            message = f"second section '{section}' (first at {self._seen[section]})"
            raise InputError(Diagnostic(self._t.now.span, message))
        self._seen[section] = self._t.now.span

    def _complete(self) -> None:
        needed = ("material", "dimensions", "stack", "solver")
        there = {*self._seen, *(["material"] if self._materials else [])}
        missing = [f"no section '{name}'" for name in needed if name not in there]
        if not self._sinks:
            missing.append(
                "no heat sink ('top heat sink :' or 'bottom heat sink :'): nothing cools the stack"
            )
        if missing:
            raise InputError(Diagnostic(self._start, message) for message in missing)

    def _new(self, token: Token, known: dict[str, object], what: str) -> str:
        if token.text in known:
            raise InputError(Diagnostic(token.span, f"second {what} '{token.text}'"))
        return token.text

    def _material(self) -> None:
        token = self._t.name("the name of a material")
        name = self._new(token, dict(self._materials), "material")
        self._t.sign(":")
        self._t.words("thermal conductivity")
        k = [self._t.positive("thermal conductivity")]
        while self._t.now.text == "," and len(k) < 3:
            self._t.take()
            k.append(self._t.positive("thermal conductivity"))
        if len(k) == 2:
            raise self._t.refuse("one conductivity, or three for x, y and z")
        self._t.sign(";")
        self._t.words("volumetric heat capacity")
        capacity = self._t.positive("volumetric heat capacity")
        self._t.sign(";")
        x, y, z = (k * 3)[:3] if len(k) == 1 else k
        axes = x.scaleb(6), y.scaleb(6), z.scaleb(6)
        self._materials[name] = IceMaterial(name, axes, capacity.scaleb(18), token.span)

    def _sink(self, side: str) -> None:
        self._t.words("heat sink")
        span = self._t.now.span
        self._t.sign(":")
        if self._t.is_next("plugin") or self._t.now.text in ("plugin", "pluggable"):
            message = (
                f"'{side} heat sink': pluggable heat sinks are programs of their own and cannot be run here"
            )
            raise InputError(Diagnostic(self._t.now.span, message))
        self._t.words("heat transfer coefficient")
        htc = self._t.positive("heat transfer coefficient")
        self._t.sign(";")
        self._t.words("temperature")
        ambient = self._t.positive("temperature")
        self._t.sign(";")
        self._sinks[side] = IceSink(htc.scaleb(12), ambient, span)

    def _dimensions(self) -> None:
        t = self._t
        t.sign(":")
        t.words("chip length")
        length = t.positive("chip length")
        t.sign(",")
        t.words("width")
        width = t.positive("chip width")
        t.sign(";")
        self._cell_span = t.now.span
        t.words("cell length")
        along = t.positive("cell length")
        t.sign(",")
        t.words("width")
        across = t.positive("cell width")
        t.sign(";")
        if t.is_next("non-uniform"):
            t.take()
            self._non_uniform = t.choice(("true", "false"), "non-uniform") == "true"
            t.sign(";")
        if along > length or across > width:
            message = f"cells of {along} x {across} um on a chip of {length} x {width} um"
            raise InputError(Diagnostic(self._cell_span, message))
        self._size, self._cell = (length, width), (along, across)

    def _made_of(self) -> str:
        token = self._t.name("the name of a material")
        if token.text not in self._materials:
            known = list(self._materials)
            near = did_you_mean(token.text, known) or f" (there are: {listed(known)})"
            raise InputError(Diagnostic(token.span, f"unknown material '{token.text}'{near}"))
        return token.text

    def _layer(self) -> None:
        token = self._t.name("the name of a layer")
        name = self._new(token, dict(self._layers), "layer")
        self._t.sign(":")
        self._t.words("height")
        height = self._t.positive("height")
        self._t.sign(";")
        if self._t.is_next("layout"):
            message = "'layout': layers of several materials are not supported yet"
            raise InputError(Diagnostic(self._t.now.span, message))
        self._t.words("material")
        material = self._made_of()
        self._t.sign(";")
        self._layers[name] = IceLayer(height, material, False, token.span)

    def _die(self) -> None:
        token = self._t.name("the name of a die")
        name = self._new(token, dict(self._dies), "die")
        self._t.sign(":")
        layers: list[IceLayer] = []
        while self._t.now.text in ("layer", "source") and not self._ends_die():
            source = self._t.take()
            height = self._t.positive("height")
            layers.append(IceLayer(height, self._made_of(), source.text == "source", source.span))
            self._t.sign(";")
        if sum(layer.source for layer in layers) != 1:
            found = sum(layer.source for layer in layers)
            raise InputError(Diagnostic(token.span, f"die '{name}' needs one 'source' layer (got {found})"))
        self._dies[name] = tuple(layers)

    def _ends_die(self) -> bool:
        """Whether ``layer`` opens a section: a name follows it, not a height."""
        here = self._t
        return here.now.text == "layer" and here.peek(1).kind != "number"

    def _stacked(self) -> None:
        self._t.sign(":")
        while self._t.now.text in ("die", "layer", "channel"):
            kind = self._t.take()
            if kind.text == "channel":
                raise InputError(Diagnostic(kind.span, "'channel': liquid cooling is not supported yet"))
            name = self._t.name("a name in the stack")
            if name.text in {element.name for element in self._stack}:
                raise InputError(Diagnostic(name.span, f"second '{name.text}' in the stack"))
            which = self._t.name(f"the name of a {kind.text}")
            known: dict[str, tuple[IceLayer, ...]] = (
                self._dies if kind.text == "die" else {n: (layer,) for n, layer in self._layers.items()}
            )
            if which.text not in known:
                near = did_you_mean(which.text, known) or f" (there are: {listed(list(known))})"
                raise InputError(Diagnostic(which.span, f"unknown {kind.text} '{which.text}'{near}"))
            floorplan = None
            if kind.text == "die":
                self._t.words("floorplan")
                floorplan = self._t.string("the name of a floorplan file")
            cells = self._discretization()
            self._t.sign(";")
            layers = known[which.text]
            self._stack.append(IceElementOfStack(name.text, layers, floorplan, cells, name.span))
        if not self._stack:
            raise self._t.refuse("'die' or 'layer'")

    def _discretization(self) -> tuple[int, int] | None:
        if not self._t.is_next("discretization"):
            return None
        self._t.take()
        return self._t.whole("cells along x"), self._t.whole("cells along y")

    def _solver(self) -> None:
        t = self._t
        t.sign(":")
        if t.choice(("steady", "transient"), "a solver") == "transient":
            t.words("step")
            self._step = t.positive("step")
            t.sign(",")
            t.words("slot")
            span = t.now.span
            self._slot = t.positive("slot")
            if self._slot < self._step:
                raise InputError(Diagnostic(span, f"a slot of {self._slot} s is shorter than a step"))
        t.sign(";")
        t.words("initial temperature")
        self._initial = t.positive("initial temperature")
        t.sign(";")
        if t.is_next("numofcores"):
            t.take()
            t.whole("numofcores")
            t.sign(";")

    def _output(self) -> None:
        self._t.sign(":")
        while self._t.now.text in OUTPUTS or self._t.now.kind == "word":
            self._outputs.append(self._instruction())

    def _instruction(self) -> IceOutput:
        t = self._t
        span = t.now.span
        kind = t.choice(OUTPUTS, "an output instruction")
        t.sign("(")
        element = t.name("a name in the stack").text
        if kind == "Tcoolant":
            raise InputError(Diagnostic(span, "'Tcoolant': liquid cooling is not supported yet"))
        self._check_element(element, span, die=kind in ("Tflp", "Tflpel"))
        block, at, quantity = "", None, ""
        if kind == "Tflpel":
            t.sign(".")
            block = t.name("an element of the floorplan").text
        t.sign(",")
        if kind in ("T", "Tcell"):
            x = t.number("x")
            t.sign(",")
            at = x, t.number("y")
            t.sign(",")
        file = t.string("the name of a file").text
        t.sign(",")
        if kind in ("Tflp", "Tflpel"):
            quantity = t.choice(QUANTITIES, "a quantity")
            t.sign(",")
        when = t.choice(("final", "step", "slot"), "an instant")
        t.sign(")", ";")
        return IceOutput(kind, element, file, when, block, quantity, at, span)

    def _check_element(self, name: str, span: Span, *, die: bool) -> None:
        known = [e.name for e in self._stack if e.floorplan is not None or not die]
        if name not in known:
            what = "die" if die else "element"
            near = did_you_mean(name, known) or f" (there are: {listed(known)})"
            raise InputError(Diagnostic(span, f"no {what} '{name}' in the stack{near}"))
