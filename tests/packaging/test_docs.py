"""The documentation names every key of a design file, and what it shows works."""

import re
from typing import Annotated, Any

import click
import pytest
import yaml
from pydantic import TypeAdapter
from pydantic.fields import FieldInfo

from floorplans.block import Block
from floorplans.composite import AnyComposite
from floorplans.material_entry import MaterialEntry
from floorplans.package import Chiplet, Cooling, Die, Exposed, Layer, Package, Region
from floorplans.schema import keys_of
from power.workload_entry import WorkloadEntry
from thermal.cli.main import cli
from thermal.design import Design
from thermal.uncertainty.inputs import UncertainEntry

MODELS = {
    model.__name__: model
    for model in (
        Block,
        Chiplet,
        Cooling,
        Design,
        Die,
        Exposed,
        Layer,
        MaterialEntry,
        Package,
        Region,
        UncertainEntry,
        WorkloadEntry,
    )
}
TABLE = re.compile(r"<!-- keys: (\w+) -->\n\n((?:\|.*\n)+)")
FENCE = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def reference_page(root):
    return (root / "docs" / "design-file.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def tables(reference_page):
    """Key → (meaning, example) for every marked table."""
    found = {}
    for name, body in TABLE.findall(reference_page):
        rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in body.splitlines()[2:]]
        found[name] = {row[0].strip("` "): (row[1], row[2].strip("`| ")) for row in rows}
    return found


@pytest.mark.parametrize("name", sorted(MODELS))
def test_every_key_of_a_model_is_documented_and_no_other(name, tables):
    assert sorted(tables[name]) == sorted(keys_of(MODELS[name]))


# What these hold is built by the design's own reader; the complete example goes through it.
@pytest.mark.parametrize("name", sorted(MODELS.keys() - {"Design"}))
def test_examples_of_keys_are_valid(name, tables):
    fields = {field.alias or key: field for key, field in MODELS[name].model_fields.items()}
    for key, (_, example) in tables[name].items():
        if not example:
            continue
        ((written, value),) = yaml.safe_load(example).items()
        assert written == key
        field = fields[key]
        constrained: Any = Annotated[(field.annotation, *field.metadata, FieldInfo())]
        TypeAdapter(constrained).validate_python(value)


def test_examples_of_composites_are_valid(reference_page):
    examples = re.findall(r"`(\{formula: .*?\})` \|\n", reference_page)
    assert len(examples) == 4
    for example in examples:
        TypeAdapter(AnyComposite).validate_python(yaml.safe_load(example))


def test_complete_example_loads_with_its_scenarios(reference_page):
    (example,) = [body for language, body in FENCE.findall(reference_page) if language == "yaml"]
    design = Design.from_dict(yaml.safe_load(example))
    assert design.name == "board-with-two-chips"
    for scenario in design.scenarios:
        design.scenario(scenario)


def test_every_command_and_option_is_documented(root):
    page = (root / "docs" / "command-line.md").read_text(encoding="utf-8")
    context = click.Context(cli)
    missing = []
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        assert command is not None
        missing += [] if f"## thermal {name}\n" in page else [name]
        options = [option for parameter in command.params for option in parameter.opts if option[:2] == "--"]
        missing += [f"{name} {option}" for option in options if not re.search(f"`{option}[ `]", page)]
    assert missing == []


def test_links_between_pages_lead_somewhere(root):
    pages = [root / "README.md", root / "CONTRIBUTING.md", *(root / "docs").rglob("*.md")]
    broken = [
        f"{page.relative_to(root)}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if not target.startswith(("http:", "https:")) and not (page.parent / target).exists()
    ]
    assert broken == []
