"""``--map``: a picture in letters."""

import pytest

from tests.cli.conftest import COARSE


def drawn(printed):
    """Lines of the map, without the scale on the left."""
    lines = printed[printed.index("x to the right, y up") :].splitlines()[1:]
    end = next(i for i, line in enumerate(lines) if "from °C" in line)
    return [line[7:] for line in lines[: end - 1]]


def test_the_hottest_powered_layer_is_drawn_unless_one_is_named(run, design):
    assert "soc0/device at z = 552.5 µm" in run("solve", design, *COARSE, "--map").stdout
    assert "lid at z = " in run("solve", design, *COARSE, "--map", "lid").stdout


def test_a_square_die_is_twice_as_many_characters_wide_as_high(run, design):
    lines = drawn(run("solve", design, *COARSE, "--map").stdout)
    assert max(map(len, lines)) == 2 * len(lines)


def test_heat_is_where_the_cpu_is(run, design):
    lines = drawn(run("solve", design, *COARSE, "--map").stdout)
    half = len(lines[0]) // 2
    assert sum(line[:half].count("@") for line in lines) > 100
    assert sum(line[half:].count("@") for line in lines) == 0


def test_nothing_is_drawn_where_nothing_is(run, design):
    hole = "package.layers.lid.regions=[{rect_um: [0, 0, 5000, 8000], material: void}]"
    lines = drawn(run("solve", design, *COARSE, "--set", hole, "--set", "limits={}", "--map", "lid").stdout)
    half = len(max(lines, key=len)) // 2
    assert all(line[: half - 1].strip() == "" for line in lines)
    assert all(line[half + 1 :].strip() for line in lines)


def test_hotspots_are_numbered_and_listed(run, document, design):
    printed = run("solve", design, *COARSE, "--map").stdout
    first = document("solve", design, *COARSE)["hotspots"][0]
    assert f"1  {first['t_c']:.2f} °C at ({first['x_mm']:.2f}, {first['y_mm']:.2f})  soc0/cpu" in printed
    assert sum(line.count("1") for line in drawn(printed)) == 1


@pytest.mark.parametrize(
    ("layer", "hint"), [("lit", "did you mean 'lid'?"), ("soc0/devise", "'soc0/device'")]
)
def test_an_unknown_layer_is_refused_before_the_solve(run, design, monkeypatch, layer, hint):
    monkeypatch.setattr("thermal.study.solve", lambda *_, **__: pytest.fail("solved in vain"))
    result = run("solve", design, "--map", layer, code=3)
    assert result.stderr.startswith(f"--map {layer}: error: no such layer")
    assert hint in result.stderr


def test_the_map_is_of_the_scenario_that_decides(run, design):
    printed = run("solve", design, *COARSE, "--scenario", "all", "--map", code=1).stdout
    hot = run("solve", design, *COARSE, "--scenario", "hot", "--map", code=1).stdout
    assert drawn(printed) == drawn(hot)
    assert printed[printed.index("from °C") :] == hot[hot.index("from °C") :]
