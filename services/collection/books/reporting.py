"""Works out the monthly account of paper (票据用存月报表): each holder's figures, and which numbers."""

from collections import defaultdict
from datetime import date

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.dates import add_months, first_second, instant_of
from libs.common.policy.format.custody_rules import Voucher
from services.collection.books import report_store as store
from services.collection.books.report_store import Part, Period
from services.collection.books.rules import Holder
from services.collection.books.schemas import PaperAccount, PaperMonth, PaperPart
from services.collection.books.store import Paper


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


def _part(part: Part) -> PaperPart:
    return PaperPart(what=part.what, first_no=part.first_no, last_no=part.last_no, count=part.count)
