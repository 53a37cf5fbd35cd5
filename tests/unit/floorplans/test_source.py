import hashlib
import os
from pathlib import Path

import pytest

from floorplans.diagnostics import InputError
from floorplans.source import parse_assignment, parse_source, read_source, source_of

TEXT = """\
design: two
package:
  layers:
    - {name: board, thickness_um: 800}
    - {name: tim.1, thickness_um: 50}
power: {soc0/a.b: 1}
"""


def test_data_and_spans():
    source = parse_source(TEXT, "a.yaml")
    assert source.data["package"]["layers"][1] == {"name": "tim.1", "thickness_um": 50}
    assert str(source.span(("package", "layers", 1, "thickness_um"))) == "a.yaml:5:35"
    assert str(source.span(("package", "layers", 1, "thickness_um"), key=True)) == "a.yaml:5:21"


def test_the_span_of_what_is_missing_is_that_of_its_nearest_ancestor():
    source = parse_source(TEXT, "a.yaml")
    assert str(source.span(("package", "layers", 1, "material"))) == "a.yaml:5:7"
    assert str(source.span(("dies", "x"))) == "a.yaml:1:1"


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        ("design", "other", ("design",)),
        ("package.layers.board.thickness_um", 900, ("package", "layers", 0, "thickness_um")),
        ("package.layers.0.thickness_um", 900, ("package", "layers", 0, "thickness_um")),
        ("package.layers.tim.1.thickness_um", 60, ("package", "layers", 1, "thickness_um")),
        ("power.soc0/a.b", 3.5, ("power", "soc0/a.b")),
        ("power.soc0/c.d", 4, ("power", "soc0/c.d")),
        ("limits.analog", 105, ("limits", "analog")),
        ("package.top.htc_w_m2k", 10, ("package", "top", "htc_w_m2k")),
    ],
)
def test_overrides_by_dotted_path(path: str, value: object, where: tuple[str | int, ...]):
    source = parse_source(TEXT, "a.yaml")
    changed = source.overridden({path: value})
    node = changed.node(where)
    assert node is not None
    assert node.plain == value
    assert str(changed.span(where)) == f"--set {path}={value}"
    assert source.data == parse_source(TEXT).data


def test_several_overrides_apply_in_order():
    changed = parse_source(TEXT).overridden({"package.top": {"htc_w_m2k": 3}, "package.top.htc_w_m2k": 4})
    assert changed.data["package"]["top"] == {"htc_w_m2k": 4}


def test_all_paths_that_lead_nowhere_are_reported_at_once():
    with pytest.raises(InputError) as caught:
        parse_source(TEXT).overridden(
            {
                "package.layers.bord.thickness_um": 1,
                "package.layers.7.thickness_um": 1,
                "design.name": "x",
                "dies.a.outline_mm": [1, 1],
            }
        )
    messages = [found.message for found in caught.value.diagnostics]
    assert "'design' is a single value and has no 'name'" in messages
    assert "no item 7 in 'package.layers': it has 2, counted from 0" in messages
    assert any("no 'bord' in 'package.layers'; did you mean 'board'?" in message for message in messages)
    assert any("no 'dies'" in message for message in messages)


def test_one_way_to_cool_takes_the_place_of_another():
    source = source_of({"top": {"htc_w_m2k": 10, "ambient_c": 30}})
    assert source.overridden({"top.resistance_k_w": 0.1}).data["top"] == {
        "ambient_c": 30,
        "resistance_k_w": 0.1,
    }


def test_merging_keeps_what_the_patch_does_not_name():
    source = source_of({"power": {"a": 1, "b": 2}, "package": {"layers": [{"name": "x", "k": 1}]}})
    patch = {"power": {"a": 5}, "package": {"layers": {"x": {"k": 2}}}}
    assert source.overridden(patch, merge=True).data == {
        "power": {"a": 5, "b": 2},
        "package": {"layers": [{"name": "x", "k": 2}]},
    }
    assert source.overridden({"power": {"a": 5}}).data["power"] == {"a": 5}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("package.ambient_c=45", ("package.ambient_c", 45)),
        ("a.b = 1e-5", ("a.b", 1e-5)),
        ("a=[1, 2]", ("a", [1, 2])),
        ("a={x: 1}", ("a", {"x": 1})),
        ("a='45'", ("a", "45")),
        ("a=b=c", ("a", "b=c")),
        ("a=fp.yaml", ("a", "fp.yaml")),
        ("a=", ("a", None)),
    ],
)
def test_assignments_of_the_command_line(text: str, expected: tuple[str, object]):
    assert parse_assignment(text) == expected


@pytest.mark.parametrize("text", ["package.ambient_c", "=3", " =3"])
def test_an_assignment_needs_a_key_and_a_value(text: str):
    with pytest.raises(InputError, match=r"expected key=value, for example package\.ambient_c=45"):
        parse_assignment(text)


def test_an_assignment_that_is_no_yaml():
    with pytest.raises(InputError, match=r"--set a=\[1: error: malformed YAML"):
        parse_assignment("a=[1")


def test_digests_are_of_the_bytes_read(tmp_path: Path):
    file = tmp_path / "d.yaml"
    file.write_bytes(b"design: x\r\n")
    source = read_source(file)
    assert source.files == (file.resolve(),)
    assert source.digests() == {"d.yaml": hashlib.sha256(b"design: x\r\n").hexdigest()}


def test_a_byte_order_mark_is_no_text(tmp_path: Path):
    file = tmp_path / "d.yaml"
    file.write_bytes(b"\xef\xbb\xbfdesign: x\n")
    assert read_source(file).data == {"design": "x"}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "No such file or directory"),
        ("folder", "it is a folder"),
        (b"a: \xff", r"not UTF-8 text \(byte 3\)"),
    ],
)
def test_what_cannot_be_read(tmp_path: Path, content: object, reason: str):
    file = tmp_path / "d.yaml"
    if content == "folder":
        file.mkdir()
    elif isinstance(content, bytes):
        file.write_bytes(content)
    with pytest.raises(InputError, match=rf"d\.yaml: error: cannot read '.*d\.yaml': {reason}"):
        read_source(file)


def test_a_pipe_is_not_waited_for(tmp_path: Path):
    pipe = tmp_path / "pipe.yaml"
    os.mkfifo(pipe)
    with pytest.raises(InputError, match="it is not a regular file"):
        read_source(pipe)


def test_a_name_that_no_file_can_have():
    with pytest.raises(InputError, match="cannot read"):
        read_source("a\0b.yaml")


def test_a_file_without_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def refuse(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    file = tmp_path / "d.yaml"
    file.write_text("design: x")
    # Not by chmod: root, as which many containers run tests, may read everything.
    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(InputError, match=r"cannot read .*: Permission denied"):
        read_source(file)
