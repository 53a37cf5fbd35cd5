import math

import numpy as np
import pytest
import yaml

from floorplans.diagnostics import InputError, Problems, Span
from floorplans.nodes import MAX_DEPTH, composed, resolved, wrapped


def plain(text: str) -> object:
    problems = Problems()
    node = composed(text, "a.yaml", problems)
    problems.raise_if_any()
    return node.plain


def message(text: str, **limits: int) -> str:
    problems = Problems()
    with pytest.raises(InputError) as caught:
        composed(text, "a.yaml", problems, **limits)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("-3", -3),
        ("0x1f", 31),
        ("0o17", 15),
        ("010", 10),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1.", 1.0),
        ("1e-5", 1e-5),
        ("2E+3", 2000.0),
        ("", None),
        ("~", None),
        ("null", None),
        ("true", True),
        ("False", False),
        (".inf", math.inf),
        ("-.Inf", -math.inf),
        ("no", "no"),
        ("on", "on"),
        ("12:30", "12:30"),
        ("1_000", "1_000"),
        ("2024-01-01", "2024-01-01"),
        ("tRue", "tRue"),
        ("1e", "1e"),
    ],
)
def test_scalars_follow_yaml_1_2(text: str, value: object):
    found = resolved(text)
    assert found == value
    assert type(found) is type(value)


def test_not_a_number_is_a_float():
    found = resolved(".nan")
    assert isinstance(found, float)
    assert math.isnan(found)


def test_a_number_of_thousands_of_digits_is_infinite_and_no_traceback():
    assert resolved("9" * 5000) == math.inf


def test_quotes_and_tags_make_text():
    assert plain("{a: '1', b: !!str 2, c: \"no\"}") == {"a": "1", "b": "2", "c": "no"}


def test_every_value_and_key_knows_its_place():
    node = composed("a: 1\nb:\n  - x: 2\n  -   y\n", "a.yaml", Problems())
    assert node.keys["b"] == Span("a.yaml", 2, 1)
    b = node.child("b")
    assert b is not None
    first, second = b.child(0), b.child(1)
    assert first is not None
    assert second is not None
    assert first.keys["x"] == Span("a.yaml", 3, 5)
    assert first.child("x").span == Span("a.yaml", 3, 8)  # type: ignore[union-attr]
    assert second.span == Span("a.yaml", 4, 7)


def test_anchors_and_merge_keys():
    text = (
        "base: &b {x: 1, y: 2}\nmore: &m {y: 5, z: 6}\none: {<<: *b, y: 3}\ntwo: {<<: [*b, *m]}\ncopy: *b\n"
    )
    found = plain(text)
    assert isinstance(found, dict)
    assert found["one"] == {"x": 1, "y": 3}
    assert found["two"] == {"x": 1, "y": 2, "z": 6}
    assert found["copy"] == {"x": 1, "y": 2}


def test_a_quoted_merge_sign_is_a_key():
    assert plain("{'<<': {x: 1}}") == {"<<": {"x": 1}}


def test_a_duplicate_key_is_reported_with_both_places_and_reading_goes_on():
    problems = Problems()
    node = composed("a: 1\nb: 2\na: 3\nb: 4\n", "a.yaml", problems)
    assert [str(found) for found in problems] == [
        "a.yaml:3:1: error: duplicate key 'a' (first at a.yaml:1:1)",
        "a.yaml:4:1: error: duplicate key 'b' (first at a.yaml:2:1)",
    ]
    assert node.plain == {"a": 1, "b": 2}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "a.yaml:1:1: error: the file is empty"),
        ("# nothing\n", "a.yaml:1:1: error: the file is empty"),
        ("a: [1,\nb: 2", "a.yaml:3:1: error: malformed YAML: did not find expected ',' or ']'"),
        ("a: b: c", "a.yaml:1:5: error: malformed YAML: mapping values are not allowed"),
        ("a:\n\t- b\n", "a.yaml:2:1: error: malformed YAML: a tab cannot indent a line; use spaces"),
        ("a: x\n\tb: 1\n", "a.yaml:2:1: error: malformed YAML: found a tab character"),
        ("a: *x", "a.yaml:1:4: error: malformed YAML: alias '*x' has no anchor before it"),
        ("a: &a [*a]", "a.yaml:1:8: error: alias '*a' stands inside its own anchor"),
        ("a: 1\n---\nb: 2\n", "a.yaml:2:1: error: a second document starts here"),
        ("a: !!python/name:os.system ''", "python/name:os.system' is not allowed: a design is plain data"),
        ("? [a]\n: 1", "a.yaml:1:3: error: malformed YAML: a key must be a plain word"),
        ("<<: 3", "malformed YAML: '<<' merges mappings only"),
        ("ab\ncd\x01", "a.yaml:2:3: error: not a text file: control characters are not allowed"),
    ],
)
def test_malformed_yaml(text: str, expected: str):
    assert expected in message(text)


@pytest.mark.parametrize("text", ["[" * 100_000, "[" * 200 + "]" * 200, "{a: " * 200 + "1" + "}" * 200])
def test_deep_nesting_is_refused(text: str):
    assert f"nested deeper than {MAX_DEPTH} levels" in message(text)


def test_deep_nesting_that_the_parser_itself_refuses(monkeypatch: pytest.MonkeyPatch):
    mark = yaml.Mark("a.yaml", 1000, 0, 1000, None, 0)

    def refused(*_: object, **__: object):
        raise yaml.scanner.ScannerError(
            "while increasing flow level", None, "exceeded maximum nesting depth", mark
        )

    monkeypatch.setattr(yaml, "parse", refused)
    assert message("[") == f"a.yaml:1:1001: error: nested deeper than {MAX_DEPTH} levels"


def test_an_alias_bomb_is_refused_by_what_it_would_grow_to():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 30)]
    assert "more than 1000000 values once aliases are expanded" in message("\n".join(lines))


def test_the_budget_counts_what_stands_in_the_file_too():
    assert plain("[1, 2, 3]") == [1, 2, 3]
    assert "more than 3 values" in message("[1, 2, 3]", max_nodes=3)
    assert composed("[1, 2, 3]", "a", Problems(), max_nodes=4).plain == [1, 2, 3]


def test_plain_data_become_nodes_and_return():
    data = {"a": [1, {"b": None}], "c": (2.5, "x")}
    assert wrapped(data, Span("s")).plain == {"a": [1, {"b": None}], "c": [2.5, "x"]}


def test_numpy_values_become_plain():
    found = wrapped({"a": np.float64(1.5), "b": np.arange(3), "c": np.int64(2)}, Span("s")).plain
    assert found == {"a": 1.5, "b": [0, 1, 2], "c": 2}
    assert [type(found[key]) for key in "ac"] == [float, int]


def test_data_that_contain_themselves_are_refused():
    data: dict[str, object] = {}
    data["a"] = data
    with pytest.raises(InputError, match="nested deeper than"):
        wrapped(data, Span("s"))
