"""Prices the persons of an order, and refuses by name those who stand in its way."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from libs.common.clock import business_date
from libs.common.money import yuan_text
from libs.common.web.problems import FieldError
from services.collection.dues.rules import Due, on_tier
from services.collection.fitting.rules import has_to_pay
from services.collection.households.rules import (
    AddOnsBought,
    AddOnTerms,
    HouseholdYear,
    Member,
    Terms,
    Tiers,
)
from services.collection.matching.rules import person_year
from services.collection.orders.choosing import Wish, Wishes
from services.collection.orders.problems import EARLIER_YEAR_FIRST
from services.collection.orders.repairing import with_repairs
from services.collection.orders.rules import OrderedItem, WantedDue, contribution, price, why_not, year_before
from services.collection.problems import HOUSEHOLD_INCOMPLETE, HOUSEHOLD_TIERS, MONEY_WAITS, NOT_PAYABLE
from services.collection.repairs.rules import RepairsKnown
from services.collection.suspense.rules import WHY
from services.collection.suspense.store import PersonsMoney

_NOTHING = ("Has nothing to pay now.", "当前无应缴费用。")
_ONE_BY_ONE = (
    "Only add-ons are left to buy: order one of them at a time.",
    "只剩附加险可办理，请每次只选一种。",
)
_EXEMPT = ("Is exempt: help covers the whole contribution.", "已由财政全额资助，无需缴费。")


@dataclass(frozen=True, slots=True)
class Around:
    """What is known of those who are ordered for: their households, their money that waits, their add-ons.

    `earlier` is what they owe for the year before, where their notice says that it is paid first.
    """

    tiers: Tiers
    members: Mapping[HouseholdYear, Sequence[Member]]
    waiting: Sequence[PersonsMoney]
    bought: AddOnsBought
    repairs: RepairsKnown = field(default_factory=RepairsKnown)
    earlier: Mapping[WantedDue, Due] = field(default_factory=dict)

    def owed_before(self, due: Due, now: datetime) -> OrderedItem | None:
        """What somebody has to pay for the year before first; None where nothing of it can be paid now."""
        before = self.earlier.get(year_before(due))
        return contribution(before, now) if before is not None else None


def priced(
    people: Sequence[int],
    dues: Sequence[Due | None],
    wishes: Wishes,
    offered: Sequence[AddOnTerms],
    around: Around,
    now: datetime,
) -> list[OrderedItem]:
    """Price everybody now; raise Problem 409 naming those who have nothing to pay, or cannot choose so."""
    items, faults = [], []
    for position, (person, due) in enumerate(zip(people, dues, strict=True)):
        wish = wishes.of(person)
        words = _NOTHING if due is None else _cannot_choose(due, wish, offered, around.bought)
        if due is not None and words is None:
            bought = around.bought.fen(person, due.coverage_year)
            item = price(due, now, bought, wish.choice)
            if wish.choice.repair_years:
                item, words = with_repairs(due, item, wish.choice, around.repairs.of(person_year(due)), now)
            if words is None and item is not None and not item.contributes and len(wish.add_ons) > 1:
                words = _ONE_BY_ONE
            elif words is None and item is not None:
                items.append(item)
                continue
            if words is None and (because := why_not(due, now)) is not None:
                words = because.en, because.zh
            words = words or (_EXEMPT if due.state == "exempt" else _NOTHING)
        faults.append(FieldError(f"#/person_ids/{position}", *(words or _NOTHING)))
    if faults:
        raise NOT_PAYABLE.problem(errors=faults)
    return items


def _cannot_choose(
    due: Due, wish: Wish, offered: Sequence[AddOnTerms], bought: AddOnsBought
) -> tuple[str, str] | None:
    """Why somebody cannot be paid for as chosen, in both languages."""
    if on_tier(due, wish.choice.tier) is None:
        if due.tier is not None:
            return (
                f"Is registered on tier {due.tier}; the village or township changes it before paying.",
                f"此人登记的是第 {due.tier} 档；如需更改，请先由村（社区）或乡镇变更登记。",
            )
        tiers = [str(one.tier) for one in due.choices]
        return (
            f"Can choose one of the tiers {', '.join(tiers)}." if tiers else "There are no tiers to choose.",
            f"可选档次：{'、'.join(tiers)}。" if tiers else "没有可选档次。",
        )
    if had := wish.add_ons & bought.of(due.person_id, due.coverage_year, offered):
        return (
            f"Has {', '.join(sorted(had))} already; leave it out.",
            f"已购买附加险 {'、'.join(sorted(had))}；请去掉。",
        )
    return None


def check_waiting(items: Sequence[OrderedItem], around: Around) -> None:
    """Raise Problem 409 naming those of whom money waits: with the order a contribution would come twice."""
    faults = []
    places = {
        (one.due.person_id, one.due.coverage_year): place
        for place, one in enumerate(items)
        if one.contributes
    }
    for money in around.waiting:
        if (place := places.get((money.person_id, money.coverage_year))) is not None:
            en, zh = WHY[money.reason]
            since, yuan = business_date(money.received_at), yuan_text(money.amount_fen)
            faults.append(
                FieldError(
                    f"#/person_ids/{place}",
                    f"{yuan} yuan have waited since {since}. {en}",
                    f"{since} 起有 {yuan} 元待处理：{zh}",
                )
            )
    if faults:
        raise MONEY_WAITS.problem(errors=faults)


def check_earlier_year(
    items: Sequence[OrderedItem], with_it: Collection[int], around: Around, terms: Terms, now: datetime
) -> None:
    """Raise Problem 409 naming those who owe the year before, where it is paid first (Dongan 2020, 五).

    `with_it` are those of whom the order pays that year as well.
    """
    faults = []
    for position, item in enumerate(items):
        owed = around.owed_before(item.due, now) if item.contributes else None
        if owed is None or item.due.person_id in with_it:
            continue
        yuan, year = yuan_text(owed.amount_fen), owed.due.coverage_year
        faults.append(
            FieldError(
                f"#/person_ids/{position}",
                f"Owes {yuan} yuan for {year}, which is paid first ({terms.earlier_year_first}).",
                f"按通知{terms.earlier_year_first}，须先缴 {year} 年度 {yuan} 元。",
            )
        )
    if faults:
        raise EARLIER_YEAR_FIRST.problem(errors=faults)


def check_household(
    people: Sequence[int], items: Sequence[OrderedItem], around: Around, terms: Terms, now: datetime
) -> None:
    """Raise Problem 409 naming who is missing, or on another tier, where the notice asks for it.

    Add-ons are everybody's own affair.
    """
    items = [item for item in items if item.contributes]
    if terms.indivisible:
        _check_all(people, items, around, now)
    if terms.same_tier:
        _check_tiers(items, around)


def _check_all(people: Sequence[int], items: Sequence[OrderedItem], around: Around, now: datetime) -> None:
    missing: dict[int, FieldError] = {}
    for item in items:
        assert item.due.household_id is not None, "everybody who is assessed belongs to a household"
        household = HouseholdYear(item.due.household_id, item.due.coverage_year)
        for one in around.members.get(household, ()):
            person = one.due.person_id
            if person not in people and not one.waits and has_to_pay(one.due, now):
                named = one.due.masked_name or ""
                missing[person] = FieldError(
                    "#/person_ids",
                    f"Person {person} ({named}) of the household is missing.",
                    f"缺少该户成员 {named}（编号 {person}）。",
                )
    if missing:
        raise HOUSEHOLD_INCOMPLETE.problem(errors=[missing[person] for person in sorted(missing)])


def _check_tiers(items: Sequence[OrderedItem], around: Around) -> None:
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
