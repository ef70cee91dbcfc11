"""Rows that are acted on together are called in both languages."""

from services.console.bulk.rules import ACTS, chosen_of
from services.console.forms.rules import Pick
from services.console.worklists.rules import Cell, Table, words


def test_a_row_is_called_by_its_first_cells_in_each_language():
    table = Table([], [[words("第 3 号", "No. 3"), words("王*"), Cell(fen=100)]], picks=[Pick("3")])

    here, gone = chosen_of(ACTS["approve"], table, ["3", "4"])

    assert (here.said_zh, here.said) == ("第 3 号 王*", "No. 3 王*")
    assert (gone.said_zh, gone.said) == ("4", "4") and gone.pick.cannot
