"""Makes the order of a unit for those of its list who owe something; whoever changes meanwhile is left out.

The order claims its people as every order does. When somebody pays, is ordered for or becomes exempt between
the look and the claim, the unit's people are looked at again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from libs.common.db.held import HeldConnection, held_connection
from libs.common.security.audit import lookup_rows
from libs.common.security.caller import Caller
from libs.common.web.idempotency import Once
from libs.common.web.problems import Problem
from services.collection import hot_store
from services.collection.assembly import CollectionContext
from services.collection.dues.rules import Due
from services.collection.households.rules import TermsOfNotices
from services.collection.matching.rules import PersonYear
from services.collection.orders.composing import OrderedYear, OrderRequest
from services.collection.orders.placing import Placed, around
from services.collection.orders.rules import WantedDue
from services.collection.orders.schemas import LeftOutShown, Why
from services.collection.units import store
from services.collection.units.choosing import Chosen, choose
from services.collection.units.problems import NOTHING_TO_PAY
from services.collection.units.rules import LeftOut, OnList, Unit

#: Looks before somebody is told to try again: each loses only to others who order or pay meanwhile.
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a clerk asks for: everybody of the list, or `people` of it, through a channel."""

    unit: Unit
    caller: Caller
    channel: str
    people: Sequence[int] | None
    once: Once


async def place(context: CollectionContext, wanted: Wanted) -> Placed:
    """Place the order; the answer says who was left out. Raises Problem 409 where nobody owes anything."""
    terms = context.parts.settling.terms
    for left in range(_TRIES, 0, -1):
        async with context.engine.connect() as conn:
            listed = await store.on_list(conn, wanted.unit.unit_id)
        members, strangers = _picked(listed, wanted.people)
        async with held_connection(context.engine) as driver:
            known = await hot_store.known_answers(driver, [wanted.once])
            chosen = await _choose(driver, context, wanted.unit, members, terms)
        left_out = (*strangers, *chosen.left_out)
        if not chosen.people and not known:
            raise NOTHING_TO_PAY.problem(left_out=[_shown(one).model_dump() for one in left_out])
        try:
            return await context.parts.placing.store(_request(context, wanted, chosen, left_out))
        except Problem:
            if left == 1:
                raise
    raise AssertionError("the last try answers or raises")


def _picked(
    listed: Sequence[OnList], people: Sequence[int] | None
) -> tuple[Sequence[OnList], Sequence[LeftOut]]:
    """Those of the list who are meant, and those who are not on it."""
    if people is None:
        return listed, ()
    wanted, known = set(people), {one.person_id for one in listed}
    strangers = [LeftOut(one, 0, "left_list") for one in sorted(wanted - known)]
    return [one for one in listed if one.person_id in wanted], strangers


async def _choose(
    driver: HeldConnection,
    context: CollectionContext,
    unit: Unit,
    members: Sequence[OnList],
    terms: TermsOfNotices,
) -> Chosen:
    asked = [WantedDue(one.person_id, unit.coverage_year, unit.county) for one in members]
    dues = await hot_store.dues_of(driver, sorted(asked))
    of_person: dict[int, Due] = {key.person_id: due for key, due in dues.items()}
    now = context.clock.now()
    people = [PersonYear(unit.coverage_year, one.person_id) for one in members]
    claimed = {one.person_id for one in await hot_store.claims(driver, people, now)}
    known = await around(driver, list(of_person.values()), terms)
    return choose(members, of_person, claimed, known, terms.of(unit.county, unit.coverage_year), now)


def _request(
    context: CollectionContext, wanted: Wanted, chosen: Chosen, left_out: Sequence[LeftOut]
) -> OrderRequest:
    unit, now = wanted.unit, context.clock.now()
    lookups = lookup_rows(
        wanted.caller,
        operation="create_unit_order",
        at=now,
        person_ids=chosen.people,
        purpose=f"unit {unit.code}",
    )
    return OrderRequest(
        # Whom the unit listed it may pay for, wherever in the county they live.
        caller=replace(wanted.caller, division=""),
        this_year=OrderedYear(unit.county, unit.coverage_year, chosen.people),
        channel=wanted.channel,
        now=now,
        once=wanted.once,
        lookups=lookups,
        payer_digest=context.digests.unit(unit.county, unit.code),
        left_out=[_shown(one) for one in left_out],
        lasts=timedelta(hours=context.settings.unit_order_hours),
    )


def _shown(one: LeftOut) -> LeftOutShown:
    en, zh = one.words
    return LeftOutShown(person_id=one.person_id, line=one.line_no, reason=one.reason, why=Why(zh=zh, en=en))
