"""Templates of small tables: what is filled in is read, whatever a list of theirs offers."""

import io
from datetime import datetime

import openpyxl
import pytest

from libs.common.arrivals import arrivals_template, read_arrivals
from libs.common.clock import SHANGHAI
from services.collection.cash.reading import COLUMNS, read_file
from services.collection.cash.templating import template


def filled(body: bytes, *rows: dict[str, object]) -> bytes:
    """The workbook with these rows below its titles, as a spreadsheet saves it."""
    book = openpyxl.load_workbook(io.BytesIO(body))
    sheet = book.worksheets[0]
    places = {cell.value: cell.column for cell in sheet[1]}
    for at, row in enumerate(rows, start=2):
        for title, value in row.items():
            sheet.cell(at, places[title], value)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def offered(body: bytes, title: str) -> list[str]:
    """What the list of a column offers."""
    book = openpyxl.load_workbook(io.BytesIO(body))
    [letter] = [cell.column_letter for cell in book.worksheets[0][1] if cell.value == title]
    [rule] = [
        one for one in book.worksheets[0].data_validations.dataValidation if str(one.sqref).startswith(letter)
    ]
    assert rule.type == "list"
    return [cell.value for (cell,) in book["选项"][rule.formula1.partition("!")[2].replace("$", "")]]


#: As a spreadsheet keeps an instant: a day and a part of one.
AT = 44155 + (16 * 60 + 40) / (24 * 60)
ROW = {
    "证件号码": "350426198201305081", "姓名": "苏军霞", "金额（元）": 280.5, "收款时间": AT,
    "票据号码": "20000041",
}  # fmt: skip


class TestCashReceipts:
    @pytest.mark.parametrize("how", ["", *offered(template(), "收款方式")])
    def test_of_each_way_of_paying_that_is_offered_are_read(self, how):
        said = {"收款方式": how, "流水号": "LS-1"} if how not in ("", "现金") else {"收款方式": how}

        read = read_file(filled(template(), ROW | said))

        assert read.faults == []
        [taken] = read.taken
        assert taken.amount_fen == 28_050
        assert taken.paid_at == datetime(2020, 11, 20, 16, 40, tzinfo=SHANGHAI)

    def test_have_no_column_that_is_not_read(self):
        book = openpyxl.load_workbook(io.BytesIO(template()))
        assert {cell.value for cell in book.worksheets[0][1]} <= set(COLUMNS)

    def test_are_the_same_bytes_each_time(self):
        assert template() == template()


class TestArrivals:
    def test_of_a_payer_that_is_offered_are_read(self):
        body = arrivals_template("资助方", ["县财政", "医疗救助资金"])
        [payer, _] = offered(body, "资助方")
        row = {"资助方": payer, "凭证号": "ZF-1", "金额（元）": 1200.5, "到账时间": "2020-12-28 10:00"}

        [one] = read_arrivals(filled(body, row), {"县财政": "county_finance"})

        assert (one.payer, one.amount_fen, one.reference) == ("county_finance", 120_050, "ZF-1")
