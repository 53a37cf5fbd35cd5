import pytest

from floorplans.block import Block
from floorplans.diagnostics import Problems, Span
from floorplans.floorplan import Floorplan
from floorplans.formats.flp import FlpUnit, parse_flp, write_flp

TEXT = """\
# Line Format: <unit-name>\\t<width>\\t<height>\\t<left-x>\\t<bottom-y>

L2_left\t0.004900\t0.006200\t0.000000\t0.009800
L2\t0.016000 0.009800 0 0   # the lower half
  TSV\t0.0124\t0.00018\t0.0\t0.0  4e6 0.0058
L2 L2_left 40
"""


def test_units_in_micrometres_with_their_lines():
    problems = Problems()
    units = parse_flp(TEXT, "ev6.flp", problems)
    assert not len(problems)
    assert units[0] == FlpUnit("L2_left", (0.0, 9800.0, 4900.0, 16000.0), Span("ev6.flp", 3, 1))
    assert [unit.name for unit in units] == ["L2_left", "L2", "TSV"]
    assert units[2].span == Span("ev6.flp", 5, 3)


def test_units_that_touch_in_the_file_touch_exactly():
    # In doubles 0.1 + 0.2 is not 0.3; in the decimals of the file it is.
    left, right = parse_flp("a 0.2 1 0.1 0\nb 1 1 0.3 0\n", "t.flp", Problems())
    assert left.rect_um[2] == right.rect_um[0]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("a 1 1 0", "t.flp:1:1: error: a unit needs name, width, height, left x, bottom y (got 4 fields)"),
        ("a 1 x 0 0", "t.flp:1:1: error: not a number: 'x'"),
        ("a 1 1 nan 0", "t.flp:1:1: error: must be a finite number (got nan)"),
        ("  a -1 1 0 0", "t.flp:1:3: error: 'a': width and height must be > 0 (got -1 and 1)"),
        ("a 1 0 0 0", "t.flp:1:1: error: 'a': width and height must be > 0 (got 1 and 0)"),
        ("# empty", "t.flp:1:1: error: the floorplan has no units"),
    ],
)
def test_lines_that_are_wrong(line: str, expected: str):
    problems = Problems()
    assert parse_flp(line, "t.flp", problems) == ()
    assert [str(found) for found in problems] == [expected]


def test_what_is_no_rectangle_cannot_be_written():
    plan = Floorplan(blocks=(Block(name="ell", polygon_um=((0, 0), (1, 0), (0, 1))),))
    with pytest.raises(ValueError, match="block 'ell' is no rectangle"):
        write_flp(plan)
