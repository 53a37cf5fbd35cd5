"""Stacks of 3D-ICE as designs, and what is said of malformed ones."""

import numpy as np
import pytest

from floorplans.diagnostics import InputError
from tests.unit.thermal.formats.cases import CPU, STACK, threedice
from thermal.design import load
from thermal.formats.case import read_case
from thermal.formats.threedice_writer import threedice_of
from thermal.formats.written import threedice_files
from thermal.imposed import solve_imposed


def test_layers_lie_from_the_bottom_up_with_si_units(tmp_path):
    design = load(threedice(tmp_path))
    names = [layer.name for layer in design.package.layers]
    assert names == ["BASE", "CPU_3", "CPU", "CPU_1"]
    assert [layer.thickness for layer in design.package.layers] == [40e-6, 10e-6, 2e-6, 60e-6]
    assert design.package.size == (4e-3, 3e-3)
    assert design.package.top is not None
    assert (design.package.top.htc, design.package.top.ambient) == (5e4, 310.0)
    silicon = design.material("SI")
    assert silicon.k == (120.0, 120.0, 100.0)
    assert silicon.volumetric_heat_capacity == pytest.approx(1.6e6, rel=1e-12)
    assert dict(design.power) == {"CPU/ALU": 4.5, "CPU/CACHE": 1.5}


def test_heat_of_cells_follows_the_area_that_is_covered(tmp_path):
    grid = read_case(threedice(tmp_path)).imposed()
    watts = grid.watts(grid.layers["CPU"])
    assert watts.sum() == pytest.approx(6.0, rel=1e-12)
    # The ALU ends in the middle of column 19 and covers 19.5 x 15 cells.
    assert watts[0, 0] == pytest.approx(4.5 / (19.5 * 15), rel=1e-12)
    assert watts[0, 19] == pytest.approx(0.5 * watts[0, 0], rel=1e-12)


def test_mean_temperature_is_that_of_one_dimension(tmp_path):
    case = read_case(threedice(tmp_path))
    found = solve_imposed(case.design, case.imposed(), tolerance=1e-12)
    # Lateral flow does not change means: film, bulk and half the source carry 6 W over 12 mm2.
    flux = 6.0 / 12e-6
    expected = 310.0 + flux * (1.0 / 5e4 + 60e-6 / 100.0 + 1e-6 / 100.0)
    assert found.field.map("CPU").mean() == pytest.approx(expected, abs=1e-8)
    assert found.solved.run.energy_balance_rel < 1e-12


def test_outputs_say_what_the_field_says(tmp_path):
    case = read_case(threedice(tmp_path))
    field = solve_imposed(case.design, case.imposed()).field
    files = threedice_files(field)
    assert set(files) == {"point.txt", "map.txt", "avg.txt", "alu.txt"}
    rows = [line.split() for line in files["map.txt"].splitlines() if line and not line.startswith("%")]
    printed = np.array(rows, float)
    assert np.abs(printed - field.map("CPU")).max() <= 5.1e-4
    assert float(files["point.txt"].split()[-1]) == pytest.approx(field.map("CPU")[7, 5], abs=5.1e-4)
    assert float(files["alu.txt"].split()[-1]) == pytest.approx(field.map("CPU")[:15, :20].max(), abs=5.1e-4)


def test_design_and_stack_round_trip(tmp_path):
    design = load(threedice(tmp_path))
    files, lost = threedice_of(design)
    assert lost == []
    (tmp_path / "again").mkdir()
    for name, text in files.items():
        (tmp_path / "again" / name).write_text(text)
    again = load(tmp_path / "again" / next(iter(files)))
    assert again.package == design.package
    assert again.power == design.power
    assert [again.material(n).k for n in ("SI", "OXIDE")] == [design.material(n).k for n in ("SI", "OXIDE")]


NON_UNIFORM = STACK.replace("width 100 ;\nlayer", "width 100 ;\n   non-uniform true ;\nlayer")


def test_non_uniform_cells_that_meet_are_imposed_and_others_are_named(tmp_path):
    floorplan = "A :\n position 0, 0 ;\n dimension 2000, 3000 ;\n power values 1 ;\n"
    floorplan += "B :\n position 2000, 0 ;\n dimension 2000, 3000 ;\n power values 2 ;\n"
    stack = NON_UNIFORM[: NON_UNIFORM.index("output :")]
    stack = stack.replace('"cpu.flp" ;', '"cpu.flp" discretization 5 6 ;')
    meeting = stack.replace("layer BASE BOARD ;", "layer BASE BOARD discretization 10 6 ;")
    grid = read_case(threedice(tmp_path, meeting, floorplan)).imposed()
    assert (len(grid.x), len(grid.y)) == (11, 7)
    apart = stack.replace("layer BASE BOARD ;", "layer BASE BOARD discretization 7 6 ;")
    case = read_case(threedice(tmp_path, apart, floorplan))
    with pytest.raises(InputError, match=r"case\.stk:23:\d+: error: the cells of 'BASE'"):
        case.imposed()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "thermal conductivity 1.4e-6",
            "thermal conductivity fast",
            r"stk:5:25: error: expected thermal cond",
        ),
        ("thermal conductivity 1.4e-6", "thermal conductivity 0", r"stk:5:\d+: error: .* must be > 0"),
        (
            "1.2e-4, 1.2e-4, 1.0e-4",
            "1.2e-4, 1.2e-4",
            r"stk:2:\d+: error: expected one conductivity, or three",
        ),
        ("layer 10 OXIDE", "layer 10 OXIDES", r"stk:19:13: error: unknown material 'OXIDES'; did you mean"),
        ("   source 2 SI ;\n", "", r"stk:16:5: error: die 'LOGIC' needs one 'source' layer \(got 0\)"),
        ("die CPU LOGIC", "die CPU LOGIK", r"stk:21:12: error: unknown die 'LOGIK'; did you mean 'LOGIC'"),
        ('"cpu.flp"', '"gpu.flp"', r"stk:21:28: error: cannot read .*gpu\.flp"),
        ('"cpu.flp"', '"cpu.flp', r"stk:21:28: error: a string without its closing quotation mark"),
        ("steady ;", "steedy ;", r"stk:24:4: error: expected a solver.*did you mean 'steady'"),
        ("cell length 100", "cell length 9000", r"stk:12:4: error: cells of 9000"),
        ("top heat sink :", "sink :", r"stk:7:1: error: expected a section"),
        ("Tflpel ( CPU.ALU", "Tflpel ( CPU.FPU", r"stk:30:4: error: 'CPU' has no floorplan element 'FPU'"),
        ("CPU, 500, 700", "CPU, 500, 7000", r"stk:27:4: error: the point 500, 7000 um lies beyond"),
        ("// anisotropic", "/* anisotropic", r"stk:2:\d+: error: this comment has no end"),
        ("   height 40 ;", "   height 40", r"stk:15:4: error: expected ';' \(got 'material'\)"),
        ("stack :\n", "microchannel 4rm :\n", r"stk:20:1: error: 'microchannel': liquid cooling"),
        (
            "heat transfer coefficient 5.0e-8",
            "pluggable 5.0e-8",
            r"stk:8:4: error: 'top heat sink': pluggable",
        ),
        ("average, final", "average, slot", r"stk:29:4: error: 'slot' output of a steady solver"),
        ("temperature 310 ;", "temperature 1e999 ;", r"stk:9:16: error: expected temperature, a number"),
    ],
)
def test_malformed_stack_is_told_with_its_line(tmp_path, old, new, said):
    assert old in STACK
    with pytest.raises(InputError, match=said):
        load(threedice(tmp_path, STACK.replace(old, new, 1)))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("position 0, 0", "position 0 0", r"cpu\.flp:2:15: error: expected ','"),
        ("dimension 1950, 1500", "dimension -1950, 1500", r"cpu\.flp:3:\d+: error: .* must be > 0"),
        (
            "dimension 1950, 1500",
            "dimension 5950, 1500",
            r"cpu\.flp:1:1: error: 'ALU' reaches beyond the chip",
        ),
        ("4.5, 3.0", "4.5, -3.0", r"cpu\.flp:4:22: error: a power value must be >= 0"),
        ("4.5, 3.0", "4.5 3.0", r"cpu\.flp:4:21: error: expected ';'"),
        ("CACHE", "ALU", r"cpu\.flp:5:1: error: second element 'ALU' \(first at .*:1:1\)"),
        ("rectangle (2000", "circle (2000", r"cpu\.flp:6:4: error: expected 'position' or 'rectangle'"),
        ("0, 2000, 2000, 1000", "0, 1000, 2100, 2000", r"cpu\.flp:5:1: error: rectangles of 'CACHE' overlap"),
        ("1950", "19x0", r"cpu\.flp:3:14: error: expected the length along x, a number"),
        ("power values 1.5", "power 1.5", r"cpu\.flp:8:10: error: expected ':'"),
        (CPU, "\n", r"cpu\.flp:1:1: error: the floorplan has no elements"),
    ],
)
def test_malformed_floorplan_is_told_with_its_line(tmp_path, old, new, said):
    assert old in CPU
    with pytest.raises(InputError, match=said):
        load(threedice(tmp_path, floorplan=CPU.replace(old, new, 1)))
