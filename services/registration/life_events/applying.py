"""Takes reports of life events: appends what is new, changes facts, has open enrollments assessed again."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.security.audit import record_lookup
from libs.common.security.caller import Caller
from libs.common.web.problems import Problem
from services.registration.assessments import store as assessments
from services.registration.enrollments.cancelling import cancel_of_dead
from services.registration.life_events import store
from services.registration.life_events.doubting import keep_questions
from services.registration.life_events.problems import PERSON_UNKNOWN
from services.registration.life_events.rules import DIED, Reported, facts_after, facts_replaced
from services.registration.life_events.store import Concerned, Event, NewEvent
from services.registration.people.problems import LIVES_ELSEWHERE
from services.registration.people.rules import Facts
from services.registration.people.store import (
    Corrected,
    active_enrollments,
    correct,
    open_enrollments,
    take_turn,
)


async def apply_reports(
    conn: AsyncConnection,
    reports: Sequence[Reported],
    counties: Sequence[str],
    caller: Caller,
    now: datetime,
) -> tuple[int, list[tuple[int, Problem]]]:
    """Write `reports`; give how many events were new, and the rows that were not taken with the reason.

    Whom a row was refused for, because they live elsewhere, is recorded.
    """
    for county in sorted(counties):
        await take_turn(conn, county)
    found = await store.by_numbers(conn, sorted({report.number for report in reports}))
    rejected: list[tuple[int, Problem]] = []
    events: list[tuple[Concerned, Reported]] = []
    elsewhere: set[int] = set()
    for report in reports:
        people = found.get(report.number, ())
        seen = [person for person in people if caller.sees(person.division_code)]
        if not seen:
            reason = LIVES_ELSEWHERE if people else PERSON_UNKNOWN
            rejected.append((report.line, reason.problem()))
            elsewhere.update(person.id for person in people)
        events += [(person, report) for person in seen]
    if elsewhere:
        refused = "report_life_events_refused"
        await record_lookup(conn, caller, operation=refused, at=now, person_ids=sorted(elsewhere))
    if not events:
        return 0, rejected
    return await _append(conn, events, now), rejected


async def _append(conn: AsyncConnection, events: list[tuple[Concerned, Reported]], now: datetime) -> int:
    """Append what is new, change facts, and have enrollments looked at again; give how many were new.

    What is on record already changes nothing: facts may have been corrected since.
    """
    people = {person.id: person for person, _ in events}
    on_record = await store.standing(conn, sorted(people))
    facts: dict[int, Facts] = {}
    new: list[NewEvent] = []
    for person, report in sorted(events, key=lambda event: event[1].on):
        event = Event(person.county, person.id, report.kind, report.on)
        if event in on_record:
            continue
        on_record.add(event)
        known = facts.get(person.id, person.facts)
        replaced = facts_replaced(report.kind, report.on, known)
        new.append(NewEvent(person.county, person.id, report.kind, report.on, replaced))
        facts[person.id] = facts_after(report.kind, report.on, known)
    await store.append_events(conn, new, now)
    changed = [Corrected(one, facts=after) for one, after in facts.items() if after != people[one].facts]
    await correct(conn, changed, now)
    dead = sorted({event.person_id for event in new if event.kind == DIED})
    await cancel_of_dead(conn, await open_enrollments(conn, dead), now)
    await keep_questions(conn, dead, now)
    await assessments.enqueue(conn, await active_enrollments(conn, sorted(facts)), "life_event", now)
    return len(new)
