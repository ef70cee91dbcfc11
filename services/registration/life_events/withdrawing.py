"""Takes back a life event that did not happen: facts, and what it ended, are as they were."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.registration.assessments import store as assessments
from services.registration.enrollments import store as enrollments
from services.registration.life_events import store
from services.registration.life_events.doubting import keep_questions
from services.registration.life_events.rules import DIED, facts_without
from services.registration.life_events.store import KnownEvent
from services.registration.people.store import Corrected, active_enrollments, correct, take_turn


async def withdraw(conn: AsyncConnection, known: KnownEvent, by: str, now: datetime) -> None:
    """Take back an event, in the county's turn, by the facts on record then; one taken back stays so."""
    await take_turn(conn, known.county)
    event = await store.one(conn, known.id)
    if event is None or event.withdrawn_at is not None:
        return
    if event.facts_before:
        facts = facts_without(event.facts, event.id, await store.told(conn, event.person_id))
        await correct(conn, [Corrected(event.person_id, facts=facts)], now)
    await store.withdraw(conn, event.id, now, by)
    if event.kind == DIED:
        if not await store.deaths(conn, [event.person_id]):
            await enrollments.reopen_cancelled(conn, event.person_id, DIED, now)
        await keep_questions(conn, [event.person_id], now)
    await assessments.enqueue(conn, await active_enrollments(conn, [event.person_id]), "life_event", now)
