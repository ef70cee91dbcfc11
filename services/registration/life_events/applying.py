"""Takes reports of life events: appends what is new, changes facts, has open enrollments assessed again."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.web.catalogue import OUTSIDE_DIVISION
from libs.common.web.problems import Problem
from services.registration.assessments import store as assessments
from services.registration.life_events import store
from services.registration.life_events.problems import PERSON_UNKNOWN
from services.registration.life_events.rules import Reported, facts_after
from services.registration.life_events.store import Concerned, Event
from services.registration.people.rules import Facts
from services.registration.people.store import Corrected, correct, open_enrollments, take_turn


async def apply_reports(
    conn: AsyncConnection,
    reports: Sequence[Reported],
    counties: Sequence[str],
    sees: Callable[[str], bool],
    now: datetime,
) -> tuple[int, list[tuple[int, Problem]]]:
    """Write `reports`; give how many events were new, and the rows that were not taken with the reason."""
    for county in sorted(counties):
        await take_turn(conn, county)
    found = await store.by_numbers(conn, sorted({report.number for report in reports}))
    rejected: list[tuple[int, Problem]] = []
    events: list[tuple[Concerned, Reported]] = []
    for report in reports:
        people = found.get(report.number, ())
        seen = [person for person in people if sees(person.division_code)]
        if not seen:
            reason = OUTSIDE_DIVISION if people else PERSON_UNKNOWN
            rejected.append((report.line, reason.problem()))
        events += [(person, report) for person in seen]
    if not events:
        return 0, rejected
    fresh = await store.append_events(conn, [_event(person, report) for person, report in events], now)
    facts: dict[int, Facts] = {}
    for person, report in sorted(events, key=lambda event: event[1].on):
        if _event(person, report) in fresh:
            facts[person.id] = facts_after(report.kind, report.on, facts.get(person.id, person.facts))
    if facts:
        await correct(
            conn, [Corrected(person_id, facts=changed) for person_id, changed in facts.items()], now
        )
        await assessments.enqueue(conn, await open_enrollments(conn, sorted(facts)), "life_event", now)
    return len(fresh), rejected


def _event(person: Concerned, report: Reported) -> Event:
    return Event(person.county, person.id, report.kind, report.on)
