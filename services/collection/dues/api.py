"""What a person owes and why: by ID number and name, for oneself and the family."""

from datetime import datetime

from fastapi import APIRouter

from libs.common.events import DueSegment
from libs.common.policy import Notice
from libs.common.security.guesses import Address, Attempt
from libs.common.web.catalogue import TOO_MANY_GUESSES
from libs.common.web.openapi import problems
from services.collection.access import Context, Reader
from services.collection.dues.rules import Due, now_and_ahead, owed_fen, still_owed, why, why_closed
from services.collection.dues.schemas import (
    DueFound,
    DueSearch,
    PaidWith,
    PendingOrder,
    PersonDue,
    Price,
    Sentence,
    WaitingMoney,
)
from services.collection.dues.searching import Asked, Person, search
from services.collection.dues.store import Standing
from services.collection.fitting.rules import Reason
from services.collection.problems import PERSON_NOT_FOUND
from services.collection.suspense.rules import WHY
from services.collection.suspense.store import PersonsMoney

router = APIRouter(prefix="/v1/dues", tags=["dues"])


@router.post(
    "/search",
    summary="What does this person owe, and why?",
    responses=problems(PERSON_NOT_FOUND, TOO_MANY_GUESSES),
)
async def search_dues(asked: DueSearch, caller: Reader, context: Context, address: Address) -> DueFound:
    """Find a person by ID number and name. A wrong name and an unknown number get the same answer."""
    now = context.clock.now()
    wanted = Asked(asked.id_number, asked.name, asked.county, asked.coverage_year)
    attempt = Attempt(caller, address, context.settings.guess_limit)
    people = await search(context.engine, context.digests, wanted, attempt, now)
    due = people[0].due
    notice = context.notices.get((due.county, due.coverage_year))
    person, *family = [_shown(one, notice, now) for one in people]
    return DueFound(**dict(person), family=family)


def _shown(person: Person, notice: Notice | None, now: datetime) -> PersonDue:
    due, standing = person.due, person.standing
    current, ahead = now_and_ahead(due, now)
    payment = _payment(standing)
    owed = still_owed(due, now, paid=payment is not None, add_ons_fen=person.add_ons_fen)
    return PersonDue(
        person_id=due.person_id,
        masked_name=due.masked_name,
        county=due.county,
        coverage_year=due.coverage_year,
        division_code=due.division_code,
        state="paid" if payment is not None else due.state,
        payable_fen=owed_fen(owed),
        open_add_on_fen=owed.add_on_due_fen if owed is not None else 0,
        due=_price(current, notice) if current is not None else None,
        closed=_closed(due, notice, now) if current is None and payment is None else None,
        ahead=[_price(segment, notice) for segment in ahead],
        pending_order=_pending(standing, now),
        payment=payment,
        waiting=[_waiting(one) for one in person.waiting],
    )


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
