from floorplans.addresses import Addresses
from floorplans.diagnostics import Span
from floorplans.nodes import wrapped

DESIGN = {
    "package": {
        "layers": [
            {"name": "board", "floorplan": {"blocks": [{"name": "vrm"}]}},
            {
                "name": "dies",
                "chiplets": [
                    {"die": "chip", "name": "a"},
                    {"die": "chip", "name": "b"},
                    {"die": "lost", "name": "c"},
                ],
            },
        ]
    },
    "dies": {"chip": {"layers": [{"name": "device", "floorplan": {"blocks": [{"name": "pll"}]}}]}},
}


def test_blocks_and_layers_are_named_by_what_holds_them():
    found = Addresses(wrapped(DESIGN, Span("s")))
    assert list(found.blocks) == ["board/vrm", "a/pll", "b/pll"]
    assert list(found.layers) == ["board", "dies", "a/device", "b/device"]
    assert found.package_layers == ["board", "dies"]


def test_nothing_is_said_about_a_chiplet_of_an_unknown_die():
    found = Addresses(wrapped(DESIGN, Span("s")))
    assert found.unsettled("c/pll")
    assert not found.unsettled("a/pll")


def test_broken_designs_have_the_addresses_they_have():
    for broken in ({}, {"package": 3}, {"package": {"layers": [3, {"name": 4}]}, "dies": []}):
        assert list(Addresses(wrapped(broken, Span("s"))).blocks) == []
