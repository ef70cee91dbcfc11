"""Joins two records that are one person: help of both is decided anew, and a payer helps once."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus.handling import Received
from libs.common.bus.outbox import Cause
from libs.common.events.registration import PersonMerged
from services.subsidy.cards import store as cards_store
from services.subsidy.cards.holding import check_holders
from services.subsidy.entitlements import rules
from services.subsidy.entitlements import store as entitlements
from services.subsidy.entitlements.facts import YearKey
from services.subsidy.grants import store as grants
from services.subsidy.grants.recording import Changes, record
from services.subsidy.merges import store
from services.subsidy.merges.store import Ended, Merge
from services.subsidy.payouts import cards_store as cards_of_payouts
from services.subsidy.payouts import store as payouts

#: Members of facts that name a person.
_NAMES_SOMEBODY = ("person_id", "guardian_id", "merged_person_id")


def in_turn(batch: Sequence[Received]) -> Iterator[list[Received]]:
    """The batch in parts, in its order: every merge by itself."""
    part: list[Received] = []
    for received in batch:
        if isinstance(received.fact, PersonMerged):
            if part:
                yield part
            yield [received]
            part = []
        else:
            part.append(received)
    if part:
        yield part


async def merge_people(conn: AsyncConnection, fact: PersonMerged, received: Received) -> None:
    """Let everything of the merged record follow, and decide the help of all years again.

    The caller has its turn alone.
    """
    known = await store.survivors(conn, {fact.merged_person_id, fact.person_id})
    if fact.merged_person_id in known:
        return  # it was told before
    # Who goes on may be somebody else by now: that may be told first.
    person_id = known.get(fact.person_id, fact.person_id)
    await cards_store.lock_persons(conn, {person_id, fact.merged_person_id})
    ended = [
        Ended(one.coverage_year, one.merged_enrollment_id, one.enrollment_id) for one in fact.enrollments
    ]
    merge = Merge(fact.merged_person_id, person_id, fact.merged_at)
    keys = [YearKey(person_id, year) for year in await store.join(conn, merge, ended)]
    years = await entitlements.load_years(conn, keys)
    await grants.load_grants(conn, years)
    at, changes = received.message.time, Changes()
    cause = Cause(received.message.correlation_id, received.message.id)
    for key, year in years.items():
        changes.add(key, rules.decide(year, at), cause)
    await record(conn, changes, at)
    await payouts.hold_contested(conn, {person_id})
    await cards_of_payouts.find_cards(conn, person_ids={person_id})
    await check_holders(conn, {person_id}, at)


async def as_survivors(conn: AsyncConnection, batch: Sequence[Received]) -> list[Received]:
    """Read facts that name a merged record, however late they come, as facts about who goes on."""
    named = {
        person_id
        for received in batch
        for member in _NAMES_SOMEBODY
        if (person_id := getattr(received.fact, member, None)) is not None
    }
    known = await store.survivors(conn, named)
    return [_as_survivor(received, known) for received in batch] if known else list(batch)


def _as_survivor(received: Received, known: dict[int, int]) -> Received:
    news = {
        member: known[person_id]
        for member in _NAMES_SOMEBODY
        if (person_id := getattr(received.fact, member, None)) in known
    }
    return replace(received, fact=received.fact.model_copy(update=news)) if news else received
