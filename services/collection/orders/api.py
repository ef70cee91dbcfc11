"""One payment order for several people: made, followed, cancelled by a mini-program backend."""

from fastapi import APIRouter, Response

from libs.common.security.audit import lookup_rows, record_lookup
from libs.common.security.guesses import Address, Attempt
from libs.common.web.catalogue import (
    IDEMPOTENCY_KEY_MISSING,
    IDEMPOTENCY_KEY_REUSED,
    NOT_FOUND,
    NOT_READY,
    OUTSIDE_DIVISION,
    TOO_MANY_GUESSES,
)
from libs.common.web.idempotency import REPEATED, Key, answer, answered, once
from libs.common.web.openapi import problems
from libs.common.web.problems import FieldError, Problem
from services.collection.access import Context, Payer, Reader
from services.collection.dues.finding import OnDocument, Season
from services.collection.group_commit import Busy, NotStored
from services.collection.orders.cancelling import cancel, find
from services.collection.orders.choosing import wishes
from services.collection.orders.composing import OrderedYear, OrderRequest
from services.collection.orders.joining_years import earlier_year
from services.collection.orders.prepaying import open_payment
from services.collection.orders.problems import (
    EARLIER_NOTICE_MISSING,
    EARLIER_YEAR_FIRST,
    NOT_OPENED,
    NOT_PREPAID,
    ORDER_NOT_PAYABLE,
)
from services.collection.orders.refusing import keep_refusal
from services.collection.orders.schemas import NewOrder, Order, Prepayment, PrepaymentOpened
from services.collection.orders.showing import check_channel, shown
from services.collection.payers.checking import Vouched, check_payer
from services.collection.payers.rules import channel_at, clause_of_area, fund_of
from services.collection.problems import (
    HOUSEHOLD_INCOMPLETE,
    HOUSEHOLD_TIERS,
    MONEY_WAITS,
    NOT_FAMILY,
    NOT_PAYABLE,
    ORDER_NOT_CANCELLABLE,
    ORDER_PENDING,
    OUTSIDE_AREA,
    PAYER_MISSING,
    PERSON_NOT_FOUND,
    REAL_NAME_MISSING,
)

router = APIRouter(prefix="/v1/orders", tags=["orders"])

_PENDING = ORDER_PENDING.problem(
    errors=[
        FieldError(
            "#/person_ids/0",
            "In order CB2019112000000000000001 until 2019-11-20 10:30.",
            "已在订单 CB2019112000000000000001 中，2019-11-20 10:30 前有效。",
        )
    ],
    expires_at="2019-11-20T10:30:00+08:00",
)


@router.post(
    "",
    status_code=201,
    summary="Make one payment order for several people",
    response_model=Order,
    responses=problems(
        NOT_PAYABLE,
        PERSON_NOT_FOUND,
        PAYER_MISSING,
        REAL_NAME_MISSING,
        NOT_FAMILY,
        OUTSIDE_AREA,
        TOO_MANY_GUESSES,
        MONEY_WAITS,
        HOUSEHOLD_TIERS,
        HOUSEHOLD_INCOMPLETE,
        EARLIER_YEAR_FIRST,
        EARLIER_NOTICE_MISSING,
        _PENDING,
        IDEMPOTENCY_KEY_MISSING,
        IDEMPOTENCY_KEY_REUSED,
    ),
)
async def create_order(
    asked: NewOrder, caller: Payer, context: Context, key: Key, address: Address
) -> Response:
    """Claim the persons until the order expires. The same key with the same body gives the first answer.

    For whom a channel may pay the notice says: everybody, the payer's family (on record, or by number and
    name), the payer alone, or the area of an agent's token; a personal account for `relatives` on the
    employee's list, with their `relation`. `earlier_year` pays the year before as well, by its notice.
    """
    check_channel(asked.channel, context)
    people, now = tuple(dict.fromkeys(asked.person_ids)), context.clock.now()
    notice = context.notices.get((asked.county, asked.coverage_year))
    way = channel_at(notice, caller, asked.notice_channel)
    earlier, refusal = earlier_year(context.notices, caller, asked, fund_of(way))
    if way is not None and refusal is None:
        attempt = Attempt(caller, address, context.settings.guess_limit)
        async with context.engine.begin() as conn:
            refusal = await check_payer(conn, context.digests, attempt, way, _vouched(asked, people), now)
    chosen = wishes(notice, way, people, asked.choices)
    area = clause_of_area(notice, way)
    request = OrderRequest(
        caller=caller,
        this_year=OrderedYear(asked.county, asked.coverage_year, people, chosen, clause=area),
        earlier_year=earlier,
        channel=asked.channel,
        now=now,
        once=once(caller, key, asked),
        despite_waiting=bool(asked.despite_waiting),
        lookups=lookup_rows(caller, operation="create_order", at=now, person_ids=people),
        employee_fund=fund_of(way),
        refusal=refusal,
    )
    try:
        placed = await context.parts.placing.store(request)
    except (Busy, NotStored):
        raise NOT_READY.problem(headers={"retry-after": "2"}) from None
    except Problem as problem:
        await keep_refusal(context.engine, request, problem)
        raise
    return Response(placed.answer, 201, REPEATED if placed.again else None, "application/json")


@router.get(
    "/{order_no}", summary="Where does this order stand?", responses=problems(NOT_FOUND, OUTSIDE_DIVISION)
)
async def get_order(order_no: str, caller: Reader, context: Context) -> Order:
    """Read an order. Past its time a pending one shows as expired."""
    now = context.clock.now()
    async with context.engine.begin() as conn:
        found = await find(conn, caller, order_no)
        if found.order.created_by != caller.subject:  # who made it was recorded then, and asks often
            people = [item.person_id for item in found.items]
            await record_lookup(conn, caller, operation="get_order", at=now, person_ids=people)
    return shown(found, now)


@router.post(
    "/{order_no}/prepayment",
    summary="Open the payment of an order at WeChat Pay",
    response_model=PrepaymentOpened,
    responses=problems(NOT_FOUND, OUTSIDE_DIVISION, ORDER_NOT_PAYABLE, NOT_PREPAID, NOT_OPENED),
)
async def open_order_payment(
    order_no: str, asked: Prepayment, caller: Payer, context: Context
) -> PrepaymentOpened:
    """Ask WeChat for what the payer pays by: signed members for `wx.requestPayment`, a code, or an address.

    Amount, number and end are those of the order, so that what is paid fits it. Again is the same.
    That it was tried is kept, with what came of it.
    """
    now = context.clock.now()
    async with context.engine.begin() as conn:
        found = await find(conn, caller, order_no)
        people = [item.person_id for item in found.items]
        await record_lookup(conn, caller, operation="open_order_payment", at=now, person_ids=people)
    return await open_payment(context, found, asked, caller.subject, now)


@router.post(
    "/{order_no}/cancel",
    summary="Give up an order and free its persons",
    response_model=Order,
    responses=problems(
        NOT_FOUND, OUTSIDE_DIVISION, ORDER_NOT_CANCELLABLE, IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED
    ),
)
async def cancel_order(order_no: str, caller: Payer, context: Context, key: Key) -> Response:
    """Cancel a pending order; again is the same. Money that arrives after it is accepted if still owed."""
    now = context.clock.now()
    request = once(caller, key, None)
    async with context.engine.begin() as conn:
        if (first := await answered(conn, request, now)) is not None:
            return first
        cancelled = await cancel(conn, caller, order_no, now)
        people = [item.person_id for item in cancelled.items]
        await record_lookup(conn, caller, operation="cancel_order", at=now, person_ids=people)
        return await answer(conn, request, shown(cancelled, now), status=200)


def _vouched(asked: NewOrder, people: tuple[int, ...]) -> Vouched:
    payer = None if asked.payer is None else OnDocument(asked.payer.id_number, asked.payer.name)
    relatives = [OnDocument(one.id_number, one.name) for one in asked.relatives]
    relations = [one.relation for one in asked.relatives]
    return Vouched(payer, relatives, people, Season(asked.county, asked.coverage_year), relations)
