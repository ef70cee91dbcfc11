"""Money in suspense goes back by the channel that took it, when two officers agree; see how that stands."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from libs.common.cases.problems import APPROVAL_WAITING
from libs.common.cases.schemas import Approval
from libs.common.security.access import check_division
from libs.common.security.audit import record_lookup
from libs.common.web.catalogue import (
    IDEMPOTENCY_KEY_MISSING,
    IDEMPOTENCY_KEY_REUSED,
    NOT_FOUND,
    OUTSIDE_DIVISION,
)
from libs.common.web.idempotency import Key, answer, answered, once
from libs.common.web.openapi import problems
from libs.common.web.schemas import CountyCode, CoverageYear, Id, Limit, NumberAfter, number_after
from services.collection.access import Context, Maker, Officer
from services.collection.channel_refunds import store
from services.collection.channel_refunds.problems import (
    CHANNEL_CANNOT_REFUND,
    EXCEEDS,
    IN_TREASURY,
    TOO_LATE,
    TOO_OFTEN,
    UNDER_WAY,
)
from services.collection.channel_refunds.requesting import Wish, ask_to_give_back
from services.collection.channel_refunds.rules import ChannelRefundState
from services.collection.channel_refunds.schemas import ChannelRefund, ChannelRefunds, GiveBack
from services.collection.channel_refunds.store import Wanted
from services.collection.matching.lease_store import hold_lease
from services.collection.problems import LINE_NOT_SUSPENDED

router = APIRouter(tags=["suspense"])


@router.post(
    "/v1/suspense/{payment_id}/{line_no}/give-back",
    status_code=202,
    summary="Have money in suspense given back by the channel that took it",
    response_model=Approval,
    responses=problems(
        *(NOT_FOUND, OUTSIDE_DIVISION, LINE_NOT_SUSPENDED, CHANNEL_CANNOT_REFUND),
        UNDER_WAY.problem(request_no="CR2019112010000000000000000001"),
        EXCEEDS.problem(left_fen=25000),
        IN_TREASURY.problem(account="treasury", business_on="2019-11-20"),
        TOO_LATE.problem(until="2020-11-19T10:00:00+08:00"),
        TOO_OFTEN.problem(most=50),
        *(APPROVAL_WAITING, IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED),
    ),
)
async def give_back_suspense(
    payment_id: Id,
    line_no: Annotated[int, Path(ge=1, lt=2**31)],
    body: GiveBack,
    caller: Maker,
    context: Context,
    key: Key,
) -> Response:
    """Ask for it; once a second officer agrees under /v1/approvals, the channel is asked in the background.

    From then on the money is neither applied nor refunded to a card until it is known what became of it.
    """
    now = context.clock.now()
    request = once(caller, key, body)
    wish = Wish(payment_id, line_no, body.amount_fen, body.reason)
    async with context.engine.begin() as conn:
        if (first := await answered(conn, request, now)) is not None:
            return first
        await hold_lease(conn)
        asked = await ask_to_give_back(conn, context, wish, caller, now)
        return await answer(conn, request, Approval.model_validate(asked), status=202)


@router.get("/v1/channel-refunds", summary="Refunds by channels, and how each stands")
async def list_channel_refunds(
    caller: Officer,
    context: Context,
    state: ChannelRefundState | None = None,
    county: Annotated[CountyCode | None, Query()] = None,
    coverage_year: Annotated[CoverageYear | None, Query()] = None,
    after: NumberAfter = None,
    limit: Limit = 100,
) -> ChannelRefunds:
    """List refunds of the own division in the order in which they were agreed to."""
    wanted = Wanted(caller.division, state, county, coverage_year)
    now = context.clock.now()
    async with context.engine.begin() as conn:
        found = await store.page(conn, wanted, number_after(after), limit)
        people = sorted({one.person_id for one in found if one.person_id is not None})
        await record_lookup(conn, caller, operation="list_channel_refunds", at=now, person_ids=people)
    more = str(found[-1].channel_refund_id) if len(found) == limit else None
    return ChannelRefunds(items=[ChannelRefund.model_validate(one) for one in found], next_after=more)


@router.get(
    "/v1/channel-refunds/{channel_refund_id}",
    summary="See a refund by a channel",
    responses=problems(NOT_FOUND, OUTSIDE_DIVISION),
)
async def get_channel_refund(channel_refund_id: Id, caller: Officer, context: Context) -> ChannelRefund:
    now = context.clock.now()
    async with context.engine.begin() as conn:
        found = await store.one(conn, channel_refund_id)
        if found is None:
            raise NOT_FOUND.problem()
        check_division(caller, found.division_code)
        people = [found.person_id] if found.person_id is not None else []
        await record_lookup(conn, caller, operation="get_channel_refund", at=now, person_ids=people)
    return ChannelRefund.model_validate(found)
