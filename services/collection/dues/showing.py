"""Shows what a person owes, what may be chosen, and how the year stands, in words for who pays."""

from collections.abc import Sequence
from datetime import date, datetime

from libs.common.events import DueSegment
from libs.common.money import yuan_text
from libs.common.policy import Notice
from services.collection.dues.repairing import repair_of
from services.collection.dues.rules import Due, now_and_ahead, on_tier, owed_fen, still_owed
from services.collection.dues.schemas import (
    AddOnPrice,
    CoverDays,
    EarlierYearFirst,
    PaidWith,
    PendingOrder,
    PersonDue,
    Price,
    Sentence,
    TierPrice,
    WaitingMoney,
)
from services.collection.dues.searching import Person
from services.collection.dues.store import Standing
from services.collection.dues.telling import Year, standing_of
from services.collection.dues.words import why, why_closed
from services.collection.fitting.rules import Reason
from services.collection.households.rules import add_on_terms
from services.collection.orders.rules import contribution
from services.collection.payers.rules import relation_of
from services.collection.suspense.rules import WHY
from services.collection.suspense.store import PersonsMoney


def shown(person: Person, searched: Due, notice: Notice | None, now: datetime) -> PersonDue:
    """One person of those whom a search found; `searched` is who was looked for."""
    due, payment = person.due, _payment(person.standing)
    current, ahead = now_and_ahead(due, now)
    owed = still_owed(due, now, paid=payment is not None, add_ons_fen=person.add_ons_fen)
    year = _year(person, payment, owed_fen(owed), (current, *ahead))
    return PersonDue(
        person_id=due.person_id,
        masked_name=due.masked_name,
        relation=relation_of(searched, due),
        birth_year=due.birth_year,
        number_ends=due.number_ends,
        county=due.county,
        coverage_year=due.coverage_year,
        division_code=due.division_code,
        state=year.state,
        payable_fen=year.payable_fen,
        open_add_on_fen=owed.add_on_due_fen if owed is not None else 0,
        due=_price(current, notice) if current is not None else None,
        closed=_closed(due, notice, now) if current is None and payment is None else None,
        ahead=[_price(segment, notice) for segment in ahead],
        pending_order=_pending(person.standing, now),
        payment=payment,
        waiting=[_waiting(one) for one in person.waiting],
        tiers=_tiers(due, notice, now) if year.state == "open" else [],
        add_ons=_add_ons(person, notice),
        earlier_year=_earlier(person.earlier, now),
        repair=repair_of(due, person.repairs, now),
        cover=_cover(person.cover),
        standing=Sentence.model_validate(standing_of(year)),
    )


def _year(
    person: Person, payment: PaidWith | None, payable_fen: int, prices: Sequence[DueSegment | None]
) -> Year:
    """How the year stands; `prices` are the one of this moment, if there is one, and those ahead."""
    current = prices[0]
    return Year(
        state="paid" if payment is not None else person.due.state,
        coverage_year=person.due.coverage_year,
        payable_fen=payable_fen,
        until_at=current.until_at if current is not None else None,
        paid_at=payment.paid_at if payment is not None else None,
        cover=person.cover,
        waits=bool(person.waiting),
        over=not any(segment.outcome == "payable" for segment in prices if segment is not None),
    )


def _cover(days: tuple[date | None, date | None] | None) -> CoverDays | None:
    return None if days is None else CoverDays(from_on=days[0], to_on=days[1])


def _earlier(earlier: tuple[Due, str] | None, now: datetime) -> EarlierYearFirst | None:
    owed = contribution(earlier[0], now) if earlier is not None else None
    if earlier is None or owed is None:
        return None
    year, clause, yuan = owed.due.coverage_year, earlier[1], yuan_text(owed.amount_fen)
    words = Sentence(
        zh=f"按通知{clause}，须先缴（或一并缴）{year} 年度 {yuan} 元。",
        en=f"{yuan} yuan for {year} are paid first, or together with this year ({clause}).",
    )
    return EarlierYearFirst(coverage_year=year, payable_fen=owed.amount_fen, clause=clause, words=words)


def _tiers(due: Due, notice: Notice | None, now: datetime) -> list[TierPrice]:
    """What each tier costs now, while none is chosen."""
    prices = []
    for one in due.choices:
        chosen = on_tier(due, one.tier)
        current = now_and_ahead(chosen, now)[0] if chosen is not None else None
        due_now = _price(current, notice) if current is not None else None
        prices.append(TierPrice(tier=one.tier, payable_fen=owed_fen(current), due=due_now))
    return prices


def _add_ons(person: Person, notice: Notice | None) -> list[AddOnPrice]:
    every = notice.document.add_ons if notice is not None else ()
    offered = [one for one in every if not one.inside_price]
    had = person.bought.of(person.due.person_id, person.due.coverage_year, add_on_terms(every))
    return [
        AddOnPrice(
            code=one.code,
            label=one.label.en,
            label_zh=one.label.zh,
            price_fen=int(one.price),
            bought=one.code in had,
            sold_through=list(one.channels),
        )
        for one in offered
    ]


def _waiting(money: PersonsMoney) -> WaitingMoney:
    en, zh = WHY[money.reason]
    return WaitingMoney(
        payment_id=money.payment_id,
        line_no=money.line_no,
        amount_fen=money.amount_fen,
        reason=Reason(money.reason),
        why=Sentence(zh=zh, en=en),
        paid_at=money.paid_at,
        received_at=money.received_at,
    )


def _closed(due: Due, notice: Notice | None, now: datetime) -> Sentence | None:
    if due.state != "open" or notice is None:
        return None
    return Sentence.model_validate(why_closed(due, notice, now))


def _payment(standing: Standing | None) -> PaidWith | None:
    if standing is None or standing.payment_id is None:
        return None
    return PaidWith.model_validate(standing)


def _pending(standing: Standing | None, now: datetime) -> PendingOrder | None:
    if standing is None or standing.order_no is None or standing.expires_at is None:
        return None
    if standing.expires_at <= now:
        return None
    return PendingOrder(order_no=standing.order_no, expires_at=standing.expires_at)


def _price(segment: DueSegment, notice: Notice | None) -> Price:
    return Price(
        from_at=segment.from_at,
        until_at=segment.until_at,
        outcome=segment.outcome,
        reason_codes=segment.reason_codes,
        window=segment.window,
        price_fen=segment.price_fen,
        own_due_fen=segment.own_due_fen,
        add_on_due_fen=segment.add_on_due_fen,
        payable_fen=owed_fen(segment),
        subsidies=segment.subsidies,
        why=Sentence.model_validate(why(segment, notice)),
    )
