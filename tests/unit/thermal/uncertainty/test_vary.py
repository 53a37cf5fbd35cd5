"""`--vary PATH=LAW:NUMBERS`."""

import pytest

from floorplans.diagnostics import InputError
from floorplans.source import source_of
from thermal.uncertainty.vary import entry_of, with_varied


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        (
            "package.layers.tim.thickness_um=normal:8",
            {"set": "package.layers.tim.thickness_um", "normal": {"sd": 8.0}},
        ),
        ("a.b=uniform:85%,115%", {"set": "a.b", "relative": True, "uniform": [0.85, 1.15]}),
        ("power:soc0/*=normal:5%", {"power": "soc0/*", "relative": True, "normal": {"sd": 0.05}}),
        (
            "leakage:cpu=triangular:50%,100%,200%",
            {"leakage": "cpu", "relative": True, "triangular": [0.5, 1.0, 2.0]},
        ),
        ("material:tim=lognormal:20%", {"material": "tim", "lognormal": {"sd": 0.2}}),
        ("power.a=b/c=normal:1e-2", {"set": "power.a=b/c", "normal": {"sd": 0.01}}),
    ],
)
def test_texts_are_entries(text, entry):
    assert entry_of(text) == entry


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "package.ambient_c",
            "expected PATH=LAW:NUMBERS, for example package.top.htc_w_m2k=uniform:85%,115%",
        ),
        ("package.ambient_c=45", "expected PATH=LAW:NUMBERS"),
        ("=normal:3", "expected PATH=LAW:NUMBERS"),
        ("a.b=norml:3", "no distribution 'norml'; did you mean 'normal'? (there are: normal, lognormal,"),
        ("a.b=uniform:3", "uniform takes 2 numbers (got '3')"),
        ("a.b=uniform:90%,1.1", "give all numbers in percent, or none"),
        ("a.b=normal:wide", "'wide' are no numbers"),
    ],
)
def test_mistakes_name_the_option(text, message):
    with pytest.raises(InputError) as caught:
        entry_of(text)
    assert str(caught.value).startswith(f"--vary {text}: error: ")
    assert message in str(caught.value)


def test_the_command_line_takes_the_place_of_the_files_entry():
    there = [{"set": "a.b", "normal": {"sd": 1}}, {"power": "x", "normal": {"sd": 0.1}}]
    source = source_of({"uncertainty": there})
    found = with_varied(source, ("a.b=normal:2", "c.d=normal:3")).data["uncertainty"]
    assert [entry.get("set") or entry.get("power") for entry in found] == ["x", "a.b", "c.d"]
    assert found[1]["normal"] == {"sd": 2.0}
    assert with_varied(source, ()) is source
