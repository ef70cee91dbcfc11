"""The journal: every posting, in the order in which it took effect, and the fact that each rests on."""

import json
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field, JsonValue
from pydantic.config import JsonDict

from libs.common.security.audit import record_lookup
from libs.common.web.catalogue import NOT_FOUND, OUTSIDE_DIVISION
from libs.common.web.openapi import problems
from libs.common.web.schemas import Answer, CountyCode, CoverageYear, Id, Instant, Limit, Page
from services.ledger.access import Context, LedgerContext, Reader, division_within, sees_books
from services.ledger.journal.rules import SUMMARIES
from services.ledger.paths.rules import titles
from services.ledger.periods.schemas import AccountingMonth
from services.ledger.postings import store
from services.ledger.postings.kinds import Kind
from services.ledger.postings.rules import Season
from services.ledger.postings.store import Wanted
from services.ledger.problems import COUNTY_UNKNOWN

router = APIRouter(prefix="/v1", tags=["postings"])


class Posting(Answer):
    """`amount_fen` went from `source` to `destination`. A reversal is the mirror of a posting of its kind.

    `summary` is what the journal says of its kind; titles are what its accounts are called by the notice.
    """

    posting: str
    kind: Kind
    summary: str
    summary_zh: str
    reversal: bool
    source: str
    source_title: str
    source_title_zh: str
    destination: str
    destination_title: str
    destination_title_zh: str
    amount_fen: int
    business_at: Instant
    person_id: int | None
    division_code: str | None
    channel: str | None
    payer: str | None
    accounting_month: AccountingMonth = Field(description="in which it is booked")


_POSTING: JsonDict = {
    "posting": "4711.2",
    "kind": "contribution",
    "summary": "own contribution paid",
    "summary_zh": "收个人缴费",
    "reversal": False,
    "source": "dues",
    "source_title": "own contributions owed",
    "source_title_zh": "应缴未缴个人缴费",
    "destination": "clearing:tax",
    "destination_title": "with the channel: tax",
    "destination_title_zh": "渠道在途资金",
    "amount_fen": 25000,
    "business_at": "2019-11-20T10:00:00+08:00",
    "person_id": 12,
    "division_code": "350426101200",
    "channel": "tax",
    "payer": None,
    "accounting_month": "2019-11",
}


class PostingPage(Page[Posting]):
    """Postings in the order in which they took effect; `next_after` is the last one's name."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_POSTING], "next_after": None}]})


class LedgerFact(Answer):
    """What the ledger was told, by whom and when, and what it posted because of it.

    `source` and `event_id` name the event (CloudEvents); a decision of the ledger itself has the ledger as
    its source. `data` is the fact as it was published: ids, amounts and instants.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "fact_id": 4711,
                    "county": "youxi",
                    "coverage_year": 2020,
                    "source": "canbao/collection",
                    "event_id": "01931f3e-5a1f-7c64-9d3e-0b6f6f6d2a11",
                    "type": "canbao.payment.received.v1",
                    "event_at": "2019-11-20T10:00:05+08:00",
                    "business_at": "2019-11-20T10:00:00+08:00",
                    "enrollment_id": 9,
                    "payment_id": 7001,
                    "line_no": 1,
                    "data": {"amount_fen": 25000, "payment_id": 7001, "person_id": 12},
                    "postings": [_POSTING],
                }
            ]
        }
    )

    fact_id: int
    county: str
    coverage_year: int
    source: str
    event_id: str
    type: str
    event_at: Instant
    business_at: Instant = Field(description="decides to which deadline it belongs")
    enrollment_id: int | None
    payment_id: int | None
    line_no: int | None
    data: dict[str, JsonValue]
    postings: list[Posting]


@router.get("/postings", summary="List postings", responses=problems(COUNTY_UNKNOWN, OUTSIDE_DIVISION))
async def list_postings(
    context: Context,
    caller: Reader,
    county: Annotated[CountyCode, Query()],
    coverage_year: Annotated[CoverageYear, Query()],
    account: Annotated[str | None, Query(max_length=100, examples=["clearing:tax"])] = None,
    kind: Annotated[Kind | None, Query()] = None,
    person_id: Annotated[Id | None, Query()] = None,
    payment_id: Annotated[Id | None, Query(description="what was posted because of this payment")] = None,
    after: Annotated[
        str | None, Query(pattern=r"^\d{1,18}\.\d{1,4}$", description="`next_after` of the page before")
    ] = None,
    limit: Limit = 100,
) -> PostingPage:
    """List postings of a county and year.

    A township's token sees its own people. Listing the postings of one person is audited; those of records
    that turned out to be the same person are among them, each with the id under which it was made.
    """
    season = Season(county, coverage_year)
    division = division_within(context, caller, season)
    fact_id, _, leg_no = (after or "0.0").partition(".")
    async with context.engine.begin() as conn:
        people = await store.one_person(conn, county, person_id) if person_id is not None else None
        wanted = Wanted(account, kind, people, division, payment_id)
        rows = await store.page(conn, season, wanted, (int(fact_id), int(leg_no)), limit)
        if person_id is not None:
            await record_lookup(
                conn, caller, operation="list_postings", at=context.clock.now(), person_ids=[person_id]
            )
    return PostingPage(
        items=[_shown(context, season, row) for row in rows],
        next_after=rows[-1].posting if len(rows) == limit else None,
    )


@router.get(
    "/facts/{fact_id}", summary="See a fact and its postings", responses=problems(NOT_FOUND, OUTSIDE_DIVISION)
)
async def get_fact(fact_id: Id, context: Context, caller: Reader) -> LedgerFact:
    """Read what a posting rests on: its name begins with the id of its fact.

    For whoever sees the books of the whole county; those of no county, from everywhere. It is recorded for
    each person whom it posts for.
    """
    async with context.engine.begin() as conn:
        row = await store.fact(conn, fact_id)
        if row is None:
            raise NOT_FOUND.problem()
        season = Season(row.county, row.coverage_year)
        if not sees_books(context, caller, season):
            raise OUTSIDE_DIVISION.problem()
        postings = await store.of_fact(conn, fact_id)
        people = sorted({one.person_id for one in postings if one.person_id is not None})
        await record_lookup(conn, caller, operation="get_fact", at=context.clock.now(), person_ids=people)
    shown = [_shown(context, season, one) for one in postings]
    told = {**row._asdict(), "data": json.loads(row.data)}
    return LedgerFact(fact_id=fact_id, **told, postings=shown)


def _shown(context: LedgerContext, season: Season, row: store.PostingRow) -> Posting:
    notice = context.notices.get((season.county, season.coverage_year))
    source, destination = titles(notice, row.source), titles(notice, row.destination)
    summary, summary_zh = SUMMARIES[row.kind]
    return Posting(
        posting=row.posting,
        kind=row.kind,
        summary=summary,
        summary_zh=summary_zh,
        reversal=row.reversal,
        source=row.source,
        source_title=source[0],
        source_title_zh=source[1],
        destination=row.destination,
        destination_title=destination[0],
        destination_title_zh=destination[1],
        amount_fen=row.amount_fen,
        business_at=row.business_at,
        person_id=row.person_id,
        division_code=row.division_code,
        channel=row.channel,
        payer=row.payer,
        accounting_month=row.accounting_month,
    )
