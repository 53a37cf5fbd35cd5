"""Prediction, refusal, and what is free."""

import subprocess
import sys

import pytest

from thermal import memory
from thermal.memory import MemoryLimit, available_bytes, check, predicted_bytes, readable

GIB = 1 << 30


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1 KiB"),
        (1536 * 1024, "2 MiB"),
        (3.25 * GIB, "3.2 GiB"),
        (5000 * GIB, "5000.0 GiB"),
    ],
)
def test_readable(count, text):
    assert readable(count) == text


def test_prediction_grows_with_each_of_its_parts():
    base = predicted_bytes(1000, 40, 10)
    assert predicted_bytes(2000, 40, 10) == 2 * base
    assert predicted_bytes(1000, 41, 10) > base
    assert predicted_bytes(1000, 40, 11) > base
    assert predicted_bytes(1000, 40, 10, exposed=True) > base
    assert predicted_bytes(1000, 40, 10, nonlinear=True) > base


class TestRefusal:
    def test_what_fits_is_let_through(self):
        check(1000, 1000)

    def test_the_refusal_says_what_it_needs_what_it_has_and_what_to_do(self):
        with pytest.raises(MemoryLimit) as caught:
            check(3 * GIB, GIB)
        message = str(caught.value)
        for part in ("3.0 GiB", "1.0 GiB", "--coarser 2", "Resolution(scale=2)", "--max-memory"):
            assert part in message

    def test_by_default_a_fifth_of_what_is_free_is_left(self, monkeypatch):
        monkeypatch.setattr(memory, "available_bytes", lambda: 1000)
        check(800, None)
        with pytest.raises(MemoryLimit):
            check(801, None)


def files(monkeypatch: pytest.MonkeyPatch, **contents: str) -> None:
    """Stand-ins for the system's files by their last name."""
    monkeypatch.setattr(
        memory, "_read", lambda path: contents.get(path.rsplit("/", 1)[1].replace(".", "_"), "")
    )


class TestAvailable:
    meminfo = "MemTotal: 8000 kB\nMemFree: 10 kB\nMemAvailable:    4000 kB\n"

    def test_what_the_system_says(self, monkeypatch):
        files(monkeypatch, meminfo=self.meminfo)
        assert available_bytes() == 4000 * 1024

    def test_a_control_group_may_leave_less(self, monkeypatch):
        files(monkeypatch, meminfo=self.meminfo, memory_max="1000000\n", memory_current="400000\n")
        assert available_bytes() == 600_000

    def test_files_read_long_ago_do_not_count_as_used(self, monkeypatch):
        stat = "anon 100000\nfile 300000\ninactive_file 250000\n"
        files(
            monkeypatch, meminfo=self.meminfo, memory_max="1000000", memory_current="400000", memory_stat=stat
        )
        assert available_bytes() == 850_000

    def test_a_group_without_a_limit_says_nothing(self, monkeypatch):
        files(monkeypatch, meminfo=self.meminfo, memory_max="max\n", memory_current="400000\n")
        assert available_bytes() == 4000 * 1024

    def test_an_exhausted_group_leaves_nothing(self, monkeypatch):
        files(monkeypatch, meminfo=self.meminfo, memory_max="1000", memory_current="4000")
        assert available_bytes() == 0

    def test_without_any_of_these_files_the_whole_machine_counts(self, monkeypatch):
        files(monkeypatch)
        assert available_bytes() > 1 << 20

    def test_unreadable_files_are_empty(self, tmp_path):
        assert memory._read(str(tmp_path / "none")) == ""


MEASURE = """
import sys
sys.path.insert(0, {root!r})
from tests.unit.thermal.scenes import MM, area, block, scene, slab
from thermal import Resolution, solve
from thermal.memory import peak_bytes

def case(side):
    whole = (0.0, 0.0, side, side)
    slabs = [slab(h * MM, area(k, *whole)) for h, k in ((0.5, 130.0), (0.1, 4.0), (2.0, 390.0))]
    found = scene((side, side), slabs, blocks=[block("b", whole, (0.0, 0.5 * MM), 1.0)])
    return with_law(found) if {nonlinear} else found

def with_law(found):
    from dataclasses import replace
    from floorplans.conductivity import PowerLaw
    def lawful(area):
        return replace(area, material=replace(area.material, k_law=PowerLaw(1.3)))
    return replace(found, slabs=tuple(replace(s, areas=tuple(map(lawful, s.areas))) for s in found.slabs))

solve(case(4 * MM), resolution=Resolution(base=8, other=4))
before = peak_bytes()
solution = solve(case(4 * MM), resolution=Resolution(base=200, other=200))
print(solution.evidence.cells, solution.evidence.predicted_bytes, peak_bytes() - before)
"""


@pytest.mark.parametrize("nonlinear", [False, True])
def test_the_prediction_holds_on_a_mesh_of_half_a_million_cells(root, nonlinear):
    script = MEASURE.format(root=str(root), nonlinear=nonlinear)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    cells, predicted, measured = (int(v) for v in done.stdout.split())
    assert cells > 300_000
    # Never too little by more than a tenth, never so much that what fits is refused.
    assert 0.9 * measured < predicted < 2.0 * measured
