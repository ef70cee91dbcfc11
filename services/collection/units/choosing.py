"""Chooses for whom of its list a unit pays now: everybody who owes something, and nobody twice."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from libs.common.web.problems import Problem
from services.collection.dues.rules import Due, segment_at
from services.collection.dues.words import Words
from services.collection.households.rules import Terms
from services.collection.orders.pricing import Around, check_household
from services.collection.orders.rules import OrderedItem, price, why_not
from services.collection.units.rules import LeftOut, OnList, Reason


@dataclass(frozen=True, slots=True)
class Chosen:
    """For whom the unit pays, in the order of its list, and who is left out."""

    people: tuple[int, ...]
    left_out: tuple[LeftOut, ...]


def choose(
    members: Sequence[OnList],
    dues: Mapping[int, Due],
    claimed: Collection[int],
    around: Around,
    terms: Terms,
    now: datetime,
) -> Chosen:
    """Choose among people of the list; `claimed` are in other orders."""
    waits = {money.person_id for money in around.waiting}
    items: dict[int, OrderedItem] = {}
    reasons: dict[int, Reason] = {}
    because: dict[int, Words] = {}
    for member in members:
        due = dues.get(member.person_id)
        item = None if due is None else price(due, now, _bought(due, around))
        if due is None:
            reasons[member.person_id] = "not_assessed"
        elif item is None and (words := why_not(due, now)) is not None:
            reasons[member.person_id], because[member.person_id] = "not_payable", words
        elif item is None:
            reasons[member.person_id] = _why_nothing(due, now)
        elif item.contributes and member.person_id in waits:
            reasons[member.person_id] = "money_waits"
        elif member.person_id in claimed:
            reasons[member.person_id] = "in_order"
        elif due is not None and item.contributes and around.owed_before(due, now) is not None:
            reasons[member.person_id] = "earlier_year"
        else:
            items[member.person_id] = item
    for person in _not_alone(items, around, terms, now):
        reasons[person] = "household"
        del items[person]
    left_out = [
        LeftOut(one.person_id, one.line_no, reasons[one.person_id], because.get(one.person_id))
        for one in members
        if one.person_id in reasons
    ]
    return Chosen(tuple(items), tuple(left_out))


def _bought(due: Due, around: Around) -> int:
    return around.bought.fen(due.person_id, due.coverage_year)


def _why_nothing(due: Due, now: datetime) -> Reason:
    if due.state == "paid":
        return "paid"
    segment = segment_at(due.schedule, now)
    helped = due.state == "open" and segment is not None and segment.outcome == "exempt"
    return "exempt" if helped or due.state == "exempt" else "nothing_due"


def _not_alone(items: Mapping[int, OrderedItem], around: Around, terms: Terms, now: datetime) -> list[int]:
    """Those who cannot be paid for without the others of their households, or on another tier."""
    if not (terms.indivisible or terms.same_tier):
        return []
    households: dict[int | None, list[OrderedItem]] = {}
    for item in items.values():
        households.setdefault(item.due.household_id, []).append(item)
    left_out = []
    for some in households.values():
        people = [item.due.person_id for item in some]
        try:
            check_household(people, some, around, terms, now)
        except Problem:
            left_out += people
    return left_out
