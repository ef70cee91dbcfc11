"""The journal: every posting, in the order in which it took effect."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from libs.common.security.audit import record_lookup
from libs.common.web.openapi import problems
from services.ledger.access import Context, Reader, division_within
from services.ledger.postings import store
from services.ledger.postings.rules import Kind, Place
from services.ledger.problems import COUNTY_UNKNOWN

router = APIRouter(prefix="/v1/postings", tags=["postings"])


class Posting(BaseModel):
    """`amount_fen` went from `source` to `destination`. A reversal is the mirror of a posting of its kind."""

    posting: str
    kind: Kind
    reversal: bool
    source: str
    destination: str
    amount_fen: int
    business_at: datetime
    person_id: int | None
    division_code: str | None
    channel: str | None
    payer: str | None


class PostingPage(BaseModel):
    """Postings; `next_after` continues the list."""

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
                        }
                    ],
                    "next_after": None,
                }
            ]
        }
    )

    items: list[Posting]
    next_after: str | None


@router.get("", summary="List postings", responses=problems(COUNTY_UNKNOWN))
async def list_postings(
    context: Context,
    caller: Reader,
    county: Annotated[str, Query()],
    year: Annotated[int, Query(ge=2000, le=2100)],
    account: Annotated[str | None, Query(max_length=100, examples=["clearing:tax"])] = None,
    kind: Annotated[Kind | None, Query()] = None,
    person_id: Annotated[int | None, Query(ge=1)] = None,
    after: Annotated[
        str | None, Query(pattern=r"^\d{1,18}\.\d{1,4}$", description="next_after of a page")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> PostingPage:
    """List postings of a county and year.

    A township's token sees its own people. Listing the postings of one person is audited.
    """
    place = Place(county, year)
    division = division_within(context, caller, place)
    fact_id, leg_no = map(int, re.split(r"\.", after)) if after else (0, 0)
    filters: dict[str, Any] = {
        "account": account,
        "kind": kind and str(kind),
        "person_id": person_id,
        "division": division,
    }
    async with context.engine.begin() as conn:
        rows = await store.page(conn, place, (fact_id, leg_no), limit, **filters)
        if person_id is not None:
            await record_lookup(
                conn, caller, operation="list_postings", at=context.clock.now(), person_ids=[person_id]
            )
    more = _name(rows[-1]) if len(rows) == limit else None
    return PostingPage(items=[Posting(posting=_name(row), **row) for row in rows], next_after=more)


def _name(row: Mapping[str, Any]) -> str:
    return f"{row['fact_id']}.{row['leg_no']}"
