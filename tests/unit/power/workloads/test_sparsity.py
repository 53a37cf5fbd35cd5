import pytest

from power.workloads.precision import FORMATS
from power.workloads.sparsity import DENSE, Sparsity, sparsity_named


def test_two_of_four_costs_half_the_weights_and_a_bit_each():
    sparsity = sparsity_named("2:4")
    assert (sparsity.density, sparsity.structured, sparsity.index_bits) == (0.5, True, 1.0)
    assert sparsity.bytes_per_weight(FORMATS["bf16"]) == 0.5 * 2 + 1 / 8
    assert sparsity.storage(1000, FORMATS["bf16"]) == 1125


def test_unstructured_sparsity_has_a_bitmap_and_is_not_skipped():
    sparsity = sparsity_named(0.25)
    assert not sparsity.structured
    assert sparsity.bytes_per_weight(FORMATS["int8"]) == 0.25 + 1 / 8


def test_compression_that_would_not_pay_is_not_done():
    assert sparsity_named(0.99).bytes_per_weight(FORMATS["fp4"]) == FORMATS["fp4"].bytes_per_element


@pytest.mark.parametrize("whole", ["dense", 1.0, 1, "4:4"])
def test_nothing_pruned(whole):
    assert sparsity_named(whole) == DENSE


@pytest.mark.parametrize("wrong", ["5:4", "half", "0:4", True, "2/4"])
def test_patterns_that_are_none(wrong):
    with pytest.raises(ValueError, match=r"pattern such as 2:4, a density in \(0, 1\], or dense"):
        sparsity_named(wrong)


@pytest.mark.parametrize("density", [0.0, -0.1, 1.5, float("nan")])
def test_densities_out_of_range(density):
    with pytest.raises(ValueError, match=r"density must be in \(0, 1\]"):
        Sparsity(density)
