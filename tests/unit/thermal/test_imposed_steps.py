"""Fixed steps of backward Euler on the grid of a case."""

import pytest

from tests.unit.thermal.formats.cases import STACK, threedice
from thermal.formats.case import read_case
from thermal.imposed_steps import steps

PLATE = """\
material SI :
   thermal conductivity 1.3e-4 ;
   volumetric heat capacity 1.6e-12 ;
top heat sink :
   heat transfer coefficient 1.0e-7 ;
   temperature 300 ;
dimensions :
   chip length 1000, width 1000 ;
   cell length 250, width 500 ;
die D :
   source 100 SI ;
stack :
   die P D floorplan "cpu.flp" ;
solver :
   transient step 0.0005, slot 0.001 ;
   initial temperature 310 ;
"""
FLOORPLAN = "A :\n position 0, 0 ;\n dimension 1000, 1000 ;\n power values 2, 0, 1 ;\n"


def test_one_cell_follows_the_recurrence_of_backward_euler(tmp_path):
    case = read_case(threedice(tmp_path, PLATE, FLOORPLAN))
    found = list(steps(case.design, case.imposed(), tolerance=1e-12))
    assert [i.ends_slot for i in found] == [False, True] * 3
    assert [i.last for i in found] == [False] * 5 + [True]
    area, height = 1e-6, 100e-6
    conductance = area / (1.0 / 1e5 + 0.5 * height / 130.0)
    rate = 1.6e6 * area * height / 0.0005
    kelvin = 310.0
    for instant, watts in zip(found, (2.0, 2.0, 0.0, 0.0, 1.0, 1.0), strict=True):
        kelvin = (rate * kelvin + watts + conductance * 300.0) / (rate + conductance)
        assert instant.field.map("P").min() == pytest.approx(kelvin, abs=1e-8)
        assert instant.field.map("P").max() == pytest.approx(kelvin, abs=1e-8)


def test_a_steady_case_has_no_steps(tmp_path):
    case = read_case(threedice(tmp_path, STACK))
    with pytest.raises(ValueError, match="a steady case has no time steps"):
        next(steps(case.design, case.imposed()))
