"""Prices the persons of an order, and refuses by name those who stand in its way."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from libs.common.web.problems import FieldError
from services.collection.dues.rules import Due
from services.collection.households.rules import Terms, Tiers
from services.collection.orders.rules import OrderedItem, price
from services.collection.problems import HOUSEHOLD_TIERS, NOT_PAYABLE

_NOTHING = ("Has nothing to pay now.", "当前无应缴费用。")
_EXEMPT = ("Is exempt: help covers the whole contribution.", "已由财政全额资助，无需缴费。")


@dataclass(frozen=True, slots=True)
class Around:
    """What is known of the households of those who are ordered for."""

    tiers: Tiers


def priced(people: Sequence[int], dues: Sequence[Due | None], now: datetime) -> list[OrderedItem]:
    """Price everybody now; raise Problem 409 naming those who have nothing to pay."""
    items, faults = [], []
    for position, (_, due) in enumerate(zip(people, dues, strict=True)):
        item = price(due, now) if due is not None else None
        if item is None:
            exempt = due is not None and due.state == "exempt"
            faults.append(FieldError(f"#/person_ids/{position}", *(_EXEMPT if exempt else _NOTHING)))
        else:
            items.append(item)
    if faults:
        raise NOT_PAYABLE.problem(errors=faults)
    return items


def check_household(
    people: Sequence[int], items: Sequence[OrderedItem], around: Around, terms: Terms
) -> None:
    """Raise Problem 409 naming members on another tier than the household, where the notice asks for one."""
    if not terms.same_tier:
        return
    tiers: dict[int, int] = {}
    faults = []
    for position, item in enumerate(items):
        due = item.due
        if due.household_id is None or due.tier is None:
            continue
        paid = around.tiers.of(due.household_id, due.coverage_year)
        tier = tiers.setdefault(due.household_id, paid.tier if paid is not None else due.tier)
        if due.tier != tier:
            faults.append(
                FieldError(
                    f"#/person_ids/{position}",
                    f"Is on tier {due.tier}, the household on tier {tier}.",
                    f"此人选择的是第 {due.tier} 档，该户为第 {tier} 档。",
                )
            )
    if faults:
        raise HOUSEHOLD_TIERS.problem(errors=faults)
