"""Tables given out as workbooks: what a cell is stays what it is, and a long table disturbs nobody."""

import asyncio
import contextlib
import io
import os
import signal
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from libs.common import spreadsheets
from libs.common.spreadsheets import workbook_pieces
from libs.common.text_workbooks import Marked, Sheet

SHEET = Sheet("缴费明细", ("证件号码", "人数", "金额"), (20, 8, 12))
MANY = spreadsheets._FEW_ROWS + 1
CELLS = ["350426198006152246", "=1+1", Marked("2020-02-30"), 7, Decimal("400.00")]


async def parts(number, cells=CELLS):
    """As many rows, some at a time."""
    for at in range(0, number, 500):
        yield [list(cells)] * min(500, number - at)


async def read(pieces):
    """The workbook as a program of others reads it."""
    return openpyxl.load_workbook(io.BytesIO(b"".join([piece async for piece in pieces])))


def programs():
    """The programs that write for this process."""
    children = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    own = {int(pid) for listed in children for pid in listed.read_text().split()}
    return [pid for pid in own if b"libs.common.text_workbooks" in Path(f"/proc/{pid}/cmdline").read_bytes()]


class TestWorkbook:
    @pytest.mark.parametrize("number", [3, MANY])
    async def test_keeps_texts_and_numbers_however_long_it_is(self, number):
        (sheet,) = (await read(workbook_pieces(SHEET, parts(number)))).worksheets

        assert sheet.title == "缴费明细"
        assert [cell.value for cell in sheet[1]][:3] == list(SHEET.header)
        assert sheet.max_row == number + 1
        for row in (2, number + 1):
            assert [cell.value for cell in sheet[row]] == [*CELLS[:3], 7, 400]
            assert [cell.data_type for cell in sheet[row]] == ["s", "s", "s", "n", "n"]
            assert [cell.fill.bgColor.rgb == sheet.cell(row, 3).fill.bgColor.rgb for cell in sheet[row]] == [
                *(False, False, True, False, False),
            ]

    @pytest.mark.parametrize("number", [3, MANY])
    async def test_that_is_filled_in_keeps_what_is_typed(self, number):
        sheet = Sheet("待更正", ("证件号码", "姓名"), (18, 18), filled_in=True)

        (read_back,) = (
            await read(workbook_pieces(sheet, parts(number, ["350426198006152246", "林"])))
        ).worksheets

        assert read_back.cell(2, 1).number_format == "@"
        assert read_back.column_dimensions["A"].width > 15

    async def test_is_the_same_file_from_the_same_rows(self):
        one, other = [
            b"".join([piece async for piece in workbook_pieces(SHEET, parts(MANY))]) for _ in range(2)
        ]

        assert one == other

    async def test_that_is_long_is_written_by_a_program_apart(self):
        seen = []

        async def watched():
            async for rows in parts(3 * MANY):
                await asyncio.sleep(0)
                seen.append(len(programs()))
                yield rows

        await read(workbook_pieces(SHEET, watched()))

        assert seen[0] == 0 and seen[-1] == 1
        assert programs() == []

    async def test_leaves_nothing_running_when_nobody_waits_for_it_any_more(self):
        began = asyncio.Event()

        async def endless():
            async for rows in parts(MANY):
                yield rows
            began.set()
            await asyncio.Event().wait()

        waiting = asyncio.create_task(read(workbook_pieces(SHEET, endless())))
        await began.wait()
        assert len(programs()) == 1
        waiting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await waiting

        assert programs() == []

    async def test_is_not_given_out_in_part_when_the_program_is_killed(self):
        async def dying():
            async for rows in parts(MANY):
                yield rows
            for program in programs():
                os.kill(program, signal.SIGKILL)
            yield [list(CELLS)]

        with pytest.raises((RuntimeError, ConnectionError)):
            await read(workbook_pieces(SHEET, dying()))
