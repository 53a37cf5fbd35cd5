import pytest

from floorplans.block import Block
from floorplans.floorplan import Floorplan


def block(name: str, *rect: float) -> Block:
    return Block(name=name, rect_um=rect)


PLAN = Floorplan(blocks=(block("a", 0, 0, 100, 50), block("b", 100, 0, 200, 50)))


def test_blocks_by_name():
    assert PLAN.block("b").rect == (1e-4, 0.0, 2e-4, 5e-5)
    with pytest.raises(KeyError, match="no block 'c'"):
        PLAN.block("c")


def test_coverage_is_area_over_area():
    assert PLAN.area == pytest.approx(1e-8)
    assert PLAN.coverage((200e-6, 100e-6)) == pytest.approx(0.5)


def test_overlaps_are_pairs_with_their_area():
    plan = Floorplan(blocks=(*PLAN.blocks, block("c", 90, 0, 110, 10)))
    found = plan.overlaps()
    assert [(first.name, second.name) for first, second, _ in found] == [("a", "c"), ("b", "c")]
    assert [area for _, _, area in found] == pytest.approx([1e-10, 1e-10])
    assert PLAN.overlaps() == []


def test_outside_tells_how_far():
    plan = Floorplan(blocks=(block("in", 0, 0, 10, 10), block("out", -3, 0, 10, 10)))
    assert [(b.name, distance) for b, distance in plan.outside((1e-5, 1e-5))] == [("out", 3e-6)]


def test_an_empty_floorplan_is_one():
    assert Floorplan().outside((1.0, 1.0)) == []
    assert Floorplan().area == 0.0
