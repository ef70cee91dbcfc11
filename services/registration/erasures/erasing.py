"""Forgets who somebody was, when the time of keeping is over and a second person agrees."""

import secrets
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus import outbox
from libs.common.bus.outbox import Draft
from libs.common.cases.deciding import Decision, ask_second
from libs.common.cases.store import ApprovalRow, NewApproval
from libs.common.clock import business_date
from libs.common.events.erasures import PersonErased
from libs.common.security.audit import record_lookup
from libs.common.security.caller import Caller
from libs.common.security.masking import mask_text
from libs.common.web.problems import Problem
from services.registration.enrollments import store as enrollments
from services.registration.enrollments.cancelling import cancel
from services.registration.erasures import store
from services.registration.erasures.problems import KEPT_BY_LAW
from services.registration.erasures.rules import Kept
from services.registration.people import store as people
from services.registration.people.store import Person

#: What a second person agrees to.
OPERATION = "erasure"


async def propose(
    conn: AsyncConnection, person: Person, caller: Caller, reason: str, now: datetime
) -> tuple[Kept, ApprovalRow]:
    """Ask a second person; gives for how long the data was to be kept. Raises Problem."""
    kept = await _over(conn, person.county, await _records(conn, person), now)
    asked = await ask_second(
        conn,
        NewApproval(
            operation=OPERATION,
            subject=f"persons/{person.id}",
            payload={"kept_until": kept.until.isoformat()},
            reason=reason,
            asked_by=caller.subject,
            asked_at=now,
            county=person.county,
            division_code=person.division_code,
        ),
    )
    return kept, asked


async def agree(conn: AsyncConnection, context: object, asked: ApprovalRow, decision: Decision) -> None:
    """The second person agreed: what is owed ends, who it was is forgotten, and every service is told.

    Raises Problem where something new came about the person since it was asked.
    """
    person = await people.one(conn, int(asked.subject.removeprefix("persons/")))
    if person is not None:
        await forget(conn, person, decision.at)


async def forget(conn: AsyncConnection, person: Person, at: datetime) -> None:
    """Forget who somebody was, if the time is over. Raises Problem."""
    records = await _records(conn, person)
    # Held before it is asked whether the time is over: money that comes now is seen, or waits for this.
    owing = [
        await enrollments.lock_one(conn, one) for one in await people.open_enrollments(conn, [person.id])
    ]
    await _over(conn, person.county, records, at)
    for enrollment in owing:
        if enrollment is not None:
            await cancel(conn, enrollment, "officer", at)
    await store.erase(conn, person.county, records, secrets.token_bytes(32), at)
    merged = tuple(records[1:])
    erased = PersonErased(person_id=person.id, merged_person_ids=merged, county=person.county, erased_at=at)
    await outbox.append(conn, [Draft(erased, str(person.id), at)])


async def erase_again(conn: AsyncConnection, person_id: int, by: str, why: str, at: datetime) -> str:
    """Erase whom two persons agreed to erase before, and whom an older backup brought back; on record.

    Gives `erased`, `unknown` of who is erased or not there, and `kept` where the time is not over: then it is
    somebody else who has the id now, or more than the backup knew has come.
    """
    person = await people.one(conn, person_id)
    if person is None:
        return "unknown"
    try:
        await forget(conn, person, at)
    except Problem:
        return "kept"
    caller = Caller(by, frozenset(), "", "operator")
    note = mask_text(why)
    await record_lookup(conn, caller, operation="erase_again", at=at, person_ids=[person.id], note=note)
    return "erased"


async def _records(conn: AsyncConnection, person: Person) -> list[int]:
    """The record that goes on, and those that were merged into it."""
    return [person.id, *await people.merged(conn, person.id)]


async def _over(conn: AsyncConnection, county: str, records: Sequence[int], now: datetime) -> Kept:
    kept = await store.kept(conn, county, records)
    if business_date(now) < kept.until:
        raise KEPT_BY_LAW.problem(kept_until=kept.until.isoformat())
    return kept
