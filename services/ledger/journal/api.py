"""The journal of an accounting month, as JSON and as a file for the finance bureau."""

from datetime import date
from functools import cache
from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from libs.common.clock import business_date
from libs.common.security.audit import record_lookup
from libs.common.web.files import MEDIA, file_responses, headers_of
from libs.common.web.openapi import problems
from libs.common.web.reach import COUNTY
from libs.common.web.schemas import CountyCode, Limit, NumberAfter, number_after
from services.ledger.access import Context, LedgerContext, Reader, check_county
from services.ledger.journal import store
from services.ledger.journal.printing import HEADER, Form, Wanted, pieces
from services.ledger.journal.rules import Posted, dated_on, sides, summary
from services.ledger.journal.schemas import JournalEntry, JournalLine, JournalPage
from services.ledger.paths.rules import titles
from services.ledger.periods import store as periods_store
from services.ledger.periods.rules import is_closed
from services.ledger.periods.schemas import MonthPath, month_text
from services.ledger.problems import COUNTY_UNKNOWN

router = APIRouter(prefix="/v1/periods", tags=["journal"])


@router.get(
    "/{county}/{month}/journal",
    summary="The journal of an accounting month",
    responses=problems(COUNTY_UNKNOWN),
    openapi_extra=COUNTY,
)
async def list_journal(
    context: Context,
    caller: Reader,
    county: CountyCode,
    month: MonthPath,
    after: NumberAfter = None,
    limit: Limit = 100,
) -> JournalPage:
    """List the entries of a month by number, each with its debits and credits. The look is audited.

    Until the month is closed the numbers are those that its entries would get now.
    """
    check_county(context, caller, county)
    first = number_after(after) + 1
    async with context.engine.begin() as conn:
        closed = is_closed(await periods_store.known(conn, county), month)
        rows = await store.page(conn, county, month, first, first + limit - 1)
        about = f"{county} {month_text(month)}"
        now = context.clock.now()
        await record_lookup(conn, caller, operation="list_journal", at=now, purpose=about)
    entries = [
        _entry(context, county, month, list(of), closed=closed)
        for _, of in groupby(rows, key=lambda one: one.entry_no)
    ]
    more = str(entries[-1].entry_no) if len(entries) == limit else None
    return JournalPage(items=entries, next_after=more)


@router.get(
    "/{county}/{month}/journal/file",
    summary="The journal as a file for the finance bureau",
    response_class=StreamingResponse,
    responses=file_responses("The journal, a line for each debit and credit", ("csv", "xlsx"), HEADER)
    | problems(COUNTY_UNKNOWN),
    openapi_extra=COUNTY,
)
async def get_journal_file(
    context: Context,
    caller: Reader,
    county: CountyCode,
    month: MonthPath,
    format: Annotated[Form, Query(description="of the table")] = "xlsx",
) -> StreamingResponse:
    """Give the journal out as a table with Chinese headings, amounts in yuan, ids instead of names.

    The same month gives the same bytes. Until it is closed name and lines say that it is provisional (暂定).
    The look is audited.
    """
    check_county(context, caller, county)
    async with context.engine.begin() as conn:
        wanted = Wanted(county, month, closed=is_closed(await periods_store.known(conn, county), month))
        now = context.clock.now()
        await record_lookup(conn, caller, operation="get_journal_file", at=now, purpose=wanted.name)

    @cache
    def title(coverage_year: int, account: str) -> str:
        return _titles(context, county, coverage_year, account)[1]

    parts = pieces(context.engine, wanted, format, title)
    return StreamingResponse(parts, headers=headers_of(format, wanted.name), media_type=MEDIA[format])


def _titles(context: LedgerContext, county: str, coverage_year: int, account: str) -> tuple[str, str]:
    return titles(context.notices.get((county, coverage_year)), account)


def _entry(
    context: LedgerContext, county: str, month: date, of: list[Posted], *, closed: bool
) -> JournalEntry:
    return JournalEntry(
        entry_no=of[0].entry_no,
        provisional=not closed,
        dated_on=dated_on(of[0], month),
        business_on=business_date(of[0].business_at),
        paper_no=of[0].paper_no,
        lines=[line for posted in of for line in _lines(context, county, posted)],
    )


def _lines(context: LedgerContext, county: str, posted: Posted) -> list[JournalLine]:
    english, chinese = summary(posted)
    found = []
    for side in sides(posted):
        title, title_zh = _titles(context, county, posted.coverage_year, side.account)
        line = JournalLine(
            coverage_year=posted.coverage_year,
            summary=english,
            summary_zh=chinese,
            account=side.account,
            title=title,
            title_zh=title_zh,
            debit_fen=side.debit_fen,
            credit_fen=side.credit_fen,
            posting=f"{posted.fact_id}.{posted.leg_no}",
            person_id=posted.person_id,
            division_code=posted.division_code,
        )
        found.append(line)
    return found
