"""Files of HotSpot and 3D-ICE cut and stirred: an error with a place, or a design; no traceback, no hang."""

import re
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floorplans.diagnostics import InputError
from tests.unit.thermal.formats import cases
from thermal.design import Design, load

PIECES = st.sampled_from(
    [
        *("", " ", "\n", ";", ":", ",", "(", '"', "/*", "*/", "//", "#", "-", "0", "-1", "2", "1e400", "nan"),
        *("\x00", "é", "die", "layer", "source", "material", "Y", "N", "1e-300", "9" * 400, "(null)"),
        "power values",
    ]
)
EDITS = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), PIECES), min_size=1, max_size=4)
ICE = ("case.stk", "cpu.flp")
FILES = {
    "case.stk": cases.STACK,
    "cpu.flp": cases.CPU,
    "die.config": cases.CONFIG,
    "die.flp": cases.FLP,
    "die.ptrace": cases.PTRACE,
    "die.lcf": cases.LCF,
    "die.materials": cases.MATERIALS,
}


def edited(text: str, edits: list[tuple[float, int, str]]) -> str:
    """Replace some stretches by other pieces."""
    for where, length, piece in edits:
        at = int(where * len(text))
        text = text[:at] + piece + text[at + length :]
    return text


def read(folder: Path, name: str, text: str) -> Design:
    """Read the case that a changed file belongs to."""
    path = cases.threedice(folder) if name in ICE else cases.hotspot(folder, cases.LCF)
    (folder / name).write_text(text, encoding="utf-8")
    return load(path)


@pytest.mark.parametrize("name", FILES)
@given(edits=EDITS)
def test_stirred_files_are_read_or_refused_with_a_place(name, edits):
    with TemporaryDirectory() as folder:
        try:
            design = read(Path(folder), name, edited(FILES[name], edits))
        except InputError as error:
            found = error.diagnostics
            assert found
            for diagnostic in found:
                assert diagnostic.span is not None
                assert diagnostic.span.line >= 1
                assert diagnostic.message
                assert re.match(r".+:\d+:\d+: error: ", str(diagnostic))
        else:
            assert design.package.cooled


@pytest.mark.parametrize("name", FILES)
@given(text=st.text(max_size=200))
def test_any_text_is_read_or_refused(name, text):
    with TemporaryDirectory() as folder:
        try:
            read(Path(folder), name, text)
        except InputError as error:
            said = str(error)
        else:
            said = "read"
        assert said
