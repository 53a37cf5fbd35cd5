from pathlib import Path

import pytest

from thermal.design import Design, load

EXAMPLE = Path(__file__).with_name("example.yaml")


@pytest.fixture(scope="module")
def design() -> Design:
    return load(EXAMPLE)


def test_the_example_of_the_contract_loads(design: Design):
    assert design.name == "accel-2p5d"
    assert [layer.name for layer in design.package.layers] == [
        *("substrate", "c4", "interposer", "dies", "tim1", "lid", "tim2", "sink-base"),
    ]
    assert design.power.total == pytest.approx(147.02)
    assert design.limits["hbm"] == pytest.approx(368.15)


def test_plain_data_make_the_same_design(design: Design):
    assert Design.from_dict(design.to_dict()) == design
