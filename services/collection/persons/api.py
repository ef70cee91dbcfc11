"""HTTP of one person: what was ordered, what was tried, and what was told about the money."""

from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.security.access import check_division
from libs.common.security.audit import record_lookup
from libs.common.security.caller import Caller
from libs.common.web.catalogue import NOT_FOUND, OUTSIDE_DIVISION
from libs.common.web.openapi import problems
from libs.common.web.schemas import CoverageYear, Id, Limit, NumberAfter
from services.collection.access import Context, Officer
from services.collection.persons import notifications_store, orders_store, refusals_store, store
from services.collection.persons.rules import Asked
from services.collection.persons.schemas import PersonNotifications, PersonOrders, RefusedOrders
from services.collection.persons.showing import notification_shown, order_shown, refusal_shown
from services.collection.units.schemas import OrderAfter

router = APIRouter(prefix="/v1/persons/{person_id}", tags=["payments"])

_OfYear = Annotated[CoverageYear | None, Query(description="of this coverage year alone")]
#: Behind every number of an order, and of a notification.
_AFTER_ALL, _AFTER_EVERY = "~", 2**62


@router.get(
    "/orders",
    summary="What was ordered for a person, and what was tried to pay it",
    responses=problems(NOT_FOUND, OUTSIDE_DIVISION),
)
async def list_person_orders(
    person_id: Id,
    caller: Officer,
    context: Context,
    coverage_year: _OfYear = None,
    after: OrderAfter = None,
    limit: Limit = 100,
) -> PersonOrders:
    """List orders, the newest day first: who made each, how it ended, each attempt to pay it.

    Those of other divisions are left out. The look-up is recorded.
    """
    now = context.clock.now()
    async with context.engine.begin() as conn:
        asked = await _asked(conn, caller, person_id, coverage_year)
        found = await orders_store.orders_of(conn, asked, after or _AFTER_ALL, limit)
        tried = await orders_store.attempts_at(conn, [one.order_no for one in found])
        await record_lookup(conn, caller, operation="list_person_orders", at=now, person_ids=[person_id])
    return PersonOrders(
        items=[order_shown(one, tried.get(one.order_no, ()), now) for one in found],
        next_after=found[-1].order_no if len(found) == limit else None,
    )


@router.get(
    "/refused-orders",
    summary="Which orders for a person were refused, and why",
    responses=problems(NOT_FOUND, OUTSIDE_DIVISION),
)
async def list_person_refused_orders(
    person_id: Id,
    caller: Officer,
    context: Context,
    coverage_year: _OfYear = None,
    after: NumberAfter = None,
    limit: Limit = 100,
) -> RefusedOrders:
    """List them, the newest first: who could not pay is told why. The look-up is recorded."""
    async with context.engine.begin() as conn:
        asked = await _asked(conn, caller, person_id, coverage_year)
        before = _AFTER_EVERY if after is None else int(after)
        found = await refusals_store.refused_to(conn, asked, before, limit)
        now = context.clock.now()
        await record_lookup(
            conn, caller, operation="list_person_refused_orders", at=now, person_ids=[person_id]
        )
    return RefusedOrders(
        items=[refusal_shown(one) for one in found],
        next_after=str(found[-1].refusal_id) if len(found) == limit else None,
    )


@router.get(
    "/notifications",
    summary="What channels and others told about a person's money, and what it led to",
    responses=problems(NOT_FOUND, OUTSIDE_DIVISION),
)
async def list_person_notifications(
    person_id: Id,
    caller: Officer,
    context: Context,
    coverage_year: _OfYear = None,
    after: NumberAfter = None,
    limit: Limit = 100,
) -> PersonNotifications:
    """List them, the newest first, without what they say; money whose year nobody knows stands in every year.

    What is kept in one piece is told of everybody who is in its order. The look-up is recorded.
    """
    async with context.engine.begin() as conn:
        asked = await _asked(conn, caller, person_id, coverage_year)
        before = _AFTER_EVERY if after is None else int(after)
        found = await notifications_store.told_of(conn, asked, before, limit)
        lines = await notifications_store.lines_of(conn, asked, [one.notification_id for one in found])
        now = context.clock.now()
        await record_lookup(
            conn, caller, operation="list_person_notifications", at=now, person_ids=[person_id]
        )
    return PersonNotifications(
        items=[notification_shown(one, lines.get(one.notification_id, ())) for one in found],
        next_after=str(found[-1].notification_id) if len(found) == limit else None,
    )


async def _asked(conn: AsyncConnection, caller: Caller, person_id: int, coverage_year: int | None) -> Asked:
    """What is asked, of somebody whom the caller sees. Raises Problem 404 or 403."""
    division = await store.division_of(conn, person_id)
    if division is None:
        raise NOT_FOUND.problem()
    check_division(caller, division)
    return Asked(person_id, coverage_year, caller.division, caller.division_range)
