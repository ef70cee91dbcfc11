"""Writes the monthly account of paper (票据用存月报表) as offices have it: a page to sign, or a table."""

from collections.abc import AsyncIterator, Mapping, Sequence
from html import escape

from libs.common.policy import Notice
from libs.common.printing.pages import beginning, cells_of, heading_row, places_to_sign
from libs.common.spreadsheets import csv_pieces, workbook_pieces
from libs.common.text_workbooks import Cell, Sheet
from services.collection.books.schemas import PaperAccount, PaperMonth, PaperPart

TITLE = "票据用存月报表"
#: What became of numbers -> as the report calls it; the order is that of its columns.
_COLUMNS: Mapping[str, str] = {
    "opening": "期初结存",
    "received": "本期领入",
    "used": "本期使用",
    "void": "本期作废",
    "lost": "本期遗失",
    "returned": "本期交回",
    "given": "本期下发",
    "closing": "期末结存",
}
_RANGES = {"used": "使用号段", "void": "作废号段", "lost": "遗失号段", "closing": "期末结存号段"}
HEADERS = ("票据", "区划", "收缴点", *_COLUMNS.values(), *_RANGES.values())
_WIDTHS = (16, 16, 24, *(10 for _ in _COLUMNS), *(30 for _ in _RANGES))
_SIGNERS = ("单位负责人", "票据管理人", "填报人")


def page(notice: Notice, month: PaperMonth) -> str:
    """The account as a page to print and to sign; what all holders have comes last."""
    header = notice.document.notice
    title = f"{header.place.zh}{header.year}年度{header.scheme.zh}{TITLE}"
    year, number = month.month.split("-")
    told = f"{month.label}　每份 {month.copies} 联　{year}年{int(number)}月　单位：份"
    rows = [_cells(month, one) for one in month.holders]
    sums = [sum(getattr(one, name) for one in month.holders) for name in _COLUMNS]
    total: list[Cell] = ["合计", "", "", *sums, *("" for _ in _RANGES)]
    body = "".join(f"<tr>{cells_of(row)}</tr>" for row in [*rows, total])
    parts = [f"<h1>{escape(title)}</h1><p>{escape(told)}</p>", heading_row(HEADERS), body, "</tbody></table>"]
    return f"{beginning(title)}{''.join(parts)}{''.join(places_to_sign(_SIGNERS))}</html>\n"


def table(month: PaperMonth) -> AsyncIterator[bytes]:
    """The account as CSV."""
    return csv_pieces(HEADERS, _rows(month))


def workbook(month: PaperMonth) -> AsyncIterator[bytes]:
    """The account as a workbook; numbers are numbers."""
    return workbook_pieces(Sheet(TITLE, HEADERS, _WIDTHS), _rows(month))


async def _rows(month: PaperMonth) -> AsyncIterator[list[list[Cell]]]:
    yield [_cells(month, one) for one in month.holders]


def _cells(month: PaperMonth, one: PaperAccount) -> list[Cell]:
    holder = one.title or "" if one.collector_id else "（经办机构库存）"
    figures = [getattr(one, name) for name in _COLUMNS]
    return [
        month.label,
        one.division_code,
        holder,
        *figures,
        *(_listed(one.numbers, what) for what in _RANGES),
    ]


def _listed(numbers: Sequence[PaperPart], what: str) -> str:
    some = (one for one in numbers if one.what == what)
    return "、".join(one.first_no if one.count == 1 else f"{one.first_no}至{one.last_no}" for one in some)
