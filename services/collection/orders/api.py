"""One payment order for several people: made, followed, cancelled by a mini-program backend."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Header, Response
from pydantic import BaseModel, ConfigDict, Field

from libs.common.security.access import check_division
from libs.common.security.caller import Caller
from libs.common.service import ServiceContext
from libs.common.web import idempotency
from libs.common.web.catalogue import (
    IDEMPOTENCY_KEY_MISSING,
    IDEMPOTENCY_KEY_REUSED,
    INVALID_REQUEST,
    NOT_FOUND,
    NOT_READY,
    OUTSIDE_DIVISION,
)
from libs.common.web.openapi import problems
from libs.common.web.problems import FieldError
from services.collection.access import Context, Payer, Reader
from services.collection.examples import ORDER, shown
from services.collection.group_commit import Busy, NotStored
from services.collection.orders import store
from services.collection.orders.placing import OrderRequest
from services.collection.orders.rules import state_at
from services.collection.problems import NOT_PAYABLE, ORDER_NOT_CANCELLABLE, ORDER_PENDING

router = APIRouter(prefix="/v1/orders", tags=["orders"])


class NewOrder(BaseModel):
    """Whose contributions are to be paid together, and through which channel."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"county": "youxi", "coverage_year": 2020, "person_ids": [101, 102], "channel": "wechat"}
            ]
        },
    )

    county: str = Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")
    coverage_year: int = Field(ge=2000, le=2100)
    person_ids: list[Annotated[int, Field(ge=1, le=2**63 - 1)]] = Field(min_length=1, max_length=50)
    channel: str = Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")


class OrderItem(BaseModel):
    """One person of an order; `line_state` and `voucher_no` once it is paid."""

    person_id: int
    masked_name: str | None
    window: str
    price_fen: int
    own_fen: int
    add_on_fen: int
    amount_fen: int
    line_state: str | None = None
    reason: str | None = None
    voucher_no: str | None = None


class Order(BaseModel):
    """A payment order. `order_no` is what WeChat Pay gets as out_trade_no, `amount_fen` its total.

    `state`: pending, paid, cancelled or expired. An order ends early where a price in it ends.
    """

    model_config = shown(ORDER)

    order_no: str
    state: str
    county: str
    coverage_year: int
    channel: str
    amount_fen: int
    created_at: datetime
    expires_at: datetime
    payment_id: int | None = None
    paid_at: datetime | None = None
    items: list[OrderItem]


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
        NOT_PAYABLE, _PENDING, OUTSIDE_DIVISION, IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED
    ),
)
async def create_order(
    asked: NewOrder,
    caller: Payer,
    context: Context,
    idempotency_key: Annotated[
        str | None, Header(description="a quoted UUID; repeat it with the request")
    ] = None,
) -> Response:
    """Claim the persons until the order expires. The same key with the same body gives the first answer."""
    _check_channel(asked.channel, context)
    request = OrderRequest(
        caller=caller,
        county=asked.county,
        coverage_year=asked.coverage_year,
        people=tuple(dict.fromkeys(asked.person_ids)),
        channel=asked.channel,
        now=context.clock.now(),
        key=idempotency.read_key(idempotency_key),
        fingerprint=idempotency.fingerprint("create_order", asked.model_dump()),
    )
    try:
        placed = await context.parts.placing.store(request)
    except (Busy, NotStored):
        raise NOT_READY.problem(headers={"retry-after": "2"}) from None
    headers = {"canbao-repeated": "true"} if placed.again else {}
    return Response(placed.answer, 201, headers, "application/json")


@router.get(
    "/{order_no}", summary="Where does this order stand?", responses=problems(NOT_FOUND, OUTSIDE_DIVISION)
)
async def get_order(order_no: str, caller: Reader, context: Context) -> Order:
    """Read an order. Past its time a pending one shows as expired."""
    async with context.engine.connect() as conn:
        found = await store.find(conn, order_no)
    if found is None:
        raise NOT_FOUND.problem()
    return _shown(*found, caller, context.clock.now())


@router.post(
    "/{order_no}/cancel",
    summary="Give up an order and free its persons",
    responses=problems(NOT_FOUND, OUTSIDE_DIVISION, ORDER_NOT_CANCELLABLE),
)
async def cancel_order(order_no: str, caller: Payer, context: Context) -> Order:
    """Cancel a pending order; again is the same. Money that arrives after it is accepted if still owed."""
    now = context.clock.now()
    async with context.engine.begin() as conn:
        found = await store.find(conn, order_no)
        if found is None:
            raise NOT_FOUND.problem()
        _check_items(found[1], caller)
        if await store.cancel(conn, order_no, now) == "paid":
            raise ORDER_NOT_CANCELLABLE.problem()
        found = await store.find(conn, order_no)
    assert found is not None
    return _shown(*found, caller, now)


def _check_channel(channel: str, context: ServiceContext) -> None:
    known = context.parts.keys.channels
    if channel not in known:
        # An order that nobody can pay would only block its people.
        raise INVALID_REQUEST.problem(
            errors=[
                FieldError(
                    "#/channel",
                    f"Must be one of the channels of this deployment: {', '.join(sorted(known))}.",
                    f"须为已开通的渠道之一：{'、'.join(sorted(known))}。",
                )
            ]
        )


def _check_items(items: Sequence[Any], caller: Caller) -> None:
    for item in items:
        check_division(caller, item.division_code)


def _shown(order: Any, items: Sequence[Any], caller: Caller, now: datetime) -> Order:
    _check_items(items, caller)
    fields = {name: getattr(order, name) for name in Order.model_fields if name not in ("items", "state")}
    return Order(
        **fields,
        state=state_at(order.state, order.expires_at, now),
        items=[
            OrderItem(
                **{name: getattr(item, name) for name in OrderItem.model_fields if name != "amount_fen"},
                amount_fen=item.own_fen + item.add_on_fen,
            )
            for item in items
        ],
    )
