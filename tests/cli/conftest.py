"""A small design, and the command line in this process."""

import json

import numba
import pytest
from click.testing import CliRunner

from thermal.cli.main import cli

COARSE = ("--coarser", "4")
"""Enough for tests of words and numbers' places; a solve takes a tenth of a second."""

DESIGN = """\
design: tiny
package:
  outline_mm: [10, 8]
  ambient_c: 25
  top: {htc_w_m2k: 5000}
  layers:
    - {name: substrate, thickness_um: 500, material: organic-substrate}
    - name: dies
      outline_mm: [8, 6]
      fill: mold-compound
      chiplets:
        - {die: soc, name: soc0, at_mm: [1.5, 1.5]}
    - {name: tim, thickness_um: 60, material: tim-grease, outline_mm: [8, 6]}
    - {name: lid, thickness_um: 500, material: copper}
dies:
  soc:
    outline_mm: [4, 4]
    layers:
      - {name: bumps, thickness_um: 50, material: ubump-underfill}
      - name: device
        thickness_um: 5
        material: silicon
        floorplan:
          blocks:
            - {name: cpu, kind: cpu, rect_um: [0, 0, 2000, 4000]}
            - {name: npu, kind: compute, rect_um: [2000, 0, 4000, 3000]}
            - {name: pll0, kind: analog, rect_um: [2000, 3000, 2500, 3500], accuracy_k: 0.001}
            - {name: pll1, kind: analog, rect_um: [3000, 3500, 3500, 4000]}
            - {name: ldo, kind: pmic, rect_um: [3500, 3000, 4000, 3500]}
      - {name: bulk, thickness_um: 300, material: silicon}
power: {soc0/cpu: 5, soc0/npu: 3, soc0/pll0: 0.02, soc0/pll1: 0, soc0/ldo: 0.3}
limits: {cpu: 95, compute: 95, analog: 90, pmic: 110, lid: 70}
matched_pairs: [[soc0/pll0, soc0/pll1]]
scenarios:
  hot: {package: {ambient_c: 60}}
  idle: {power: {soc0/cpu: 0.3, soc0/npu: 0.1}}
"""


@pytest.fixture(autouse=True)
def plain_surroundings(monkeypatch, tmp_path):
    """80 columns, no colour, a folder of its own; one thread, for what is solved here is tiny."""
    numba.set_num_threads(1)
    for name in ("NO_COLOR", "FORCE_COLOR", "THERMAL_DEBUG", "TERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def design(tmp_path):
    """Path of the small design, relative to the working directory."""
    (tmp_path / "tiny.yaml").write_text(DESIGN, encoding="utf-8")
    return "tiny.yaml"


@pytest.fixture
def edited(design, tmp_path):
    """Write the small design with pieces of text replaced; returns its path."""

    def write(*pairs, name="edited.yaml"):
        text = DESIGN
        for old, new in pairs:
            assert old in text
            text = text.replace(old, new)
        (tmp_path / name).write_text(text, encoding="utf-8")
        return name

    return write


@pytest.fixture
def run():
    """Run the command line here; returns exit_code, stdout and stderr."""

    def invoke(*arguments, code=0):
        result = CliRunner().invoke(cli, [str(argument) for argument in arguments], prog_name="thermal")
        assert result.exit_code == code, result.output
        assert "Traceback" not in result.output
        return result

    return invoke


@pytest.fixture
def document(run):
    """Run a command with ``--json`` and return the document."""

    def load(*arguments, code=0):
        return json.loads(run(*arguments, "--json", code=code).stdout)

    return load
