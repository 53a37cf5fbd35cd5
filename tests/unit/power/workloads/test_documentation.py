"""The page on workloads says what the code does."""

import re

import pytest

from power.workloads.config.registry import BY_MODEL_TYPE
from power.workloads.model import Model
from power.workloads.precision import FORMATS


@pytest.fixture(scope="module")
def page(root):
    return (root / "docs" / "theory" / "workloads.md").read_text()


def test_every_kind_of_model_and_every_format_is_named(page):
    words = set(re.findall(r"[a-z0-9_]+", page))
    assert set(BY_MODEL_TYPE) <= words
    assert set(FORMATS) <= words


def test_the_example_runs_and_gives_what_it_says(page):
    (code,) = re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)
    names: dict[str, object] = {}
    exec(code, names)
    model = names["model"]
    assert isinstance(model, Model)
    assert f"model.parameters  # {model.parameters}\n" in code
    assert names["prompt"]
