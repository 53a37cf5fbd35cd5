"""Error bars from the figures of three nested meshes."""

import pytest

from floorplans.block import BlockKind
from floorplans.geometry import rectangle
from thermal.error import ACCURACY, ACCURACY_OF_OTHERS, Change, ErrorBar, asked
from thermal.field import BoxStatistics
from thermal.scene import PlacedBlock


def statistics(t_max: float, t_avg: float) -> BoxStatistics:
    return BoxStatistics(t_max, 1.0, t_avg, (0.0, 0.0, 0.0), 1.0)


def bar(coarse: tuple[float, float], mixed: tuple[float, float], fine: tuple[float, float]) -> ErrorBar:
    return ErrorBar.of(statistics(*coarse), statistics(*mixed), statistics(*fine))


def test_changes_of_columns_and_heights_are_told_apart():
    found = bar((3.0, 2.0), (3.25, 2.5), (3.125, 2.25))
    assert found.maximum == Change(plane=-0.125, height=0.25)
    assert found.mean == Change(plane=-0.25, height=0.5)


def test_errors_of_opposite_sign_do_not_cancel():
    # Plane and height undo each other: from the coarse mesh to the fine one nothing changes.
    found = bar((3.0, 2.0), (3.5, 2.0), (3.0, 2.0))
    assert found.value == 1.0


def test_maximum_and_mean_stand_in_for_each_other():
    assert bar((3.0, 2.0), (3.0, 2.0), (3.0, 2.25)).value == pytest.approx(0.25)
    assert bar((3.0, 2.0), (3.0, 2.0), (3.5, 2.0)).value == pytest.approx(0.5)
    assert bar((3.0, 2.0), (3.0, 2.0), (3.75, 3.0)).value == pytest.approx((0.75**3 + 1.0) ** (1 / 3))


def test_a_first_order_method_is_off_by_as_much_as_its_bar():
    # Errors proportional to the cell size: 0.4 K and 0.2 K in the plane, 0.2 K and 0.1 K along z.
    exact = 10.0
    found = bar((exact + 0.6, exact), (exact + 0.5, exact), (exact + 0.3, exact))
    assert found.value == pytest.approx(0.3)


def test_what_the_iteration_left_is_part_of_it():
    change = Change(0.0, 0.0)
    assert ErrorBar(change, change, solver=1e-3).value == 1e-3


@pytest.mark.parametrize(
    ("kind", "own", "wanted"),
    [
        (BlockKind.ANALOG, None, ACCURACY),
        (BlockKind.PMIC, None, ACCURACY),
        (BlockKind.COMPUTE, None, ACCURACY_OF_OTHERS),
        (BlockKind.COMPUTE, 0.05, 0.05),
    ],
)
def test_accuracy_asked(kind, own, wanted):
    block = PlacedBlock("a", kind, "layer", rectangle(0, 0, 1, 1), 0.0, 1.0, accuracy=own)
    assert asked(block) == wanted
