"""HTTP of single payouts: what waits for an account, and sending one again."""

from fastapi import APIRouter, Response

from libs.common.security.access import check_division
from libs.common.security.audit import record_lookup
from libs.common.web import idempotency
from libs.common.web.catalogue import NOT_FOUND, OUTSIDE_DIVISION
from libs.common.web.idempotency import KEY_PROBLEMS, Key
from libs.common.web.openapi import problems
from libs.common.web.schemas import Id, Limit, NumberAfter, number_after
from services.subsidy.paging import Wanted
from services.subsidy.payouts import store
from services.subsidy.payouts.problems import NOT_RETRIABLE
from services.subsidy.payouts.rules import PayoutEvent, PayoutState, PayoutTransitionRefused
from services.subsidy.payouts.rules import after as after_event
from services.subsidy.payouts.schemas import Payout, PayoutPage, PayoutRetried
from services.subsidy.requests import Context, County, Reader, Writer, Year

router = APIRouter(tags=["payouts"])


@router.get(
    "/v1/payouts",
    summary="List payouts, for example those that wait for an account",
    description="`state=waiting_card` lists people whose payout is blocked because no account is known.",
)
async def list_payouts(
    caller: Reader,
    context: Context,
    state: PayoutState | None = None,
    county: County = None,
    coverage_year: Year = None,
    after: NumberAfter = None,
    limit: Limit = 100,
) -> PayoutPage:
    wanted = Wanted(
        caller.division, caller.division_range, state, county, coverage_year, number_after(after), limit
    )
    async with context.engine.begin() as conn:
        rows = await store.list_payouts(conn, wanted)
        people = sorted({row.person_id for row in rows if row.person_id is not None})
        await record_lookup(conn, caller, operation="list_payouts", at=context.clock.now(), person_ids=people)
    return PayoutPage(
        items=[Payout.model_validate(row) for row in rows],
        next_after=str(rows[-1].payout_id) if len(rows) == limit else None,
    )


@router.post(
    "/v1/payouts/{payout_id}/retry",
    summary="Send a failed or returned payout again with the card it has",
    description="A corrected card does this by itself; this is for when the fault was the bank's.",
    responses=problems(NOT_FOUND, OUTSIDE_DIVISION, NOT_RETRIABLE, *KEY_PROBLEMS),
    response_model=PayoutRetried,
)
async def retry_payout(payout_id: Id, key: Key, caller: Writer, context: Context) -> Response:
    now = context.clock.now()
    once = idempotency.once(caller, key, None)
    async with context.engine.begin() as conn:
        if (before := await idempotency.answered(conn, once, now)) is not None:
            return before
        payout = await store.lock_payout(conn, payout_id)
        if payout is None:
            raise NOT_FOUND.problem()
        check_division(caller, payout.division_code)
        try:
            state = after_event(PayoutState(payout.state), PayoutEvent.RETRIED)
        except PayoutTransitionRefused as refusal:
            raise NOT_RETRIABLE.problem(state=refusal.state) from None
        await store.retry_payout(conn, payout_id, now)
        return await idempotency.answer(conn, once, PayoutRetried(payout_id=payout_id, state=state), 200)
