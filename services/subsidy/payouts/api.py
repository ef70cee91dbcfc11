"""HTTP of single payouts: what waits for an account, and sending one again."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from libs.common.security.access import check_division
from libs.common.security.audit import record_lookup
from libs.common.transitions import TransitionRefused
from libs.common.web import idempotency
from libs.common.web.catalogue import (
    IDEMPOTENCY_KEY_MISSING,
    IDEMPOTENCY_KEY_REUSED,
    NOT_FOUND,
    OUTSIDE_DIVISION,
)
from libs.common.web.idempotency import Key
from libs.common.web.openapi import problems
from libs.common.web.schemas import CountyCode, CoverageYear, Id, Limit, NumberAfter, number_after
from services.subsidy.payouts import attempts_store, store, totals_store
from services.subsidy.payouts.problems import NOT_RETRIABLE
from services.subsidy.payouts.retrying import retry
from services.subsidy.payouts.rules import PayoutState
from services.subsidy.payouts.schemas import (
    BankSum,
    BankTotals,
    Payout,
    PayoutPage,
    PayoutTotals,
    WholePayout,
)
from services.subsidy.payouts.showing import counted, shown, shown_whole
from services.subsidy.requests import Context, OfCounty, OfYear, Reader, Writer
from services.subsidy.verifications.rules import payouts_wait

router = APIRouter(tags=["payouts"])


@router.get(
    "/v1/payouts",
    summary="List payouts, for example those that wait for an account",
    description=(
        "`state=waiting_card` lists people whose payout is blocked because no account is known, `needs_card` "
        "what the bank failed or returned. `next_step` says what each needs."
    ),
)
async def list_payouts(
    caller: Reader,
    context: Context,
    state: PayoutState | None = None,
    county: OfCounty = None,
    coverage_year: OfYear = None,
    after: NumberAfter = None,
    limit: Limit = 100,
) -> PayoutPage:
    async with context.engine.begin() as conn:
        rows = await store.list_payouts(
            conn,
            after=number_after(after),
            state=state,
            county=county,
            coverage_year=coverage_year,
            division=caller.division,
            division_range=caller.division_range,
            limit=limit,
        )
        people = sorted({row.person_id for row in rows if row.person_id is not None})
        await record_lookup(conn, caller, operation="list_payouts", at=context.clock.now(), person_ids=people)
    more = str(rows[-1].payout_id) if len(rows) == limit else None
    return PayoutPage(items=[shown(row, context.notices) for row in rows], next_after=more)


@router.get(
    "/v1/payouts/totals",
    summary="Count payouts by township and by what they need next",
    description="What is done of a season's payouts, what is not, and whose turn it is: a card, the bureau, "
    "finance, a batch, the bank.",
)
async def total_payouts(
    caller: Reader,
    context: Context,
    county: Annotated[CountyCode, Query(examples=["huining"])],
    coverage_year: Annotated[CoverageYear, Query(examples=[2021])],
) -> PayoutTotals:
    async with context.engine.begin() as conn:
        rows = await totals_store.sums(conn, county, coverage_year, caller.division, caller.division_range)
    waits = payouts_wait(context.notices.get((county, coverage_year)))
    return PayoutTotals(items=counted(rows, waits))


@router.get(
    "/v1/payouts/totals/banks",
    summary="Count what banks were sent and paid, by bank and batch",
    description="What each bank was sent of each batch, and how it answered, within the own division.",
)
async def total_payouts_by_bank(
    caller: Reader,
    context: Context,
    county: Annotated[CountyCode, Query(examples=["huining"])],
    coverage_year: Annotated[CoverageYear, Query(examples=[2021])],
) -> BankTotals:
    async with context.engine.begin() as conn:
        rows = await totals_store.by_bank(conn, county, coverage_year, caller.division, caller.division_range)
    return BankTotals(items=[BankSum.model_validate(row) for row in rows])


@router.get(
    "/v1/payouts/{payout_id}",
    summary="See a payout with every sending and all that banks said of it",
    description="What an auditor asks for years later: to which account it was sent when, when the bank paid "
    "it, when and why it returned it, by which file, and who took that file in.",
    responses=problems(NOT_FOUND, OUTSIDE_DIVISION),
)
async def get_payout(payout_id: Id, caller: Reader, context: Context) -> WholePayout:
    async with context.engine.begin() as conn:
        payout = await store.payout(conn, payout_id)
        if payout is None:
            raise NOT_FOUND.problem()
        check_division(caller, payout.division_code)
        people = [payout.person_id] if payout.person_id is not None else []
        await record_lookup(conn, caller, operation="get_payout", at=context.clock.now(), person_ids=people)
        tried = await attempts_store.attempts_of(conn, [payout_id])
        said = await attempts_store.answers_of(conn, [payout_id])
    return shown_whole(payout, tried.get(payout_id, []), said, context.notices)


@router.post(
    "/v1/payouts/{payout_id}/retry",
    summary="Send a failed or returned payout again with the card it has",
    description="A corrected card does this by itself; this is for when the fault was the bank's.",
    responses=problems(
        NOT_FOUND,
        OUTSIDE_DIVISION,
        NOT_RETRIABLE.problem(state="sent"),
        IDEMPOTENCY_KEY_MISSING,
        IDEMPOTENCY_KEY_REUSED,
    ),
    response_model=Payout,
)
async def retry_payout(payout_id: Id, caller: Writer, key: Key, context: Context) -> Response:
    once, now = idempotency.once(caller, key, None), context.clock.now()
    async with context.engine.begin() as conn:
        if (before := await idempotency.answered(conn, once, now)) is not None:
            return before
        payout = await store.lock_payout(conn, payout_id)
        if payout is None:
            raise NOT_FOUND.problem()
        check_division(caller, payout.division_code)
        try:
            ready = await retry(conn, payout, now)
        except TransitionRefused as refusal:
            raise NOT_RETRIABLE.problem(state=refusal.state) from None
        people = [payout.person_id] if payout.person_id is not None else []
        await record_lookup(conn, caller, operation="retry_payout", at=now, person_ids=people)
        return await idempotency.answer(conn, once, shown(ready, context.notices), 200)
