"""The shipped library and the temperature laws, against handbooks, measurements and their own inputs."""

import subprocess
import sys

import numpy as np
import pytest

from floorplans import effective
from floorplans.conductivity import ZERO_CELSIUS, PowerLaw, TableLaw
from floorplans.material import Material, MaterialError, library

LIBRARY = library()
NAMES_OF_THE_DESIGN_EXAMPLE = (
    "organic-substrate",
    "c4-underfill",
    "silicon",
    "mold-compound",
    "tim-grease",
    "copper",
    "ubump-underfill",
    "beol",
    "hbm-stack",
)


def test_the_library_covers_what_packages_are_built_of():
    assert len(LIBRARY) >= 45
    assert set(NAMES_OF_THE_DESIGN_EXAMPLE) <= set(LIBRARY)
    categories = {material.category for material in LIBRARY.values()}
    assert categories == {
        "semiconductor",
        "ceramic",
        "metal",
        "polymer",
        "interface",
        "fluid",
        "on-chip wiring",
        "joint",
        "through via",
        "substrate",
        "memory",
        "phone",
    }


@pytest.mark.parametrize("material", LIBRARY.values(), ids=lambda material: material.name)
def test_every_shipped_material_is_plausible_and_cited(material):
    assert all(0.01 < k < 1e5 for k in material.k)
    assert 0.05 < material.density < 2.3e4
    # Dulong and Petit: no solid or liquid stores more than about 4.2 MJ/(m3 K); 1 is a loose lower end.
    if material.density > 100.0:
        assert 0.5e6 < material.volumetric_heat_capacity < 4.2e6
    assert material.confidence in {"high", "medium", "low"}
    assert len(material.source) > 20
    if material.confidence == "low" and not material.composition:
        assert "stimate" in material.source or "low end" in material.source or "reading" in material.source


@pytest.mark.parametrize("material", LIBRARY.values(), ids=lambda material: material.name)
def test_the_temperature_law_gives_the_stated_conductivity_at_300_k(material):
    assert material.conductivity(300.0) == pytest.approx(material.k, rel=1e-9)


@pytest.mark.parametrize(
    ("kelvin", "recommended"),
    [
        (200.0, 264.0),
        (300.0, 148.0),
        (400.0, 98.9),
        (500.0, 76.2),
        (600.0, 61.9),
        (800.0, 42.2),
        (1000.0, 31.2),
    ],
)
def test_silicon_follows_the_recommended_values(kelvin, recommended):
    # Ho, Powell and Liley (1972); the source note of the entry promises 6 %.
    assert LIBRARY["silicon"].conductivity(kelvin)[2] == pytest.approx(recommended, rel=0.06)


def test_doping_lowers_the_conductivity_and_flattens_its_law():
    for kind in "pn":
        ladder = [LIBRARY["silicon"], *(LIBRARY[f"silicon-{kind}-1e{n}"] for n in (18, 19, 20))]
        k = [material.k[2] for material in ladder]
        drop = [material.conductivity(400.0)[2] / material.k[2] for material in ladder]
        assert k == sorted(k, reverse=True)
        assert drop == sorted(drop)


def test_micro_bump_layers_resist_as_measured():
    # Colgan et al.: 25 um bumps 16.1 um high, in underfill, at pitches of 50, 71 and 100 um [mm2 K/W].
    column, fill = LIBRARY["ubump-column-16um"].k, LIBRARY["underfill"].k
    for pitch, measured, tolerance in ((50.0, 8.0, 0.02), (71.0, 15.5, 0.20), (100.0, 19.0, 0.05)):
        share = effective.array_share(25.0, pitch)
        k = effective.parallel((share, 1.0 - share), (column[2], fill[2]))
        assert 16.1 / k == pytest.approx(measured, rel=tolerance)
    assert LIBRARY["ubump-underfill-p50"].k[2] == pytest.approx(16.1 / 8.0, rel=0.03)


@pytest.mark.parametrize("name", ["beol", "beol-sparse", "beol-dense"])
def test_wiring_stacks_resist_within_what_was_measured(name):
    # Colgan et al. (2013): 0.5 to 5.5 mm2 K/W; the levels listed add up to 8 um.
    assert 0.5 < 8.0 / LIBRARY[name].k[2] < 5.5


def test_more_metal_on_chip_conducts_better_along_every_axis():
    stacks = [np.array(LIBRARY[name].k) for name in ("beol-sparse", "beol", "beol-dense")]
    assert np.all(stacks[0] < stacks[1])
    assert np.all(stacks[1] < stacks[2])


def test_a_memory_stack_conducts_as_measured():
    x, _, z = LIBRARY["hbm-stack"].k
    assert z == pytest.approx(7.0, rel=0.15)
    assert x == pytest.approx(100.0, rel=0.25)


def test_thinner_dies_make_a_taller_stack_conduct_worse():
    z = [LIBRARY[f"hbm-stack{height}"].k[2] for height in ("-4-high", "", "-12-high", "-16-high")]
    assert z == sorted(z, reverse=True)


def test_the_hybrid_bonded_stack_is_the_series_of_the_published_layers():
    heights, k = (620.0, 36.0, 24.0), (148.0, 0.85, 4.8)
    upright = sum(heights) / sum(height / value for height, value in zip(heights, k, strict=True))
    assert LIBRARY["hbm-stack-12-high-hybrid"].k[2] == pytest.approx(upright)


def test_a_shipped_composite_can_be_repeated_by_hand():
    share = effective.array_share(90.0, 150.0)
    column = effective.laminate([77.5, 2.5], [(58.0,) * 3, (1.38,) * 3])
    filler = float(effective.spheres(0.2, 1.38, 0.5))
    across = effective.cylinders_across(filler, column[0], share, "square")
    along = effective.parallel((share, 1.0 - share), (column[2], filler))
    assert LIBRARY["c4-underfill"].k == pytest.approx((across, across, along))
    assert LIBRARY["c4-underfill"].composition == (
        "cylinders (square): c4-column-80um d 90 um at 150 um pitch in underfill"
    )


def test_a_board_of_the_standard_conducts_along_its_planes():
    # Two planes of 35 um in 1.6 mm carry nearly all of it: 0.07 / 1.6 x 401 and the signal layers' share.
    x, _, z = LIBRARY["pcb-2s2p"].k
    assert x == pytest.approx(0.07 / 1.6 * 401 + 0.14 / 1.6 * 0.1 * 401 + 1.39 / 1.6 * 0.81, rel=0.02)
    assert z < 0.4


def test_heat_capacity_of_a_unit_of_volume():
    assert Material("m", (1.0, 1.0, 1.0), 2000.0, 700.0, "test").volumetric_heat_capacity == 1.4e6


def test_isotropy():
    assert LIBRARY["copper"].isotropic
    assert not LIBRARY["fr4"].isotropic


def test_a_table_is_interpolated_linearly_and_never_extrapolated():
    copper = LIBRARY["copper"]
    assert copper.conductivity(350.0)[0] == pytest.approx(0.5 * (401 + 393))
    for kelvin, celsius in ((150.0, "-123.15"), (700.0, "426.85")):
        with pytest.raises(MaterialError) as caught:
            copper.conductivity(kelvin)
        assert str(caught.value) == (
            "copper: its conductivity is known from -73.15 degC to 326.85 degC and is not extrapolated "
            f"(asked for {celsius} degC)"
        )


def test_a_field_of_temperatures_names_the_worst_and_passes_voids():
    silicon = LIBRARY["silicon"]
    field = np.array([[300.0, np.nan], [400.0, 350.0]])
    k = silicon.conductivity(field)[0]
    assert isinstance(k, np.ndarray)
    assert k[1, 0] == pytest.approx(148.0 * 0.75**1.3)
    assert np.isnan(k[0, 1])
    with pytest.raises(MaterialError, match=r"^silicon: .*asked for 1726\.85 degC"):
        silicon.conductivity(np.array([300.0, 1500.0, 2000.0, np.nan]))


def test_a_constant_material_keeps_the_shape_of_the_field():
    epoxy = LIBRARY["epoxy"].conductivity(np.full((2, 3), 320.0))[1]
    assert isinstance(epoxy, np.ndarray)
    assert epoxy.shape == (2, 3)
    assert np.all(epoxy == 0.2)


def test_an_anisotropic_table_keeps_the_ratio_of_the_axes():
    law = TableLaw((300.0, 400.0), (100.0, 50.0))
    k = Material("m", (10.0, 20.0, 30.0), 1.0, 1.0, "test", k_law=law).conductivity(400.0)
    assert k == pytest.approx((5.0, 10.0, 15.0))


def test_a_composite_follows_its_constituents_and_their_range():
    via, celsius = LIBRARY["tsv-d10-p40"], 120.0
    kelvin = celsius + ZERO_CELSIUS
    copper, silicon, oxide = (
        float(LIBRARY[name].conductivity(kelvin)[0]) for name in ("copper", "silicon", "silicon-dioxide")
    )
    core = (10.0 / 11.0) ** 2
    share = effective.array_share(11.0, 40.0)
    across, along = effective.coated_cylinder(copper, oxide, core)
    assert via.conductivity(kelvin) == pytest.approx(
        (
            effective.cylinders_across(silicon, across, share),
            effective.cylinders_across(silicon, across, share),
            effective.parallel((share, 1.0 - share), (along, silicon)),
        )
    )
    with pytest.raises(
        MaterialError, match=r"^tsv-d10-p40: copper: its conductivity is known from -73\.15 degC"
    ):
        via.conductivity(900.0)
    assert via.k_law is not None
    assert via.k_law.valid == pytest.approx((200.0, 600.0))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: TableLaw((300.0,), (1.0,)), "at least two rows"),
        (lambda: TableLaw((300.0, 300.0), (1.0, 2.0)), r"must rise .* \(got 26\.85 degC then 26\.85 degC\)"),
        (lambda: TableLaw((-5.0, 300.0), (1.0, 2.0)), r"above absolute zero \(got -278\.15 degC\)"),
        (lambda: TableLaw((290.0, 400.0), (1.0, 0.0)), r"finite and > 0 \(got 0\)"),
        (
            lambda: TableLaw((350.0, 400.0), (1.0, 2.0)),
            r"26\.85 degC is outside the table, .* from 76\.85 degC",
        ),
        (lambda: PowerLaw(1.3, reference=0.0), "above absolute zero"),
        (lambda: PowerLaw(1.3, valid=(400.0, 300.0)), r"must rise .*400 to 300 K"),
    ],
)
def test_laws_that_make_no_sense_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_the_library_is_read_once_and_cannot_be_changed():
    assert library() is LIBRARY
    with pytest.raises(TypeError):
        LIBRARY["copper"] = LIBRARY["silicon"]  # type: ignore[index]
    with pytest.raises(AttributeError):
        LIBRARY["copper"].density = 1.0  # type: ignore[misc]


def test_importing_materials_reads_no_file():
    code = "import sys, floorplans.material; sys.exit('yaml' in sys.modules or 'pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_library_loads_without_the_c_loader(monkeypatch):
    monkeypatch.delattr("yaml.CSafeLoader")
    assert library.__wrapped__() == LIBRARY
