import pytest
from pydantic import ValidationError

from floorplans.block import SENSITIVE_KINDS, Block, BlockKind
from floorplans.package import Chiplet, Region


def test_attributes_are_si():
    block = Block(name="pll0", kind="analog", rect_um=(6000, 0, 6040, 40), limit_c=105, accuracy_k=0.1)
    assert block.rect == (0.006, 0.0, 0.00604, 0.00004)
    assert block.outline.bounds == block.rect
    assert block.limit == pytest.approx(378.15)
    assert block.accuracy == 0.1
    assert block.kind is BlockKind.ANALOG


def test_whole_millimetres_and_micrometres_are_the_same_double():
    # True because both are divided by a power of ten; with 1e-3 and 1e-6 as factors 82 of these differ.
    for n in range(1, 200):
        block = Block(name="a", rect_um=(0, 0, 1000 * n, 1))
        chiplet = Chiplet(die="d", name="c", at_mm=(n, 0))
        assert block.outline.bounds[2] == chiplet.at[0]


def test_a_polygon_is_made_counter_clockwise():
    block = Block(name="a", polygon_um=[[0, 0], [0, 10], [10, 10], [10, 0]])
    assert block.outline.exterior.is_ccw
    assert block.outline.area == pytest.approx(1e-10)


def test_blocks_do_not_change():
    with pytest.raises(ValidationError, match="frozen"):
        Block(name="a", rect_um=(0, 0, 1, 1)).name = "b"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("outline", "expected"),
    [
        ({}, "exactly one of rect_um and polygon_um"),
        (
            {"rect_um": (0, 0, 1, 1), "polygon_um": ((0, 0), (1, 0), (0, 1))},
            "exactly one of rect_um and polygon_um",
        ),
        ({"rect_um": (2, 0, 1, 1)}, r"x0 < x1 and y0 < y1 \(got \[2, 0, 1, 1\]\)"),
        ({"rect_um": (0, 0, 1, 0)}, "x0 < x1 and y0 < y1"),
        (
            {"polygon_um": ((0, 0), (10, 10), (10, 0), (0, 10))},
            r"crosses or touches itself \(Self-intersection\[5 5\], in um\)",
        ),
        ({"polygon_um": ((0, 0), (5, 5), (10, 10))}, "encloses no area"),
        ({"polygon_um": ((0, 0), (0, 0), (0, 0))}, "encloses no area"),
    ],
)
@pytest.mark.parametrize("part", [{"name": "a"}, {"material": "copper"}])
def test_outlines_that_are_none(part: dict[str, str], outline: dict[str, object], expected: str):
    model = Block if "name" in part else Region
    with pytest.raises(ValidationError, match=expected):
        model(**part, **outline)


def test_block_names_may_come_from_a_hierarchy():
    assert Block(name="u_core/u_alu[3]", rect_um=(0, 0, 1, 1)).name == "u_core/u_alu[3]"


def test_sensitive_kinds_are_those_that_set_limits():
    assert {kind.value for kind in SENSITIVE_KINDS} == {"analog", "pmic", "sensor"}
