"""How products fill a unit, and what a unit computes a format in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floorplans.diagnostics import InputError
from power.hardware.unit import SystolicArray, TileGrid
from power.workloads.graph import Gemm
from power.workloads.precision import FORMATS
from tests.unit.power.devices import plain

SIDES = st.integers(1, 3000)


def test_weight_stationary_cycles_are_those_of_the_published_simulator():
    # 128 x 128 weights on a 32 x 32 array: 16 passes of 2 * 32 + 32 + m - 2 cycles each.
    array = SystolicArray(rows=32, columns=32, shadow_weights=False)
    cycles = 16 * (2 * 32 + 32 + 100 - 2)
    assert array.fill(Gemm(100, 128, 128)) == pytest.approx(100 * 128 * 128 / (cycles * 32 * 32), rel=1e-12)


def test_shadow_weights_hide_loading_behind_streaming():
    gemm = Gemm(4096, 1024, 1024)
    plainly = SystolicArray(rows=128, columns=128, shadow_weights=False).fill(gemm)
    hidden = SystolicArray(rows=128, columns=128).fill(gemm)
    # Loading and draining, 382 cycles a pass, against once.
    assert plainly == pytest.approx(4096 / (4096 + 382), rel=1e-12)
    assert hidden == pytest.approx(64 * 4096 / (128 + 64 * 4096 + 254), rel=1e-12)


def test_few_rows_are_bound_by_loading_weights():
    assert SystolicArray(rows=128, columns=128).fill(Gemm(16, 12800, 12800)) == pytest.approx(
        16 / 128, rel=1e-3
    )


def test_an_edge_wastes_what_sticks_out():
    array = SystolicArray(rows=128, columns=128)
    assert array.fill(Gemm(10**6, 129, 128)) == pytest.approx(129 / 256, rel=1e-3)


@given(SIDES, SIDES, SIDES, st.integers(1, 64))
def test_fill_is_a_share(m, n, k, batch):
    gemm = Gemm(m, n, k, batch)
    for shape in (SystolicArray(rows=64, columns=32, count=8), TileGrid(cores=100)):
        assert 0.0 < shape.fill(gemm) <= 1.0


def test_a_partial_wave_wastes_its_idle_cores():
    # 384 tiles of 128 x 256 on 108 cores take four waves of which 3.56 are full.
    grid = TileGrid(cores=108, tiles=((128, 256, 1.0),))
    assert grid.fill(Gemm(1024, 12288, 12288)) == pytest.approx(384 / 432, rel=1e-12)


def test_long_sums_are_split_over_idle_cores():
    grid = TileGrid(cores=100, tiles=((128, 128, 1.0),))
    alone = Gemm(128, 128, 512)
    assert grid.fill(alone) == pytest.approx(1 / 100)
    assert grid.fill(Gemm(128, 128, 51200)) == pytest.approx(1.0)


def test_attention_rows_are_padded_to_a_tile():
    grid = TileGrid(cores=1, attention_rows=64)
    assert grid.padded(Gemm(4, 1000, 128)) == 16.0
    assert grid.padded(Gemm(64, 1000, 128)) == 1.0
    assert grid.padded(Gemm(96, 1000, 128)) == pytest.approx(128 / 96)


@pytest.mark.parametrize(
    ("asked", "carried"), [("fp8", "fp8"), ("fp4", "fp8"), ("int8", "bf16"), ("fp16", "bf16")]
)
def test_a_format_falls_back_to_one_that_can_hold_it(asked, carried):
    assert plain().unit("matrix").carries(FORMATS[asked]) == carried


def test_a_fallback_is_told():
    assert plain().fallback("int4") == "plain has no int4 products: they run in bf16"
    assert plain().fallback("bf16") == ""


def test_nothing_wide_enough_is_an_error():
    with pytest.raises(InputError, match=r"no fp32 and nothing to do it in \(it has bf16, fp8\)"):
        plain().fallback("fp32")
