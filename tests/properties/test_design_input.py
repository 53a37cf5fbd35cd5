"""Whatever a user writes, the answer is a design or a message."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from floorplans.diagnostics import InputError
from floorplans.source import parse_source
from thermal.design import Design

EXAMPLE = (Path(__file__).parents[1] / "unit" / "thermal" / "example.yaml").read_text()
DATA: dict[str, Any] = yaml.safe_load(EXAMPLE)

junk = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.sampled_from(["", "void", "soc0/pll0", "silicon", "compute", "R90", "device", "d.flp", "\0"]),
    st.just([]),
    st.just({}),
    st.lists(st.integers(-5, 5), max_size=4),
    st.dictionaries(st.sampled_from(["name", "layers", "blocks", "rect_um", "include"]), st.integers(-3, 3)),
)


def places(data: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Paths of every value of a tree."""
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [path, *(place for step, child in items for place in places(child, (*path, step)))]


PLACES = places(DATA)


def replaced(data: Any, path: tuple[str | int, ...], value: Any) -> Any:
    if not path:
        return value
    step, rest = path[0], path[1:]
    copy: Any = dict(data) if isinstance(data, dict) else list(data)
    copy[step] = replaced(data[step], rest, value)
    return copy


@given(st.sampled_from(PLACES), junk)
def test_any_value_anywhere(path: tuple[str | int, ...], value: Any):
    data = replaced(DATA, path, value)
    with suppress(InputError):
        Design.from_dict(data if isinstance(data, dict) else {"design": data})


@given(st.integers(0, len(EXAMPLE)), st.integers(0, 30), st.text("{}[]:,-'\"\n #&*!ab1.", max_size=6))
def test_any_slip_of_the_keyboard(at: int, length: int, text: str):
    with suppress(InputError):
        Design.from_source(parse_source(EXAMPLE[:at] + text + EXAMPLE[at + length :], "a.yaml"))


@given(st.sampled_from(PLACES[1:]), junk)
def test_any_override(path: tuple[str | int, ...], value: Any):
    with suppress(InputError):
        Design.from_dict(DATA).overridden({".".join(str(step) for step in path): value})
