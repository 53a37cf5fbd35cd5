import hashlib
from pathlib import Path

import pytest

from floorplans.source import Source, read_source

DESIGN = """\
design: x
package: {{layers: []}}
dies:
  chip:
    layers:
      - {{name: device, floorplan: {floorplan}}}
"""
TILE = "blocks:\n  - {name: a, rect_um: [0, 0, 10, 10]}\n"


def read(folder: Path, floorplan: str, **files: str) -> Source:
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text)
    design = folder / "d.yaml"
    design.write_text(DESIGN.format(floorplan=floorplan))
    return read_source(design)


def blocks(source: Source) -> list[str]:
    node = source.node(("dies", "chip", "layers", 0, "floorplan", "blocks"))
    assert node is not None
    return [block["name"] for block in node.plain]


def messages(source: Source) -> list[str]:
    return [str(found) for found in source.diagnostics]


def test_a_yaml_floorplan_with_its_own_positions(tmp_path: Path):
    source = read(tmp_path, "t.yaml", t_yaml=TILE)
    assert blocks(source) == ["a"]
    span = source.span(("dies", "chip", "layers", 0, "floorplan", "blocks", 0, "rect_um"))
    assert str(span) == f"{tmp_path / 't.yaml'}:2:24"


def test_a_hotspot_floorplan_with_its_own_positions(tmp_path: Path):
    source = read(tmp_path, "t.flp", t_flp="# ev6\nL2 0.002 0.001 0 0\nALU 0.001 0.001 0.002 0\n")
    assert blocks(source) == ["L2", "ALU"]
    rect = ("dies", "chip", "layers", 0, "floorplan", "blocks", 1, "rect_um")
    node = source.node(rect)
    assert node is not None
    assert node.plain == [2000.0, 0.0, 3000.0, 1000.0]
    assert str(source.span(rect)) == f"{tmp_path / 't.flp'}:3:1"


def test_blocks_of_several_files_beside_own_ones(tmp_path: Path):
    text = "{blocks: [{name: own}], include: [t.yaml, u.flp]}"
    source = read(tmp_path, text, t_yaml=TILE, u_flp="c 1 1 0 0")
    assert blocks(source) == ["own", "a", "c"]


def test_a_file_may_include_others_relative_to_itself(tmp_path: Path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "inner.yaml").write_text(TILE)
    source = read(tmp_path, "outer.yaml", outer_yaml="{include: sub/middle.yaml}")
    (tmp_path / "sub" / "middle.yaml").write_text("{include: inner.yaml}")
    assert blocks(read_source(tmp_path / "d.yaml")) == ["a"]
    assert "cannot read" in messages(source)[0]


def test_every_file_is_in_the_digests(tmp_path: Path):
    source = read(tmp_path, "t.yaml", t_yaml=TILE)
    assert list(source.digests()) == ["d.yaml", "t.yaml"]
    assert source.digests()["t.yaml"] == hashlib.sha256(TILE.encode()).hexdigest()


@pytest.mark.parametrize(
    ("floorplan", "files", "expected"),
    [
        ("d.yaml", {}, "'d.yaml' includes itself: d.yaml → d.yaml"),
        (
            "a.yaml",
            {"a_yaml": "{include: b.yaml}", "b_yaml": "{include: [a.yaml]}"},
            "b.yaml:1:12: error: 'a.yaml' includes itself: d.yaml → a.yaml → b.yaml → a.yaml",
        ),
        ("no.yaml", {}, "no.yaml': No such file or directory"),
        ("t.gds", {}, "cannot read 't.gds' as a floorplan: it must end in .flp, .yaml, .yml"),
        ("t.fpl", {}, "did you mean '.flp'?"),
        ("{include: [3]}", {}, "a floorplan file must be a name (got 3)"),
        ("t.yaml", {"t_yaml": ""}, "t.yaml:1:1: error: the file is empty"),
        ("t.yaml", {"t_yaml": "a: [1"}, "t.yaml:2:1: error: malformed YAML"),
        ("t.yaml", {"t_yaml": "blocks: []\nblocks: []"}, "t.yaml:2:1: error: duplicate key 'blocks'"),
        (
            "{include: t.yaml}",
            {"t_yaml": "block: []"},
            "t.yaml:1:1: error: a floorplan file needs a list 'blocks'",
        ),
        (
            "{include: t.yaml}",
            {"t_yaml": "blocks: []\nblock: []"},
            "t.yaml:2:1: error: unknown key 'block' in a floorplan file; did you mean 'blocks'?",
        ),
        ("t.flp", {"t_flp": "a 1 1 0"}, "t.flp:1:1: error: a unit needs name, width, height"),
    ],
)
def test_files_that_cannot_be_used(tmp_path: Path, floorplan: str, files: dict[str, str], expected: str):
    found = messages(read(tmp_path, floorplan, **files))
    assert len(found) == 1
    assert expected in found[0]


def test_the_same_file_twice_is_no_cycle(tmp_path: Path):
    source = read(tmp_path, "{include: [t.yaml, t.yaml]}", t_yaml=TILE)
    assert messages(source) == []
    assert blocks(source) == ["a", "a"]


def test_files_that_double_are_refused(tmp_path: Path):
    for i in range(40):
        (tmp_path / f"f{i}.yaml").write_text(f"{{include: [f{i + 1}.yaml, f{i + 1}.yaml]}}")
    source = read(tmp_path, "f0.yaml", f40_yaml=TILE)
    assert any("too many floorplan files" in message for message in messages(source))


def test_an_override_may_name_a_file(tmp_path: Path):
    source = read(tmp_path, "{blocks: []}", t_yaml=TILE)
    changed = source.overridden({"dies.chip.layers.device.floorplan": "t.yaml"})
    assert blocks(changed) == ["a"]
    assert "t.yaml" in changed.digests()
