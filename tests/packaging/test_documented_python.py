"""Python that is shown is Python that runs."""

import re

import pytest

PYTHON = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", ["README.md", "docs/python.md"])
def test_python_of_a_page_runs_from_top_to_bottom(page, root, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    snippets = PYTHON.findall((root / page).read_text(encoding="utf-8"))
    assert snippets
    exec(compile("\n".join(snippets), page, "exec"), {"__name__": page})


def test_readme_shows_python_in_ten_lines(root):
    (snippet,) = PYTHON.findall((root / "README.md").read_text(encoding="utf-8"))
    assert len([line for line in snippet.splitlines() if line.strip()]) <= 10


def test_readme_names_the_two_commands(root):
    page = (root / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"^    (python3 tasks\.py \w+)$", page, re.MULTILINE) == [
        "python3 tasks.py demo",
        "python3 tasks.py test",
    ]
