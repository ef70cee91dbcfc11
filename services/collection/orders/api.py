"""One payment order for several people: made, followed, cancelled by a mini-program backend."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Header, Response
from pydantic import BaseModel, ConfigDict, Field

from libs.common.clock import SHANGHAI
from libs.common.security.access import check_division
from libs.common.security.caller import Caller
from libs.common.service import ServiceContext
from libs.common.web.app import context_of
from libs.common.web.catalogue import (
    IDEMPOTENCY_KEY_MISSING,
    IDEMPOTENCY_KEY_REUSED,
    NOT_FOUND,
    OUTSIDE_DIVISION,
)
from libs.common.web.openapi import problems
from libs.common.web.problems import FieldError
from services.collection.access import Payer, Reader
from services.collection.examples import ORDER, shown
from services.collection.matching.rules import Due
from services.collection.orders import idempotency, store
from services.collection.orders.rules import OrderedItem, expires_at, order_no, price, state_at
from services.collection.problems import NOT_PAYABLE, ORDER_NOT_CANCELLABLE, ORDER_PENDING

router = APIRouter(prefix="/v1/orders", tags=["orders"])
Context = Annotated[ServiceContext, Depends(context_of)]


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
    person_ids: list[int] = Field(min_length=1, max_length=50)
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
            "已在订单 CB2019112000000000000001 中,2019-11-20 10:30 前有效。",
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
    key = idempotency.read_key(idempotency_key)
    now = context.clock.now()
    people = list(dict.fromkeys(asked.person_ids))
    mark = idempotency.fingerprint("create_order", asked.model_dump())
    async with context.engine.connect() as conn:
        driver = (await conn.get_raw_connection()).driver_connection
        dues = await store.dues_of(driver, people, asked.county, asked.coverage_year)
        known = await store.answered(conn, caller.subject, key) if _settled(dues, people, now) else None
        if known is None:
            items = _priced(dues, people, caller, now)
            lasts = timedelta(minutes=context.settings.order_minutes)
            order = _new_order(asked, items, caller, now, expires_at(items, now, lasts))
            try:
                await store.place(driver, order, items, key, mark)
                return Response(order["answer"], 201, media_type="application/json")
            except (store.PersonsClaimed, store.KeyUsed):
                known = await store.answered(conn, caller.subject, key)
        if known is None:
            raise _pending(people, await store.claims(conn, people, asked.coverage_year, now))
    if known.fingerprint != mark:
        raise IDEMPOTENCY_KEY_REUSED.problem()
    headers = {"canbao-repeated": "true"}
    return Response(known.answer, 201, headers, "application/json")


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


def _settled(dues: dict[int, Due], people: Sequence[int], now: datetime) -> bool:
    """Whether this may be a repetition: somebody cannot be ordered for any more, perhaps by this very key."""
    return any(person not in dues or price(dues[person], now) is None for person in people)


def _priced(dues: dict[int, Due], people: Sequence[int], caller: Caller, now: datetime) -> list[OrderedItem]:
    """Price everybody at `now`; raise Problem 409 naming those who have nothing to pay."""
    items, faults = [], []
    for position, person in enumerate(people):
        due = dues.get(person)
        item = price(due, now) if due is not None and caller.sees(due.division_code) else None
        if item is None:
            faults.append(
                FieldError(f"#/person_ids/{position}", "Has nothing to pay now.", "当前无应缴费用。")
            )
        else:
            items.append(item)
    if faults:
        raise NOT_PAYABLE.problem(errors=faults)
    return items


def _new_order(
    asked: NewOrder, items: Sequence[OrderedItem], caller: Caller, now: datetime, ends: datetime
) -> dict[str, Any]:
    order = {
        "order_no": order_no(now.astimezone(SHANGHAI), secrets.randbelow(10**14)),
        "state": "pending",
        "county": asked.county,
        "coverage_year": asked.coverage_year,
        "channel": asked.channel,
        "amount_fen": sum(item.amount_fen for item in items),
        "created_at": now,
        "expires_at": ends,
        "payment_id": None,
        "paid_at": None,
    }
    answer = orjson.dumps(order | {"items": [_item(item) for item in items]}).decode()
    return order | {"created_by": caller.subject, "answer": answer}


def _item(item: OrderedItem) -> dict[str, Any]:
    return {
        "person_id": item.due.person_id,
        "masked_name": item.due.masked_name,
        "window": item.segment.window or "",
        "price_fen": item.segment.price_fen or 0,
        "own_fen": item.segment.own_due_fen or 0,
        "add_on_fen": item.segment.add_on_due_fen,
        "amount_fen": item.amount_fen,
        "line_state": None,
        "reason": None,
        "voucher_no": None,
    }


def _pending(people: Sequence[int], claims: dict[int, Any]) -> Exception:
    """Say who is in which order until when."""
    faults = []
    for position, person in enumerate(people):
        if (claim := claims.get(person)) is not None:
            until = f"{claim.expires_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
            faults.append(
                FieldError(
                    f"#/person_ids/{position}",
                    f"In order {claim.order_no} until {until}.",
                    f"已在订单 {claim.order_no} 中,{until} 前有效。",
                )
            )
    # Between the refusal and this look the other order may have ended: then simply asking again helps.
    until_at = max((claim.expires_at for claim in claims.values()), default=None)
    return ORDER_PENDING.problem(
        errors=faults, expires_at=until_at.astimezone(SHANGHAI).isoformat() if until_at else None
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
