"""Gives payments out as a table, a line for each person's part, however many there are."""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncEngine

from libs.common.clock import SHANGHAI
from libs.common.money import yuan_decimals, yuan_number
from libs.common.spreadsheets import csv_pieces, workbook_pieces
from libs.common.text_workbooks import Cell, Sheet
from services.collection.payments import store
from services.collection.payments.store import Exported, ExportedLine

Form = Literal["csv", "xlsx"]
HEADER = (
    *("缴费编号", "明细号", "缴费渠道", "渠道流水号", "订单号", "缴费时间", "收到时间"),
    *("金额（元）", "已退（元）"),
    *("状态", "挂账原因", "参保年度", "区划代码", "姓名", "证件号码", "票据号"),
)
_SHEET = Sheet("缴费明细", HEADER, (12, 8, 16, 34, 28, 20, 20, 12, 12, 10, 22, 10, 16, 10, 22, 22))
_STATES = {"applied": "已入账", "suspended": "挂账", "refunded": "已退"}
_AT_ONCE = 1_000


def pieces(
    engine: AsyncEngine, wanted: Exported, form: Form, why: Callable[[str], str]
) -> AsyncIterator[bytes]:
    """The file, piece by piece, from one snapshot of the database; `why` words a reason for suspense."""
    if form == "csv":
        return csv_pieces(HEADER, _parts(engine, wanted, why, yuan_decimals))
    return workbook_pieces(_SHEET, _parts(engine, wanted, why, yuan_number))


async def _parts(
    engine: AsyncEngine, wanted: Exported, why: Callable[[str], str], money: Callable[[int], Cell]
) -> AsyncIterator[list[Sequence[Cell]]]:
    async with engine.connect() as conn:
        part: list[Sequence[Cell]] = []
        async for line in store.exported(conn, wanted):
            part.append(_cells(line, why, money))
            if len(part) >= _AT_ONCE:
                yield part
                part = []
        yield part


def _cells(line: ExportedLine, why: Callable[[str], str], money: Callable[[int], Cell]) -> Sequence[Cell]:
    return (
        str(line.payment_id),
        str(line.line_no),
        line.channel,
        line.transaction_no,
        line.order_no or "",
        _written(line.paid_at),
        _written(line.received_at),
        money(line.amount_fen),
        money(line.refunded_fen),
        _STATES[line.state],
        why(line.reason) if line.reason is not None and line.state == "suspended" else "",
        "" if line.coverage_year is None else str(line.coverage_year),
        line.division_code or "",
        line.masked_name or "",
        line.masked_id or "",
        line.voucher_no or "",
    )


def _written(instant: datetime) -> str:
    return instant.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
