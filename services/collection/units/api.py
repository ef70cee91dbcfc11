"""HTTP for units that pay for their people: the order for the list, and its one receipt."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.security.access import check_division
from libs.common.security.audit import record_lookup
from libs.common.security.caller import Caller
from libs.common.web.catalogue import (
    IDEMPOTENCY_KEY_MISSING,
    IDEMPOTENCY_KEY_REUSED,
    INVALID_REQUEST,
    NOT_FOUND,
    NOT_READY,
    OUTSIDE_DIVISION,
)
from libs.common.web.idempotency import REPEATED, Key, answer, answered, once
from libs.common.web.openapi import problems
from libs.common.web.schemas import CountyCode, CoverageYear, Limit
from services.collection.access import Context, UnitClerk, UnitReader
from services.collection.assembly import CollectionContext
from services.collection.cash.registering import notice_at
from services.collection.cash.rules import channel_of
from services.collection.cash.schemas import OrderNo
from services.collection.certificates.schemas import Certificate, CertificateAfter, Certificates
from services.collection.certificates.sending import PDF, address_of, paper
from services.collection.certificates.showing import shown as shown_certificate
from services.collection.certificates.store import page
from services.collection.certificates.verifying import find as find_certificate
from services.collection.certificates.verifying import with_state
from services.collection.group_commit import Busy, NotStored
from services.collection.orders import store as orders_store
from services.collection.orders.rules import state_at
from services.collection.orders.schemas import Order, UnitOrder
from services.collection.orders.showing import check_channel, shown
from services.collection.orders.store import OrderWithItems
from services.collection.problems import CERTIFICATE_MISTYPED, NOTHING_PAID, ORDER_NOT_CANCELLABLE
from services.collection.units import store
from services.collection.units.paying import Wanted, place
from services.collection.units.problems import NOT_ITS_CHANNEL, NOTHING_TO_PAY, UNIT_UNKNOWN
from services.collection.units.receipting import issue_receipt
from services.collection.units.rules import Unit
from services.collection.units.schemas import (
    ListedOrder,
    ListedOrders,
    NewUnitOrder,
    OrderAfter,
    UnitCode,
)

router = APIRouter(prefix="/v1", tags=["units"])

#: Who sees the receipts of all units of the own division.
OFFICER = "collection:read"
#: Behind every number of an order.
_AFTER_ALL = "~"


@router.post(
    "/unit-orders",
    status_code=201,
    summary="Make one order of a unit for the people on its list",
    response_model=UnitOrder,
    responses=problems(
        UNIT_UNKNOWN,
        NOT_ITS_CHANNEL.problem(allowed_channels=["school"]),
        NOTHING_TO_PAY.problem(left_out=[]),
        INVALID_REQUEST,
        OUTSIDE_DIVISION,
        IDEMPOTENCY_KEY_MISSING,
        IDEMPOTENCY_KEY_REUSED,
    ),
)
async def create_unit_order(asked: NewUnitOrder, caller: UnitClerk, context: Context, key: Key) -> Response:
    """Order for everybody of the list who owes something now, or for chosen lines; the others are named.

    Who is exempt, was paid for meanwhile or is in another order is left out, with the reason.
    """
    async with context.engine.connect() as conn:
        unit = await store.find(conn, asked.county, asked.coverage_year, caller.unit)
    if unit is None:
        raise UNIT_UNKNOWN.problem()
    check_division(caller, unit.division_code)
    if asked.channel not in unit.channels:
        raise NOT_ITS_CHANNEL.problem(allowed_channels=list(unit.channels))
    notice = notice_at(context.notices, unit.county, unit.coverage_year)
    check_channel(asked.channel, context, [one for one in unit.channels if channel_of(notice, one)])
    people = None if asked.person_ids is None else tuple(dict.fromkeys(asked.person_ids))
    wanted = Wanted(unit, caller, asked.channel, people, once(caller, key, asked))
    try:
        placed = await place(context, wanted)
    except (Busy, NotStored):
        raise NOT_READY.problem(headers={"retry-after": "2"}) from None
    return Response(placed.answer, 201, REPEATED if placed.again else None, "application/json")


@router.get(
    "/unit-orders", summary="The orders of the own unit", responses=problems(UNIT_UNKNOWN, OUTSIDE_DIVISION)
)
async def list_unit_orders(
    county: CountyCode,
    coverage_year: CoverageYear,
    caller: UnitClerk,
    context: Context,
    after: OrderAfter = None,
    limit: Limit = 100,
) -> ListedOrders:
    """List what the own unit ordered for its list, the newest first, each as it stands now."""
    now = context.clock.now()
    async with context.engine.connect() as conn:
        unit = await store.find(conn, county, coverage_year, caller.unit)
        if unit is None:
            raise UNIT_UNKNOWN.problem()
        check_division(caller, unit.division_code)
        digest = context.digests.unit(county, unit.code)
        found = await store.orders(conn, unit, digest, after or _AFTER_ALL, limit)
    return ListedOrders(
        items=[
            ListedOrder(
                order_no=one.order_no,
                state=state_at(one.state, one.expires_at, now),
                channel=one.channel,
                amount_fen=one.amount_fen,
                people=one.item_count,
                created_at=one.created_at,
                expires_at=one.expires_at,
                paid_at=one.paid_at,
            )
            for one in found
        ],
        next_after=found[-1].order_no if len(found) == limit else None,
    )


@router.get("/unit-orders/{order_no}", summary="Where does this order stand?", responses=problems(NOT_FOUND))
async def get_unit_order(order_no: str, caller: UnitClerk, context: Context) -> Order:
    """Read an order of the own unit, with what became of the money of each."""
    now = context.clock.now()
    async with context.engine.begin() as conn:
        _, found = await _own(conn, context, caller, order_no)
        people = [item.person_id for item in found.items]
        await record_lookup(conn, caller, operation="get_unit_order", at=now, person_ids=people)
    return shown(found, now)


@router.post(
    "/unit-orders/{order_no}/cancel",
    summary="Give up an order and free its persons",
    response_model=Order,
    responses=problems(NOT_FOUND, ORDER_NOT_CANCELLABLE, IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED),
)
async def cancel_unit_order(order_no: str, caller: UnitClerk, context: Context, key: Key) -> Response:
    """Cancel a pending order of the own unit; again is the same."""
    now, request = context.clock.now(), once(caller, key, None)
    async with context.engine.begin() as conn:
        if (first := await answered(conn, request, now)) is not None:
            return first
        await _own(conn, context, caller, order_no)
        if await orders_store.cancel(conn, order_no, now) == "paid":
            raise ORDER_NOT_CANCELLABLE.problem()
        _, found = await _own(conn, context, caller, order_no)
        people = [item.person_id for item in found.items]
        await record_lookup(conn, caller, operation="cancel_unit_order", at=now, person_ids=people)
        return await answer(conn, request, shown(found, now), status=200)


@router.post(
    "/unit-orders/{order_no}/receipt",
    status_code=201,
    summary="Issue the receipt of a unit for an order that was paid",
    response_model=Certificate,
    responses=problems(NOT_FOUND, NOTHING_PAID, IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED),
)
async def create_unit_receipt(
    order_no: str, caller: UnitClerk, context: Context, key: Key, http: Request
) -> Response:
    """Issue one paper with a line for each person whom the money was applied to."""
    now, request = context.clock.now(), once(caller, key, None)
    async with context.engine.begin() as conn:
        if (first := await answered(conn, request, now)) is not None:
            return first
        unit, found = await _own(conn, context, caller, order_no)
        where = address_of(context, http)
        made = await issue_receipt(conn, context.parts.issuing, caller, unit, found, where, now)
        (seen,) = await with_state(conn, [made])
        return await answer(conn, request, shown_certificate(seen))


@router.get(
    "/unit-receipts",
    summary="The receipts of units",
    responses=problems(NOT_FOUND, OUTSIDE_DIVISION, UNIT_UNKNOWN),
)
async def list_unit_receipts(
    caller: UnitReader,
    context: Context,
    county: CountyCode,
    coverage_year: CoverageYear,
    unit_code: Annotated[UnitCode | None, Query(description="an officer has to name it")] = None,
    order_no: OrderNo | None = None,
    after: CertificateAfter = None,
    limit: Limit = 100,
) -> Certificates:
    """List what was issued to the own unit; officers name a unit of their division."""
    code = unit_code if caller.may(OFFICER) else caller.unit
    async with context.engine.begin() as conn:
        unit = await store.find(conn, county, coverage_year, code or "")
        if unit is None:
            raise UNIT_UNKNOWN.problem()
        check_division(caller, unit.division_code)
        wanted: dict[str, int | str | None] = {
            "county": county,
            "coverage_year": coverage_year,
            "payer_digest": context.digests.unit(county, unit.code),
            "order_no": order_no,
        }
        rows = await page(conn, caller.division, wanted, after or "", limit)
        seen = await with_state(conn, [context.parts.issuing.coded(row) for row in rows])
        people = sorted({one.person_id for found in seen for one in found.coded.content.people})
        now = context.clock.now()
        await record_lookup(conn, caller, operation="list_unit_receipts", at=now, person_ids=people)
    more = rows[-1].certificate_no if len(rows) == limit else None
    return Certificates(items=[shown_certificate(one) for one in seen], next_after=more)


@router.get(
    "/unit-receipts/{certificate_no}/file",
    summary="The receipt of a unit as PDF",
    response_class=Response,
    responses=problems(NOT_FOUND, OUTSIDE_DIVISION, CERTIFICATE_MISTYPED) | PDF,
)
async def get_unit_receipt_file(certificate_no: str, caller: UnitReader, context: Context) -> Response:
    """Set a receipt of the own unit again, or of one of the officer's division; its names are masked."""
    now, issuing = context.clock.now(), context.parts.issuing
    operation = "get_unit_receipt_file"
    async with context.engine.begin() as conn:
        coded = await find_certificate(conn, issuing, caller, certificate_no, operation, now)
        order_no = coded.certificate.order_no
        if order_no is None:
            raise NOT_FOUND.problem()
        if not caller.may(OFFICER):
            await _own(conn, context, caller, order_no)
    made = await context.parts.printing.one(coded.content, coded.code)
    return paper(made, coded.content.certificate_no, "pdf")


async def _own(
    conn: AsyncConnection, context: CollectionContext, caller: Caller, order_no: str
) -> tuple[Unit, OrderWithItems]:
    """An order of the caller's unit, with the unit. Raises Problem 404 for any other."""
    found = await orders_store.find(conn, order_no)
    if found is None:
        raise NOT_FOUND.problem()
    order = found.order
    unit = await store.find(conn, order.county, order.coverage_year, caller.unit)
    if unit is None or not caller.sees(unit.division_code):
        raise NOT_FOUND.problem()
    if not await store.is_order_of(conn, order_no, context.digests.unit(order.county, unit.code)):
        raise NOT_FOUND.problem()
    return unit, found
