"""Corrects a wrong number of a person on record: the person stays one, and every service learns it."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.identity import Document
from libs.common.security.digests import Digests
from services.registration.assessments import store as assessments
from services.registration.elsewhere import store as elsewhere
from services.registration.people import documents_store, store
from services.registration.people.problems import NUMBER_NOT_ON_RECORD
from services.registration.people.store import Corrected, Person


async def correct_number(
    conn: AsyncConnection, digests: Digests, person: Person, wrong: str, right: Document, now: datetime
) -> int | None:
    """Replace a number; birth and sex follow from the right one, where it tells them.

    A right number that the person has already lets the wrong one go. Gives the other person whose number it
    is, if it is somebody else's: nothing changes then. Raises Problem.
    """
    await store.take_turn(conn, person.county)
    owner = await documents_store.owner(conn, person.county, right.number)
    if owner is not None and owner != person.id:
        return owner
    if owner is not None and right.number != wrong:
        replaced = await documents_store.drop(conn, person.id, wrong)
    else:
        renumbered = documents_store.Renumbered(right.number, str(right.type), digests.document(right))
        replaced = await documents_store.replace(conn, person.id, wrong, renumbered)
    if not replaced:
        raise NUMBER_NOT_ON_RECORD.problem()
    await documents_store.claim_statements(conn, person.county, right.number, person.id, now)
    await documents_store.remember(conn, person.county, person.id, wrong, right.number, now)
    if right.born is not None or right.sex is not None:
        await store.correct(conn, [Corrected(person.id, sex=right.sex, born=right.born)], now)
    told = await store.told_enrollments(conn, [person.id])
    await assessments.enqueue(conn, told, "data_corrected", now)
    await elsewhere.look_again(conn, [person.id], now)
    return None
