"""Corrects a person on record, keeps what was known before, and has open enrollments assessed again."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.registration.assessments import store as assessments
from services.registration.elsewhere import store as elsewhere
from services.registration.people import store
from services.registration.people.schemas import CorrectionIn
from services.registration.people.store import Corrected, Person


async def correct(conn: AsyncConnection, person: Person, correction: CorrectionIn, now: datetime) -> None:
    """Write a correction, in the county's turn: facts are those on record then, with those corrected."""
    await store.take_turn(conn, person.county)
    facts, current = correction.facts(), await store.the(conn, person.id)
    corrected = Corrected(
        id=person.id,
        name=correction.name,
        sex=correction.sex,
        born=correction.born,
        facts=current.facts | facts if facts else None,
    )
    await store.correct(conn, [corrected], now)
    active = await store.active_enrollments(conn, [person.id])
    await assessments.enqueue(conn, active, "data_corrected", now)
    await elsewhere.look_again(conn, [person.id], now)
