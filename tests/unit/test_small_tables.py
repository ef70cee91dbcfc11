"""Small tables as spreadsheets save them: as a workbook the same as CSV, with days as workbooks keep them."""

import io
from datetime import datetime
from typing import Any

import pytest
import xlsxwriter

from libs.common.small_tables import TableUnreadable, fen_of, instant_of, read_table
from libs.common.web.schemas import shanghai

COLUMNS = {"凭证号": "reference", "金额（元）": "yuan", "到账时间": "at"}
NEEDED = {"reference": "凭证号", "yuan": "金额（元）"}


def workbook(*rows: tuple[Any, ...]) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet, day = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    for at, row in enumerate(rows):
        for place, cell in enumerate(row):
            if isinstance(cell, datetime):
                sheet.write_datetime(at, place, cell, day)
            else:
                sheet.write(at, place, cell)
    book.add_worksheet("填写说明").write(0, 0, "凭证号")
    book.close()
    return out.getvalue()


def read(body: bytes) -> list[tuple[int, dict[str, str]]]:
    return read_table(body, COLUMNS, NEEDED, 10)


class TestWorkbooks:
    def test_say_the_same_as_csv_row_by_row(self):
        head = ("凭证号", "金额(元)", "到账时间", "备注")
        noon = datetime(2020, 12, 28, 12, 0)  # noqa: DTZ001 -- a workbook knows no offset
        found = read(workbook(head, ("ZF-1", 600.5, noon, "x"), (), ("ZF-2", "1,200", "2020-12-28 10:00")))

        assert [line for line, _ in found] == [2, 4]
        assert [fen_of(row["yuan"]) for _, row in found] == [60_050, 120_000]
        assert [shanghai(instant_of(row["at"])) for _, row in found] == [
            "2020-12-28T12:00:00+08:00", "2020-12-28T10:00:00+08:00",
        ]  # fmt: skip

    def test_with_a_day_alone_say_no_instant(self):
        day = datetime(2020, 12, 28)  # noqa: DTZ001 -- a workbook knows no offset
        ((_, row),) = read(workbook(("凭证号", "金额（元）", "到账时间"), ("ZF-1", 1, day)))

        with pytest.raises(ValueError, match="not a day"):
            instant_of(row["at"])

    @pytest.mark.parametrize(
        ("body", "says"),
        [
            (workbook(("凭证号", "日期"), ("ZF-1", 1)), "金额（元）"),
            (workbook(("凭证号", "金额（元）")), "没有数据行"),
            (b"PK\x03\x04 cut off", "不加密码的 xlsx"),
        ],
    )
    def test_that_cannot_be_read_say_what_to_do(self, body, says):
        with pytest.raises(TableUnreadable) as refused:
            read(body)

        assert says in refused.value.message_zh
