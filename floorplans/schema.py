"""From a tree of values to frozen models: numbers with units, and messages that quote what was written.

A model's attributes are SI and kelvin; its aliases are the keys of the file, which carry the unit.
Constraints apply to the number as written, the scaling comes after.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, TypeVar, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from floorplans.diagnostics import Path, Problems, did_you_mean, listed, quoted
from floorplans.nodes import Node

ZERO_CELSIUS = 273.15
"""0 degC in kelvin."""


def _divided(by: float) -> AfterValidator:
    # Dividing by a power of ten rounds once: 12 mm and 12000 um are the same double; times 1e-6 they are not.
    return AfterValidator(lambda value: value / by)


def _at_least(least: float) -> AfterValidator:
    # A constraint of its own: beside gt=0 pydantic would name this bound for a negative number too.
    def check(value: float) -> float:
        if value < least:
            raise ValueError(f"must be at least {least:g}")
        return value

    return AfterValidator(check)


Finite = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Positive = Annotated[Finite, Field(gt=0)]
NonNegative = Annotated[Finite, Field(ge=0)]
Thickness = Annotated[Finite, Field(gt=0, le=1e8), _at_least(1e-4), _divided(1e6)]
"""Micrometres to metres; at least the size of an atom."""
Um = Annotated[Finite, Field(ge=-1e8, le=1e8), _divided(1e6)]
"""Micrometres to metres."""
Mm = Annotated[Finite, Field(ge=-1e5, le=1e5), _divided(1e3)]
"""Millimetres to metres."""
Side = Annotated[Finite, Field(gt=0, le=1e5), _at_least(1e-6), _divided(1e3)]
"""Side of an outline, millimetres to metres."""
Celsius = Annotated[
    Finite, Field(gt=-ZERO_CELSIUS, le=1e4), AfterValidator(lambda value: value + ZERO_CELSIUS)
]
"""Degrees Celsius to kelvin."""


def _name(value: str) -> str:
    if not value or value != value.strip() or any(c.isspace() or not c.isprintable() for c in value):
        raise ValueError("a name needs at least one character and no spaces")
    return value


def _short_name(value: str) -> str:
    if "/" in value:
        raise ValueError("a name here cannot contain '/', which separates it from a block's name")
    return value


BlockName = Annotated[str, Field(strict=True, max_length=500), AfterValidator(_name)]
"""Any printable word; may contain '/'."""
Name = Annotated[BlockName, AfterValidator(_short_name)]
"""A printable word without '/'."""


class Model(BaseModel):
    """What every part of a design shares: immutable, and no key that is not known."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


M = TypeVar("M", bound=BaseModel)


def keys_of(model: type[BaseModel]) -> list[str]:
    """The keys of a file that `model`, or any of its variants, understands."""
    keys = [field.alias or name for name, field in model.model_fields.items()]
    for variant in model.__subclasses__() if not keys else ():
        keys.extend(key for key in keys_of(variant) if key not in keys)
    return keys


def validated(
    model: type[M],
    node: Node,
    path: Path,
    problems: Problems,
    built: Mapping[str, object] | None = None,
    context: Mapping[str, object] | None = None,
) -> M | None:
    """Build a model from a node.

    Parameters
    ----------
    model
        What to build.
    node
        A mapping; anything else is an error.
    path
        Where the node is, for messages.
    problems
        Receives every error.
    built
        Parts that were built already, by key; they take the place of what the node has there. A part of
        value None could not be built and is left out.
    context
        Handed to the model's validators.

    Returns
    -------
    model or None
        None if anything is wrong with it.
    """
    if not isinstance(node.value, dict):
        problems.add(
            node.span, f"must be a mapping with {listed(keys_of(model))} (got {quoted(node.plain)})", path
        )
        return None
    built = built or {}
    values = {key: child.plain for key, child in node.value.items() if key not in built}
    try:
        values |= {key: part for key, part in built.items() if part is not None}
        return model.model_validate(values, context=dict(context) if context else None)
    except ValidationError as error:
        for found in error.errors(include_url=False):
            _report(found, model, node, path, problems)
        return None


def _report(error: Any, model: type[BaseModel], node: Node, path: Path, problems: Problems) -> None:
    loc: Path = tuple(error["loc"])
    kind, span = error["type"], _node(node, loc).span
    if kind == "extra_forbidden":
        key, parent = str(loc[-1]), _node(node, loc[:-1])
        problems.add(
            parent.keys.get(key, span), f"unknown key{_meant(key, _keys_at(model, loc))}", (*path, *loc)
        )
    elif kind == "missing" and isinstance(loc[-1], int):
        short = _node(node, loc)
        problems.add(short.span, f"has too few values (got {quoted(short.plain)})", (*path, *loc[:-1]))
    elif kind == "missing":
        if not written_with_another_unit(str(loc[-1]), _node(node, loc[:-1])):
            problems.add(span, "is required", (*path, *loc))
    else:
        got = (
            "" if isinstance(error["input"], dict | BaseModel) else f" (got {quoted(_node(node, loc).plain)})"
        )
        problems.add(span, f"{said(error)}{got}", (*path, *loc))


def _node(node: Node, loc: Path) -> Node:
    """The node at `loc`, or its nearest ancestor."""
    for step in loc:
        child = node.child(step)
        if child is None:
            break
        node = child
    return node


def _keys_at(model: type[BaseModel], loc: Path) -> list[str]:
    """The keys allowed beside the last step of `loc`; none if that cannot be told."""
    for step in loc[:-1]:
        fields = {field.alias or name: field for name, field in model.model_fields.items()}
        inner = _models_in(fields[step].annotation) if step in fields else []
        if not inner:
            return []
        model = inner[0]
    return keys_of(model)


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models_in(part)]


_WORDS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "greater_than": lambda c: f"must be > {c['gt']:g}",
    "greater_than_equal": lambda c: f"must be at least {c['ge']:g}",
    "less_than_equal": lambda c: f"must be at most {c['le']:g}",
    "finite_number": lambda _: "must be a finite number",
    "float_type": lambda _: "must be a number",
    "float_parsing": lambda _: "must be a number",
    "string_type": lambda _: "must be text",
    "path_type": lambda _: "must be the name of a file",
    "list_type": lambda _: "must be a list",
    "literal_error": lambda c: f"must be {c['expected']}",
    "string_too_short": lambda _: "must not be empty",
    "string_too_long": lambda c: f"must have at most {c['max_length']} characters",
    "model_type": lambda _: "must be a mapping",
    "tuple_type": lambda _: "must be a list",
    "dict_type": lambda _: "must be a mapping",
    "mapping_type": lambda _: "must be a mapping",
    "too_long": lambda _: "has too many values",
    "too_short": lambda c: f"needs at least {c['min_length']}",
}


def said(error: Any) -> str:
    """What a pydantic error says, in the words of this format."""
    context = error.get("ctx") or {}
    if error["type"] in _WORDS:
        return _WORDS[error["type"]](context)
    if error["type"] == "enum":
        options = [
            word.strip().strip("'") for word in str(context["expected"]).replace(" or ", ", ").split(",")
        ]
        return f"must be one of {', '.join(options)}{did_you_mean(error['input'], options)}"
    if "error" in context:
        return str(context["error"])
    return str(error["msg"][:1].lower() + error["msg"][1:])


UNITS = {
    "um": "micrometres",
    "mm": "millimetres",
    "c": "degrees Celsius",
    "k": "kelvin",
    "k_w": "kelvin per watt",
    "w_mk": "W/(m K)",
    "w_m2k": "W/(m2 K)",
    "m2k_w": "m2 K/W",
    "kg_m3": "kg/m3",
    "j_kgk": "J/(kg K)",
    "csv": "a CSV file beside the design",
}
"""Endings of keys and what they stand for."""

_OTHER_ENDINGS = (
    *(
        "nm",
        "cm",
        "m",
        "in",
        "mil",
        "inch",
        "f",
        "degc",
        "deg",
        "w",
        "mw",
        "w_cm2k",
        "w_m2_k",
        "mm2k_w",
        "cm2k_w",
    ),
    *("w_mmk", "w_cmk", "g_cm3", "kg_m2", "j_gk", "j_kg_k", "w_mk", "w_k", "c_w", "mk"),
)


def stem(key: str) -> tuple[str, str]:
    """Split a key into what it names and its unit: ``thickness_um`` → ``thickness``, ``um``."""
    endings = sorted({*UNITS, *_OTHER_ENDINGS}, key=len, reverse=True)
    for ending in endings:
        if key.lower().endswith("_" + ending):
            return key[: -len(ending) - 1], ending
    return key, ""


def _meant(key: str, options: Iterable[str]) -> str:
    known = list(options)
    name, _ = stem(key)
    same = [option for option in known if stem(option) == (name, stem(option)[1]) and stem(option)[1]]
    if len(same) == 1:
        unit = UNITS.get(stem(same[0])[1], "")
        wrong = "wrong unit" if stem(key)[1] else "its unit is missing"
        return f" '{key}': {wrong}; {name} is given as '{same[0]}', in {unit}"
    near = did_you_mean(key, known)
    if near or not known:
        return f" '{key}'{near}"
    return f" '{key}' (known here: {listed(known, 30)})"


def written_with_another_unit(key: str, node: Node) -> bool:
    """Whether the key is there with a wrong unit, which is reported as an unknown key."""
    present = node.value if isinstance(node.value, dict) else {}
    return bool(stem(key)[1]) and any(other != key and stem(other)[0] == stem(key)[0] for other in present)
