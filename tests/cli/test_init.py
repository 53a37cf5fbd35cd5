"""``thermal init``: a design that works as it stands."""

import pytest

import thermal


@pytest.mark.parametrize(
    ("name", "file", "title"),
    [
        ("chip", "chip.yaml", "chip"),
        ("my-chip.yaml", "my-chip.yaml", "my-chip"),
        ("2026", "2026.yaml", "2026"),
        ("true", "true.yaml", "true"),
    ],
)
def test_the_design_has_the_name_of_its_file(run, tmp_path, name, file, title):
    result = run("init", name)
    assert result.stdout == ""
    assert result.stderr.startswith(f"thermal: wrote {file}; next: thermal check {file}")
    assert thermal.load(tmp_path / file).name == title


def test_it_is_valid_and_within_its_limits(run):
    run("init")
    checked = run("check", "my-package.yaml")
    assert checked.stdout.startswith("my-package  valid, no warnings")
    run("solve", "my-package.yaml", "--coarser", "4", "--scenario", "all")


def test_it_never_overwrites_unless_told_to(run, tmp_path):
    mine = tmp_path / "chip.yaml"
    mine.write_text("the work of a week")
    result = run("init", "chip", code=3)
    assert result.stderr == "thermal: error: cannot write 'chip.yaml': it exists; --force overwrites it\n"
    assert mine.read_text() == "the work of a week"
    run("init", "chip", "--force")
    assert mine.read_text().startswith("# A compute die")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("no/where", "cannot write 'no/where.yaml': No such file"),
        ("a b", "'a b' cannot name a design"),
    ],
)
def test_places_and_names_that_cannot_be(run, name, message):
    assert message in run("init", name, code=3).stderr


def test_the_comments_name_the_file(run, tmp_path):
    run("init", "chip")
    text = (tmp_path / "chip.yaml").read_text()
    assert "thermal solve chip.yaml --map" in text
    assert "starter" not in text
