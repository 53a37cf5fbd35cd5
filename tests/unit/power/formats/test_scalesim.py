import pytest

from floorplans.diagnostics import InputError
from power.formats.scalesim import read_scalesim

COMPUTE = """\
LayerID, Total Cycles (incl. prefetch), Total Cycles, Stall Cycles, Overall Util %, Mapping Efficiency %,
0, 1200, 1000, 100, 50.0, 90.0,
1, 500, 400, 0, 25.0, 90.0,
"""


def _access():
    """Words in the order of the simulator: first and last cycle, then words, of each operand."""
    heads = [
        f"{level} {operand} {what}"
        for level in ("SRAM", "DRAM")
        for operand, done in (("IFMAP", "Reads"), ("Filter", "Reads"), ("OFMAP", "Writes"))
        for what in ("Start Cycle", "Stop Cycle", done)
    ]
    rows = ["0,0,9,10,0,9,20,0,9,30,0,9,4,0,9,5,0,9,6,", "1,0,9,1,0,9,2,0,9,3,0,9,7,0,9,8,0,9,9,"]
    return "\n".join([", ".join(["LayerID", *heads, ""]), *rows, ""])


ACCESS = _access()


def written(folder, compute=COMPUTE, access=ACCESS):
    (folder / "COMPUTE_REPORT.csv").write_text(compute, encoding="utf-8")
    (folder / "DETAILED_ACCESS_REPORT.csv").write_text(access, encoding="utf-8")
    return folder


def test_cycles_utilisation_and_words_of_every_layer(tmp_path):
    first, second = read_scalesim(written(tmp_path))
    assert (first.name, first.cycles, first.utilisation) == ("0", 1000.0, 0.5)
    assert (first.sram, first.dram) == (60.0, 15.0)
    assert (second.cycles, second.utilisation, second.sram, second.dram) == (400.0, 0.25, 6.0, 24.0)


def test_a_missing_report_is_named(tmp_path):
    (tmp_path / "COMPUTE_REPORT.csv").write_text(COMPUTE, encoding="utf-8")
    with pytest.raises(InputError, match=r"DETAILED_ACCESS_REPORT\.csv': No such file"):
        read_scalesim(tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("Overall Util %", "Util"), "has no column overall util %"),
        (
            ("0, 1200, 1000", "0, 1200, many"),
            r"2:1: error: total cycles: must be a number >= 0 \(got 'many'\)",
        ),
        (("0, 1200, 1000", "0, 1200, -3"), r"total cycles: must be a number >= 0 \(got '-3'\)"),
        (("1, 500", "7, 500"), "has the layers 0, 7, DETAILED_ACCESS_REPORT.csv has 0, 1"),
    ],
)
def test_what_cannot_be_used_is_said_with_its_line(tmp_path, change, message):
    with pytest.raises(InputError, match=message):
        read_scalesim(written(tmp_path, COMPUTE.replace(*change)))


def test_a_heading_without_layers(tmp_path):
    with pytest.raises(InputError, match="has a heading but no layers"):
        read_scalesim(written(tmp_path, COMPUTE.splitlines()[0]))
