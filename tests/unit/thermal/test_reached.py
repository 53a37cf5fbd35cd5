"""Laws that end below the temperatures reached, or give nothing positive there, are refused with a place."""

from dataclasses import replace

import numpy as np
import pytest

from floorplans.conductivity import PowerLaw, TableLaw, Values
from floorplans.diagnostics import InputError
from floorplans.material import Material
from power.leakage import Exponential, Leakage, LeakageModel, Table
from tests.unit.thermal.scenes import MM, area, block, material, scene, slab
from thermal import Resolution, solve
from thermal.scene import Face, Scene

SIDE = 4 * MM
WHOLE = (0.0, 0.0, SIDE, SIDE)
COARSE = Resolution(base=4, other=4)


class Falling:
    """A law that reaches zero at 500 K."""

    valid = (200.0, 900.0)

    def conductivity(
        self, k: tuple[float, float, float], temperature: Values
    ) -> tuple[Values, Values, Values]:
        f = (500.0 - temperature) / 200.0
        return k[0] * f, k[1] * f, k[2] * f

    def __str__(self) -> str:
        return "falling"


def heated(of: Material, watts: float = 10.0, leakage: Leakage | None = None) -> Scene:
    """One block over 1 mm of a material, under a film that 10 W warm by 125 K."""
    hot = replace(block("die/hot", WHOLE, (0.0, MM), watts), leakage=leakage)
    return scene((SIDE, SIDE), [slab(MM, area(of, *WHOLE))], blocks=[hot], top=Face(300.0, 5000.0))


def said(placed: Scene) -> str:
    with pytest.raises(InputError) as caught:
        solve(placed, resolution=COARSE)
    return str(caught.value)


def test_a_table_of_conductivity_that_ends_too_early():
    of = replace(material(100.0), name="glue", k_law=TableLaw((250.0, 380.0), (100.0, 90.0)))
    message = said(heated(of))
    assert "material 'glue': its conductivity is known from -23.15 degC to 106.85 degC" in message
    assert "is not extrapolated; it reaches about 15" in message
    assert "in layer 'layer0', block 'die/hot'" in message
    assert solve(heated(of, watts=4.0), resolution=COARSE).metrics.t_max < 380.0
    assert solve(heated(of), resolution=COARSE, constant_k=True).metrics.t_max > 420.0


def test_a_power_law_beyond_its_range():
    of = replace(material(100.0), name="wafer", k_law=PowerLaw(1.3, valid=(200.0, 400.0)))
    assert "known from -73.15 degC to 126.85 degC" in said(heated(of))


def test_a_table_that_begins_too_late():
    of = replace(material(100.0), name="glue", k_law=TableLaw((350.0, 600.0), (100.0, 90.0), 350.0))
    assert "known from 76.85 degC to 326.85 degC" in said(heated(of, watts=1.0))


def test_a_conductivity_that_is_not_above_zero():
    of = replace(material(100.0), name="odd", k_law=Falling())
    message = said(heated(of, watts=20.0))
    assert "material 'odd': its conductivity is " in message
    assert " W/(m K) at 22" in message
    assert "must be above zero at every temperature it takes" in message
    assert "in layer 'layer0', block 'die/hot'" in message


@pytest.mark.parametrize("model", LeakageModel)
def test_a_table_of_leakage_that_ends_too_early(model: LeakageModel):
    law = Leakage(Table((290.0, 390.0), (0.01, 0.05)), model)
    message = said(heated(material(100.0), leakage=law))
    assert (
        "block 'die/hot': its leakage table runs from 16.85 to 116.85 degC and is not extrapolated" in message
    )
    assert solve(heated(material(100.0), 4.0, law), resolution=COARSE).evidence.leakage > 0.0


def test_leakage_that_runs_away_at_ambient():
    law = Leakage(Exponential(50.0, 320.0, 0.05))
    message = said(heated(material(100.0), 1.0, law))
    assert "leakage runs away at an ambient of 26.85 degC even without any other power" in message
    assert "first in block 'die/hot'" in message


def test_every_law_that_fails_is_named_at_once():
    of = replace(material(100.0), name="glue", k_law=TableLaw((250.0, 380.0), (100.0, 90.0)))
    law = Leakage(Table((290.0, 390.0), (0.01, 0.05)))
    message = said(heated(of, leakage=law))
    assert "material 'glue'" in message
    assert "leakage table" in message


def test_no_temperature_is_asked_for_in_void():
    of = replace(material(100.0), name="glue", k_law=TableLaw((290.0, 480.0), (100.0, 90.0)))
    hot = block("die/hot", (0.0, 0.0, 2 * MM, SIDE), (0.0, MM), 1.0)
    slabs = [slab(MM, area(of, *WHOLE), area(None, 2 * MM, 0.0, SIDE, SIDE))]
    placed = scene((SIDE, SIDE), slabs, blocks=[hot], top=Face(300.0, 5000.0))
    assert np.isnan(solve(placed, resolution=COARSE).temperature).any()
