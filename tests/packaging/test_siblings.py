"""`import thermal` names whoever sits on the name of one of its sibling packages."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from thermal.siblings import DISTRIBUTION, check_siblings

OURS = f'__distribution__ = "{DISTRIBUTION}"\n'


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """A folder at the head of the import path, holding packages with names that nobody has imported."""
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def make_package(folder: Path, name: str, content: str = "") -> Path:
    package = folder / name
    package.mkdir()
    (package / "__init__.py").write_text(content)
    return package


def test_own_siblings_pass():
    check_siblings()


def test_missing_sibling_is_an_incomplete_installation(elsewhere):
    with pytest.raises(ImportError, match="incompletely: its package 'absent_sibling' is missing"):
        check_siblings(("absent_sibling",), elsewhere)


def test_package_of_another_distribution_is_named_with_the_remedy(elsewhere):
    make_package(elsewhere, "foreign_sibling")
    record = elsewhere / "grid_power-1.4.dist-info"
    record.mkdir()
    (record / "METADATA").write_text("Metadata-Version: 2.1\nName: grid-power\nVersion: 1.4\n")
    (record / "RECORD").write_text("foreign_sibling/__init__.py,,\n")
    (record / "top_level.txt").write_text("foreign_sibling\n")
    with pytest.raises(ImportError, match=r"'grid-power': uninstall that \(pip uninstall grid-power\)"):
        check_siblings(("foreign_sibling",), elsewhere)


def test_overwritten_in_place_is_found_by_its_mark(elsewhere):
    """Two wheels in one site-packages: the folder is right, the package inside is not."""
    package = make_package(elsewhere, "overwritten_sibling", OURS)
    check_siblings(("overwritten_sibling",), elsewhere)
    (package / "__init__.py").write_text("watts = 3\n")
    with pytest.raises(ImportError, match="overwritten_sibling"):
        check_siblings(("overwritten_sibling",), elsewhere)


def test_copy_in_another_folder_is_foreign(elsewhere, tmp_path_factory):
    make_package(elsewhere, "copied_sibling", OURS)
    with pytest.raises(ImportError, match="no installed distribution: rename that folder"):
        check_siblings(("copied_sibling",), tmp_path_factory.mktemp("house"))


def test_import_thermal_reports_a_folder_called_power_in_the_working_directory(tmp_path):
    make_package(tmp_path, "power", "raise RuntimeError('must not be executed')\n")
    finished = subprocess.run(
        [sys.executable, "-c", "import thermal"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert finished.returncode == 1
    assert "thermal-floorplan needs its own package 'power'" in finished.stderr
    assert str(tmp_path / "power") in finished.stderr
    assert "must not be executed" not in textwrap.dedent(finished.stderr)
