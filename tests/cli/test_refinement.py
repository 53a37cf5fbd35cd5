"""``--refine`` and ``--max-cells``: what they do to the mesh, and what is said of it."""

import pytest

from tests.cli.conftest import COARSE

CONSTANT = ("--constant-k", "--no-leakage")


@pytest.fixture(scope="module")
def budget():
    """Cells that leave room for a round or two beyond the first mesh of the small design."""
    return 200_000


def test_blocks_that_miss_their_accuracy_refine_the_mesh_up_to_the_budget(document, design, budget):
    fixed = document("solve", design, *CONSTANT)
    refined = document("solve", design, *CONSTANT, "--refine", "--max-cells", budget)
    assert fixed["evidence"]["refinement"]["stop"] == "off"
    record = refined["evidence"]["refinement"]
    # pll0 asks for 1 mK.
    assert record["stop"] in ("cells", "stalled", "rounds")
    assert len(record["rounds"]) >= 1
    assert record["rounds"][0]["cells"] == fixed["cells"] <= refined["cells"] <= budget
    assert record["rounds"][-1]["cells"] == refined["cells"]
    assert record["rounds"][-1]["missing"] >= 1


@pytest.mark.parametrize("size", ["--finer", "--coarser"])
def test_a_mesh_that_was_asked_for_is_not_refined(document, design, size):
    factor = 1.25 if size == "--finer" else 4
    found = document("solve", design, *CONSTANT, size, factor)
    assert found["evidence"]["refinement"]["stop"] == "off"
    assert len(found["evidence"]["refinement"]["rounds"]) == 1


def test_accuracy_that_is_met_is_said_to_be_met(document, run, edited):
    lenient = edited(("accuracy_k: 0.001", "accuracy_k: 5"))
    record = document("solve", lenient, *CONSTANT, "--refine")["evidence"]["refinement"]
    assert (record["stop"], record["rounds"][-1]["missing"]) == ("accuracy", 0)
    printed = run("solve", lenient, *CONSTANT, "--refine").stdout
    assert "every block is as accurate as asked" in " ".join(printed.split())


def test_accuracy_that_is_missed_is_not_hidden(run, design):
    printed = " ".join(run("solve", design, *CONSTANT, *COARSE).stdout.split())
    assert "refinement was not asked for" in printed
    # The block that misses most, and how many times what it asked for.
    assert "soc0/pll0" in printed[printed.index("refinement was not asked for") :]
    assert "short, soc0/pll0" in printed


@pytest.mark.parametrize("given", ["12", "999", "many", "-5k"])
def test_no_number_of_cells(run, design, given):
    told = run("solve", design, f"--max-cells={given}", code=2).stderr
    assert "is no number of cells of at least 1000; examples: 500k, 8M" in " ".join(told.split())
