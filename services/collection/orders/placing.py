"""Places orders, many at once: keys and dues are looked up for all, and all are written in one commit.

When one of them stands in the way of the others (somebody is in a pending order, a key came twice), they are
placed one by one, so that each gets its own answer.
"""

import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from libs.common.clock import SHANGHAI
from libs.common.db.held import HeldConnection, held_connection
from libs.common.security.caller import Caller
from libs.common.web.catalogue import IDEMPOTENCY_KEY_REUSED
from libs.common.web.idempotency import Once
from libs.common.web.problems import FieldError, Problem
from libs.common.web.schemas import shanghai
from services.collection import hot_store
from services.collection.dues.rules import Due
from services.collection.group_commit import Write
from services.collection.households.members_store import by_household
from services.collection.households.rules import AddOnsBought, HouseholdYear, TermsOfNotices, Tiers
from services.collection.matching.rules import person_year
from services.collection.orders.choosing import Wishes
from services.collection.orders.pricing import Around, check_household, check_waiting, priced
from services.collection.orders.rules import (
    Claim,
    KnownAnswer,
    NewItemRow,
    NewKeyRow,
    NewOrderRow,
    OrderedItem,
    OrderRows,
    WantedDue,
    expires_at,
    order_no,
)
from services.collection.orders.schemas import LeftOutShown, Order, OrderItem, UnitOrder
from services.collection.payers.rules import outside
from services.collection.problems import ORDER_PENDING, OUTSIDE_AREA
from services.collection.repairs.rules import RepairsKnown, whose_repairs


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """Who wants to order what for whom; `once` tells a repetition."""

    caller: Caller
    county: str
    coverage_year: int
    people: tuple[int, ...]
    channel: str
    now: datetime
    once: Once
    #: Also for those of whom money waits.
    despite_waiting: bool = False
    #: What the audit keeps of it.
    lookups: Sequence[Mapping[str, object]] = ()
    #: Of a unit that pays for its people: who it is, and whom of its list it cannot pay for.
    payer_digest: str | None = None
    left_out: Sequence[LeftOutShown] | None = None
    #: How long it stands, where not as all others.
    lasts: timedelta | None = None
    wishes: Wishes = field(default_factory=Wishes)
    #: Where the notice says that agents keep to their area.
    clause: str | None = None
    #: Why nothing of it may be ordered, unless it was ordered before.
    refusal: Problem | None = None

    def due_of(self, person_id: int) -> WantedDue:
        """Whose due it takes."""
        return WantedDue(person_id, self.coverage_year, self.county)


@dataclass(frozen=True, slots=True)
class Placed:
    """The answer to send; `again` when it was given before."""

    answer: str
    again: bool = False


@dataclass(frozen=True, slots=True)
class _Fresh:
    """A request that was not answered before, at its position in the batch, with its order."""

    position: int
    request: OrderRequest
    rows: OrderRows


@dataclass(frozen=True, slots=True)
class _Rules:
    """How long an order stands, and what notices ask of households."""

    lasts: timedelta
    terms: TermsOfNotices


Outcome = Placed | Exception
_Known = Mapping[tuple[str, str], KnownAnswer]


@asynccontextmanager
async def order_writer(
    engine: AsyncEngine, lasts: timedelta, terms: TermsOfNotices
) -> AsyncIterator[Write[OrderRequest, Placed]]:
    """Hold a connection and yield what places a batch with it."""
    placing = _Rules(lasts, terms)
    async with held_connection(engine) as driver:

        async def write(requests: Sequence[OrderRequest]) -> list[Outcome]:
            return await _place_all(driver, requests, placing)

        yield write


async def _place_all(
    driver: HeldConnection, requests: Sequence[OrderRequest], rules: _Rules
) -> list[Outcome]:
    known = await hot_store.known_answers(driver, [one.once for one in requests])
    asked = {one.due_of(person) for one in requests for person in one.people}
    dues = await hot_store.dues_of(driver, sorted(asked))
    known_around = await around(driver, list(dues.values()), rules.terms)
    outcomes: list[Outcome | None] = []
    fresh: list[_Fresh] = []
    for position, one in enumerate(requests):
        outcomes.append(_repeated(one, known))
        if outcomes[-1] is None:
            try:
                fresh.append(_Fresh(position, one, _order(one, dues, known_around, rules)))
            except Problem as problem:
                outcomes[-1] = problem
    for one_fresh, outcome in zip(fresh, await _write(driver, fresh, rules), strict=True):
        outcomes[one_fresh.position] = outcome
    return [outcome for outcome in outcomes if outcome is not None]


async def around(driver: HeldConnection, dues: Sequence[Due], terms_of: TermsOfNotices) -> Around:
    """What is known of these persons and their households, where their notice asks for it."""
    on_one_tier, together, with_add_ons = set(), set(), set()
    for due in dues:
        terms = terms_of.of(due.county, due.coverage_year)
        with_add_ons |= {person_year(due)} if terms.add_ons else set()
        if due.household_id is not None:
            household = HouseholdYear(due.household_id, due.coverage_year)
            on_one_tier |= {household} if terms.same_tier else set()
            together |= {household} if terms.indivisible else set()
    tiers = Tiers(await hot_store.paid_tiers(driver, sorted(on_one_tier)))
    waiting = await hot_store.waiting(driver, sorted({person_year(due) for due in dues}))
    members = by_household(await hot_store.members(driver, sorted(together)))
    bought = await hot_store.bought(driver, sorted(with_add_ons))
    repairs = RepairsKnown(await hot_store.repairs(driver, whose_repairs(dues)))
    return Around(tiers, members, waiting, AddOnsBought(bought), repairs)


def _check_area(one: OrderRequest, dues: Sequence[Due | None]) -> None:
    """Raise Problem 403 naming those who are enrolled outside of the token's division."""
    faults = [
        outside(position, one.clause)
        for position, due in enumerate(dues)
        if due is not None and not one.caller.sees(due.division_code)
    ]
    if faults:
        raise OUTSIDE_AREA.problem(errors=faults)


async def _write(driver: HeldConnection, fresh: Sequence[_Fresh], rules: _Rules) -> list[Outcome]:
    """Place all in one statement, or, if that is refused, each by itself."""
    if not fresh:
        return []
    try:
        await hot_store.place(driver, [one.rows for one in fresh], min(one.request.now for one in fresh))
    except hot_store.NotPlaced:
        if len(fresh) > 1:
            return [(await _place_all(driver, [one.request], rules))[0] for one in fresh]
        return [await _refusal(driver, fresh[0].request)]
    return [Placed(one.rows.key.answer) for one in fresh]


async def _refusal(driver: HeldConnection, one: OrderRequest) -> Outcome:
    """Say why a single order was refused: another instance used its key just now, or somebody is claimed."""
    repeated = _repeated(one, await hot_store.known_answers(driver, [one.once]))
    if repeated is not None:
        return repeated
    return _pending(one.people, await hot_store.claims(driver, one.people, one.coverage_year, one.now))


def _repeated(one: OrderRequest, known: _Known) -> Outcome | None:
    found = known.get((one.once.caller, one.once.key))
    if found is None:
        return None
    if found.fingerprint != one.once.fingerprint:
        return IDEMPOTENCY_KEY_REUSED.problem()
    return Placed(found.answer, again=True)


def _order(one: OrderRequest, dues: Mapping[WantedDue, Due], known: Around, rules: _Rules) -> OrderRows:
    """Compose the order with its answer; raise Problem naming those who stand in its way."""
    if one.refusal is not None:
        raise one.refusal
    wanted = [dues.get(one.due_of(person)) for person in one.people]
    _check_area(one, wanted)
    offered = rules.terms.of(one.county, one.coverage_year).add_ons
    items = priced(one.people, wanted, one.wishes, offered, known, one.now)
    if not one.despite_waiting:
        check_waiting(items, known)
    check_household(one.people, items, known, rules.terms.of(one.county, one.coverage_year), one.now)
    row = NewOrderRow(
        order_no=order_no(one.now.astimezone(SHANGHAI), secrets.randbelow(10**14)),
        county=one.county,
        coverage_year=one.coverage_year,
        channel=one.channel,
        amount_fen=sum(item.amount_fen for item in items),
        item_count=len(items),
        created_by=one.once.caller,
        created_at=one.now,
        expires_at=expires_at(items, one.now, one.lasts or rules.lasts),
        payer_digest=one.payer_digest,
    )
    rows = [_item(row.order_no, number, item) for number, item in enumerate(items, start=1)]
    key = NewKeyRow(
        caller=one.once.caller,
        key=one.once.key,
        fingerprint=one.once.fingerprint,
        status=201,
        answer=_answer(row, rows, one.left_out),
        created_at=one.now,
    )
    return OrderRows(row, rows, key, one.lookups)


def _item(number_of_order: str, number: int, item: OrderedItem) -> NewItemRow:
    return NewItemRow(
        order_no=number_of_order,
        item_no=number,
        county=item.due.county,
        division_code=item.due.division_code,
        coverage_year=item.due.coverage_year,
        person_id=item.due.person_id,
        enrollment_id=item.due.enrollment_id,
        assessment_id=item.due.assessment_id,
        masked_name=item.due.masked_name,
        window=item.segment.window or "",
        price_fen=item.segment.price_fen or 0,
        own_fen=item.segment.own_due_fen or 0,
        add_on_fen=item.segment.add_on_due_fen,
        tier=item.due.tier,
        chosen_add_on_fen=item.choice.add_on_fen,
        repaired_years=list(item.repaired_years),
        repair_fen=item.repair_fen,
    )


def _answer(row: NewOrderRow, items: Sequence[NewItemRow], left_out: Sequence[LeftOutShown] | None) -> str:
    """The order as it is answered now, and whenever the request is repeated."""
    order = Order(
        order_no=row.order_no,
        state="pending",
        county=row.county,
        coverage_year=row.coverage_year,
        channel=row.channel,
        amount_fen=row.amount_fen,
        created_at=row.created_at,
        expires_at=row.expires_at,
        items=[OrderItem.model_validate(item) for item in items],
    )
    if left_out is None:
        return order.model_dump_json()
    return UnitOrder(**dict(order), left_out=list(left_out)).model_dump_json()


def _pending(people: Sequence[int], claims: Mapping[int, Claim]) -> Problem:
    """Say who is in which order until when."""
    faults = []
    for position, person in enumerate(people):
        if (claim := claims.get(person)) is not None:
            until = f"{claim.expires_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
            faults.append(
                FieldError(
                    f"#/person_ids/{position}",
                    f"In order {claim.order_no} until {until}.",
                    f"已在订单 {claim.order_no} 中，{until} 前有效。",
                )
            )
    # Between the refusal and this look the other order may have ended: then simply asking again helps.
    until_at = max((claim.expires_at for claim in claims.values()), default=None)
    return ORDER_PENDING.problem(errors=faults, expires_at=shanghai(until_at) if until_at else None)
