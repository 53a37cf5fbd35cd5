import pytest

from floorplans.diagnostics import InputError
from power.formats.accelergy import read_energies

ACCELERGY = """\
energy_estimation:
  version: '0.4'
  components:
  - name: chip.PE[0..63].mac
    energy: 4000.0
  - name: chip.glb
    energy: 250
  - name: chip.glb
    energy: 50
  - name: chip.dram
    energy: 0.0
  Total: 4300.0
"""
TIMELOOP = """\
Buffer and Arithmetic Levels
----------------------------
Cycles: 1

Summary Stats
-------------
GFLOPs (@1GHz): 255.55
Utilization: 100.00%
Cycles: 2000
Energy: 2.10 uJ
EDP(J*cycle): 1.86e+03
Area: 0.00 mm^2

Computes = 1000
pJ/Compute
    mac                                 = 0.50
    weights_spad                        = 1.25
    DRAM                                = 2.0e+00
    Total                               = 3.75
"""


def test_picojoules_of_accelergy_by_component(tmp_path):
    file = tmp_path / "energy_estimation.yaml"
    file.write_text(ACCELERGY, encoding="utf-8")
    found = read_energies(file)
    assert found.joules == pytest.approx({"chip.PE[0..63].mac": 4e-9, "chip.glb": 3e-10, "chip.dram": 0.0})
    assert found.cycles is None


@pytest.mark.parametrize(("unit", "scale"), [("pJ/Compute", 1e-12), ("fJ/Compute", 1e-15)])
def test_energy_per_computation_of_timeloop(tmp_path, unit, scale):
    file = tmp_path / "timeloop-mapper.stats.txt"
    file.write_text(TIMELOOP.replace("pJ/Compute", unit), encoding="utf-8")
    found = read_energies(file)
    assert found.cycles == 2000.0
    assert found.joules == pytest.approx(
        {"mac": 500 * scale, "weights_spad": 1250 * scale, "DRAM": 2000 * scale}
    )


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.yaml", "ERT: {}\n", "has no energy_estimation with a list of components"),
        (
            "a.yaml",
            "energy_estimation: {components: [{name: mac}]}\n",
            r"a\.yaml:1:\d+: error: needs a name and an energy >= 0 in pJ \(got nothing\)",
        ),
        ("a.yaml", "energy_estimation: {components: [{name: mac, energy: -1}]}\n", r"\(got -1\)"),
        (
            "a.txt",
            "Utilization\n",
            "is neither an energy_estimation.yaml of Accelergy nor statistics of Timeloop",
        ),
        ("a.txt", "Summary Stats\nCycles: 3\n", "have no Computes =, pJ/Compute"),
    ],
)
def test_what_cannot_be_used_is_said(tmp_path, name, text, message):
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_energies(tmp_path / name)
