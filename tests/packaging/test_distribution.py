"""The wheel holds what the checkout holds, under one version."""

import re
import subprocess
import sys
import zipfile
from importlib import metadata

import pytest
from hatchling.builders.wheel import WheelBuilder

import thermal

PACKAGES = ("floorplans", "power", "thermal")


@pytest.fixture(scope="module")
def wheel_names(root, tmp_path_factory):
    (built,) = WheelBuilder(str(root)).build(
        directory=str(tmp_path_factory.mktemp("wheel")), versions=["standard"]
    )
    with zipfile.ZipFile(built) as archive:
        return set(archive.namelist())


def tracked(root):
    """Files under version control in the three packages; less those just deleted."""
    listed = subprocess.run(
        ["git", "ls-files", "--", *PACKAGES], cwd=root, capture_output=True, text=True, check=True
    )
    return {name for name in listed.stdout.splitlines() if (root / name).exists()}


def test_every_file_of_the_three_packages_is_in_the_wheel(root, wheel_names):
    assert tracked(root) - wheel_names == set()


def test_nothing_else_is_in_the_wheel(wheel_names):
    strangers = {
        name
        for name in wheel_names
        if not name.startswith((*(f"{p}/" for p in PACKAGES), "thermal_floorplan-"))
    }
    assert strangers == set()


@pytest.mark.parametrize("package", PACKAGES)
def test_packages_say_that_they_are_typed(package, wheel_names):
    assert f"{package}/py.typed" in wheel_names


def test_licence_is_in_the_wheel(wheel_names):
    assert any(name.endswith("licenses/LICENSE") for name in wheel_names)


def test_one_version_everywhere(root):
    newest = re.search(r"^## (\S+)", (root / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert newest is not None
    assert thermal.__version__ == metadata.version("thermal-floorplan") == newest.group(1)


def test_command_line_tells_the_version(root):
    finished = subprocess.run(
        [sys.executable, "-m", "thermal", "--version"], cwd=root, capture_output=True, text=True, check=True
    )
    assert thermal.__version__ in finished.stdout
