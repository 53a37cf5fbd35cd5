"""Tables for a notebook say what the solutions say."""

import re

import pytest

from tests.report.small import solved
from thermal.notebook import block_table, change_table
from thermal.report.words import temperature


def test_blocks_come_least_margin_first_with_their_verdicts():
    table = block_table(solved())
    assert table.rows[0][0] == "soc0/pll$a$"
    assert table.rows[0][-1] == "FAIL"
    margins = [float(row[5]) for row in table.rows if row[5] != "–"]
    assert margins == sorted(margins)
    assert len(table.rows) == len(solved().metrics.blocks)


def test_named_blocks_come_as_named():
    table = block_table(solved(), ["soc0/ldo", "mem0/array"])
    assert [row[0] for row in table.rows] == ["soc0/ldo", "mem0/array"]
    assert table.rows[0][2] == temperature(solved().metrics.block("soc0/ldo").t_max)


def test_changes_come_largest_first_and_say_which_are_real():
    table = change_table(solved(), solved("cool"))
    sizes = [abs(float(row[3])) for row in table.rows]
    assert sizes == sorted(sizes, reverse=True)
    assert table.rows[0][0] == "soc0/core<i>&amp;"
    assert table.rows[0][-1] == "yes"
    same = change_table(solved(), solved())
    assert {row[-1] for row in same.rows} == {"within the error bars"}
    assert {float(row[3]) for row in same.rows} == {0.0}


@pytest.mark.parametrize("most", [1, 3])
def test_length_is_as_asked(most):
    assert len(block_table(solved(), most=most).rows) == most
    assert len(change_table(solved(), solved("hot"), most=most).rows) == most


def test_names_are_escaped_in_html_and_lined_up_in_text():
    table = block_table(solved())
    shown = table._repr_html_()
    assert "core&lt;i&gt;&amp;amp;" in shown
    assert re.findall(r"<(?!/?(?:table|thead|tbody|tr|th|td)\b)", shown) == []
    lines = str(table).splitlines()
    assert len(lines) == len(table.rows) + 1
