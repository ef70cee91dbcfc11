"""Writes the journal of a month as a table that the finance bureau takes over: CSV, or a workbook."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncEngine

from libs.common.clock import business_date
from libs.common.money import yuan_decimals, yuan_number
from libs.common.spreadsheets import csv_pieces, workbook_pieces
from libs.common.text_workbooks import Cell, Sheet
from services.ledger.journal import store
from services.ledger.journal.rules import Posted, dated_on, sides, summary

Form = Literal["csv", "xlsx"]
HEADER = (
    *("凭证号", "日期", "摘要", "科目编码", "科目名称", "借方金额（元）", "贷方金额（元）", "业务日期"),
    *("参保年度", "区划代码", "人员编号", "业务编号", "原始单据号", "结账状态"),
)
_SHEET = Sheet("记账凭证", HEADER, (10, 12, 26, 26, 24, 16, 16, 12, 10, 14, 14, 16, 20, 16))
#: So many postings are written at once.
_AT_ONCE = 1_000

#: The Chinese name of an account in the books of a coverage year.
Title = Callable[[int, str], str]


@dataclass(frozen=True, slots=True)
class Wanted:
    """The journal of which month, and whether it is closed."""

    county: str
    month: date
    closed: bool

    @property
    def state(self) -> str:
        """How final it is, as each line says."""
        return "已结账" if self.closed else "暂定（未结账）"

    @property
    def name(self) -> str:
        """The name of its file, without an ending."""
        return f"记账凭证-{self.county}-{self.month:%Y-%m}{'' if self.closed else '-暂定'}"


def pieces(engine: AsyncEngine, wanted: Wanted, form: Form, title: Title) -> AsyncIterator[bytes]:
    """The file, piece by piece; the same month gives the same bytes."""
    if form == "csv":
        return csv_pieces(HEADER, _lines(engine, wanted, title, yuan_decimals))
    return workbook_pieces(_SHEET, _lines(engine, wanted, title, yuan_number))


async def _lines(
    engine: AsyncEngine, wanted: Wanted, title: Title, money: Callable[[int], Cell]
) -> AsyncIterator[list[Sequence[Cell]]]:
    async with engine.connect() as conn:
        part: list[Sequence[Cell]] = []
        async for posted in store.every(conn, wanted.county, wanted.month):
            part += _cells(posted, wanted, title, money)
            if len(part) >= _AT_ONCE:
                yield part
                part = []
        yield part


def _cells(
    posted: Posted, wanted: Wanted, title: Title, money: Callable[[int], Cell]
) -> list[Sequence[Cell]]:
    rest = (
        business_date(posted.business_at).isoformat(),
        str(posted.coverage_year),
        posted.division_code or "",
        "" if posted.person_id is None else str(posted.person_id),
        f"{posted.fact_id}.{posted.leg_no}",
        posted.paper_no or "",
        wanted.state,
    )
    return [
        (
            f"记-{posted.entry_no}",
            dated_on(posted, wanted.month).isoformat(),
            summary(posted)[1],
            side.account,
            title(posted.coverage_year, side.account),
            money(side.debit_fen) if side.debit_fen else "",
            money(side.credit_fen) if side.credit_fen else "",
            *rest,
        )
        for side in sides(posted)
    ]
