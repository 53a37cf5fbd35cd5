"""``thermal materials``: the library as a table, one material in detail, and as data."""

from floorplans.material import library


def test_every_material_is_listed_under_its_category(run):
    printed = run("materials").stdout
    assert [name for name in library() if f"\n{name} " not in printed] == []
    assert {m.category for m in library().values()} <= set(printed.splitlines())


def test_a_row_holds_the_values(run):
    (row,) = [line for line in run("materials").stdout.splitlines() if line.startswith("c4-underfill ")]
    assert row.split()[1:5] == ["0.881", "7.54", "3268", "473"]


def test_one_in_detail_with_its_law(run):
    words = " ".join(run("materials", "silicon").stdout.split())
    assert "conductivity 148 W/(m K)" in words
    assert "known from -73.15 to 726.85 °C" in words
    assert f"{library()['silicon'].conductivity(358.15)[0]:.4g} at 85 °C" in words
    assert "Glassbrenner and Slack" in words


def test_a_composite_says_what_it_is_made_of(run):
    words = " ".join(run("materials", "tsv-d5-p50").stdout.split())
    assert "cylinders (square): copper d 5 um at 50 um pitch" in words


def test_as_data(document):
    found = document("materials")
    assert found["schema"] == "thermal-floorplan/materials/1"
    assert [row["name"] for row in found["materials"]] == list(library())
    (copper,) = document("materials", "copper")["materials"]
    assert copper["k_w_mk"] == [401.0, 401.0, 401.0]
    assert copper["density_kg_m3"] == library()["copper"].density
    assert copper["k_law"]["valid_c"] == [-73.15, 326.85]
    assert copper["source"]


def test_an_unknown_name(run):
    assert run("materials", "silikon", code=3).stderr == (
        "error: no material 'silikon'; did you mean 'silicon'?\n"
    )
    assert "`thermal materials` lists those there are" in run("materials", "xyzzy", code=3).stderr
