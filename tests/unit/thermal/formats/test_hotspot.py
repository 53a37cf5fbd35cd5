"""Cases of HotSpot as designs, and what is said of malformed ones."""

import numpy as np
import pytest

from floorplans.diagnostics import InputError
from tests.unit.thermal.formats.cases import CONFIG, FLP, LCF, MATERIALS, PTRACE, hotspot
from thermal.design import load
from thermal.formats.case import read_case
from thermal.formats.hotspot_writer import hotspot_of
from thermal.formats.written import hotspot_files
from thermal.imposed import solve_imposed


def test_spreader_and_sink_are_as_large_as_they_are(tmp_path):
    case = read_case(hotspot(tmp_path))
    design = case.design
    sizes = {layer.name: layer.extent(design.package.size) for layer in design.package.layers}
    assert list(sizes) == ["chip", "interface", "spreader", "sink"]
    assert sizes["chip"] == pytest.approx((8e-3, 6e-3))
    assert sizes["spreader"] == pytest.approx((16e-3, 16e-3))
    assert design.package.size == pytest.approx((30e-3, 30e-3))
    assert design.package.top is not None
    assert design.package.top.resistance == 0.4
    # The mean of the rows of the trace.
    assert dict(design.power) == {"chip/core": 10.0, "chip/cache": 3.0, "chip/io": 1.0}
    assert any("die.flp" in note for note in case.notes)
    assert any("-t_sink" not in note for note in case.notes)


def test_capacitance_of_the_film_is_part_of_the_sink(tmp_path):
    sink = load(hotspot(tmp_path)).material("sink-material")
    assert sink.volumetric_heat_capacity == pytest.approx(3.55e6 + 140.4 / (0.03**2 * 0.004), rel=1e-12)


def test_grid_energy_and_files(tmp_path):
    case = read_case(hotspot(tmp_path))
    found = solve_imposed(case.design, case.imposed(), tolerance=1e-10)
    assert found.solved.run.energy_balance_rel < 1e-12
    # All heat leaves through the film: the sink's face is 14 W x 0.4 K/W above ambient in the mean.
    field = found.field
    sink = field.map("sink")
    area = np.outer(np.diff(field.grid.y), np.diff(field.grid.x))
    middle = float((sink * area).sum() / area.sum())
    assert middle == pytest.approx(310.0 + 14.0 * 0.4, abs=14.0 * 0.004 / (400.0 * 0.03**2))
    files = hotspot_files(field, "die")
    units = dict(line.split("\t") for line in files["die.steady"].splitlines())
    assert set(units) == {
        f"{p}{u}" for p in ("", "iface_", "hsp_", "hsink_") for u in ("core", "cache", "io")
    }
    core = field.statistics("chip", field.grid.layers["chip"].elements[0])
    assert float(units["core"]) == pytest.approx(core.t_avg, abs=0.0051)
    assert files["die.grid.steady"].count("Layer") == 4
    assert len(files["die.grid.steady"].splitlines()) == 4 * (1 + 12 * 16)


def test_layer_file_gives_the_same_temperatures(tmp_path):
    (tmp_path / "plain").mkdir()
    (tmp_path / "layered").mkdir()
    plain = read_case(hotspot(tmp_path / "plain"))
    layered = read_case(hotspot(tmp_path / "layered", LCF))
    one = solve_imposed(plain.design, plain.imposed(), tolerance=1e-11).field.map("chip")
    two = solve_imposed(layered.design, layered.imposed(), tolerance=1e-11).field.map("layer_0")
    assert np.nanmax(np.abs(one - two)) < 1e-6


def test_secondary_path_takes_heat_of_a_die_larger_than_solder_and_substrate(tmp_path):
    flp = "core 0.03 0.03 0 0\n"
    options = {
        "model_secondary": "1",
        "s_spreader": "0.04",
        "s_sink": "0.05",
        "grid_rows": "8",
        "grid_cols": "9",
    }
    config = "".join(line + "\n" for line in CONFIG.splitlines() if line[1:].split()[0] not in options)
    path = hotspot(tmp_path, die_flp=flp, die_ptrace="core\n20\n", die_config=config)
    case = read_case(path, options)
    # The default solder and substrate have sides of 21 mm, the die 30 mm.
    found = solve_imposed(case.design, case.imposed(), tolerance=1e-10)
    top, bottom = (
        found.solved.field.system.end_flow(
            np.nan_to_num(found.field.temperature - found.solved.field.system.reference)
        )[:, side].sum()
        for side in (1, 0)
    )
    assert top + bottom == pytest.approx(20.0, rel=1e-9)
    assert 0.0 < bottom < top
    assert np.isfinite(
        found.field.map("chip")[
            np.any(
                [m for e in case.imposed().layers["chip"].elements for m in case.imposed().touched(e)], axis=0
            )
        ]
    ).all()


def test_resistivity_of_units_counts_where_hotspot_is_told_so(tmp_path):
    flp = FLP.replace("io\t0.004\t0.003\t0.004\t0.003", "io\t0.004\t0.003\t0.004\t0.003\t4e6\t0.005")
    path = hotspot(tmp_path, LCF, die_flp=flp)
    assert load(path).package.layers[0].regions == ()
    assert any("resistivities" in note for note in read_case(path).notes)
    design = read_case(path, {"detailed_3D": "on"}).design
    assert [design.material(r.material).k[0] for r in design.package.layers[0].regions] == [200.0]


def test_leakage_follows_hotspots_own_law(tmp_path):
    design = read_case(hotspot(tmp_path), {"leakage_used": "1"}).design
    law = design.leakage["chip/core"]
    assert law.watts(np.array([383.15])) == pytest.approx(1.5e4 * 0.004 * 0.006, rel=1e-12)
    assert law.watts(np.array([393.15])) == pytest.approx(1.5e4 * 0.004 * 0.006 * np.exp(0.36), rel=1e-12)


def test_case_and_design_round_trip(tmp_path):
    design = load(hotspot(tmp_path, LCF))
    files, lost = hotspot_of(design)
    assert lost == []
    (tmp_path / "again").mkdir()
    for name, text in files.items():
        (tmp_path / "again" / name).write_text(text)
    again = load(tmp_path / "again" / next(iter(files)))
    assert again.power == design.power
    for one, two in zip(design.package.layers, again.package.layers, strict=True):
        assert (one.name, one.thickness, one.floorplan) == (two.name, two.thickness, two.floorplan)
        assert one.bounds(design.package.size) == pytest.approx(two.bounds(again.package.size), abs=1e-15)
        assert again.material(two.material or "").k == pytest.approx(design.material(one.material or "").k)


def test_two_floorplans_beside_it_are_told_apart(tmp_path):
    path = hotspot(tmp_path)
    (tmp_path / "other.flp").write_text(FLP)
    with pytest.raises(
        InputError, match=r"die\.config:1:1: error: no floorplan named, .*die\.flp, other\.flp"
    ):
        load(path)
    assert read_case(path, {"f": "other.flp"}).design.power.total == 14.0


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("-t_chip 0.0002", "-t_chip thin", r"config:2:1: error: -t_chip: must be a number \(got 'thin'\)"),
        ("-t_chip 0.0002", "-t_chip 0", r"config:2:1: error: -t_chip: must be > 0"),
        ("-t_chip 0.0002", "-t_chip", r"config:2:1: error: expected '-name value'"),
        ("-k_chip", "k_chip", r"config:3:1: error: expected '-name value'"),
        ("-k_chip", "-kchip", r"config:3:1: error: -kchip: unknown option; did you mean 'k_chip'"),
        ("-p_chip 1.6e6", "-k_chip 1.6e6", r"config:4:1: error: second value of '-k_chip'"),
        ("-grid_rows 12", "-grid_rows 1.5", r"config:11:1: error: -grid_rows: must be a whole number"),
        ("-ambient 310", "-ambient nan", r"config:10:1: error: -ambient: must be a number"),
        ("-ambient 310", "-ambient 1e400", r"config:10:1: error: -ambient: must be a number"),
        (
            "-grid_cols 16",
            "-model_secondary yes",
            r"config:12:1: error: -model_secondary: must be one of 0, 1",
        ),
        ("-grid_cols 16", "-use_microchannels 1", r"config:12:1: error: -use_microchannels: liquid cooling"),
        (
            "-grid_cols 16",
            "-package_model_used 1",
            r"config:12:1: error: -package_model_used: the fan-and-fin",
        ),
        (
            "-grid_cols 16",
            "-material_sink brass",
            r"config:12:1: error: -material_sink: material 'brass' is unk",
        ),
        ("-grid_cols 16", "-f nothing.flp", r"config:12:1: error: cannot read .*nothing\.flp"),
    ],
)
def test_malformed_configuration_is_told_with_its_line(tmp_path, old, new, said):
    assert old in CONFIG
    with pytest.raises(InputError, match=said):
        load(hotspot(tmp_path, die_config=CONFIG.replace(old, new, 1)))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("0\nY", "1\nY", r"lcf:\d+:1: error: layers must be numbered 0, 1, 2"),
        ("0\nY", "0.5\nY", r"lcf:1:1: error: the number of a layer must be whole"),
        ("0\nY\nY", "0\nyes\nY", r"lcf:2:1: error: lateral heat flow: expected Y or N"),
        ("Y\nY\n1.6e6", "Y\nmaybe\n1.6e6", r"lcf:3:1: error: power dissipation: expected Y or N"),
        ("1.6e6", "-1.6e6", r"lcf:4:1: error: a heat capacity must be > 0"),
        ("0.0083333333333333333", "low", r"lcf:5:1: error: expected a resistivity, a number"),
        ("0.0002", "0", r"lcf:6:1: error: a thickness must be > 0"),
        ("paste", "past", r"lcf:12:1: error: unknown material 'past'; did you mean 'paste'"),
        ("paste", "water", r"lcf:12:1: error: 'water' is a fluid"),
        ("2e-5\ndie.flp\n", "2e-5\n", r"lcf:14:1: error: expected the file of a floorplan \(got the end"),
        (
            "2e-5\ndie.flp",
            "2e-5\nchannels.csv",
            r"lcf:14:1: error: 'channels\.csv': a layer of microchannels",
        ),
        ("2e-5 ".strip(), "2e-5 m", r"lcf:13:1: error: one value a line"),
    ],
)
def test_malformed_layer_file_is_told_with_its_line(tmp_path, old, new, said):
    assert old in LCF
    with pytest.raises(InputError, match=said):
        load(hotspot(tmp_path, LCF.replace(old, new, 1)))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "core cache",
            "core cahce",
            r"ptrace:1:6: error: no unit 'cahce' in the floorplans; did you mean 'cache'",
        ),
        ("core cache io", "core io io", r"ptrace:1:9: error: second column for unit 'io'"),
        ("core cache io", "core cache", r"ptrace:2:1: error: 3 values for 2 units"),
        ("8 2 1", "8 2", r"ptrace:2:1: error: 2 values for 3 units"),
        ("8 2 1", "8 two 1", r"ptrace:2:3: error: power of 'cache': not a number"),
        ("8 2 1", "8 inf 1", r"ptrace:2:3: error: power of 'cache': not a number"),
        ("8 2 1", "8 -2 1", r"ptrace:2:3: error: power of 'cache': must be at least 0"),
        ("8 2 1\n12 4 1\n", "", r"ptrace:1:1: error: the power trace has names but no watts"),
        (PTRACE, "", r"ptrace:1:1: error: the power trace is empty"),
        (PTRACE, "core cache\n8 2\n", r"ptrace:1:1: error: the trace has no column for chip/io"),
    ],
)
def test_malformed_trace_is_told_with_its_line(tmp_path, old, new, said):
    with pytest.raises(InputError, match=said):
        load(hotspot(tmp_path, die_ptrace=PTRACE.replace(old, new, 1)))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("solid", "liquid", r"materials:2:1: error: expected solid or fluid"),
        ("4.0", "0", r"materials:3:1: error: a thermal conductivity must be > 0"),
        ("4e6", "much", r"materials:4:1: error: expected a volumetric heat capacity, a number"),
        ("water", "paste", r"materials:6:1: error: second material 'paste'"),
        ("8.9e-4\n", "", r"materials:\d+:1: error: expected a dynamic viscosity \(got the end"),
        ("0.6", "0.6 W", r"materials:8:1: error: one value a line"),
    ],
)
def test_malformed_materials_are_told_with_their_line(tmp_path, old, new, said):
    with pytest.raises(InputError, match=said):
        load(hotspot(tmp_path, LCF, die_materials=MATERIALS.replace(old, new, 1)))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("core\t0.004", "core\twide", r"flp:1:1: error: not a number: 'wide'"),
        ("core\t0.004", "core\t-0.004", r"flp:1:1: error: 'core': width and height must be > 0"),
        ("core\t0.004\t0.006\t0\t0", "core\t0.004\t0.006\t0", r"flp:1:1: error: a unit needs name"),
        ("core", "cache", r"die\.flp:2:1: error: .*duplicate|die\.flp:2:1: error"),
        ("0.004\t0.003\t0.004\t0\n", "0.004\t0.003\t0.003\t0\n", r"die\.flp:\d:1: error: .*overlap"),
        ("\t0.004\t0\n", "\t0.004\t0\t1e6\t-3\n", r"flp:2:1: error: heat capacity and resistivity"),
    ],
)
def test_malformed_floorplan_is_told_with_its_line(tmp_path, old, new, said):
    assert old in FLP
    trace = "core cache io\n8 2 1\n" if new != "cache" else "cache cache io\n8 2 1\n"
    with pytest.raises(InputError, match=said):
        load(hotspot(tmp_path, die_flp=FLP.replace(old, new, 1), die_ptrace=trace))
