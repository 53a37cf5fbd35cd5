"""What every test shares: reproducible properties, no display, and the reference material."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

os.environ.setdefault("MPLBACKEND", "Agg")

# Reproducible, and never failed by a slow machine: compiling a kernel must not count as a slow example.
settings.register_profile(
    "suite",
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=50,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("suite")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def reference() -> Path:
    """Return the folder of reference cases; tests that need it skip where it is absent."""
    folder = Path(os.environ.get("THERMAL_REFERENCE", ROOT.parent / "shared" / "reference"))
    if not folder.is_dir():
        pytest.skip(f"reference material is not at {folder} (set THERMAL_REFERENCE to its folder)")
    return folder
