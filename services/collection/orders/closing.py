"""Closes pending orders whose people cannot be paid for as ordered any more, and frees the others in them."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.collection.dues.rules import asks_for_add_ons
from services.collection.households import store as households_store
from services.collection.households.rules import AddOnsBought
from services.collection.matching.rules import PersonYear, person_year
from services.collection.orders import store
from services.collection.orders.repairing import why_close_repair
from services.collection.orders.rules import CloseReason, why_close
from services.collection.repairs import store as repairs_store
from services.collection.repairs.rules import RepairsKnown, whose_repairs


async def close_paid(conn: AsyncConnection, people: Sequence[PersonYear], at: datetime) -> None:
    """Close the orders of persons who were paid for by another payment."""
    orders = await store.claiming(conn, people)
    await store.close(conn, dict.fromkeys(orders, "member_paid"), at)


async def close_changed(conn: AsyncConnection, enrollment_ids: Collection[int], at: datetime) -> None:
    """Close the orders of those of these enrollments that do not owe any more what was ordered."""
    reasons: dict[str, CloseReason] = {}
    items = await store.pending(conn, sorted(set(enrollment_ids)), at)
    people = [person_year(item.due) for item in items if asks_for_add_ons(item.due)]
    bought = AddOnsBought(await households_store.bought(conn, people))
    whose = whose_repairs(item.due for item in items if item.repaired_years)
    repairs = RepairsKnown(await repairs_store.standing(conn, whose))
    for item in items:
        add_ons_fen = bought.fen(item.due.person_id, item.due.coverage_year)
        instant = item.judged_at(at)
        reason: CloseReason | None = None
        if item.ordered_fen:
            reason = why_close(item.due, item.ordered_fen, instant, add_ons_fen, item.choice)
        if reason is None and item.repaired_years:
            reason = why_close_repair(item, repairs.of(person_year(item.due)), instant)
        if reason is not None:
            reasons.setdefault(item.order_no, reason)
    await store.close(conn, reasons, at)
