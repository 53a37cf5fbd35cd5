"""The list of shipped materials in the user guide is the library's, number by number."""

import math
from pathlib import Path

import pytest
import yaml

from floorplans import effective
from floorplans.composite import CompositeLaw
from floorplans.conductivity import ZERO_CELSIUS, PowerLaw
from floorplans.material import Material, library
from floorplans.material_entry import MaterialEntry, resolved


def row(material: Material) -> str:
    """The line of the user guide on a material."""
    k = f"{material.k[0]:.4g}" if material.isotropic else " / ".join(f"{value:.4g}" for value in material.k)
    cells = (
        f"`{material.name}`",
        k,
        f"{material.density:.4g}",
        f"{material.specific_heat:.4g}",
        law(material),
        material.confidence,
    )
    return f"| {' | '.join(cells)} |"


def law(material: Material) -> str:
    if material.k_law is None:
        return ""
    low, high = (bound - ZERO_CELSIUS for bound in material.k_law.valid)
    span = f"{low:.0f} to {high:.0f}" if math.isfinite(high) else ""
    if isinstance(material.k_law, PowerLaw):
        return f"n = {material.k_law.exponent:g}, {span}"
    return f"parts, {span}" if isinstance(material.k_law, CompositeLaw) else f"table, {span}"


@pytest.fixture(scope="module")
def guide(root: Path) -> str:
    return (root / "docs" / "materials.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(guide: str) -> str:
    return guide.partition("## What is shipped")[2]


@pytest.mark.parametrize("material", library().values(), ids=lambda material: material.name)
def test_the_guide_lists_every_material_as_it_is(page, material):
    assert row(material) in page


def test_the_guide_lists_nothing_else_and_in_the_order_of_the_library(page):
    listed = [line.split("`")[1] for line in page.splitlines() if line.startswith("| `")]
    assert listed == list(library())


def test_the_example_of_own_materials_works(guide):
    example = yaml.safe_load(guide.partition("```yaml\n")[2].partition("```")[0])
    entries = {name: MaterialEntry.model_validate(row) for name, row in example["materials"].items()}
    made, errors = resolved(entries)
    assert errors == []
    assert len(made) == 3
    assert library()["epoxy"].k[0] < made["my-underfill"].k[0] < library()["alumina"].k[0]


def test_what_the_guide_says_of_bumps_and_silicon_is_so():
    share = effective.array_share(25.0, 50.0)
    solder, fill = library()["solder-sac305"].k[2], library()["underfill"].k[2]
    assert f"{effective.parallel((share, 1.0 - share), (solder, fill)):.1f}" == "11.8"
    assert f"{library()['silicon'].conductivity(358.15)[0]:.0f}" == "118"


def test_the_guide_groups_them_by_category(page):
    headings = [line.removeprefix("### ") for line in page.splitlines() if line.startswith("### ")]
    categories = list(dict.fromkeys(material.category for material in library().values()))
    assert headings == [category.capitalize() for category in categories]
