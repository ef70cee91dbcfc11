"""The journal: every posting, in the order in which it took effect."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field

from libs.common.security.audit import record_lookup
from libs.common.web.openapi import problems
from libs.common.web.schemas import Answer, CountyCode, CoverageYear, Id, Instant, Limit, Page
from services.ledger.access import Context, Reader, division_within
from services.ledger.periods.schemas import AccountingMonth
from services.ledger.postings import store
from services.ledger.postings.kinds import Kind
from services.ledger.postings.rules import Season
from services.ledger.postings.store import Wanted
from services.ledger.problems import COUNTY_UNKNOWN

router = APIRouter(prefix="/v1/postings", tags=["postings"])


class Posting(Answer):
    """`amount_fen` went from `source` to `destination`. A reversal is the mirror of a posting of its kind."""

    posting: str
    kind: Kind
    reversal: bool
    source: str
    destination: str
    amount_fen: int
    business_at: Instant
    person_id: int | None
    division_code: str | None
    channel: str | None
    payer: str | None
    accounting_month: AccountingMonth = Field(description="in which it is booked")


class PostingPage(Page[Posting]):
    """Postings in the order in which they took effect; `next_after` is the last one's name."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {
                            "posting": "4711.2",
                            "kind": "contribution",
                            "reversal": False,
                            "source": "dues",
                            "destination": "clearing:tax",
                            "amount_fen": 25000,
                            "business_at": "2019-11-20T10:00:00+08:00",
                            "person_id": 12,
                            "division_code": "350426101200",
                            "channel": "tax",
                            "payer": None,
                            "accounting_month": "2019-11",
                        }
                    ],
                    "next_after": None,
                }
            ]
        }
    )


@router.get("", summary="List postings", responses=problems(COUNTY_UNKNOWN))
async def list_postings(
    context: Context,
    caller: Reader,
    county: Annotated[CountyCode, Query()],
    coverage_year: Annotated[CoverageYear, Query()],
    account: Annotated[str | None, Query(max_length=100, examples=["clearing:tax"])] = None,
    kind: Annotated[Kind | None, Query()] = None,
    person_id: Annotated[Id | None, Query()] = None,
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
        wanted = Wanted(account, kind, people, division)
        rows = await store.page(conn, season, wanted, (int(fact_id), int(leg_no)), limit)
        if person_id is not None:
            await record_lookup(
                conn, caller, operation="list_postings", at=context.clock.now(), person_ids=[person_id]
            )
    return PostingPage(
        items=[Posting.model_validate(row) for row in rows],
        next_after=rows[-1].posting if len(rows) == limit else None,
    )
