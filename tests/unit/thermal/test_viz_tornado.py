"""The tornado of a workload: bars end where the results do, and both ends are seen."""

from matplotlib.colors import to_hex

from power.constants import Constant
from power.tornado import Swing
from thermal.report.power import BOARD, ENERGY, THROUGHPUT, Tornado
from thermal.viz.style import ACCENT
from thermal.viz.tornado import LESS, tornado


def results(watts, joules, rate):
    return {BOARD: watts, ENERGY: joules, THROUGHPUT: rate}


BASE = results(200.0, 2.0, 100.0)
BOTH_UP = Swing(
    Constant("efficiency", 0.8, "1", 0.6, 0.9, "low", "a test"),
    BASE,
    results(220.0, 2.6, 90.0),
    results(210.0, 1.8, 100.0),
)
OPPOSITE = Swing(
    Constant("kernel", 4e-6, "s", 2e-6, 2e-5, "low", "a test"),
    BASE,
    results(202.0, 2.0, 101.0),
    results(196.0, 2.2, 80.0),
)


def bars(axes):
    """End in percent and colour of the bars of each row, the upper row first."""
    rows: dict[int, list[tuple[float, str]]] = {}
    for patch in axes.patches:
        x = patch.get_x() + patch.get_width()
        rows.setdefault(round(patch.get_y() + 0.33), []).append((round(x, 9), to_hex(patch.get_facecolor())))
    return [rows[y] for y in sorted(rows, reverse=True)]


def test_bars_end_where_the_results_do():
    figure = tornado(Tornado((BOTH_UP, OPPOSITE)), "image")
    watts, joules, rate = (bars(axes) for axes in figure.axes)
    assert sorted(watts[0]) == sorted([(10.0, LESS), (5.0, ACCENT)])
    assert sorted(watts[1]) == sorted([(1.0, LESS), (-2.0, ACCENT)])
    assert sorted(joules[0]) == sorted([(30.0, LESS), (-10.0, ACCENT)])
    assert sorted(rate[1]) == sorted([(1.0, LESS), (-20.0, ACCENT)])
    assert [axes.get_xlabel() for axes in figure.axes] == [
        "board power, change in %",
        "energy per image, change in %",
        "images per second, change in %",
    ]


def test_of_two_ends_on_one_side_the_shorter_is_in_front():
    watts = bars(tornado(Tornado((BOTH_UP,))).axes[0])
    assert [end for end, _ in watts[0]] == [10.0, 5.0]


def test_bounds_are_named_in_their_units_and_rows_are_limited():
    labels = [label.get_text() for label in tornado(Tornado((BOTH_UP, OPPOSITE))).axes[0].get_yticklabels()]
    assert labels == ["efficiency  0.6 to 0.9", "kernel  2 µs to 20 µs"]
    assert len(bars(tornado(Tornado((BOTH_UP, OPPOSITE)), rows=1).axes[0])) == 1
