from pathlib import Path

import numpy as np
import pytest

from floorplans.diagnostics import InputError, Span
from floorplans.geometry import Orientation, oriented, rectangle
from floorplans.raster import Raster, read_raster


def read(folder: Path, text: str) -> Raster:
    file = folder / "p.csv"
    file.write_text(text)
    return read_raster(file)


def test_the_first_row_is_the_lowest(tmp_path: Path):
    raster = read(tmp_path, "# watts\n1, 2,3\n\n4,5,6e0\n")
    assert raster.values.tolist() == [[1, 2, 3], [4, 5, 6]]
    assert raster.total == 21
    assert raster.source == tmp_path / "p.csv"


def test_values_do_not_change(tmp_path: Path):
    with pytest.raises(ValueError, match="read-only"):
        read(tmp_path, "1,2").values[0, 0] = 5


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["p.csv:1:1: error: the grid has no rows"]),
        (
            "1,2\n3\n4,5,6\n",
            ["p.csv:2:1: error: 1 cells in this row, 2 in the first", "p.csv:3:1: error: 3 cells"],
        ),
        (
            "1,x\n-2,nan\n",
            [
                "p.csv:1:3: error: not a number: 'x'",
                "2:1: error: must be at least 0 (got -2)",
                "2:4: error: must be a finite number (got nan)",
            ],
        ),
        ("1,,2\n", ["p.csv:1:3: error: not a number: ''"]),
        ("1;2\n", ["not a number: '1;2'"]),
        ("inf\n", ["must be a finite number (got inf)"]),
    ],
)
def test_every_wrong_cell_is_reported(tmp_path: Path, text: str, expected: list[str]):
    with pytest.raises(InputError) as caught:
        read(tmp_path, text)
    lines = str(caught.value).splitlines()
    assert len(lines) == len(expected)
    for line, part in zip(lines, expected, strict=True):
        assert part in line


def test_a_missing_file_is_reported_where_it_is_named(tmp_path: Path):
    with pytest.raises(InputError, match=r"d\.yaml:3:4: error: cannot read .*No such file"):
        read_raster(tmp_path / "no.csv", Span("d.yaml", 3, 4))


@pytest.mark.parametrize("orient", list(Orientation))
def test_a_grid_turns_as_the_cells_it_stands_for(orient: Orientation):
    values = np.arange(6.0).reshape(2, 3)
    turned = Raster(values).oriented(orient).values
    for y, x in np.ndindex(*values.shape):
        x0, y0, _, _ = oriented(rectangle(x, y, x + 1, y + 1), (3.0, 2.0), orient).bounds
        assert turned[int(y0), int(x0)] == values[y, x]
