"""Reduced models of a small package, against the full problem and against closed forms."""

import re
import shutil
import subprocess
from typing import Any

import numpy as np
import pytest
from scipy.linalg import expm
from scipy.sparse import diags
from scipy.sparse.linalg import splu

from floorplans.diagnostics import InputError
from thermal.design import Design
from thermal.mesh.resolution import Resolution
from thermal.placement import place
from thermal.rom import building, exports
from thermal.rom.building import build
from thermal.rom.groups import grouped
from thermal.rom.model import OutOfRange, ReducedModel, WrongModel

COARSE = Resolution(base=8, other=4, scale=1.5)
DATA: dict[str, Any] = {
    "design": "three",
    "package": {
        "outline_mm": [8, 6],
        "ambient_c": 25,
        "top": {"htc_w_m2k": 6000},
        "layers": [
            {"name": "board", "thickness_um": 600, "material": "organic-substrate"},
            {
                "name": "die",
                "thickness_um": 300,
                "material": "silicon",
                "floorplan": {
                    "blocks": [
                        {"name": "a0", "kind": "compute", "rect_um": [0, 0, 3000, 6000]},
                        {"name": "a1", "kind": "compute", "rect_um": [3000, 0, 5000, 6000]},
                        {"name": "m", "kind": "sram", "rect_um": [5000, 0, 8000, 4000]},
                    ]
                },
            },
        ],
    },
    "power": {"die/a0": 6, "die/a1": 3, "die/m": 2},
    "leakage": {"die/m": {"power_w": 0.5, "at_c": 85, "beta_per_k": 0.02}},
}
TOLERANCE = 0.02


@pytest.fixture(scope="module")
def made() -> tuple[ReducedModel, Any]:
    """A model and the source it was made of."""
    kept: list[Any] = []
    reduce = building.reduced

    def watching(source: Any, *rest: Any) -> ReducedModel:
        kept.append(source)
        model: ReducedModel = reduce(source, *rest)
        return model

    patch = pytest.MonkeyPatch()
    patch.setattr(building, "reduced", watching)
    try:
        model = build(Design.from_dict(DATA), resolution=COARSE, tolerance=TOLERANCE, cache=False)
    finally:
        patch.undo()
    return model, kept[0]


def test_the_package_offers_what_it_promises():
    import thermal.rom

    assert thermal.rom.build is build
    assert thermal.rom.ReducedModel is ReducedModel


def test_groups_are_blocks_of_a_kind_in_a_layer_and_shares_follow_the_watts():
    groups = grouped(place(Design.from_dict(DATA)))
    assert [g.name for g in groups] == ["die:compute", "die:sram"]
    assert groups[0].shape == pytest.approx((2 / 3, 1 / 3))


def test_a_group_of_no_block_and_a_block_in_two_groups_are_refused():
    with pytest.raises(InputError, match="matches no block"):
        grouped(place(Design.from_dict(DATA)), {"x": ["die/zz*"]})
    with pytest.raises(InputError, match="in group 'x' already"):
        grouped(place(Design.from_dict(DATA)), {"x": ["die/a*"], "y": ["die/a0"]})


def test_reference_is_reproduced_without_any_step(made):
    model, source = made
    means = [s.t_avg for s in source.field.of_blocks()]
    told = model.run([1.0, 100.0], np.tile(model.u0, (2, 1)), outputs=model.outputs("avg"))
    assert np.abs(told.temperatures - means).max() < 1e-6


def test_transfer_matches_direct_solves_at_shifts_that_were_not_used(made):
    model, source = made
    system, pencil = source.system, source.pencil
    matrix = system.to_csr()
    for shift in (0.0, 0.31, 17.0, 2.7e3, 1.9e5):
        lu = splu((matrix + shift * diags(pencil.capacity.ravel())).tocsc())
        from thermal.rom.drive import heat_of
        from thermal.rom.readings import response

        for g, group in enumerate(source.groups):
            x = lu.solve(heat_of(system, group)).reshape(pencil.capacity.shape)
            exact = np.array([s.t_avg for s in response(system, x).of_blocks()])
            told = model.transfer(shift)[: exact.size, g]
            assert np.abs(exact - told).max() * group.reach < TOLERANCE


def test_maxima_and_transients_match_the_full_problem_with_leakage_of_every_cell(made):
    """Backward Euler at a thousandth of the time, extrapolated with two thousandths: third order."""
    model, source = made
    system, capacity = source.system, source.pencil.capacity
    u = model.nominal({"die:compute": 16.0, "die:sram": 0.5})
    from thermal.field import Field
    from thermal.rom.drive import heat_of

    driven = sum(heat_of(system, g) * (u[i] - model.u0[i]) for i, g in enumerate(source.groups))
    base = np.nan_to_num(source.field.temperature, nan=system.reference)
    cell, weight = system.feedback.row(0)
    law = system.feedback.laws[0]
    matrix = system.to_csr()
    for total in (1e-3, 0.5):
        ends = []
        for steps in (100, 200):
            h = total / steps
            lu = splu((matrix + diags(capacity.ravel() / h)).tocsc())
            x = np.zeros(capacity.size)
            for _ in range(steps):
                before = x
                for _ in range(4):
                    leak = np.zeros(x.size)
                    leak[cell] = (
                        law.watts((base.ravel() + x)[cell]) - law.watts(base.ravel()[cell])
                    ) * weight
                    x = lu.solve(driven + leak + capacity.ravel() / h * before)
            ends.append(x)
        x = 2.0 * ends[1] - ends[0]
        found = Field(system, source.field.temperature + x.reshape(capacity.shape)).of_blocks()
        told = model.run([total / 5] * 5, np.tile(u, (5, 1)))
        assert np.abs(told.temperatures[-1] - [s.t_max for s in found]).max() < 2 * TOLERANCE
        means = model.run([total / 5] * 5, np.tile(u, (5, 1)), outputs=model.outputs("avg"))
        assert np.abs(means.temperatures[-1] - [s.t_avg for s in found]).max() < 2 * TOLERANCE


def test_steps_are_exact_for_held_and_for_rising_inputs(made):
    model = made[0].without_leakage()
    n = model.states
    rng = np.random.default_rng(0)
    u0, u1 = model.u0 * 1.1, model.u0 * 1.3
    start = rng.normal(size=n)
    h = 0.037
    b = model.inputs.T
    # States, two more for the ramp: d/dt (x, f, g) = (-rates x + f, g, 0).
    block = np.zeros((3 * n, 3 * n))
    block[:n, :n] = -np.diag(model.rates)
    block[:n, n : 2 * n] = np.eye(n)
    block[n : 2 * n, 2 * n :] = np.eye(n)
    whole = np.concatenate([start, b @ (u0 - model.u0), b @ (u1 - u0) / h])
    keep = model.rates < 1e4
    exact = (expm(block * h) @ whole)[:n]
    told = model.run([h], np.array([u0, u1]), start=start, linear=True, warned=False).state
    assert np.allclose(told[keep], exact[keep], rtol=1e-9, atol=1e-12)


def test_two_steps_are_one_and_order_of_intervals_lengths_does_not_matter(made):
    model = made[0].without_leakage()
    u = model.nominal({"die:compute": 12.0})
    one = model.step(np.zeros(model.states), 0.3, u)
    two = model.step(model.step(np.zeros(model.states), 0.1, u), 0.2, u)
    assert np.allclose(one, two, rtol=1e-9, atol=1e-12 * np.abs(one).max())


def test_cold_start_is_at_ambient_and_ends_at_the_reference(made):
    model = made[0]
    u = np.array([model.u0])
    first = model.run([1e-9], u, start=model.cold, outputs=model.outputs("avg"))
    assert np.abs(first.temperatures - model.u0[-1]).max() < 0.05
    last = model.run([1e4], u, start=first.state, outputs=model.outputs("avg"))
    assert np.abs(last.temperatures[0] - model.offset[: len(model.blocks)]).max() < 0.5


def test_states_decay_and_the_error_is_what_was_asked_for(made):
    model = made[0]
    assert np.all(model.rates > 0.0)
    assert model.certificate.estimate < TOLERANCE


def test_inputs_beyond_the_range_are_warned_of_with_the_error(made):
    with pytest.warns(OutOfRange, match=r"die:compute.*0 to 18 W.*errors of up to"):
        made[0].run([1.0], made[0].nominal({"die:compute": 40.0})[None])


def test_bad_inputs_are_refused(made):
    model = made[0]
    with pytest.raises(ValueError, match="finite"):
        model.run([1.0], np.full((1, len(model.names)), np.nan))
    with pytest.raises(ValueError, match="longer than 0"):
        model.run([-1.0], model.u0[None])
    with pytest.raises(KeyError, match="did you mean"):
        model.outputs("max", ["die/a00"])


def test_files_keep_the_model_and_other_files_are_refused(made, tmp_path):
    model = made[0]
    again = ReducedModel.load(model.saved(tmp_path / "m.npz"))
    u = model.nominal({"die:sram": 3.0})[None]
    assert np.array_equal(again.run([0.1], u).temperatures, model.run([0.1], u).temperatures)
    assert again.certificate == model.certificate
    bad = tmp_path / "bad.npz"
    bad.write_bytes(b"no archive")
    with pytest.raises(WrongModel, match="no reduced model"):
        ReducedModel.load(bad)
    with pytest.raises(WrongModel, match="build it anew"):
        model.check("0" * 64)


def test_a_changed_design_has_another_fingerprint_and_the_cache_is_used(tmp_path, monkeypatch):
    monkeypatch.setenv(building.CACHE_VARIABLE, str(tmp_path))
    data = {k: v for k, v in DATA.items() if k != "leakage"}
    coarse = Resolution(base=4, other=2, scale=2.0)
    first = build(Design.from_dict(data), resolution=coarse)
    assert build(Design.from_dict(data), resolution=coarse).origin == first.origin
    assert len(list(tmp_path.iterdir())) == 1
    other = build(Design.from_dict({**data, "power": {"die/a0": 7}}), resolution=coarse)
    assert other.origin.fingerprint != first.origin.fingerprint
    assert len(list(tmp_path.iterdir())) == 2


def test_cauer_ladder_has_the_impedance_of_its_foster_network():
    gain, rates = np.array([3.0, 20.0, 500.0]), np.array([0.2, 7.0, 900.0])
    ladder = exports.cauer(gain, rates)
    assert all(rung["r_k_w"] > 0.0 and rung["c_j_k"] > 0.0 for rung in ladder)
    for s in (0.0, 0.1, 3.0, 1e3):
        z = 0.0
        for rung in reversed(ladder):
            z += rung["r_k_w"]
            z = 1.0 / (s * rung["c_j_k"] + 1.0 / z)
        assert z == pytest.approx(float(np.sum(gain / (s + rates))), rel=1e-9)


def test_networks_have_the_steady_resistance_of_the_model(made):
    model = made[0]
    network = exports.networks(model, "die/a0")
    assert network["resistance_k_w"] == pytest.approx(model.transfer(0.0)[0, 0], rel=1e-6)


@pytest.mark.skipif(shutil.which("ngspice") is None, reason="ngspice is not installed (Debian: ngspice)")
def test_spice_subcircuit_agrees_with_the_model_in_ngspice(made, tmp_path):
    model = made[0].without_leakage()
    outputs = model.outputs("avg")
    (tmp_path / "rom.cir").write_text(exports.spice(model, outputs))
    u = model.u0.copy()
    u[-2:] -= 273.15
    ins = [f"in{j + 1}" for j in range(u.size)]
    sources = [f"V{j} in{j + 1} 0 {v:.15g}" for j, v in enumerate(u)]
    sources[0] = f"V0 in1 0 PWL(0 {u[0]:.15g} 1n 16)"
    outs = [f"out{i + 1}" for i in range(len(outputs.names))]
    measured = [f"meas tran t{i} find v(out{i + 1}) at=0.1" for i in range(len(outs))]
    deck = ["* step of watts", ".include rom.cir", *sources, f"X1 {' '.join([*ins, *outs])} thermal_rom"]
    deck += [
        ".options reltol=1e-6 method=gear",
        ".control",
        "tran 1e-4 0.1 0 1e-4",
        *measured,
        ".endc",
        ".end",
    ]
    (tmp_path / "deck.cir").write_text("\n".join(deck) + "\n")
    done = subprocess.run(
        ["ngspice", "-b", "deck.cir"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    found = [float(v) for v in re.findall(r"^t\d+\s*=\s*([-+.\deE]+)", done.stdout, re.MULTILINE)]
    assert len(found) == len(outs), done.stdout + done.stderr
    told = model.run([0.1], model.nominal({"die:compute": 16.0})[None], outputs=outputs)
    assert np.abs(told.temperatures[0] - 273.15 - found).max() < 0.01
