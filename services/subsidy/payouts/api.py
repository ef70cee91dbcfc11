"""HTTP of single payouts: what waits for an account, and sending one again."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from libs.common.security.access import check_division, require
from libs.common.security.audit import record_lookup
from libs.common.security.caller import Caller
from libs.common.web.catalogue import NOT_FOUND, OUTSIDE_DIVISION
from libs.common.web.openapi import problems
from services.subsidy.payouts import store
from services.subsidy.payouts.problems import NOT_RETRIABLE
from services.subsidy.payouts.rules import PayoutEvent, PayoutState, PayoutTransitionRefused, after
from services.subsidy.requests import After, Context, County, Limit, Year, next_after

router = APIRouter(tags=["payouts"])

_PAYOUT = {
    "payout_id": 12,
    "kind": "subsidy",
    "grant_id": 9,
    "refund_id": None,
    "county": "huining",
    "coverage_year": 2021,
    "division_code": "620422101201",
    "person_id": 4711,
    "payer": "county_finance",
    "amount_fen": 20000,
    "state": "waiting_card",
    "reason": "no_account",
    "attempt": 0,
    "batch_id": None,
    "account_masked": None,
    "created_at": "2020-10-20T10:00:00+08:00",
}


class Payout(BaseModel):
    """One sum to one card. `reason` is `no_account` for waiting_card, else what the bank said."""

    model_config = ConfigDict(json_schema_extra={"examples": [_PAYOUT]})

    payout_id: int
    kind: str = Field(description="subsidy or refund")
    grant_id: int | None
    refund_id: int | None
    county: str | None
    coverage_year: int | None
    division_code: str | None
    person_id: int | None
    payer: str | None
    amount_fen: int
    state: PayoutState
    reason: str | None
    attempt: int
    batch_id: int | None
    account_masked: str | None
    created_at: datetime


class PayoutPage(BaseModel):
    """A page of payouts."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_PAYOUT], "next_after": None}]})

    items: list[Payout]
    next_after: int | None


@router.get(
    "/v1/payouts",
    summary="List payouts, for example those that wait for an account",
    description="`state=waiting_card` lists people whose payout is blocked because no account is known.",
)
async def list_payouts(
    caller: Annotated[Caller, require("subsidy:read")],
    context: Context,
    state: PayoutState | None = None,
    county: County = None,
    coverage_year: Year = None,
    after_id: Annotated[After, Query(alias="after")] = 0,
    limit: Limit = 100,
) -> PayoutPage:
    async with context.engine.begin() as conn:
        rows = await store.list_payouts(
            conn,
            after=after_id,
            state=state,
            county=county,
            year=coverage_year,
            division=caller.division,
            division_range=caller.division_range,
            limit=limit,
        )
        people = sorted({row["person_id"] for row in rows if row["person_id"] is not None})
        await record_lookup(conn, caller, operation="list_payouts", at=context.clock.now(), person_ids=people)
    return PayoutPage(items=[Payout(**row) for row in rows], next_after=next_after(rows, limit, "payout_id"))


@router.post(
    "/v1/payouts/{payout_id}/retry",
    summary="Send a failed or returned payout again with the card it has",
    description="A corrected card does this by itself; this is for when the fault was the bank's.",
    responses=problems(NOT_FOUND, OUTSIDE_DIVISION, NOT_RETRIABLE),
    status_code=204,
)
async def retry_payout(
    payout_id: int, caller: Annotated[Caller, require("subsidy:write")], context: Context
) -> None:
    async with context.engine.begin() as conn:
        payout = await store.lock_payout(conn, payout_id)
        if payout is None:
            raise NOT_FOUND.problem()
        check_division(caller, payout["division_code"])
        try:
            after(PayoutState(payout["state"]), PayoutEvent.RETRIED)
        except PayoutTransitionRefused as refusal:
            raise NOT_RETRIABLE.problem(state=refusal.state) from None
        await store.retry_payout(conn, payout_id, context.clock.now())
