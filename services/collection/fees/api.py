"""HTTP of fees that channels kept: what is booked, and taking back what was booked wrongly."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from libs.common.cases.problems import APPROVAL_WAITING
from libs.common.cases.schemas import Approval
from libs.common.security.access import check_division
from libs.common.web.catalogue import (
    IDEMPOTENCY_KEY_MISSING,
    IDEMPOTENCY_KEY_REUSED,
    NOT_FOUND,
    OUTSIDE_DIVISION,
)
from libs.common.web.idempotency import Key, answer, answered, once
from libs.common.web.openapi import problems
from libs.common.web.schemas import CountyCode, GivenDay, Id, Limit, NumberAfter, number_after
from services.collection.access import Context, Maker, Officer
from services.collection.fees import reversing, store
from services.collection.fees.problems import FEE_NOT_BOOKED
from services.collection.fees.schemas import ChannelFee, ChannelFees, FeeReversal
from services.collection.fees.store import Fee, Wanted

router = APIRouter(prefix="/v1/channel-fees", tags=["files"])


@router.get("", summary="Fees that channels kept")
async def list_channel_fees(
    caller: Officer,
    context: Context,
    county: CountyCode | None = None,
    channel: Annotated[str | None, Query(max_length=40)] = None,
    business_on: GivenDay | None = None,
    after: NumberAfter = None,
    limit: Limit = 100,
) -> ChannelFees:
    """List fees of the own division as they were booked, and what took them back; the ledger posts each."""
    wanted = Wanted(caller.division, county, channel, business_on)
    async with context.engine.connect() as conn:
        found = await store.page(conn, wanted, number_after(after), limit)
    more = str(found[-1].fee_id) if len(found) == limit else None
    return ChannelFees(items=[_shown(one) for one in found], next_after=more)


@router.post(
    "/{fee_id}/reversal",
    status_code=202,
    summary="Take back a fee that was booked wrongly",
    response_model=Approval,
    responses=problems(
        *(NOT_FOUND, OUTSIDE_DIVISION, FEE_NOT_BOOKED, APPROVAL_WAITING),
        *(IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED),
    ),
)
async def reverse_channel_fee(
    fee_id: Id, body: FeeReversal, caller: Maker, context: Context, key: Key
) -> Response:
    """Ask for it; once a second officer agrees under /v1/approvals, the channel owes that money again."""
    now, request = context.clock.now(), once(caller, key, body)
    async with context.engine.begin() as conn:
        if (first := await answered(conn, request, now)) is not None:
            return first
        fee = await store.one(conn, fee_id)
        if fee is None:
            raise NOT_FOUND.problem()
        check_division(caller, fee.division_code)
        asked = await reversing.ask(conn, fee, body.reason, caller.subject, now)
        return await answer(conn, request, Approval.model_validate(asked), 202)


def _shown(fee: Fee) -> ChannelFee:
    state = "reversal" if fee.reverses_id is not None else "reversed" if fee.reversed else "booked"
    facts = {name: getattr(fee, name) for name in ChannelFee.model_fields if name != "state"}
    return ChannelFee.model_validate(facts | {"state": state})
