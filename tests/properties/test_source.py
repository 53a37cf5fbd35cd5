import math
from contextlib import suppress
from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from floorplans.diagnostics import InputError, Problems, Span
from floorplans.nodes import Node, composed, wrapped
from floorplans.source import parse_source, source_of

words = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=12)
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**15), 10**15), st.floats(allow_nan=False), words
)
trees = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(words.filter(lambda w: w != "<<"), inner, max_size=4)
    ),
    max_leaves=20,
)
mappings = st.dictionaries(st.from_regex("[a-z]{1,6}", fullmatch=True), trees, min_size=1, max_size=4)


def paths(node: Node, path: tuple[str | int, ...] = ()) -> list[tuple[tuple[str | int, ...], Node]]:
    found = [(path, node)]
    children: list[tuple[str | int, Node]] = []
    if isinstance(node.value, dict):
        children = list(node.value.items())
    elif isinstance(node.value, list):
        children = list(enumerate(node.value))
    for step, child in children:
        found += paths(child, (*path, step))
    return found


@given(mappings)
def test_what_is_written_is_read(data: dict[str, Any]):
    text = yaml.safe_dump(data, allow_unicode=True)
    problems = Problems()
    assert composed(text, "a.yaml", problems).plain == data
    assert not len(problems)


@given(mappings)
def test_every_span_points_into_the_text_at_the_value(data: dict[str, Any]):
    text = yaml.safe_dump(data, default_flow_style=True, allow_unicode=True, width=40)
    lines = text.split("\n")
    for _, node in paths(composed(text, "a.yaml", Problems())):
        here = lines[node.span.line - 1][node.span.col - 1 :]
        if isinstance(node.value, dict):
            assert here.startswith("{")
        elif isinstance(node.value, list):
            assert here.startswith("[")
        elif isinstance(node.value, int | float) and not isinstance(node.value, bool):
            found = here.split(",")[0].split("}")[0].split("]")[0].strip()
            assert math.isclose(float(found.replace(".inf", "inf")), node.value, rel_tol=1e-15)


@given(mappings)
def test_a_span_of_a_path_is_that_of_its_node(data: dict[str, Any]):
    source = parse_source(yaml.safe_dump(data, allow_unicode=True), "a.yaml")
    for path, node in paths(source.root):
        assert source.span(path) == node.span
        assert source.span((*path, "no such key")) == node.span


@given(mappings, trees)
def test_an_override_changes_one_value_and_nothing_else(data: dict[str, Any], value: Any):
    source = source_of(data)
    key = next(iter(data))
    assert source.overridden({key: value}).data == {**data, key: value}
    assert source.data == data


@given(st.text(max_size=60))
def test_no_text_makes_the_reader_fail(text: str):
    with suppress(InputError):
        parse_source(text)


@given(mappings)
def test_plain_data_survive_nodes(data: dict[str, Any]):
    assert wrapped(data, Span("s")).plain == data
