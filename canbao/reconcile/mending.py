"""Has services agree again: by the events that were published, then by the word of registration.

What services know of people is never written here. What was not handled is published again. What was handled
and did not take effect is handed over once more to those whose state follows from facts alone; subsidy
decides about money and is told nothing twice. Who is still differently known and owes something is queued for
a new assessment: of two words about an enrollment the higher revision counts everywhere.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from canbao.context import Platform
from canbao.definitions import SERVICES, definition
from canbao.reconcile.looking import Disagreement, look
from canbao.verify.events import flows
from canbao.verify.states import Year
from libs.common.bus import operations
from libs.common.db.rows import Records, fetch_values, statement
from libs.common.service import AnyContext
from services.registration.assessments.store import enqueue
from services.registration.tables import enrollments

#: Services whose state of a person follows from facts alone, whatever their order and number.
_FOLLOWERS = ("registration", "collection", "ledger")
#: Events are handed over again, then people assessed anew; what differs after that a person has to see.
_ROUNDS = 2
#: Services are quiet when nothing was under way at so many looks in a row.
_QUIET_LOOKS = 3
_PAUSE_SECONDS = 0.25

_YEARS = Records(enrollments, "county", "coverage_year", "person_id", alias="years")
_MERGED = statement("SELECT id FROM persons WHERE merged_into = ANY(CAST(:people AS bigint[])) ORDER BY id")
_OWING = statement(f"""
    SELECT id FROM enrollments JOIN {_YEARS} USING (county, coverage_year, person_id)
    WHERE state = 'assessed' ORDER BY id
""")


class StillUnderWay(Exception):
    """Services did not come to rest: they are not running, or in the middle of much work."""


@dataclass(frozen=True)
class Reconciled:
    """What was found at first, and what is left of it."""

    before: Disagreement
    left: Disagreement


async def reconcile(
    platform: Platform, patience_seconds: float, tell: Callable[[str], None] = lambda sentence: None
) -> Reconciled:
    """Find and mend disagreements of running services. Raises StillUnderWay."""
    contexts = {name: platform.context(name) for name in SERVICES}
    for name, context in contexts.items():
        definition(name).workers(context)  # not run: they register what they have pending
        async with context.engine.begin() as conn:
            if parked := await operations.ask_retry(conn):
                tell(f"{name} tries {len(parked)} parked messages again")
    await _until_quiet(contexts, patience_seconds)
    before = left = await look(platform)
    for number in range(_ROUNDS):
        if not left:
            break
        await _publish_unheard(platform, contexts, left, tell)
        if number == 0:
            await _hand_over_again(platform, contexts, left.years, tell)
        else:
            await _assess_anew(contexts["registration"], left.years, tell)
        await _until_quiet(contexts, patience_seconds)
        left = await look(platform)
    return Reconciled(before, left)


async def _publish_unheard(
    platform: Platform, contexts: dict[str, AnyContext], found: Disagreement, tell: Callable[[str], None]
) -> None:
    for publisher, ids in found.unheard.items():
        tell(f"{len(ids)} events of {publisher} were not handled by all: published again")
        await operations.publish_again(contexts[publisher].engine, platform.bus, publisher, ids)


async def _hand_over_again(
    platform: Platform, contexts: dict[str, AnyContext], years: Sequence[Year], tell: Callable[[str], None]
) -> None:
    """Have the facts about people handled once more, in the order in which each service published them."""
    if not years:
        return
    people = sorted({person_id for _, _, person_id in (year.key for year in years)})
    async with contexts["registration"].engine.connect() as conn:
        merged = await fetch_values(conn, int, _MERGED, people=people)
    keys = [str(person_id) for person_id in (*people, *merged)]
    again: dict[str, set[int]] = {}
    for flow in flows():
        if flow.consumer not in _FOLLOWERS:
            continue
        async with contexts[flow.publisher].engine.connect() as conn:
            ids = await operations.events_of(conn, keys, flow.types)
        async with contexts[flow.consumer].engine.begin() as conn:
            forgotten = await operations.forget(conn, flow.publisher, ids)
        again.setdefault(flow.publisher, set()).update(forgotten)
    for publisher, found in again.items():
        await operations.publish_again(contexts[publisher].engine, platform.bus, publisher, sorted(found))
    events = sum(map(len, again.values()))
    tell(f"{len(years)} people are known differently: {events} events about them are handed over again")


async def _assess_anew(registration: AnyContext, years: Sequence[Year], tell: Callable[[str], None]) -> None:
    asked = [
        {"county": county, "coverage_year": coverage_year, "person_id": person_id}
        for county, coverage_year, person_id in (year.key for year in years)
    ]
    async with registration.engine.begin() as conn:
        ids = await fetch_values(conn, int, _OWING, years=asked)
        await enqueue(conn, ids, "data_corrected", registration.clock.now())
    if ids:
        tell(f"{len(ids)} people are assessed anew")


async def _until_quiet(contexts: dict[str, AnyContext], patience_seconds: float) -> None:
    deadline = time.monotonic() + patience_seconds
    quiet = 0
    while quiet < _QUIET_LOOKS:
        under_way = {
            f"{name} {what}": number
            for name, context in contexts.items()
            for what, number in (await context.backlog.snapshot())["pending"].items()
            if number
        }
        quiet = 0 if under_way else quiet + 1
        if under_way and time.monotonic() > deadline:
            told = ", ".join(f"{what} {number}" for what, number in under_way.items())
            raise StillUnderWay(f"services are not at rest ({told}): are all of them running?")
        await asyncio.sleep(_PAUSE_SECONDS)
