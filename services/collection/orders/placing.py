"""Places orders, many at once: keys and dues are looked up for all, and all are written in one commit.

When one of them stands in the way of the others (somebody is in a pending order, a key came twice), they are
placed one by one, so that each gets its own answer.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from libs.common.clock import SHANGHAI
from libs.common.db.held import HeldConnection, held_connection
from libs.common.web.catalogue import IDEMPOTENCY_KEY_REUSED
from libs.common.web.problems import FieldError, Problem
from libs.common.web.schemas import shanghai
from services.collection import hot_store
from services.collection.dues.rules import Due
from services.collection.group_commit import Write
from services.collection.households.members_store import by_household
from services.collection.households.rules import AddOnsBought, HouseholdYear, TermsOfNotices, Tiers
from services.collection.matching.rules import PersonYear, person_year
from services.collection.orders.composing import OrderRequest, OrderRules, compose
from services.collection.orders.pricing import Around
from services.collection.orders.rules import Claim, KnownAnswer, OrderRows, year_before
from services.collection.problems import ORDER_PENDING
from services.collection.repairs.rules import RepairsKnown, whose_repairs


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


Outcome = Placed | Exception
_Known = Mapping[tuple[str, str], KnownAnswer]


@asynccontextmanager
async def order_writer(
    engine: AsyncEngine, lasts: timedelta, terms: TermsOfNotices
) -> AsyncIterator[Write[OrderRequest, Placed]]:
    """Hold a connection and yield what places a batch with it."""
    placing = OrderRules(lasts, terms)
    async with held_connection(engine) as driver:

        async def write(requests: Sequence[OrderRequest]) -> list[Outcome]:
            return await _place_all(driver, requests, placing)

        yield write


async def _place_all(
    driver: HeldConnection, requests: Sequence[OrderRequest], rules: OrderRules
) -> list[Outcome]:
    known = await hot_store.known_answers(driver, [one.once for one in requests])
    asked = {due for one in requests for year in one.years for due in year.dues}
    dues = await hot_store.dues_of(driver, sorted(asked))
    known_around = await around(driver, list(dues.values()), rules.terms)
    outcomes: list[Outcome | None] = []
    fresh: list[_Fresh] = []
    for position, one in enumerate(requests):
        outcomes.append(_repeated(one, known))
        if outcomes[-1] is None:
            try:
                fresh.append(_Fresh(position, one, compose(one, dues, known_around, rules)))
            except Problem as problem:
                outcomes[-1] = problem
    for one_fresh, outcome in zip(fresh, await _write(driver, fresh, rules), strict=True):
        outcomes[one_fresh.position] = outcome
    return [outcome for outcome in outcomes if outcome is not None]


async def around(driver: HeldConnection, dues: Sequence[Due], terms_of: TermsOfNotices) -> Around:
    """What is known of these persons and their households, where their notice asks for it."""
    on_one_tier, together, with_add_ons, earlier = set(), set(), set(), set()
    for due in dues:
        terms = terms_of.of(due.county, due.coverage_year)
        earlier |= {year_before(due)} if terms.earlier_year_first else set()
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
    before = await hot_store.dues_of(driver, sorted(earlier)) if earlier else {}
    return Around(tiers, members, waiting, AddOnsBought(bought), repairs, before)


async def _write(driver: HeldConnection, fresh: Sequence[_Fresh], rules: OrderRules) -> list[Outcome]:
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
    people = [person for year in one.years for person in year.person_years]
    return _pending(one, await hot_store.claims(driver, people, one.now))


def _repeated(one: OrderRequest, known: _Known) -> Outcome | None:
    found = known.get((one.once.caller, one.once.key))
    if found is None:
        return None
    if found.fingerprint != one.once.fingerprint:
        return IDEMPOTENCY_KEY_REUSED.problem()
    return Placed(found.answer, again=True)


def _pending(one: OrderRequest, found: Sequence[Claim]) -> Problem:
    """Say who is in which order until when."""
    claims = {PersonYear(claim.coverage_year, claim.person_id): claim for claim in found}
    faults = []
    for year in one.years:
        for position, person in enumerate(year.person_years):
            if (claim := claims.get(person)) is not None:
                until = f"{claim.expires_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
                faults.append(
                    FieldError(
                        f"#{year.member}/person_ids/{position}",
                        f"In order {claim.order_no} until {until}.",
                        f"已在订单 {claim.order_no} 中，{until} 前有效。",
                    )
                )
    # Between the refusal and this look the other order may have ended: then simply asking again helps.
    until_at = max((claim.expires_at for claim in found), default=None)
    return ORDER_PENDING.problem(errors=faults, expires_at=shanghai(until_at) if until_at else None)
