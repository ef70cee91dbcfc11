"""Writes the monthly account of paper (票据用存月报表): each holder's figures, and which numbers."""

import csv
import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.dates import add_months, first_second, instant_of
from libs.common.policy.format.custody_rules import Voucher
from libs.common.spreadsheets import harmless
from services.collection.books import report_store as store
from services.collection.books.report_store import Part, Period
from services.collection.books.rules import Holder
from services.collection.books.schemas import PaperAccount, PaperMonth, PaperPart
from services.collection.books.store import Paper

#: What became of numbers -> as the report calls it; the order is that of its columns.
COLUMNS: Mapping[str, str] = {
    "opening": "期初结存",
    "received": "本期领入",
    "used": "本期使用",
    "void": "本期作废",
    "lost": "本期遗失",
    "returned": "本期交回",
    "given": "本期下发",
    "closing": "期末结存",
}
HEADERS = ("票据", "区划", "收缴点", *COLUMNS.values(), "使用号段", "作废号段", "遗失号段", "期末结存号段")
_RANGES = ("used", "void", "lost", "closing")


def period_of(month: date) -> Period:
    """A month, given by its first day."""
    return Period(instant_of(first_second(month)), instant_of(first_second(add_months(month, 1))))


async def month_of(
    conn: AsyncConnection, county: str, paper: Voucher, division: str, month: date
) -> PaperMonth:
    """The account of every holder of a division; of a past month it comes out the same again."""
    which, period = Paper(county, paper.code), period_of(month)
    found = await store.accounts(conn, which, division, period)
    numbers: dict[Holder, list[Part]] = defaultdict(list)
    for part in await store.parts(conn, which, division, period):
        numbers[Holder(part.division_code, part.collector_id)].append(part)
    return PaperMonth(
        county=county,
        voucher=paper.code,
        label=paper.label.zh,
        copies=paper.copies,
        issued_by=paper.issued_by,
        month=f"{month:%Y-%m}",
        holders=[
            PaperAccount(
                **{name: getattr(one, name) for name in one.__dataclass_fields__},
                numbers=[_part(part) for part in numbers[Holder(one.division_code, one.collector_id)]],
            )
            for one in found
        ],
    )


def csv_of(month: PaperMonth) -> bytes:
    """The account as a table to print; a byte-order mark so that spreadsheets read it."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADERS)
    for one in month.holders:
        figures = [getattr(one, name) for name in COLUMNS]
        ranges = [_listed(one.numbers, what) for what in _RANGES]
        title = one.title or "" if one.collector_id else "（经办机构库存）"
        writer.writerow([month.label, f"{one.division_code}", harmless(title), *figures, *ranges])
    return out.getvalue().encode("utf-8-sig")


def _part(part: Part) -> PaperPart:
    return PaperPart(what=part.what, first_no=part.first_no, last_no=part.last_no, count=part.count)


def _listed(numbers: Sequence[PaperPart], what: str) -> str:
    some = (one for one in numbers if one.what == what)
    text = "、".join(one.first_no if one.count == 1 else f"{one.first_no}至{one.last_no}" for one in some)
    return harmless(text)
