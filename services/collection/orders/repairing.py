"""Prices lapsed years that are to be repaired with an order, and says when they cannot be any more."""

from dataclasses import replace
from datetime import datetime

from libs.common.clock import business_date
from libs.common.dates import first_second, instant_of
from libs.common.events import DueSegment
from services.collection.dues.rules import Choice, Due, on_tier
from services.collection.orders.rules import CloseReason, OrderedItem
from services.collection.orders.store import PendingItem
from services.collection.repairs.rules import NOTHING_TO_REPAIR, Repairing, RepairStanding, repairing

_Priced = tuple[OrderedItem | None, tuple[str, str] | None]


def with_repairs(
    due: Due, item: OrderedItem | None, choice: Choice, known: RepairStanding, now: datetime
) -> _Priced:
    """The item with the years that are wanted, or why they cannot be repaired, in both languages.

    `item` is what is to pay without them; None where the contribution is paid or covered already.
    """
    chosen = on_tier(due, choice.tier) or due
    found, wanted = repairing(chosen, known, now), choice.repair_years
    if found is None:
        return item, NOTHING_TO_REPAIR
    years, why = found.choose(wanted, business_date(now))
    if why is not None:
        return item, why
    if item is None and found.completed_on is None:
        return None, None
    alone = item or OrderedItem(due, _nothing_else(found, wanted), choice)
    return replace(alone, repaired_years=years, repair_fen=len(years) * found.terms.each_fen), None


def _nothing_else(found: Repairing, wanted: int) -> DueSegment:
    until = found.until_after(wanted - 1)
    return found.segment.model_copy(
        update={
            "own_due_fen": 0,
            "add_on_due_fen": 0,
            "until_at": instant_of(first_second(until)) if until is not None else None,
        }
    )


def why_close_repair(item: PendingItem, known: RepairStanding, instant: datetime) -> CloseReason | None:
    """Say why an order cannot stand in which somebody was to repair years; None when it can."""
    chosen = on_tier(item.due, item.choice.tier) or item.due
    found = repairing(chosen, known, instant)
    if found is None:
        return "due_changed"
    stands = found.left_on(business_date(instant))[: len(item.repaired_years)] == item.repaired_years
    fen = found.terms.each_fen * len(item.repaired_years)
    return None if stands and fen == item.repair_fen else "due_changed"
