import pytest

from floorplans.diagnostics import Diagnostic, InputError, Problems, Span, did_you_mean, listed, quoted


def test_a_diagnostic_reads_like_a_compilers():
    found = Diagnostic(Span("accel.yaml", 14, 9), "must be > 0 (got -100)", "layers.2.thickness_um")
    assert str(found) == "accel.yaml:14:9: error: layers.2.thickness_um: must be > 0 (got -100)"


def test_a_span_without_lines_is_its_file():
    assert str(Span("--set package.ambient_c=x")) == "--set package.ambient_c=x"
    assert str(Diagnostic(None, "no design", severity="warning")) == "warning: no design"


def test_an_input_error_lists_everything():
    error = InputError([Diagnostic(Span("a", 1, 1), "one"), Diagnostic(Span("a", 2, 1), "two")])
    assert str(error) == "a:1:1: error: one\na:2:1: error: two"
    assert len(error.diagnostics) == 2


def test_problems_come_in_the_order_of_the_file_and_once():
    problems = Problems()
    problems.add(Span("a", 9, 1), "later", ("x", 3))
    problems.add(Span("a", 2, 5), "right")
    problems.add(Span("a", 2, 1), "left")
    problems.add(Span("a", 2, 1), "left")
    with pytest.raises(InputError) as caught:
        problems.raise_if_any()
    assert [found.message for found in caught.value.diagnostics] == ["left", "right", "later"]
    assert caught.value.diagnostics[-1].path == "x.3"


def test_no_problems_raise_nothing():
    Problems().raise_if_any()


@pytest.mark.parametrize(
    ("name", "expected"),
    [("silcon", "; did you mean 'silicon'?"), ("COPPER", "; did you mean 'copper'?"), ("qqq", "")],
)
def test_did_you_mean(name: str, expected: str):
    assert did_you_mean(name, ["silicon", "copper", "mold-compound"]) == expected


def test_long_lists_are_cut_and_counted():
    assert listed(["a", "b"]) == "a, b"
    assert listed([str(i) for i in range(20)], most=3) == "0, 1, 2 … (20 in all)"


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, "nothing"), (True, "true"), (1.5, "1.5"), ("a", "'a'"), ({"a": 1, "b": 2}, "{a, b}")],
)
def test_quoted(value: object, expected: str):
    assert quoted(value) == expected


def test_quoted_cuts():
    assert quoted("x" * 100) == "'" + "x" * 58 + "…"
